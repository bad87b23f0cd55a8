#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "l7/tcp/application.hpp"
#include "tests/support/tcp/content.hpp"
#include "tests/support/tcp/world.hpp"

namespace poise::l7::tcp {

// Transfer - the application at one end of one connection: writes content, reads and verifies the peer's, each as it is
// told, and ends in one of several ways.
class Transfer : public Application {
 public:
  static constexpr std::uint64_t never_at = std::numeric_limits<std::uint64_t>::max();
  enum class Writing : std::uint8_t { copies, slices, both };
  enum class Reading : std::uint8_t { peek, take, copy };
  // How it ends when it has written all: says so; says so when the peer has and all is read; wants no more at all (only
  // where the peer writes nothing).
  enum class Ending : std::uint8_t { finish, finish_last, close };
  struct Plan {
    std::uint64_t writes = 0, reads = 0;  // bytes
    std::uint64_t writes_seed = 0, reads_seed = 0;
    bool echoes = false;  // writes what it reads, without a copy, and not content of its own
    Writing writing = Writing::both;
    Reading reading = Reading::peek;
    Ending ending = Ending::finish;
    bool closes = true;  // with close() when both sides have finished; else they end by themselves
    std::uint32_t write_max = 65536, read_max = 65536;  // bytes at once
    Duration write_pause{}, read_pause{};               // after each
    std::uint64_t stall_at = never_at;                  // bytes read, after which it reads nothing for
    Duration stall{};
    bool pauses = false;                // and says so
    std::uint64_t abort_at = never_at;  // bytes read and written
  };
  Transfer(World& world, std::size_t host, const Plan& plan) : world_(world), host_(host), plan_(plan) {}
  ~Transfer() override { drop_pending(); }

  void opened(Handle handle) override;
  void received(Handle handle, std::size_t readable) override;
  void room(Handle handle, std::size_t bytes) override;
  void peer_finished(Handle handle) override;
  void closed(Handle handle, Closed why) override;

  std::uint64_t read() const { return read_; }
  std::uint64_t written() const { return written_; }
  std::uint64_t calls() const { return calls_; }  // of writing and reading, when there are pauses between them
  bool is_open() const { return handle_.has_value(); }
  bool was_opened() const { return was_opened_; }
  bool is_peer_finished() const { return peer_finished_; }
  std::optional<Closed> why_closed() const { return why_; }
  const std::optional<Handle>& handle() const { return handle_; }
  const Plan& plan() const { return plan_; }

 private:
  Stack& stack() { return world_.stack(host_); }
  void fail(const std::string& what);
  bool is_ours(Handle handle, const char* callback);
  void push();
  std::uint64_t write_once(std::size_t count);
  bool write_slice(std::size_t count);
  void on_written();
  void pull();
  bool pull_once();
  std::size_t read_once(std::size_t count);
  std::size_t take_once(std::size_t count);
  void verify(std::span<const std::uint8_t> bytes);
  void push_pending();
  void drop_pending();
  void rest(Duration time, bool is_stall);
  bool abort_if_due();
  void end_if_done();
  std::size_t up_to(std::uint64_t most) { return 1 + std::size_t(world_.random()() % most); }

  World& world_;
  const std::size_t host_;
  const Plan plan_;
  std::optional<Handle> handle_;
  std::optional<Closed> why_;
  std::uint64_t read_ = 0, written_ = 0, calls_ = 0;
  std::deque<Slice> pending_;  // to be echoed
  bool was_opened_ = false, peer_finished_ = false, has_finished_ = false, has_closed_ = false;
  bool is_resting_ = false, is_paused_ = false, has_stalled_ = false, is_writing_later_ = false;
};

}  // namespace poise::l7::tcp
