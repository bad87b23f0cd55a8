#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <future>

#include "control/metrics/prometheus.hpp"
#include "control/proxy/listening_socket.hpp"
#include "control/proxy/proxies.hpp"
#include "control/proxy/socket_addresses.hpp"
#include "control/views.hpp"
#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

namespace asio = boost::asio;
using nlohmann::json;

const IpAddr loopback = *parse_ip("127.0.0.1");

// Layer 7 of an appliance, on a port that was free a moment ago; its lines go to a socket of the test.
class ProxyViewTest : public testing::Test {
 protected:
  ProxyViewTest() : syslog(loop, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    const int probe = *proxy::listening_socket(loopback, 0);
    port = free_port = proxy::tuple_of(probe).local_port;
    ::close(probe);
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(syslog.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  static Instant clock() {
    return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
  }
  json document() const {
    json all = small_document();
    all["log_servers"]["here"] = {{"address", "127.0.0.1"}, {"port", syslog.local_endpoint().port()}, {"tag", "lb"}};
    all["frontends"]["web"] = {{"transport", "kernel"},
                               {"binds", {{{"address", "127.0.0.1"}, {"port", port}}}},
                               {"default_backend", "servers"},
                               {"stats", json::object()},
                               {"log", {{"format", "http"}}}};
    all["backends"]["servers"] = {
        {"transport", "kernel"}, {"retries", 0}, {"servers", {{"s1", {{"address", "127.0.0.1"}, {"port", 1}}}}}};
    return all;
  }
  std::string ask(const std::string& target) {
    asio::ip::tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port), error);
    if (error) return error.message();
    asio::write(socket, asio::buffer("GET " + target + " HTTP/1.0\r\n\r\n"), error);
    std::string text;
    asio::read(socket, asio::dynamic_buffer(text), error);
    return text;
  }
  std::string logged(Appliance& appliance) {
    std::string text(2000, '\0');
    appliance.pass(2ms);
    const auto until = clock() + 20s;
    ssize_t size = -1;
    while (size < 0 && clock() < until) {
      appliance.pass(1ms);
      size = ::recv(syslog.native_handle(), text.data(), text.size(), MSG_DONTWAIT);
    }
    text.resize(std::size_t(std::max<ssize_t>(size, 0)));
    return text;
  }
  asio::io_context loop;
  asio::ip::udp::socket syslog;
  std::uint16_t port = 0, free_port = 0;
  proxy::Proxies proxies{{.clock = clock, .since_1970 = [] { return Duration(1'700'000'000s); }, .version = "1.2.3"}};
};

// The port is that of a socket which was there before.
class InheritedViewTest : public ProxyViewTest {
 protected:
  InheritedViewTest() { port = proxy::tuple_of(socket).local_port; }
  ~InheritedViewTest() override { ::close(socket); }
  static json bind_of(int fd) { return {{"fd", fd}}; }
  json document_with(const json& bind) const {
    json all = document();
    all["frontends"]["web"]["binds"] = json::array({bind});
    return all;
  }
  std::string refusal(Appliance& appliance, const json& bind) {
    const json patch{{"binds", json::array({bind})}};
    const auto answer = appliance.ask("PATCH", "/v1/config/frontends/web", patch.dump());
    return std::to_string(answer.status) + " " + answer.body;
  }
  const int socket = *proxy::listening_socket(loopback, 0);
  proxy::Proxies with_socket{{.clock = clock,
                              .since_1970 = [] { return Duration(1'700'000'000s); },
                              .version = "1",
                              .sockets = proxy::InheritedSockets::find_all()}};
};

TEST_F(InheritedViewTest, a_frontend_listens_on_a_socket_that_was_handed_over_and_shows_where_that_is) {
  Appliance appliance(document_with(bind_of(socket)), 1, &with_socket);
  EXPECT_TRUE(ask("/a").starts_with("HTTP/1.1 503 "));
  EXPECT_NE(logged(appliance).find("127.0.0.1:"), std::string::npos);
  EXPECT_EQ(appliance.get("/v1/frontends/web")["binds"],
            (json::array({{{"address", "127.0.0.1"}, {"port", port}, {"fd", socket}}})));
}

TEST_F(InheritedViewTest, a_frontend_that_comes_back_serves_who_has_waited_meanwhile) {
  Appliance appliance(document_with(bind_of(socket)), 1, &with_socket);
  for (int times = 0; times < 3; ++times) {
    EXPECT_EQ(appliance.ask("PATCH", "/v1/config/frontends/web", R"({"enabled": false})").status, 200);
    std::future<std::string> waits;
    do {  // until the proxy's thread has heard of it
      waits = std::async(std::launch::async, [&] { return ask("/a"); });
    } while (waits.wait_for(20ms) == std::future_status::ready);
    EXPECT_EQ(appliance.ask("PATCH", "/v1/config/frontends/web", R"({"enabled": true})").status, 200);
    EXPECT_TRUE(waits.get().starts_with("HTTP/1.1 503 "));
  }
  EXPECT_GE(appliance.get("/v1/frontends/web")["requests_total"], 3);
}

TEST_F(InheritedViewTest, a_commit_with_a_socket_that_is_not_there_or_is_somebody_elses_is_refused) {
  Appliance appliance(document_with(bind_of(socket)), 1, &with_socket);
  const std::string none = refusal(appliance, bind_of(9999));
  EXPECT_TRUE(none.starts_with("422 ")) << none;
  EXPECT_NE(none.find("poised was not started with a listening TCP socket 9999"), std::string::npos) << none;
  EXPECT_NE(none.find("frontends.web.binds[0].fd"), std::string::npos) << none;
  EXPECT_TRUE(refusal(appliance, bind_of(syslog.native_handle())).starts_with("422 "));
  const std::string taken = refusal(appliance, {{"address", "127.0.0.1"}, {"port", port}});
  EXPECT_NE(taken.find("is taken by socket " + std::to_string(socket)), std::string::npos) << taken;
  EXPECT_TRUE(ask("/a").starts_with("HTTP/1.1 503 "));
}

TEST_F(InheritedViewTest, a_start_without_the_socket_runs_the_rest) {
  json all = document_with(bind_of(socket));
  all["frontends"]["lost"] = {{"transport", "kernel"}, {"binds", json::array({bind_of(9999)})}};
  all["frontends"]["half"] = {{"transport", "kernel"},
                              {"binds", {{{"address", "127.0.0.1"}, {"port", free_port}}, bind_of(9999)}}};
  Appliance appliance(all, 1, &with_socket);
  EXPECT_TRUE(ask("/a").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(appliance.ask("GET", "/v1/frontends/lost").status, 404);
  EXPECT_EQ(appliance.get("/v1/frontends/half")["binds"],
            (json::array({{{"address", "127.0.0.1"}, {"port", free_port}}, {{"fd", 9999}}})));
  EXPECT_FALSE(with_socket.has_failed_listeners());
}

TEST_F(ProxyViewTest, what_clients_got_is_in_views_metrics_pages_and_lines) {
  Appliance appliance(document(), 1, &proxies);
  EXPECT_TRUE(ask("/a").starts_with("HTTP/1.1 503 "));
  EXPECT_NE(logged(appliance).find(" web servers/s1 0/0/-1/-1/"), std::string::npos);
  const json frontend = appliance.get("/v1/frontends/web"), backend = appliance.get("/v1/backends/servers");
  EXPECT_EQ(frontend["requests_total"], 1);
  EXPECT_EQ(frontend["binds"][0]["port"], port);
  EXPECT_EQ(backend["servers"][0]["connection_errors"], 1);
  EXPECT_EQ(appliance.ask("GET", "/v1/backends/none").status, 404);
  EXPECT_NE(prometheus_text(appliance.core).find("poise_frontend_responses_total{frontend=\"web\",code=\"5xx\"} 1\n"),
            std::string::npos);
  EXPECT_NE(ask("/haproxy?stats;csv").find("\nservers,s1,"), std::string::npos);
  EXPECT_NE(ask("/haproxy?stats").find("<html"), std::string::npos);
  EXPECT_NE(logged(appliance).find(" web web/<STATS> "), std::string::npos);
}

TEST_F(ProxyViewTest, listening_begins_and_ends_with_a_commit_and_counters_stay) {
  Appliance appliance(document(), 1, &proxies);
  ask("/a");
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/frontends/web", R"({"enabled": false})").status, 200);
  const auto until = clock() + 20s;
  while (ask("/b") != "Connection refused" && clock() < until) appliance.pass(1ms);
  EXPECT_EQ(ask("/b"), "Connection refused");
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/frontends/web", R"({"enabled": true})").status, 200);
  EXPECT_TRUE(ask("/c").starts_with("HTTP/1.1 503 "));
  EXPECT_EQ(appliance.get("/v1/frontends/web")["requests_total"], 2);
}

TEST_F(ProxyViewTest, a_server_that_does_not_answer_its_check_is_down_in_lines_views_and_pages) {
  json all = document();
  all["backends"]["servers"]["check"] = {{"inter_ms", 100}};
  Appliance appliance(all, 1, &proxies);
  const std::string down = logged(appliance), last = logged(appliance);
  EXPECT_TRUE(down.starts_with("<129>")) << down;
  EXPECT_NE(down.find(": Server servers/s1 is DOWN, reason: Layer4 connection problem, info: \"Connection refused\", "),
            std::string::npos)
      << down;
  EXPECT_TRUE(last.starts_with("<128>")) << last;
  EXPECT_NE(last.find(": backend servers has no server available!"), std::string::npos) << last;
  const json backend = appliance.get("/v1/backends/servers");
  EXPECT_EQ(backend["servers"][0]["status"], "DOWN");
  EXPECT_EQ(backend["servers"][0]["check"]["output"], "Connection refused");
  EXPECT_EQ(backend["active"], 0);
  EXPECT_NE(ask("/haproxy?stats;csv").find(",DOWN,"), std::string::npos);
  EXPECT_TRUE(ask("/a").starts_with("HTTP/1.1 503 "));
}

TEST_F(ProxyViewTest, the_stop_takes_no_new_client_and_waits_for_responses_on_their_way) {
  asio::ip::tcp::acceptor server(loop, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  json all = document();
  all["backends"]["servers"]["servers"]["s1"]["port"] = server.local_endpoint().port();
  Appliance appliance(all, 1, &proxies);
  asio::ip::tcp::socket client(loop);
  client.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  asio::write(client, asio::buffer("GET /a HTTP/1.0\r\n\r\n", 19));
  asio::ip::tcp::socket served = server.accept();
  appliance.core.drain_all();
  const auto until = clock() + 20s;
  while (ask("/b") != "Connection refused" && clock() < until) appliance.pass(1ms);
  EXPECT_EQ(ask("/b"), "Connection refused");
  EXPECT_EQ(appliance.core.connections(), 1u);
  EXPECT_EQ(appliance.ask("PATCH", "/v1/config/backends/servers", R"({"retries": 1})").status, 200);
  EXPECT_EQ(ask("/b"), "Connection refused") << "a commit during the stop opens nothing again";
  asio::write(served, asio::buffer("HTTP/1.0 200 OK\r\n\r\nthere", 24));
  served.close();
  std::string text;
  boost::system::error_code error;
  asio::read(client, asio::dynamic_buffer(text), error);
  EXPECT_TRUE(text.ends_with("\r\n\r\nthere")) << text;
  client.close();
  while (appliance.core.connections() > 0 && clock() < until) appliance.pass(1ms);
  EXPECT_EQ(appliance.core.connections(), 0u);
}

TEST_F(ProxyViewTest, a_port_that_is_taken_is_tried_again) {
  const int taken = *proxy::listening_socket(loopback, port);
  Appliance appliance(document(), 1, &proxies);
  EXPECT_TRUE(proxies.has_failed_listeners());
  ::close(taken);
  appliance.pass(1100ms);
  EXPECT_FALSE(proxies.has_failed_listeners());
  EXPECT_TRUE(ask("/").starts_with("HTTP/1.1 503 "));
}

}  // namespace
}  // namespace poise::control
