// Any bytes as packets, deadlines, faults, orders and configurations for three virtual routers, two of them in a sync
// group. Asked is what must hold whatever comes: only a master advertises (and one who leaves says 0, once), addresses
// are held exactly by masters and by those who leave, an unchanged packet changes no state when it is discarded, no
// deadline lies in the past once it was met, and the members of a group are master together.
// Input: steps of one byte (what), and what it takes: 0..3 a packet: one byte for its router and how much of it is
// mended, one of length, its bytes from the VRRP message on; 4, 5: time passes (two bytes of 20 us); 6: one byte for
// router and fault; 7: router and priority; 8: switch-over; 9: the peer falls silent; 10: another configuration; 11:
// raw bytes from the IP header on.
#include <cstdint>

#include "tests/fuzz/fuzz_input.hpp"
#include "vrrp/routers.hpp"

namespace {

using namespace poise;
using namespace poise::vrrp;
using datapath::FuzzInput;
using datapath::ip;
using datapath::operator+;

constexpr std::size_t router_count = 3;

std::vector<RouterSettings> configuration(std::uint8_t kind) {
  std::vector<RouterSettings> made;
  for (std::uint8_t i = 0; i < router_count; ++i) {
    RouterSettings settings;
    settings.name = "router" + std::to_string(i);
    settings.vrid = VirtualRouterId{std::uint8_t(i + 1)};
    settings.machine.address = i == 1 ? ip("fe80::2") : ip("192.0.2.2");
    settings.addresses = i == 1 ? std::vector{ip("fe80::100"), ip("2001:db8::100")} : std::vector{ip("192.0.2.100")};
    if (i < 2) settings.group = "group";
    settings.machine.grouped = i < 2;
    settings.machine.interval = std::chrono::milliseconds((kind & 1) != 0 ? 10 : 100);
    settings.machine.preempt = (kind & 2) == 0;
    if ((kind & 4) != 0) settings.machine.preempt_delay = std::chrono::milliseconds(500);
    if (i == 2 && (kind & 8) != 0) {
      settings.machine.version = Version::v2;
      settings.machine.interval = std::chrono::seconds(1);
      settings.authentication = AuthenticationType::password;
      settings.password = "secret";
      settings.check_addresses = true;
    }
    if (i == 2 && (kind & 136) == 136) settings.authentication = AuthenticationType::ah;
    if (i == 2 && (kind & 136) == 128)
      settings.hmac = HmacSettings{{{1, Bytes(32, 7)}}, 1, HmacSettings::Mode::permissive, std::chrono::seconds(5)};
    if (i == 2 && (kind & 16) != 0) settings.peers = {ip("192.0.2.1"), ip("192.0.2.3")};
    if (i == 2 && (kind & 32) != 0) settings.addresses.push_back(ip("192.0.2.101"));
    made.push_back(settings);
  }
  if ((kind & 64) != 0) made.pop_back();
  return made;
}

class Node {
 public:
  explicit Node(std::uint8_t kind) { carry_out(routers_.configure(now_, configuration(kind)), true); }

  void step(FuzzInput& input);

 private:
  void carry_out(const Routers::Outputs& outputs, bool configures = false);
  void hear(FuzzInput& input);
  void pass(Duration time);
  void check(bool configures);

  Instant now_{std::chrono::hours(1)};
  Routers routers_;
  std::vector<bool> held_;
};

void Node::carry_out(const Routers::Outputs& outputs, bool configures) {
  held_.resize(routers_.rows());
  for (const auto& [router, action] : outputs) {
    ensure(router < routers_.rows());
    if (std::holds_alternative<Hold>(action)) held_[router] = true;
    if (std::holds_alternative<Release>(action)) held_[router] = false;
    if (std::holds_alternative<Announce>(action)) ensure(held_[router]);
    if (const auto* advert = std::get_if<SendAdvert>(&action)) {
      ensure(held_[router]);
      for (const Bytes& packet : routers_.packets(now_, router, advert->priority)) ensure(packet.size() <= 1500);
    }
    if (const auto* changed = std::get_if<Changed>(&action)) ensure(changed->from != changed->to);
  }
  check(configures);
}

void Node::check(bool configures) {
  std::size_t members = 0, firm = 0;
  for (std::size_t router = 0; router < routers_.rows(); ++router) {
    const Instance& instance = routers_.instance(router);
    ensure(held_[router] == (instance.state() == State::master));
    ensure(!instance.is_leaving() || instance.state() == State::master);
    if (routers_.is_gone(router) || routers_.settings(router).group.empty()) continue;
    ++members;
    firm += instance.state() == State::master && !instance.is_leaving() ? 1 : 0;
  }
  ensure(configures || firm == 0 || firm == members);
}

void Node::pass(Duration time) {
  const Instant end = now_ + time;
  while (routers_.deadline() <= end) {
    now_ = std::max(now_, routers_.deadline());
    carry_out(routers_.on_deadline(now_));
    ensure(routers_.deadline() > now_);
  }
  now_ = end;
}

void Node::hear(FuzzInput& input) {
  const std::uint8_t how = input.u8(), length = input.u8();
  Bytes message = input.take(length);
  const std::size_t router = how % router_count;
  const bool v6 = router == 1;
  if ((how & 0x80) == 0 && message.size() >= 8) {  // mended: version, type, VRID, count and checksum
    const bool v2 = router == 2 && (how & 0x40) != 0;
    const std::size_t each = v6 ? 16 : 4, rest = message.size() - 8;
    message[0] = v2 ? 0x21 : 0x31;
    message[1] = std::uint8_t(router + 1);
    message[3] = std::uint8_t((v2 && rest >= 8 ? rest - 8 : rest) / each);
    message.resize(8 + message[3] * each + (v2 ? 8 : 0));
    message[6] = message[7] = 0;
    const Envelope envelope{v6 ? ip("fe80::1") : ip("192.0.2.1"), group_of(v6)};
    const Bytes pseudo =
        v2 ? Bytes{} : datapath::pseudo_header(envelope.source, envelope.destination, 112, message.size());
    const std::uint16_t sum = datapath::checksum_of(pseudo + message);
    message[6] = std::uint8_t(sum >> 8);
    message[7] = std::uint8_t(sum);
  }
  const bool unicast = router == 2 && !routers_.settings(2 % routers_.rows()).peers.empty();
  const Envelope envelope{v6 ? ip("fe80::1") : ip("192.0.2.1"), unicast ? ip("192.0.2.2") : group_of(v6)};
  carry_out(routers_.on_packet(now_, InterfaceIndex{0}, make_packet(message, envelope, 255, 1)).outputs);
}

void Node::step(FuzzInput& input) {
  const std::uint8_t what = input.u8() % 12;
  const auto some = [&] { return std::size_t(input.u8()) % routers_.rows(); };
  if (what < 4) return hear(input);
  if (what < 6) return pass(std::chrono::microseconds(20) * input.u16());
  if (what == 11) {
    const Bytes packet = input.take(input.u8());
    return carry_out(routers_.on_packet(now_, InterfaceIndex{0}, packet, true).outputs);
  }
  if (what == 10) {
    const std::uint8_t kind = input.u8();
    carry_out(routers_.configure(now_, configuration(kind)), true);
    return pass(std::chrono::seconds(4));  // a group takes its time to form anew
  }
  const std::size_t router = some();
  if (routers_.is_gone(router)) return;
  if (what == 6) carry_out(routers_.set_fault(now_, router, (input.u8() & 1) != 0));
  if (what == 7) carry_out(routers_.set_priority(now_, router, std::uint8_t(1 + input.u8() % 254)));
  if (what == 8) carry_out(routers_.switch_over(now_, router));
  if (what == 9)
    carry_out(routers_.on_peer_silent(now_, InterfaceIndex{0}, ip("192.0.2.1"), std::chrono::milliseconds(5)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int steps_max = 200;
  FuzzInput input(data, size);
  Node node(input.u8());
  for (int i = 0; i < steps_max && !input.empty(); ++i) node.step(input);
  return 0;
}
