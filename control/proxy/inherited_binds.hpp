#pragma once
#include <map>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "control/proxy/inherited_sockets.hpp"

namespace poise::control::proxy {

// Where the frontends over the kernel's sockets listen, with the sockets that are named by `fd`. Errors name the place
// in the configuration: sockets that are not there, or whose address and port are another bind's.
struct InheritedBinds {
  std::map<std::string, std::vector<config::Bind>> changed;  // by frontend: those that are not as configured
  Errors errors;
};
InheritedBinds inherited_binds(const config::Config& config, const InheritedSockets& sockets);

// The configuration with these: addresses and ports beside `fd`, one bind for each family. What has an error is left
// out, and a frontend that listens nowhere any more is not enabled.
config::Config with_binds(config::Config config, const InheritedBinds& binds);

}  // namespace poise::control::proxy
