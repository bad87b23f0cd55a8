#pragma once
#include <optional>
#include <vector>

#include "vrrp/advert.hpp"

namespace poise::vrrp {

// keepalived 2.4's auth_hmac (draft-cassen-vrrp-auth-hmac): 28 bytes behind the message: scheme 1, the key's id, the
// time of sending and HMAC-SHA-256-128 over family, version, VRID, sender and message, its checksum as zeros.
inline constexpr std::size_t hmac_trailer_length = 28;

struct HmacSettings {
  enum class Mode : std::uint8_t { enforce, permissive, receive_only };
  struct Key {
    std::uint8_t id = 0;
    Bytes bytes;
    bool operator==(const Key&) const = default;
  };
  std::vector<Key> keys;
  std::uint8_t active_key = 1;
  Mode mode = Mode::enforce;
  std::optional<Duration> window;  // how old an advert may be, by the clocks of both; nothing: only newer than the last
  bool signs() const { return mode != Mode::receive_only; }
  bool operator==(const HmacSettings&) const = default;
};

// HmacTrailer - signs the adverts of one virtual router, and checks those of its other nodes: right key, fresh, not
// heard before. `wall`: time since 1970. Owner: control.
class HmacTrailer {
 public:
  // The trailer of a message whose checksum is not written yet, or not final.
  Bytes sign(const HmacSettings& settings, Duration wall, const IpAddr& source, ByteView message);

  // `message`: with its trailer. Errors: authentication_type (another scheme), authentication_failed (unknown key,
  // wrong digest), authentication_stale, authentication_replayed.
  tl::expected<void, Discard> check(const HmacSettings& settings, Duration wall, const IpAddr& source,
                                    ByteView message);

 private:
  struct Sender {
    IpAddr address;
    std::uint64_t sequence = 0;
  };
  bool is_new(const HmacSettings& settings, Duration wall, const IpAddr& source, std::uint64_t sequence);

  std::uint64_t sent_ = 0;
  std::vector<Sender> senders_;  // heard last first, a few
};

}  // namespace poise::vrrp
