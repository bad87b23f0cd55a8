#pragma once
#include <string>

#include "vrrp/packet.hpp"

namespace poise::vrrp {

// keepalived's authentication type AH: between the IP header and the message an IPsec authentication header (RFC 2402)
// with HMAC-MD5-96 (RFC 2403), keyed with the password, over the packet without what changes on the way: type of
// service, fragment offset, header checksum; to a unicast peer the TTL, too. The SPI is the sender's address. The
// sequence number is the virtual router's: whoever is master continues the one it heard last.
Bytes make_ah_packet(ByteView message, const IpHeader& header, const std::string& password, std::uint32_t sequence);

// Whether the digest of a packet with such a header is the password's.
bool is_authentic(const Received& received, const std::string& password);

}  // namespace poise::vrrp
