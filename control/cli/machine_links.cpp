#include "control/cli/machine_links.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <bit>
#include <memory>
#include <regex>

namespace poise::control::cli {
namespace {

namespace fs = std::filesystem;

// "0000:03:00.0" of the device below which the interface is.
std::optional<std::string> pci_address(const fs::path& link) {
  std::error_code error;
  static const std::regex pattern("[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]");
  for (fs::path device = fs::canonical(link, error); !error && device.has_relative_path();
       device = device.parent_path())
    if (std::regex_match(device.filename().string(), pattern)) return device.filename().string();
  return std::nullopt;
}

std::optional<IpPrefix> prefix_of(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return std::nullopt;
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(*entry.ifa_addr);
    const auto& mask = reinterpret_cast<const sockaddr_in&>(*entry.ifa_netmask);
    const std::uint32_t host = __builtin_bswap32(address.sin_addr.s_addr);
    return IpPrefix{IpAddr::v4(host), std::uint8_t(std::popcount(mask.sin_addr.s_addr))};
  }
  if (entry.ifa_addr->sa_family != AF_INET6) return std::nullopt;
  const auto& address = reinterpret_cast<const sockaddr_in6&>(*entry.ifa_addr);
  const auto& mask = reinterpret_cast<const sockaddr_in6&>(*entry.ifa_netmask);
  int length = 0;
  for (const std::uint8_t octet : mask.sin6_addr.s6_addr) length += std::popcount(octet);
  return IpPrefix{IpAddr::v6(address.sin6_addr.s6_addr), std::uint8_t(length)};
}

}  // namespace

MachineLinks read_machine_links(const fs::path& root) {
  MachineLinks links;
  std::error_code error;
  for (fs::directory_iterator each(root / "sys/class/net", error), end; !error && each != end; each.increment(error))
    if (const auto address = pci_address(each->path() / "device"))
      links.devices.emplace(each->path().filename().string(), *address);
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return links;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    const auto prefix = prefix_of(*entry);
    if (prefix && !prefix->address.is_loopback() && !prefix->address.is_multicast())
      links.addresses[entry->ifa_name].push_back(*prefix);
  }
  return links;
}

std::optional<std::string> find_program(const std::string& name, const std::vector<std::string>& folders) {
  for (const std::string& folder : folders)
    if (const std::string path = folder + "/" + name; ::access(path.c_str(), X_OK) == 0) return path;
  return std::nullopt;
}

}  // namespace poise::control::cli
