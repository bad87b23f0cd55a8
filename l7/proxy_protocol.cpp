#include "l7/proxy_protocol.hpp"

#include <algorithm>
#include <charconv>

#include "datapath/wire/bytes.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "datapath/wire/proxy_v2.hpp"

namespace poise::l7 {
namespace {

namespace wire = datapath::wire;
using Ends = ProxyHeader::Ends;

constexpr std::string_view v1_signature = "PROXY ";
constexpr std::size_t v1_max = 107;
constexpr std::uint8_t v2_local = 0x20;
constexpr auto v2_signature = wire::ProxyV2Header::signature_bytes;
constexpr std::size_t v2_fixed = sizeof(wire::ProxyV2Header);

bool may_begin(std::string_view bytes, std::string_view signature) {
  const std::size_t common = std::min(bytes.size(), signature.size());
  return bytes.substr(0, common) == signature.substr(0, common);
}

// Decimal, without sign or leading zeros, as the specification asks.
std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_port =
      !text.empty() && error == std::errc{} && end == text.data() + text.size() && (text.size() == 1 || text[0] != '0');
  return is_port ? std::optional(port) : std::nullopt;
}

// Takes the word in front; one space follows it, or the end.
std::string_view take_word(std::string_view& text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(std::min(space + 1, text.size()));
  return word;
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", or "PROXY UNKNOWN ...\r\n".
tl::expected<std::optional<ProxyHeader>, ProxyRefusal> read_v1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, v1_max).find("\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() >= v1_max) return tl::unexpected(ProxyRefusal::too_long);
    return std::nullopt;
  }
  std::string_view rest = bytes.substr(v1_signature.size(), end - v1_signature.size());
  const std::string_view family = take_word(rest);
  ProxyHeader header{{}, end + 2};
  if (family == "UNKNOWN") return header;
  const std::string_view source = take_word(rest), destination = take_word(rest), source_port = take_word(rest);
  const auto from = parse_ip(std::string(source)), to = parse_ip(std::string(destination));
  const auto from_port = read_port(source_port), to_port = read_port(rest);
  const bool is_v4 = family == "TCP4";
  if ((!is_v4 && family != "TCP6") || !from || !to || !from_port || !to_port || from->is_v4() != is_v4 ||
      to->is_v4() != is_v4)
    return tl::unexpected(ProxyRefusal::malformed);
  header.ends = Ends{*from, *to, *from_port, *to_port};
  return header;
}

IpAddr read_address(const wire::Be32& address) { return wire::to_address(address); }
IpAddr read_address(const std::uint8_t (&address)[16]) { return wire::to_address(address); }
void write_address(wire::Be32& to, const IpAddr& address) { to.set(address.v4_value()); }
void write_address(std::uint8_t (&to)[16], const IpAddr& address) { wire::write_address(to, address); }

template <class Addresses>
Ends read_ends(const std::uint8_t* at) {
  const auto& addresses = wire::at<Addresses>(at);
  return {read_address(addresses.source), read_address(addresses.destination), addresses.source_port.host(),
          addresses.destination_port.host()};
}

template <class Addresses>
std::string as_text(const Ends& ends) {
  Addresses addresses;
  write_address(addresses.source, ends.source);
  write_address(addresses.destination, ends.destination);
  addresses.source_port.set(ends.source_port);
  addresses.destination_port.set(ends.destination_port);
  return {reinterpret_cast<const char*>(&addresses), sizeof addresses};
}

tl::expected<std::optional<ProxyHeader>, ProxyRefusal> read_v2(std::string_view bytes) {
  if (bytes.size() < v2_fixed) return std::nullopt;
  const auto* const at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto& fixed = wire::at<wire::ProxyV2Header>(at);
  const std::size_t length = fixed.length.host();
  const bool is_local = fixed.version_command == v2_local;
  if (fixed.version_command >> 4 != 2) return tl::unexpected(ProxyRefusal::version_unsupported);
  if (!is_local && fixed.version_command != fixed.version2_proxy) return tl::unexpected(ProxyRefusal::malformed);
  if (v2_fixed + length > proxy_header_max) return tl::unexpected(ProxyRefusal::too_long);
  if (bytes.size() < v2_fixed + length) return std::nullopt;
  ProxyHeader header{{}, v2_fixed + length};
  const bool is_v4 = fixed.family_protocol == fixed.tcp_v4, is_v6 = fixed.family_protocol == fixed.tcp_v6;
  if (is_local || (!is_v4 && !is_v6)) return header;
  if (length < (is_v4 ? sizeof(wire::ProxyV2Addresses4) : sizeof(wire::ProxyV2Addresses6)))
    return tl::unexpected(ProxyRefusal::malformed);
  header.ends =
      is_v4 ? read_ends<wire::ProxyV2Addresses4>(at + v2_fixed) : read_ends<wire::ProxyV2Addresses6>(at + v2_fixed);
  // An IPv4 address in an IPv6 one would be another address for all that follows.
  if (is_v6 && (header.ends->source.is_v4() || header.ends->destination.is_v4()))
    return tl::unexpected(ProxyRefusal::malformed);
  return header;
}

}  // namespace

std::string_view meaning_of(ProxyRefusal refusal) {
  switch (refusal) {
    case ProxyRefusal::no_header:
      return "the connection does not begin with a PROXY header";
    case ProxyRefusal::malformed:
      return "the PROXY header is malformed";
    case ProxyRefusal::version_unsupported:
      return "the PROXY header is of a version that is unknown";
    case ProxyRefusal::too_long:
      return "the PROXY header is too long";
  }
  return "";
}

tl::expected<std::optional<ProxyHeader>, ProxyRefusal> read_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  const std::string_view binary(reinterpret_cast<const char*>(v2_signature.data()), v2_signature.size());
  const bool is_v1 = may_begin(bytes, v1_signature), is_v2 = may_begin(bytes, binary);
  if (is_v1) return bytes.size() < v1_signature.size() ? std::optional<ProxyHeader>() : read_v1(bytes);
  if (is_v2) return read_v2(bytes);
  return tl::unexpected(ProxyRefusal::no_header);
}

std::string write_proxy_v1(const std::optional<Ends>& ends) {
  if (!ends) return "PROXY UNKNOWN\r\n";
  return std::string(ends->source.is_v4() ? "PROXY TCP4 " : "PROXY TCP6 ") + to_string(ends->source) + " " +
         to_string(ends->destination) + " " + std::to_string(ends->source_port) + " " +
         std::to_string(ends->destination_port) + "\r\n";
}

std::string write_proxy_v2(const std::optional<Ends>& ends) {
  wire::ProxyV2Header fixed{v2_signature, v2_local, 0, {}};
  std::string addresses;
  if (ends) {
    const bool is_v4 = ends->source.is_v4();
    fixed.version_command = fixed.version2_proxy;
    fixed.family_protocol = is_v4 ? fixed.tcp_v4 : fixed.tcp_v6;
    addresses = is_v4 ? as_text<wire::ProxyV2Addresses4>(*ends) : as_text<wire::ProxyV2Addresses6>(*ends);
  }
  fixed.length.set(std::uint16_t(addresses.size()));
  return std::string(reinterpret_cast<const char*>(&fixed), sizeof fixed) + addresses;
}

}  // namespace poise::l7
