#include "tests/fuzz/reused_appliance.hpp"

#include <algorithm>
#include <cstring>

#include "datapath/wire/bytes.hpp"

namespace poise::datapath {
namespace {

constexpr Duration everything_is_over = std::chrono::minutes(20);  // the longest timeout is 15 min
constexpr std::size_t rounds_max = 10000;                          // until idle; more is an endless loop
constexpr std::uint16_t ethernet_mtu = 1500;

// What leaves is never malformed, whatever came: lengths agree and the IPv4 header's checksum is right.
void ensure_well_formed(std::span<const std::uint8_t> frame) {
  using wire::load16;
  ensure(frame.size() >= 14);
  const std::size_t ip = load16(frame.data() + 12) == 0x8100 ? 18 : 14;
  ensure(frame.size() >= ip && frame.size() <= ip + ethernet_mtu);
  const std::uint16_t type = load16(frame.data() + ip - 2);
  const auto packet = frame.subspan(ip);
  if (type == 0x0800) {
    ensure(packet.size() >= 20 && packet[0] >> 4 == 4 && load16(packet.data() + 2) == packet.size());
    const std::size_t header = (packet[0] & 15u) * 4u;
    ensure(header >= 20 && header <= packet.size());
    ensure(checksum_of(Bytes(packet.begin(), packet.begin() + std::ptrdiff_t(header))) == 0);
  } else if (type == 0x86dd) {
    ensure(packet.size() >= 40 && packet[0] >> 4 == 6 && load16(packet.data() + 4) + 40u == packet.size());
  } else {
    ensure(type == 0x0806);  // nothing else is ever forwarded
  }
}

}  // namespace

BufferPool::Allocation ExactPool::allocate(std::size_t bytes) {
  auto* memory = new Memory{this, std::unique_ptr<std::uint8_t[]>(new std::uint8_t[headroom + bytes])};
  ++outstanding_;
  return {reinterpret_cast<Buffer*>(memory), memory->bytes.get() + headroom, headroom, std::uint16_t(bytes)};
}

void ExactPool::free(std::span<Buffer* const> buffers) {
  for (Buffer* buffer : buffers) {
    auto* memory = reinterpret_cast<Memory*>(buffer);
    --memory->owner->outstanding_;
    delete memory;
  }
}

std::size_t ExactPort::receive(std::span<Packet> into) {
  std::size_t count = 0;
  for (; count < into.size() && !waiting_.empty(); ++count) {
    const auto& [frame, tailroom] = waiting_.front();
    const BufferPool::Allocation memory = pool_.allocate(frame.size() + tailroom);
    if (!frame.empty()) std::memcpy(memory.data, frame.data(), frame.size());
    static_cast<Frame&>(into[count]) = {memory.buffer, memory.data, std::uint16_t(frame.size()), memory.headroom,
                                        tailroom};
    waiting_.pop_front();
  }
  return count;
}

std::size_t ExactPort::transmit(std::span<const Frame> frames) {
  for (const Frame& frame : frames) {
    ensure_well_formed({frame.data, frame.length});
    pool_.free({&frame.buffer, 1});
  }
  return frames.size();
}

ReusedAppliance::ReusedAppliance(const config::Config& config, std::size_t workers)
    : port_count_(config.interfaces.size()) {
  Engine::Parts parts;
  for (const auto& [name, interface] : config.interfaces)
    parts.ports.push_back({name, mac_of(PortIndex{std::uint16_t(parts.ports.size())}), false});
  for (std::size_t worker = 0; worker < workers; ++worker) {
    pools_.push_back(std::make_unique<ExactPool>());
    queues_.emplace_back();
    Engine::WorkerParts of_worker{pools_.back().get(), {}, {64, 64}};
    for (std::size_t port = 0; port < port_count_; ++port) {
      queues_[worker].push_back(std::make_unique<ExactPort>(*pools_[worker]));
      of_worker.ports.push_back(queues_[worker][port].get());
    }
    parts.workers.push_back(std::move(of_worker));
  }
  engine_ = std::make_unique<Engine>(std::move(parts), config);
  forget();  // the first input finds what the others find
}

ReusedAppliance::~ReusedAppliance() = default;

void ReusedAppliance::settle() {
  for (std::size_t round = 0, handled = 1; handled != 0; ++round) {
    ensure(round < rounds_max);
    handled = 0;
    for (std::size_t i = 0; i < engine_->workers(); ++i) handled += run_once(engine_->worker(i), now_);
    handled += engine_->poll_punts([this](WorkerId, const Punt& punt) { handle(punt); });
  }
}

void ReusedAppliance::run(Duration pause) {
  now_ += pause;
  settle();
}

void ReusedAppliance::handle(const Punt& punt) {
  if (punt.kind != Punt::neighbor_miss) return;
  const auto& octets = punt.address.octets;
  asked_.insert({punt.interface, punt.address});
  if (octets[15] % 4 == 0) {
    unanswered_.insert({punt.interface, punt.address});
    return;
  }
  const MacAddr mac{{2, 0, octets[12], octets[13], octets[14], octets[15]}};
  engine_->send_all(SetNeighbor{punt.interface, punt.address, mac, octets[15] % 4 != 1});
}

// Idle flows and old fragments are ended by sweeps, some rows of the tables a call.
void ReusedAppliance::expire() {
  for (std::size_t i = 0; i < engine_->workers(); ++i) {
    Worker& worker = engine_->worker(i);
    for (std::size_t round = 0; worker.flows.used() != 0 || worker.fragments.datagrams() != 0; ++round) {
      ensure(round < rounds_max);
      now_ += std::chrono::milliseconds(1);
      run_once(worker, now_);
    }
  }
}

void ReusedAppliance::forget() {
  settle();
  for (const auto& [interface, address] : unanswered_)
    engine_->send_all(SetNeighbor{interface, address, MacAddr{}, false});
  now_ += everything_is_over;
  settle();
  expire();
  for (const auto& [interface, address] : asked_) engine_->send_all(EraseNeighbor{interface, address});
  asked_.clear();
  unanswered_.clear();
  settle();
  engine_->maintain();
  ensure_empty();
}

void ReusedAppliance::ensure_empty() {
  for (std::size_t i = 0; i < engine_->workers(); ++i) {
    Worker& worker = engine_->worker(i);
    ensure(pools_[i]->outstanding() == 0);
    ensure(worker.embryonic == 0 && worker.embryonic_wide == 0 && worker.neighbors.size() == 0);
    worker.random = i + 1;  // as it was for the input before: what one input does, it does again
  }
  for (const Real& real : engine_->tables().reals) ensure(engine_->servers()[real.server].connections.load() == 0);
}

}  // namespace poise::datapath
