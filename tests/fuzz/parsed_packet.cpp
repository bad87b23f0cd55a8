#include "tests/fuzz/parsed_packet.hpp"

#include <cstring>

#include "config/types/result.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint16_t ethernet_length = 14;

}  // namespace

ParsedPacket::ParsedPacket(Worker& worker, const Bytes& ip, std::uint16_t headroom)
    : size_(headroom + ethernet_length + ip.size()), memory_(new std::uint8_t[size_]) {
  Batch& batch = worker.batch;
  Packet& fresh = batch.packets[0];
  fresh = Packet{};
  fresh.buffer = reinterpret_cast<Buffer*>(memory_.get());
  fresh.data = memory_.get() + headroom;
  fresh.headroom = headroom;
  fresh.length = std::uint16_t(size_ - headroom);
  std::memcpy(fresh.data, worker.tables->ports[0].mac.octets.data(), 6);
  std::memset(fresh.data + 6, 2, 6);
  const bool v6 = !ip.empty() && ip[0] >> 4 == 6;
  wire::store16(fresh.data + 12, v6 ? 0x86dd : 0x0800);
  if (!ip.empty()) std::memcpy(fresh.data + ethernet_length, ip.data(), ip.size());
  batch.live[0] = 0;
  batch.live_count = 1;
  batch.freed_count = 0;
  parse(worker, batch);
  packet = batch.packets[0];
  passed_ = batch.live_count == 1;
  batch.live_count = batch.freed_count = 0;
}

IpFacts ParsedPacket::facts() const {
  const auto facts = read_ip(packet.l3(), packet.l3_length);
  ensure(facts.has_value());
  return *facts;
}

void ParsedPacket::ensure_inside() const {
  ensure(packet.data - memory_.get() == packet.headroom);
  ensure(std::size_t(packet.headroom + packet.length + packet.tailroom) <= size_);
  ensure(packet.l3_offset + packet.l3_length <= packet.length);
  ensure(packet.family == packet.l3()[0] >> 4);
}

void ParsedPacket::ensure_consistent() const {
  ensure_inside();
  ensure(packet.l4_offset > packet.l3_offset && packet.l4_offset <= packet.l3_offset + packet.l3_length);
}

void ParsedPacket::ensure_consistent_and_unpadded() const {
  ensure_consistent();
  ensure(packet.l3_offset + packet.l3_length == packet.length);
}

}  // namespace poise::datapath
