#include "control/proxy/open_files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "control/proxy/proxies.hpp"

namespace poise::control::proxy {
namespace {

TEST(open_files, the_soft_limit_becomes_the_hard_one) {
  rlimit before{}, after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lower{before.rlim_max / 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lower), 0);
  EXPECT_EQ(raise_open_files(), before.rlim_max);
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST(open_files, connections_leave_some_for_the_rest) {
  EXPECT_EQ(connections_within(65536, 16384), 16384u);
  EXPECT_EQ(connections_within(16384, 16384), 15360u);
  EXPECT_EQ(connections_within(1024, 16384), 512u);
  EXPECT_EQ(connections_within(UINT64_MAX, 64), 64u);
}

TEST(open_files, too_few_are_said_when_the_proxy_is_made) {
  const auto clock = [] { return Instant(); };
  Proxies few{{.clock = clock, .since_1970 = [] { return Duration(); }, .connections_max = 600, .open_files = 1024}};
  Proxies enough{{.clock = clock, .since_1970 = [] { return Duration(); }, .connections_max = 512, .open_files = 1024}};
  const auto config = *config::from_json(nlohmann::json::parse(R"({"backends": {"b": {"transport": "kernel"}}})"));
  const Errors errors = few.apply(config, 1);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(to_string(errors[0]),
            "memory.proxy_connections: the proxy over the kernel's sockets has room for 512 connections instead of 600: "
            "poised may open 1024 files (raise the limit of open files (LimitNOFILE of the unit, ulimit -Hn) and start "
            "again)");
  EXPECT_TRUE(few.apply(config, 2).empty()) << "once is enough";
  EXPECT_TRUE(enough.apply(config, 1).empty());
}

}  // namespace
}  // namespace poise::control::proxy
