// Any bytes as a frame that may be a query for groups (IGMP, MLD). Asked is that it is read or refused, that a group
// that is asked for is one, and that the time to answer is not negative. Input: one byte; odd: the checksum of the
// message, from the 24th (IPv4) or 48th byte of the packet on, is mended; then the frame.
#include <cstdint>

#include "config/types/result.hpp"
#include "control/group_frames.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/support/frames.hpp"

namespace {

using namespace poise;
using datapath::Bytes;
using datapath::operator+;

constexpr std::size_t ethernet = 14, message_v4 = ethernet + 24, message_v6 = ethernet + 48;

void mend(Bytes& frame) {
  const bool v6 = frame.size() > ethernet && frame[ethernet] >> 4 == 6;
  const std::size_t begin = v6 ? message_v6 : message_v4;
  if (frame.size() < begin + 4) return;
  frame[begin + 2] = frame[begin + 3] = 0;
  const Bytes message(frame.begin() + std::ptrdiff_t(begin), frame.end());
  const Bytes pseudo = v6 ? datapath::pseudo_header(IpAddr::v6(&frame[ethernet + 8]), IpAddr::v6(&frame[ethernet + 24]),
                                                    58, message.size())
                          : Bytes{};
  const std::uint16_t sum = datapath::checksum_of(pseudo + message);
  frame[begin + 2] = std::uint8_t(sum >> 8);
  frame[begin + 3] = std::uint8_t(sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  Bytes frame(data + 1, data + size);
  if ((data[0] & 1) != 0) mend(frame);
  const auto query = control::read_group_query(frame);
  if (!query) return 0;
  ensure(query->response_time >= Duration::zero());
  ensure(!query->group || !query->group->is_unspecified());
  return 0;
}
