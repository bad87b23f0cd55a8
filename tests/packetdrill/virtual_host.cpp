#include "tests/packetdrill/virtual_host.hpp"

#include <algorithm>

#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::l7::tcp {
namespace {

using namespace std::chrono_literals;
constexpr auto moment = 2ms;  // real time

bool is_icmp(std::span<const std::uint8_t> packet) {
  if (packet.size() < 20) return false;
  if (packet[0] >> 4 == 4) return packet[9] == 1;
  return packet.size() >= 40 && packet[6] == 58;
}

}  // namespace

VirtualHost::VirtualHost(const SoFlags& flags) : now_(Instant(1h)), env_(1), stack_(env_, flags.settings, now_) {
  env_.wire = [this, layout = flags.layout](Bytes packet) {
    if (layout == OptionLayout::freebsd) packet = lay_out_as_freebsd(std::move(packet));
    left_.push_back({std::move(packet), now_});
  };
}

void VirtualHost::turn() {
  stack_.advance(now_);
  stack_.flush(now_);
  stack_.check_invariants();
  changed_.notify_all();
}

void VirtualHost::input(std::span<const std::uint8_t> packet) {
  if (is_icmp(packet)) {
    stack_.input_icmp(packet, now_);
  } else {
    const Packet received = env_.receive(packet);
    if (received.buffer != nullptr) stack_.input(std::span(&received, 1), now_);
  }
  turn();
}

// Whoever is to be woken wakes, and whoever is on the way comes.
void VirtualHost::settle(Lock& lock) {
  changed_.notify_all();
  const std::size_t left = left_.size();
  changed_.wait_for(lock, moment, [&] { return left_.size() != left; });
}

Instant VirtualHost::next_event() const {
  return std::min(stack_.deadline(), alarms_.empty() ? never : *alarms_.begin());
}

void VirtualHost::step(Instant to) {
  now_ = std::max(now_ + 1us, to);
  turn();
}

void VirtualHost::pass(Lock& lock, Duration time) {
  settle(lock);
  const Instant end = now_ + time;
  while (next_event() < end) {
    step(next_event());
    if (!alarms_.empty()) settle(lock);
  }
  if (now_ < end) now_ = end;
  turn();
}

VirtualHost::Left VirtualHost::next(Lock& lock, Duration patience) {
  if (left_.empty()) settle(lock);
  const Instant end = now_ + patience;
  while (left_.empty() && next_event() < end) {
    step(next_event());
    if (left_.empty() && !alarms_.empty()) settle(lock);
  }
  if (left_.empty()) return {};
  Left first = std::move(left_.front());
  left_.pop_front();
  return first;
}

}  // namespace poise::l7::tcp
