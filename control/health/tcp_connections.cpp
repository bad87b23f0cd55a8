#include "control/health/tcp_connections.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "config/types/limits.hpp"
#include "config/types/result.hpp"
#include "datapath/wire/bytes.hpp"
#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "l7/tcp/checksum.hpp"
#include "l7/tcp/segment.hpp"

namespace poise::control::health {
namespace {

namespace tcp = l7::tcp;
namespace wire = datapath::wire;

constexpr std::size_t buffers_max = 8192, waiting_max = 4096;
constexpr std::uint32_t buffer_size = 2048;
constexpr Duration path_retry = std::chrono::milliseconds(5), path_patience = std::chrono::seconds(3);

tcp::Settings settings() {
  tcp::Settings settings;
  settings.connections_max = 4096;
  settings.syns_max = 16;  // nobody connects to us
  settings.time_waits_max = 4096;
  settings.queue_bytes = 8u << 20;
  settings.buffers_max = buffers_max * buffer_size;
  settings.receive_initial = 65535;
  settings.receive_max = 65535;
  settings.send_max = 256u << 10;
  settings.port_first = limits::probe_port_first;
  settings.port_last = limits::probe_port_first + limits::probe_ports - 1;
  settings.destinations_max = limits::servers;
  settings.time_wait = std::chrono::seconds(2);  // ports are few; a late segment of a check harms nobody
  return settings;
}

std::string words_of(tcp::Closed why) {
  switch (why) {
    case tcp::Closed::finished:
      return "the connection ended";
    case tcp::Closed::reset:
      return "the server reset the connection";
    case tcp::Closed::refused:
      return "the connection was refused";
    case tcp::Closed::timed_out:
      return "the server does not answer";
    case tcp::Closed::aborted:
      return "the connection was given up";
    case tcp::Closed::unreachable:
      return "the server is unreachable";
    case tcp::Closed::no_memory:
      return "there is no memory for the connection";
  }
  return "the connection ended";
}

std::string words_of(tcp::ConnectRefusal why) {
  return why == tcp::ConnectRefusal::no_port ? "all ports for checks of this server are in use"
                                             : "there is no room for another connection";
}

IpAddr destination_of(std::span<const std::uint8_t> packet) {
  if (packet[0] >> 4 == 4) return wire::to_address(wire::at<wire::Ipv4Header>(packet.data()).destination);
  return wire::to_address(wire::at<wire::Ipv6Header>(packet.data()).destination);
}

}  // namespace

// Session - one connection of a probe, which owns it.
class TcpConnections::Session : public Connection {
 public:
  Session(TcpConnections& owner, std::uint64_t id, ConnectionEvents session_events)
      : events(std::move(session_events)), owner_(owner), id_(id) {
    owner_.sessions_[id_] = this;
  }
  ~Session() override {
    owner_.sessions_.erase(id_);
    owner_.refused_.erase(id_);
    const auto row = owner_.rows_.find(handle.index);
    if (row != owner_.rows_.end() && row->second == this) owner_.rows_.erase(row);
    owner_.stack_.abort(handle);
  }
  void send(std::string_view bytes) override {
    if (tls != nullptr) {
      tls->write(bytes);
      to_send += tls->take_wire();
    } else {
      to_send += bytes;
    }
    push();
  }
  void push() {
    const std::span all{reinterpret_cast<const std::uint8_t*>(to_send.data()), to_send.size()};
    to_send.erase(0, owner_.stack_.send_copy(handle, all));
  }

  ConnectionEvents events;
  tcp::Handle handle;
  std::unique_ptr<TlsSession> tls;
  bool is_told_open = false, is_over = false;
  std::string to_send;

 private:
  TcpConnections& owner_;
  const std::uint64_t id_;
};

TcpConnections::TcpConnections(Hooks hooks, Instant now)
    : hooks_(std::move(hooks)), now_(now), stack_(*this, settings(), now) {}

TcpConnections::~TcpConnections() { ensure(sessions_.empty()); }

std::unique_ptr<Connection> TcpConnections::connect(const ConnectionTarget& target, ConnectionEvents events) {
  const std::uint64_t id = next_++;
  auto session = std::make_unique<Session>(*this, id, std::move(events));
  if (target.tls) session->tls = std::make_unique<TlsSession>(tls_contexts_, *target.tls, target.alpn);
  session->to_send = target.preface;
  const auto source = target.source ? target.source : hooks_.source(target.address);
  if (!source) {
    refused_[id] = "there is no way to the server";
    return session;
  }
  const auto handle = stack_.connect({*source, target.address, target.port, 0}, *this);
  if (handle) {
    session->handle = *handle;
    rows_[handle->index] = session.get();
  } else {
    refused_[id] = words_of(handle.error());
  }
  return session;
}

TcpConnections::Session* TcpConnections::session_of(tcp::Handle handle) const {
  const auto found = rows_.find(handle.index);
  return found == rows_.end() || found->second->handle != handle ? nullptr : found->second;
}

// An event may end its session, and does not destroy it (Prober::ended_): what follows looks whether it is over.
void TcpConnections::opened(tcp::Handle handle) {
  Session* session = session_of(handle);
  if (session == nullptr) return;
  if (session->tls == nullptr) {
    session->push();
    return session->events.connected();
  }
  session->events.opened();
  session->send({});  // the first message of the handshake
  received(handle, 0);
}

void TcpConnections::received(tcp::Handle handle, std::size_t readable) {
  Session* session = session_of(handle);
  std::string bytes(readable, '\0');
  stack_.read(handle, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  if (session == nullptr || session->is_over) return;
  if (session->tls == nullptr) return session->events.bytes(bytes);
  TlsSession& tls = *session->tls;
  tls.on_wire(bytes);
  session->send({});
  if (!tls.error().empty()) {
    session->is_over = true;
    return session->events.failed(tls.error());
  }
  if (tls.is_open() && !std::exchange(session->is_told_open, true)) session->events.connected();
  const std::string plain = tls.take_bytes();
  if (!plain.empty()) session->events.bytes(plain);
  if (tls.is_closed() && !std::exchange(session->is_over, true)) session->events.closed();
}

void TcpConnections::room(tcp::Handle handle, std::size_t) {
  if (Session* session = session_of(handle); session != nullptr) session->push();
}

void TcpConnections::peer_finished(tcp::Handle handle) {
  Session* session = session_of(handle);
  if (session != nullptr && !std::exchange(session->is_over, true)) session->events.closed();
}

void TcpConnections::closed(tcp::Handle handle, tcp::Closed why) {
  Session* session = session_of(handle);
  if (session != nullptr && !std::exchange(session->is_over, true)) session->events.failed(words_of(why));
}

tcp::Buffer* TcpConnections::allocate() {
  if (free_.empty()) {
    if (buffers_.size() == buffers_max) return nullptr;
    buffers_.push_back(std::make_unique<Memory>());
    buffers_.back()->bytes.resize(buffer_size);
    free_.push_back(buffers_.back().get());
  }
  Memory* memory = free_.back();
  free_.pop_back();
  memory->data = memory->bytes.data();
  memory->size = buffer_size;
  memory->references = 1;
  return memory;
}

void TcpConnections::free(tcp::Buffer& buffer) { free_.push_back(static_cast<Memory*>(&buffer)); }

bool TcpConnections::transmit(const tcp::Outgoing& segment) {
  std::vector<std::uint8_t> packet(segment.headers.begin(), segment.headers.end());
  tcp::complete_checksum(packet, segment.payload);
  for (const tcp::Slice& slice : segment.payload)
    packet.insert(packet.end(), slice.begin(), slice.begin() + slice.length);
  if (waiting_.size() == waiting_max) {
    ++lost_.too_many_waiting;
    return true;
  }
  waiting_.push_back({now_ + path_patience, destination_of(packet), std::move(packet)});
  return true;
}

// Many packets may wait for a server that has gone: the others pass them.
void TcpConnections::send_waiting() {
  std::deque<Waiting> left;
  std::map<IpAddr, std::optional<Prober::Path>> paths;
  for (Waiting& each : waiting_) {
    auto found = paths.find(each.to);
    if (found == paths.end()) found = paths.emplace(each.to, hooks_.path(each.to)).first;
    const bool is_sent = found->second && hooks_.send(*found->second, each.packet);
    if (!is_sent && each.until > now_)
      left.push_back(std::move(each));
    else if (!is_sent)
      ++lost_.without_next_hop;
  }
  waiting_ = std::move(left);
  retry_at_ = waiting_.empty() ? never : now_ + path_retry;
}

std::uint64_t TcpConnections::random() {
  std::uint64_t value = 0;
  ensure(RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) == 1);
  return value;
}

bool TcpConnections::on_packet(Instant now, std::span<const std::uint8_t> packet, bool answers_strangers) {
  now_ = now;
  const auto segment = tcp::read_segment(packet);
  if (!segment || packet.size() > buffer_size) {
    stack_.input_icmp(packet, now);
    return false;
  }
  const tcp::Tuple tuple{segment->destination, segment->source, segment->destination_port, segment->source_port};
  if (!answers_strangers && !stack_.is_known(tuple)) return false;
  tcp::Buffer* buffer = allocate();
  if (buffer == nullptr) {
    ++lost_.without_buffer;
    return true;
  }
  std::copy(packet.begin(), packet.end(), buffer->data);
  const tcp::Packet arrived{buffer, 0, std::uint32_t(packet.size()), true};
  stack_.input(std::span(&arrived, 1), now);
  return true;
}

void TcpConnections::on_deadline(Instant now) {
  now_ = now;
  while (!refused_.empty()) {
    const auto [id, why] = *refused_.begin();
    refused_.erase(refused_.begin());
    Session* session = sessions_.at(id);
    if (!std::exchange(session->is_over, true)) session->events.failed(why);
  }
  stack_.advance(now);
  stack_.flush(now);
  if (!waiting_.empty()) send_waiting();
}

Instant TcpConnections::deadline() const {
  if (!refused_.empty()) return now_;
  return std::min(stack_.deadline(), retry_at_);
}

}  // namespace poise::control::health
