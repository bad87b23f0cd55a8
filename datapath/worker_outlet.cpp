#include "datapath/worker_outlet.hpp"

#include <algorithm>
#include <cstring>

#include "datapath/path.hpp"
#include "datapath/wire/bytes.hpp"
#include "datapath/worker.hpp"
#include "datapath/worker_commands.hpp"

namespace poise::datapath {
namespace {

constexpr std::size_t ways_remembered = 1024;

std::size_t row_of(const IpAddr& source, const IpAddr& destination) {
  const std::size_t hash = std::hash<IpAddr>{}(destination) + std::hash<IpAddr>{}(source) * 0x9e3779b97f4a7c15ull;
  return (hash ^ hash >> 32) % ways_remembered;
}

}  // namespace

WorkerOutlet::WorkerOutlet(Worker& worker) : worker_(worker), ways_(ways_remembered), queues_(worker.ports.size()) {}

WorkerOutlet::Way& WorkerOutlet::way_of(const IpAddr& source, const IpAddr& destination) {
  Way& way = ways_[row_of(source, destination)];
  const bool is_known = way.tables_seen == worker_.tables_seen && way.path_epoch == worker_.path_epoch &&
                        way.destination == destination && way.source == source;
  if (is_known && way.next != NeighborTable::no_row) [[likely]]
    return way;
  way = {.source = source,
         .destination = destination,
         .tables_seen = worker_.tables_seen,
         .path_epoch = worker_.path_epoch};
  find(way);
  return way;
}

void WorkerOutlet::find(Way& way) const {
  const Tables& tables = *worker_.tables;
  const LocalAddress* local = tables.local.find(way.source);
  way.is_ours = local != nullptr;
  if (!way.is_ours) return;
  way.hold = local->hold;
  // A link-local address says nothing of its link: that is the one of our own address.
  const bool is_on_its_link =
      way.destination.is_v6() && way.destination.is_link_local() && local->interface.value < tables.interfaces.size();
  way.next = is_on_its_link ? neighbor_for(worker_, local->interface, way.destination)
                            : next_hop(worker_, way.destination, std::uint32_t(row_of(way.source, way.destination)));
  if (way.hold == Holds::none || way.next == NeighborTable::no_row) return;
  const VirtualRouter& router = tables.virtual_routers[way.hold.value];
  way.has_own_mac = router.interface == worker_.neighbors[way.next].interface;
  way.mac = router.mac;
}

bool WorkerOutlet::refuse(const Frame& packet, Drop reason) {
  worker_.counters.drops[std::size_t(reason)].add();
  worker_.pool.free({&packet.buffer, 1});
  return true;
}

bool WorkerOutlet::send(const Frame& packet, const BufferPool::Completion& completion) {
  const bool is_v4 = packet.data[0] >> 4 == 4;
  const IpAddr source = is_v4 ? IpAddr::v4_at(packet.data + 12) : IpAddr::v6(packet.data + 8);
  const IpAddr destination = is_v4 ? IpAddr::v4_at(packet.data + 16) : IpAddr::v6(packet.data + 24);
  const Way& way = way_of(source, destination);
  if (!way.is_ours || !worker_.holds.answers(way.hold, worker_.now)) return refuse(packet, Drop::address_not_held);
  if (way.next == NeighborTable::no_row) return refuse(packet, Drop::no_route);
  Neighbor& neighbor = worker_.neighbors[way.next];
  if (neighbor.state == Neighbor::failed) return refuse(packet, Drop::neighbor_unresolved);
  const auto whole = std::uint16_t(is_v4 ? wire::load16(packet.data + 2) : wire::load16(packet.data + 4) + 40);
  if (worker_.ports[neighbor.port.value] == nullptr) return refuse(packet, Drop::transmit_full);
  if (whole > neighbor.mtu && completion.segment_size == 0) return refuse(packet, Drop::packet_too_big);
  if (completion.ip_length != 0) {
    BufferPool::Completion complete = completion;
    complete.link_length = neighbor.header_length;
    worker_.pool.complete_in_device(packet.buffer, complete);
  }
  if (neighbor.state == Neighbor::incomplete) {
    const bool waits = worker_.neighbors.enqueue(way.next, packet, !is_v4);
    return waits || refuse(packet, Drop::neighbor_queue_full);
  }
  Queue& queue = queues_[neighbor.port.value];
  if (queue.count == queue.frames.size() && !transmit(neighbor.port)) return false;
  neighbor.used = true;
  Frame& frame = queue.frames[queue.count++] = packet;
  ++waiting_;
  frame.data -= neighbor.header_length;
  frame.headroom = std::uint16_t(frame.headroom - neighbor.header_length);
  frame.length = std::uint16_t(frame.length + neighbor.header_length);
  std::memcpy(frame.data, neighbor.header.data(), neighbor.header_length);
  if (way.has_own_mac) std::memcpy(frame.data + 6, way.mac.octets.data(), 6);
  wire::store16(frame.data + neighbor.header_length - 2, is_v4 ? 0x0800 : 0x86dd);
  if (worker_.observer.active()) [[unlikely]]
    observe(frame);
  return true;
}

void WorkerOutlet::observe(const Frame& frame) const {
  Packet packet;
  static_cast<Frame&>(packet) = frame;
  observe_sent(worker_, packet);
}

// True: there is room in its queue now.
bool WorkerOutlet::transmit(PortIndex port) {
  Queue& queue = queues_[port.value];
  const std::span<const Frame> frames(queue.frames.data(), queue.count);
  const std::size_t sent = worker_.ports[port.value]->transmit(frames);
  std::uint64_t bytes = 0;
  for (const Frame& frame : frames.first(sent)) bytes += frame.length;
  PacketsBytes& transmitted = worker_.counters.ports[port.value].transmitted;
  transmitted.packets.add(sent);
  transmitted.bytes.add(bytes);
  std::copy(frames.begin() + std::ptrdiff_t(sent), frames.end(), queue.frames.begin());
  queue.count = std::uint16_t(queue.count - sent);
  waiting_ -= sent;
  return sent != 0;
}

void WorkerOutlet::flush() {
  if (waiting_ == 0) return;
  for (std::uint16_t port = 0; port < queues_.size(); ++port)
    if (queues_[port].count != 0) transmit(PortIndex{port});
}

std::optional<IpAddr> WorkerOutlet::source_to(const IpAddr& remote) const {
  const Hop* hop = find_hop(*worker_.tables, remote, 0);
  if (hop == nullptr) return std::nullopt;
  // A link-local source would not reach past the gateway.
  const bool by_remote = hop->on_link || (hop->gateway.is_v6() && hop->gateway.is_link_local());
  return worker_.tables->interfaces[hop->interface.value].source_for(by_remote ? remote : hop->gateway);
}

bool WorkerOutlet::is_observed() const { return worker_.observer.active(); }

void WorkerOutlet::give_back() {
  for (Queue& queue : queues_) {
    for (std::uint16_t i = 0; i < queue.count; ++i) worker_.pool.free({&queue.frames[i].buffer, 1});
    queue.count = 0;
  }
  waiting_ = 0;
}

}  // namespace poise::datapath
