#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "config/types/ip.hpp"
#include "config/types/time.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// TcpOutlet - how a worker's LocalTcp sends: by the worker's routes, neighbors and ports, as everything else leaves.
class TcpOutlet {
 public:
  virtual ~TcpOutlet() = default;
  // An IP packet, with headroom for a link's header; `completion` is what the device is to do with it, or nothing when
  // its ip_length is 0. Takes the frame over: what has no way is dropped and counted. False: the port takes no more
  // now, and the frame is the caller's.
  virtual bool send(const Frame& packet, const BufferPool::Completion& completion) = 0;
  // Which of our addresses connections to there leave from; nothing: there is no way.
  virtual std::optional<IpAddr> source_to(const IpAddr& remote) const = 0;
  // Somebody watches, and can only see frames that are in one piece.
  virtual bool is_observed() const = 0;
};

// LocalTcp - who terminates TCP on a worker: given the segments for what it listens on or has opened, and a turn at the
// end of each round. Owner: control, which makes it and outlives the worker's use; called by that worker's thread only.
// Layer 7 is the one that there is (l7/worker_host.hpp); the datapath knows it by this alone.
class LocalTcp {
 public:
  virtual ~LocalTcp() = default;
  // Whether it has the connection that a packet with this key, as it came in, belongs to.
  virtual bool knows(const FlowKey& key) const = 0;
  // A frame with a segment, whose IP packet begins at `ip_offset`; the frame is its own from now on.
  virtual void take(const Frame& frame, std::uint16_t ip_offset) = 0;
  // An ICMP error about a segment of its own, from the IP header on.
  virtual void take_error(std::span<const std::uint8_t> packet, Instant now) = 0;
  // What has come is handled, what is due is done, and what is to go out goes out. How much there was to do (0: idle).
  virtual std::size_t turn(TcpOutlet& outlet, Instant now) = 0;
  // When it wants its turn at the latest, though nothing comes.
  virtual Instant deadline() const = 0;
};

// LocalTcpMeans - what the machine has for the LocalTcp of one worker.
struct LocalTcpMeans {
  BufferPool* headers = nullptr;      // for what goes out, so that acknowledgments leave whatever is full
  BufferPool* data = nullptr;         // what comes in lies in these
  std::uint32_t buffers = 0;          // of the latter, that may be held at a time,
  std::uint32_t buffer_bytes = 2048;  // and what each is
  bool takes_pieces = false, completes_checksums = false, cuts_segments = false;  // what every port can
};

}  // namespace poise::datapath
