#include <poll.h>
#include <signal.h>

#include <atomic>
#include <iostream>
#include <sstream>

#include "config/types/ip.hpp"
#include "datapath/dpdk/eal.hpp"
#include "datapath/dpdk/tsc_clock.hpp"
#include "tests/lab/tcp_host/host.hpp"
#include "tests/lab/tcp_host/speakers.hpp"
#include "tests/packetdrill/so_flags.hpp"

// tcp_host DEVICE FLAGS IMPAIRMENTS serve ADDRESS...
// tcp_host DEVICE FLAGS IMPAIRMENTS connect FROM TO UP DOWN MODE COUNT AT-A-TIME
//
// A Stack behind a DPDK device: HTTP on port 80 and the exchange on port 9, or a client of somebody else's exchange.
// FLAGS are those of tests/packetdrill/so_flags.hpp, IMPAIRMENTS "loss=0.01,reorder=0.1,seed=3", either may be "-".
// MODE may be several: "half+both". Every connection that ended is a line; the last say what was counted, and "clean".
namespace {

using namespace poise;
using namespace poise::l7;
using datapath::dpdk::tsc_now;

std::atomic<bool> is_ended = false;
constexpr std::uint16_t http_port = 80, exchange_port = 9;

// Host shares memory between frames and the Stack; this is what it is made of.
struct Machine {
  std::unique_ptr<datapath::dpdk::PacketPool> headers, data;
  std::unique_ptr<datapath::dpdk::DevicePort> port;
  std::unique_ptr<datapath::Steering> steering = std::make_unique<datapath::Steering>(1);
};

template <class Value>
Value value_of(Result<Value> result) {
  if (result) return std::move(*result);
  std::cerr << "tcp_host: " << to_string(result.error()) << "\n";
  std::exit(1);
}

Machine make_machine(const std::string& device) {
  const auto cores = datapath::dpdk::allowed_cores();
  config::Config config;
  config.node.control_core = cores.back();
  config.node.worker_cores = {cores.front()};
  datapath::Sizes sizes;
  sizes.eal_megabytes = 512;
  if (const auto started = datapath::dpdk::start_eal(config, sizes); !started) {
    std::cerr << "tcp_host: " << to_string(started.error().front()) << "\n";
    std::exit(1);
  }
  Machine machine;
  machine.headers = value_of(datapath::dpdk::PacketPool::create(16383, 512, 65535));
  machine.data = value_of(datapath::dpdk::PacketPool::create(65535, 2304));
  config::Interface interface;
  interface.device = device;
  machine.port = value_of(
      datapath::dpdk::DevicePort::open({"wire", interface, 1, machine.data.get(), machine.steering.get(), true}));
  return machine;
}

IpAddr address_of(const std::string& word) {
  if (const auto address = parse_ip(word)) return *address;
  std::cerr << "tcp_host: '" << word << "' is no address\n";
  std::exit(2);
}

std::vector<std::string> split(const std::string& text, char between) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, between);) words.push_back(word);
  return words;
}

// The words of "a=1,b=2"; a word that is unknown ends the process.
std::optional<tcp::Impairments> parse_impairments(const std::string& text, std::uint64_t& seed) {
  if (text == "-") return {};
  tcp::Impairments found;
  const std::map<std::string, std::function<void(double)>> names = {
      {"loss", [&](double value) { found.loss = value; }},
      {"bursts", [&](double value) { found.burst_begins = value; }},
      {"reorder", [&](double value) { found.reorder = value; }},
      {"duplication", [&](double value) { found.duplication = value; }},
      {"corruption", [&](double value) { found.corruption = value; }},
      {"truncation", [&](double value) { found.truncation = value; }},
      {"delay_us", [&](double value) { found.delay = std::chrono::microseconds(std::int64_t(value)); }},
      {"jitter_us", [&](double value) { found.jitter = std::chrono::microseconds(std::int64_t(value)); }},
      {"held_us", [&](double value) { found.held_back = std::chrono::microseconds(std::int64_t(value)); }},
      {"mtu", [&](double value) { found.mtu = std::uint32_t(value); }},
      {"marking", [&](double value) { found.marking = value; }},
      {"seed", [&](double value) { seed = std::uint64_t(value); }},
  };
  for (const std::string& word : split(text, ',')) {
    const std::size_t equals = word.find('=');
    const auto name = names.find(word.substr(0, equals));
    if (equals == std::string::npos || name == names.end()) {
      std::cerr << "tcp_host: '" << word << "' is no impairment\n";
      std::exit(2);
    }
    name->second(std::strtod(word.c_str() + equals + 1, nullptr));
  }
  return found;
}

// Turns until `is_done`; sleeps until a packet comes or something is due when there is nothing to do.
template <class Done>
void run(Host& host, const datapath::dpdk::DevicePort& port, Done&& is_done) {
  unsigned idle = 0;
  while (!is_ended && !is_done()) {
    const Instant now = tsc_now();
    if (host.turn(now)) idle = 0;
    if (++idle < 1000) continue;
    const Duration left = std::clamp<Duration>(host.deadline() - now, Duration::zero(), std::chrono::milliseconds(20));
    const timespec time{0, long(left.count())};
    pollfd wire{port.receive_event(0), POLLIN, 0};
    ppoll(&wire, wire.fd >= 0 ? 1 : 0, &time, nullptr);
  }
}

const char* name_of(tcp::Closed why) {
  constexpr const char* names[] = {"finished", "reset", "refused", "timed_out", "aborted", "unreachable", "no_memory"};
  return names[std::size_t(why)];
}

void print(const std::string& request, const Outcome& outcome) {
  std::cout << request << ": " << outcome.received << (outcome.is_right ? " right " : " wrong ") << name_of(outcome.why)
            << "\n"
            << std::flush;
}

struct Job {
  IpAddr from, to;
  std::uint64_t up = 0, down = 0;
  std::vector<std::string> modes;  // one after the other
  unsigned count = 1, at_a_time = 1;
};

void connect_all(Host& host, const datapath::dpdk::DevicePort& port, Speakers& speakers, const Job& job) {
  unsigned begun = 0, done = 0;
  const Tell tell = [&](const std::string& request, const Outcome& outcome) {
    ++done;
    print(request, outcome);
  };
  run(host, port, [&] {
    while (begun < job.count && begun - done < job.at_a_time) {
      const auto handle = host.stack().connect({job.from, job.to, exchange_port, 0}, speakers);
      if (!handle) break;  // no port, now
      speakers.add(*handle, exchange_client(job.up, job.down, job.modes[begun % job.modes.size()], tell));
      ++begun;
    }
    return done == job.count;
  });
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const bool is_server = words.size() >= 5 && words[3] == "serve";
  if (!is_server && (words.size() != 11 || words[3] != "connect")) {
    std::cerr << "usage: tcp_host DEVICE FLAGS IMPAIRMENTS serve ADDRESS...\n"
                 "       tcp_host DEVICE FLAGS IMPAIRMENTS connect FROM TO UP DOWN MODE COUNT AT-A-TIME\n";
    return 2;
  }
  for (const int number : {SIGTERM, SIGINT}) signal(number, [](int) { is_ended = true; });
  const auto flags = tcp::parse_so_flags(words[1] == "-" ? "" : words[1]);
  if (!flags) {
    std::cerr << "tcp_host: " << flags.error() << "\n";
    return 2;
  }
  Host::Parts parts{nullptr, nullptr, nullptr, flags->settings, {}, 1};
  parts.stack.connections_max = 16384;
  parts.stack.syns_max = 16384;
  parts.stack.time_waits_max = 32768;
  parts.stack.queue_bytes = 256u << 20;
  parts.stack.buffers_max = 128u << 20;
  parts.impairments = parse_impairments(words[2], parts.seed);
  Machine machine = make_machine(words[0]);
  parts.port = machine.port.get();
  parts.headers = machine.headers.get();
  parts.data = machine.data.get();
  auto host = std::make_unique<Host>(parts, tsc_now());
  auto speakers = std::make_unique<Speakers>(host->stack(), host->env(), [](std::uint16_t port) {
    return port == http_port ? http_server() : exchange_server(print);
  });
  std::cout << "ready " << to_string(machine.port->mac()) << "\n" << std::flush;
  if (is_server) {
    for (std::size_t i = 4; i < words.size(); ++i)
      for (const std::uint16_t port : {http_port, exchange_port})
        ensure(host->stack().listen(address_of(words[i]), port, *speakers));
    run(*host, *machine.port, [] { return false; });
  } else {
    const auto number = [&](std::size_t at) { return std::strtoull(words[at].c_str(), nullptr, 10); };
    connect_all(*host, *machine.port, *speakers,
                {address_of(words[4]), address_of(words[5]), number(6), number(7), split(words[8], '+'),
                 unsigned(number(9)), unsigned(number(10))});
  }
  host->tell(std::cout);
  speakers.reset();
  host.reset();
  machine.port.reset();
  const bool is_clean = machine.data->in_use() == 0 && machine.headers->in_use() == 0;
  std::cout << (is_clean ? "clean\n" : "buffers are left\n");
  return is_clean ? 0 : 1;
}
