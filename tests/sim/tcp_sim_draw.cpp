#include <algorithm>
#include <array>

#include "tests/sim/tcp_sim.hpp"

// What a seed picks.
namespace poise::sim {

using namespace std::chrono_literals;
using l7::tcp::Settings;
using l7::tcp::Transfer;
using Plan = Transfer::Plan;

namespace {

template <class Value, std::size_t size>
Value one_of(const Value (&values)[size], std::uint64_t pick) {
  return values[pick % size];
}

}  // namespace

// Most starts are such that something wraps while connections are open: microseconds or milliseconds of 32 bits, or
// their signed half.
Instant TcpSim::draw_start() {
  constexpr std::uint64_t half = 1ull << 31;
  const Duration before = up_to(5s);
  switch (below(5)) {
    case 0:
      return Instant(std::chrono::microseconds(half)) - before;
    case 1:
      return Instant(std::chrono::microseconds(2 * half)) - before;
    case 2:
      return Instant(std::chrono::milliseconds(half)) - before;
    case 3:
      return Instant(std::chrono::milliseconds(2 * half)) - before;
    default:
      return Instant(1h) + before;
  }
}

void TcpSim::draw_damage() {
  l7::tcp::Impairments& link = drawn_.link;
  const auto hundredths = [this](std::uint64_t most) { return double(below(most * 100 + 1)) / 10'000; };
  if (chance(25)) {
    link.loss = hundredths(5);
  } else if (chance(10)) {
    link.loss = hundredths(30);
  }
  if (chance(10)) link.burst_begins = hundredths(3);
  if (chance(25)) link.reorder = hundredths(20);
  if (chance(20)) link.duplication = hundredths(10);
  if (chance(15)) link.corruption = hundredths(3);
  if (chance(10)) link.truncation = hundredths(2);
  if (chance(10)) link.marking = hundredths(20);
  link.held_back = up_to(20ms);
  drawn_.loss = link.loss + link.burst_begins * 4 + link.corruption + link.truncation;
}

void TcpSim::draw_path() {
  l7::tcp::Impairments& link = drawn_.link;
  link.delay = up_to(one_of({50us, 2000us, 50000us, 150000us}, random_()));
  if (chance(50)) link.jitter = up_to(link.delay / 2 + 100us);
  if (chance(40)) {
    link.bits_per_second = one_of<std::uint64_t>({1'000'000, 10'000'000, 100'000'000, 1'000'000'000}, random_());
    link.queue_bytes = std::uint32_t(20'000 + below(300'000));
    if (chance(50)) link.mark_above = link.queue_bytes / 2;
  }
  if (chance(10)) {
    drawn_.mtu = link.mtu = std::uint32_t(drawn_.v6 ? 1280 + below(150) : 576 + below(850));
    link.tells_mtu = chance(60);
  }
  if (chance(10)) {
    link.outage_begins = start_ + up_to(3s);
    link.outage_ends = link.outage_begins + up_to(chance(80) ? 5s : 40s);
  }
  const bool is_long = link.outage_begins != never && link.outage_ends - link.outage_begins > 5s;
  drawn_.may_fail = drawn_.loss > 0.05 || link.burst_begins > 0 || is_long;
}

void TcpSim::draw_sizes(Settings& settings) {
  const bool is_tiny = chance(20);
  settings.receive_initial =
      std::uint32_t(is_tiny ? 600 + below(6000) : one_of<std::uint64_t>({4096, 16384, 65536, 262144}, random_()));
  settings.receive_max = std::uint32_t(settings.receive_initial * (1 + below(16)));
  settings.send_max = std::uint32_t(is_tiny ? 2048 + below(8000) : 16384 + below(1u << 20));
  settings.unsent_low = std::uint32_t(1024 + below(settings.send_max));
  settings.mss_v4 = settings.mss_v6 = 1440;
  if (chance(15)) settings.mss_v4 = settings.mss_v6 = std::uint16_t(88 + below(500));
  if (chance(10)) settings.mss_v4 = settings.mss_v6 = 8940;
  if (settings.mss_v4 == 1440 && chance(50)) settings.mss_v4 = 1460;
  const std::uint32_t mss = std::min(settings.mss_v4, settings.mss_v6);
  const std::uint32_t path = drawn_.mtu == 0 ? mss : drawn_.v6 ? 1220 : 512;
  drawn_.unit = std::min({drawn_.unit, mss - 24, path - 24, std::max(settings.receive_initial / 2, 64u)});
}

Settings TcpSim::draw_settings() {
  Settings settings;
  settings.connections_max = 64;
  settings.syns_max = 64;
  settings.time_waits_max = 64;
  settings.queue_bytes = 8u << 20;
  settings.buffers_max = 512u << 20;
  draw_sizes(settings);
  settings.delayed_ack = one_of({1ms, 40ms, 200ms}, random_());
  settings.time_wait = one_of({30s, 60s}, random_());
  settings.syn_ack_retries_max = 5;
  // Whoever has nothing to send learns only so that its peer has gone.
  settings.keepalive_idle = 10s + up_to(20s);
  settings.keepalive_interval = 5s;
  settings.window_scaling = chance(80);
  settings.timestamps = chance(75);
  settings.sack = chance(75);
  settings.ecn = chance(30);
  settings.cubic = chance(70);
  settings.rack = chance(70);
  settings.nagle = chance(20);
  settings.quick_ack = chance(30);
  if (chance(25)) settings.segmentation_max = std::uint32_t(below(65'000));
  return settings;
}

IpAddr TcpSim::address(std::size_t host) const {
  if (!drawn_.v6) return IpAddr::v4(0x0a000001 + std::uint32_t(host));
  return *parse_ip("fd00::" + std::to_string(host + 1));
}

void TcpSim::draw_world() {
  drawn_.v6 = chance(40);
  drawn_.has_proxy = chance(30);
  drawn_.unit = ~0u;
  draw_damage();
  draw_path();
  const std::size_t hosts = drawn_.has_proxy ? 3 : 2;
  for (std::size_t host = 0; host < hosts; ++host) {
    l7::tcp::World::HostSettings settings;
    settings.stack = draw_settings();
    settings.addresses = {address(host)};
    settings.buffers.buffer_size = settings.stack.mss_v4 > 1900 || chance(10) ? 9216 : 2048;
    if (chance(30)) settings.poll = up_to(2ms);
    if (chance(15)) settings.transmit_max = 1 + below(8);
    settings_.push_back(settings.stack);
    world_.add(settings);
  }
  // Packets of one mss may come to a host with a smaller one only as far as that has told: buffers fit what it told.
  drawn_.bytes_max = drawn_.loss > 0.05 ? 40'000 : 2'000'000;
  drawn_.bytes_max = std::min<std::uint64_t>(drawn_.bytes_max, std::uint64_t(drawn_.unit) * 1500);
  drawn_.connections = chance(60) ? 1 : 1 + below(chance(70) ? 4 : 20);
  for (std::size_t from = 0; from < hosts; ++from)
    for (std::size_t to = 0; to < hosts; ++to)
      if (from != to) world_.link(from, to, drawn_.link);
}

std::uint64_t TcpSim::draw_size() {
  const std::uint64_t most = one_of<std::uint64_t>({0, 1, 2'000, 2'000, 20'000, 20'000, 100'000, 400'000}, random_());
  const std::uint64_t size = chance(1) ? below(2'000'000) : below(most + 1);
  return std::min(size, drawn_.bytes_max) / (drawn_.connections > 4 ? 8 : 1);
}

void TcpSim::draw_behaviour(Plan& plan) {
  plan.writing = Transfer::Writing(below(3));
  plan.reading = Transfer::Reading(below(3));
  plan.write_max = one_of({100u, 3000u, 65536u, 65536u}, random_());
  plan.read_max = one_of({100u, 3000u, 65536u, 65536u}, random_());
  // At most some hundred pauses, so that an end comes.
  if (chance(20) && plan.writes / plan.write_max < 200) plan.write_pause = 1us + up_to(60ms);
  if (chance(20) && plan.reads / plan.read_max < 200) plan.read_pause = 1us + up_to(60ms);
  if (chance(15)) {
    plan.stall_at = below(plan.reads + 1);
    plan.stall = up_to(10s);
    plan.pauses = chance(50);
  }
  plan.closes = chance(60);
}

void TcpSim::draw_ends(Plan& client, Plan& server) {
  switch (below(5)) {
    case 0:
      client.ending = Transfer::Ending::finish_last;
      break;
    case 1:
      server.ending = Transfer::Ending::finish_last;
      break;
    case 2:
      if (client.reads == 0) client.ending = Transfer::Ending::close;
      break;
    case 3:
      if (server.reads == 0) server.ending = Transfer::Ending::close;
      break;
    default:
      break;
  }
  if (!chance(10)) return;
  Plan& aborting = chance(50) ? client : server;
  aborting.abort_at = below(aborting.reads + aborting.writes + 1);
}

void TcpSim::draw_connection(std::size_t number) {
  Plan client, server;
  client.writes = draw_size();
  server.writes = draw_size();
  client.writes_seed = random_();
  server.writes_seed = random_();
  server.echoes = chance(15);
  if (server.echoes) {
    server.writes = client.writes;
    server.writes_seed = client.writes_seed;
  }
  client.reads = server.writes;
  client.reads_seed = server.writes_seed;
  server.reads = client.writes;
  server.reads_seed = client.writes_seed;
  draw_behaviour(client);
  draw_behaviour(server);
  if (!server.echoes) draw_ends(client, server);
  clients_.push_back(std::make_unique<Transfer>(world_, 0, client));
  servers_.push_back(std::make_unique<Transfer>(world_, 1, server));
  const auto port = std::uint16_t(8000 + number);
  world_.stack(1).listen(address(1), port, *servers_.back());
  if (drawn_.has_proxy) {
    l7::tcp::Proxy::Plan plan{{address(2), address(1), port, 0}, 0, 0, 0};
    const std::uint64_t least = std::min(client.writes, server.writes);
    if (chance(40)) plan.head = below(least + 1);
    if (chance(40) && least - plan.head > 20) {
      plan.pieces = unsigned(1 + below(5));
      plan.piece = 1 + below((least - plan.head) / plan.pieces);
    }
    proxies_.push_back(std::make_unique<l7::tcp::Proxy>(world_, 2, plan));
    world_.stack(2).listen(address(2), port, *proxies_.back());
  }
  world_.schedule(0, number == 0 ? 0s : up_to(2s), [this, number] { open(number); });
}

}  // namespace poise::sim
