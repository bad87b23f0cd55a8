#include "l7/tcp/checksum.hpp"

#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"

namespace poise::l7::tcp {

namespace wire = datapath::wire;

void complete_checksum(std::span<std::uint8_t> headers, std::span<const Slice> payload) {
  const std::size_t ip_length = headers[0] >> 4 == 4 ? wire::ipv4_length : wire::ipv6_length;
  const std::span<std::uint8_t> tcp = headers.subspan(ip_length);
  wire::Sum sum;
  sum.add(tcp.data(), tcp.size());
  bool is_odd = false;
  for (const Slice& slice : payload) {
    const std::uint16_t part = wire::Sum().add(slice.begin(), slice.length).folded();
    sum.add16(is_odd ? part : __builtin_bswap16(part));  // at an odd place every byte counts as the other half
    is_odd = is_odd != (slice.length % 2 != 0);
  }
  wire::at<wire::TcpHeader>(tcp.data()).checksum = sum.checksum();
}

}  // namespace poise::l7::tcp
