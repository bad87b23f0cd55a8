// What servers of backends and their agents answer to checks, as any bytes. Asked is that a reply of an agent keeps to
// its limits, and that a check has a result at its end. Input: one byte says what the rest is: 0: an agent's reply;
// others: a check (tcp, http by status, http by content, a script, an agent) and what comes to it, in pieces of one
// byte of length and the bytes.
#include <cstdint>
#include <memory>

#include "config/check_l7.hpp"
#include "config/types/result.hpp"
#include "control/proxy/check_run.hpp"
#include "l7/health/agent_reply.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace poise;
using namespace poise::control::proxy;
using datapath::Bytes;
using datapath::FuzzInput;
using l7::health::AgentReply;

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

void read_reply(const std::string& text) {
  const AgentReply reply = l7::health::parse_agent_reply(text);
  ensure((reply.operation == AgentReply::Operation::none) == reply.word.empty());
  ensure(!reply.weight || *reply.weight <= (reply.is_percent ? 25600u : 256u));
  for (const std::string* each : {&reply.word, &reply.text, &reply.unknown})
    ensure(each->find_first_of("\r\n") == std::string::npos && each->size() <= text.size());
}

config::BackendCheck check_of(std::uint8_t what) {
  config::BackendCheck check;
  check.kind = what == 0  ? config::BackendCheckKind::tcp
               : what < 3 ? config::BackendCheckKind::http
                          : config::BackendCheckKind::script;
  if (what == 2) check.expect = config::CheckExpect{.rstring = "o+k", .negated = true};
  if (what < 3) return check;
  check.steps.push_back({.expect = config::CheckExpect{.string = "+OK"}});
  check.steps.push_back({.send = "a"});
  check.steps.push_back({.expect = config::CheckExpect{.rstring = "^b+c"}, .comment = "second"});
  return check;
}

std::shared_ptr<const CheckPlan> plan_of(std::uint8_t what) {
  config::Backend backend;
  const config::BackendServer server{.address = IpAddr::v4(0x0a000001), .port = std::uint16_t(80)};
  if (what == 4) return plan_agent({.address = server.address, .port = 9}, server);
  backend.check = check_of(what);
  return plan_check(*config::check_of(backend, server), backend, server);
}

void run_check(FuzzInput& input) {
  CheckRun check(plan_of(std::uint8_t(input.u8() % 5)));
  const Instant now(std::chrono::seconds(1));
  check.start(now);
  check.on_connected(now);
  while (!input.empty() && !check.result()) check.on_bytes(now, text_of(input.take(input.u8())));
  if (!check.result() && (input.size() & 1) == 0) check.on_closed(now);
  if (!check.result()) check.on_deadline(now + std::chrono::hours(1));
  ensure(check.result().has_value());
  ensure(info_of(check.result()->status).outcome != l7::health::Outcome::none);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  if (input.u8() == 0)
    read_reply(text_of(input.take(input.size())));
  else
    run_check(input);
  return 0;
}
