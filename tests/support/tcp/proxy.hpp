#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "l7/tcp/application.hpp"
#include "tests/support/tcp/world.hpp"

namespace poise::l7::tcp {

// Proxy - the application in the middle for one client: opens a connection to the server, passes on the first bytes of
// both ways slice by slice, as a proxy does with what it has read and understood, and splices the rest.
class Proxy : public Application {
 public:
  struct Plan {
    Target upstream;
    std::uint64_t head = 0;   // bytes of each way that are passed on by take and send
    std::uint64_t piece = 0;  // then `pieces` splices of so many; then up to the end
    unsigned pieces = 0;
  };
  Proxy(World& world, std::size_t host, const Plan& plan) : world_(world), host_(host), plan_(plan) {}
  ~Proxy() override { drop(); }

  void opened(Handle handle) override;
  void received(Handle handle, std::size_t readable) override;
  void room(Handle handle, std::size_t bytes) override;
  void peer_finished(Handle handle) override;
  void spliced(Handle handle, std::uint64_t left) override;
  void closed(Handle handle, Closed why) override;

  unsigned closed_count() const { return closed_count_; }  // of its two connections

 private:
  enum Side : unsigned { client, server };
  // What comes in on a side.
  struct Way {
    std::uint64_t head_left = 0;
    unsigned pieces_left = 0;
    std::deque<Slice> pending;  // taken, and not yet sent
    bool is_begun = false, is_spliced = false, is_finished = false, is_over = false;
  };
  Stack& stack() { return world_.stack(host_); }
  std::optional<Side> side_of(Handle handle) const;
  void pass_on(Side from);
  bool send_pending(Side from);
  void splice_next(Side from);
  void drop();

  World& world_;
  const std::size_t host_;
  const Plan plan_;
  std::array<std::optional<Handle>, 2> handles_;
  std::array<Way, 2> ways_;
  bool is_through_ = false;  // both sides are open
  unsigned closed_count_ = 0;
};

}  // namespace poise::l7::tcp
