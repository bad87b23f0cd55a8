#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "datapath/ring.hpp"
#include "l7/session/proxy.hpp"

namespace poise::l7 {

// AccessLog - lines of one proxy on their way to control: the proxy's thread writes them into a ring and never waits;
// what finds no room is counted. control takes them out and sends them.
class AccessLog final : public SessionLog {
 public:
  static constexpr std::size_t lines_max = 1024, line_bytes = 2000;

  // control: what is to be added to an Instant to have the time since 1970, and the local time's distance from UTC.
  void set_wall_clock(Duration offset, std::int16_t utc_offset_minutes);
  struct Line {
    std::uint16_t targets = 0;  // which of the log servers, as bits; of Frontend
    std::uint16_t length = 0;
    std::array<char, line_bytes> text;
    std::string_view view() const { return {text.data(), length}; }
  };
  // control: every line that waits; how many there were.
  std::size_t poll(const std::function<void(const Line& line)>& take);
  std::uint64_t lost() const { return lost_.read(); }

  void finished(const Session& session, Instant now) override;

 private:
  datapath::SpscRing<Line> ring_{lines_max};
  std::atomic<std::int64_t> wall_offset_ns_{0};
  std::atomic<std::int16_t> utc_offset_minutes_{0};
  Count lost_;
};

}  // namespace poise::l7
