#include "l7/worker_host.hpp"

#include <algorithm>

namespace poise::l7 {
namespace {

constexpr auto publish_period = std::chrono::milliseconds(100);
constexpr std::size_t arrived_expected = 1024;  // of one round: bursts of every port and of every other worker

}  // namespace

FrameEnv::Settings WorkerHost::frame_settings(const datapath::LocalTcpMeans& means) {
  return {means.buffers, means.takes_pieces, means.completes_checksums};
}

WorkerHost::WorkerHost(const Settings& settings, Instant start)
    : FrameEnv(*settings.means.headers, *settings.means.data, frame_settings(settings.means)),
      secret_(settings.secret),
      stack_(*this, settings.stack, start, settings.scaling),
      transport_(stack_, *this),
      proxy_(transport_, settings.proxy, start),
      deadline_(start),
      publish_at_(start) {
  proxy_.set_stats_page(settings.stats_page);
  arrived_.reserve(arrived_expected);
  memory_bytes_ = stack_.usage().memory_bytes;
}

WorkerHost::~WorkerHost() {
  for (const tcp::Packet& packet : arrived_) {
    packet.buffer->references = 0;
    free(*packet.buffer);
  }
}

bool WorkerHost::set_tables(std::shared_ptr<const Tables> tables) { return mail_.push(tables); }

bool WorkerHost::knows(const datapath::FlowKey& key) const {
  return stack_.is_known({key.destination, key.source, key.destination_port, key.source_port});
}

void WorkerHost::take(const datapath::Frame& frame, std::uint16_t ip_offset) {
  const tcp::Packet packet = FrameEnv::take(frame, ip_offset);
  if (packet.buffer != nullptr) arrived_.push_back(packet);
}

void WorkerHost::take_error(std::span<const std::uint8_t> packet, Instant now) {
  stack_.input_icmp(packet, now);
  deadline_ = std::min(deadline_, now);
}

std::size_t WorkerHost::turn(datapath::TcpOutlet& outlet, Instant now) {
  std::shared_ptr<const Tables>* tables = mail_.front();
  if (arrived_.empty() && now < deadline_ && tables == nullptr && !proxy_.has_health_news()) [[likely]]
    return 0;
  outlet_ = &outlet;
  set_whole(outlet.is_observed());
  proxy_.set_clock(now);
  for (; tables != nullptr; tables = mail_.front()) {
    adopt(std::move(*tables));
    mail_.release();
  }
  const std::size_t handled = arrived_.size();
  stack_.input(arrived_, now);
  arrived_.clear();
  stack_.advance(now);
  proxy_.advance(now);
  stack_.flush(now);
  if (now >= publish_at_) publish(now);
  deadline_ = std::min({stack_.deadline(), proxy_.deadline(), publish_at_});
  outlet_ = nullptr;
  return handled;
}

// Connections of a listener that ends go on: the proxy closes them when nothing is under way.
void WorkerHost::adopt(std::shared_ptr<const Tables> tables) {
  std::vector<Listener> wanted;
  for (const Binding& binding : tables->bindings) wanted.emplace_back(binding.address, binding.port);
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (const auto& [address, port] : listeners_)
    if (!std::binary_search(wanted.begin(), wanted.end(), Listener(address, port)))
      stack_.stop_listening(address, port);
  for (const auto& [address, port] : wanted) stack_.listen(address, port, proxy_);
  listeners_ = std::move(wanted);
  proxy_.set_tables(std::move(tables));
}

void WorkerHost::publish(Instant now) {
  publish_at_ = now + publish_period;
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i].set(stack_.counters().read(tcp::Counter(i)));
  const tcp::Stack::Usage usage = stack_.usage();
  const auto set = [&](Fact fact, std::uint64_t value) { facts_[std::size_t(fact)].set(value); };
  set(Fact::connections, usage.connections);
  set(Fact::half_open, usage.half_open);
  set(Fact::time_waits, usage.time_waits);
  set(Fact::sessions, proxy_.sessions());
  set(Fact::clients, proxy_.clients());
  set(Fact::buffers, held());
  set(Fact::without_buffer, counters().without_record + counters().without_buffer);
}

bool WorkerHost::send(const datapath::Frame& packet, const datapath::BufferPool::Completion& completion) {
  ensure(outlet_ != nullptr);
  return outlet_->send(packet, completion);
}

// A pseudo-random function of a secret, because initial sequence numbers, ports and keys of hashes are made of it.
std::uint64_t WorkerHost::random() {
  const std::uint64_t number = ++drawn_;
  return secret_({reinterpret_cast<const char*>(&number), sizeof number});
}

std::optional<IpAddr> WorkerHost::source_to(const IpAddr& remote) {
  ensure(outlet_ != nullptr);
  return outlet_->source_to(remote);
}

}  // namespace poise::l7
