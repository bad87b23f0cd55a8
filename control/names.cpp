#include "control/names.hpp"

#include <netinet/in.h>

#include <nlohmann/json.hpp>

#include "datapath/worker.hpp"

namespace poise::control {

std::string protocol_name(std::uint8_t protocol) {
  switch (protocol) {
    case IPPROTO_TCP:
      return "tcp";
    case IPPROTO_UDP:
      return "udp";
    case IPPROTO_ICMP:
      return "icmp";
    case IPPROTO_ICMPV6:
      return "icmpv6";
    default:
      return std::to_string(protocol);
  }
}

std::string endpoint(const IpAddr& address, std::uint16_t port) {
  if (port == 0) return to_string(address);
  return (address.is_v4() ? to_string(address) : "[" + to_string(address) + "]") + ":" + std::to_string(port);
}

std::string flow_state_name(const datapath::FlowState& state) {
  using datapath::TcpState;
  switch (state.tcp) {
    case TcpState::none:
      return state.has(datapath::flow_embryonic) ? "one_way" : "two_way";
    case TcpState::syn_sent:
      return "syn_sent";
    case TcpState::syn_received:
      return "syn_received";
    case TcpState::established:
      return "established";
    case TcpState::fin_wait:
      return "fin_wait";
    case TcpState::time_wait:
      return "time_wait";
    case TcpState::closed:
      return "closed";
  }
  return "";
}

std::string drop_name(datapath::Drop drop) {
  return drop == datapath::Drop::count_ ? "" : std::string(datapath::drops[std::size_t(drop)].counter);
}

nlohmann::json trace_row_json(const datapath::TraceRow& row, const datapath::Tables& tables) {
  nlohmann::json object{{"packet", row.packet_id},
                        {"worker", row.worker.value},
                        {"stage", datapath::pipeline[row.stage].name},
                        {"protocol", protocol_name(row.key.protocol)},
                        {"source", endpoint(row.key.source, row.key.source_port)},
                        {"destination", endpoint(row.key.destination, row.key.destination_port)},
                        {"flow", row.flow.valid() ? "known" : "none"},
                        {"drop", drop_name(row.drop)}};
  std::string text = row.drop != datapath::Drop::count_
                         ? "dropped: " + std::string(datapath::drops[std::size_t(row.drop)].meaning)
                         : "went on";
  if (row.service.value < tables.services.size()) text += ", service " + tables.services[row.service.value].name;
  if (row.real.value < tables.reals.size()) text += ", server " + tables.reals[row.real.value].server_name;
  if (row.out_interface.value < tables.interfaces.size())
    text += ", out by " + tables.interfaces[row.out_interface.value].name;
  object["text"] = text;
  return object;
}

}  // namespace poise::control
