#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "config/types/toeplitz.hpp"
#include "l7/tcp/tuple.hpp"

namespace poise::l7::tcp {

// How devices spread what they receive: the Toeplitz hash of (source, destination, source port, destination port) picks
// a row of the table. A table of one row 0 takes every packet to the one queue that there is.
struct ReceiveSideScaling {
  std::array<std::uint8_t, 40> key{};
  std::vector<std::uint16_t> table{0};  // a power of two of rows
  std::uint16_t queue = 0;              // ours
};

// SourcePorts - local ports of connections that we open: free ones towards this server whose replies come to our queue.
// A bitmap for each (local address, remote address, remote port), up to `destinations` of them; the one that holds no
// port goes when another is wanted. Sans-io; owner: one Stack.
class SourcePorts {
 public:
  struct Limits {
    std::uint16_t first = 32768, last = 60999;
    std::size_t destinations = 1024;
  };
  SourcePorts(ReceiveSideScaling scaling, const Limits& limits);

  // `random` picks where the search begins (RFC 6056 3.3.1). None: no port that fits is free, or too many destinations.
  std::optional<std::uint16_t> take(const IpAddr& local, const IpAddr& remote, std::uint16_t remote_port,
                                    std::uint64_t random);
  void give_back(const Tuple& tuple);  // one that was taken
  // Do packets from the remote end to the local one come to our queue?
  bool is_ours(const Tuple& tuple) const;
  std::size_t destinations() const { return destinations_.size(); }

 private:
  struct Destination {
    IpAddr local, remote;
    std::uint16_t remote_port = 0;
    bool operator==(const Destination&) const = default;
  };
  struct DestinationHash {
    std::size_t operator()(const Destination& destination) const {
      return std::hash<IpAddr>{}(destination.local) * 31 ^ std::hash<IpAddr>{}(destination.remote) ^
             destination.remote_port;
    }
  };
  struct Ports {
    std::vector<std::uint64_t> taken;  // a bit each
    std::uint32_t count = 0;
  };
  std::uint16_t queue_of(std::uint32_t hash) const { return scaling_.table[hash & (scaling_.table.size() - 1)]; }
  Ports* ports_of(const Destination& destination);

  ReceiveSideScaling scaling_;
  Limits limits_;
  Toeplitz toeplitz_;
  std::unordered_map<Destination, Ports, DestinationHash> destinations_;
  std::vector<Destination> unused_;  // some of those that hold no port, and some that do again
};

}  // namespace poise::l7::tcp
