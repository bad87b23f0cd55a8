#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "datapath/flow.hpp"
#include "datapath/messages.hpp"
#include "datapath/tables.hpp"

namespace poise::control {

// Words for what the datapath keeps as numbers.
std::string protocol_name(std::uint8_t protocol);  // "tcp", "udp", "icmp", "icmpv6", "47"
std::string endpoint(const IpAddr& address,
                     std::uint16_t port);  // "192.0.2.7:80", "[2001:db8::7]:80"; no port: the address
std::string flow_state_name(const datapath::FlowState& state);  // "established", "syn_sent", "one_way" ...
std::string drop_name(datapath::Drop drop);                     // "" for Drop::count_
nlohmann::json trace_row_json(const datapath::TraceRow& row, const datapath::Tables& tables);

}  // namespace poise::control
