#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace poise::l7::balance {

// Which server of a farm takes the next connection or request: HAProxy's algorithms, by HAProxy's names. The key of
// `hash` (source, uri, url_param, hdr, an expression) is the caller's to make.
enum class Algorithm : std::uint8_t { roundrobin, static_rr, leastconn, first, hash, random };
enum class HashType : std::uint8_t { map_based, consistent, maglev };

inline constexpr std::uint32_t weight_scale = 16;                // of an effective weight to a configured one
inline constexpr std::uint32_t weight_max = 256 * weight_scale;  // effective
inline constexpr std::size_t servers_max = 0xffff;               // that one balancer can hold

struct Settings {
  Algorithm algorithm = Algorithm::roundrobin;
  HashType hash_type = HashType::map_based;  // only hash
  std::uint8_t random_draws = 2;             // only random; at least 1
  std::uint16_t balance_factor = 0;  // percent: HAProxy's hash-balance-factor. 0: off, else above 100; not map_based
};

// A server that may be chosen.
struct Candidate {
  std::uint32_t server = 0;     // the caller's index of it: what pick() answers
  std::uint32_t id = 0;         // HAProxy's id of a server, unique: the order of servers
  std::uint32_t weight = 0;     // effective, 1 to weight_max: the configured one times 16, less during slow start
  std::uint64_t name_hash = 0;  // what consistent hashing and Maglev know it by, wherever it stands in the list
};

// Loads - how busy servers are at this moment, by the caller's index. Implemented by the caller; asked during pick().
class Loads {
 public:
  virtual ~Loads() = default;
  virtual std::uint32_t current(std::uint32_t server) const = 0;  // connections that it has, and those queued for it
  virtual bool has_room(std::uint32_t server) const = 0;          // it is below its maxconn
  // The sum of current() over the farm. A balance factor needs it for every pick: who keeps no such sum lets the
  // balancer add it up.
  virtual std::optional<std::uint64_t> total() const { return std::nullopt; }
};

struct Query {
  std::uint64_t hash = 0;                // the key; only hash
  std::uint64_t random = 0;              // of uniform distribution; only random
  std::optional<std::uint32_t> avoided;  // the server that just failed, not to be taken if another can be had
};

// Balancer - one farm's choice of servers. Owner: one thread; no locks. Memory: allocated in set_servers() alone.
class Balancer {
 public:
  virtual ~Balancer() = default;
  // The servers that are usable now, by ascending id. Called again whenever one comes, goes or changes its weight: a
  // rotation goes on from where it is.
  virtual void set_servers(std::span<const Candidate> candidates) = 0;
  // Nothing: there is no server, or all that could be taken are full. A hash algorithm answers with a full server too:
  // the caller queues there.
  virtual std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) = 0;
};

std::unique_ptr<Balancer> make_balancer(const Settings& settings);

// Dies of candidates that break what is said above.
void ensure_valid(std::span<const Candidate> candidates);

}  // namespace poise::l7::balance
