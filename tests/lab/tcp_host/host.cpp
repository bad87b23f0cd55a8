#include "tests/lab/tcp_host/host.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ostream>

#include "config/types/limits.hpp"
#include "datapath/wire/bytes.hpp"
#include "datapath/wire/ethernet.hpp"

namespace poise::l7 {
namespace {

using datapath::BufferPool;
using datapath::Frame;
namespace wire = datapath::wire;

constexpr std::size_t leaving_max = 4096;

// What DevicePort gives the kernel's end of a tap.
MacAddr kernel_end(MacAddr own) {
  own.octets[0] = std::uint8_t((own.octets[0] | 2) ^ 4);
  return own;
}

FrameEnv::Settings env_settings(const Host::Parts& parts) {
  const auto& can = parts.port->tcp_abilities();
  const bool is_direct = !parts.impairments;  // a link of the simulation takes packets in one piece
  return {1u << 17, is_direct && can.takes_pieces, is_direct && can.completes_checksums};
}

bool is_icmp(const std::uint8_t* packet) { return packet[0] >> 4 == 4 ? packet[9] == 1 : packet[6] == 58; }

}  // namespace

Host::Host(const Parts& parts, Instant now)
    : FrameEnv(*parts.headers, *parts.data, env_settings(parts)),
      port_(*parts.port),
      headers_(*parts.headers),
      data_(*parts.data),
      neighbor_(kernel_end(parts.port->mac())),
      random_(parts.seed),
      now_(now),
      stack_(*this, parts.stack, now) {
  if (!parts.impairments) return;
  outward_.emplace(*parts.impairments, parts.seed * 2);
  inward_.emplace(*parts.impairments, parts.seed * 2 + 1);
}

void Host::write_link_header(Frame& frame) const {
  const bool is_v4 = frame.data[0] >> 4 == 4;
  frame.data -= wire::ethernet_length;
  frame.length = std::uint16_t(frame.length + wire::ethernet_length);
  frame.headroom = std::uint16_t(frame.headroom - wire::ethernet_length);
  auto& ethernet = wire::at<wire::EthernetHeader>(frame.data);
  ethernet.destination = neighbor_;
  ethernet.source = port_.mac();
  ethernet.type.set(is_v4 ? wire::ethertype_ipv4 : wire::ethertype_ipv6);
}

bool Host::send(const Frame& packet, const BufferPool::Completion& completion) {
  if (leaving_.size() == leaving_max) return false;
  if (!outward_) {
    if (completion.ip_length != 0) {
      BufferPool::Completion whole = completion;
      whole.link_length = wire::ethernet_length;
      headers_.complete_in_device(packet.buffer, whole);
    }
    push(packet);
    return true;
  }
  std::vector<tcp::Link::Carried> carried;
  outward_->carry(now_, tcp::Bytes(packet.data, packet.data + packet.length), carried);
  for (auto& each : carried) late_.push_back({each.at, false, std::move(each.packet)});
  data_.free({&packet.buffer, 1});  // pools of one kind take each other's
  return true;
}

void Host::push(const Frame& frame) {
  leaving_.push_back(frame);
  write_link_header(leaving_.back());
}

void Host::input(tcp::Bytes packet) {
  const BufferPool::Allocation memory = data_.allocate();
  if (memory.buffer == nullptr || packet.size() > memory.capacity) return;
  std::memcpy(memory.data, packet.data(), packet.size());
  const auto length = std::uint16_t(packet.size());
  const tcp::Packet taken =
      take({memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)}, 0);
  if (taken.buffer != nullptr) arrived_.push_back(taken);
}

void Host::receive_one(const Frame& frame) {
  const std::uint8_t* const packet = frame.data + wire::ethernet_length;
  const std::size_t length = frame.length - wire::ethernet_length;
  const std::uint16_t type = wire::at<wire::EthernetHeader>(frame.data).type.host();
  const bool is_ip =
      (type == wire::ethertype_ipv4 && frame.length >= 34) || (type == wire::ethertype_ipv6 && frame.length >= 54);
  if (is_ip && is_icmp(packet)) stack_.input_icmp({packet, length}, now_);
  if (!is_ip || is_icmp(packet) || inward_) {
    std::vector<tcp::Link::Carried> carried;
    if (is_ip && !is_icmp(packet)) inward_->carry(now_, tcp::Bytes(packet, packet + length), carried);
    for (auto& each : carried) late_.push_back({each.at, true, std::move(each.packet)});
    data_.free({&frame.buffer, 1});
    return;
  }
  const tcp::Packet taken = take(frame, wire::ethernet_length);
  if (taken.buffer != nullptr) arrived_.push_back(taken);
}

void Host::receive(Instant now) {
  std::array<datapath::Packet, limits::burst> packets;
  now_ = now;
  const std::size_t count = port_.queue(0)->receive(packets);
  for (const datapath::Packet& packet : std::span(packets).first(count)) receive_one(packet);
}

// What is due on the links, in the order of its time.
void Host::deliver(Instant now) {
  std::stable_sort(late_.begin(), late_.end(), [](const Late& a, const Late& b) { return a.at < b.at; });
  std::size_t done = 0;
  for (; done < late_.size() && late_[done].at <= now; ++done) {
    Late& late = late_[done];
    if (late.is_inward) {
      input(std::move(late.packet));
      continue;
    }
    const BufferPool::Allocation memory = data_.allocate();
    if (memory.buffer == nullptr) continue;
    std::memcpy(memory.data, late.packet.data(), late.packet.size());
    push({memory.buffer, memory.data, std::uint16_t(late.packet.size()), memory.headroom, 0});
  }
  late_.erase(late_.begin(), late_.begin() + std::ptrdiff_t(done));
}

bool Host::turn(Instant now) {
  receive(now);
  if (!late_.empty()) deliver(now);
  const bool was_idle = arrived_.empty() && leaving_.empty() && stack_.deadline() > now;
  stack_.input(arrived_, now);
  arrived_.clear();
  stack_.advance(now);
  stack_.flush(now);
  const std::size_t sent = port_.queue(0)->transmit(leaving_);
  leaving_.erase(leaving_.begin(), leaving_.begin() + std::ptrdiff_t(sent));
  return !was_idle;
}

Instant Host::deadline() const {
  Instant due = stack_.deadline();
  for (const Late& late : late_) due = std::min(due, late.at);
  return due;
}

void Host::tell(std::ostream& to) const {
  for (const tcp::CounterInfo& info : tcp::counter_infos)
    if (const auto value = stack_.counters().read(info.counter)) to << info.name << " " << value << "\n";
  if (counters().without_buffer != 0) to << "env_without_buffer " << counters().without_buffer << "\n";
  if (counters().without_record != 0) to << "env_without_record " << counters().without_record << "\n";
}

Host::~Host() {
  for (const Frame& frame : leaving_) data_.free({&frame.buffer, 1});
}

}  // namespace poise::l7
