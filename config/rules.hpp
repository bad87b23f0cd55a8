#pragma once
#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/model.hpp"
#include "config/path.hpp"
#include "config/types/limits.hpp"
#include "config/types/result.hpp"

// What the rules of validate() share. Each check_ function looks at one part of the document and adds what is wrong.
namespace poise::config {

// Link - an interface or a VLAN of one: what addresses sit on and routes name.
struct Link {
  std::string name, path;  // "lan.100", interfaces.lan.vlans["lan.100"]
  std::uint16_t mtu = 0;
  const std::vector<IpPrefix>* addresses = nullptr;
};

// PrefixIndex - longest-prefix look-up from prefix to a number; a hash table per prefix length in use.
class PrefixIndex {
 public:
  void insert(const IpPrefix& prefix, std::size_t number) {
    by_length_[prefix.address.is_v4()][prefix.length].emplace(prefix.network(), number);
  }
  const std::size_t* find(const IpAddr& address) const {
    const auto& lengths = by_length_[address.is_v4()];
    for (auto each = lengths.rbegin(); each != lengths.rend(); ++each) {
      const auto found = each->second.find(masked(address, each->first));
      if (found != each->second.end()) return &found->second;
    }
    return nullptr;
  }

 private:
  std::array<std::map<std::uint8_t, std::unordered_map<IpAddr, std::size_t>>, 2> by_length_;  // [is IPv4]
};

struct Rules {
  explicit Rules(const Config& checked);

  void add(std::string path, std::string problem, std::string fix) {
    if (errors.size() < limits::errors_reported)
      errors.push_back({std::move(path), std::move(problem), std::move(fix)});
    else if (errors.size() == limits::errors_reported)
      errors.push_back({"", "there are more errors than these", "correct them and try again"});
  }
  const Link* find_link(std::string_view name) const;
  std::vector<std::string_view> link_names() const;

  const Config& config;
  Errors errors;
  std::vector<Link> links;                                // interfaces in order of name, each followed by its VLANs
  std::unordered_map<IpAddr, std::string> address_paths;  // interface addresses: where each stands first
  std::unordered_map<std::string_view, std::size_t> link_by_name;  // the first of a name
  PrefixIndex connected;                                           // subnets of interfaces -> index into links
  PrefixIndex on_link;                                             // routes without a gateway
};

void check_node(Rules& rules);
void check_api(Rules& rules);
void check_interfaces(Rules& rules);
void check_subnets(Rules& rules);
void check_routes(Rules& rules);
void check_snat(Rules& rules);
void check_pools(Rules& rules);
void check_health(Rules& rules);
void check_services(Rules& rules);
void check_service_clashes(Rules& rules);
void check_proxy(Rules& rules);
void check_persistence(Rules& rules);
void check_content(Rules& rules);
void check_backend_health(Rules& rules);
void check_stick(Rules& rules);
void check_vrrp(Rules& rules);
void check_vrrp_watching(Rules& rules, const std::string& instance, const std::string& path);
void check_vrrp_programs(Rules& rules);
// A program by its absolute path, and its arguments; empty is fine.
void check_command(Rules& rules, const std::vector<std::string>& command, const std::string& path);

// Why `address` cannot be the address of one host, or "".
std::string why_not_a_host(const IpAddr& address);
inline std::string family_name(bool is_v4) { return is_v4 ? "IPv4" : "IPv6"; }
inline std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace poise::config
