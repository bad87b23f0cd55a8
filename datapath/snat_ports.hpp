#pragma once
#include <optional>

#include "datapath/worker.hpp"

namespace poise::datapath {

// A local address and port for a new flow to a server, such that
//  - no flow of this worker uses it towards that server (the flow table itself is the register of ports in use: one
//  address carries
//    65,535 flows to each server and port, and an idle address costs nothing), and
//  - the reply's Toeplitz hash brings it back to this worker, so that no two workers ever choose the same one.
// Empty when a bounded search finds none.
struct LocalEnd {
  IpAddr address;
  std::uint16_t port = 0;
};
struct ServerEnd {
  IpAddr address;
  std::uint16_t port = 0;
  std::uint8_t protocol = 0;
};
std::optional<LocalEnd> choose_local_end(Worker& worker, std::uint16_t snat_pool, const ServerEnd& server);

}  // namespace poise::datapath
