#include "tests/packetdrill/so_flags.hpp"

#include <charconv>
#include <functional>
#include <map>

namespace poise::l7::tcp {
namespace {

using std::chrono::milliseconds;

const std::map<std::string_view, std::function<void(Settings&, std::uint32_t)>> numbers = {
    {"mss", [](Settings& settings, std::uint32_t value) { settings.mss_v4 = std::uint16_t(value); }},
    {"mss6", [](Settings& settings, std::uint32_t value) { settings.mss_v6 = std::uint16_t(value); }},
    {"ws", [](Settings& settings, std::uint32_t value) { settings.receive_max = 65535u << std::min(value, 14u); }},
    {"rcvbuf", [](Settings& settings, std::uint32_t value) { settings.receive_initial = value; }},
    {"rcvmax", [](Settings& settings, std::uint32_t value) { settings.receive_max = value; }},
    {"sndbuf", [](Settings& settings, std::uint32_t value) { settings.send_max = value; }},
    {"dack", [](Settings& settings, std::uint32_t value) { settings.delayed_ack = milliseconds(value); }},
    {"timewait", [](Settings& settings, std::uint32_t value) { settings.time_wait = milliseconds(value); }},
    {"keepidle", [](Settings& settings, std::uint32_t value) { settings.keepalive_idle = milliseconds(value); }},
    {"keepintvl", [](Settings& settings, std::uint32_t value) { settings.keepalive_interval = milliseconds(value); }},
    {"keepcnt", [](Settings& settings, std::uint32_t value) { settings.keepalive_probes_max = std::uint8_t(value); }},
    {"tso", [](Settings& settings, std::uint32_t value) { settings.segmentation_max = value; }},
    {"sack", [](Settings& settings, std::uint32_t value) { settings.sack = value != 0; }},
    {"timestamps", [](Settings& settings, std::uint32_t value) { settings.timestamps = value != 0; }},
    {"scaling", [](Settings& settings, std::uint32_t value) { settings.window_scaling = value != 0; }},
    {"ecn", [](Settings& settings, std::uint32_t value) { settings.ecn = value != 0; }},
    {"cubic", [](Settings& settings, std::uint32_t value) { settings.cubic = value != 0; }},
    {"rack", [](Settings& settings, std::uint32_t value) { settings.rack = value != 0; }},
    {"nagle", [](Settings& settings, std::uint32_t value) { settings.nagle = value != 0; }},
};

bool apply(SoFlags& flags, std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = word.substr(0, equals), value = word.substr(equals + 1);
  if (name == "optlayout") {
    flags.layout = value == "freebsd" ? OptionLayout::freebsd : OptionLayout::linux_;
    return value == "freebsd" || value == "linux";
  }
  if (name == "local" || name == "local6") {
    const auto address = parse_ip(value);
    if (!address || address->is_v4() != (name == "local")) return false;
    (address->is_v4() ? flags.local_v4 : flags.local_v6) = *address;
    return true;
  }
  const auto found = numbers.find(name);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (found == numbers.end() || error != std::errc{} || end != value.data() + value.size()) return false;
  found->second(flags.settings, number);
  return true;
}

}  // namespace

tl::expected<SoFlags, std::string> parse_so_flags(std::string_view text) {
  SoFlags flags;
  flags.local_v4 = *parse_ip("192.168.0.1");  // packetdrill's defaults
  flags.local_v6 = *parse_ip("fd3d:fa7b:d17d::1");
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, comma);
    if (!apply(flags, word))
      return tl::unexpected("'" + std::string(word) + "' is no flag (see tests/packetdrill/so_flags.hpp)");
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  flags.settings.receive_max = std::max(flags.settings.receive_max, flags.settings.receive_initial);
  return flags;
}

}  // namespace poise::l7::tcp
