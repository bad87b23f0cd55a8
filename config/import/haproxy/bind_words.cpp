#include <array>

#include "config/import/haproxy/words.hpp"

// The words of `bind`.
namespace poise::config::importing::haproxy {
namespace {

using enum Word::Kind;
constexpr const char* of_tls = "belongs to ssl";

constexpr std::array words = {
    Word{"accept-proxy", 0, taken},
    Word{"v4v6", 0, taken},
    Word{"v6only", 0, taken},
    Word{"name", 1, noted, "binds have no names"},
    Word{"id", 1, noted, "binds have no numbers"},
    Word{"backlog", 1, noted, "the listen queue is as long as the kernel allows"},
    Word{"defer-accept", 0, noted, "connections are accepted when they are open"},
    Word{"level", 1, noted, "there is no socket for commands; see api"},
    Word{"severity-output", 1, noted, "there is no socket for commands; see api"},
    Word{"expose-fd", 1, noted, "poised hands no sockets over"},
    Word{"nice", 1, noted, "all connections have the same priority"},
    Word{"process", 1, noted, "there is one process"},
    Word{"thread", 1, noted, "there are no threads to choose"},
    Word{"shards", 1, noted, "there are no threads to choose"},
    Word{"tcp-ut", 1, noted, "see timeouts.client_ms"},
    Word{"tfo", 0, noted, "connections are opened without TCP Fast Open"},
    Word{"mss", 1, noted, "segments are as large as the path allows"},
    Word{"cc", 1, noted, "congestion control is the kernel's"},
    Word{"quic-cc-algo", 1, noted, "there is no QUIC"},
    Word{"quic-force-retry", 0, noted, "there is no QUIC"},
    Word{"quic-socket", 1, noted, "there is no QUIC"},
    Word{"mode", 1, noted, "for unix sockets"},
    Word{"user", 1, noted, "for unix sockets"},
    Word{"uid", 1, noted, "for unix sockets"},
    Word{"group", 1, noted, "for unix sockets"},
    Word{"gid", 1, noted, "for unix sockets"},
    Word{"guid-prefix", 1, noted, "binds have no numbers"},
    Word{"maxconn", 1, matters, "a bind has no limit of its own; see connections_max of the frontend"},
    Word{"interface", 1, drops, "a bind cannot be kept to an interface; write its address"},
    Word{"namespace", 1, drops, "a bind cannot be in another network namespace"},
    Word{"transparent", 0, drops, "connections to addresses of others are not taken"},
    Word{"accept-netscaler-cip", 1, drops, "NetScaler's header is not read; let it send the PROXY protocol"},
    Word{"proto", 1, drops, "clients speak HTTP/1.1 only"},
    Word{"tcp-md5sig", 1, drops, "TCP-MD5 is not there"},
    Word{"ssl", 0, drops, "TLS is not terminated yet; pass it on in mode tcp"},
    Word{"crt", 1, noted, of_tls},
    Word{"crt-list", 1, noted, of_tls},
    Word{"default-crt", 1, noted, of_tls},
    Word{"allow-0rtt", 0, noted, of_tls},
    Word{"alpn", 1, noted, of_tls},
    Word{"npn", 1, noted, of_tls},
    Word{"no-alpn", 0, noted, of_tls},
    Word{"ca-file", 1, noted, of_tls},
    Word{"ca-ignore-err", 1, noted, of_tls},
    Word{"ca-sign-file", 1, noted, of_tls},
    Word{"ca-sign-pass", 1, noted, of_tls},
    Word{"ca-verify-file", 1, noted, of_tls},
    Word{"ciphers", 1, noted, of_tls},
    Word{"ciphersuites", 1, noted, of_tls},
    Word{"client-sigalgs", 1, noted, of_tls},
    Word{"sigalgs", 1, noted, of_tls},
    Word{"crl-file", 1, noted, of_tls},
    Word{"crt-ignore-err", 1, noted, of_tls},
    Word{"curves", 1, noted, of_tls},
    Word{"ecdhe", 1, noted, of_tls},
    Word{"ech", 1, noted, of_tls},
    Word{"ktls", 1, noted, of_tls},
    Word{"force-sslv3", 0, noted, of_tls},
    Word{"force-tlsv10", 0, noted, of_tls},
    Word{"force-tlsv11", 0, noted, of_tls},
    Word{"force-tlsv12", 0, noted, of_tls},
    Word{"force-tlsv13", 0, noted, of_tls},
    Word{"generate-certificates", 0, noted, of_tls},
    Word{"no-ca-names", 0, noted, of_tls},
    Word{"no-sslv3", 0, noted, of_tls},
    Word{"no-strict-sni", 0, noted, of_tls},
    Word{"no-tls-tickets", 0, noted, of_tls},
    Word{"no-tlsv10", 0, noted, of_tls},
    Word{"no-tlsv11", 0, noted, of_tls},
    Word{"no-tlsv12", 0, noted, of_tls},
    Word{"no-tlsv13", 0, noted, of_tls},
    Word{"ocsp-update", 1, noted, of_tls},
    Word{"prefer-client-ciphers", 0, noted, of_tls},
    Word{"ssl-max-ver", 1, noted, of_tls},
    Word{"ssl-min-ver", 1, noted, of_tls},
    Word{"strict-sni", 0, noted, of_tls},
    Word{"tls-ticket-keys", 1, noted, of_tls},
    Word{"tls-tickets", 0, noted, of_tls},
    Word{"verify", 1, noted, of_tls},
};

}  // namespace

std::span<const Word> bind_words() { return words; }

}  // namespace poise::config::importing::haproxy
