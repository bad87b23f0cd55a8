#pragma once
#include "config/fields_network.hpp"
#include "config/fields_node.hpp"
#include "config/fields_proxy.hpp"
#include "config/fields_services.hpp"
#include "config/fields_vrrp.hpp"

// Field table of the whole document.
namespace poise::config {

template <>
inline constexpr auto fields<Config> = std::array{
    field<&Config::node>("node", {}, "the node itself: cores, polling, stopping"),
    field<&Config::memory>("memory", {}, "how much memory the tables take"),
    field<&Config::interfaces>("interfaces", {.count_max = limits::ports, .entries_need_restart = true},
                               "network ports, by name"),
    field<&Config::routes>("routes", {.count_max = limits::routes, .key = "prefix"},
                           "routes besides the connected subnets; the longest prefix wins"),
    field<&Config::snat_pools>("snat_pools", {.count_max = limits::snat_pools}, "source addresses and ports, by name"),
    field<&Config::snat_rules>(
        "snat_rules", {.count_max = 4096},
        "source NAT for forwarded traffic that is not for a service; the first rule that matches counts"),
    field<&Config::pools>("pools", {.count_max = limits::pools}, "groups of servers, by name"),
    field<&Config::services>("services", {.count_max = limits::services}, "what clients connect to, by name"),
    field<&Config::frontends>("frontends", {.count_max = limits::frontends},
                              "what the proxy (layer 7) listens on, by name"),
    field<&Config::backends>("backends", {.count_max = limits::backends}, "servers behind the proxy, by name"),
    field<&Config::log_servers>("log_servers", {.count_max = limits::log_servers},
                                "syslog servers that take the lines of frontends, by name"),
    field<&Config::proxy>("proxy", {}, "the proxy (layer 7) as a whole"),
    field<&Config::stick_tables>("stick_tables", {.count_max = limits::stick_tables},
                                 "what is known of clients, by name"),
    field<&Config::vrrp>("vrrp", {}, "addresses that this node shares with others (VRRP)"),
    field<&Config::mail>("mail", {}, "the SMTP server that takes this node's mails"),
    field<&Config::icmp>("icmp", {}, "ICMP and ICMPv6"),
    field<&Config::neighbors>("neighbors", {}, "ARP and neighbour discovery"),
    field<&Config::api>("api", {}, "who may manage this node, and where"),
    field<&Config::logging>("logging", {}, "log lines of the daemon"),
    field<&Config::forwarding>("forwarding", {}, "route packets that are not for a service; false: drop them")};

}  // namespace poise::config
