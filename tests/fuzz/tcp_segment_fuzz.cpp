// Any bytes as an IP packet with a TCP segment, its checksums mended. Asked is that what is read stays within the
// packet, that it is written again with right checksums and read as the same, and that its bytes, its SACK blocks and
// its sequence numbers leave the ranges of a receiver in order. Input: a byte of length and a packet, again and again.
#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "config/types/result.hpp"
#include "l7/tcp/checksum.hpp"
#include "l7/tcp/received_ranges.hpp"
#include "l7/tcp/segment.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace poise;
using namespace poise::l7::tcp;
using datapath::Bytes;
using datapath::FuzzInput;
using datapath::operator+;

void look_at(const Segment& segment, const Bytes& packet) {
  ensure(segment.payload.empty() || (segment.payload.data() >= packet.data() &&
                                     segment.payload.data() + segment.payload.size() <= packet.data() + packet.size()));
  if (segment.payload.size() > 65535 - headers_length_max) return;
  Bytes copy(headers_length_max);
  copy.resize(write_headers(segment, std::uint32_t(segment.payload.size()), copy));
  Bytes payload(segment.payload.begin(), segment.payload.end());
  Buffer buffer{payload.data(), std::uint32_t(payload.size()), 1};
  complete_checksum(copy, std::array{Slice{&buffer, 0, buffer.size}});
  copy = copy + payload;
  ensure(datapath::faults(copy).empty());
  const auto again = read_segment(copy);
  ensure(again.has_value() && again->source == segment.source && again->destination == segment.destination &&
         again->sequence == segment.sequence && again->acknowledgment == segment.acknowledgment &&
         again->flags == segment.flags && again->window == segment.window && again->ecn == segment.ecn &&
         std::ranges::equal(again->payload, segment.payload));
  ensure(again->options.mss == segment.options.mss && again->options.timestamps == segment.options.timestamps &&
         again->options.window_shift == segment.options.window_shift &&
         again->options.sack_permitted == segment.options.sack_permitted);
}

void take_in(ReceivedRanges& ranges, Sequence& next, const Segment& segment) {
  constexpr std::int32_t window = 1 << 20;
  Range range{later(segment.sequence, next), segment.end()};
  if (range.left - next > window || range.right - next > window || !(range.left < range.right)) return;
  if (range.left == next)
    next = ranges.advance(range.right);
  else
    (void)ranges.insert(range);
  const auto all = ranges.ranges();
  ensure(all.size() <= ReceivedRanges::ranges_max);
  for (std::size_t i = 0; i < all.size(); ++i)
    ensure(all[i].left < all[i].right && all[i].left > next && (i == 0 || all[i - 1].right < all[i].left));
  std::array<Range, sack_blocks_max> blocks;
  ensure(ranges.write_blocks(blocks) == std::min(all.size(), blocks.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  ReceivedRanges ranges;
  Sequence next;
  bool is_first = true;
  while (!input.empty()) {
    const Bytes packet = datapath::mended(input.take(input.u8()));
    const auto segment = read_segment(packet);
    if (!segment) continue;
    look_at(*segment, packet);
    if (std::exchange(is_first, false)) next = segment->sequence;
    take_in(ranges, next, *segment);
  }
  return 0;
}
