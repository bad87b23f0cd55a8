#pragma once
#include <vector>

#include "l7/balance/turns.hpp"

// The algorithms that take the same server for the same key. Sessions without a key take turns.
namespace poise::l7::balance {

// HashMap - a map in which each server stands as often as its weight says. Quick and exactly fair, but most keys move
// when a server comes, goes or changes its weight.
class HashMap final : public Balancer {
 public:
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 private:
  std::vector<Candidate> candidates_;
  std::vector<std::uint32_t> map_;
  std::size_t turn_ = 0;  // of those without a key
};

// HashSlots - what the ring and the Maglev table have in common: from a key's slot on, the next server that is not
// avoided and, with a balance factor, has less than its bound (Mirrokni, Thorup and Zadimoghaddam 2016: consistent
// hashing with bounded loads).
class HashSlots : public Balancer {
 public:
  explicit HashSlots(std::uint16_t balance_factor) : balance_factor_(balance_factor) {}
  void set_servers(std::span<const Candidate> candidates) override;
  std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) override;

 protected:
  virtual void build() = 0;
  virtual std::size_t slots() const = 0;
  virtual std::size_t slot_of(std::uint64_t hash) const = 0;
  virtual std::uint32_t place_at(std::size_t slot) const = 0;  // in candidates_
  std::vector<Candidate> candidates_;

 private:
  std::optional<std::uint32_t> pick_next(const Query& query);
  bool is_below_bound(const Candidate& candidate, std::uint64_t total, const Loads& loads) const;
  const std::uint16_t balance_factor_;
  std::uint64_t weights_ = 0;
  Turns turns_;  // of those without a key
};

// HashRing - each server has points on a ring, in proportion to its weight, and takes the keys up to them. A server
// that comes or goes moves only its own keys.
class HashRing final : public HashSlots {
 public:
  using HashSlots::HashSlots;

 private:
  struct Point {
    std::uint64_t at;
    std::uint32_t place;
  };
  void build() override;
  std::size_t slots() const override { return points_.size(); }
  std::size_t slot_of(std::uint64_t hash) const override;
  std::uint32_t place_at(std::size_t slot) const override { return points_[slot].place; }
  std::vector<Point> points_;
};

// MaglevHash - a table of a prime number of slots: fairer than a ring and O(1), and few keys move.
class MaglevHash final : public HashSlots {
 public:
  using HashSlots::HashSlots;

 private:
  void build() override;
  std::size_t slots() const override { return table_.size(); }
  std::size_t slot_of(std::uint64_t hash) const override { return hash % table_.size(); }
  std::uint32_t place_at(std::size_t slot) const override { return table_[slot]; }
  std::vector<std::uint16_t> table_;
};

}  // namespace poise::l7::balance
