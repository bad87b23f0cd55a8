#include "datapath/stages/split.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "datapath/wire/bytes.hpp"
#include "datapath/wire/checksum.hpp"
#include "datapath/wire/ipv4.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint16_t more_fragments = 0x2000, offset_mask = 0x1fff;

struct Piece {
  std::uint16_t offset = 0, length = 0;  // of the payload, in bytes
  bool last = false;
};

// Options whose "copied" bit is clear belong in the first fragment only; they become no-operations in the others (RFC 791 3.1).
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

bool make_piece(Worker& worker, const Packet& whole, const Piece& piece) {
  Packet* fragment = new_packet(worker);
  const auto header_length = std::uint16_t((whole.l3()[0] & 0x0f) * 4);
  if (fragment == nullptr) return false;
  const auto total = std::uint16_t(header_length + piece.length);
  if (fragment->tailroom < total) {
    worker.generated.free_later(*fragment);
    --worker.generated.live_count;
    return false;
  }
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
  fragment->family = 4;
  fragment->l3_length = total;
  fragment->length = std::uint16_t(fragment->length + total);
  fragment->tailroom = std::uint16_t(fragment->tailroom - total);
  fragment->neighbor = whole.neighbor;
  return true;
}

}  // namespace

bool split(Worker& worker, Batch& batch, Packet& packet) {
  const auto header_length = std::uint16_t((packet.l3()[0] & 0x0f) * 4);
  const auto payload = std::uint16_t(packet.l3_length - header_length);
  const auto room = std::uint16_t((worker.neighbors[packet.neighbor].mtu - header_length) & ~7);
  for (std::uint16_t offset = 0; offset < payload; offset = std::uint16_t(offset + room)) {
    const std::uint16_t length = std::min<std::uint16_t>(room, std::uint16_t(payload - offset));
    if (make_piece(worker, packet, {offset, length, offset + length == payload})) continue;
    drop(worker, batch, packet, Drop::no_buffer);
    return false;
  }
  batch.free_later(packet);
  return false;
}

}  // namespace poise::datapath
