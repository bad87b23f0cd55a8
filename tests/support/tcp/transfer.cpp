#include "tests/support/tcp/transfer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace poise::l7::tcp {
namespace {

constexpr Duration buffer_retry = std::chrono::milliseconds(2);

}  // namespace

void Transfer::fail(const std::string& what) {
  world_.fail("host " + std::to_string(host_) + ", " + std::to_string(read_) + " read, " + std::to_string(written_) +
              " written: " + what);
}

bool Transfer::is_ours(Handle handle, const char* callback) {
  if (handle_ && *handle_ == handle) return true;
  fail(std::string("`") + callback + "` of a connection that is not open");
  return false;
}

void Transfer::opened(Handle handle) {
  if (was_opened_) return fail("opened twice");
  was_opened_ = true;
  handle_ = handle;
  if (!stack().is_alive(handle)) fail("opened, and not alive");
  push();
}

void Transfer::received(Handle handle, std::size_t readable) {
  if (!is_ours(handle, "received")) return;
  if (is_paused_) fail("`received` while it is paused");
  if (readable == 0 || readable != stack().readable(handle)) fail("told of other bytes than are readable");
  pull();
}

void Transfer::room(Handle handle, std::size_t bytes) {
  if (!is_ours(handle, "room")) return;
  if (bytes == 0) fail("told of no room");
  if (plan_.echoes) push_pending();
  push();
  pull();
}

void Transfer::peer_finished(Handle handle) {
  if (!is_ours(handle, "peer_finished")) return;
  if (std::exchange(peer_finished_, true)) return fail("peer_finished twice");
  pull();
  end_if_done();
}

void Transfer::closed(Handle handle, Closed why) {
  if (why_) return fail("closed twice");
  if (handle_ && *handle_ != handle) fail("closed is told of another connection");
  if (stack().is_alive(handle)) fail("closed, and alive");
  why_ = why;
  handle_.reset();
  drop_pending();
}

bool Transfer::abort_if_due() {
  if (!handle_ || read_ + written_ < plan_.abort_at) return false;
  if (!std::exchange(has_closed_, true)) stack().abort(*handle_);
  return true;
}

void Transfer::push() {
  while (handle_ && !plan_.echoes && !is_writing_later_ && !has_finished_ && !abort_if_due()) {
    if (written_ == plan_.writes) return on_written();
    const std::size_t count = std::min<std::uint64_t>(up_to(plan_.write_max), plan_.writes - written_);
    const std::uint64_t taken = write_once(count);
    written_ += taken;
    if (taken < count) return;  // `room` will be told
    if (plan_.write_pause.count() == 0) continue;
    ++calls_;
    is_writing_later_ = true;
    world_.schedule(host_, Duration(std::int64_t(up_to(std::uint64_t(plan_.write_pause.count())))), [this] {
      is_writing_later_ = false;
      push();
    });
  }
}

std::uint64_t Transfer::write_once(std::size_t count) {
  const bool in_slices = plan_.writing == Writing::slices || (plan_.writing == Writing::both && up_to(2) == 1);
  if (!in_slices) {
    Bytes bytes(count);
    Content(plan_.writes_seed).write(written_, bytes);
    return stack().send_copy(*handle_, bytes);
  }
  std::uint64_t done = 0;
  while (done < count) {
    const std::size_t piece = std::min<std::size_t>(count - done, up_to(1460));
    written_ += done;
    const bool sent = write_slice(piece);
    written_ -= done;
    if (!sent) break;
    done += piece;
  }
  return done;
}

bool Transfer::write_slice(std::size_t count) {
  Buffer* const buffer = world_.env(host_).allocate();
  if (buffer == nullptr) {  // nobody tells when there is one again
    if (!std::exchange(is_writing_later_, true))
      world_.schedule(host_, buffer_retry, [this] {
        is_writing_later_ = false;
        push();
      });
    return false;
  }
  const Slice slice{buffer, std::uint32_t(up_to(64)), std::uint32_t(count)};
  Content(plan_.writes_seed).write(written_, std::span(slice.begin(), slice.length));
  if (stack().send(*handle_, slice)) return true;
  world_.env(host_).release(slice);
  return false;
}

void Transfer::on_written() {
  if (plan_.ending == Ending::finish_last && !(peer_finished_ && stack().readable(*handle_) == 0)) return;
  if (std::exchange(has_finished_, true)) return;
  if (plan_.ending == Ending::close) {
    has_closed_ = true;
    stack().close(*handle_);
  } else {
    stack().finish(*handle_);
  }
}

void Transfer::rest(Duration time, bool is_stall) {
  is_resting_ = true;
  is_paused_ = is_stall && plan_.pauses;
  if (is_paused_) stack().pause(*handle_, true);
  world_.schedule(host_, time, [this, is_stall] {
    is_resting_ = false;
    if (std::exchange(is_paused_, false) && handle_) stack().pause(*handle_, false);
    pull();
  });
}

void Transfer::pull() {
  while (pull_once()) {
  }
  end_if_done();
}

bool Transfer::pull_once() {
  if (!handle_ || is_resting_ || has_closed_ || abort_if_due() || !pending_.empty()) return false;
  if (read_ >= plan_.stall_at && !std::exchange(has_stalled_, true)) {
    rest(plan_.stall, true);
    return false;
  }
  const std::size_t readable = stack().readable(*handle_);
  if (readable == 0) return false;
  const std::size_t done = read_once(std::min(readable, up_to(plan_.read_max)));
  read_ += done;
  if (done == 0) return false;
  if (stack().readable(*handle_) != readable - done) fail("readable is not less by what was read");
  if (plan_.read_pause.count() == 0) return true;
  ++calls_;
  rest(Duration(std::int64_t(up_to(std::uint64_t(plan_.read_pause.count())))), false);
  return false;
}

std::size_t Transfer::read_once(std::size_t count) {
  if (plan_.echoes || plan_.reading == Reading::take) return take_once(count);
  if (plan_.reading == Reading::copy) {
    Bytes bytes(count);
    const std::size_t done = stack().read(*handle_, bytes);
    if (done != count) fail("read gave less than was readable");
    verify(bytes);
    return done;
  }
  std::array<Slice, 16> slices;
  std::size_t done = 0;
  const std::size_t found = stack().peek(*handle_, slices);
  if (found == 0) fail("peek shows nothing though there is something to read");
  for (std::size_t i = 0; i < found && done < count; ++i) {
    const std::size_t length = std::min<std::size_t>(slices[i].length, count - done);
    const std::uint64_t at = read_ + done;
    if (at + length > plan_.reads || !Content(plan_.reads_seed).matches(at, std::span(slices[i].begin(), length)))
      fail("what was read is not what was sent");
    done += length;
  }
  stack().consume(*handle_, done);
  return done;
}

std::size_t Transfer::take_once(std::size_t count) {
  std::array<Slice, 16> slices;
  const std::size_t found = stack().take(*handle_, count, slices);
  std::size_t done = 0;
  if (found == 0) fail("take gives nothing though there is something to read");
  for (std::size_t i = 0; i < found; ++i) {
    const std::uint64_t at = read_ + done;
    const std::span<const std::uint8_t> bytes(slices[i].begin(), slices[i].length);
    if (at + bytes.size() > plan_.reads || !Content(plan_.reads_seed).matches(at, bytes))
      fail("what was taken is not what was sent");
    done += bytes.size();
    if (plan_.echoes) {
      pending_.push_back(slices[i]);
    } else {
      world_.env(host_).release(slices[i]);
    }
  }
  if (done > count) fail("take gave more than was asked for");
  push_pending();
  return done;
}

void Transfer::verify(std::span<const std::uint8_t> bytes) {
  if (read_ + bytes.size() > plan_.reads || !Content(plan_.reads_seed).matches(read_, bytes))
    fail("what was copied is not what was sent");
}

void Transfer::push_pending() {
  while (handle_ && !pending_.empty()) {
    if (!stack().send(*handle_, pending_.front())) return;
    written_ += pending_.front().length;
    pending_.pop_front();
  }
}

void Transfer::drop_pending() {
  for (const Slice& slice : pending_) world_.env(host_).release(slice);
  pending_.clear();
}

void Transfer::end_if_done() {
  if (!handle_ || has_closed_ || !peer_finished_ || is_resting_ || !pending_.empty()) return;
  if (stack().readable(*handle_) != 0) return;
  if (plan_.echoes && !std::exchange(has_finished_, true)) stack().finish(*handle_);
  if (!plan_.echoes && written_ == plan_.writes) on_written();
  if (!has_finished_ || !plan_.closes) return;
  has_closed_ = true;
  stack().close(*handle_);
}

}  // namespace poise::l7::tcp
