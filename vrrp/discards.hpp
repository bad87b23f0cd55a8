#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace poise::vrrp {

// Discard - why an advertisement was not listened to, in the order of the checks. One row of `discards` each: counter
// name, and what it means for an operator. (RFC 9568 7.1, RFC 3768 7.1; counters of RFC 6527 and RFC 8347.)
enum class Discard : std::uint8_t {
  not_ip,
  destination,
  ip_options,
  ttl,
  length,
  version,
  type,
  checksum,
  unknown_vrid,
  own_source,
  unknown_peer,
  no_addresses,
  no_interval,
  authentication_type,
  authentication_failed,
  authentication_stale,
  authentication_replayed,
  interval_mismatch,
  owner,
  address_list,
  count_
};

struct DiscardInfo {
  Discard reason;
  std::string_view counter, meaning;
};
inline constexpr std::array<DiscardInfo, std::size_t(Discard::count_)> discards{{
    {Discard::not_ip, "not_ip", "no IP packet that makes sense, or a fragment of one"},
    {Discard::destination, "destination", "neither the VRRP group on the group's MAC address nor an address of ours"},
    {Discard::ip_options, "ip_options", "IPv4 options or IPv6 extension headers: no router sends those"},
    {Discard::ttl, "ttl",
     "TTL or hop limit is not 255 (or outside unicast_min_ttl..max_ttl): it came through a router"},
    {Discard::length, "length", "shorter or longer than its number of addresses says"},
    {Discard::version, "version", "another VRRP version than the virtual router's"},
    {Discard::type, "type", "not an advertisement"},
    {Discard::checksum, "checksum", "damaged on the way, or its sender sums differently"},
    {Discard::unknown_vrid, "unknown_vrid", "a virtual router that is not configured on this interface"},
    {Discard::own_source, "own_source", "sent from our own address: a loop, or a copied address"},
    {Discard::unknown_peer, "unknown_peer", "unicast, but not from one of the unicast peers"},
    {Discard::no_addresses, "no_addresses", "carries no address"},
    {Discard::no_interval, "no_interval", "an advertisement interval of 0 (RFC 9568 erratum 8301)"},
    {Discard::authentication_type, "authentication_type", "another kind of authentication than ours"},
    {Discard::authentication_failed, "authentication_failed", "wrong password or digest, or an unknown key"},
    {Discard::authentication_stale, "authentication_stale",
     "signed too long ago or in the future: sent again by somebody, or the clocks of the nodes differ"},
    {Discard::authentication_replayed, "authentication_replayed", "authentic, but not newer than one heard before"},
    {Discard::interval_mismatch, "interval_mismatch", "version 2: another advertisement interval than ours"},
    {Discard::owner, "owner", "we own the addresses, and somebody else advertises them"},
    {Discard::address_list, "address_list", "other addresses than ours"},
}};

// Counters, CLI and documentation index the table by the reason.
constexpr bool discards_are_in_order() {
  for (std::size_t i = 0; i < discards.size(); ++i)
    if (std::size_t(discards[i].reason) != i) return false;
  return true;
}
static_assert(discards_are_in_order());

}  // namespace poise::vrrp
