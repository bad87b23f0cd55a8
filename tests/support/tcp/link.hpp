#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "config/types/time.hpp"
#include "tests/support/tcp/memory_env.hpp"

namespace poise::l7::tcp {

// Impairments - what one direction of a link does to packets. Chances are of each packet, 0 to 1.
struct Impairments {
  double loss = 0;
  double burst_begins = 0, burst_ends = 0.3;  // Gilbert: within a burst all are lost
  Duration delay{}, jitter{};                 // jitter alone keeps the order
  double reorder = 0;
  Duration held_back{};  // what is reordered comes so much later
  double duplication = 0, corruption = 0, truncation = 0;
  std::uint32_t mtu = 0;                 // what is larger vanishes; 0: nothing is too large
  bool tells_mtu = false;                // and its sender is told so
  std::uint64_t bits_per_second = 0;     // 0: any
  std::uint32_t queue_bytes = 1u << 20;  // beyond, what comes is lost
  std::uint32_t mark_above = ~0u;        // bytes of queue from which on ECN marks
  double marking = 0;
  Instant outage_begins = never, outage_ends = never;
};

// Link - one direction between two hosts, from a seed: when a packet arrives, how often, and what is left of it.
class Link {
 public:
  Link(const Impairments& impairments, std::uint64_t seed) : impairments_(impairments), random_(seed) {}

  struct Carried {
    Instant at;
    Bytes packet;
  };
  void carry(Instant now, Bytes packet, std::vector<Carried>& into);
  bool is_too_big(const Bytes& packet) const { return impairments_.mtu != 0 && packet.size() > impairments_.mtu; }
  const Impairments& impairments() const { return impairments_; }

 private:
  bool chance(double of_one);
  bool is_lost(Instant now);
  void damage(Bytes& packet);
  Duration up_to(Duration most) {
    return most.count() == 0 ? most : Duration(std::int64_t(random_() % std::uint64_t(most.count())));
  }

  Impairments impairments_;
  std::mt19937_64 random_;
  bool is_in_burst_ = false;
  Instant sent_at_{}, last_at_{};  // when the queue will be empty; when the last one in order arrives
};

// Sets the mark of congestion (RFC 3168) in a packet whose sender understands it.
void mark_congestion(Bytes& packet);
// The ICMP or ICMPv6 message that says that a packet is larger than `mtu`, from its IP header on.
Bytes too_big(const Bytes& packet, std::uint32_t mtu);

}  // namespace poise::l7::tcp
