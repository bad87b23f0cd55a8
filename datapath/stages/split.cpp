#include "datapath/stages/split.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "datapath/wire/bytes.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint16_t more_fragments = 0x2000, offset_mask = 0x1fff;

struct Piece {
  std::uint16_t offset = 0, length = 0;  // of the payload, in bytes
  bool last = false;
};

// Options whose "copied" bit is clear belong in the first fragment only; they become no-operations in the others (RFC
// 791 3.1).
void blank_uncopied_options(std::uint8_t* header, std::uint16_t header_length) {
  for (std::uint16_t at = 20; at < header_length;) {
    const std::uint8_t type = header[at];
    if (type == 0) return;
    const std::uint16_t length = type == 1 || at + 1 >= header_length ? 1 : header[at + 1];
    if (length == 0 || at + length > header_length) return;
    if ((type & 0x80) == 0) std::memset(header + at, 1, length);
    at = std::uint16_t(at + length);
  }
}

// An empty packet of `total` bytes from its IP header on, bound for where the whole one goes; null: no buffer.
Packet* new_piece(Worker& worker, const Packet& whole, std::uint16_t total) {
  Packet* fragment = new_packet(worker);
  if (fragment == nullptr) return nullptr;
  if (fragment->tailroom < total) {
    worker.generated.free_later(*fragment);
    --worker.generated.live_count;
    return nullptr;
  }
  fragment->family = whole.family;
  fragment->l3_length = total;
  fragment->length = std::uint16_t(fragment->length + total);
  fragment->tailroom = std::uint16_t(fragment->tailroom - total);
  fragment->neighbor = whole.neighbor;
  return fragment;
}

bool make_piece_v4(Worker& worker, const Packet& whole, const Piece& piece) {
  const auto header_length = std::uint16_t((whole.l3()[0] & 0x0f) * 4);
  const auto total = std::uint16_t(header_length + piece.length);
  Packet* fragment = new_piece(worker, whole, total);
  if (fragment == nullptr) return false;
  std::uint8_t* header = fragment->l3();
  std::memcpy(header, whole.l3(), header_length);
  std::memcpy(header + header_length, whole.l3() + header_length + piece.offset, piece.length);
  if (piece.offset != 0) blank_uncopied_options(header, header_length);
  const std::uint16_t before = wire::load16(whole.l3() + 6);
  const auto offset = std::uint16_t((before & offset_mask) + piece.offset / 8);
  const bool more = !piece.last || (before & more_fragments) != 0;
  wire::store16(header + 2, total);
  wire::store16(header + 6, std::uint16_t(offset | (more ? more_fragments : 0)));
  wire::at<wire::Ipv4Header>(header).checksum = wire::ipv4_checksum(header, header_length);
  return true;
}

// The fragment header that all pieces get, from the one that is there or from nothing.
wire::Ipv6Fragment fragment_header_of(const Packet& whole, std::uint32_t identification) {
  const std::uint8_t* ip = whole.l3();
  if (ip[6] == wire::protocol_fragment) return wire::at<wire::Ipv6Fragment>(ip + wire::ipv6_length);
  wire::Ipv6Fragment header{ip[6], 0, {}, {}};
  header.identification.set(identification);
  return header;
}

bool make_piece_v6(Worker& worker, const Packet& whole, const wire::Ipv6Fragment& as, const Piece& piece) {
  constexpr std::uint16_t headers = wire::ipv6_length + wire::ipv6_fragment_length;
  Packet* fragment = new_piece(worker, whole, std::uint16_t(headers + piece.length));
  if (fragment == nullptr) return false;
  std::uint8_t* ip = fragment->l3();
  const bool was_fragment = whole.l3()[6] == wire::protocol_fragment;
  std::memcpy(ip, whole.l3(), wire::ipv6_length);
  std::memcpy(ip + headers, whole.l3() + (was_fragment ? headers : wire::ipv6_length) + piece.offset, piece.length);
  wire::at<wire::Ipv6Header>(ip).next_header = wire::protocol_fragment;
  wire::at<wire::Ipv6Header>(ip).payload_length.set(std::uint16_t(wire::ipv6_fragment_length + piece.length));
  wire::Ipv6Fragment& header = wire::at<wire::Ipv6Fragment>(ip + wire::ipv6_length);
  header = as;
  const std::uint16_t more = piece.last ? as.offset_more.host() & 1 : 1;
  header.offset_more.set(std::uint16_t(((as.offset_more.host() & ~7) + piece.offset) | more));
  return true;
}

// Cuts `payload` bytes into pieces of at most `room` (a multiple of 8) and makes each; the whole packet leaves the
// batch. Pieces of earlier packets are sent now when these would not fit beside them.
template <class Make>
bool split_payload(Worker& worker, Batch& batch, Packet& packet, std::uint16_t payload, std::uint16_t room,
                   Make&& make) {
  if (worker.generated.live_count + (payload + room - 1) / room > int(limits::burst)) send_generated(worker);
  for (std::uint16_t offset = 0; offset < payload; offset = std::uint16_t(offset + room)) {
    const std::uint16_t length = std::min<std::uint16_t>(room, std::uint16_t(payload - offset));
    if (make(Piece{offset, length, offset + length == payload})) continue;
    drop(worker, batch, packet, Drop::no_buffer);
    return false;
  }
  batch.free_later(packet);
  return false;
}

}  // namespace

bool split(Worker& worker, Batch& batch, Packet& packet) {
  const auto header_length = std::uint16_t((packet.l3()[0] & 0x0f) * 4);
  const auto payload = std::uint16_t(packet.l3_length - header_length);
  const auto room = std::uint16_t((worker.neighbors[packet.neighbor].mtu - header_length) & ~7);
  return split_payload(worker, batch, packet, payload, room,
                       [&](const Piece& piece) { return make_piece_v4(worker, packet, piece); });
}

bool split_v6(Worker& worker, Batch& batch, Packet& packet, const FragmentsV6& as) {
  const auto room = std::uint16_t((as.most - wire::ipv6_length - wire::ipv6_fragment_length) & ~7);
  const bool was_fragment = packet.l3()[6] == wire::protocol_fragment;
  const auto payload =
      std::uint16_t(packet.l3_length - wire::ipv6_length - (was_fragment ? wire::ipv6_fragment_length : 0));
  const wire::Ipv6Fragment header = fragment_header_of(packet, as.identification);
  return split_payload(worker, batch, packet, payload, room,
                       [&](const Piece& piece) { return make_piece_v6(worker, packet, header, piece); });
}

}  // namespace poise::datapath
