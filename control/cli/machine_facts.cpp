#include "control/cli/machine_facts.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace poise::control::cli {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

std::uint64_t number_in(const fs::path& file) {
  const std::string text = first_line(file);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The entries of a folder in order; none when it cannot be read.
std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    found.push_back(at->path());
  std::sort(found.begin(), found.end());
  return found;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<std::string> processor_flags(const fs::path& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("flags")) continue;
    std::istringstream words(line.substr(std::min(line.find(':'), line.size() - 1) + 1));
    std::vector<std::string> flags;
    for (std::string flag; words >> flag;) flags.push_back(flag);
    return flags;
  }
  return {};
}

std::vector<MachineFacts::HugePages> huge_pages(const fs::path& folder) {
  constexpr std::string_view prefix = "hugepages-";
  std::vector<MachineFacts::HugePages> found;
  for (const fs::path& size : entries(folder)) {
    const std::string name = size.filename();
    if (!name.starts_with(prefix)) continue;
    MachineFacts::HugePages pages;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), pages.page_kilobytes);
    pages.total = number_in(size / "nr_hugepages");
    pages.free = number_in(size / "free_hugepages");
    found.push_back(pages);
  }
  return found;
}

std::string huge_page_mount(const fs::path& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string device, place, type;
    if (words >> device >> place >> type && type == "hugetlbfs") return place;
  }
  return "";
}

// The kernel's name for a card: below the PCI device, or below the virtio device that is on it.
std::string interface_below(const fs::path& device) {
  if (const auto names = entries(device / "net"); !names.empty()) return names.front().filename();
  for (const fs::path& child : entries(device))
    if (child.filename().string().starts_with("virtio"))
      if (const auto names = entries(child / "net"); !names.empty()) return names.front().filename();
  return "";
}

std::vector<MachineFacts::Nic> nics(const fs::path& folder) {
  std::vector<MachineFacts::Nic> found;
  for (const fs::path& device : entries(folder)) {
    if (!first_line(device / "class").starts_with("0x02")) continue;  // network controllers
    MachineFacts::Nic nic{.address = device.filename(), .driver = {}, .interface = {}};
    std::error_code error;
    const fs::path driver = fs::read_symlink(device / "driver", error);
    if (!error) nic.driver = driver.filename();
    nic.interface = interface_below(device);
    const std::string node = first_line(device / "numa_node");
    std::from_chars(node.data(), node.data() + node.size(), nic.numa_node);
    found.push_back(std::move(nic));
  }
  return found;
}

}  // namespace

std::vector<std::uint16_t> parse_core_list(const std::string& text) {
  std::vector<std::uint16_t> cores;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::uint16_t first = 0, last = 0;
    const char* end = part.data() + part.size();
    const auto [at, error] = std::from_chars(part.data(), end, first);
    if (error != std::errc{}) continue;
    last = first;
    if (at != end && *at == '-' && std::from_chars(at + 1, end, last).ec != std::errc{}) continue;
    for (std::uint32_t core = first; core <= last; ++core) cores.push_back(std::uint16_t(core));
  }
  return cores;
}

std::string core_list(const std::vector<std::uint16_t>& cores) {
  std::string text;
  for (std::size_t i = 0; i < cores.size();) {
    std::size_t end = i + 1;
    while (end < cores.size() && cores[end] == cores[end - 1] + 1) ++end;
    text += (text.empty() ? "" : ",") + std::to_string(cores[i]);
    if (end - i > 1) text += "-" + std::to_string(cores[end - 1]);
    i = end;
  }
  return text;
}

MachineFacts read_machine_facts(const fs::path& root) {
  const fs::path system = root / "sys/devices/system";
  MachineFacts facts;
  facts.processor_flags = processor_flags(root / "proc/cpuinfo");
  facts.cores = parse_core_list(first_line(system / "cpu/online"));
  facts.isolated = parse_core_list(first_line(system / "cpu/isolated"));
  const auto nodes = entries(system / "node");
  facts.numa_nodes =
      std::max<std::size_t>(1, std::size_t(std::count_if(nodes.begin(), nodes.end(), [](const fs::path& path) {
                              const std::string name = path.filename();
                              return name.size() > 4 && name.starts_with("node") &&
                                     name.find_first_not_of("0123456789", 4) == std::string::npos;
                            })));
  facts.governor = first_line(system / "cpu/cpu0/cpufreq/scaling_governor");
  facts.huge_pages = huge_pages(root / "sys/kernel/mm/hugepages");
  facts.huge_page_mount = huge_page_mount(root / "proc/mounts");
  facts.iommu = !entries(root / "sys/class/iommu").empty();
  facts.vfio = is_there(root / "sys/bus/pci/drivers/vfio-pci");
  facts.tap_device = is_there(root / "dev/net/tun");
  facts.nics = nics(root / "sys/bus/pci/devices");
  return facts;
}

}  // namespace poise::control::cli
