// Any bytes as segments of one TCP connection through a service that tells its server who the client is, by TOA or by
// the PROXY protocol. Asked is what matters to the two ends: with PROXY, each byte that the server sees is the header's
// or the client's, at its place, and each acknowledgment reaches the client as one of its own bytes; with TOA, our
// option comes first and is the only one; nothing that fitted the MTU outgrows it.
// Input: one byte (bit 0: PROXY, bits 1 and 2: families of client and server), one that picks the MTU, four each for
// the initial sequence numbers; then for each segment one byte (bit 0: to the client, bit 1: little headroom), one of
// length, the bytes from the TCP header on. Sequence and acknowledgment numbers are taken as small distances from where
// the connection begins.
#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "datapath/client_address.hpp"
#include "datapath/wire/bytes.hpp"
#include "tests/datapath/fixture.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/parsed_packet.hpp"

namespace {

using namespace poise;
using namespace poise::datapath;
using wire::load16;
using wire::load32;
using wire::store32;

constexpr std::uint8_t toa = 254, mss = 2;
constexpr std::uint16_t mtus[] = {1500, 576, 120, 60};
constexpr std::uint16_t little_headroom = 20;

StageBench& bench() {
  static StageBench& made = *[] {
    auto tables = two_interfaces();
    for (const auto kind : {config::ClientAddress::toa, config::ClientAddress::proxy_v2}) {
      Service service;
      service.index = {std::uint32_t(tables->services.size())};
      service.client_address = kind;
      tables->services.push_back(service);
      Real real;
      real.service = service.index;
      tables->reals.push_back(real);
    }
    auto* bench = new StageBench(std::move(tables));
    const NeighborIndex row = bench->worker.neighbors.insert(InterfaceIndex{0}, ip("192.0.2.9"));
    ensure(row.value == 0);
    return bench;
  }();
  return made;
}

// The option's value, or nothing; a malformed option ends the list.
std::optional<Bytes> find_option(const Bytes& tcp, std::uint8_t kind) {
  const std::size_t header = std::size_t(tcp[12] >> 4) * 4;
  for (std::size_t at = 20; at < header && tcp[at] != 0;) {
    const std::size_t length = tcp[at] == 1 ? 1 : at + 1 < header ? tcp[at + 1] : 0;
    if (length == 0 || (tcp[at] != 1 && length < 2) || at + length > header) return std::nullopt;
    if (tcp[at] == kind) return Bytes(tcp.begin() + std::ptrdiff_t(at + 2), tcp.begin() + std::ptrdiff_t(at + length));
    at += length;
  }
  return std::nullopt;
}

Bytes payload_of(const Bytes& tcp) { return Bytes(tcp.begin() + (tcp[12] >> 4) * 4, tcp.end()); }

class Connection {
 public:
  explicit Connection(FuzzInput& input);
  ~Connection() { worker_.flows.erase(flow_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  void segment(FuzzInput& input);
  void open();  // the client's SYN

 private:
  void pass(Bytes tcp, bool to_client, std::uint16_t headroom);
  void check_toa(const Bytes& before, const Bytes& after, bool to_client) const;
  void check_proxy_to_server(const Bytes& before, const Bytes& after);
  void check_proxy_to_client(const Bytes& before, const Bytes& after);
  Bytes address(const IpAddr& of) const { return Bytes(of.octets.begin() + (of.is_v4() ? 12 : 0), of.octets.end()); }
  Bytes expected_header() const;

  Worker& worker_ = bench().worker;
  bool proxy_, client_v4_, server_v4_;
  std::uint32_t client_first_, server_first_;  // sequence numbers of the first byte of each direction
  FlowRef flow_;
  FlowKey client_;
  bool header_sent_ = false, header_acknowledged_ = false;
};

Connection::Connection(FuzzInput& input) {
  const std::uint8_t kind = input.u8();
  proxy_ = (kind & 1) != 0;
  client_v4_ = (kind & 2) == 0;
  server_v4_ = (kind & 4) == 0;
  worker_.neighbors[NeighborIndex{0}].mtu = mtus[input.u8() % std::size(mtus)];
  client_first_ = input.u32() + 1;
  server_first_ = input.u32() + 1;
  client_ = client_v4_ ? FlowKey{ip("10.1.2.3"), ip("203.0.113.10"), 50001, 80, IPPROTO_TCP}
                       : FlowKey{ip("2001:db8:9::9"), ip("2001:db8:5::10"), 50001, 80, IPPROTO_TCP};
  FlowTable::New made;
  made.client = client_;
  made.two_keys = true;
  made.server = server_v4_ ? ip("198.51.100.10") : ip("2001:db8:2::a");
  made.local = server_v4_ ? ip("192.0.2.1") : ip("2001:db8:1::1");
  made.server_port = 8080;
  made.local_port = 40000;
  made.reply = {made.server, made.local, 8080, 40000, IPPROTO_TCP};
  flow_ = worker_.flows.create(made);
  ensure(flow_.valid());
}

// The packet is what it is after translation: towards the server of the server's family, towards the client of his.
void Connection::pass(Bytes tcp, bool to_client, std::uint16_t headroom) {
  const bool v4 = to_client ? client_v4_ : server_v4_;
  const Ends ends = v4 ? Ends{"192.0.2.1", "198.51.100.10"} : Ends{"2001:db8:1::1", "2001:db8:2::a"};
  ParsedPacket loaded(worker_, mended(ip_packet(ends, IPPROTO_TCP, tcp)), headroom);
  if (!loaded.passed()) return;
  Packet& packet = loaded.packet;
  packet.flow = flow_;
  packet.neighbor = NeighborIndex{0};
  packet.real = RealIndex{proxy_ ? 1u : 0u};
  if (to_client) packet.set(flag_to_client);
  const Bytes before = loaded.l4(), frame = loaded.frame();
  const std::uint16_t length = packet.l3_length, mtu = worker_.neighbors[packet.neighbor].mtu;
  Packet as_it_came = packet;
  as_it_came.family = client_v4_ ? 4 : 6;
  const std::uint16_t growth = client_address_growth(worker_, as_it_came);
  const Drop failed = pass_client_address(worker_, worker_.tables->services[packet.real.value], packet);
  loaded.ensure_consistent_and_unpadded();
  if (failed != Drop::count_) {
    ensure(failed == Drop::no_headroom && headroom < growth && loaded.frame() == frame);
    return;
  }
  ensure(faults(loaded.bytes()) == "");
  const Bytes after = loaded.l4();
  if (!proxy_) {
    ensure(packet.l3_length == length || (packet.l3_length > length && packet.l3_length <= mtu));
    return check_toa(before, after, to_client);
  }
  ensure(packet.l3_length <= length + growth);
  to_client ? check_proxy_to_client(before, after) : check_proxy_to_server(before, after);
}

void Connection::check_toa(const Bytes& before, const Bytes& after, bool to_client) const {
  ensure(payload_of(before) == payload_of(after));
  ensure(load32(&before[4]) == load32(&after[4]) && load32(&before[8]) == load32(&after[8]));
  const auto old_mss = find_option(before, mss), new_mss = find_option(after, mss);
  if (to_client) {
    ensure(before.size() == after.size() && old_mss.has_value() == new_mss.has_value());
    if (old_mss && old_mss->size() == 2) ensure(load16(new_mss->data()) <= load16(old_mss->data()));
    return;
  }
  const auto told = find_option(after, toa);
  const bool added = after.size() > before.size();
  ensure(told.has_value() == added);
  if (added) ensure(*told == be16(client_.source_port) + address(client_.source));
  if (added) ensure(after[20] == toa && after.size() - before.size() == told->size() + 2);
}

Bytes Connection::expected_header() const {
  const Bytes addresses = address(client_.source) + address(client_.destination);
  return text("\r\n\r\n") + Bytes{0} + text("\r\nQUIT\n") + Bytes{0x21, std::uint8_t(client_v4_ ? 0x11 : 0x21)} +
         be16(std::uint32_t(addresses.size() + 4)) + addresses + be16(client_.source_port) +
         be16(client_.destination_port);
}

// Byte for byte: where the server finds it in the stream, and what it must be.
void Connection::check_proxy_to_server(const Bytes& before, const Bytes& after) {
  const bool opens = (before[13] & tcp_syn) != 0;
  if (opens && !header_sent_) client_first_ = load32(&before[4]) + 1;
  const Bytes header = expected_header(), sent = payload_of(before), seen = payload_of(after);
  const auto came_at = std::int64_t(std::int32_t(load32(&before[4]) - client_first_));
  const auto left_at = std::int64_t(std::int32_t(load32(&after[4]) - client_first_));
  if (opens) return ensure(seen.empty() && left_at == came_at);
  if (came_at == 0 && left_at == 0 && (before[13] & tcp_rst) != 0) return;
  if (came_at > 0 || header_acknowledged_) ensure(left_at == came_at + std::int64_t(header.size()) && seen == sent);
  if (came_at < 0 && !header_acknowledged_) ensure(left_at == came_at && seen.empty());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const std::int64_t at = left_at + std::int64_t(i), of_client = at - std::int64_t(header.size()) - came_at;
    if (at < 0) continue;
    if (of_client >= 0 && of_client < std::int64_t(sent.size()))
      ensure(seen[i] == sent[std::size_t(of_client)]);
    else
      ensure(at < std::int64_t(header.size()) && seen[i] == header[std::size_t(at)]);
  }
  if (came_at == 0 && !header_acknowledged_) {
    ensure(seen.size() == header.size() + sent.size());
    header_sent_ = true;
  }
}

void Connection::check_proxy_to_client(const Bytes& before, const Bytes& after) {
  ensure(payload_of(before) == payload_of(after) && load32(&before[4]) == load32(&after[4]));
  const auto old_mss = find_option(before, mss), new_mss = find_option(after, mss);
  if ((before[13] & tcp_syn) != 0) {
    if (old_mss && old_mss->size() == 2) ensure(load16(new_mss->data()) <= load16(old_mss->data()));
    return;
  }
  const auto header = std::int64_t(expected_header().size());
  const auto server_has = std::int64_t(std::int32_t(load32(&before[8]) - client_first_));
  const auto client_hears = std::int64_t(std::int32_t(load32(&after[8]) - client_first_));
  const bool counts = header_sent_ && (before[13] & tcp_ack) != 0 && server_has > 0;
  ensure(client_hears == (counts ? std::max<std::int64_t>(server_has - header, 0) : server_has));
  if (counts && server_has >= header) header_acknowledged_ = true;
}

void Connection::open() {
  Bytes tcp =
      be16(40000) + be16(8080) + be32(client_first_ - 1) + be32(0) + Bytes{0x50, tcp_syn} + be16(65535) + be32(0);
  pass(std::move(tcp), false, 128);
}

void Connection::segment(FuzzInput& input) {
  const std::uint8_t how = input.u8(), length = input.u8();
  const bool to_client = (how & 1) != 0;
  Bytes tcp = input.take(length);
  if (tcp.size() < 20) return;
  const std::uint32_t mine = to_client ? server_first_ : client_first_,
                      other = to_client ? client_first_ : server_first_;
  store32(&tcp[4], mine + std::uint32_t(std::int16_t(load16(&tcp[6]))));
  store32(&tcp[8], other + std::uint32_t(std::int16_t(load16(&tcp[10]))));
  pass(std::move(tcp), to_client, (how & 2) != 0 ? little_headroom : std::uint16_t(128));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int segments_max = 64;
  FuzzInput input(data, size);
  Connection connection(input);
  connection.open();
  for (int i = 0; i < segments_max && !input.empty(); ++i) connection.segment(input);
  return 0;
}
