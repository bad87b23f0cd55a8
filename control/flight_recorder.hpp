#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "config/types/ip.hpp"
#include "vrrp/discards.hpp"
#include "vrrp/types.hpp"

namespace poise::control {

// FlightRecorder - the last packets of one virtual router, for who wants to know afterwards how a failover went: the
// advertisements that were sent or received, refused ones too, and what announced its addresses (gratuitous ARP,
// unsolicited neighbor advertisements). Sans-io.   Owner: control, one for each virtual router.
// Memory: none until the first packet, then rows_max rows (12 kB) as long as it lives; nothing is allocated for a
// packet. Not here: heartbeats (one every few milliseconds would leave room for nothing else; see GET /v1/heartbeats
// and the reasons in the history), packets that belong to no virtual router of ours, adverts to a unicast peer whose
// MAC address is not known (no frame is made).
class FlightRecorder {
 public:
  static constexpr std::size_t rows_max = 64, bytes_max = 128;

  enum class Kind : std::uint8_t { advert, gratuitous_arp, unsolicited_na };
  enum class Verdict : std::uint8_t {
    sent,
    not_sent,  // the ring to the worker was full
    accepted,
    refused  // see `cause`
  };
  struct Fate {
    Verdict verdict = Verdict::sent;
    vrrp::Discard cause = vrrp::Discard::count_;  // of a refused one
  };
  struct Row {
    Instant at{};                // received: when the worker had it; sent: when it was handed to the engine
    Duration interval{};         // of an advert, as the packet says, also when it is refused; so is `priority`
    IpAddr source, destination;  // of ARP: the sender's and the target's
    std::array<std::uint8_t, bytes_max> bytes;  // the beginning of the frame
    std::uint16_t length = 0;                   // of the whole frame
    Kind kind = Kind::advert;
    std::uint8_t priority = 0;
    Fate fate;

    bool is_received() const { return fate.verdict == Verdict::accepted || fate.verdict == Verdict::refused; }
    std::string_view verdict() const;  // "sent", "accepted", or the counter's name of the cause
    std::span<const std::uint8_t> kept() const {
      return std::span(bytes).first(std::min<std::size_t>(length, bytes_max));
    }
  };

  // A frame from its Ethernet header on, that was made here or has got past the worker.
  void record(Instant at, const Fate& fate, std::span<const std::uint8_t> frame);

  std::size_t size() const { return count_ < rows_max ? std::size_t(count_) : rows_max; }
  const Row& operator[](std::size_t index) const;  // 0: the oldest, in the order in which they were recorded
  bool has_memory() const { return ring_ != nullptr; }

 private:
  using Ring = std::array<Row, rows_max>;
  std::unique_ptr<Ring> ring_;
  std::uint64_t count_ = 0;  // ever recorded
};

std::string_view name_of(FlightRecorder::Kind kind);

}  // namespace poise::control
