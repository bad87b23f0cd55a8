#pragma once
#include <memory>
#include <vector>

#include "datapath/stages/stages.hpp"
#include "datapath/worker_commands.hpp"
#include "tests/support/frames.hpp"
#include "tests/support/memory_port.hpp"

namespace poise::datapath {

// Tables with one port and two interfaces: "lan", untagged, and "dmz", VLAN 100. Addresses that are ours: those of the
// interfaces, the service addresses 203.0.113.10 and 2001:db8:5::10 (every interface), and 192.0.2.50 (a snat address,
// lan only).
inline constexpr const char* our_mac = "02:00:00:00:00:01";
inline constexpr const char* their_mac = "02:00:00:00:00:02";

inline std::unique_ptr<Tables> two_interfaces(std::size_t workers = 1) {
  auto tables = std::make_unique<Tables>();
  tables->path_generation = 1;
  tables->steering = std::make_shared<const Steering>(workers);
  constexpr InterfaceIndex lan{0}, dmz{1}, every{0xffff};
  PortInfo port{"eth0", mac(our_mac), false, lan, std::vector<InterfaceIndex>(4096, every)};
  port.vlans[100] = dmz;
  tables->ports.push_back(port);
  tables->interfaces.push_back({"lan",
                                PortIndex{0},
                                0,
                                mac(our_mac),
                                1500,
                                false,
                                {{ip("192.0.2.1"), 24}, {ip("2001:db8:1::1"), 64}},
                                ip("fe80::1")});
  tables->interfaces.push_back(
      {"dmz", PortIndex{0}, 100, mac(our_mac), 1500, true, {{ip("10.1.0.1"), 24}}, ip("fe80::1")});
  for (const char* address : {"192.0.2.1", "2001:db8:1::1"})
    tables->local.insert(ip(address), {LocalAddress::interface_address, lan});
  tables->local.insert(ip("10.1.0.1"), {LocalAddress::interface_address, dmz});
  tables->local.insert(ip("192.0.2.50"), {LocalAddress::snat_address, lan});
  for (const char* address : {"203.0.113.10", "2001:db8:5::10"})
    tables->local.insert(ip(address), {LocalAddress::service_address, every});
  return tables;
}

// StageBench - one worker with one memory port, for running single stages on frames. It has rings to nowhere but its
// own tests.
struct StageBench {
  explicit StageBench(std::unique_ptr<const Tables> initial = two_interfaces())
      : snapshots(4, std::move(initial)), observations(4, nullptr), worker(parts()) {
    worker.tables = snapshots.enter(WorkerId{0});
    worker.now = Instant(std::chrono::seconds(100));
  }
  ~StageBench() {
    finish();
    give_back_frames(worker);
    HandOff item;
    while (to_other.pop(item)) pool.free({&item.frame.buffer, 1});
  }

  // A fresh batch of these frames, received on port 0.
  Batch& load(const std::vector<Bytes>& frames) {
    finish();
    for (const Bytes& frame : frames) port.give(frame);
    Batch& batch = worker.batch;
    batch.live_count = std::uint8_t(port.receive(batch.packets));
    for (std::uint8_t i = 0; i < batch.live_count; ++i) {
      Packet& packet = batch.packets[i];
      batch.live[i] = i;
      const Frame frame = packet;
      packet = Packet{};
      static_cast<Frame&>(packet) = frame;
    }
    return batch;
  }
  Packet& packet(std::uint8_t row) { return worker.batch.packets[worker.batch.live[row]]; }
  static Bytes bytes(const Packet& packet) { return Bytes(packet.data, packet.data + packet.length); }

  // The IP packets this worker made itself since the last call.
  std::vector<Bytes> take_generated() {
    std::vector<Bytes> made;
    for (std::uint8_t i = 0; i < worker.generated.live_count; ++i) {
      const Packet& packet = worker.generated.packets[worker.generated.live[i]];
      made.push_back(Bytes(packet.l3(), packet.l3() + packet.l3_length));
    }
    free(worker.generated);
    return made;
  }
  std::vector<Punt> take_punts() {
    std::vector<Punt> taken(punts.size());
    punts.pop(taken);
    return taken;
  }
  std::uint64_t dropped(Drop reason) const { return worker.counters.drops[std::size_t(reason)].read(); }
  // As run_once would: everything goes back to the pool.
  void finish() {
    free(worker.batch);
    free(worker.generated);
    for (std::uint16_t i = 0; i < worker.released_count; ++i) pool.free({&worker.released[i].frame.buffer, 1});
    worker.released_count = 0;
  }

  MemoryPool pool;
  MemoryPort port{pool};
  SpscRing<Punt> punts{64};
  SpscRing<Reply> replies{64};
  SpscRing<Inject> injects{2};
  SpscRing<Command> commands{64};
  SpscRing<HandOff> to_other{64};
  Snapshots<Tables> snapshots;
  Snapshots<Observation> observations;
  ServerStates servers;
  Holds holds;
  Worker worker;

 private:
  Worker::Parts parts() {
    WorkerLinks links{&punts, &replies, &injects, &commands, {nullptr, &to_other}, {nullptr, nullptr}};
    return {WorkerId{0}, {64, 64}, {}, &pool, {&port}, links, &snapshots, &observations, &servers, &holds};
  }
  void free(Batch& batch) {
    for (std::uint8_t i = 0; i < batch.live_count; ++i) {
      Packet& packet = batch.packets[batch.live[i]];
      if (packet.buffer != nullptr) pool.free({&packet.buffer, 1});
    }
    pool.free({batch.freed.data(), batch.freed_count});
    batch.live_count = batch.freed_count = 0;
  }
};

}  // namespace poise::datapath
