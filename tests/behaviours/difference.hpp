#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "tests/support/memory_port.hpp"

namespace poise::datapath {

// What two frames differ in, for people: the first differing byte, the header field it belongs to, both frames in
// hexadecimal with the differing lines marked. "" when they are equal.
std::string difference(std::span<const std::uint8_t> expected, std::span<const std::uint8_t> got);

// The header field that a byte of a frame belongs to ("IPv4 checksum"); "payload" behind the headers that are known
// here.
std::string field_name(std::span<const std::uint8_t> frame, std::size_t offset);

// Gives `got` the value that `expected` has in one field, and adjusts the checksums that cover it by the difference:
// what then still differs was wrong. For values that the appliance may choose: "ipv4_identification",
// "udp_source_port", "ipv6_flow_label", "ipv6_fragment_identification". `got` stays as it is when it has no such field.
// An unknown name is a mistake of the case.
void adopt_free_field(const std::string& name, std::span<const std::uint8_t> expected, Bytes& got);

}  // namespace poise::datapath
