#include "control/proxy/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace poise::control::proxy {
namespace {

// Pair - two sockets that are connected.
struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~Pair() {
    for (const int end : ends) ::close(end);
  }
  std::array<int, 2> ends{};
};

TEST(EventLoop, tells_of_a_socket_by_its_token_and_once_for_each_change) {
  EventLoop loop;
  Pair pair;
  ASSERT_TRUE(loop.watch(pair.ends[0], EPOLLIN | EPOLLET, 42));
  EXPECT_TRUE(loop.wait(0).empty());
  for (int times = 0; times < 2; ++times) {
    ASSERT_EQ(::write(pair.ends[1], "x", 1), 1);
    const auto events = loop.wait(1000);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::uint64_t(events[0].data.u64), 42u);
    EXPECT_TRUE(loop.wait(0).empty());
  }
}

TEST(EventLoop, a_socket_that_is_closed_is_watched_no_more) {
  EventLoop loop;
  Pair pair;
  ASSERT_TRUE(loop.watch(pair.ends[0], EPOLLIN, 1));
  ASSERT_EQ(::write(pair.ends[1], "x", 1), 1);
  ::close(pair.ends[0]);
  pair.ends[0] = ::dup(pair.ends[1]);
  EXPECT_TRUE(loop.wait(0).empty());
}

TEST(EventLoop, a_socket_that_another_descriptor_keeps_open_is_watched_until_it_is_forgotten) {
  EventLoop loop;
  Pair pair;
  const int other = ::dup(pair.ends[0]);
  ASSERT_TRUE(loop.watch(other, EPOLLIN, 1));
  ASSERT_EQ(::write(pair.ends[1], "x", 1), 1);
  EXPECT_EQ(loop.wait(1000).size(), 1u);
  loop.forget(other);
  ::close(other);
  EXPECT_TRUE(loop.wait(0).empty());
}

TEST(EventLoop, does_what_other_threads_ask_for_in_their_order) {
  EventLoop loop;
  std::vector<int> done;
  std::thread other([&] {
    for (int number = 0; number < 1000; ++number) loop.post([&done, number] { done.push_back(number); });
  });
  while (done.size() < 1000) {
    EXPECT_TRUE(loop.wait(10'000).empty());  // it is woken, but nothing is told
    loop.run_tasks();
  }
  other.join();
  EXPECT_TRUE(std::is_sorted(done.begin(), done.end()));
}

}  // namespace
}  // namespace poise::control::proxy
