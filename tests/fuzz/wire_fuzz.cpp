// Any bytes as an IP packet, before everything in datapath/ that reads or rewrites packets as a pure function. What
// rewriters are given has passed the parse stage. Not only that nothing crashes: checksums that were right are right
// afterwards, and wrong ones wrong; what Packet says is true; a refused packet is unchanged; and back again is the same
// packet.
// Input: one byte names the check, one has its options (bit 7: checksums as they are), one the headroom (128 or more:
// the usual 128), one picks the new addresses, four are the new ports; the rest is the packet.
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>

#include "datapath/encapsulate.hpp"
#include "datapath/icmp_translate.hpp"
#include "datapath/nat64.hpp"
#include "datapath/neighbor_message.hpp"
#include "datapath/translate.hpp"
#include "datapath/wire/bytes.hpp"
#include "tests/datapath/fixture.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/parsed_packet.hpp"

namespace {

using namespace poise;
using namespace poise::datapath;
using wire::load16;

struct Question {
  std::uint8_t options = 0;
  std::uint16_t headroom = 128;
  std::uint8_t addresses = 0;
  std::uint16_t source_port = 0, destination_port = 0;
  Bytes packet;
};

Worker& parser() {
  static StageBench& bench = *new StageBench;
  return bench.worker;
}

ParsedPacket parsed(const Question& question) { return {parser(), question.packet, question.headroom}; }

// New ends of the family wanted, one of four each.
Translation ends_of(const Question& question, bool v4) {
  const std::uint8_t source = question.addresses & 3, destination = question.addresses >> 2 & 3;
  Translation to{ip("2001:db8:a::"), ip("2001:db8:ffff:ffff:ffff:ffff:ffff:0"), question.source_port,
                 question.destination_port};
  if (v4) {
    to.source = IpAddr::v4(0xc0000200u | source);
    to.destination = IpAddr::v4(0x0a000000u | destination << 8);
  }
  to.source.octets[15] = source;
  to.destination.octets[15] = std::uint8_t(255 - destination);
  return to;
}

bool has_ports(const IpFacts& facts) {
  return (facts.protocol == IPPROTO_TCP || facts.protocol == IPPROTO_UDP) && facts.fragment_offset == 0;
}

std::size_t checksum_place(std::uint8_t protocol) {
  return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

// The same but for addresses and ports.
void ensure_alike(const IpFacts& before, const IpFacts& after) {
  ensure(after.family == before.family && after.header_length == before.header_length);
  ensure(after.traffic_class == before.traffic_class && after.ttl == before.ttl && after.protocol == before.protocol);
  ensure(after.payload_length == before.payload_length && after.identification == before.identification);
  ensure(after.fragment_offset == before.fragment_offset && after.more_fragments == before.more_fragments);
  ensure(after.dont_fragment == before.dont_fragment && after.source_routed == before.source_routed);
}

// An ICMP message of zeros alone: its checksum is 0 or ffff, which no difference can tell apart (RFC 1624 3).
bool is_nothing_but_zeros(const Bytes& packet) {
  const auto facts = read_ip(packet.data(), packet.size());
  return facts && std::all_of(packet.begin() + facts->header_length, packet.end(), [](auto byte) { return byte == 0; });
}

std::string faults_before(const ParsedPacket& loaded) {
  const Bytes bytes = loaded.bytes();
  return is_nothing_but_zeros(bytes) ? "unclear" : faults(bytes);
}

// A checksum by difference is as right or wrong as it was.
void ensure_faults_as_before(const std::string& before, const Bytes& after) {
  if (is_nothing_but_zeros(after)) return;
  if (before == "" || before == "transport checksum") ensure(faults(after) == before);
}

// A message that went there and back: the same bytes, where zero has two forms in a checksum.
void ensure_same_message(Bytes before, Bytes after, const IpFacts& facts) {
  ensure(before.size() == after.size());
  const std::size_t at = checksum_place(facts.protocol);
  const bool has_checksum = facts.fragment_offset == 0 && before.size() >= at + 2 &&
                            (has_ports(facts) || facts.protocol == IPPROTO_ICMP || facts.protocol == IPPROTO_ICMPV6);
  if (has_checksum) {
    const std::uint16_t old_sum = load16(&before[at]), new_sum = load16(&after[at]);
    const bool is_zero = old_sum == 0 || old_sum == 0xffff;
    const bool computed = facts.protocol == IPPROTO_UDP && old_sum == 0;  // there was none
    ensure(computed || new_sum == old_sum || (is_zero && (new_sum == 0 || new_sum == 0xffff)));
    before[at] = before[at + 1] = after[at] = after[at + 1] = 0;
  }
  ensure(before == after);
}

// The TTL as the pipeline would take it down, if it may.
void check_ttl(ParsedPacket& loaded) {
  const std::uint8_t ttl = ttl_of(loaded.packet);
  const std::string before = faults(loaded.bytes());
  if (ttl <= 1) return;
  decrement_ttl(loaded.packet);
  ensure(ttl_of(loaded.packet) == ttl - 1);
  ensure(faults(loaded.bytes()) == before);
}

void check_facts(const Question& question) {
  const Bytes exact(question.packet);  // its own memory, not a byte more
  const auto facts = read_ip(exact.data(), exact.size());
  if (facts) {
    ensure(facts->family == exact[0] >> 4 && facts->header_length <= exact.size());
    const std::size_t declared = facts->family == 4 ? load16(&exact[2]) : 40u + load16(&exact[4]);
    ensure(std::size_t(facts->header_length) + facts->payload_length == declared);
    IpFacts bare = *facts;  // without options and extension headers but for that of a fragment
    bare.header_length = facts->family == 4 ? 20 : facts->fragment_header ? 48 : 40;
    bare.source_routed = false;
    Bytes written(bare.header_length);
    write_ip(written.data(), bare);
    const auto again = read_ip(written.data(), written.size());
    ensure(again.has_value() && again->source == facts->source && again->destination == facts->destination);
    ensure_alike(bare, *again);
  }
  const ParsedPacket loaded = parsed(question);
  if (!loaded.passed()) return;
  loaded.ensure_consistent();
  const IpFacts same = loaded.facts();
  const Packet& packet = loaded.packet;
  ensure(packet.family == same.family && packet.traffic_class == same.traffic_class);
  ensure(packet.l3_length == same.header_length + same.payload_length);
  ensure(packet.l4_offset - packet.l3_offset == same.header_length);
  ensure(packet.has(flag_fragment) == same.is_fragment() && packet.fragment_offset == same.fragment_offset);
  ensure(packet.has(flag_first_fragment) == (same.is_fragment() && same.fragment_offset == 0));
  if (packet.has(flag_icmp_error)) return;
  ensure(packet.key.source == same.source && packet.key.destination == same.destination);
  ensure(packet.key.protocol == same.protocol);
}

void check_neighbor(const Question& question) {
  const Bytes exact(question.packet);
  const auto message = read_neighbor_message(exact);
  if (!message) return;
  ensure(exact[6] == IPPROTO_ICMPV6 && exact[7] == 255 && exact[41] == 0);
  ensure(exact[40] == (message->advertisement ? 136 : 135));
  const Bytes whole(exact.begin(), exact.begin() + 40 + load16(&exact[4]));  // padding may follow
  ensure(faults(whole) == "");
  ensure(message->source == IpAddr::v6(&exact[8]) && message->destination == IpAddr::v6(&exact[24]));
  ensure(message->target == IpAddr::v6(&exact[48]) && !message->target.is_multicast());
  ensure(!message->source.is_multicast());
}

void check_translate(const Question& question) {
  ParsedPacket loaded = parsed(question);
  if (!loaded.passed() || loaded.packet.has(flag_icmp_error)) return;
  const auto translate = [](Packet& packet, const Translation& to) {
    packet.family == 4 ? translate_v4(packet, to) : translate_v6(packet, to);
  };
  const IpFacts before = loaded.facts();
  const FlowKey key = loaded.packet.key;
  const Bytes l4 = loaded.l4();
  const std::string wrong = faults_before(loaded);
  const Translation to = ends_of(question, before.family == 4);
  translate(loaded.packet, to);
  const IpFacts after = loaded.facts();
  loaded.ensure_consistent();
  ensure_alike(before, after);
  ensure(after.source == to.source && after.destination == to.destination);
  if (has_ports(before)) {
    ensure(load16(loaded.packet.l4()) == to.source_port);
    ensure(load16(loaded.packet.l4() + 2) == to.destination_port);
  }
  ensure_faults_as_before(wrong, loaded.bytes());
  translate(loaded.packet, {key.source, key.destination, key.source_port, key.destination_port});
  ensure_alike(before, loaded.facts());
  ensure_same_message(l4, loaded.l4(), before);
  check_ttl(loaded);
}

// The packet in the other family, as another appliance gets it, comes back as it was.
void check_way_back(const ParsedPacket& there, const FlowKey& key, const Bytes& l4, const IpFacts& before) {
  ParsedPacket back(parser(), there.bytes(), 128);
  ensure(back.passed());
  const Translation to{key.source, key.destination, key.source_port, key.destination_port};
  const Drop failed = before.family == 4 ? nat64_to_v4(back.packet, to) : nat64_to_v6(back.packet, to);
  if (failed == Drop::fragment_unsupported && before.protocol == IPPROTO_UDP && load16(&l4[6]) == 0) return;
  ensure(failed == Drop::count_);
  back.ensure_consistent_and_unpadded();
  ensure_same_message(l4, back.l4(), before);
  const IpFacts after = back.facts();
  ensure(after.ttl == before.ttl && after.traffic_class == before.traffic_class && after.protocol == before.protocol);
  check_ttl(back);
}

void check_nat64(const Question& question) {
  ParsedPacket loaded = parsed(question);
  if (!loaded.passed()) return;
  const IpFacts before = loaded.facts();
  const FlowKey key = loaded.packet.key;
  const Bytes bytes = loaded.bytes(), frame = loaded.frame(), l4 = loaded.l4();
  const std::string wrong = faults_before(loaded);
  const int growth = nat64_growth(loaded.packet);
  const bool to_v4 = before.family == 6;
  const Translation to = ends_of(question, to_v4);
  const Drop failed = to_v4 ? nat64_to_v4(loaded.packet, to) : nat64_to_v6(loaded.packet, to);
  loaded.ensure_consistent();
  if (failed != Drop::count_) {
    ensure(loaded.frame() == frame);
    ensure(failed == Drop::nat64_untranslatable || failed == Drop::fragment_unsupported ||
           failed == Drop::unsupported_protocol || failed == Drop::no_headroom);
    ensure(failed != Drop::no_headroom || question.headroom < growth);
    return;
  }
  loaded.ensure_consistent_and_unpadded();
  ensure(loaded.packet.l3_length == int(bytes.size()) + growth);
  const IpFacts after = loaded.facts();
  ensure(after.family != before.family && after.source == to.source && after.destination == to.destination);
  ensure(after.ttl == before.ttl && after.traffic_class == before.traffic_class);
  ensure(after.payload_length == before.payload_length && after.is_fragment() == before.is_fragment());
  ensure(after.fragment_offset == before.fragment_offset && after.more_fragments == before.more_fragments);
  if (before.is_fragment()) ensure(std::uint16_t(after.identification) == std::uint16_t(before.identification));
  const bool had_no_checksum = before.protocol == IPPROTO_UDP && !before.is_fragment() && load16(&l4[6]) == 0;
  if (!had_no_checksum) ensure_faults_as_before(wrong, loaded.bytes());
  if (had_no_checksum && wrong == "") ensure(faults(loaded.bytes()) == "");
  check_way_back(loaded, key, l4, before);
}

// The quoted packet, if it is all there.
std::optional<Bytes> whole_quote(const ParsedPacket& loaded) {
  const Bytes l4 = loaded.l4();
  const auto facts = read_ip(l4.data() + 8, l4.size() - 8);
  ensure(facts.has_value());
  const std::size_t declared = std::size_t(facts->header_length) + facts->payload_length;
  if (declared > l4.size() - 8) return std::nullopt;
  return Bytes(l4.begin() + 8, l4.begin() + 8 + std::ptrdiff_t(declared));
}

// Its sender must recognise it: what was translated on the way there is translated back.
void check_quote(const ParsedPacket& loaded, const Translation& to, const std::optional<Bytes>& before) {
  const Bytes l4 = loaded.l4();
  const auto quoted = read_ip(l4.data() + 8, l4.size() - 8);
  ensure(quoted.has_value() && quoted->source == to.destination && quoted->destination == to.source);
  if (has_ports(*quoted)) {
    const std::uint8_t* ports = l4.data() + 8 + quoted->header_length;
    ensure(load16(ports) == to.destination_port && load16(ports + 2) == to.source_port);
  }
  if (quoted->family == 4 && quoted->protocol == IPPROTO_ICMPV6) return;  // means nothing: its checksum is nobody's
  const auto after = whole_quote(loaded);
  if (!before || !after || faults(*before) != "" || is_nothing_but_zeros(*after)) return;
  ensure(faults(*after) == "");
}

void check_icmp_error(const Question& question) {
  ParsedPacket loaded = parsed(question);
  if (!loaded.passed() || !loaded.packet.has(flag_icmp_error)) return;
  const IpFacts before = loaded.facts();
  const Bytes frame = loaded.frame();
  const std::string wrong = faults_before(loaded);
  const auto quote = read_ip(loaded.packet.l4() + 8, before.payload_length - 8u) ? whole_quote(loaded) : std::nullopt;
  const bool to_v4 = (before.family == 4) != ((question.options & 1) != 0);
  Translation to = ends_of(question, to_v4);
  const bool hidden = (question.options & 2) == 0;
  if (!hidden && to_v4 == (before.family == 4)) to.source = loaded.packet.key.source;
  const Drop failed = translate_icmp_error(loaded.packet, to);
  loaded.ensure_consistent();
  if (failed != Drop::count_) {
    ensure(loaded.frame() == frame);
    ensure(failed == Drop::icmp_error_malformed || failed == Drop::nat64_untranslatable ||
           failed == Drop::no_headroom || failed == Drop::fragment_unsupported);
    return;
  }
  const IpFacts after = loaded.facts();
  ensure(after.destination == to.destination && after.ttl == before.ttl);
  ensure(after.source == to.source || (after.source == before.source && before.family == after.family));
  ensure(after.protocol == (to_v4 ? int(IPPROTO_ICMP) : int(IPPROTO_ICMPV6)) && after.family == (to_v4 ? 4 : 6));
  if (after.family == before.family) {
    ensure_alike(before, after);
    ensure_faults_as_before(wrong, loaded.bytes());
  } else {
    loaded.ensure_consistent_and_unpadded();
    ensure(faults(loaded.bytes()) == "" && loaded.packet.l3_length <= (to_v4 ? 576 : 1280));
  }
  check_quote(loaded, to, quote);
  check_ttl(loaded);
}

void check_encapsulate(const Question& question) {
  ParsedPacket loaded = parsed(question);
  if (!loaded.passed()) return;
  const bool over_v4 = (question.options & 1) != 0;
  const auto encapsulation = config::Encapsulation((question.options >> 1 & 3) % 3);
  const Translation ends = ends_of(question, over_v4);
  loaded.packet.hash = std::uint32_t(question.source_port) << 16 | question.destination_port;
  const std::uint16_t overhead = tunnel_overhead(encapsulation, over_v4);
  const IpFacts inner = loaded.facts();
  const Bytes bytes = loaded.bytes(), frame = loaded.frame();
  if (!encapsulate(loaded.packet, {encapsulation, ends.source, ends.destination})) {
    ensure(loaded.frame() == frame && question.headroom + 14 < overhead + 18);
    return;
  }
  const Packet& packet = loaded.packet;
  loaded.ensure_inside();
  ensure(packet.l3_offset == 18);  // room for an Ethernet header with a tag
  const Bytes outside = loaded.bytes();
  ensure(packet.length == packet.l3_offset + packet.l3_length && outside.size() == bytes.size() + overhead);
  ensure(packet.family == (over_v4 ? 4 : 6) && faults(outside) == "");
  const IpFacts outer = loaded.facts();
  ensure(outer.source == ends.source && outer.destination == ends.destination && outer.ttl == 64);
  ensure(outer.traffic_class == inner.traffic_class && !outer.is_fragment());
  if (over_v4) ensure(outer.dont_fragment == (inner.family == 6 || inner.dont_fragment));
  ensure(Bytes(outside.begin() + overhead, outside.end()) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr void (*checks[])(const Question&) = {check_facts, check_neighbor,   check_translate,
                                                 check_nat64, check_icmp_error, check_encapsulate};
  FuzzInput input(data, size);
  Question question;
  const std::uint8_t check = input.u8();
  question.options = input.u8();
  question.headroom = std::min<std::uint16_t>(input.u8(), 128);
  question.addresses = input.u8();
  question.source_port = input.u16();
  question.destination_port = input.u16();
  question.packet = input.take(input.size());
  if ((question.options & 0x80) == 0) question.packet = mended(std::move(question.packet));
  checks[check % std::size(checks)](question);
  return 0;
}
