#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "control/proxy/event_loop.hpp"
#include "l7/transport.hpp"

namespace poise::control::proxy {

// KernelTransport - connections as the kernel's sockets, for a proxy where no port of the datapath is. Every connection
// has a row; idle ones hold no buffer. Events are told from turn(), never from within a call; what is to be sent is
// sent there, too, as much as possible at a time. Thread: the loop's.
class KernelTransport final : public l7::Transport {
 public:
  KernelTransport(EventLoop& loop, std::uint32_t connections_max);
  ~KernelTransport() override;

  // A connection between these ends that a listener has accepted, which does not block: `opened` is told of it. False:
  // there is no row, and it is reset.
  bool adopt(int socket, const l7::tcp::Tuple& ends, l7::tcp::Application& application);
  // The loop has events of one of the sockets: tokens are those of connections, below this.
  static constexpr std::uint64_t token_end = 1ull << 63;
  void on_event(std::uint64_t token, std::uint32_t events);
  // Tells what has happened, until nothing is left to be told.
  void turn();
  bool has_work() const { return !ready_.empty(); }
  std::size_t size() const { return rows_.size() - free_.size(); }
  std::size_t buffers() const { return buffers_made_; }

  tl::expected<l7::tcp::Handle, l7::tcp::ConnectRefusal> connect(const l7::tcp::Target& target,
                                                                 l7::tcp::Application& application) override;
  std::size_t peek(l7::tcp::Handle handle, std::span<l7::tcp::Slice> into) const override;
  std::size_t readable(l7::tcp::Handle handle) const override;
  void consume(l7::tcp::Handle handle, std::size_t bytes) override;
  std::size_t room(l7::tcp::Handle handle) const override;
  std::size_t send_copy(l7::tcp::Handle handle, std::span<const std::uint8_t> bytes) override;
  bool splice(l7::tcp::Handle from, l7::tcp::Handle to, std::uint64_t bytes) override;
  void finish(l7::tcp::Handle handle) override;
  void close(l7::tcp::Handle handle) override;
  void abort(l7::tcp::Handle handle) override;
  void vanish(l7::tcp::Handle handle) override;
  l7::tcp::Tuple ends(l7::tcp::Handle handle) const override;
  std::uint64_t moved(l7::tcp::Handle handle) const override;
  std::size_t unacknowledged(l7::tcp::Handle handle) const override;

 private:
  // `page_max`: of what is sent while nothing is queued, such as a statistics page.
  static constexpr std::size_t buffer_bytes = 65536, queued_max = 131072, page_max = 64 << 20;
  using Bytes = std::unique_ptr<std::uint8_t[]>;
  struct Splice {
    l7::tcp::Handle to;
    std::uint64_t left = 0;
    bool is_endless = false;
  };
  struct Row {
    int fd = -1;  // none: the row is free
    std::uint32_t generation = 0;
    l7::tcp::Application* application = nullptr;
    l7::tcp::Tuple tuple;
    Bytes bytes;  // what came: from `begin` to `end`
    mutable l7::tcp::Buffer view;
    std::uint32_t begin = 0, end = 0, told = 0;
    std::string queued;  // to be sent
    std::optional<Splice> splice;
    std::optional<std::uint64_t> spliced_left;  // to be told
    l7::tcp::Handle fed_by;                     // whose splice ends here
    std::uint64_t moved = 0;
    bool is_connecting = false, is_opened = false, wants_room = false;
    bool has_peer_finished = false, is_finish_told = false, wants_finish = false, is_finished = false;
    bool is_released = false;  // the application wants nothing more of it
    bool is_ready = false, may_read = false, may_write = true;
    bool is_end_near = false;  // the peer's end has come: it stands behind what is read
    std::optional<l7::tcp::Closed> over;
  };
  Row* find(l7::tcp::Handle handle);
  const Row* find(l7::tcp::Handle handle) const;
  bool is_failing(l7::tcp::Handle handle) const;  // it is over, and the application is not told yet
  l7::tcp::Handle handle_of(const Row& row) const;
  Row* take_row();
  void free_row(Row& row);
  void make_ready(Row& row);
  bool watch(Row& row);
  void on_connected(Row& row);
  void read(Row& row);
  void flush(Row& row);
  void move(Row& row);
  bool send(Row& row, std::span<const std::uint8_t> body, std::size_t& done);
  void end_splice(Row& row, std::uint64_t left);
  void fail(Row& row, l7::tcp::Closed why);
  void tell(Row& row);
  void give_buffer_back(Row& row);

  EventLoop& loop_;
  std::deque<Row> rows_;
  std::vector<std::uint32_t> free_, ready_, work_;
  std::vector<Bytes> buffers_;
  std::size_t buffers_made_ = 0;
};

}  // namespace poise::control::proxy
