#include "l7/session/stick.hpp"

#include <gtest/gtest.h>

#include "l7/rules/content_rules.hpp"
#include "tests/support/l7/proxy_world.hpp"

// Stick tables in the life of connections and sessions.
namespace poise::l7 {
namespace {

using namespace std::chrono_literals;
using stick::Data;
using Kind = stick::Source::Kind;

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

stick::Shape everything(stick::KeyType type) {
  stick::Shape shape{.type = type, .length = 32, .size = 100};
  for (std::size_t i = 0; i < stick::data_count; ++i) shape.store(Data(i), stick::is_rate(Data(i)) ? 10'000 : 0);
  return shape;
}

std::string user(const std::string& name) { return "GET / HTTP/1.1\r\nHost: a\r\nUser: " + name + "\r\n\r\n"; }
std::string response(unsigned status, const std::string& fields = "") {
  return "HTTP/1.1 " + std::to_string(status) + " \r\n" + fields + "Content-Length: 5\r\n\r\nhello";
}

class StickTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(proxies.world.failure(), "");
    for (stick::Table* table : {&addresses, &users})  // nothing is held for ever
      table->for_each({1, 0}, [](const stick::Table::Shown& shown) {
        EXPECT_EQ(shown.use, 0u);
        return true;
      });
  }
  void begin(Mode mode = Mode::http) {
    proxies.begin_tables(mode, 3);
    proxies.servers().retries = 1;
    for (std::uint16_t port = 8001; port <= 8003 && !is_serving; ++port)
      proxies.serve(port, [this](ProxyWorld::Peer& peer) {
        peer.on_data = [this](ProxyWorld::Peer& each) {
          for (std::size_t end = 0; (end = each.came.find("\r\n\r\n")) != std::string::npos;) {
            each.came.erase(0, end + 4);
            each.say(said);
          }
        };
      });
    is_serving = true;
  }
  void end_all() {
    for (auto& client : proxies.clients) client->finish();
    proxies.run(60s);
  }
  std::string ask(const std::string& request, Duration patience = 1s) {
    proxies.ask(request, patience);
    return proxies.ended.empty() ? "nothing" : proxies.ended.back().server + " " + proxies.ended.back().state;
  }
  std::uint64_t of(stick::Table& table, const std::string& name, Data data) {
    stick::Key key;
    const stick::Shape& shape = table.shape();
    EXPECT_TRUE(parse_key(shape.type, shape.length, name, key));
    const stick::Table::Visit visit{1, std::uint64_t(proxies.world.now().time_since_epoch() / 1ms)};
    const std::uint32_t entry = table.find(key.view(), visit);
    if (entry == stick::Table::none) return ~0ull;
    const std::uint64_t value = table.read(entry, data, visit);
    table.release(entry);
    return value;
  }
  std::uint64_t of_client(Data data) { return of(addresses, "192.0.2.1", data); }

  stick::Table addresses{everything(stick::KeyType::ip), 1, {}}, users{everything(stick::KeyType::string), 1, {}};
  ProxyWorld proxies;
  std::string said = response(200);
  bool is_serving = false;
};

TEST_F(StickTest, who_has_an_entry_goes_to_its_server) {
  begin();
  proxies.servers().stick = {{.matches = true, .stores = true, .key = {Kind::header, "user"}, .table = &users}};
  proxies.apply();
  EXPECT_EQ(ask(user("ann")), "s1 ----");
  EXPECT_EQ(ask(user("bob")), "s2 ----");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(user("ann")), "s1 ----");
    EXPECT_EQ(ask(user("bob")), "s2 ----");
  }
  EXPECT_EQ(of(users, "ann", Data::server_id), 1u);
  EXPECT_EQ(of(users, "bob", Data::server_id), 2u);
  EXPECT_EQ(ask(get), "s3 ----");  // has no key
}

TEST_F(StickTest, mode_tcp_sticks_to_the_address) {
  begin(Mode::tcp);
  proxies.servers().stick = {{.matches = true, .stores = true, .table = &addresses}};
  proxies.apply();
  for (int i = 0; i < 3; ++i) {
    ProxyWorld::Peer& client = proxies.connect();
    client.say("hello");
    proxies.run(1s);
    client.reset();
    proxies.run(1s);
    EXPECT_EQ(proxies.ended.back().server, "s1");
  }
  EXPECT_EQ(of_client(Data::server_id), 1u);
}

TEST_F(StickTest, a_server_that_is_down_is_left_and_another_takes_its_place) {
  begin();
  proxies.servers().stick = {{.matches = true, .stores = true, .table = &addresses}};
  proxies.apply();
  EXPECT_EQ(ask(get), "s1 ----");
  proxies.state(0).is_drained = true;
  EXPECT_EQ(ask(get), "s1 ----");
  proxies.state(0).is_up = false;
  ++proxies.backend_state().generation;
  const std::string other = ask(get);
  EXPECT_NE(other, "s1 ----");
  proxies.state(0).is_up = true;
  EXPECT_EQ(ask(get), other);
}

TEST_F(StickTest, the_cookie_goes_before_the_table_and_the_table_before_the_algorithm) {
  begin();
  proxies.servers().cookie = persistence::CookieRule{.name = "SRV"};
  for (Server& server : proxies.servers().servers) server.cookie = server.name;
  proxies.servers().stick = {{.matches = true, .stores = true, .table = &addresses}};
  proxies.apply();
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nCookie: SRV=s2\r\n\r\n"), "s2 --VN");
  EXPECT_EQ(ask(get), "s2 --NN");  // the table knows
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nCookie: SRV=s3\r\n\r\n"), "s3 --VN");
  EXPECT_EQ(ask(get), "s3 --NN");
}

TEST_F(StickTest, the_key_of_a_response_is_learned) {
  begin();
  said = response(200, "Set-Cookie: id=x1; path=/\r\n");
  proxies.servers().stick = {{.matches = true, .key = {Kind::cookie, "id"}, .table = &users},
                             {.stores = true, .is_of_response = true, .key = {Kind::cookie, "id"}, .table = &users}};
  proxies.apply();
  EXPECT_EQ(ask(get), "s1 ----");
  EXPECT_EQ(of(users, "x1", Data::server_id), 1u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nCookie: id=x1\r\n\r\n"), "s1 ----");
}

TEST_F(StickTest, only_the_first_rule_that_stores_into_a_table_does) {
  begin();
  proxies.servers().stick = {{.stores = true, .key = {Kind::header, "user"}, .table = &users},
                             {.stores = true, .key = {Kind::path, ""}, .table = &users}};
  proxies.apply();
  ask(user("ann"));
  EXPECT_EQ(of(users, "/", Data::server_id), ~0ull);
  ask(get);
  EXPECT_EQ(of(users, "/", Data::server_id), 2u);
}

TEST_F(StickTest, a_server_that_did_not_answer_is_not_learned) {
  begin();
  proxies.servers().stick = {{.matches = true, .stores = true, .table = &addresses}};
  for (std::uint16_t port = 8001; port <= 8003; ++port) proxies.stop_serving(port);
  proxies.apply();
  EXPECT_EQ(ask(get, 5s), "s1 SC--");
  EXPECT_EQ(of_client(Data::server_id), 0u);
}

TEST_F(StickTest, a_connection_is_tracked_from_its_beginning_to_its_end) {
  begin();
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  proxies.apply();
  ProxyWorld::Peer& first = proxies.connect();
  first.say(get + get);
  proxies.run(1s);
  proxies.connect().say(get);
  proxies.run(1s);
  EXPECT_EQ(of_client(Data::conn_cur), 2u);
  EXPECT_EQ(of_client(Data::conn_cnt), 2u);
  EXPECT_EQ(of_client(Data::conn_rate), 2u);
  EXPECT_EQ(of_client(Data::sess_cnt), 2u);
  EXPECT_EQ(of_client(Data::http_req_cnt), 3u);
  EXPECT_EQ(of_client(Data::http_req_rate), 3u);
  EXPECT_EQ(of_client(Data::http_err_cnt) + of_client(Data::http_fail_cnt), 0u);
  EXPECT_EQ(of_client(Data::bytes_in_cnt), 3 * get.size());
  EXPECT_EQ(of_client(Data::bytes_out_cnt), proxies.clients[0]->came_bytes + proxies.clients[1]->came_bytes);
  EXPECT_EQ(of_client(Data::bytes_out_rate), of_client(Data::bytes_out_cnt));
  first.reset();
  proxies.run(1s);
  EXPECT_EQ(of_client(Data::conn_cur), 1u);
  end_all();
  EXPECT_EQ(of_client(Data::conn_cur), 0u);
  EXPECT_EQ(of_client(Data::http_req_rate), 0u);
}

TEST_F(StickTest, a_request_is_tracked_while_it_lasts) {
  begin();
  proxies.web().tracking = {{.counter = 1, .is_of_request = true, .key = {Kind::header, "user"}, .table = &users}};
  proxies.servers().tracking = {{.counter = 1, .is_of_request = true, .table = &addresses},
                                {.counter = 2, .is_of_request = true, .table = &addresses}};
  proxies.apply();
  ask(user("ann"));
  EXPECT_EQ(of(users, "ann", Data::http_req_cnt), 1u);
  EXPECT_EQ(of(users, "ann", Data::conn_cnt), 1u);
  EXPECT_EQ(of(users, "ann", Data::conn_cur), 0u);
  EXPECT_EQ(of(users, "ann", Data::sess_cnt), 0u);
  EXPECT_EQ(of(users, "ann", Data::bytes_in_cnt), user("ann").size());
  EXPECT_EQ(of_client(Data::http_req_cnt), 1u);  // counter 1 was taken
  ask(get);
  EXPECT_EQ(of_client(Data::http_req_cnt), 3u);
}

TEST_F(StickTest, errors_are_the_clients_and_failures_the_servers) {
  struct Row {
    const char* name;
    std::string request, response;
    unsigned errors, failures;
  };
  for (const Row& row : {
           Row{"fine", get, response(200), 0, 0},
           Row{"not found", get, response(404), 1, 0},
           Row{"failure", get, response(500), 0, 1},
           Row{"not implemented", get, response(501), 0, 0},
           Row{"version", get, response(505), 0, 0},
           Row{"bad request", "GET\r\n\r\n", "", 1, 0},
           Row{"late request", "GET / HTTP/1.1\r\n", "", 1, 0},
           Row{"bad response", get, "none\r\n\r\n", 0, 1},
           Row{"late response", get, "", 0, 1},
       }) {
    begin();
    said = row.response;
    proxies.web().timeouts.http_request = 2000;
    proxies.servers().timeouts.server = 2000;
    proxies.web().tracking = {{.counter = 0, .table = &addresses}};
    proxies.apply();
    addresses.clear();
    ask(row.request, 5s);
    EXPECT_EQ(of_client(Data::http_err_cnt), row.errors) << row.name;
    EXPECT_EQ(of_client(Data::http_fail_cnt), row.failures) << row.name;
    EXPECT_EQ(of_client(Data::http_req_cnt), 1u) << row.name;
    end_all();
  }
}

// A rule that holds where the data of counter 0 is above a number.
rules::Rule limit(Data data, std::uint64_t above, rules::Action action) {
  rules::Match match;
  match.all.push_back(rules::CounterCondition{0, data, above, {}});
  return {std::move(match), std::move(action)};
}

TEST_F(StickTest, requests_beyond_a_limit_are_denied_until_the_period_is_over) {
  begin();
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  auto content = std::make_shared<rules::ContentRules>();
  content->requests.push_back(limit(Data::http_req_rate, 3, rules::Deny{429, {}}));
  proxies.web().content = content;
  proxies.apply();
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get + get + get);
  proxies.run(1s);
  EXPECT_EQ(client.came.find("429"), std::string::npos);
  client.say(get);
  proxies.run(1s);
  EXPECT_NE(client.came.find("HTTP/1.1 429 Too Many Requests\r\n"), std::string::npos);
  EXPECT_EQ(proxies.ended.back().state, "PR--");
  EXPECT_EQ(proxies.ended.back().status, 429u);
  EXPECT_EQ(proxies.frontend_state().local[0].stats.read(Stat::denied_requests), 1u);
  EXPECT_EQ(of_client(Data::http_err_cnt), 1u);
  proxies.run(20s);
  EXPECT_EQ(ask(get).substr(3), "----");
  end_all();
}

TEST_F(StickTest, connections_beyond_a_limit_are_closed) {
  begin();
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  auto content = std::make_shared<rules::ContentRules>();
  content->connections.push_back(limit(Data::conn_cur, 2, rules::Reject{}));
  proxies.web().content = content;
  proxies.apply();
  for (int i = 0; i < 3; ++i) proxies.connect().say(get);
  proxies.run(1s);
  EXPECT_EQ(proxies.ended.size(), 2u);
  EXPECT_TRUE(proxies.clients[2]->has_peer_finished || proxies.clients[2]->closed_as.has_value());
  EXPECT_EQ(proxies.frontend_state().local[0].stats.read(Stat::denied_connections), 1u);
  EXPECT_EQ(of_client(Data::conn_cnt), 3u);
  EXPECT_EQ(of_client(Data::sess_cnt), 2u);
  EXPECT_EQ(of_client(Data::conn_cur), 2u);
  end_all();
  EXPECT_EQ(of_client(Data::conn_cur), 0u);
}

TEST_F(StickTest, a_client_that_is_lost_in_a_request_is_counted_to_its_end) {
  begin();
  said.clear();
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  proxies.apply();
  ProxyWorld::Peer& client = proxies.connect();
  client.say(get);
  proxies.run(1s);
  EXPECT_EQ(of_client(Data::conn_cur), 1u);
  client.reset();
  proxies.run(1s);
  EXPECT_EQ(proxies.ended.back().state, "CH--");
  EXPECT_EQ(of_client(Data::conn_cur), 0u);
  EXPECT_EQ(of_client(Data::bytes_in_cnt), get.size());
}

TEST_F(StickTest, behind_another_proxy_the_client_that_it_tells_of_is_tracked) {
  Tables& tables = proxies.begin_tables(Mode::http, 1);
  tables.bindings[0].accepts_proxy = true;
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  proxies.apply();
  proxies.serve(8001, answers(response(200)));
  ask("PROXY TCP4 203.0.113.5 203.0.113.6 1234 443\r\n" + get);
  EXPECT_EQ(of(addresses, "203.0.113.5", Data::http_req_cnt), 1u);
  EXPECT_EQ(of_client(Data::http_req_cnt), ~0ull);
  end_all();
}

TEST_F(StickTest, new_tables_wait_for_what_is_tracked_by_the_old) {
  begin();
  proxies.web().tracking = {{.counter = 0, .table = &addresses}};
  proxies.apply();
  proxies.connect().say(get);
  proxies.run(1s);
  begin();
  proxies.apply();
  proxies.run(1s);
  EXPECT_EQ(proxies.proxy().usage().tables, 2u);
  EXPECT_EQ(of_client(Data::conn_cur), 1u);
  end_all();
  EXPECT_EQ(proxies.proxy().usage().tables, 1u);
  EXPECT_EQ(of_client(Data::conn_cur), 0u);
}

}  // namespace
}  // namespace poise::l7
