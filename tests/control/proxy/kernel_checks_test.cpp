#include "control/proxy/kernel_checks.hpp"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <filesystem>
#include <thread>

#include "tests/support/certificate.hpp"

namespace poise::control::proxy {
namespace {

using namespace std::chrono_literals;
using l7::health::Status;
namespace asio = boost::asio;
using asio::ip::tcp;

Instant now() {
  return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::shared_ptr<CheckPlan> plan_of(std::uint16_t port, bool has_tls = false) {
  auto plan = std::make_shared<CheckPlan>();
  CheckPlan::Step step;
  step.connect = health::ConnectionTarget{.address = *parse_ip("127.0.0.1"), .port = port};
  if (has_tls) step.connect->tls = config::TlsCheck{};
  plan->steps.push_back(step);
  plan->timeout = 20s;
  return plan;
}

void expect(CheckPlan& plan, const std::string& text) {
  CheckPlan::Step step;
  step.expect = CheckPlan::Expect{.text = text, .words = text};
  plan.steps.push_back(step);
}

class KernelChecksTest : public testing::Test {
 protected:
  KernelChecksTest() : acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {}
  ~KernelChecksTest() override {
    if (server.joinable()) server.join();
  }
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }
  // One connection, in a thread of its own.
  void serve(std::function<void(tcp::socket&)> how) {
    server = std::thread([this, how] {
      tcp::socket socket(loop);
      acceptor.accept(socket);
      how(socket);
    });
  }
  CheckFound found() {
    const Instant until = now() + 20s;
    while (now() < until)
      for (CheckFound& each : checks.take_results()) return each;
    return {};
  }
  asio::io_context loop;
  tcp::acceptor acceptor;
  std::thread server;
  KernelChecks checks{now};
};

TEST_F(KernelChecksTest, an_open_port_passes_and_a_closed_one_is_refused) {
  checks.begin(1, plan_of(port()));
  const CheckFound open = found();
  EXPECT_EQ(open.id, 1u);
  EXPECT_EQ(open.result.status, Status::l4_ok) << open.result.description;
  const std::uint16_t closed = port();
  acceptor.close();
  checks.begin(2, plan_of(closed));
  const CheckFound refused = found();
  EXPECT_EQ(refused.result.status, Status::l4_connection);
  EXPECT_EQ(refused.result.description, "Connection refused");
}

TEST_F(KernelChecksTest, bytes_go_both_ways_behind_what_goes_first) {
  std::string heard(12, '\0');
  serve([&](tcp::socket& socket) {
    asio::read(socket, asio::buffer(heard));
    asio::write(socket, asio::buffer(std::string("pong")));
    boost::system::error_code error;
    char byte = 0;
    asio::read(socket, asio::buffer(&byte, 1), error);  // until the check is over
  });
  const auto plan = plan_of(port());
  plan->steps[0].connect->preface = "PROXY\r\n";
  CheckPlan::Step send;
  send.send = "ping!";
  plan->steps.push_back(send);
  expect(*plan, "pong");
  checks.begin(3, plan);
  EXPECT_EQ(found().result.status, Status::l7_ok);
  server.join();
  EXPECT_EQ(heard, "PROXY\r\nping!");
}

TEST_F(KernelChecksTest, a_server_that_says_nothing_is_too_late) {
  const auto plan = plan_of(port());
  expect(*plan, "never");
  plan->timeout = 50ms;
  checks.begin(4, plan);
  EXPECT_EQ(found().result.status, Status::l7_timeout);
}

TEST_F(KernelChecksTest, a_server_that_ends_the_connection_says_nothing_any_more) {
  serve([](tcp::socket& socket) { asio::write(socket, asio::buffer(std::string("bye"))); });
  const auto plan = plan_of(port());
  expect(*plan, "hello");
  checks.begin(5, plan);
  EXPECT_EQ(found().result.status, Status::l7_response);
}

TEST_F(KernelChecksTest, tls_is_spoken_where_it_is_wanted) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string certificate = folder / "poise_kernel_checks.pem", key = folder / "poise_kernel_checks.key";
  make_certificate(certificate, key, "server");
  serve([&](tcp::socket& socket) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_file(certificate, asio::ssl::context::pem);
    context.use_private_key_file(key, asio::ssl::context::pem);
    asio::ssl::stream<tcp::socket&> stream(socket, context);
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    asio::write(stream, asio::buffer(std::string("hello")), error);
    char byte = 0;
    asio::read(stream, asio::buffer(&byte, 1), error);
  });
  const auto plan = plan_of(port(), true);
  expect(*plan, "hello");
  checks.begin(6, plan);
  const CheckFound each = found();
  EXPECT_EQ(each.result.status, Status::l7_ok) << each.result.description;
}

TEST_F(KernelChecksTest, who_speaks_no_tls_fails_in_layer_6) {
  serve([](tcp::socket& socket) {
    boost::system::error_code error;
    asio::write(socket, asio::buffer(std::string("220 mail.example.com ready\r\n")), error);
    char byte = 0;
    while (!error) asio::read(socket, asio::buffer(&byte, 1), error);
  });
  checks.begin(7, plan_of(port(), true));
  EXPECT_EQ(found().result.status, Status::l6_response);
}

TEST_F(KernelChecksTest, what_is_cancelled_is_not_answered) {
  const auto plan = plan_of(port());
  expect(*plan, "never");
  plan->timeout = 100ms;
  checks.begin(8, plan);
  checks.cancel(8);
  checks.begin(9, plan);
  EXPECT_EQ(found().id, 9u);
}

}  // namespace
}  // namespace poise::control::proxy
