#include <algorithm>
#include <array>

#include "config/import/haproxy/proxy.hpp"
#include "config/import/haproxy/words.hpp"
#include "config/import/texts.hpp"
#include "config/model_proxy.hpp"
#include "config/types/limits.hpp"

// `bind` lines.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::string_view socket_prefix = "fd@";

struct BindWords {
  bool accepts_proxy = false, is_dual = false, is_v6_only = false;
};

BindWords flags_of(const std::vector<FoundWord>& words) {
  BindWords flags;
  for (const FoundWord& found : words) {
    if (found.word->name == "accept-proxy") flags.accepts_proxy = true;
    if (found.word->name == "v4v6") flags.is_dual = true;
    if (found.word->name == "v6only") flags.is_v6_only = true;
  }
  return flags;
}

// "a,b:80,c" at its commas.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

void add_bind(Proxy& proxy, const Line& line, json bind, bool accepts_proxy) {
  if (accepts_proxy) bind["accept_proxy"] = true;
  const json& binds = proxy.front(line).object["binds"];
  if (std::find(binds.begin(), binds.end(), bind) == binds.end()) proxy.front(line).add(line, "binds", std::move(bind));
}
json bind_of(const json& address, std::uint16_t port) {
  return address.is_null() ? json{{"port", port}} : json{{"address", address}, {"port", port}};
}

bool has_room(Proxy& proxy, const Line& line, std::size_t more) {
  const std::size_t now = proxy.front(line).object["binds"].size();
  if (now + more <= limits::binds_per_frontend) return true;
  proxy.mapping.refuse(line, "it listens on more than " + std::to_string(limits::binds_per_frontend) + " ports",
                       "use fewer, or more frontends");
  return false;
}

// "fd@5": a socket that the process is started with.
void take_socket(Proxy& proxy, const Line& line, const std::string& number, const BindWords& flags) {
  Mapping& mapping = proxy.mapping;
  const auto fd = mapping.number(line, number, descriptor_max);
  if (!fd || !has_room(proxy, line, 1)) return;
  if (mapping.options.transport != "kernel")
    return mapping.leave_out(line, "socket " + number + " is the kernel's, and the workers have TCP of their own",
                             "import it without --transport datapath, or write an IP address and port");
  add_bind(proxy, line, {{"fd", *fd}}, flags.accepts_proxy);
  mapping.taken(line, proxy.front(line).shown + ".binds: socket " + number + ", which poised must be started with");
}

// A part of a bind: one address, one port or a range of them, or a socket.
void take_part(Proxy& proxy, const Line& line, const std::string& text, const BindWords& flags) {
  Mapping& mapping = proxy.mapping;
  const auto address = mapping.address(line, text);
  if (!address) return;
  if (address->prefix == socket_prefix)
    return take_socket(proxy, line, address->text.substr(socket_prefix.size()), flags);
  if (address->kind == Address::Kind::other)
    return mapping.leave_out(line, "\"" + text + "\" is no address that could be listened on", "write an IP address");
  if (!address->port)
    return mapping.refuse(line, "\"" + text + "\" has no port", "write ADDRESS:PORT, :PORT or *:PORT");
  const auto host = mapping.host(line, *address);
  if (!host) return;
  const bool is_any_v6 = *host == IpAddr{};
  const unsigned first = *address->port, last = address->port_last.value_or(*address->port);
  if (!has_room(proxy, line, (last - first + 1) * (is_any_v6 ? 2 : 1))) return;
  for (unsigned port = first; port <= last; ++port) {
    const bool is_any_v4 = *host == IpAddr::v4(0);
    if (is_any_v6 && !flags.is_v6_only) {
      if (flags.is_dual)
        add_bind(proxy, line, bind_of(nullptr, std::uint16_t(port)), flags.accepts_proxy);
      else
        proxy.dual_binds.push_back({line, std::uint16_t(port), flags.accepts_proxy});
    }
    add_bind(proxy, line, bind_of(is_any_v4 ? json() : json(to_string(*host)), std::uint16_t(port)),
             flags.accepts_proxy);
  }
  mapping.taken(line, proxy.front(line).shown + ".binds: " + (is_any_v6 ? "every IPv6 address" : to_string(*host)) +
                          " port " + std::to_string(first) + (first == last ? "" : "-" + std::to_string(last)) +
                          (is_any_v6 && flags.is_dual ? ", and every IPv4 address" : ""));
}

void take_bind(Proxy& proxy, const Line& line) {
  bool drops = false;
  const BindWords flags = flags_of(read_words(proxy.mapping, line, 2, bind_words(), drops));
  if (drops) return;
  for (const std::string& part : split(line.word(1))) take_part(proxy, line, part, flags);
}

constexpr std::array keywords = {Keyword{"bind", in_front, 1, any_words, take_bind}};

// Whether any frontend listens on that port of every IPv4 address.
bool is_taken_v4(const Mapping& mapping, std::uint16_t port) {
  if (!mapping.document.contains("frontends")) return false;
  for (const auto& [name, frontend] : mapping.document["frontends"].items()) {
    if (!frontend.contains("binds")) continue;
    for (const json& bind : frontend["binds"])
      if (!bind.contains("address") && bind.value("port", 0) == port) return true;
  }
  return false;
}

}  // namespace

std::span<const Keyword> binds_keywords() { return keywords; }

// Linux gives "::" without v6only the port of every IPv4 address, too, unless somebody has it.
void finish_binds(Proxy& proxy) {
  for (const Proxy::DualBind& bind : proxy.dual_binds) {
    if (is_taken_v4(proxy.mapping, bind.port)) continue;
    add_bind(proxy, bind.line, bind_of(nullptr, bind.port), bind.accepts_proxy);
    proxy.mapping.changed(bind.line, "and every IPv4 address, as Linux does without v6only");
  }
}

}  // namespace poise::config::importing::haproxy
