#pragma once
#include <span>

#include "datapath/worker.hpp"

namespace poise::datapath {

// What a worker does besides bursts; all bounded per call. Worker thread only.
std::size_t take_commands(Worker& worker);  // from control; returns how many
std::size_t send_injected(Worker& worker);  // control's frames, to their ports
void flush_outgoing(Worker& worker);        // transmits what `send` has gathered
void flush_outgoing(Worker& worker, PortIndex port);
inline void append_outgoing(Worker& worker, PortIndex port, const Frame& frame) {
  Worker::Outgoing& queue = worker.outgoing[port.value];
  if (queue.count == queue.frames.size()) [[unlikely]]
    flush_outgoing(worker, port);
  queue.frames[queue.count++] = frame;
}

// At the end: every frame that the worker still holds (waiting for a neighbor, for a first fragment, for its turn) goes
// back to its pool.
void give_back_frames(Worker& worker);

// For the observer: copies matching frames (and trace rows of dropped packets) to control.
void observe_received(Worker& worker, std::span<Packet> packets);
void observe_sent(Worker& worker, const Packet& packet);
void observe_drop(Worker& worker, const Packet& packet, Drop reason);
void trace_stage(Worker& worker, const Packet& packet, std::uint8_t stage, Drop reason);

}  // namespace poise::datapath
