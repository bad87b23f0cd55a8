#pragma once
#include "datapath/worker.hpp"

namespace poise::datapath {

// IcmpProblem - what to tell the sender of a packet. The same words in both families; the numbers differ.
enum class IcmpProblem : std::uint8_t {
  ttl_exceeded,
  too_big,
  no_route,
  host_unreachable,
  protocol_unreachable,
  port_unreachable,
  admin_prohibited
};
struct IcmpError {
  IcmpProblem problem;
  std::uint16_t mtu = 0;  // of too_big: what would have fitted
};

// Makes an ICMP or ICMPv6 error about a packet, in worker.generated, if the rules allow one (RFC 1812 4.3.2.7, RFC
// 4443 2.4 (e)): never about another ICMP error, a later fragment, a link or IP broadcast or multicast, or a source
// that is not one station; at most icmp.errors_per_second (else counted as icmp_rate_limited). The packet stays with
// the caller and must still be as it was received: its IP header is what the sender will recognise. True: an error is
// on its way.
bool send_icmp_error(Worker& worker, const Packet& about, IcmpError error);

}  // namespace poise::datapath
