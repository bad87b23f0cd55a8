#pragma once
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <tuple>

#include "config/model.hpp"
#include "config/types/result.hpp"
#include "control/proxy/kernel_worker.hpp"
#include "control/proxy/log_sender.hpp"
#include "l7/compile.hpp"

namespace poise::control::proxy {

// Proxies - layer 7 as control has it: the states of what is configured, the proxies that run, and where they listen.
// Thread: control's.
class Proxies {
 public:
  struct Settings {
    std::function<Instant()> clock;
    std::function<Duration()> since_1970;
    std::string version;
    std::uint32_t connections_max = 16384;  // of each proxy
  };
  explicit Proxies(Settings settings);
  ~Proxies();

  // What a valid configuration says, at once; nothing that goes on is cut. What can't be done, such as a port that is
  // taken, is tried again by retry().
  Errors apply(const config::Config& config, std::uint64_t revision);
  Errors retry();
  // Sends what the proxies have logged; how many lines there were.
  std::size_t poll(Instant now);
  bool has_failed_listeners() const { return !failed_.empty(); }
  const l7::States& states() const { return states_; }
  l7::States& states() { return states_; }
  std::uint64_t log_lines_lost() const { return log_.lost() + sender_.lost(); }
  const l7::Tables* kernel_tables() const { return kernel_tables_.get(); }

 private:
  using Key = std::pair<IpAddr, std::uint16_t>;
  Errors open_listeners(const std::vector<Key>& wanted);
  std::string stats_page(const l7::Tables& tables, const l7::Frontend& frontend, std::string_view target) const;
  const Settings settings_;
  const Instant started_;
  l7::AccessLog log_;
  LogSender sender_;
  std::int16_t utc_offset_minutes_ = 0;
  Instant next_look_{};
  l7::States states_{1};
  l7::ProcessState process_;
  std::shared_ptr<const l7::Tables> kernel_tables_;
  std::unique_ptr<KernelWorker> kernel_;
  std::map<Key, std::uint64_t> listeners_;
  std::vector<Key> failed_;
  std::uint64_t next_id_ = 1;
};

}  // namespace poise::control::proxy
