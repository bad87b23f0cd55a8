#include "control/proxy/check_run.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/check_l7.hpp"
#include "config/schema.hpp"

namespace poise::control::proxy {
namespace {

using namespace std::chrono_literals;
using l7::health::Result;
using l7::health::Status;

std::shared_ptr<const CheckPlan> plan_of(const std::string& check) {
  const auto config = config::from_json(nlohmann::json::parse(
      R"({"backends": {"b": {"check": {)" + check + R"(}, "servers": {"s": {"address": "10.0.0.1", "port": 80}}}}})"));
  const config::Backend& backend = config->backends.at("b");
  const config::BackendServer& server = backend.servers.at("s");
  return plan_check(*config::check_of(backend, server), backend, server);
}

// What a server does, in order: "open" (TCP), "connected", "close", "fail WHY", "wait" (until the check gives up), and
// anything else is what it says. What came of it, as "L7STS/503: text".
std::string played(const std::shared_ptr<const CheckPlan>& plan, const std::vector<std::string>& server) {
  Instant now(100s);
  CheckRun check(plan);
  check.start(now);
  for (const std::string& act : server) {
    if (check.result()) break;
    now += 1ms;
    if (act == "open")
      check.on_opened(now);
    else if (act == "connected")
      check.on_connected(now);
    else if (act == "close")
      check.on_closed(now);
    else if (act.starts_with("fail "))
      check.on_failed(now, act.substr(5));
    else if (act == "wait")
      check.on_deadline(now = check.deadline());
    else
      check.on_bytes(now, act);
  }
  if (!check.result()) return "nothing yet";
  const Result& result = *check.result();
  std::string text = info_of(result.status).code;
  if (result.code != 0) text += "/" + std::to_string(result.code);
  return result.description.empty() ? text : text + ": " + result.description;
}

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", no = "HTTP/1.1 503 Down\r\n\r\n";
const std::string http = R"("kind": "http")", tls = R"("tls": {})";
const std::string redis = R"("kind": "script", "steps": [{"send": "PING\\x0d\\x0a"},
    {"expect": {"string": "+PONG"}, "comment": "ping"}, {"send": "QUIT\\x0d\\x0a"},
    {"expect": {"rstring": "^\\+OK"}}])";

struct Row {
  std::string check;
  std::vector<std::string> server;
  std::string result;
};

TEST(CheckRun, connections_pass_and_fail_by_layer) {
  for (const Row& row : {
           Row{"", {"connected"}, "L4OK"},
           Row{"", {"fail Connection refused"}, "L4CON: Connection refused"},
           Row{"", {"wait"}, "L4TOUT"},
           Row{tls, {"open", "connected"}, "L6OK"},
           Row{tls, {"open", "fail bad certificate"}, "L6RSP: bad certificate"},
           Row{tls, {"open", "wait"}, "L6TOUT"},
           Row{tls, {"wait"}, "L4TOUT"},
       })
    EXPECT_EQ(played(plan_of(row.check), row.server), row.result) << row.check;
}

TEST(CheckRun, responses_are_judged_by_what_is_expected) {
  const auto expecting = [](const std::string& what) { return http + R"(, "expect": {)" + what + "}"; };
  for (const Row& row : {
           Row{http, {"connected", ok}, "L7OK/200: OK"},
           Row{http, {"connected", "HTTP/1.1 30", "2 Found\r\nA: b\r\n\r\n"}, "L7OK/302: Found"},
           Row{http, {"connected", no}, "L7STS/503: Down"},
           Row{http, {"connected", "HTTP/1.1 200 OK\r\n"}, "nothing yet"},
           Row{http, {"connected", "SSH-2.0\r\n\r\n"}, "L7RSP: what it says is no HTTP response"},
           Row{http, {"connected", "close"}, "L7RSP: the connection ended before a response came"},
           Row{http, {"connected", "fail reset"}, "SOCKERR: reset"},
           Row{http, {"connected", "wait"}, "L7TOUT"},
           Row{expecting(R"("statuses": ["401", "500-599"])"), {"connected", no}, "L7OK/503: Down"},
           Row{expecting(R"("statuses": ["500-599"], "negated": true)"), {"connected", no}, "L7STS/503: Down"},
           Row{expecting(R"("rstatus": "^2")"), {"connected", ok}, "L7OK/200: OK"},
           Row{expecting(R"("rstatus": "^2")"), {"connected", no}, "L7STS/503: Down"},
           Row{expecting(R"("string": "hell")"), {"connected", ok}, "L7OK/200: OK"},
           Row{expecting(R"("string": "bye")"), {"connected", ok}, "L7RSP/200: HTTP content check did not match"},
           Row{expecting(R"("string": "hell", "negated": true)"),
               {"connected", ok},
               "L7RSP/200: HTTP check matched unwanted content"},
           Row{expecting(R"("rstring": "h.*o")"), {"connected", ok.substr(0, 42), ok.substr(42)}, "L7OK/200: OK"},
           Row{expecting(R"("string": "x")"),
               {"connected", "HTTP/1.0 200 OK\r\n\r\nabc", "close"},
               "L7RSP/200: HTTP content check did not match"},
           Row{expecting(R"("string": "c")"), {"connected", "HTTP/1.0 200 OK\r\n\r\nab", "c"}, "L7OK/200: OK"},
       })
    EXPECT_EQ(played(plan_of(row.check), row.server), row.result) << row.check;
}

TEST(CheckRun, a_script_names_the_step_that_failed) {
  for (const Row& row : {
           Row{redis, {"connected", "+PO", "NG\r\n", "+OK\r\n"}, "L7OK: (tcp-check)"},
           Row{redis,
               {"fail Connection refused"},
               "L4CON: Connection refused at step 1 of tcp-check (connect port 80)"},
           Row{redis, {"connected", "wait"}, "L7TOUT:  at step 3 of tcp-check (expect string '+PONG') comment: 'ping'"},
           Row{redis,
               {"connected", "-ERR\r\n", "close"},
               "L7RSP: TCPCHK did not match content at step 3 of tcp-check (expect string '+PONG') comment: 'ping'"},
           Row{redis,
               {"connected", "close"},
               "L7RSP: TCPCHK got an empty response at step 3 of tcp-check (expect string '+PONG') comment: 'ping'"},
           Row{redis,
               {"connected", "+PONG\r\n", "-ERR +PONG", "close"},
               "L7RSP: TCPCHK did not match content at step 5 of tcp-check (expect regex)"},
           Row{R"("kind": "script", "steps": [{"expect": {"string": "bad", "negated": true}}])",
               {"connected", "a bad"},
               "L7RSP: TCPCHK matched unwanted content at step 2 of tcp-check (expect string 'bad')"},
           Row{R"("kind": "script", "steps": [{"expect": {"string": "bad", "negated": true}}])",
               {"connected", "good", "close"},
               "L7OK: (tcp-check)"},
       })
    EXPECT_EQ(played(plan_of(row.check), row.server), row.result);
}

TEST(CheckRun, several_connections_and_responses_are_one_check) {
  const auto plan = plan_of(R"("kind": "script", "steps": [{"connect": {"port": 81}}, {"request": {}},
    {"expect": {"statuses": ["200"]}}, {"expect": {"string": "hello"}}, {"connect": {"port": 82}}])");
  CheckRun check(plan);
  const Instant now(1s);
  EXPECT_EQ(std::get<OpenConnection>(check.start(now)[0]).target.port, 81);
  EXPECT_TRUE(std::get<SendText>(check.on_connected(now)[0]).text.starts_with("OPTIONS / "));
  EXPECT_EQ(std::get<OpenConnection>(check.on_bytes(now, ok)[0]).target.port, 82);
  EXPECT_TRUE(check.on_bytes(now, "late").empty());
  check.on_connected(now);
  EXPECT_EQ(check.result()->status, Status::l4_ok);
}

TEST(CheckRun, a_timeout_begins_when_the_connection_is_open) {
  CheckRun check(plan_of(http + R"(, "inter_ms": 1000, "timeout_ms": 5000)"));
  check.start(Instant(100s));
  EXPECT_EQ(check.deadline(), Instant(101s));
  check.on_connected(Instant(100s) + 500ms);
  EXPECT_EQ(check.deadline(), Instant(105s) + 500ms);
  EXPECT_TRUE(check.on_deadline(Instant(105s)).empty());
  check.on_deadline(Instant(106s));
  EXPECT_EQ(check.result()->status, Status::l7_timeout);
  EXPECT_EQ(check.result()->took, 6s);
}

TEST(CheckRun, what_is_our_own_shortage_says_nothing_of_the_server) {
  CheckRun check(plan_of(""));
  check.start(Instant(1s));
  check.on_unavailable(Instant(1s), "no socket");
  EXPECT_EQ(check.result()->status, Status::no_change);
}

TEST(CheckRun, an_endless_answer_ends_at_its_limit) {
  CheckRun check(plan_of(R"("kind": "script", "steps": [{"expect": {"string": "never"}}])"));
  check.start(Instant(1s));
  check.on_connected(Instant(1s));
  for (int i = 0; i < 100 && !check.result(); ++i) check.on_bytes(Instant(1s), std::string(1000, 'x'));
  EXPECT_EQ(check.result()->status, Status::l7_response);
}

TEST(CheckRun, an_agent_s_line_is_all_of_it) {
  const auto plan = plan_agent({.address = IpAddr::v4(1), .port = 9, .send = "hi"}, {});
  for (const auto& [acts, reply] :
       {std::pair(std::vector<std::string>{"up", "\nx"}, "up\nx"), std::pair(std::vector<std::string>{"up"}, "up")}) {
    CheckRun check(plan);
    check.start(Instant(1s));
    EXPECT_EQ(std::get<SendText>(check.on_connected(Instant(1s))[0]).text, "hi");
    for (const std::string& act : acts) check.on_bytes(Instant(1s), act);
    check.result() ? CheckActions{} : check.on_closed(Instant(1s));
    EXPECT_EQ(check.received(), reply);
    EXPECT_EQ(check.result()->status, Status::l7_ok);
  }
  EXPECT_EQ(played(plan, {"connected", "close"}), "L7RSP: the agent says nothing");
  EXPECT_EQ(played(plan, {"fail Connection refused"}), "L4CON: Connection refused");
}

}  // namespace
}  // namespace poise::control::proxy
