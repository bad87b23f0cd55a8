#include "tests/packetdrill/option_layout.hpp"

#include <array>
#include <span>

#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"
#include "l7/tcp/checksum.hpp"
#include "l7/tcp/segment.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire = datapath::wire;
using Bytes = std::vector<std::uint8_t>;

// Bytes are put where `place` is the remainder of their offset by `unit`.
void put(Bytes& to, std::size_t unit, std::size_t place, std::initializer_list<std::uint32_t> bytes) {
  while (to.size() % unit != place) to.push_back(wire::tcp_option_nop);
  for (const std::uint32_t byte : bytes) to.push_back(std::uint8_t(byte));
}

Bytes options_of(const Options& options) {
  Bytes out;
  if (options.mss) put(out, 4, 0, {2u, 4u, *options.mss / 256u, *options.mss % 256u});
  if (options.window_shift) put(out, 4, 1, {3u, 3u, *options.window_shift});
  if (options.sack_permitted) put(out, 2, 0, {4u, 2u});
  if (options.timestamps) {
    put(out, 4, 2, {8u, 10u});
    for (const std::uint32_t word : {options.timestamps->value, options.timestamps->echo})
      put(out, 4, 0, {word >> 24, word >> 16 & 255, word >> 8 & 255, word & 255});
  }
  while (out.size() % 4 != 0) out.push_back(wire::tcp_option_end);
  return out;
}

}  // namespace

Bytes lay_out_as_freebsd(Bytes packet) {
  const auto segment = read_segment(packet, true);
  if (!segment || !segment->has(flag_syn) || !segment->payload.empty()) return packet;
  Segment bare = *segment;
  bare.options = {};
  const Bytes options = options_of(segment->options);
  const auto length = std::uint32_t(options.size());
  std::array<std::uint8_t, headers_length_max> headers{};
  // The lengths that the IP header and the checksum speak of are those of the whole: the options go as payload first.
  Bytes out(headers.begin(), headers.begin() + std::ptrdiff_t(write_headers(bare, length, headers)));
  std::copy_n(headers.begin(), out.size(), out.begin());
  const std::size_t tcp_at = out.size() - wire::tcp_length;
  out.insert(out.end(), options.begin(), options.end());
  wire::at<wire::TcpHeader>(&out[tcp_at]).data_offset = std::uint8_t((wire::tcp_length + length) / 4 << 4);
  complete_checksum(out, {});
  return out;
}

}  // namespace poise::l7::tcp
