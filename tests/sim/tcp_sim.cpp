#include "tests/sim/tcp_sim.hpp"

#include <algorithm>
#include <sstream>

namespace poise::sim {

using namespace std::chrono_literals;
using l7::tcp::Closed;
using l7::tcp::Transfer;

namespace {

// Retransmission gives up after a quarter of an hour without any answer; but with a third of all lost in both
// directions, and without SACK, 40,000 bytes have taken two hours.
constexpr Duration time_max = 6h;

const char* name_of(Closed why) {
  constexpr const char* names[] = {"finished", "reset", "refused", "timed_out", "aborted", "unreachable", "no_memory"};
  return names[std::size_t(why)];
}
const char* name_of(l7::tcp::State state) {
  constexpr const char* names[] = {"closed",     "syn_sent",   "syn_received", "established", "fin_wait_1",
                                   "fin_wait_2", "close_wait", "closing",      "last_ack",    "time_wait"};
  return names[std::size_t(state)];
}

void tell_end(std::ostream& out, const char* name, const Transfer& end, const l7::tcp::Stack& stack) {
  out << name << ": read " << end.read() << " of " << end.plan().reads << ", written " << end.written() << " of "
      << end.plan().writes << (end.is_peer_finished() ? ", peer finished" : "");
  if (end.why_closed()) out << ", closed: " << name_of(*end.why_closed());
  if (end.handle()) {
    const l7::tcp::Stack::Facts facts = stack.facts(*end.handle());
    out << ", " << name_of(facts.state) << ", in flight " << facts.in_flight << ", unsent " << facts.unsent
        << ", window to send " << facts.send_window << ", congestion window " << facts.congestion_window << ", timeout "
        << facts.timeout_us << " us";
  }
  out << "; ";
}

}  // namespace

TcpSim::TcpSim(std::uint64_t seed) : random_(seed * 7919 + 1), start_(draw_start()), world_(start_, seed) {
  draw_world();
  std::uint64_t bytes = 0;
  for (std::size_t number = 0; number < drawn_.connections; ++number) {
    draw_connection(number);
    bytes += clients_.back()->plan().writes + clients_.back()->plan().reads;
  }
  world_.check_every = bytes < 50'000 ? 1 : 64;
}

void TcpSim::open(std::size_t number) {
  const IpAddr server = address(drawn_.has_proxy ? 2 : 1);
  const l7::tcp::Target target{address(0), server, std::uint16_t(8000 + number), 0};
  if (!world_.stack(0).connect(target, *clients_[number])) world_.fail("the client cannot connect");
}

std::string TcpSim::run() {
  world_.trace = trace;
  const bool is_quiet = world_.run_until(start_ + time_max);
  const std::string wrong = world_.failure().empty() ? judge(is_quiet) : world_.failure();
  return wrong.empty() ? wrong : wrong + "\n" + description();
}

std::size_t TcpSim::completed() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < clients_.size(); ++i)
    count += clients_[i]->read() == clients_[i]->plan().reads && servers_[i]->read() == servers_[i]->plan().reads;
  return count;
}

// Every segment once, its acknowledgment, both again and again as they are lost; what ends and keeps it alive.
std::uint64_t TcpSim::packets_max() const {
  std::uint64_t needed = 0;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    const Transfer &client = *clients_[i], &server = *servers_[i];
    needed += (client.plan().writes + client.plan().reads) / drawn_.unit + client.calls() + server.calls();
  }
  const auto seconds = std::uint64_t((world_.now() - start_) / 1s);
  const std::uint64_t legs = drawn_.has_proxy ? 2 : 1;
  return legs * (40 * clients_.size() + 12 * needed + seconds * clients_.size());
}

std::string TcpSim::judge_connection(std::size_t number) const {
  const Transfer &client = *clients_[number], &server = *servers_[number];
  const std::string which = "connection " + std::to_string(number) + ": ";
  if (!client.why_closed()) return which + "the client was not told that it is over";
  if (server.was_opened() && !server.why_closed()) return which + "the server was not told that it is over";
  for (const Transfer* end : {&client, &server}) {
    const Transfer& other = end == &client ? server : client;
    if (end->read() > other.written()) return which + "more was read than was written";
    if (end->is_peer_finished() && end->read() < end->plan().reads && other.plan().abort_at == Transfer::never_at &&
        end->why_closed() == Closed::finished)
      return which + "it ended before all was read";
  }
  const bool is_aborted = client.plan().abort_at != Transfer::never_at || server.plan().abort_at != Transfer::never_at;
  if (is_aborted || drawn_.may_fail) return "";
  if (client.read() != client.plan().reads) return which + "the client has not read all";
  if (server.read() != server.plan().reads) return which + "the server has not read all";
  if (*client.why_closed() != Closed::finished) return which + "the client was not closed by finishing";
  if (!server.why_closed()) return which + "the server was never open";
  if (*server.why_closed() != Closed::finished) return which + "the server was not closed by finishing";
  return "";
}

std::string TcpSim::judge_leftovers(std::size_t host) const {
  const l7::tcp::Stack::Usage left = world_.stack(host).usage();
  std::ostringstream wrong;
  if (left.connections != 0) wrong << left.connections << " connections, ";
  if (left.half_open != 0) wrong << left.half_open << " half open, ";
  if (left.time_waits != 0) wrong << left.time_waits << " in TIME-WAIT, ";
  if (left.queue_bytes != 0) wrong << left.queue_bytes << " bytes of the arena, ";
  if (left.buffer_bytes != 0) wrong << left.buffer_bytes << " bytes of buffers, ";
  if (left.timers != 0) wrong << left.timers << " timers, ";
  const std::size_t buffers = const_cast<l7::tcp::World&>(world_).env(host).outstanding();
  if (buffers != 0) wrong << buffers << " buffers, ";
  if (world_.stack(host).deadline() != never) wrong << "a deadline, ";
  return wrong.str().empty() ? "" : "host " + std::to_string(host) + " has left " + wrong.str();
}

std::string TcpSim::judge(bool is_quiet) const {
  if (!is_quiet) return "not quiet after " + std::to_string(time_max / 1s) + " s";
  for (std::size_t number = 0; number < clients_.size(); ++number)
    if (std::string wrong = judge_connection(number); !wrong.empty()) return wrong;
  for (std::size_t host = 0; host < settings_.size(); ++host)
    if (std::string wrong = judge_leftovers(host); !wrong.empty()) return wrong;
  if (world_.packets() > packets_max())
    return std::to_string(world_.packets()) + " packets, where " + std::to_string(packets_max()) + " are enough";
  return "";
}

std::string TcpSim::description() const {
  std::ostringstream out;
  const auto us = [](Duration time) { return time / 1us; };
  const l7::tcp::Impairments& link = drawn_.link;
  out << (drawn_.v6 ? "IPv6" : "IPv4") << (drawn_.has_proxy ? ", through a proxy" : "") << ", start "
      << us(start_.time_since_epoch()) << " us; loss " << link.loss << ", bursts " << link.burst_begins << ", delay "
      << us(link.delay) << " us, jitter " << us(link.jitter) << " us, reorder " << link.reorder << " by "
      << us(link.held_back) << " us, duplication " << link.duplication << ", corruption " << link.corruption
      << ", truncation " << link.truncation << ", mtu " << link.mtu << (link.tells_mtu ? " told" : "") << ", "
      << link.bits_per_second << " bit/s with " << link.queue_bytes << " bytes, marks " << link.marking;
  if (link.outage_begins != never)
    out << ", outage after " << us(link.outage_begins - start_) << " us for "
        << us(link.outage_ends - link.outage_begins) << " us";
  for (std::size_t host = 0; host < settings_.size(); ++host) {
    const l7::tcp::Settings& it = settings_[host];
    out << "\n  host " << host << ": mss " << it.mss_v4 << ", receive " << it.receive_initial << ".." << it.receive_max
        << ", send " << it.send_max << ", delayed ACK " << us(it.delayed_ack) << " us"
        << (it.window_scaling ? ", scaling" : "") << (it.timestamps ? ", timestamps" : "") << (it.sack ? ", sack" : "")
        << (it.ecn ? ", ecn" : "") << (it.cubic ? ", cubic" : "") << (it.rack ? ", rack" : "")
        << (it.nagle ? ", nagle" : "") << (it.quick_ack ? ", quick ack" : "");
  }
  out << "\n  ";
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    tell_end(out, "client", *clients_[i], world_.stack(0));
    tell_end(out, "server", *servers_[i], world_.stack(1));
    if (drawn_.has_proxy) out << "proxy closed " << proxies_[i]->closed_count() << "; ";
    out << "\n  ";
  }
  return out.str();
}

}  // namespace poise::sim
