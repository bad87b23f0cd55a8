#pragma once
#include <cstddef>
#include <cstdint>

#include "config/types/time.hpp"

namespace poise::l7::tcp {

// Settings - what a Stack is told when it is made. Sizes are what it allocates; nothing grows later.
struct Settings {
  std::uint32_t connections_max = 1024;
  std::uint32_t syns_max = 1024;          // half open; beyond three quarters, and for what finds no place, cookies
  std::uint32_t time_waits_max = 4096;    // beyond, the oldest goes
  std::size_t queue_bytes = 16u << 20;    // for queues: slices, records of what is in flight, ranges out of order
  std::uint64_t buffers_max = 64u << 20;  // bytes of buffers that connections may hold, by their whole size
  std::uint32_t receive_initial = 65536, receive_max = 4u << 20;  // bytes of window: grows with what the reader takes
  std::uint32_t send_max = 4u << 20;                              // bytes that one connection may have queued to send
  std::uint32_t unsent_low = 128u << 10;  // `room` is told when less than this is queued and not yet sent

  std::uint16_t mss_v4 = 1460, mss_v6 = 1440;  // what we announce, and the most that we send
  Duration delayed_ack = std::chrono::milliseconds(40);
  Duration time_wait = std::chrono::seconds(60);        // 2 MSL (RFC 9293 3.4.2)
  Duration fin_wait_2 = std::chrono::seconds(60);       // after close, while the peer keeps its side open
  std::uint16_t port_first = 32768, port_last = 60999;  // of connections that are opened here
  std::uint32_t destinations_max = 1024;                // (local address, remote address and port) of those
  std::uint8_t syn_retries_max = 6;                     // 1 + 2 + ... + 64 s
  std::uint8_t syn_ack_retries_max = 3;
  std::uint8_t retries_max = 15;  // without any answer: some 15 minutes (RFC 9293 3.8.3: R2)
  Duration keepalive_idle = Duration::zero(), keepalive_interval = std::chrono::seconds(75);  // zero: off
  std::uint8_t keepalive_probes_max = 9;
  std::uint32_t segmentation_max =
      0;  // bytes that the device cuts into segments by itself (TSO), at most 65,000; 0: it does not
  std::uint32_t challenge_acks_per_second = 1000;  // RFC 5961 7, of the whole stack; the true budget varies at random

  bool window_scaling = true, timestamps = true, sack = true, ecn = false;
  bool cubic = true, rack = true;  // else NewReno; else what RFC 6675 alone tells
  bool nagle = false;
  bool quick_ack = false;  // what comes is acknowledged at once, not delayed
};

}  // namespace poise::l7::tcp
