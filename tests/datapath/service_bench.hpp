#pragma once
#include <string_view>

#include "datapath/worker_commands.hpp"
#include "tests/datapath/compiled.hpp"
#include "tests/datapath/fixture.hpp"

namespace poise::datapath {

inline std::unique_ptr<const Tables> tables_of(config::Config config) {
  Compiled compiled(std::move(config));
  return std::move(compiled.tables);
}

// ServiceBench - a StageBench with the tables of a configuration (see one_service) and all its servers up, for running
// the stages up to the one under test.
struct ServiceBench : StageBench {
  explicit ServiceBench(config::Config config) : StageBench(tables_of(std::move(config))) {
    for (const Real& real : worker.tables->reals) servers[real.server].status = ServerState::up;
  }

  // The frames after the stage of this name, and all before it.
  Batch& run(std::string_view last, const std::vector<Bytes>& frames) {
    Batch& batch = load(frames);
    for (const Stage& stage : pipeline) {
      stage.run(worker, batch);
      if (stage.name == last) return batch;
    }
    ensure(false);
    return batch;
  }
  void resolve(const char* address, const char* address_mac = their_mac, bool resolved = true) {
    commands.push(SetNeighbor{InterfaceIndex{0}, ip(address), mac(address_mac), resolved});
    take_commands(worker);
  }
  std::vector<Bytes> sent() {
    flush_outgoing(worker);
    return port.take();
  }
};

// one_service with its address shared by VRRP on "eth0", virtual router 51.
inline config::Config shared_service(config::Mode mode = config::Mode::nat) {
  config::Config config = one_service(1);
  config.services["web"].mode = mode;
  config::VrrpInstance instance;
  instance.interface = "eth0";
  instance.virtual_router_id = 51;
  instance.addresses = {config.services["web"].address};
  config.vrrp.instances["VI_1"] = instance;
  return config;
}

// Frames for our port, from a neighbor.
inline Bytes from_neighbor(const Bytes& packet) {
  return ethernet(our_mac, their_mac, packet[0] >> 4 == 6 ? 0x86dd : 0x0800, packet);
}
inline Bytes segment(const Ends& ends, std::uint8_t flags, const char* payload = "", const IpOptions& options = {}) {
  return from_neighbor(ip_packet(ends, 6, tcp(ends, flags, text(payload)), options));
}
inline Bytes datagram(const Ends& ends, const char* payload = "", const IpOptions& options = {}) {
  return from_neighbor(ip_packet(ends, 17, udp(ends, text(payload)), options));
}

// A client of one_service, and what it sends.
inline const Ends client_to_web{"10.0.0.9", "203.0.113.10", 50000, 80};

}  // namespace poise::datapath
