#include "datapath/compiler.hpp"

// Where the frontends of the workers' proxies listen. The proxies themselves are layer 7's: here a packet only finds
// its way to them.
namespace poise::datapath {

// 0.0.0.0 and :: stand for the addresses of interfaces and virtual routers, not for those that are there for services
// or source NAT alone.
void Compiler::bind_everywhere(bool v4, std::uint16_t port, const std::string& frontend) {
  const auto bind = [&](const IpAddr& address) {
    if (address.is_v4() == v4) tables.proxy_bindings.insert(address, port, frontend);
  };
  for (const Interface& interface : tables.interfaces) {
    if (interface.name.empty()) continue;
    for (const IpPrefix& own : interface.addresses) bind(own.address);
    bind(interface.link_local);
  }
  for (const auto& [name, instance] : config.vrrp.instances)
    for (const IpAddr& address : instance.addresses) bind(address);
}

// Exact addresses first: they are who listens there, whatever else is bound to all of them. An address of no interface
// becomes ours, as a service's does.
void Compiler::add_proxies() {
  const auto bound = [&](auto&& each) {
    for (const auto& [name, frontend] : config.frontends)
      if (frontend.enabled && frontend.transport == config::ProxyTransport::datapath)
        for (const config::Bind& bind : frontend.binds)
          if (bind.port) each(name, bind.address.value_or(IpAddr::v4(0)), *bind.port);
  };
  bound([&](const std::string& name, const IpAddr& address, std::uint16_t port) {
    if (address.is_unspecified()) return;
    tables.local.insert(address, {LocalAddress::frontend_address, interface_of_subnet(address)});
    tables.proxy_bindings.insert(address, port, name);
  });
  bound([&](const std::string& name, const IpAddr& address, std::uint16_t port) {
    if (address.is_unspecified()) bind_everywhere(address.is_v4(), port, name);
  });
  for (const auto& [name, backend] : config.backends)
    if (backend.transport == config::ProxyTransport::datapath) tables.own_port_first = limits::proxy_port_last + 1;
}

}  // namespace poise::datapath
