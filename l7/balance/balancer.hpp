#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace poise::l7::balance {

// The algorithms of HAProxy's `balance`. source, uri, url_param, hdr and hash are all `hash`: of what, the caller says.
enum class Algorithm : std::uint8_t { roundrobin, static_rr, leastconn, first, hash, random };
// How a hash becomes a server. map_based moves most keys when servers change; consistent (a ring of points, Karger et
// al. 1997) and maglev (Eisenbud et al. 2016) only those that must.
enum class HashType : std::uint8_t { map_based, consistent, maglev };

struct Settings {
  Algorithm algorithm = Algorithm::roundrobin;
  HashType hash_type = HashType::map_based;
  std::uint8_t random_draws = 2;
  std::uint16_t balance_factor = 0;  // percent of the fair share that a server may have (hash-balance-factor); 0: any
  bool operator==(const Settings&) const = default;
};

// Candidate - a server that may be picked.
struct Candidate {
  std::uint32_t server = 0;  // what pick() returns
  std::uint32_t id = 0;
  std::uint32_t weight = 1;     // more than 0
  std::uint64_t name_hash = 0;  // where it stands on a ring: the same whatever its place among the others
};

// Loads - how much the servers have to do.
class Loads {
 public:
  virtual ~Loads() = default;
  virtual std::uint32_t current(std::uint32_t server) const = 0;  // sessions it has, and that wait for it
  virtual bool has_room(std::uint32_t server) const = 0;          // below its maxconn
};

struct Query {
  std::optional<std::uint64_t> hash;  // nothing: there is no key, and the hash algorithms take turns
  std::uint64_t random = 0;
  std::optional<std::uint32_t> avoided;  // a server that is only taken when there is no other
};

// Balancer - picks servers. Owner: one proxy. pick() allocates nothing.
class Balancer {
 public:
  virtual ~Balancer() = default;
  // Those that may be picked, in the order of their ids. What is known of those that stay is kept, so that weights may
  // change often.
  virtual void set_servers(std::span<const Candidate> candidates) = 0;
  // Nothing: there is none, or all are full. The hash algorithms do not look at who is full: the session waits.
  virtual std::optional<std::uint32_t> pick(const Query& query, const Loads& loads) = 0;
};
std::unique_ptr<Balancer> make_balancer(const Settings& settings);

}  // namespace poise::l7::balance
