#include "tests/support/tcp/world.hpp"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <utility>

#include "datapath/wire/ipv4.hpp"
#include "datapath/wire/ipv6.hpp"
#include "l7/tcp/segment.hpp"

namespace poise::l7::tcp {
namespace {

namespace wire_format = datapath::wire;

constexpr std::size_t burst_max = 32;
constexpr unsigned spins_max = 2000;  // turns at deadlines that have passed, one after the other

IpAddr destination_of(const Bytes& packet) {
  return packet[0] >> 4 == 4
             ? wire_format::to_address(wire_format::at<wire_format::Ipv4Header>(packet.data()).destination)
             : wire_format::to_address(wire_format::at<wire_format::Ipv6Header>(packet.data()).destination);
}

}  // namespace

World::~World() {
  for (const auto& host : hosts_)
    for (const Packet& packet : host->arrived) host->env->release({packet.buffer, 0, 0});
}

std::size_t World::add(const HostSettings& settings) {
  const std::size_t number = hosts_.size();
  auto host = std::make_unique<Host>();
  host->env = std::make_unique<MemoryEnv>(random_(), settings.buffers);
  host->env->wire = [this, number](Bytes packet) { route(number, std::move(packet)); };
  host->stack = std::make_unique<Stack>(*host->env, settings.stack, now_);
  host->poll = settings.poll;
  host->transmit_max = settings.transmit_max;
  for (const IpAddr& address : settings.addresses) routes_[address] = number;
  hosts_.push_back(std::move(host));
  return number;
}

void World::link(std::size_t from, std::size_t to, const Impairments& impairments) {
  links_.insert_or_assign(std::pair(from, to), Link(impairments, random_()));
}

void World::schedule(std::size_t host, Duration from_now, std::function<void()> happen) {
  push({now_ + from_now, 0, host, {}, {}, std::move(happen)});
}

void World::push(Event event) {
  event.order = ++order_;
  events_.push_back(std::move(event));
  std::push_heap(events_.begin(), events_.end());
}

void World::fail(std::string what) {
  if (!failure_.empty()) return;
  std::ostringstream text;
  text << what << ", at " << now_.time_since_epoch() / std::chrono::microseconds(1) << " us";
  failure_ = text.str();
}

std::uint64_t World::packets() const {
  std::uint64_t sum = 0;
  for (const auto& host : hosts_) sum += host->env->packets;
  return sum;
}

void World::route(std::size_t from, Bytes packet) {
  const auto to = routes_.find(destination_of(packet));
  if (to == routes_.end()) return;
  const auto link = links_.find(std::pair(from, to->second));
  if (link == links_.end()) {
    if (trace) tell(from, to->second, packet, "");
    return push({now_, 0, to->second, std::move(packet), {}, {}});
  }
  if (link->second.is_too_big(packet) && link->second.impairments().tells_mtu)
    push({now_ + link->second.impairments().delay, 0, from, {}, too_big(packet, link->second.impairments().mtu), {}});
  carried_.clear();
  const Bytes sent = trace ? packet : Bytes();
  link->second.carry(now_, std::move(packet), carried_);
  if (trace) tell(from, to->second, sent, carried_.empty() ? " lost" : carried_.size() == 2 ? " twice" : "");
  const Duration poll = hosts_[to->second]->poll;
  for (Link::Carried& carried : carried_) {
    Instant at = carried.at;
    if (poll.count() != 0) at += (poll - at.time_since_epoch() % poll) % poll;
    push({at, 0, to->second, std::move(carried.packet), {}, {}});
  }
}

void World::happen(Event& event) {
  Host& host = *hosts_[event.host];
  host.is_awake = true;
  if (event.happen) return event.happen();
  if (!event.icmp.empty()) return host.stack->input_icmp(event.icmp, now_);
  const Packet packet = host.env->receive(event.packet);
  if (packet.buffer != nullptr) host.arrived.push_back(packet);
}

void World::turn(std::size_t number) {
  Host& host = *hosts_[number];
  MemoryEnv& env = *host.env;
  host.is_awake = false;
  env.queue_left = host.transmit_max;
  const std::uint64_t refused = env.refused;
  const std::vector<Packet> arrived = std::exchange(host.arrived, {});
  for (std::size_t at = 0; at < arrived.size(); at += burst_max)
    host.stack->input(std::span(arrived).subspan(at, std::min(burst_max, arrived.size() - at)), now_);
  host.stack->advance(now_);
  if (host.driver != nullptr) host.driver->turn(now_);
  host.stack->flush(now_);
  if (check_every != 0 && turns_ % check_every == 0) host.stack->check_invariants();
  host.due = host.stack->deadline();
  if (host.driver != nullptr) host.due = std::min(host.due, host.driver->deadline());
  if (env.refused != refused) host.due = std::min(host.due, now_ + std::chrono::microseconds(20));
  if (host.due > now_) {
    host.spins = 0;
  } else {
    host.due = now_ + std::chrono::microseconds(1);
    if (++host.spins > spins_max) fail("host " + std::to_string(number) + " has a deadline that never goes");
  }
  if (++turns_ > turns_max) fail("no end after " + std::to_string(turns_) + " turns");
}

void World::step() {
  while (!events_.empty() && events_.front().at <= now_ && failure_.empty()) {
    std::pop_heap(events_.begin(), events_.end());
    Event event = std::move(events_.back());
    events_.pop_back();
    happen(event);
  }
  for (std::size_t host = 0; host < hosts_.size() && failure_.empty(); ++host)
    if (hosts_[host]->is_awake || hosts_[host]->due <= now_) turn(host);
}

bool World::run_until(Instant end) {
  while (failure_.empty()) {
    Instant next = events_.empty() ? never : events_.front().at;
    for (const auto& host : hosts_) next = std::min(next, host->is_awake ? now_ : host->due);
    if (next == never) return true;
    if (next > end) {
      now_ = end;
      return false;
    }
    now_ = std::max(now_, next);
    step();
  }
  return false;
}

void World::tell(std::size_t from, std::size_t to, const Bytes& packet, const char* fate) const {
  const auto segment = read_segment(packet);
  std::cerr << std::fixed << std::setprecision(6) << double(now_.time_since_epoch().count()) / 1e9 << ' ' << from
            << " > " << to << ' ' << (segment ? to_string(*segment) : "not a segment") << fate << '\n';
}

std::string to_string(const Segment& segment) {
  std::ostringstream text;
  constexpr std::pair<Flag, char> letters[] = {{flag_syn, 'S'}, {flag_fin, 'F'}, {flag_rst, 'R'}, {flag_psh, 'P'},
                                               {flag_ack, 'A'}, {flag_urg, 'U'}, {flag_ece, 'E'}, {flag_cwr, 'C'}};
  for (const auto& [flag, letter] : letters)
    if (segment.has(flag)) text << letter;
  text << ' ' << segment.source_port << '>' << segment.destination_port << ' ' << segment.sequence.value << ':'
       << segment.end().value << " ack " << segment.acknowledgment.value << " win " << segment.window;
  const Options& options = segment.options;
  if (options.mss) text << " mss " << *options.mss;
  if (options.window_shift) text << " scale " << int(*options.window_shift);
  if (options.sack_permitted) text << " sackOK";
  if (options.timestamps) text << " ts " << options.timestamps->value << ' ' << options.timestamps->echo;
  for (const Range& block : options.sack_blocks()) text << " sack " << block.left.value << ':' << block.right.value;
  if (segment.ecn == Ecn::congestion) text << " CE";
  return text.str();
}

}  // namespace poise::l7::tcp
