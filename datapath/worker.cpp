#include "datapath/worker.hpp"

#include <x86intrin.h>

#include <algorithm>
#include <cstring>

#include "datapath/flow_life.hpp"
#include "datapath/path.hpp"
#include "datapath/stages/stages.hpp"
#include "datapath/worker_commands.hpp"

namespace poise::datapath {

// A packet's life, top to bottom. docs/life_of_a_packet.md walks through it.
const std::array<Stage, 12> pipeline{{
    {"parse", parse},                // headers checked, key found
    {"local", local},                // ARP, ND, ping: answered; other multicast: dropped or given to the host
    {"steer", steer},                // packets that another worker owns: handed over
    {"fragment", fragment},          // later fragments get the ports of their first
    {"flow", find_flow},             // known flows: state kept
    {"terminate", terminate},        // unknown ones: for a frontend, or of a connection that ends here?
    {"service", find_service},       // which service?
    {"schedule", schedule},          // new flows: which server? entered into the table
    {"route", route},                // for no service: our own address, SNAT, or plain forwarding
    {"rewrite", rewrite},            // TTL, MTU, addresses, ports, checksums, encapsulation
    {"neighbor", resolve_neighbor},  // the Ethernet header of the next hop
    {"send", send},
}};
static_assert(pipeline.size() <= stages_max);

namespace {

constexpr std::uint32_t cycles_sampled_every =
    64;  // bursts: reading the cycle counter around each stage costs about 100 ns

// With an observer: every stage says what it did with each traced packet.
void run_pipeline_observed(Worker& worker, Batch& batch) {
  for (std::uint8_t i = 0; i < pipeline.size(); ++i) {
    worker.stage = i;
    pipeline[i].run(worker, batch);
    for (std::uint8_t live = 0; live < batch.live_count; ++live) {
      const Packet& packet = batch.packets[batch.live[live]];
      if (packet.has(flag_traced)) trace_stage(worker, packet, i, Drop::count_);
    }
  }
}

void run_pipeline(Worker& worker, Batch& batch) {
  if (worker.observer.active()) return run_pipeline_observed(worker, batch);
  if (worker.bursts++ % cycles_sampled_every != 0) {
    for (const Stage& stage : pipeline) stage.run(worker, batch);
    return;
  }
  std::uint64_t before = __rdtsc();
  for (std::size_t i = 0; i < pipeline.size(); ++i) {
    worker.counters.stage_packets[i].add(batch.live_count);
    pipeline[i].run(worker, batch);
    const std::uint64_t after = __rdtsc();
    worker.counters.stage_cycles[i].add(after - before);
    before = after;
  }
}

void process(Worker& worker, std::size_t count) {
  Batch& batch = worker.batch;
  batch.live_count = std::uint8_t(count);
  for (std::uint8_t i = 0; i < count; ++i) batch.live[i] = i;
  batch.freed_count = 0;
  batch.no_fragments = batch.all_in_flows = false;
  run_pipeline(worker, batch);
  if (batch.freed_count != 0) worker.pool.free({batch.freed.data(), batch.freed_count});
  batch.live_count = batch.freed_count = 0;
  send_generated(worker);
}

void forget_metadata(Packet& packet, PortIndex port) {
  packet.flags = 0;
  packet.port = port;
  packet.flow = {};
  packet.service = {~0u};
  packet.real = {~0u};
  packet.neighbor = NeighborTable::no_row;
  packet.out_interface = {0xffff};
}

std::size_t receive_from_port(Worker& worker, PortIndex port) {
  Batch& batch = worker.batch;
  const std::size_t count = worker.ports[port.value]->receive(batch.packets);
  if (count == 0) return 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    __builtin_prefetch(batch.packets[i].data);  // parse reads it next
    forget_metadata(batch.packets[i], port);
    bytes += batch.packets[i].length;
  }
  PacketsBytes& received = worker.counters.ports[port.value].received;
  received.packets.add(count);
  received.bytes.add(bytes);
  if (worker.observer.active()) observe_received(worker, {batch.packets.data(), count});
  process(worker, count);
  return count;
}

void take_over(Packet& packet, const HandOff& item) {
  static_cast<Frame&>(packet) = item.frame;
  forget_metadata(packet, item.port);
  packet.set(flag_steered);
  if (item.ports_known) {
    packet.set(flag_ports_known);
    packet.key.source_port = item.source_port;
    packet.key.destination_port = item.destination_port;
  }
}

std::size_t receive_from_worker(Worker& worker, SpscRing<HandOff>& ring) {
  std::array<HandOff, limits::burst> items;
  const std::size_t count = ring.pop(items);
  if (count == 0) return 0;
  for (std::size_t i = 0; i < count; ++i) take_over(worker.batch.packets[i], items[i]);
  worker.counters.handed_in.add(count);
  process(worker, count);
  return count;
}

// Fragments whose ports became known while they were held: once more through the pipeline.
std::size_t receive_released(Worker& worker) {
  const std::size_t count = std::min<std::size_t>(worker.released_count, limits::burst);
  if (count == 0) return 0;
  for (std::size_t i = 0; i < count; ++i) {
    take_over(worker.batch.packets[i], worker.released[i]);
    worker.batch.packets[i].flags &= std::uint16_t(~flag_steered);
  }
  worker.released_count = std::uint16_t(worker.released_count - count);
  std::copy_n(worker.released.begin() + std::ptrdiff_t(count), worker.released_count, worker.released.begin());
  process(worker, count);
  return count;
}

void begin(Worker& worker, Instant now) {
  const Tables* before = worker.tables;
  worker.now = now;
  worker.now_ms = std::uint32_t(now.time_since_epoch().count() / 1'000'000);
  worker.tables = worker.snapshots.enter(worker.id);
  worker.observer.set(worker.observations.enter(worker.id));
  if (worker.tables != before) ++worker.tables_seen;
  if (worker.tables->path_generation != worker.path_generation) {
    worker.path_generation = worker.tables->path_generation;
    ++worker.path_epoch;
    refresh_neighbor_headers(worker);
  }
}

std::size_t turn_local_tcp(Worker& worker) {
  if (worker.local_tcp == nullptr) return 0;
  const std::size_t done = worker.local_tcp->turn(worker.outlet, worker.now);
  worker.outlet.flush();
  return done;
}

void expire_fragments(Worker& worker) {
  std::array<FragmentTable::Held, limits::burst> old;
  const std::size_t count = worker.fragments.expire(worker.now, old);
  for (std::size_t i = 0; i < count; ++i) {
    worker.counters.drops[std::size_t(Drop::fragment_timeout)].add();
    worker.pool.free({&old[i].frame.buffer, 1});
  }
}

}  // namespace

Worker::Worker(Parts parts)
    : id(parts.id),
      servers(*parts.servers),
      holds(*parts.holds),
      snapshots(*parts.snapshots),
      observations(*parts.observations),
      pool(*parts.pool),
      ports(std::move(parts.ports)),
      links(std::move(parts.links)),
      flows(parts.flows, parts.hash_key),
      persistence(parts.hash_key),
      counters(ports.size()),
      random(parts.seed * 2 + 1),
      outgoing(ports.size()),
      outlet(*this) {}

std::size_t run_once(Worker& worker, Instant now) {
  begin(worker, now);
  const std::size_t from_control = take_commands(worker) + send_injected(worker);
  std::size_t handled = 0;
  for (std::uint16_t port = 0; port < worker.ports.size(); ++port)
    if (worker.ports[port] != nullptr) handled += receive_from_port(worker, PortIndex{port});
  for (SpscRing<HandOff>* ring : worker.links.incoming)
    if (ring != nullptr) handled += receive_from_worker(worker, *ring);
  handled += receive_released(worker);
  handled += turn_local_tcp(worker);
  expire_flows(worker);
  expire_fragments(worker);
  flush_outgoing(worker);
  worker.busy = handled != 0;
  worker.counters.loops.add();
  if (handled + from_control != 0) worker.counters.busy_loops.add();
  return handled + from_control;
}

Instant deadline_of(const Worker& worker) {
  if (worker.local_tcp == nullptr) return never;
  return worker.outlet.is_empty() ? worker.local_tcp->deadline() : worker.now;
}

void drop(Worker& worker, Batch& batch, Packet& packet, Drop reason) {
  worker.counters.drops[std::size_t(reason)].add();
  if (worker.observer.active()) observe_drop(worker, packet, reason);
  batch.free_later(packet);
}

Packet* new_packet(Worker& worker) {
  Batch& batch = worker.generated;
  if (batch.live_count == limits::burst) return nullptr;
  const BufferPool::Allocation memory = worker.pool.allocate();
  if (memory.buffer == nullptr) {
    worker.counters.drops[std::size_t(Drop::no_buffer)].add();
    return nullptr;
  }
  constexpr std::uint16_t ethernet_room = 18;
  Packet& packet = batch.packets[batch.live_count];
  packet = Packet{};
  packet.buffer = memory.buffer;
  packet.data = memory.data;
  packet.headroom = memory.headroom;
  packet.length = ethernet_room;
  packet.tailroom = std::uint16_t(memory.capacity - ethernet_room);
  packet.l3_offset = ethernet_room;
  packet.set(flag_generated);
  batch.live[batch.live_count] = batch.live_count;
  ++batch.live_count;
  return &packet;
}

void send_generated(Worker& worker) {
  Batch& batch = worker.generated;
  if (batch.live_count == 0 && batch.freed_count == 0) return;
  route_generated(worker, batch);
  resolve_neighbor(worker, batch);
  send(worker, batch);
  if (batch.freed_count != 0) worker.pool.free({batch.freed.data(), batch.freed_count});
  batch.live_count = batch.freed_count = 0;
}

bool punt(Worker& worker, Punt::Kind kind, const Packet& packet) {
  Punt* item = packet.length > limits::punt_bytes ? nullptr : worker.links.punts->slot();
  if (item == nullptr) {
    worker.counters.drops[std::size_t(Drop::punt_full)].add();
    return false;
  }
  item->kind = kind;
  item->port = packet.port;
  item->interface = packet.interface;
  item->time_ns = std::uint64_t(worker.now.time_since_epoch().count());
  item->length = item->original_length = packet.length;
  item->drop = Drop::count_;
  std::memcpy(item->bytes.data(), packet.data, packet.length);
  worker.links.punts->commit();
  worker.counters.punted.add();
  return true;
}

std::uint64_t next_random(Worker& worker) {
  worker.random ^= worker.random << 13;
  worker.random ^= worker.random >> 7;
  worker.random ^= worker.random << 17;
  return worker.random;
}

}  // namespace poise::datapath
