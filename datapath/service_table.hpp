#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"

namespace poise::datapath {

// ServiceTable - (address, protocol, port) -> service. Precedence: exact port before range before any port; protocol
// before any protocol. Ranges are cut into disjoint segments when built, so that a lookup is one hash probe and one
// binary search.
class ServiceTable {
 public:
  struct Row {
    IpAddr address;
    std::uint8_t protocol = 0;  // 0: any
    std::uint16_t first = 0, last = 65535;
    ServiceIndex service;
  };
  enum class Found { service, no_port, no_address };
  struct Answer {
    Found found = Found::no_address;
    ServiceIndex service{~0u};
  };
  ServiceTable() : ServiceTable(std::span<const Row>{}) {}
  explicit ServiceTable(std::span<const Row> rows);
  Answer find(const IpAddr& address, std::uint8_t protocol, std::uint16_t port) const;

 private:
  struct Segment {
    std::uint16_t first, last;
    ServiceIndex service;
  };
  struct Slot {
    IpAddr address;
    bool used = false;
    std::uint32_t tcp_begin = 0, tcp_end = 0, udp_begin = 0, udp_end = 0;  // rows of segments_
    ServiceIndex other{~0u};                                               // any protocol (ICMP aside)
  };
  void append_segments(std::span<const Row> rows, std::uint8_t protocol);
  std::vector<Slot> slots_;
  std::vector<Segment> segments_;
  std::size_t mask_ = 0;
};

}  // namespace poise::datapath
