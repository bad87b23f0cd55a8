#pragma once
#include <array>
#include <cstdint>

#include "vrrp/actions.hpp"
#include "vrrp/discards.hpp"

namespace poise::vrrp {

// Statistics - what a virtual router has seen and done (RFC 6527 vrrpv3RouterStatisticsTable, RFC 8347, and one counter
// a cause for what was discarded).
struct Statistics {
  std::uint64_t adverts_received = 0, adverts_sent = 0;
  std::uint64_t priority_zero_received = 0, priority_zero_sent = 0;
  std::uint64_t announcements_sent = 0;
  std::uint64_t master_transitions = 0;
  std::uint64_t address_list_mismatches = 0, interval_mismatches = 0;  // counted, and listened to nevertheless
  std::uint64_t rfc5798_checksums = 0, rfc9568_checksums = 0;          // of version 3 over IPv4, received
  std::array<std::uint64_t, std::size_t(Discard::count_)> discarded{};
  Reason last_reason = Reason::started;  // of the last change of state
};

}  // namespace poise::vrrp
