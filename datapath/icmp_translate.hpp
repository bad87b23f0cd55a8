#pragma once
#include "datapath/packet.hpp"
#include "datapath/translate.hpp"

namespace poise::datapath {

// Translates an ICMP or ICMPv6 error about a packet of a flow (flag_icmp_error), so that the sender of the quoted
// packet recognises it. `to` is what the flow would make of a packet with packet.key, that is of one that travels the
// error's way: the error's destination becomes to.destination, the quoted packet becomes to.destination:port ->
// to.source:port. The error's source stays, unless the flow hides the quoted destination (or the families differ): then
// it is to.source. (RFC 5508 4.2, RFC 7915 4.2 and 5.2 for NAT64.) Quotes may be cut short; checksums inside them are
// corrected where they are there, the ICMP checksum is always right afterwards if it was before. Drop::count_: done;
// else the packet is unchanged: icmp_error_malformed, fragment_unsupported, nat64_untranslatable, no_headroom. Pure.
// Offsets, family and
// l3_length of the packet are kept up to date; the TTL is left to the caller.
Drop translate_icmp_error(Packet& packet, const Translation& to);

}  // namespace poise::datapath
