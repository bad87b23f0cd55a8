#include "control/proxy/check_runner.hpp"

#include <gtest/gtest.h>

namespace poise::control::proxy {
namespace {

using namespace std::chrono_literals;
using l7::health::Status;

// Connections that do what the test says.
class CheckRunnerTest : public testing::Test {
 protected:
  class Wire : public health::Connection {
   public:
    Wire(CheckRunnerTest& test, std::size_t number) : test_(test), number_(number) {}
    ~Wire() override { test_.ended.push_back(number_); }
    void send(std::string_view bytes) override { test_.sent += bytes; }

   private:
    CheckRunnerTest& test_;
    const std::size_t number_;
  };
  static std::shared_ptr<CheckPlan> plan_of(std::size_t connections) {
    auto plan = std::make_shared<CheckPlan>();
    for (std::size_t i = 0; i < connections; ++i) {
      CheckPlan::Step step;
      step.connect = health::ConnectionTarget{.address = IpAddr::v4(1), .port = std::uint16_t(80 + i)};
      plan->steps.push_back(step);
    }
    plan->timeout = 1s;
    return plan;
  }
  std::vector<health::ConnectionEvents> events;
  std::vector<std::size_t> ended;
  std::string sent;
  std::vector<CheckFound> found;
  bool has_sockets = true;
  CheckRunner runner{
      [this](const health::ConnectionTarget&, health::ConnectionEvents of) -> std::unique_ptr<health::Connection> {
        if (!has_sockets) return nullptr;
        events.push_back(std::move(of));
        return std::make_unique<Wire>(*this, events.size() - 1);
      },
      [this](CheckFound each) { found.push_back(std::move(each)); }};
  const Instant now{100s};
};

TEST_F(CheckRunnerTest, a_check_ends_with_its_result_and_its_connection) {
  runner.begin(now, 7, plan_of(1));
  EXPECT_EQ(runner.deadline(), now + 1s);
  runner.set_clock(now + 20ms);
  events[0].connected();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, 7u);
  EXPECT_EQ(found[0].result.status, Status::l4_ok);
  EXPECT_EQ(found[0].result.took, 20ms);
  EXPECT_TRUE(ended.empty()) << "not from within its own event";
  runner.on_deadline(now + 20ms);
  EXPECT_EQ(ended, std::vector<std::size_t>{0});
  EXPECT_EQ(runner.running(), 0u);
}

TEST_F(CheckRunnerTest, time_runs_out_by_the_deadline) {
  runner.begin(now, 1, plan_of(1));
  runner.begin(now + 10ms, 2, plan_of(1));
  runner.on_deadline(now + 1s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].result.status, Status::l4_timeout);
  runner.on_deadline(now + 1010ms);
  EXPECT_EQ(found.size(), 2u);
  runner.on_deadline(now + 1010ms);
  EXPECT_EQ(runner.deadline(), never);
}

TEST_F(CheckRunnerTest, what_is_cancelled_is_not_heard_of_again) {
  runner.begin(now, 1, plan_of(1));
  runner.cancel(1);
  events[0].connected();
  runner.on_deadline(now + 9s);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(ended.size(), 1u);
}

TEST_F(CheckRunnerTest, a_second_connection_takes_the_place_of_the_first) {
  runner.begin(now, 1, plan_of(2));
  events[0].connected();
  ASSERT_EQ(events.size(), 2u);
  events[0].failed("late");
  EXPECT_TRUE(found.empty());
  events[1].failed("Connection refused");
  EXPECT_EQ(found.at(0).result.status, Status::l4_connection);
}

TEST_F(CheckRunnerTest, without_a_socket_nothing_is_said_of_the_server) {
  has_sockets = false;
  runner.begin(now, 1, plan_of(1));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].result.status, Status::no_change);
}

}  // namespace
}  // namespace poise::control::proxy
