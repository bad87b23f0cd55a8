#include "control/proxy/inherited_binds.hpp"

#include <utility>

#include "config/path.hpp"

namespace poise::control::proxy {
namespace {

// Resolver - goes through the binds, one after the other, and knows whose the sockets' addresses and ports are.
class Resolver {
 public:
  explicit Resolver(const InheritedSockets& sockets) : sockets_(sockets) {}
  // What stands for this one; nothing: it has an error.
  std::vector<config::Bind> resolve(const config::Bind& bind, const std::string& path) {
    return bind.fd ? of_socket(bind, path) : of_address(bind, path);
  }
  Errors errors;

 private:
  std::vector<config::Bind> of_socket(const config::Bind& bind, const std::string& path) {
    const std::string number = std::to_string(*bind.fd);
    const InheritedSockets::Socket* socket = sockets_.find(*bind.fd);
    if (socket == nullptr) {
      errors.push_back({path + ".fd", "poised was not started with a listening TCP socket " + number,
                        "start it with that socket, by systemd's .socket unit or a parent process, or give address and "
                        "port"});
      return {};
    }
    const auto [at, is_new] = taken_.emplace(std::pair(socket->address, socket->port), Owner{path, *bind.fd});
    if (!is_new) {
      const bool is_same = at->second.fd == *bind.fd;
      errors.push_back({path + ".fd",
                        "socket " + number +
                            (is_same ? " is taken by "
                                     : " listens on " + to_string(socket->address) + " port " +
                                           std::to_string(socket->port) + ", as does that of ") +
                            at->second.path,
                        is_same ? "use another socket" : "remove one of the two"});
      return {};
    }
    std::vector<config::Bind> all{{socket->address, socket->port, bind.accept_proxy, bind.fd}};
    if (socket->is_dual) all.push_back({IpAddr::v4(0), socket->port, bind.accept_proxy, bind.fd});
    return all;
  }
  std::vector<config::Bind> of_address(const config::Bind& bind, const std::string& path) {
    const IpAddr address = bind.address.value_or(IpAddr::v4(0));
    const auto number = bind.port ? sockets_.at(address, *bind.port) : std::nullopt;
    if (!number) return {bind};
    errors.push_back({path,
                      to_string(address) + " port " + std::to_string(*bind.port) + " is taken by socket " +
                          std::to_string(*number) + ", which poised was started with",
                      "write \"fd\": " + std::to_string(*number) + " instead, or use another address or port"});
    return {};
  }

  const InheritedSockets& sockets_;
  struct Owner {
    std::string path;
    std::uint32_t fd = 0;
  };
  std::map<std::pair<IpAddr, std::uint16_t>, Owner> taken_;
};

}  // namespace

InheritedBinds inherited_binds(const config::Config& config, const InheritedSockets& sockets) {
  InheritedBinds all;
  Resolver resolver(sockets);
  for (const auto& [name, frontend] : config.frontends) {
    if (!frontend.enabled || frontend.transport != config::ProxyTransport::kernel) continue;
    std::vector<config::Bind> binds;
    for (std::size_t i = 0; i < frontend.binds.size(); ++i) {
      const std::string path = config::child(config::child("frontends", name) + ".binds", i);
      for (config::Bind& bind : resolver.resolve(frontend.binds[i], path)) binds.push_back(std::move(bind));
    }
    if (binds != frontend.binds) all.changed.emplace(name, std::move(binds));
  }
  all.errors = std::move(resolver.errors);
  return all;
}

config::Config with_binds(config::Config config, const InheritedBinds& binds) {
  for (const auto& [name, changed] : binds.changed) {
    config::Frontend& frontend = config.frontends.at(name);
    frontend.binds = changed;
    frontend.enabled = !changed.empty();
  }
  return config;
}

}  // namespace poise::control::proxy
