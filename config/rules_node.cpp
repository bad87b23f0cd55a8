#include <algorithm>
#include <set>

#include "config/rules.hpp"

namespace poise::config {

void check_node(Rules& rules) {
  const Node& node = rules.config.node;
  std::set<std::uint16_t> cores;
  for (std::size_t i = 0; i < node.worker_cores.size(); ++i)
    if (!cores.insert(node.worker_cores[i]).second)
      rules.add(child("node.worker_cores", i), "core " + std::to_string(node.worker_cores[i]) + " is listed twice",
                "list each core once");
  if (cores.contains(node.control_core) && node.polling == Polling::busy)
    rules.add("node.control_core",
              "core " + std::to_string(node.control_core) + " is a worker's, which never rests with polling \"busy\"",
              "use a core that is not in node.worker_cores, or polling \"adaptive\"");
}

void check_api(Rules& rules) {
  const Api& api = rules.config.api;
  if (!api.listen) return;
  if (api.listen->address.is_multicast())
    rules.add("api.listen.address", to_string(api.listen->address) + " is a multicast address",
              "use an address of the management network");
  if (api.tokens.empty())
    rules.add("api.tokens", "the API listens on TCP but nobody has a token",
              "make one with `poise token create`, or remove api.listen");
}

}  // namespace poise::config
