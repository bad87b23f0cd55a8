#include "tests/bench/connection_bench.hpp"

#include "tests/bench/bench_appliance.hpp"
#include "tests/bench/bench_frames.hpp"
#include "tests/bench/measure.hpp"

namespace poise::bench {
namespace {

using namespace datapath;
using config::Mode;

constexpr std::uint32_t together = 256;                   // connections under way at once
constexpr auto loop_time = std::chrono::microseconds(5);  // virtual time per burst of 32 packets: about what it takes

class Connections {
 public:
  explicit Connections(BenchAppliance& appliance) : appliance_(appliance) {}

  void clients_send(std::uint32_t first, std::uint8_t flags) {
    for (std::uint32_t i = 0; i < together; ++i) {
      const BufferPool::Allocation memory = appliance_.memory.allocate();
      const std::uint16_t length = write_frame(memory.data, {false, first + i, flags, 0}, appliance_.wan_mac);
      appliance_.wan.queued.push_back(
          {memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)});
    }
    run();
  }
  // Servers answer what they have just got.
  void servers_answer(std::uint8_t flags) {
    std::vector<Frame> got;
    got.swap(last_to_servers_);
    for (const Frame& frame : got) {
      turn_round(frame.data, flags, appliance_.lan_mac);
      appliance_.lan.queued.push_back(frame);
    }
    run();
  }
  void forget() {
    for (const Frame& frame : last_to_servers_) appliance_.memory.free({&frame.buffer, 1});
    last_to_servers_.clear();
  }
  double spent_ns = 0;

 private:
  void run() {
    const double before = thread_ns();
    appliance_.run(loop_time);
    spent_ns += thread_ns() - before;
    forget();
    last_to_servers_.swap(appliance_.lan.sent);
    appliance_.recycle();
  }
  BenchAppliance& appliance_;
  std::vector<Frame> last_to_servers_;
};

}  // namespace

double connection_ns(Mode mode, std::uint32_t connections) {
  BenchAppliance::Settings settings;
  settings.mode = mode;
  settings.flows = 300'000;
  settings.timeouts.tcp_fin_ms = 100;
  settings.timeouts.tcp_closed_ms = 100;
  BenchAppliance appliance(settings);
  appliance.lan.sent.reserve(together * 4);
  Connections run(appliance);
  run.clients_send(0, tcp_syn);  // the servers' and the gateway's neighbors are asked for, and found
  appliance.engine->poll_punts([&](WorkerId, const Punt& punt) {
    if (punt.kind == Punt::neighbor_miss)
      appliance.engine->send_all(SetNeighbor{punt.interface, punt.address, MacAddr{{2, 0, 0, 0, 9, 9}}, true});
  });
  run.clients_send(0, tcp_rst);
  run.spent_ns = 0;
  const bool both_ways = mode == Mode::nat || mode == Mode::fullnat;
  for (std::uint32_t first = together; first < connections + together; first += together) {
    run.clients_send(first, tcp_syn);
    if (both_ways) run.servers_answer(tcp_syn | tcp_ack);
    run.clients_send(first, tcp_ack);
    run.clients_send(first, tcp_ack | tcp_psh);
    if (both_ways) run.servers_answer(tcp_ack | tcp_psh);
    run.clients_send(first, tcp_ack | tcp_fin);
    if (both_ways) run.servers_answer(tcp_ack | tcp_fin);
    run.clients_send(first, tcp_ack);
  }
  run.forget();
  const WorkerCounters& counters = appliance.worker().counters;
  ensure(counters.flows_created.read() >= connections);  // none was refused,
  const std::uint32_t room = appliance.worker().flows.sizes().v4;
  ensure(connections <= room || counters.flows_expired.read() >= connections - room);  // and old ones made room
  return run.spent_ns / connections;
}

}  // namespace poise::bench
