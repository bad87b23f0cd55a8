#pragma once
#include <utility>
#include <vector>

#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {

// RecordingTcp - a LocalTcp that keeps what it is given and sends what it is told to.
class RecordingTcp : public LocalTcp {
 public:
  explicit RecordingTcp(BufferPool& pool) : pool_(pool) {}
  ~RecordingTcp() override { clear(); }
  bool knows(const FlowKey& key) const override {
    ++asked;
    return known && *known == key;
  }
  void take(const Frame& frame, std::uint16_t ip_offset) override {
    taken.push_back(Bytes(frame.data + ip_offset, frame.data + frame.length));
    frames_.push_back(frame);
  }
  void take_error(std::span<const std::uint8_t> packet, Instant) override {
    errors.push_back(Bytes(packet.begin(), packet.end()));
  }
  std::size_t turn(TcpOutlet& outlet, Instant) override {
    ++turns;
    std::size_t sent = 0;
    while (sent < to_send.size() && send(outlet, to_send[sent])) ++sent;
    to_send.erase(to_send.begin(), to_send.begin() + std::ptrdiff_t(sent));
    return sent;
  }
  Instant deadline() const override { return due; }
  bool send(TcpOutlet& outlet, const Bytes& packet) {
    const BufferPool::Allocation memory = pool_.allocate();
    std::copy(packet.begin(), packet.end(), memory.data);
    const auto length = std::uint16_t(packet.size());
    const Frame frame{memory.buffer, memory.data, length, memory.headroom, std::uint16_t(memory.capacity - length)};
    if (outlet.send(frame, {})) return true;
    pool_.free({&frame.buffer, 1});
    return false;
  }
  void clear() {
    for (const Frame& frame : frames_) pool_.free({&frame.buffer, 1});
    frames_.clear();
    taken.clear();
  }

  std::optional<FlowKey> known;
  mutable int asked = 0;
  int turns = 0;
  std::vector<Bytes> taken, errors, to_send;
  Instant due = never;

 private:
  BufferPool& pool_;
  std::vector<Frame> frames_;
};

// one_service, with a frontend "web" of the workers on every address of the node, port 8080, and a "shop" on
// 203.0.113.20:80.
inline config::Config with_frontends(config::Config config = one_service(1)) {
  config.frontends["web"].binds = {{std::nullopt, 8080}, {IpAddr{}, 8080}};
  config.frontends["shop"].binds = {{parse_ip("203.0.113.20"), 80}};
  config.backends["servers"].servers["a"].address = *parse_ip("10.0.0.100");
  return config;
}

struct ProxyBench : ServiceBench {
  explicit ProxyBench(config::Config config = with_frontends()) : ServiceBench(std::move(config)) {
    worker.local_tcp = &local_tcp;
  }
  RecordingTcp local_tcp{pool};
};

}  // namespace poise::datapath
