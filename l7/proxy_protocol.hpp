#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "config/types/ip.hpp"

namespace poise::l7 {

// ProxyHeader - who speaks, as a proxy before us tells it (the PROXY protocol of HAProxy, versions 1 and 2).
struct ProxyHeader {
  // Nothing: the proxy speaks for itself (LOCAL, UNKNOWN, or a family that is not IP): the connection's own ends count.
  struct Ends {
    IpAddr source, destination;
    std::uint16_t source_port = 0, destination_port = 0;
    bool operator==(const Ends&) const = default;
  };
  std::optional<Ends> ends;
  std::size_t length = 0;  // of the header: what follows is the client's
};

enum class ProxyRefusal : std::uint8_t { no_header, malformed, version_unsupported, too_long };
std::string_view meaning_of(ProxyRefusal refusal);

inline constexpr std::size_t proxy_header_max = 4096;  // with all its TLVs

// The beginning of a connection. No value within the optional: more is needed.
tl::expected<std::optional<ProxyHeader>, ProxyRefusal> read_proxy_header(std::string_view bytes);

// For a server. Without ends: "UNKNOWN", or LOCAL.
std::string write_proxy_v1(const std::optional<ProxyHeader::Ends>& ends);
std::string write_proxy_v2(const std::optional<ProxyHeader::Ends>& ends);

}  // namespace poise::l7
