#include <gtest/gtest.h>

#include <set>

#include "l7/rules/text_template.hpp"
#include "l7/stats_rows.hpp"
#include "tests/support/l7/proxy_world.hpp"
#include "tests/support/l7/rules_of.hpp"

// Content rules, as an operator writes them, in the life of requests, responses and connections.
namespace poise::l7 {
namespace {

using namespace std::chrono_literals;

const std::string hello = "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 5\r\n\r\nhello";

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

class ContentTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(proxies.world.failure(), ""); }

  void begin(const std::string& frontend, const std::string& backend = "", const RuleFiles& files = {}) {
    Tables& tables = proxies.begin_tables(mode, 1);
    add_other(tables);
    give_rules(proxies, tables, rules_config(frontend, backend, mode == Mode::tcp), files);
    proxies.apply();
    for (const std::uint16_t port : {std::uint16_t(8001), std::uint16_t(8002)})
      proxies.serve(port, [this, port](ProxyWorld::Peer& peer) {
        peer.on_data = [this, port](ProxyWorld::Peer& each) {
          if (mode == Mode::http && each.came.find("\r\n\r\n") == std::string::npos) return;
          asked += (port == 8002 ? "other: " : "") + std::exchange(each.came, "");
          if (on_asked) return on_asked(each);
          each.say(response);
        };
      });
  }
  // A backend "other" with a server on port 8002.
  void add_other(Tables& tables) {
    auto other = std::make_unique<Backend>();
    other->name = "other";
    other->mode = mode;
    other->state = other_state.get();
    Server server = proxies.servers().servers[0];
    server.port = 8002;
    server.state = other_server.get();
    other->servers.push_back(server);
    tables.backends.push_back(std::move(other));
  }
  std::string state() { return proxies.ended.empty() ? "none" : proxies.ended.back().state; }
  std::uint64_t of_frontend(Stat stat) { return proxies.frontend_state().local[0].stats.read(stat); }
  std::uint64_t of_backend(Stat stat) { return proxies.backend_state().local[0].stats.read(stat); }

  Mode mode = Mode::http;
  ProxyWorld proxies;
  std::shared_ptr<BackendState> other_state = std::make_shared<BackendState>(1);
  std::shared_ptr<ServerState> other_server = std::make_shared<ServerState>(1);
  std::string asked, response = hello;
  std::function<void(ProxyWorld::Peer&)> on_asked;  // instead of the response
};

TEST_F(ContentTest, a_denied_request_gets_403_and_is_counted) {
  begin(R"("request_rules": [{"match": {"path": {"prefix": ["/admin"]}, "not": [{"source": ["10.0.0.0/8"]}]},
                              "deny": {}}])");
  const std::string came = proxies.ask(get("/admin/x"), 2s);
  EXPECT_TRUE(came.starts_with("HTTP/1.1 403 Forbidden\r\ncontent-length: 93\r\ncache-control: no-cache\r\n")) << came;
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(proxies.ended.back().backend, "");
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
  EXPECT_EQ(asked, "");
  proxies.ask(get("/"), 2s);
  EXPECT_EQ(state(), "----");
}

TEST_F(ContentTest, a_denied_request_may_get_words_of_its_own) {
  begin(R"("request_rules": [{"deny": {"status": 429, "content_type": "text/plain", "body": "slow down"}}])");
  EXPECT_EQ(proxies.ask(get("/"), 2s),
            "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 9\r\ncontent-type: text/plain\r\n\r\nslow down");
}

TEST_F(ContentTest, a_redirect_is_answered_here_and_the_connection_stays) {
  begin(R"("request_rules": [{"match": {"path": {"exact": ["/loc"]}},
      "redirect": {"location": "/x%[path]", "set_cookie": "A=b"}},
      {"redirect": {"scheme": "https", "code": 301}}])");
  EXPECT_EQ(proxies.ask(get("/loc") + get("/a?b"), 2s),
            "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: /x/loc\r\ncache-control: no-cache\r\n"
            "set-cookie: A=b; path=/;\r\n\r\n"
            "HTTP/1.1 301 Moved Permanently\r\ncontent-length: 0\r\nlocation: https://h/a?b\r\n\r\n");
  EXPECT_EQ(state(), "LR--");
  EXPECT_EQ(of_frontend(Stat::intercepted), 2u);
  EXPECT_EQ(of_frontend(Stat::responses_3xx), 2u);
}

TEST_F(ContentTest, an_answer_of_a_rule_has_its_headers_and_content) {
  begin(R"("request_rules": [{"match": {"methods": ["DELETE"]}, "return": {"status": 204}},
      {"return": {"content_type": "text/plain", "file": "/f", "headers": [{"name": "X-Path", "value": "%[path]"}]}}])",
        "", {{"/f", "ready\n"}});
  EXPECT_EQ(proxies.ask(get("/a"), 2s),
            "HTTP/1.1 200 OK\r\ncontent-length: 6\r\ncontent-type: text/plain\r\nx-path: /a\r\n\r\nready\n");
  EXPECT_EQ(state(), "LR--");
  EXPECT_EQ(proxies.ask("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 2s), "HTTP/1.1 204 \r\n\r\n");
}

TEST_F(ContentTest, a_tarpitted_request_is_held_and_then_refused) {
  begin(R"("timeouts": {"tarpit_ms": 3000}, "request_rules": [{"match": {"headers": [{"name": "X-Bad"}]},
      "tarpit": {}}])");
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get("/", "X-Bad: 1\r\n"));
  proxies.run(2900ms);
  EXPECT_EQ(client.came, "");
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
  proxies.run(1s);
  EXPECT_TRUE(client.came.starts_with("HTTP/1.1 500 ")) << client.came;
  EXPECT_EQ(state(), "PT--");
}

TEST_F(ContentTest, a_client_may_leave_a_tarpit) {
  begin(R"("request_rules": [{"tarpit": {}}])");
  ProxyWorld::Peer &lost = proxies.connect(), &finished = proxies.connect();
  lost.say(get("/"));
  finished.say(get("/"));
  proxies.run(1s);
  lost.reset();
  proxies.run(100ms);
  EXPECT_EQ(state(), "CT--");
  finished.finish();
  proxies.run(100ms);
  EXPECT_EQ(state(), "PT--");
}

TEST_F(ContentTest, a_rejected_request_gets_no_answer) {
  begin(R"("request_rules": [{"match": {"parameters": [{"name": "q", "min": 10}]}, "reject": true}])");
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get("/?q=11"));
  proxies.run(5s);
  EXPECT_EQ(client.came, "");
  EXPECT_TRUE(client.has_peer_finished);
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(proxies.ended.back().status, 0u);
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
}

TEST_F(ContentTest, who_is_dropped_silently_is_not_told) {
  begin(R"("request_rules": [{"silent_drop": true}])");
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get("/"));
  proxies.run(5s);
  EXPECT_TRUE(client.is_open && !client.has_peer_finished);
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(proxies.proxy().usage().clients, 0u);
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
  client.say(get("/"));
  proxies.run(5s);
  EXPECT_EQ(client.closed_as, tcp::Closed::reset);
}

TEST_F(ContentTest, requests_are_rewritten_and_later_rules_see_it) {
  begin(R"~("request_rules": [
    {"match": {"path": {"prefix": ["/old/"]}}, "replace_path": {"regex": "^/old/(.*)", "with": "/new/\\1"}
},
    {"set_query": "from=%[src]"},
    {"match": {"path": {"prefix": ["/new/"]}}, "set_header": {"name": "X-New", "value": "%[host]"}},
    {"del_header": {"name": "X-Secret-", "compare": "prefix"}},
    {"set_method": "PUT"}, {"allow": true}, {"deny": {}}])~");
  EXPECT_TRUE(proxies.ask(get("/old/a?b", "X-Secret-1: x\r\nX-A: y\r\nx-new: z\r\n"), 2s).starts_with("HTTP/1.1 200"));
  EXPECT_EQ(asked, "PUT /new/a?from=192.0.2.1 HTTP/1.1\r\nhost: h\r\nx-a: y\r\nx-new: h\r\n\r\n");
  EXPECT_EQ(proxies.ended.back().line, "GET /old/a?b HTTP/1.1");
}

TEST_F(ContentTest, rules_of_the_backend_come_behind_those_of_the_frontend) {
  begin(R"("request_rules": [{"set_header": {"name": "X-A", "value": "1"}}])",
        R"("request_rules": [{"match": {"headers": [{"name": "x-a", "exact": ["1"]}], "path": {"exact": ["/no"]}},
           "deny": {}}, {"add_header": {"name": "X-A", "value": "2"}}])");
  proxies.ask(get("/"), 2s);
  EXPECT_EQ(asked, "GET / HTTP/1.1\r\nhost: h\r\nx-a: 1\r\nx-a: 2\r\n\r\n");
  proxies.ask(get("/no"), 2s);
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(proxies.ended.back().backend, "servers");
  EXPECT_EQ(proxies.ended.back().server, "");
  EXPECT_EQ(of_backend(Stat::denied_requests), 1u);
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
}

TEST_F(ContentTest, a_request_that_is_sent_again_is_the_same) {
  begin(R"("request_rules": [{"set_path": "/new%[path]"}, {"add_header": {"name": "X-Id", "value": "%[unique_id]"}}])");
  proxies.ask(get("/a"), 2s);
  const std::string first = std::exchange(asked, "");
  EXPECT_TRUE(first.starts_with("GET /new/a HTTP/1.1\r\n")) << first;
  // The idle connection ends while the next request is on its way.
  int sent = 0;
  on_asked = [&](ProxyWorld::Peer& peer) {
    if (++sent == 1)
      peer.reset();
    else
      peer.say(hello);
  };
  proxies.ask(get("/b"), 2s);
  EXPECT_EQ(sent, 2);
  const std::size_t half = asked.size() / 2;
  ASSERT_TRUE(asked.starts_with("GET /new/b HTTP/1.1\r\nhost: h\r\nx-id: ")) << asked;
  EXPECT_EQ(asked.substr(0, half), asked.substr(half));
}

TEST_F(ContentTest, what_can_t_be_written_is_an_error_and_counted) {
  begin(R"("request_rules": [{"match": {"headers": [{"name": "X-Path"}]}, "set_path": "%[req.hdr(x-path)]"}])",
        R"("request_rules": [{"set_header": {"name": "host", "value": "%[req.hdr(x-host)]"}}])");
  EXPECT_TRUE(proxies.ask(get("/", "X-Path: no path\r\n"), 2s).starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(state(), "IR--");
  EXPECT_EQ(of_frontend(Stat::failed_rewrites), 1u);
  EXPECT_TRUE(proxies.ask(get("/", "X-Host: a b\r\n"), 2s).starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(of_frontend(Stat::failed_rewrites), 2u);
  EXPECT_EQ(of_backend(Stat::failed_rewrites), 1u);
  EXPECT_EQ(asked, "");
}

TEST_F(ContentTest, more_edits_than_a_request_may_have_are_an_error) {
  std::string list;
  for (std::size_t i = 0; i <= limits::rule_edits; ++i)
    list += (i == 0 ? "" : ", ") + std::string(R"({"add_header": {"name": "x", "value": "y"}})");
  begin("\"request_rules\": [" + list + "]");
  EXPECT_TRUE(proxies.ask(get("/"), 2s).starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(of_frontend(Stat::failed_rewrites), 1u);
}

TEST_F(ContentTest, responses_are_rewritten_by_the_backend_first) {
  begin(
      R"("response_rules": [{"add_header": {"name": "X-A", "value": "web"}},
           {"match": {"statuses": ["200-299"]}, "set_status": {"status": 203}}])",
      R"("response_rules": [{"del_header": {"name": "Server"}},
                              {"set_header": {"name": "X-A", "value": "servers"}}])");
  EXPECT_EQ(proxies.ask(get("/"), 2s), "HTTP/1.1 203 \r\nx-a: servers\r\nx-a: web\r\ncontent-length: 5\r\n\r\nhello");
  EXPECT_EQ(proxies.ended.back().status, 203u);
}

TEST_F(ContentTest, a_denied_response_is_not_passed_on) {
  begin("", R"("response_rules": [{"match": {"response_headers": [{"name": "X-Secret"}]}, "deny": {}}])");
  response = "HTTP/1.1 200 OK\r\nX-Secret: 1\r\nContent-Length: 5\r\n\r\nhello";
  const std::string came = proxies.ask(get("/"), 2s);
  EXPECT_TRUE(came.starts_with("HTTP/1.1 502 Bad Gateway\r\n")) << came;
  EXPECT_EQ(came.find("hello"), std::string::npos);
  EXPECT_EQ(state(), "PH--");
  EXPECT_EQ(proxies.ended.back().response_ms, -1);
  EXPECT_EQ(of_frontend(Stat::denied_responses), 1u);
  EXPECT_EQ(of_backend(Stat::denied_responses), 1u);
}

TEST_F(ContentTest, backends_are_chosen_by_rules_and_maps) {
  begin(
      R"("request_rules": [{"match": {"path": {"exact": ["/x"]}},
                              "set_header": {"name": "host", "value": "b.example"}}],
           "backend_rules": [
             {"match": {"path": {"suffix": [".png"]}}, "backend": "other"},
             {"map": {"key": "%[host]", "file": "/m", "case_insensitive": true}}])",
      "", {{"/m", "a.example servers\nB.example other\nc.example unknown\n"}});
  proxies.ask(get("/i.png"), 2s);
  EXPECT_EQ(proxies.ended.back().backend, "other");
  proxies.ask("GET / HTTP/1.1\r\nHost: b.EXAMPLE:80\r\n\r\n", 2s);
  EXPECT_EQ(proxies.ended.back().backend, "other");
  for (const char* host : {"a.example", "c.example", "d.example"}) {
    proxies.ask("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n", 2s);
    EXPECT_EQ(proxies.ended.back().backend, "servers") << host;
  }
  proxies.ask(get("/x"), 2s);
  EXPECT_EQ(proxies.ended.back().backend, "other");
}

TEST_F(ContentTest, pages_of_the_operator_stand_in_place_of_ours) {
  begin(R"("error_pages": [{"status": 403, "body": "no"}, {"status": 503, "body": "frontend"}],
           "request_rules": [{"match": {"path": {"exact": ["/no"]}}, "deny": {}}])",
        R"("error_pages": [{"status": 503, "file": "/p", "content_type": "text/plain"}])", {{"/p", "backend"}});
  const std::string denied = proxies.ask(get("/no"), 2s);
  EXPECT_TRUE(denied.ends_with("content-type: text/html\r\n\r\nno")) << denied;
  proxies.state(0).is_up = false;
  proxies.backend_state().generation = 7;
  const std::string down = proxies.ask(get("/"), 2s);
  EXPECT_TRUE(down.ends_with("content-type: text/plain\r\n\r\nbackend")) << down;
  EXPECT_EQ(state(), "SC--");
}

TEST_F(ContentTest, rules_capture_for_the_log_and_may_silence_it) {
  begin(R"("request_rules": [{"capture": {"value": "%[req.hdr(x-a)]", "length_max": 3}},
                             {"match": {"path": {"exact": ["/ping"]}}, "no_log": true}],
           "response_rules": [{"capture": {"value": "%[status]"}}])");
  EXPECT_EQ(proxies.web().request_captures.size(), 1u);
  proxies.ask(get("/", "X-A: abcdef\r\n"), 2s);
  ASSERT_EQ(proxies.ended.size(), 1u);
  EXPECT_EQ(proxies.ended[0].captures, "abc|200");
  proxies.ask(get("/ping"), 2s);
  EXPECT_EQ(proxies.ended.size(), 1u);
}

TEST_F(ContentTest, a_queue_is_ordered_by_priority) {
  begin(R"("request_rules": [
    {"match": {"path": {"exact": ["/late"]}}, "set_priority": {"class": 5}},
    {"match": {"path": {"exact": ["/soon"]}}, "set_priority": {"class": -5}},
    {"match": {"path": {"exact": ["/later"]}}, "set_priority": {"offset_ms": 5000}}])");
  proxies.servers().servers[0].connections_max = 1;
  ProxyWorld::Peer* origin = nullptr;
  std::vector<std::string> order;
  on_asked = [&](ProxyWorld::Peer& peer) {
    origin = &peer;
    order.push_back(asked.substr(4, asked.find(' ', 4) - 4));
    asked.clear();
  };
  for (const char* path : {"/first", "/late", "/a", "/later", "/b", "/soon", "/c"}) {
    proxies.connect().say(get(path));
    proxies.run(100ms);
  }
  for (int i = 0; i < 7; ++i) {
    origin->say(hello);
    proxies.run(100ms);
  }
  EXPECT_EQ(order, (std::vector<std::string>{"/first", "/soon", "/a", "/b", "/c", "/later", "/late"}));
}

TEST_F(ContentTest, connections_are_refused_before_they_say_anything) {
  begin(R"("connection_rules": [{"match": {"source": ["192.0.2.0/24"]}, "reject": true}])");
  ProxyWorld::Peer& client = proxies.connect();
  proxies.run(1s);
  EXPECT_TRUE(client.has_peer_finished || client.closed_as);
  EXPECT_EQ(of_frontend(Stat::denied_connections), 1u);
  EXPECT_EQ(of_frontend(Stat::sessions), 0u);
  EXPECT_EQ(proxies.ended.size(), 0u);
  EXPECT_EQ(proxies.proxy().usage().clients, 0u);
  EXPECT_EQ(proxies.frontend_state().connections, 0u);
}

TEST_F(ContentTest, statistics_have_what_rules_did) {
  begin(R"("connection_rules": [{"match": {"source": ["10.0.0.0/8"]}, "reject": true}],
    "request_rules": [{"match": {"path": {"exact": ["/no"]}}, "deny": {}},
                      {"match": {"path": {"exact": ["/bad"]}}, "set_path": "%[query]"}])",
        R"("response_rules": [{"deny": {}}])");
  for (const char* path : {"/no", "/bad", "/"}) proxies.ask(get(path), 2s);
  const auto rows = stats_rows(proxies.tables(), proxies.world.now());
  EXPECT_EQ(rows.at(0).denied_requests, 1u);
  EXPECT_EQ(rows.at(0).denied_responses, 1u);
  EXPECT_EQ(rows.at(0).denied_connections, 0u);
  EXPECT_EQ(rows.at(0).rewrite_failures, 1u);
  EXPECT_EQ(rows.at(0).internal_errors, 1u);
  EXPECT_EQ(rows.at(1).denied_responses, 1u);
  EXPECT_EQ(rows.at(2).denied_responses, 1u);
  EXPECT_EQ(rows.at(2).rewrite_failures, 0u);
}

TEST_F(ContentTest, the_first_connection_rule_that_fits_counts) {
  begin(R"("connection_rules": [{"match": {"source": ["192.0.2.1"], "destination_ports": [80]}, "accept": true},
                                {"reject": true}])");
  EXPECT_TRUE(proxies.ask(get("/"), 2s).starts_with("HTTP/1.1 200"));
  EXPECT_EQ(of_frontend(Stat::denied_connections), 0u);
}

// ---- mode tcp

std::string hello_of(const std::string& name) {
  const auto number = [](std::size_t value, std::size_t width) {
    std::string text;
    for (std::size_t i = width; i-- > 0;) text += char(value >> (8 * i));
    return text;
  };
  const std::string entry = std::string(1, '\0') + number(name.size(), 2) + name;
  const std::string list = number(entry.size(), 2) + entry;
  const std::string extension = number(0, 2) + number(list.size(), 2) + list;
  const std::string extensions = name.empty() ? "" : number(extension.size(), 2) + extension;
  const std::string body = "\x03\x03" + std::string(32, 'r') + std::string(1, '\0') + number(2, 2) + "\x13\x01" +
                           "\x01" + std::string(1, '\0') + extensions;
  const std::string handshake = "\x01" + number(body.size(), 3) + body;
  return "\x16\x03\x01" + number(handshake.size(), 2) + handshake;
}

class SniTest : public ContentTest {
 protected:
  SniTest() { mode = Mode::tcp; }
  static constexpr const char* by_name = R"("inspect_delay_ms": 2000,
    "connection_rules": [{"match": {"sni": {"exact": ["bad.example"]}}, "reject": true}],
    "backend_rules": [{"match": {"sni": {"suffix": [".other.example"]}}, "backend": "other"}])";
};

TEST_F(SniTest, the_name_that_a_tls_client_asks_for_chooses_the_backend_and_its_bytes_go_on_whole) {
  begin(by_name);
  const std::string first = hello_of("WWW.other.example"), second = hello_of("www.example");
  ProxyWorld::Peer& client = proxies.connect();
  client.say(first.substr(0, 20));
  proxies.run(100ms);
  EXPECT_EQ(asked, "");
  client.say(first.substr(20));
  proxies.run(1s);
  EXPECT_EQ(asked, "other: " + first);
  asked.clear();
  proxies.connect().say(second);
  proxies.run(1s);
  EXPECT_EQ(asked, second);
}

TEST_F(SniTest, the_name_may_be_what_servers_are_found_by) {
  Tables& tables = proxies.begin_tables(mode, 4);
  proxies.servers().balance.algorithm = balance::Algorithm::hash;
  proxies.servers().key = {.kind = BalanceKey::Kind::text, .needs_sni = true};
  proxies.servers().key.text = std::make_shared<rules::TextTemplate>("%[ssl_fc_sni]");
  give_rules(proxies, tables, rules_config(R"("inspect_delay_ms": 2000)", "", true));
  proxies.apply();
  for (std::uint16_t port = 8001; port <= 8004; ++port)
    proxies.serve(port, [this, port](ProxyWorld::Peer& peer) {
      peer.on_data = [this, port](ProxyWorld::Peer&) { asked += std::to_string(port) + " "; };
    });
  const auto server_of = [&](const std::string& name) {
    proxies.connect().say(hello_of(name));
    proxies.run(1s);
    return std::exchange(asked, "");
  };
  std::set<std::string> reached;
  for (int i = 0; i < 30; ++i) {
    const std::string name = std::to_string(i) + ".example", server = server_of(name);
    EXPECT_EQ(server_of(name), server);
    reached.insert(server);
  }
  EXPECT_EQ(reached, (std::set<std::string>{"8001 ", "8002 ", "8003 ", "8004 "}));
}

TEST_F(SniTest, connections_may_be_refused_by_name) {
  begin(by_name);
  ProxyWorld::Peer& client = proxies.connect();
  client.say(hello_of("bad.example"));
  proxies.run(3s);
  EXPECT_TRUE(client.has_peer_finished || client.closed_as);
  EXPECT_EQ(state(), "PR--");
  EXPECT_EQ(of_frontend(Stat::denied_requests), 1u);
  EXPECT_EQ(asked, "");
}

TEST_F(SniTest, who_says_nothing_or_no_tls_is_judged_without_a_name) {
  begin(by_name);
  ProxyWorld::Peer& silent = proxies.connect();
  proxies.run(1900ms);
  EXPECT_EQ(proxies.origins[8001].size(), 0u);
  proxies.run(200ms);
  EXPECT_EQ(proxies.origins[8001].size(), 1u);
  silent.say("late");
  proxies.connect().say("SSH-2.0\r\n");
  proxies.connect().say(hello_of(""));
  proxies.run(100ms);
  EXPECT_EQ(proxies.origins[8001].size(), 3u);
  EXPECT_EQ(proxies.origins[8002].size(), 0u);
  ProxyWorld::Peer& half = proxies.connect();
  half.say(hello_of("a.other.example").substr(0, 10));
  half.finish();
  proxies.run(100ms);
  EXPECT_EQ(proxies.origins[8001].size(), 4u);
}

TEST_F(SniTest, a_client_that_leaves_before_it_said_its_name_is_an_abort) {
  begin(by_name);
  ProxyWorld::Peer& client = proxies.connect();
  proxies.run(100ms);
  client.reset();
  proxies.run(100ms);
  EXPECT_EQ(state(), "CR--");
}

TEST_F(SniTest, without_a_rule_on_names_nobody_waits) {
  begin(R"("connection_rules": [{"match": {"source": ["10.0.0.0/8"]}, "reject": true}])");
  proxies.connect();
  proxies.run(100ms);
  EXPECT_EQ(proxies.origins[8001].size(), 1u);
}

}  // namespace
}  // namespace poise::l7
