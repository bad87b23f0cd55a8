#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "config/types/limits.hpp"
#include "config/types/time.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// FragmentTable - ports of fragmented datagrams: the first fragment has them, the others borrow them, whatever their
// order. All fragments of a datagram come to one worker (steered by source, destination, protocol); nothing is
// reassembled. Owner: one worker. Bounded: limits::fragment_datagrams datagrams (8 whose keys collide),
// limits::fragments_waiting held frames (64 of a datagram), 2 s each; what does not fit is refused. (Eisenbud et al.,
// Maglev, NSDI 2016, section 4.3.)
class FragmentTable {
 public:
  FragmentTable();
  struct Key {
    IpAddr source, destination;
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;
    bool operator==(const Key&) const = default;
  };
  struct Ports {
    std::uint16_t source = 0, destination = 0;
  };
  enum class Learned { yes, table_full };
  Learned learn(const Key& key, Ports ports, Instant now);  // from a first fragment
  const Ports* find(const Key& key, Instant now) const;     // null: first fragment not seen yet
  struct Held {
    Frame frame;
    PortIndex port;
  };
  bool hold(const Key& key, const Held& held, Instant now);  // a later fragment that came first; false: full
  std::size_t take(const Key& key, std::span<Held> into);    // those held for a datagram whose ports are known now
  std::size_t expire(Instant now, std::span<Held> into);     // forgets old datagrams; held frames of theirs to be freed
  std::size_t datagrams() const { return used_; }
  std::size_t waiting() const { return waiting_used_; }

 private:
  struct Datagram {
    Key key;
    Ports ports;
    Instant expires{};
    bool used = false, known = false;
    std::uint16_t first_held = 0xffff;  // chain through held_
  };
  struct Slot {
    Held held;
    std::uint16_t next = 0xffff;
  };
  Datagram* row_of(const Key& key);
  Datagram* claim(const Key& key, Instant now);  // its row, or a free one of its set made its own; null: set full
  std::size_t move_held(Datagram& datagram, std::span<Held> into);
  std::vector<Datagram> datagrams_;  // sets of 8 rows; a datagram is somewhere in the set of its key
  std::vector<Slot> held_;
  std::vector<std::uint16_t> free_held_;
  std::size_t used_ = 0, waiting_used_ = 0, expire_cursor_ = 0;
};

}  // namespace poise::datapath
