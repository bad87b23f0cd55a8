// Any bytes as a sequence of what a worker does with a FragmentTable, beside a model that knows no rows and no sets but
// which datagrams collide: it gives the same ports, refuses and holds the same fragments, and gives back each frame
// once, in order, and never too early.
// Input: two bytes an operation: what (low three bits) and which datagram (the others), and a number.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/fragment_table.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace poise;
using namespace poise::datapath;
using Key = FragmentTable::Key;

constexpr std::size_t ways = 8, held_max = 64;  // as the header says
constexpr std::size_t colliding = ways + 1, datagrams = 16;
constexpr Duration lifetime = std::chrono::seconds(2);
constexpr int sweeps_max = 65;  // an input's: more than once around is only slow
constexpr Instant start{std::chrono::seconds(1000)};

Key key_of(std::uint32_t id) { return {IpAddr::v4(0xc0000201), IpAddr::v4(0xc6336401), id, 17}; }

// Whether the table, with these datagrams in it, has no place for another.
bool refuses(const Key& another, std::span<const Key> others) {
  FragmentTable table;
  for (const Key& key : others) (void)table.learn(key, {}, start);
  return table.learn(another, {}, start) == FragmentTable::Learned::table_full;
}

// Those of `left` that have taken the place of `refused`: without any of them it would find one. `rest`: all others.
void find_neighbors(const Key& refused, std::span<const Key> left, std::vector<Key> rest, std::vector<Key>& found) {
  if (left.empty() || refuses(refused, rest)) return;
  if (left.size() == 1) return found.push_back(left[0]);
  const auto first = left.first(left.size() / 2), second = left.subspan(left.size() / 2);
  std::vector<Key> beside_first = rest, beside_second = rest;
  beside_first.insert(beside_first.end(), second.begin(), second.end());
  beside_second.insert(beside_second.end(), first.begin(), first.end());
  find_neighbors(refused, first, std::move(beside_first), found);
  find_neighbors(refused, second, std::move(beside_second), found);
}

// Nine datagrams of which only eight fit, then some that have nothing to do with them.
std::vector<Key> make_keys() {
  FragmentTable table;
  std::vector<Key> placed, keys;
  std::uint32_t id = 0;
  while (table.learn(key_of(id), {}, start) == FragmentTable::Learned::yes) placed.push_back(key_of(id++));
  find_neighbors(key_of(id), placed, {}, keys);
  ensure(keys.size() == ways);
  keys.push_back(key_of(id));
  for (const Key& key : placed)
    if (keys.size() < datagrams && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  return keys;
}

struct Datagram {
  FragmentTable::Ports ports;
  bool ever_learned = false;
  Instant learned_until{};  // find() gives the ports until then
  Instant earliest_over{};  // before then its frames are not given back by expire()
  std::deque<std::uint64_t> held;
};

// Play - an input's operations, on a table that the one before has left empty, later.
class Play {
 public:
  Play(const std::vector<Key>& keys, FragmentTable& table, Instant& now) : keys_(keys), table_(table), now_(now) {}
  void step(FuzzInput& input);
  void end();

 private:
  static FragmentTable::Held frame_of(std::uint64_t number) {
    FragmentTable::Held held;
    held.frame.buffer = reinterpret_cast<Buffer*>(number);
    held.frame.length = std::uint16_t(number);
    held.port = PortIndex{std::uint16_t(number >> 16)};
    return held;
  }
  static std::uint64_t number_of(const FragmentTable::Held& held) {
    const auto number = std::uint64_t(reinterpret_cast<std::uintptr_t>(held.frame.buffer));
    ensure(held.frame.length == std::uint16_t(number) && held.port.value == std::uint16_t(number >> 16));
    return number;
  }
  bool occupies_a_row(const Datagram& datagram) const {
    return datagram.earliest_over > now_ || !datagram.held.empty();
  }
  bool has_no_room(std::size_t which) const;
  void learn(std::size_t which, std::uint8_t number);
  void hold(std::size_t which);
  void take(std::size_t which, std::size_t room);
  void expire(std::size_t room);
  void compare(std::size_t which);

  const std::vector<Key>& keys_;
  FragmentTable& table_;
  Instant& now_;
  std::array<Datagram, datagrams> model_;
  std::size_t waiting_ = 0;
  std::uint64_t frames_ = 0;
  int sweeps_ = 0;
};

bool Play::has_no_room(std::size_t which) const {
  if (which >= colliding || occupies_a_row(model_[which])) return false;
  return std::count_if(model_.begin(), model_.begin() + colliding,
                       [&](const Datagram& other) { return occupies_a_row(other); }) == ways;
}

void Play::learn(std::size_t which, std::uint8_t number) {
  const bool full = has_no_room(which);
  const FragmentTable::Ports ports{number, std::uint16_t(number + 1)};
  ensure((table_.learn(keys_[which], ports, now_) == FragmentTable::Learned::yes) != full);
  if (full) return;
  Datagram& datagram = model_[which];
  datagram.ports = ports;
  datagram.ever_learned = true;
  datagram.learned_until = datagram.earliest_over = now_ + lifetime;
}

void Play::hold(std::size_t which) {
  Datagram& datagram = model_[which];
  const bool full = has_no_room(which) || waiting_ == limits::fragments_waiting || datagram.held.size() == held_max;
  const bool was_there = datagram.earliest_over != Instant{};
  ensure(table_.hold(keys_[which], frame_of(++frames_), now_) != full);
  if (full) return;
  if (!was_there) datagram.earliest_over = now_ + lifetime;  // else its row may be left from before
  datagram.held.push_back(frames_);
  ++waiting_;
}

void Play::take(std::size_t which, std::size_t room) {
  Datagram& datagram = model_[which];
  std::array<FragmentTable::Held, 8> into;
  const std::size_t count = table_.take(keys_[which], std::span(into).first(std::min(room, into.size())));
  const std::size_t most = std::min({room, into.size(), datagram.held.size()});
  const bool known = datagram.learned_until > now_;
  ensure(count <= most && (known ? count == most : datagram.ever_learned || count == 0));
  for (std::size_t i = 0; i < count; ++i) {
    ensure(number_of(into[i]) == datagram.held.front());
    datagram.held.pop_front();
    --waiting_;
  }
}

void Play::expire(std::size_t room) {
  std::array<FragmentTable::Held, limits::burst> into;
  const std::size_t count = table_.expire(now_, std::span(into).first(std::min(room, into.size())));
  ensure(count <= std::min(room, into.size()));
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t number = number_of(into[i]);
    const auto owner = std::find_if(model_.begin(), model_.end(), [&](const Datagram& datagram) {
      return !datagram.held.empty() && datagram.held.front() == number;
    });
    ensure(owner != model_.end() && owner->earliest_over <= now_);
    owner->held.pop_front();
    --waiting_;
  }
}

void Play::compare(std::size_t which) {
  const Datagram& datagram = model_[which];
  const FragmentTable::Ports* ports = table_.find(keys_[which], now_);
  ensure((ports != nullptr) == (datagram.learned_until > now_));
  if (ports != nullptr) ensure(ports->source == datagram.ports.source);
  if (ports != nullptr) ensure(ports->destination == datagram.ports.destination);
  ensure(table_.waiting() == waiting_ && table_.datagrams() <= datagrams);
}

void Play::step(FuzzInput& input) {
  const std::uint8_t what = input.u8(), number = input.u8();
  const std::size_t which = (what >> 3) % datagrams;
  switch (what & 7) {
    case 0:
    case 1:
      learn(which, number);
      break;
    case 2:
      hold(which);
      break;
    case 3:
      for (int i = 0; i < number % 80; ++i) hold(which);
      break;
    case 4:
      take(which, number % 16);
      break;
    case 5:
      now_ += std::chrono::milliseconds(number * 10);
      break;
    case 6:
      expire(number % 64);
      break;
    default:
      for (int i = 0; i < number % 64 && sweeps_ < sweeps_max; ++i, ++sweeps_) expire(limits::burst);
      break;
  }
  compare(which);
}

// Two seconds later all frames come back, and nothing is left.
void Play::end() {
  now_ += lifetime;
  for (int calls = 0; table_.datagrams() != 0; ++calls) {
    ensure(calls < 1000);
    expire(limits::burst);
  }
  ensure(table_.waiting() == 0 && waiting_ == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int operations_max = 400;
  static const std::vector<Key> keys = make_keys();
  static FragmentTable& table = *new FragmentTable;
  static Instant now = start;
  FuzzInput input(data, size);
  Play play(keys, table, now);
  for (int i = 0; i < operations_max && !input.empty(); ++i) play.step(input);
  play.end();
  return 0;
}
