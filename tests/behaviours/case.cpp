#include "tests/behaviours/case.hpp"

#include <pcap/pcap.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/schema.hpp"
#include "config/validate.hpp"

namespace poise::datapath {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Frames {
  std::vector<Duration> times;
  std::vector<Bytes> frames;
};

Result<Frames> read_pcap(const fs::path& path) {
  char problem[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file(
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, problem), pcap_close);
  if (file == nullptr) return fail(path, problem);
  Frames all;
  pcap_pkthdr* header = nullptr;
  const u_char* bytes = nullptr;
  while (pcap_next_ex(file.get(), &header, &bytes) == 1) {
    all.times.push_back(std::chrono::seconds(header->ts.tv_sec) + Duration(header->ts.tv_usec));
    all.frames.emplace_back(bytes, bytes + header->caplen);
  }
  return all;
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Result<config::Config> read_config(const fs::path& path) {
  auto config = config::parse(read_file(path), path.string());
  if (!config) return tl::unexpected<Error>(config.error().front());
  if (const Errors errors = config::validate(*config); !errors.empty()) return tl::unexpected<Error>(errors.front());
  return *config;
}

void read_steps(const json& document, Case& to) {
  for (const json& step : document.value("steps", json::array())) {
    to.steps.push_back({std::chrono::milliseconds(step.at("at_ms").get<int>()), step.value("apply", ""),
                        step.value("server", ""), step.value("status", ""), step.value("reset_flows", false),
                        step.value("answer", ""), step.value("give_up", "")});
  }
}

void read_options(const json& document, Case& to) {
  to.options.workers = document.value("workers", std::size_t{1});
  to.options.hardware_rss = document.value("rss", "software") == "hardware";
  to.options.arrive_at = document.value("arrive_at", std::size_t{0});
  to.options.flows.v4 = document.value("flows_v4", to.options.flows.v4);
  to.options.flows.wide = document.value("flows_wide", to.options.flows.wide);
  for (const json& address : document.value("silent", json::array()))
    to.options.silent.insert(parse_ip(address.get<std::string>()).value());
  const json free_fields = document.value("free", json::object());
  for (const auto& [port, frames] : free_fields.items())
    for (const auto& [frame, names] : frames.items())
      to.free_fields[port][std::stoul(frame)] = names.get<std::vector<std::string>>();
}

Result<bool> read_frames(const fs::path& folder, Case& to) {
  for (const auto& [name, unused] : to.config.interfaces) {
    if (const fs::path in = folder / ("in_" + name + ".pcap"); fs::exists(in)) {
      auto arrivals = read_pcap(in);
      if (!arrivals) return tl::unexpected<Error>(arrivals.error());
      for (std::size_t i = 0; i < arrivals->frames.size(); ++i)
        to.arrivals.push_back({arrivals->times[i], name, std::move(arrivals->frames[i])});
    }
    to.expected[name] = {};
    if (const fs::path out = folder / ("out_" + name + ".pcap"); fs::exists(out)) {
      auto frames = read_pcap(out);
      if (!frames) return tl::unexpected<Error>(frames.error());
      to.expected[name] = std::move(frames->frames);
    }
  }
  std::stable_sort(to.arrivals.begin(), to.arrivals.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return true;
}

struct NamedCounter {
  const char* name;
  Counter WorkerCounters::*counter;
};
constexpr NamedCounter named_counters[] = {{"handed_off", &WorkerCounters::handed_off},
                                           {"handed_in", &WorkerCounters::handed_in},
                                           {"wrong_core", &WorkerCounters::wrong_core},
                                           {"host_path_frames", &WorkerCounters::host_path_frames},
                                           {"flows_created", &WorkerCounters::flows_created},
                                           {"flows_expired", &WorkerCounters::flows_expired},
                                           {"flows_evicted", &WorkerCounters::flows_evicted},
                                           {"flows_stateless", &WorkerCounters::flows_stateless},
                                           {"flows_active", &WorkerCounters::flows_active},
                                           {"flows_embryonic", &WorkerCounters::flows_embryonic},
                                           {"icmp_errors_sent", &WorkerCounters::icmp_errors_sent},
                                           {"tcp_resets_sent", &WorkerCounters::tcp_resets_sent},
                                           {"echo_replies", &WorkerCounters::echo_replies},
                                           {"arp_replies", &WorkerCounters::arp_replies},
                                           {"neighbor_advertisements", &WorkerCounters::neighbor_advertisements},
                                           {"fragments_received", &WorkerCounters::fragments_received},
                                           {"fragments_forwarded", &WorkerCounters::fragments_forwarded}};

void carry_out(Bench& bench, const Case& what, const Case::Step& step) {
  if (!step.apply.empty()) bench.apply(what.other_configs.at(step.apply));
  if (!step.answer.empty()) bench.answer(parse_ip(step.answer).value());
  if (!step.give_up.empty()) bench.give_up(parse_ip(step.give_up).value());
  if (step.server.empty()) return;
  const std::size_t slash = step.server.find('/');
  const ServerIndex index = bench.engine().server_index(step.server.substr(0, slash), step.server.substr(slash + 1));
  ensure(index.value != ~0u);
  ServerState& server = bench.engine().servers()[index];
  if (step.status == "up") server.status = ServerState::up;
  if (step.status == "draining") server.status = ServerState::draining;
  if (step.status == "down") server.status = ServerState::down;
  if (step.reset_flows) server.reset_flows = true;
}

void collect(Bench& bench, Outcome& outcome) {
  for (const std::string& name : bench.port_names())
    for (Bytes& frame : bench.sent(bench.port(name))) outcome.sent[name].push_back(std::move(frame));
}

}  // namespace

Result<Case> load_case(const fs::path& folder) {
  Case loaded;
  auto config = read_config(folder / "config.json");
  if (!config) return tl::unexpected<Error>(config.error());
  loaded.config = *config;
  if (const fs::path path = folder / "counters.json"; fs::exists(path))
    loaded.counters = json::parse(read_file(path)).get<std::map<std::string, std::uint64_t>>();
  if (const fs::path path = folder / "case.json"; fs::exists(path)) {
    const json document = json::parse(read_file(path));
    read_options(document, loaded);
    read_steps(document, loaded);
  }
  for (const Case::Step& step : loaded.steps) {
    if (step.apply.empty()) continue;
    auto other = read_config(folder / step.apply);
    if (!other) return tl::unexpected<Error>(other.error());
    loaded.other_configs[step.apply] = *other;
  }
  if (auto read = read_frames(folder, loaded); !read) return tl::unexpected<Error>(read.error());
  return loaded;
}

Outcome play(const Case& what) {
  Outcome outcome;
  Bench bench(what.config, what.options);
  auto arrival = what.arrivals.begin();
  auto step = what.steps.begin();
  while (arrival != what.arrivals.end() || step != what.steps.end()) {
    const bool arrives = step == what.steps.end() || (arrival != what.arrivals.end() && arrival->at <= step->at);
    const Duration at = arrives ? arrival->at : step->at;
    bench.run(what.options.start + at);
    if (arrives) {
      for (; arrival != what.arrivals.end() && arrival->at == at; ++arrival)
        bench.receive(bench.port(arrival->port), arrival->frame);
    } else {
      carry_out(bench, what, *step++);
    }
    bench.run(bench.now());
    collect(bench, outcome);
  }
  bench.finish();
  collect(bench, outcome);
  for (const DropInfo& drop : drops) outcome.counters[std::string(drop.counter)] = bench.drops(drop.reason);
  for (const NamedCounter& each : named_counters) outcome.counters[each.name] = bench.total(each.counter);
  outcome.buffers_out = bench.buffers_out();
  return outcome;
}

}  // namespace poise::datapath
