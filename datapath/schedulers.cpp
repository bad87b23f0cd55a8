#include "datapath/schedulers.hpp"

#include "datapath/maglev.hpp"

namespace poise::datapath {
namespace {

using config::Scheduler;

constexpr std::uint32_t nobody = ~0u;          // a position in the pool that is none
constexpr std::size_t slots_probed_max = 256;  // then all servers are compared instead

// The servers of the question's pool, by position. One that starts slowly takes those of the flows that `gate`, of
// 0..255, lets through to it.
struct Pool {
  Pool(const ScheduleQuestion& question, std::uint8_t the_gate)
      : states(question.servers),
        service(question.service),
        size(std::uint32_t(question.service.servers.size())),
        gate(the_gate) {}
  const ServerState& operator[](std::uint32_t position) const { return states[service.servers[position]]; }
  bool takes(std::uint32_t position) const {
    const ServerState& server = (*this)[position];
    return server.takes_new_flows() && gate < server.share.load(std::memory_order_relaxed);
  }

  bool starts_slowly(std::uint32_t position) const {
    return (*this)[position].share.load(std::memory_order_relaxed) < ServerState::share_whole;
  }

  const ServerStates& states;
  const Service& service;
  const std::uint32_t size;
  const std::uint8_t gate;
};

std::uint32_t weight_of(const ServerState& server) { return server.weight_now(); }
std::uint32_t connections_of(const ServerState& server) { return server.connections.load(std::memory_order_relaxed); }

std::uint32_t next_in_turn(const Pool& pool, std::uint32_t& cursor) {
  std::uint32_t position = cursor < pool.size ? cursor : 0;
  for (std::uint32_t tried = 0; tried < pool.size; ++tried) {
    const std::uint32_t next = position + 1 == pool.size ? 0 : position + 1;
    if (pool.takes(position)) {
      cursor = next;
      return position;
    }
    position = next;
  }
  return nobody;
}

// The weight of the heaviest server that takes flows; 0: none does.
std::uint32_t heaviest_weight(const Pool& pool) {
  std::uint32_t heaviest = 0;
  for (std::uint32_t i = 0; i < pool.size; ++i)
    if (pool.takes(i) && weight_of(pool[i]) > heaviest) heaviest = weight_of(pool[i]);
  return heaviest;
}

// Weighted round robin, interleaved as in IPVS: rounds over the pool with a level that sinks from the largest weight by
// the common divisor; a server takes part in the rounds whose level does not exceed its weight. Fruitless levels are
// skipped at once.
std::uint32_t next_in_weighted_turn(const Pool& pool, std::uint32_t& cursor, std::int64_t& level) {
  std::uint32_t fruitless = 0;
  for (std::uint64_t tried = 0; tried < 4ull * pool.size; ++tried) {
    if (cursor >= pool.size) cursor = 0;
    if (cursor == 0) level -= pool.service.weight_divisor;
    if (level <= 0) level = pool.service.weight_max;
    const std::uint32_t position = cursor++;
    if (pool.takes(position) && weight_of(pool[position]) >= level) return position;
    if (++fruitless < pool.size) continue;
    const std::uint32_t heaviest = heaviest_weight(pool);
    if (heaviest == 0) return nobody;
    if (heaviest < level) {  // begin the round in which the heaviest of those that are left takes part
      level = std::int64_t(heaviest) + pool.service.weight_divisor;
      cursor = 0;
    }
    fruitless = 0;
  }
  return nobody;
}

// The server with the least load per weight, the first of equals. `load(server)` is what the scheduler counts.
template <class Load>
std::uint32_t least_loaded(const Pool& pool, Load&& load) {
  std::uint32_t best = nobody;
  std::uint64_t best_load = 0, best_weight = 1;
  for (std::uint32_t i = 0; i < pool.size; ++i) {
    const ServerState& server = pool[i];
    if (!pool.takes(i)) continue;
    const std::uint64_t own_load = load(server), own_weight = weight_of(server);
    if (best != nobody && own_load * best_weight >= best_load * own_weight) continue;
    best = i;
    best_load = own_load;
    best_weight = own_weight;
  }
  return best;
}

std::uint32_t fewest_connections(const Pool& pool) {
  return least_loaded(
      pool, [](const ServerState& server) { return std::uint64_t(connections_of(server)) * weight_of(server); });
}
std::uint32_t fewest_connections_by_weight(const Pool& pool) {
  return least_loaded(pool, [](const ServerState& server) { return std::uint64_t(connections_of(server)); });
}
std::uint32_t shortest_expected_delay(const Pool& pool) {
  return least_loaded(pool, [](const ServerState& server) { return std::uint64_t(connections_of(server)) + 1; });
}

std::uint32_t never_queued(const Pool& pool) {
  for (std::uint32_t i = 0; i < pool.size; ++i)
    if (pool.takes(i) && connections_of(pool[i]) == 0) return i;
  return shortest_expected_delay(pool);
}

// The heaviest server that takes flows; with `up_to_weight` only while it has fewer connections than its weight.
std::uint32_t heaviest(const Pool& pool, bool up_to_weight) {
  std::uint32_t best = nobody, best_weight = 0;
  for (std::uint32_t i = 0; i < pool.size; ++i) {
    const std::uint32_t weight = weight_of(pool[i]);
    if (weight <= best_weight || !pool.takes(i) || (up_to_weight && connections_of(pool[i]) >= weight)) continue;
    best = i;
    best_weight = weight;
  }
  return best;
}

std::uint64_t mixed(std::uint64_t value) {  // every bit of the value reaches every bit of the result
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93ull;
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93ull;
  return value ^ value >> 32;
}

// The server of the hash's slot, else of the next slot whose server takes flows: flows of the others stay where they
// are. When a whole stretch of slots has none, the one that scores best for this hash among all (rendezvous hashing),
// which is as stable.
std::uint32_t by_slot(const Pool& pool, std::uint64_t hash) {
  if (pool.service.maglev != nullptr) {
    const std::vector<std::uint16_t>& slots = *pool.service.maglev;
    std::size_t slot = hash % slots.size();
    for (std::size_t probed = 0; probed < slots_probed_max; ++probed) {
      const std::uint16_t position = slots[slot];
      if (position < pool.size && pool.takes(position)) return position;
      slot = slot + 1 == slots.size() ? 0 : slot + 1;
    }
  }
  std::uint32_t best = nobody;
  std::uint64_t best_score = 0;
  for (std::uint32_t i = 0; i < pool.size; ++i) {
    const std::uint64_t score = mixed(hash + pool.service.servers[i].value * 0x9e3779b97f4a7c15ull) | 1;
    if (score <= best_score || !pool.takes(i)) continue;
    best = i;
    best_score = score;
  }
  return best;
}

// Two servers drawn by weight; the one with fewer connections per weight.
std::uint32_t better_of_two(const Pool& pool, std::uint64_t random) {
  const std::uint32_t one = by_slot(pool, mixed(random));
  if (one == nobody) return nobody;
  const std::uint32_t two = by_slot(pool, mixed(random + 0x9e3779b97f4a7c15ull));
  const ServerState &first = pool[one], &second = pool[two == nobody ? one : two];
  const bool second_is_better = std::uint64_t(connections_of(second)) * weight_of(first) <
                                std::uint64_t(connections_of(first)) * weight_of(second);
  return second_is_better ? two : one;
}

std::uint64_t hash_of_address(const ScheduleQuestion& question, const IpAddr& address) {
  return keyed_hash(FlowKey{address, IpAddr{}, 0, 0, 0}, question.tables.hash_key);
}

// What rr and wrr remember.
struct Turn {
  std::uint32_t& cursor;
  std::int64_t& level;
};

std::uint32_t position_for(const ScheduleQuestion& question, const Pool& pool, Turn turn) {
  switch (question.service.scheduler) {
    case Scheduler::rr:
      return next_in_turn(pool, turn.cursor);
    case Scheduler::wrr:
      return next_in_weighted_turn(pool, turn.cursor, turn.level);
    case Scheduler::lc:
      return fewest_connections(pool);
    case Scheduler::wlc:
      return fewest_connections_by_weight(pool);
    case Scheduler::sed:
      return shortest_expected_delay(pool);
    case Scheduler::nq:
      return never_queued(pool);
    case Scheduler::sh:
      return by_slot(pool, hash_of_address(question, question.client.source));
    case Scheduler::dh:
      return by_slot(pool, hash_of_address(question, question.client.destination));
    case Scheduler::maglev:
      return by_slot(pool, keyed_hash(question.client, question.tables.hash_key));
    case Scheduler::random2:
      return better_of_two(pool, question.random);
    case Scheduler::fo:
      return heaviest(pool, false);
    case Scheduler::ovf:
      return heaviest(pool, true);
  }
  return nobody;
}

// 0..255: by the client where the scheduler goes by it, else another one each time.
std::uint8_t gate_of(const ScheduleQuestion& question) {
  const auto high_bits = [](std::uint64_t value) { return std::uint8_t(mixed(value) >> 56); };
  switch (question.service.scheduler) {
    case Scheduler::sh:
      return high_bits(hash_of_address(question, question.client.source));
    case Scheduler::dh:
      return high_bits(hash_of_address(question, question.client.destination));
    case Scheduler::maglev:
      return high_bits(keyed_hash(question.client, question.tables.hash_key));
    default:
      return high_bits(question.random);
  }
}

}  // namespace

RealIndex SchedulerStates::choose(const ScheduleQuestion& question, Row& row) {
  std::uint32_t position = nobody;
  if (!question.service.servers.empty()) {
    const Turn turn{row.cursor, row.current_weight};
    const Pool pool(question, 0);
    position = position_for(question, pool, turn);
    if (position != nobody && pool.starts_slowly(position)) [[unlikely]] {
      const Pool gated(question, gate_of(question));
      const std::uint32_t other = gated.takes(position) ? nobody : position_for(question, gated, turn);
      if (other != nobody) position = other;
    }
  }
  if (position != nobody) return question.service.reals[position];
  const RealIndex sorry = question.service.sorry;
  const bool sorry_takes =
      sorry.value != ~0u && question.servers[question.tables.reals[sorry.value].server].takes_new_flows();
  return sorry_takes ? sorry : RealIndex{~0u};
}

RealIndex SchedulerStates::pick(const ScheduleQuestion& question) {
  return choose(question, rows_[question.service.index.value]);
}

RealIndex SchedulerStates::peek(const ScheduleQuestion& question) const {
  Row row = rows_[question.service.index.value];
  return choose(question, row);
}

}  // namespace poise::datapath
