#include "control/proxy/kernel_transport.hpp"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "control/proxy/socket_addresses.hpp"

namespace poise::control::proxy {
namespace {

namespace tcp = l7::tcp;
tcp::Closed reason_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return tcp::Closed::refused;
    case ETIMEDOUT:
      return tcp::Closed::timed_out;
    case EHOSTUNREACH:
    case ENETUNREACH:
      return tcp::Closed::unreachable;
    default:
      return tcp::Closed::reset;
  }
}

void reset_on_close(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool is_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

KernelTransport::KernelTransport(EventLoop& loop, std::uint32_t connections_max) : loop_(loop), rows_(connections_max) {
  for (std::uint32_t row = connections_max; row-- > 0;) free_.push_back(row);
}

KernelTransport::~KernelTransport() {
  for (const Row& row : rows_)
    if (row.fd >= 0) ::close(row.fd);
}

KernelTransport::Row* KernelTransport::find(tcp::Handle handle) {
  if (handle.index >= rows_.size()) return nullptr;
  Row& row = rows_[handle.index];
  return row.fd >= 0 && row.generation == handle.generation && !row.over ? &row : nullptr;
}
const KernelTransport::Row* KernelTransport::find(tcp::Handle handle) const {
  if (handle.index >= rows_.size()) return nullptr;
  const Row& row = rows_[handle.index];
  return row.fd >= 0 && row.generation == handle.generation && !row.over ? &row : nullptr;
}

bool KernelTransport::is_failing(tcp::Handle handle) const {
  const Row& row = rows_[handle.index];
  return row.fd >= 0 && row.generation == handle.generation && row.over;
}

tcp::Handle KernelTransport::handle_of(const Row& row) const { return {row.view.references, row.generation}; }

KernelTransport::Row* KernelTransport::take_row() {
  if (free_.empty()) return nullptr;
  const std::uint32_t number = free_.back();
  free_.pop_back();
  Row& row = rows_[number];
  const std::uint32_t generation = row.generation + 1;
  const bool is_ready = row.is_ready;
  row = Row{};
  row.generation = generation;
  row.is_ready = is_ready;
  row.view.references = number;
  return &row;
}

void KernelTransport::free_row(Row& row) {
  if (row.fd < 0) return;
  if (Row* source = find(row.fed_by); source != nullptr && source->splice) end_splice(*source, source->splice->left);
  ::close(std::exchange(row.fd, -1));
  row.begin = row.end = 0;
  give_buffer_back(row);
  row.queued = {};
  row.splice.reset();
  free_.push_back(row.view.references);
}

void KernelTransport::give_buffer_back(Row& row) {
  if (row.bytes == nullptr || row.begin != row.end) return;
  row.begin = row.end = row.told = 0;
  buffers_.push_back(std::move(row.bytes));
}

void KernelTransport::make_ready(Row& row) {
  if (!std::exchange(row.is_ready, true)) ready_.push_back(row.view.references);
}

// Once for all: an event tells that something has changed, and what was left unread is remembered here.
bool KernelTransport::watch(Row& row) {
  const std::uint64_t token = std::uint64_t(row.generation & 0x7fffffff) << 32 | row.view.references;
  return loop_.watch(row.fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, token);
}

void KernelTransport::on_event(std::uint64_t token, std::uint32_t events) {
  Row& row = rows_[std::uint32_t(token)];
  if (row.fd < 0 || row.over || (row.generation & 0x7fffffff) != token >> 32) return;
  if (row.is_connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) on_connected(row);
  if (row.over || row.is_connecting) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) row.may_read = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) row.is_end_near = true;
  if ((events & EPOLLOUT) != 0) row.may_write = true;
  make_ready(row);
}

void KernelTransport::on_connected(Row& row) {
  row.is_connecting = false;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(row.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(row, reason_of(error));
  row.is_opened = true;
}

bool KernelTransport::adopt(int socket, const tcp::Tuple& ends, tcp::Application& application) {
  Row* row = take_row();
  if (row == nullptr) {
    reset_on_close(socket);
    ::close(socket);
    return false;
  }
  row->fd = socket;
  row->application = &application;
  row->tuple = ends;
  row->is_opened = true;
  if (!watch(*row)) fail(*row, tcp::Closed::reset);
  make_ready(*row);
  return true;
}

tl::expected<tcp::Handle, tcp::ConnectRefusal> KernelTransport::connect(const tcp::Target& target,
                                                                        tcp::Application& application) {
  Row* row = take_row();
  if (row == nullptr) return tl::unexpected(tcp::ConnectRefusal::no_row);
  row->application = &application;
  row->fd = ::socket(target.remote.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const bool has_source = !target.local.is_unspecified();
  const auto from = endpoint_of(target.local, target.local_port);
  if (row->fd < 0 || (has_source && ::bind(row->fd, from.data(), socklen_t(from.size())) != 0)) {
    if (row->fd < 0)
      free_.push_back(row->view.references);
    else
      free_row(*row);
    return tl::unexpected(tcp::ConnectRefusal::no_port);
  }
  const int on = 1;
  setsockopt(row->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto to = endpoint_of(target.remote, target.remote_port);
  row->tuple = {target.local, target.remote, target.local_port, target.remote_port};
  row->is_connecting = true;
  if (::connect(row->fd, to.data(), socklen_t(to.size())) != 0 && errno != EINPROGRESS)
    fail(*row, reason_of(errno));
  else if (!watch(*row))
    fail(*row, tcp::Closed::reset);
  return handle_of(*row);
}

void KernelTransport::read(Row& row) {
  while (row.may_read && !row.has_peer_finished && !row.is_connecting) {
    if (row.bytes == nullptr && buffers_.empty()) {
      buffers_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(buffer_bytes));
      ++buffers_made_;
    }
    if (row.bytes == nullptr) {
      row.bytes = std::move(buffers_.back());
      buffers_.pop_back();
    }
    if (row.begin > 0 && row.end == buffer_bytes) {
      std::memmove(row.bytes.get(), row.bytes.get() + row.begin, row.end - row.begin);
      row.end -= row.begin;
      row.told -= std::min(row.told, row.begin);
      row.begin = 0;
    }
    if (row.end == buffer_bytes) return;  // until some of it is consumed
    const std::size_t space = buffer_bytes - row.end;
    const ssize_t count = ::recv(row.fd, row.bytes.get() + row.end, space, 0);
    if (count > 0) row.end += std::uint32_t(count);
    if (count == 0) row.has_peer_finished = true;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && !is_later(errno)) return fail(row, reason_of(errno));
    row.may_read = row.is_end_near ? count > 0 : count == ssize_t(space);  // a short one took all there was
  }
  give_buffer_back(row);
}

// What is queued, and as much as goes of the body behind it. False: the connection is gone.
bool KernelTransport::send(Row& row, std::span<const std::uint8_t> body, std::size_t& done) {
  while (row.may_write && (!row.queued.empty() || done < body.size())) {
    std::array<iovec, 2> parts{
        {{row.queued.data(), row.queued.size()}, {const_cast<std::uint8_t*>(body.data()) + done, body.size() - done}}};
    const bool has_both = !row.queued.empty();
    msghdr message{};
    message.msg_iov = has_both ? parts.data() : parts.data() + 1;
    message.msg_iovlen = has_both && done < body.size() ? 2 : 1;
    const ssize_t count = ::sendmsg(row.fd, &message, MSG_NOSIGNAL);
    if (count >= 0) {
      const std::size_t of_queue = std::min(std::size_t(count), row.queued.size());
      row.queued.erase(0, of_queue);
      done += std::size_t(count) - of_queue;
    } else if (is_later(errno)) {
      row.may_write = errno == EINTR;  // else an event tells
    } else {
      fail(row, reason_of(errno));
      return false;
    }
  }
  return true;
}

void KernelTransport::flush(Row& row) {
  if (row.is_connecting) return;
  std::size_t none = 0;
  if (!send(row, {}, none) || !row.queued.empty()) return;
  if (row.wants_finish && !std::exchange(row.is_finished, true)) ::shutdown(row.fd, SHUT_WR);
  if (row.is_released) free_row(row);
}

void KernelTransport::end_splice(Row& row, std::uint64_t left) {
  if (Row* target = find(row.splice->to); target != nullptr) target->fed_by = {};
  row.splice.reset();
  row.spliced_left = left;
  make_ready(row);
}

void KernelTransport::move(Row& row) {
  while (row.splice) {
    Row* target = find(row.splice->to);
    if (target == nullptr && is_failing(row.splice->to)) return;  // it is told first, and the splice ends with its row
    if (target == nullptr) return end_splice(row, row.splice->is_endless ? 0 : row.splice->left);
    if (target->is_connecting) return;
    const std::size_t most = std::min<std::uint64_t>(row.end - row.begin, row.splice->left);
    std::size_t done = 0;
    if (!send(*target, {row.bytes.get() + row.begin, most}, done)) continue;
    row.begin += std::uint32_t(done);
    row.moved += done;
    give_buffer_back(row);
    if (!row.splice->is_endless) row.splice->left -= done;
    const bool is_at_end = row.has_peer_finished && row.begin == row.end;
    if (row.splice->left == 0 || is_at_end) {
      const bool is_endless = row.splice->is_endless;
      if (is_endless) target->wants_finish = true;
      end_splice(row, is_endless ? 0 : row.splice->left);
      return flush(*target);
    }
    if (done < most) return;  // the target tells when it can take more
    if (!row.may_read) return;
    read(row);
    if (row.over || (row.begin == row.end && !row.has_peer_finished)) return;
  }
}

void KernelTransport::fail(Row& row, tcp::Closed why) {
  if (row.over) return;
  if (Row* target = row.splice ? find(row.splice->to) : nullptr; target != nullptr) target->fed_by = {};
  row.splice.reset();
  row.over = why;
  make_ready(row);
}

void KernelTransport::tell(Row& row) {
  const tcp::Handle handle = handle_of(row);
  if (row.is_released) return flush(row);
  const auto is_there = [&] { return find(handle) == &row && !row.is_released; };
  if (std::exchange(row.is_opened, false)) row.application->opened(handle);
  if (!is_there()) return;
  if (row.may_read) read(row);
  if (is_there() && row.splice) move(row);
  if (Row* source = is_there() ? find(row.fed_by) : nullptr; source != nullptr && source->splice)
    move(*source);  // with what is queued before it
  else if (is_there())
    flush(row);
  if (is_there() && row.spliced_left && !row.splice) {
    row.application->spliced(handle, *std::exchange(row.spliced_left, std::nullopt));
    if (is_there()) row.told = row.begin;  // what is left was behind the splice
    if (is_there() && row.end != row.begin) make_ready(row);
  }
  if (is_there() && !row.splice && row.end > row.told && row.end > row.begin) {
    row.told = row.end;
    row.application->received(handle, row.end - row.begin);
  }
  const bool is_finish_due = row.has_peer_finished && !row.is_finish_told && !row.splice;
  if (is_there() && is_finish_due) {
    row.is_finish_told = true;
    row.application->peer_finished(handle);
  }
  if (is_there() && row.wants_room && row.queued.size() < queued_max / 2) {
    row.wants_room = false;
    row.application->room(handle, queued_max - row.queued.size());
  }
  if (is_there() && row.is_finished && row.is_finish_told && row.begin == row.end && row.queued.empty())
    fail(row, tcp::Closed::finished);
}

void KernelTransport::turn() {
  for (int round = 0; round < 16 && !ready_.empty(); ++round) {
    work_.clear();
    std::swap(work_, ready_);
    for (const std::uint32_t number : work_) {
      Row& row = rows_[number];
      row.is_ready = false;
      if (row.fd < 0) continue;
      if (!row.over) tell(row);
      if (!row.over || row.fd < 0) continue;
      if (!row.is_released) row.application->closed(handle_of(row), *row.over);
      free_row(row);
    }
  }
}

std::size_t KernelTransport::peek(tcp::Handle handle, std::span<tcp::Slice> into) const {
  const Row* row = find(handle);
  if (row == nullptr || row->begin == row->end || into.empty()) return 0;
  row->view.data = row->bytes.get();
  into[0] = {&row->view, row->begin, row->end - row->begin};
  return 1;
}

std::size_t KernelTransport::readable(tcp::Handle handle) const {
  const Row* row = find(handle);
  return row == nullptr ? 0 : row->end - row->begin;
}

void KernelTransport::consume(tcp::Handle handle, std::size_t bytes) {
  Row* row = find(handle);
  if (row == nullptr || bytes == 0) return;
  const bool was_full = row->end == buffer_bytes;
  row->begin += std::uint32_t(bytes);
  row->told = std::max(row->told, row->begin);
  give_buffer_back(*row);
  if (was_full) make_ready(*row);
}

std::size_t KernelTransport::room(tcp::Handle handle) const {
  const Row* row = find(handle);
  return row == nullptr || row->wants_finish ? 0 : queued_max - std::min(queued_max, row->queued.size());
}

std::size_t KernelTransport::send_copy(tcp::Handle handle, std::span<const std::uint8_t> bytes) {
  Row* row = find(handle);
  if (row == nullptr) return 0;
  const std::size_t most = row->queued.empty() && !row->wants_finish ? page_max : room(handle);
  const std::size_t taken = std::min(bytes.size(), most);
  row->queued.append(reinterpret_cast<const char*>(bytes.data()), taken);
  if (taken < bytes.size()) row->wants_room = true;
  make_ready(*row);
  return taken;
}

bool KernelTransport::splice(tcp::Handle from, tcp::Handle to, std::uint64_t bytes) {
  Row* source = find(from);
  Row* target = find(to);
  if (source == nullptr || target == nullptr || source == target || source->splice || source->spliced_left)
    return false;
  if (find(target->fed_by) != nullptr || target->wants_finish) return false;
  source->splice = Splice{to, bytes, bytes == tcp::until_finished};
  target->fed_by = from;
  make_ready(*source);
  return true;
}

void KernelTransport::finish(tcp::Handle handle) {
  Row* row = find(handle);
  if (row == nullptr) return;
  row->wants_finish = true;
  flush(*row);
  make_ready(*row);
}

// What is unread makes the kernel reset the connection, as it should (RFC 2525 2.17).
void KernelTransport::close(tcp::Handle handle) {
  Row* row = find(handle);
  if (row == nullptr) return;
  row->is_released = true;
  const unsigned patience_ms = 30'000;  // for a peer that does not take what is still to be sent
  if (!row->queued.empty()) setsockopt(row->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
  flush(*row);
}

void KernelTransport::abort(tcp::Handle handle) {
  Row* row = find(handle);
  if (row == nullptr) return;
  reset_on_close(row->fd);
  row->is_released = true;
  free_row(*row);
}

// A socket under repair is closed without a word; only an administrator of the network may do that.
void KernelTransport::vanish(tcp::Handle handle) {
  Row* row = find(handle);
  if (row == nullptr) return;
  const int on = 1;
  if (setsockopt(row->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) != 0) return abort(handle);
  row->is_released = true;
  free_row(*row);
}

// Also while the application is told that the connection is gone: it has a line to write about it.
tcp::Tuple KernelTransport::ends(tcp::Handle handle) const {
  const bool is_known = handle.index < rows_.size() && rows_[handle.index].generation == handle.generation;
  return is_known ? rows_[handle.index].tuple : tcp::Tuple{};
}

std::uint64_t KernelTransport::moved(tcp::Handle handle) const {
  if (handle.index >= rows_.size() || rows_[handle.index].generation != handle.generation) return 0;
  return rows_[handle.index].moved;
}

std::size_t KernelTransport::unacknowledged(tcp::Handle handle) const {
  const Row* row = find(handle);
  if (row == nullptr) return 0;
  int in_kernel = 0;
  ioctl(row->fd, SIOCOUTQ, &in_kernel);
  return row->queued.size() + std::size_t(std::max(in_kernel, 0));
}

}  // namespace poise::control::proxy
