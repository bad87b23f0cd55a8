// Any bytes as packets of a BFD session, and time. Asked is that what is read can be written and read again, that a
// session sends what its peer can read, that no deadline lies in the past once it was met, and that only a session that
// was up goes down. Input: steps of one byte: even: time passes (two bytes of 20 us); odd: one byte of length and the
// bytes of a control packet; with bit 1 they are a whole IP packet.
#include <cstdint>

#include "config/types/result.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "vrrp/bfd_session.hpp"

namespace {

using namespace poise;
using namespace poise::vrrp;
using datapath::FuzzInput;

class Node {
 public:
  Node() { session_.start(now_); }
  void step(FuzzInput& input) {
    const std::uint8_t what = input.u8();
    if ((what & 1) == 0) return pass(std::chrono::microseconds(20) * input.u16());
    const Bytes bytes = input.take(input.u8());
    if ((what & 2) != 0) {
      if (const auto received = read_bfd_packet(bytes)) hear(received->packet);
    } else if (const auto packet = read_bfd(bytes)) {
      hear(*packet);
    }
  }

 private:
  void hear(const BfdPacket& packet) {
    const auto again = read_bfd(write_bfd(packet));
    ensure(again.has_value() && *again == packet);
    carry_out(session_.on_packet(now_, packet));
  }
  void pass(Duration time) {
    const Instant end = now_ + time;
    while (session_.deadline() <= end) {
      now_ = std::max(now_, session_.deadline());
      carry_out(session_.on_deadline(now_));
      ensure(session_.deadline() > now_);
    }
    now_ = end;
  }
  void carry_out(const BfdSession::Outcome& outcome) {
    ensure(!(outcome.went_up && outcome.went_down) && (!outcome.silent || outcome.went_down));
    ensure(!outcome.went_down || was_up_);
    was_up_ = session_.state() == BfdState::up;
    if (outcome.went_up) ensure(was_up_);
    if (outcome.send) ensure(read_bfd(write_bfd(*outcome.send)).has_value());
  }
  Instant now_{std::chrono::hours(1)};
  BfdSession session_{{1, std::chrono::milliseconds(5), 3, 1}};
  bool was_up_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  Node node;
  for (int i = 0; i < 200 && !input.empty(); ++i) node.step(input);
  return 0;
}
