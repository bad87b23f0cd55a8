#include "tests/support/tcp/memory_env.hpp"

#include <cstring>
#include <utility>

#include "config/types/result.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/tcp.hpp"
#include "l7/tcp/segment.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire_format = datapath::wire;

bool is_v4(const Bytes& packet) { return packet[0] >> 4 == 4; }
std::size_t ip_length(const Bytes& packet) {
  return is_v4(packet) ? wire_format::at<wire_format::Ipv4Header>(packet.data()).header_length()
                       : std::size_t(wire_format::ipv6_length);
}

// The field holds the sum of the pseudo header: what a device does then.
void complete_sum(Bytes& packet) {
  std::uint8_t* const tcp = packet.data() + ip_length(packet);
  const std::size_t length = packet.size() - ip_length(packet);
  wire_format::at<wire_format::TcpHeader>(tcp).checksum = wire_format::Sum().add(tcp, length).checksum();
}

// Everything that depends on the length, from scratch.
void fit_headers(Bytes& packet) {
  wire_format::Sum sum;
  const std::size_t tcp_at = ip_length(packet), length = packet.size() - tcp_at;
  if (is_v4(packet)) {
    auto& ip = wire_format::at<wire_format::Ipv4Header>(packet.data());
    ip.total_length.set(std::uint16_t(packet.size()));
    ip.checksum = wire_format::ipv4_checksum(packet.data(), tcp_at);
    sum.add_pseudo_header(wire_format::to_address(ip.source), wire_format::to_address(ip.destination),
                          wire_format::protocol_tcp, std::uint32_t(length));
  } else {
    auto& ip = wire_format::at<wire_format::Ipv6Header>(packet.data());
    ip.payload_length.set(std::uint16_t(length));
    sum.add_pseudo_header(wire_format::to_address(ip.source), wire_format::to_address(ip.destination),
                          wire_format::protocol_tcp, std::uint32_t(length));
  }
  auto& tcp = wire_format::at<wire_format::TcpHeader>(packet.data() + tcp_at);
  tcp.checksum = {};
  tcp.checksum = sum.add(packet.data() + tcp_at, length).checksum();
}

}  // namespace

Buffer* MemoryEnv::allocate() {
  if (free_.empty()) {
    if (buffers_.size() == limits_.buffers) return nullptr;
    auto memory = std::make_unique<Memory>();
    memory->bytes = std::make_unique<std::uint8_t[]>(limits_.buffer_size);
    memory->data = memory->bytes.get();
    memory->size = limits_.buffer_size;
    free_.push_back(memory.get());
    buffers_.push_back(std::move(memory));
  }
  Memory& memory = *free_.back();
  free_.pop_back();
  ensure(memory.is_free && memory.references == 0);
  memory.is_free = false;
  memory.references = 1;
  ++outstanding_;
  return &memory;
}

void MemoryEnv::free(Buffer& buffer) {
  auto& memory = static_cast<Memory&>(buffer);
  ensure(!memory.is_free && memory.references == 0 && memory.data == memory.bytes.get());
  memory.is_free = true;
  std::memset(memory.data, 0xdd, memory.size);
  free_.push_back(&memory);
  --outstanding_;
}

void MemoryEnv::release(const Slice& slice) {
  ensure(slice.buffer->references > 0);
  if (--slice.buffer->references == 0) free(*slice.buffer);
}

Packet MemoryEnv::receive(std::span<const std::uint8_t> packet) {
  if (packet.size() > limits_.buffer_size) return {};
  Buffer* const buffer = allocate();
  if (buffer == nullptr) return {};
  // Somewhere within, as behind the headers of a link.
  const auto offset = std::uint32_t(std::min<std::size_t>(random_() % 64, limits_.buffer_size - packet.size()));
  std::copy(packet.begin(), packet.end(), buffer->data + offset);
  return {buffer, offset, std::uint32_t(packet.size()), false};
}

bool MemoryEnv::transmit(const Outgoing& segment) {
  if (queue_left == 0) {
    ++refused;
    return false;
  }
  if (queue_left != endless) --queue_left;
  Bytes whole(segment.headers.size() + segment.payload_length);
  std::copy(segment.headers.begin(), segment.headers.end(), whole.begin());
  std::size_t at = segment.headers.size();
  for (const Slice& slice : segment.payload) {
    ensure(slice.buffer->references > 0 && slice.offset + slice.length <= slice.buffer->size);
    ensure(at + slice.length <= whole.size());
    std::copy_n(slice.begin(), slice.length, whole.begin() + std::ptrdiff_t(at));
    at += slice.length;
  }
  ensure(at == whole.size());
  if (segment.segment_size != 0 && segment.payload_length > segment.segment_size) {
    cut(segment, whole);
    return true;
  }
  complete_sum(whole);
  send(std::move(whole));
  return true;
}

void MemoryEnv::cut(const Outgoing& segment, const Bytes& whole) {
  const std::size_t headers = segment.headers.size();
  const std::size_t tcp_at = ip_length(whole);
  for (std::uint32_t done = 0; done < segment.payload_length; done += segment.segment_size) {
    const std::uint32_t count = std::min(segment.segment_size, segment.payload_length - done);
    Bytes piece(whole.begin(), whole.begin() + std::ptrdiff_t(headers));
    const auto from = whole.begin() + std::ptrdiff_t(headers + done);
    piece.insert(piece.end(), from, from + count);
    auto& tcp = wire_format::at<wire_format::TcpHeader>(piece.data() + tcp_at);
    tcp.sequence.set(tcp.sequence.host() + done);
    if (done != 0) tcp.flags &= std::uint8_t(~flag_cwr);
    if (done + count != segment.payload_length) tcp.flags &= std::uint8_t(~(flag_fin | flag_psh));
    fit_headers(piece);
    send(std::move(piece));
  }
}

void MemoryEnv::send(Bytes packet) {
  ++packets;
  wire(std::move(packet));
}

}  // namespace poise::l7::tcp
