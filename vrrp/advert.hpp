#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <tl/expected.hpp>
#include <vector>

#include "config/types/ip.hpp"
#include "vrrp/discards.hpp"
#include "vrrp/types.hpp"

namespace poise::vrrp {

using ByteView = std::span<const std::uint8_t>;
using Bytes = std::vector<std::uint8_t>;

enum class AuthenticationType : std::uint8_t { none = 0, password = 1, ah = 2 };  // on the wire, version 2

// How a version 3 IPv4 advertisement was summed: RFC 5798 with a pseudo-header (keepalived, FRR) or RFC 9568 without
// (Cisco, Juniper, Arista).
enum class ChecksumForm : std::uint8_t { with_pseudo_header, without_pseudo_header };

// Advert - one VRRP advertisement, host order. Version 2: whole seconds and eight bytes of authentication data; version
// 3: centiseconds.
struct Advert {
  Version version = Version::v3;
  VirtualRouterId vrid;
  std::uint8_t priority = priority_default;
  Duration interval{};
  std::vector<IpAddr> addresses;
  AuthenticationType authentication = AuthenticationType::none;
  std::array<std::uint8_t, 8> password{};  // zero padded; version 2 with AuthenticationType::password
  ChecksumForm checksum_form = ChecksumForm::with_pseudo_header;
  bool operator==(const Advert&) const = default;
};

// The VRRP message of an IP packet (its payload) from and to these addresses. Lengths come from the bytes, never from a
// field. `trailer`: bytes at the end that belong to keepalived's auth_hmac; over IPv6 the checksum covers them. Either
// checksum form of version 3 over IPv4 is taken. An advert without addresses or with interval 0 is returned: the reader
// decides. Errors: length, version, type, checksum.
struct Envelope {
  IpAddr source, destination;
};
tl::expected<Advert, Discard> read_advert(ByteView message, const Envelope& envelope, std::size_t trailer = 0);

// The message for these addresses, checksum included. At most 255 addresses; version 2 is IPv4's alone.
Bytes write_advert(const Advert& advert, const Envelope& envelope);

// Puts a trailer behind the message; its checksum stays right.
void append_trailer(Bytes& message, ByteView trailer, const Envelope& envelope);

// Bytes of the message, and how many addresses one packet of `mtu` bytes can carry.
std::size_t advert_length(Version version, bool v6, std::size_t addresses);
std::size_t addresses_max(Version version, bool v6, std::uint16_t mtu, std::size_t trailer = 0);

}  // namespace poise::vrrp
