#include "datapath/worker_commands.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "datapath/flow_life.hpp"
#include "datapath/path.hpp"

namespace poise::datapath {
namespace {

constexpr std::size_t commands_per_call = 64;
// Looked at, and copied, of a ReadFlows between two bursts: a few while packets wait, so that nobody who lists the
// flows costs them more than some percent.
constexpr std::uint32_t flow_slots_idle = 1024, flow_slots_busy = 16;
constexpr std::uint16_t flow_rows_busy = 2;

void send_waiting(Worker& worker, NeighborIndex row) {
  const Neighbor& neighbor = worker.neighbors[row];
  for (const NeighborTable::Waiting& waiting : worker.neighbors.queue(row)) {
    Frame frame = waiting.frame;  // starts at its IP header
    frame.data -= neighbor.header_length;
    frame.length = std::uint16_t(frame.length + neighbor.header_length);
    std::memcpy(frame.data, neighbor.header.data(), neighbor.header_length);
    frame.data[neighbor.header_length - 2] = waiting.v6 ? 0x86 : 0x08;
    frame.data[neighbor.header_length - 1] = waiting.v6 ? 0xdd : 0x00;
    append_outgoing(worker, neighbor.port, frame);
  }
  worker.neighbors.clear_queue(row);
}

void drop_waiting(Worker& worker, NeighborIndex row) {
  for (const NeighborTable::Waiting& waiting : worker.neighbors.queue(row)) {
    worker.counters.drops[std::size_t(Drop::neighbor_unresolved)].add();
    worker.pool.free({&waiting.frame.buffer, 1});
  }
  worker.neighbors.clear_queue(row);
}

void carry_out(Worker& worker, const SetNeighbor& command) {
  if (command.interface.value >= worker.tables->interfaces.size()) return;
  const NeighborIndex row = worker.neighbors.insert(command.interface, command.address);
  if (row == NeighborTable::no_row) {
    worker.counters.drops[std::size_t(Drop::neighbor_table_full)].add();
    return;
  }
  Neighbor& neighbor = worker.neighbors[row];
  neighbor.state = command.resolved ? Neighbor::resolved : Neighbor::failed;
  write_neighbor_header(*worker.tables, neighbor, command.mac);
  command.resolved ? send_waiting(worker, row) : drop_waiting(worker, row);
}

void carry_out(Worker& worker, const EraseNeighbor& command) {
  const NeighborIndex row = worker.neighbors.find(command.interface, command.address);
  if (row == NeighborTable::no_row) return;
  drop_waiting(worker, row);
  worker.neighbors.erase(row);
  ++worker.path_epoch;  // the row may become another neighbor's: every flow looks its next hops up again
}

void carry_out(Worker& worker, const AskNeighborUse& command) {
  const NeighborIndex row = worker.neighbors.find(command.interface, command.address);
  const bool used = row != NeighborTable::no_row && worker.neighbors[row].used;
  if (row != NeighborTable::no_row) worker.neighbors[row].used = false;
  worker.links.replies->push(NeighborUse{worker.id, command.interface, command.address, used});
}

FlowRow make_row(const Worker& worker, FlowRef flow, std::uint32_t request) {
  const FlowKey client = worker.flows.client_key(flow), reply = worker.flows.reply_key(flow);
  FlowRow row{request,
              client.source,
              client.destination,
              reply.source,
              reply.destination,
              client.source_port,
              client.destination_port,
              reply.source_port,
              reply.destination_port,
              worker.flows.state(flow)};
  row.idle_ms = idle_ms(worker, row.state);
  const std::uint32_t most = timeout_ms(worker, row.state);
  row.expires_ms = row.idle_ms < most ? most - row.idle_ms : 0;
  return row;
}

// The next step of a ReadFlows; it ends with its page, or with the end of the table. Control keeps room for that: it
// never asks for more than the reply ring holds (Engine::send).
void read_on(Worker& worker) {
  ReadFlows& page = worker.reading->page;
  const std::uint64_t slots = worker.flows.slots();
  std::uint32_t looks = worker.busy ? flow_slots_busy : flow_slots_idle;
  std::uint16_t copies = worker.busy ? flow_rows_busy : page.rows;
  worker.reading->slots_left -= std::min(looks, worker.reading->slots_left);
  for (; looks > 0 && copies > 0 && page.rows > 0 && page.cursor < slots; ++page.cursor, --looks) {
    worker.flows.prefetch_slot(std::uint32_t(page.cursor) + 8);
    const FlowRef flow = worker.flows.at(std::uint32_t(page.cursor));
    if (!flow.valid()) continue;
    if (!worker.links.replies->push(make_row(worker, flow, page.request))) break;
    --copies;
    --page.rows;
  }
  if (page.rows > 0 && page.cursor < slots && worker.reading->slots_left > 0) return;
  worker.links.replies->push(FlowsEnd{page.request, page.cursor >= slots ? 0 : page.cursor});
  worker.reading.reset();
}

void carry_out(Worker& worker, const ReadFlows& command) {
  worker.reading = Worker::Reading{command, flow_slots_idle};
  read_on(worker);
}

void carry_out(Worker& worker, const SetLocalTcp& command) { worker.local_tcp = command.local_tcp; }

void carry_out(Worker& worker, const Stop&) { worker.stopping = true; }

void copy_to_control(Worker& worker, const std::uint8_t* frame, std::uint16_t length, Drop drop) {
  Punt* item = worker.links.punts->slot();
  if (item == nullptr) {
    worker.counters.capture_lost.add();
    return;
  }
  item->kind = Punt::capture;
  item->time_ns = std::uint64_t(worker.now.time_since_epoch().count());
  item->original_length = length;
  item->length = std::min<std::uint16_t>({length, worker.observer.observation()->snap_length, limits::punt_bytes});
  item->drop = drop;
  std::memcpy(item->bytes.data(), frame, item->length);
  worker.links.punts->commit();
}

}  // namespace

std::size_t take_commands(Worker& worker) {
  bool has_read = worker.reading.has_value();
  if (has_read) read_on(worker);
  std::size_t taken = has_read ? 1 : 0;
  for (; taken < commands_per_call; ++taken) {
    const Command* command = worker.links.commands->front();
    if (command == nullptr) break;
    if (std::holds_alternative<ReadFlows>(*command) && std::exchange(has_read, true)) break;  // one at a time
    std::visit([&](const auto& what) { carry_out(worker, what); }, *command);
    worker.links.commands->release();
  }
  return taken;
}

std::size_t send_injected(Worker& worker) {
  std::size_t sent = 0;
  for (; sent < limits::burst; ++sent) {
    const Inject* item = worker.links.injects->front();
    if (item == nullptr) break;
    const BufferPool::Allocation memory = worker.pool.allocate();
    if (memory.buffer == nullptr || memory.capacity < item->length) {
      worker.counters.drops[std::size_t(Drop::no_buffer)].add();
      if (memory.buffer != nullptr) worker.pool.free({&memory.buffer, 1});
    } else {
      std::memcpy(memory.data, item->bytes.data(), item->length);
      append_outgoing(
          worker, item->port,
          {memory.buffer, memory.data, item->length, memory.headroom, std::uint16_t(memory.capacity - item->length)});
      worker.counters.injected.add();
    }
    worker.links.injects->release();
  }
  return sent;
}

void flush_outgoing(Worker& worker, PortIndex port) {
  Worker::Outgoing& queue = worker.outgoing[port.value];
  if (queue.count == 0) return;
  const std::size_t sent =
      worker.ports[port.value] == nullptr ? 0 : worker.ports[port.value]->transmit({queue.frames.data(), queue.count});
  PacketsBytes& transmitted = worker.counters.ports[port.value].transmitted;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < sent; ++i) bytes += queue.frames[i].length;
  transmitted.packets.add(sent);
  transmitted.bytes.add(bytes);
  for (std::size_t i = sent; i < queue.count; ++i) {
    worker.counters.drops[std::size_t(Drop::transmit_full)].add();
    worker.pool.free({&queue.frames[i].buffer, 1});
  }
  queue.count = 0;
}

void flush_outgoing(Worker& worker) {
  for (std::uint16_t port = 0; port < worker.outgoing.size(); ++port) flush_outgoing(worker, PortIndex{port});
}

void give_back_frames(Worker& worker) {
  const auto free = [&](const Frame& frame) { worker.pool.free({&frame.buffer, 1}); };
  for (std::uint32_t i = 0; i < limits::neighbors; ++i) {
    const NeighborIndex row{std::uint16_t(i)};
    if (worker.neighbors[row].waiting == 0) continue;
    for (const NeighborTable::Waiting& waiting : worker.neighbors.queue(row)) free(waiting.frame);
    worker.neighbors.clear_queue(row);
  }
  std::array<FragmentTable::Held, limits::burst> held;
  while (worker.fragments.datagrams() != 0) {
    const std::size_t count = worker.fragments.expire(Instant::max(), held);
    for (std::size_t i = 0; i < count; ++i) free(held[i].frame);
  }
  for (std::uint16_t i = 0; i < worker.released_count; ++i) free(worker.released[i].frame);
  worker.released_count = 0;
  for (Worker::Outgoing& queue : worker.outgoing) {
    for (std::uint16_t i = 0; i < queue.count; ++i) free(queue.frames[i]);
    queue.count = 0;
  }
  worker.outlet.give_back();
  for (SpscRing<HandOff>* ring : worker.links.incoming)
    for (HandOff item; ring != nullptr && ring->pop(item);) free(item.frame);
}

void observe_received(Worker& worker, std::span<Packet> packets) {
  const Observation& wanted = *worker.observer.observation();
  for (Packet& packet : packets) {
    if (!worker.observer.matches(packet.data, packet.length)) continue;
    if (wanted.trace) {
      packet.set(flag_traced);
      packet.trace_id = std::uint32_t(worker.observer.next_packet_id());
    }
    if (wanted.capture && wanted.received && !wanted.only_dropped)
      copy_to_control(worker, packet.data, packet.length, Drop::count_);
  }
}

void observe_sent(Worker& worker, const Packet& packet) {
  const Observation& wanted = *worker.observer.observation();
  if (wanted.capture && wanted.transmitted && !wanted.only_dropped &&
      worker.observer.matches(packet.data, packet.length))
    copy_to_control(worker, packet.data, packet.length, Drop::count_);
}

void observe_drop(Worker& worker, const Packet& packet, Drop reason) {
  const Observation& wanted = *worker.observer.observation();
  if (packet.has(flag_traced)) trace_stage(worker, packet, worker.stage, reason);
  if (!wanted.capture || !wanted.only_dropped || (wanted.drop != Drop::count_ && wanted.drop != reason)) return;
  if (worker.observer.matches(packet.data, packet.length)) copy_to_control(worker, packet.data, packet.length, reason);
}

void trace_stage(Worker& worker, const Packet& packet, std::uint8_t stage, Drop reason) {
  Punt* item = worker.links.punts->slot();
  if (item == nullptr) {
    worker.counters.trace_lost.add();
    return;
  }
  const TraceRow row{packet.trace_id, stage,       reason,         worker.id,   packet.flags,
                     packet.key,      packet.flow, packet.service, packet.real, packet.out_interface};
  item->kind = Punt::trace;
  item->time_ns = std::uint64_t(worker.now.time_since_epoch().count());
  item->length = item->original_length = sizeof row;
  item->drop = reason;
  std::memcpy(item->bytes.data(), &row, sizeof row);
  worker.links.punts->commit();
}

}  // namespace poise::datapath
