#include "control/proxy/inherited_binds.hpp"

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "tests/control/proxy/parent_socket.hpp"

namespace poise::control::proxy {
namespace {

using nlohmann::json;

// Frontends over the kernel's sockets, by name, with these binds.
config::Config config_with(const json& binds) {
  json document;
  for (const auto& [name, list] : binds.items())
    document["frontends"][name] = {{"transport", "kernel"}, {"binds", list}};
  const auto config = config::from_json(document);
  EXPECT_TRUE(config);
  return *config;
}

std::string text_of(const Errors& errors) {
  std::string text;
  for (const Error& error : errors) text += to_string(error) + "\n";
  return text;
}

TEST(InheritedBinds, have_the_address_and_port_of_their_socket_and_both_families_where_it_listens_for_both) {
  const ParentSocket one("127.0.0.1"), dual("::", ParentSocket::dual);
  const InheritedSockets sockets = InheritedSockets::find_all();
  const config::Config config =
      config_with({{"plain", {{{"port", 80}}}},
                   {"web", {{{"fd", one.number()}, {"accept_proxy", true}}, {{"port", 81}}, {{"fd", dual.number()}}}}});
  const InheritedBinds binds = inherited_binds(config, sockets);
  EXPECT_EQ(text_of(binds.errors), "");
  EXPECT_FALSE(binds.changed.contains("plain"));
  const config::Config changed = with_binds(config, binds);
  EXPECT_EQ(changed.frontends.at("web").binds,
            (std::vector<config::Bind>{{one.address(), one.port(), true, one.number()},
                                       {std::nullopt, 81, false, std::nullopt},
                                       {IpAddr{}, dual.port(), false, dual.number()},
                                       {IpAddr::v4(0), dual.port(), false, dual.number()}}));
  EXPECT_TRUE(changed.frontends.at("web").enabled);
  EXPECT_EQ(changed.frontends.at("plain"), config.frontends.at("plain"));
}

TEST(InheritedBinds, what_can_t_be_is_left_out_and_named) {
  const ParentSocket one("127.0.0.1"), dual("::", ParentSocket::dual);
  const InheritedSockets sockets = InheritedSockets::find_all();
  const std::string number = std::to_string(one.number());
  struct Row {
    json bind;
    std::string error;
  };
  for (const Row& row :
       {Row{{{"fd", 9999}},
            "frontends.web.binds[0].fd: poised was not started with a listening TCP socket 9999 (start it with that "
            "socket, by systemd's .socket unit or a parent process, or give address and port)\n"},
        Row{{{"address", "127.0.0.1"}, {"port", one.port()}},
            "frontends.web.binds[0]: 127.0.0.1 port " + std::to_string(one.port()) + " is taken by socket " + number +
                ", which poised was started with (write \"fd\": " + number +
                " instead, or use another address or port)\n"}}) {
    const config::Config config = config_with({{"web", {row.bind}}, {"both", {row.bind, {{"port", 80}}}}});
    const InheritedBinds binds = inherited_binds(config, sockets);
    EXPECT_NE(text_of(binds.errors).find(row.error), std::string::npos) << text_of(binds.errors);
    EXPECT_EQ(binds.errors.size(), 2u);
    const config::Config changed = with_binds(config, binds);
    EXPECT_FALSE(changed.frontends.at("web").enabled);
    EXPECT_TRUE(changed.frontends.at("both").enabled);
    EXPECT_EQ(changed.frontends.at("both").binds, (std::vector<config::Bind>{{std::nullopt, 80, false, std::nullopt}}));
  }
  for (const json& bind : {json{{"port", dual.port()}}, json{{"address", "::"}, {"port", dual.port()}}})
    EXPECT_EQ(inherited_binds(config_with({{"web", {bind}}}), sockets).errors.size(), 1u) << bind;
}

TEST(InheritedBinds, two_sockets_of_one_address_and_port_are_not_for_two_binds) {
  const ParentSocket one("127.0.0.1");
  const int other = ::dup(int(one.number()));
  const InheritedSockets sockets = InheritedSockets::find_all();
  const config::Config config = config_with({{"a", {{{"fd", one.number()}}}}, {"b", {{{"fd", other}}}}});
  const InheritedBinds binds = inherited_binds(config, sockets);
  EXPECT_EQ(text_of(binds.errors), "frontends.b.binds[0].fd: socket " + std::to_string(other) +
                                       " listens on 127.0.0.1 port " + std::to_string(one.port()) +
                                       ", as does that of frontends.a.binds[0] (remove one of the two)\n");
  ::close(other);
  const config::Config same = config_with({{"a", {{{"fd", one.number()}}}}, {"b", {{{"fd", one.number()}}}}});
  EXPECT_EQ(text_of(inherited_binds(same, sockets).errors),
            "frontends.b.binds[0].fd: socket " + std::to_string(one.number()) +
                " is taken by frontends.a.binds[0] (use another socket)\n");
}

TEST(InheritedBinds, of_frontends_that_do_not_listen_nothing_is_asked) {
  config::Config config = config_with({{"web", {{{"fd", 9999}}}}, {"workers", {{{"fd", 9999}}}}});
  config.frontends.at("web").enabled = false;
  config.frontends.at("workers").transport = config::ProxyTransport::datapath;
  const InheritedBinds binds = inherited_binds(config, {});
  EXPECT_TRUE(binds.errors.empty());
  EXPECT_TRUE(binds.changed.empty());
}

}  // namespace
}  // namespace poise::control::proxy
