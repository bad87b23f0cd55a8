#include "tests/behaviours/bench.hpp"

#include <algorithm>

#include "config/types/result.hpp"
#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

constexpr Duration step = std::chrono::milliseconds(20);  // of the clock, while nothing arrives
constexpr Duration stepped =
    std::chrono::seconds(4);               // the last part of a long pause: enough for one sweep of all tables
constexpr std::size_t rounds_max = 10000;  // until idle; more is an endless loop
constexpr HashKey key{{0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8}};

MacAddr mac_of_port(std::size_t port) { return {{2, 0, 0, 0, 1, std::uint8_t(port + 1)}}; }
MacAddr mac_of_neighbor(const IpAddr& address) {
  const auto& octets = address.octets;
  return {{2, 0, octets[12], octets[13], octets[14], octets[15]}};
}

}  // namespace

Bench::Bench(const config::Config& config, Options options) : options_(std::move(options)), now_(options_.start) {
  Engine::Parts parts;
  parts.hash_key = key;
  parts.seed = options_.seed;
  for (const auto& [name, interface] : config.interfaces) {
    parts.ports.push_back({name, interface.mac.value_or(mac_of_port(names_.size())), options_.hardware_rss});
    names_.push_back(name);
  }
  for (std::size_t worker = 0; worker < options_.workers; ++worker) {
    pools_.push_back(std::make_unique<MemoryPool>());
    queues_.emplace_back();
    Engine::WorkerParts of_worker{pools_.back().get(), {}, options_.flows};
    for (std::size_t port = 0; port < names_.size(); ++port) {
      queues_[worker].push_back(std::make_unique<MemoryPort>(*pools_[worker]));
      of_worker.ports.push_back(queues_[worker][port].get());
    }
    parts.workers.push_back(std::move(of_worker));
  }
  engine_ = std::make_unique<Engine>(std::move(parts), config);
  settle();
}

Bench::~Bench() = default;

PortIndex Bench::port(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  ensure(found != names_.end());
  return PortIndex{std::uint16_t(found - names_.begin())};
}

void Bench::receive(PortIndex port, std::span<const std::uint8_t> frame) {
  queues_[worker_for(frame)][port.value]->give(Bytes(frame.begin(), frame.end()));
}

std::size_t Bench::worker_for(std::span<const std::uint8_t> frame) const {
  return options_.hardware_rss ? rss_worker(*engine_->tables().steering, frame) : options_.arrive_at;
}

std::size_t Bench::run_workers() {
  std::size_t handled = 0;
  for (std::size_t worker = 0; worker < engine_->workers(); ++worker)
    handled += run_once(engine_->worker(worker), now_);
  handled += engine_->poll_punts([this](WorkerId, const Punt& punt) { handle(punt); });
  engine_->maintain();
  return handled;
}

void Bench::settle() {
  for (std::size_t round = 0; run_workers() != 0; ++round) ensure(round < rounds_max);
}

void Bench::run(Instant now) {
  ensure(now >= now_);
  settle();
  if (now - now_ > stepped) now_ = now - stepped;
  while (now_ < now) {
    now_ = std::min(now, now_ + step);
    settle();
  }
}

void Bench::handle(const Punt& punt) {
  if (punt.kind != Punt::neighbor_miss) return;
  const Miss miss{punt.interface, punt.address};
  if (options_.silent.contains(punt.address))
    unanswered_.push_back(miss);
  else
    set_neighbor(miss, true);
}

void Bench::set_neighbor(const Miss& miss, bool resolved) {
  engine_->send_all(
      SetNeighbor{miss.interface, miss.address, resolved ? mac_of_neighbor(miss.address) : MacAddr{}, resolved});
}

void Bench::answer(const IpAddr& neighbor) {
  for (const Miss& miss : unanswered_)
    if (miss.address == neighbor) set_neighbor(miss, true);
  std::erase_if(unanswered_, [&](const Miss& miss) { return miss.address == neighbor; });
  settle();
}

void Bench::give_up(const IpAddr& neighbor) {
  for (const Miss& miss : unanswered_)
    if (miss.address == neighbor) set_neighbor(miss, false);
  std::erase_if(unanswered_, [&](const Miss& miss) { return miss.address == neighbor; });
  settle();
}

std::vector<Bytes> Bench::sent(PortIndex port) {
  std::vector<Bytes> all;
  for (auto& worker : queues_)
    for (Bytes& frame : worker[port.value]->take()) all.push_back(std::move(frame));
  return all;
}

void Bench::apply(const config::Config& config) {
  engine_->apply(config, ++revision_);
  settle();
}

void Bench::finish() {
  while (!unanswered_.empty()) give_up(unanswered_.front().address);
  run(now_ + stepped);
}

std::uint64_t Bench::drops(Drop reason) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < engine_->workers(); ++i) sum += engine_->counters(i).drops[std::size_t(reason)].read();
  return sum;
}

std::uint64_t Bench::total(Counter WorkerCounters::*counter) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < engine_->workers(); ++i) sum += (engine_->counters(i).*counter).read();
  return sum;
}

std::size_t Bench::buffers_out() const {
  std::size_t sum = 0;
  for (const auto& pool : pools_) sum += pool->outstanding();
  return sum;
}

std::size_t rss_worker(const Steering& steering, std::span<const std::uint8_t> frame) {
  constexpr std::uint8_t tcp = 6, udp = 17;
  const auto has = [&](std::size_t bytes) { return frame.size() >= bytes; };
  std::size_t ip = 14;
  if (has(18) && wire::load16(frame.data() + 12) == 0x8100) ip = 18;
  if (!has(ip)) return 0;
  const std::uint16_t type = wire::load16(frame.data() + ip - 2);
  const std::uint8_t* header = frame.data() + ip;
  FlowKey tuple;
  std::size_t transport = 0;
  bool whole = true;
  if (type == 0x0800 && has(ip + 20)) {
    tuple.source = IpAddr::v4(wire::load32(header + 12));
    tuple.destination = IpAddr::v4(wire::load32(header + 16));
    tuple.protocol = header[9];
    whole = (wire::load16(header + 6) & 0x3fff) == 0;
    transport = ip + std::size_t(header[0] & 0x0f) * 4;
  } else if (type == 0x86dd && has(ip + 40)) {
    tuple.source = IpAddr::v6(header + 8);
    tuple.destination = IpAddr::v6(header + 24);
    tuple.protocol = header[6];
    transport = ip + 40;
  } else {
    return 0;
  }
  const bool ports = whole && (tuple.protocol == tcp || tuple.protocol == udp) && has(transport + 4);
  if (ports) {
    tuple.source_port = wire::load16(frame.data() + transport);
    tuple.destination_port = wire::load16(frame.data() + transport + 2);
  }
  return steering.owner(tuple, ports).value;
}

}  // namespace poise::datapath
