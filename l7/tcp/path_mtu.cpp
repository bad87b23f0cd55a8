#include "l7/tcp/path_mtu.hpp"

#include <algorithm>
#include <array>

namespace poise::l7::tcp {
namespace {

// RFC 1191 7.1.
constexpr std::array<std::uint16_t, 9> plateaus = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508};
constexpr std::uint32_t patience_ms = 600'000;
constexpr unsigned timeouts_of_black_hole = 2;
constexpr std::uint32_t likely_mtu = 1280;  // of a tunnel that nobody tells of: tried before the least

}  // namespace

void PathMtu::begin(std::uint16_t mtu, bool is_v4) {
  is_v4_ = is_v4 ? 1 : 0;
  link_mtu_ = std::min<std::uint16_t>(mtu, 0x7fff) & 0x7fff;
  mtu_ = link_mtu_;
}

bool PathMtu::lower(std::uint32_t to, std::uint32_t now_ms) {
  const auto mtu = std::uint16_t(std::max<std::uint32_t>(to, std::min<std::uint16_t>(least(), link_mtu_)));
  if (mtu >= mtu_) return false;
  mtu_ = mtu;
  lowered_ms_ = now_ms;
  return true;
}

bool PathMtu::on_too_big(std::uint16_t next_hop_mtu, std::uint16_t size, std::uint32_t now_ms) {
  if (next_hop_mtu >= size) return false;  // then it was not too large
  if (next_hop_mtu != 0) return lower(next_hop_mtu, now_ms);
  const auto below = std::ranges::find_if(plateaus, [&](std::uint16_t plateau) { return plateau < size; });
  return lower(below == plateaus.end() ? 0 : *below, now_ms);
}

bool PathMtu::on_timeout(unsigned in_a_row, std::uint32_t size, std::uint32_t now_ms) {
  if (in_a_row < timeouts_of_black_hole) return false;
  if (size > likely_mtu) return lower(likely_mtu, now_ms);
  return size > least() && lower(0, now_ms);
}

bool PathMtu::on_time(std::uint32_t now_ms) {
  if (mtu_ == link_mtu_ || now_ms - lowered_ms_ < patience_ms) return false;
  mtu_ = link_mtu_;
  return true;
}

}  // namespace poise::l7::tcp
