#include "vrrp/hmac_trailer.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "config/types/result.hpp"
#include "vrrp/wire.hpp"

namespace poise::vrrp {
namespace {

using datapath::wire::at;
using Digest = std::array<std::uint8_t, hmac_digest_length>;

constexpr std::uint8_t scheme_sha256 = 1;
constexpr std::size_t senders_max = 4;  // adverts of several at once come only while they agree on a master

// Seconds in the upper 32 bits, then 1/65536 of one, then what tells adverts of the same moment apart.
std::uint64_t sequence_at(Duration wall) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
  const std::uint64_t fraction =
      std::uint64_t((wall - seconds).count()) * 65536 / Duration(std::chrono::seconds(1)).count();
  return std::uint64_t(std::uint32_t(seconds.count())) << 32 | fraction << 16;
}

// Both wrap.
bool is_after(std::uint64_t left, std::uint64_t right) { return std::int64_t(left - right) > 0; }

Duration age(Duration wall, std::uint64_t sequence) {
  const std::uint32_t now = std::uint32_t(std::chrono::floor<std::chrono::seconds>(wall).count());
  return std::chrono::seconds(std::int32_t(now - std::uint32_t(sequence >> 32)));
}
bool is_outside(const HmacSettings& settings, Duration wall, std::uint64_t sequence) {
  return settings.window && std::chrono::abs(age(wall, sequence)) > *settings.window;
}

std::uint64_t sequence_of(const HmacTrailerHeader& trailer) {
  return std::uint64_t(trailer.seconds.host()) << 32 | std::uint64_t(trailer.fraction.host()) << 16 |
         trailer.counter.host();
}

// `signed_part`: message and trailer up to the digest. Nothing: no such key, or no such algorithm.
std::optional<Digest> digest_of(const HmacSettings& settings, std::uint8_t key_id, const IpAddr& source,
                                ByteView signed_part) {
  const auto key = std::find_if(settings.keys.begin(), settings.keys.end(),
                                [&](const HmacSettings::Key& each) { return each.id == key_id; });
  if (key == settings.keys.end()) return std::nullopt;
  const AdvertHeader& header = at<AdvertHeader>(signed_part.data());
  Bytes input = {std::uint8_t(source.is_v6() ? 6 : 4), std::uint8_t(header.version_type >> 4), header.vrid, 0};
  const auto address = source.octets.begin() + (source.is_v6() ? 0 : 12);
  input.insert(input.end(), address, source.octets.end());
  input.resize(4 + source.octets.size());
  const std::size_t message = input.size();
  input.insert(input.end(), signed_part.begin(), signed_part.end());
  at<AdvertHeader>(input.data() + message).checksum = {};
  input.resize(input.size() + hmac_digest_length);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> whole{};
  if (HMAC(EVP_sha256(), key->bytes.data(), int(key->bytes.size()), input.data(), input.size(), whole.data(),
           nullptr) == nullptr)
    return std::nullopt;
  Digest digest{};
  std::copy_n(whole.begin(), digest.size(), digest.begin());
  return digest;
}

}  // namespace

Bytes HmacTrailer::sign(const HmacSettings& settings, Duration wall, const IpAddr& source, ByteView message) {
  const std::uint64_t clock = sequence_at(wall);
  // A clock that was set back goes on from what was sent; when that is too far ahead to be taken, from the clock.
  const bool from_clock = is_after(clock, sent_) || is_outside(settings, wall, sent_);
  sent_ = from_clock ? clock : sent_ + 1;
  Bytes input(message.begin(), message.end());
  input.resize(input.size() + hmac_trailer_length);
  HmacTrailerHeader& trailer = at<HmacTrailerHeader>(input.data() + message.size());
  trailer.scheme = scheme_sha256;
  trailer.key_id = settings.active_key;
  trailer.seconds.set(std::uint32_t(sent_ >> 32));
  trailer.fraction.set(std::uint16_t(sent_ >> 16));
  trailer.counter.set(std::uint16_t(sent_));
  const ByteView signed_part = ByteView(input).first(input.size() - hmac_digest_length);
  if (const auto digest = digest_of(settings, settings.active_key, source, signed_part)) trailer.digest = *digest;
  return Bytes(input.begin() + std::ptrdiff_t(message.size()), input.end());
}

tl::expected<void, Discard> HmacTrailer::check(const HmacSettings& settings, Duration wall, const IpAddr& source,
                                               ByteView message) {
  ensure(message.size() >= sizeof(AdvertHeader) + hmac_trailer_length);
  const HmacTrailerHeader& trailer = at<HmacTrailerHeader>(message.data() + message.size() - hmac_trailer_length);
  if (trailer.scheme != scheme_sha256 || trailer.reserved.host() != 0)
    return tl::unexpected(Discard::authentication_type);
  const std::uint64_t sequence = sequence_of(trailer);
  if (is_outside(settings, wall, sequence)) return tl::unexpected(Discard::authentication_stale);  // before the digest
  const auto expected = digest_of(settings, trailer.key_id, source, message.first(message.size() - hmac_digest_length));
  if (!expected || CRYPTO_memcmp(expected->data(), trailer.digest.data(), expected->size()) != 0)
    return tl::unexpected(Discard::authentication_failed);
  if (!is_new(settings, wall, source, sequence)) return tl::unexpected(Discard::authentication_replayed);
  return {};
}

bool HmacTrailer::is_new(const HmacSettings& settings, Duration wall, const IpAddr& source, std::uint64_t sequence) {
  const auto known =
      std::find_if(senders_.begin(), senders_.end(), [&](const Sender& sender) { return sender.address == source; });
  // What is outside of the window would be stale anyway: a sender whose clock was set right may begin anew.
  if (known != senders_.end() && !is_after(sequence, known->sequence) && !is_outside(settings, wall, known->sequence))
    return false;
  if (known != senders_.end()) senders_.erase(known);
  senders_.insert(senders_.begin(), {source, sequence});
  if (senders_.size() > senders_max) senders_.pop_back();
  return true;
}

}  // namespace poise::vrrp
