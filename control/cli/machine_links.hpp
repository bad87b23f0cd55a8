#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/types/ip.hpp"

namespace poise::control::cli {

// What this machine knows of its kernel interfaces, by name. What cannot be read is not there.
struct MachineLinks {
  std::map<std::string, std::string> devices;              // PCI address
  std::map<std::string, std::vector<IpPrefix>> addresses;  // without loopback and multicast ones
};
// `root` is "/" but in tests; addresses are asked of the kernel.
MachineLinks read_machine_links(const std::filesystem::path& root);

// The absolute path of a program in one of the folders.
std::optional<std::string> find_program(const std::string& name, const std::vector<std::string>& folders);

}  // namespace poise::control::cli
