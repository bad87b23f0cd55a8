#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace poise::l7::tls {

// ClientHello - what a TLS client says first and in the clear (RFC 8446 4.1.2): enough to choose a backend by, without
// ending its TLS.
struct ClientHello {
  std::string server_name;             // SNI (RFC 6066 3) in lower case; empty: none
  std::vector<std::string> protocols;  // ALPN (RFC 7301), in the client's order
};

enum class HelloRefusal : std::uint8_t { not_tls, malformed, too_long };
std::string_view meaning_of(HelloRefusal refusal);

inline constexpr std::size_t client_hello_max = 16384;  // of records, with their headers

// The beginning of a connection; a hello may be spread over records. Nothing within the optional: more is needed.
tl::expected<std::optional<ClientHello>, HelloRefusal> read_client_hello(std::string_view bytes);

}  // namespace poise::l7::tls
