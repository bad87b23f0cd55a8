#include "control/proxy/check_plan.hpp"

#include <algorithm>

#include "config/check_l7.hpp"

namespace poise::control::proxy {
namespace {

using std::chrono::milliseconds;

// PROXY protocol headers that name no client.
const std::string header_v1 = "PROXY UNKNOWN\r\n";
const std::string header_v2{"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16};

std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return text;
}

std::string host_of(const health::ConnectionTarget& target) {
  const std::string address = to_string(target.address);
  const std::string host = target.address.is_v6() ? "[" + address + "]" : address;
  return target.port == (target.tls ? 443 : 80) ? host : host + ":" + std::to_string(target.port);
}

std::string text_of(const config::CheckRequest& request, const health::ConnectionTarget& target) {
  const bool is_1_1 = request.version == config::HttpVersion::http_1_1;
  std::string text = request.method + " " + request.uri + (is_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  bool has_host = false, has_connection = false, has_length = false;
  for (const auto& [name, value] : request.headers) {
    const std::string known = in_lower_case(name);
    has_host |= known == "host";
    has_connection |= known == "connection";
    has_length |= known == "content-length";
    text += name + ": " + value + "\r\n";
  }
  if (is_1_1 && !has_host) text += "Host: " + host_of(target) + "\r\n";
  if (is_1_1 && !has_connection) text += "Connection: close\r\n";
  if (!request.body.empty() && !has_length) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

CheckPlan::Expect plan_expect(const config::CheckExpect& wanted) {
  CheckPlan::Expect expect;
  expect.is_negated = wanted.negated;
  const bool is_of_status = !wanted.statuses.empty() || wanted.rstatus;
  expect.of = is_of_status ? CheckPlan::Expect::Of::status : CheckPlan::Expect::Of::content;
  for (const std::string& text : wanted.statuses)
    if (const auto range = config::parse_statuses(text)) expect.statuses.push_back(*range);
  if (wanted.rstatus) expect.pattern = health::Pattern(wanted.rstatus);
  if (wanted.rstring) expect.pattern = health::Pattern(wanted.rstring);
  if (wanted.string) expect.text = config::payload_bytes(*wanted.string).value_or("");
  expect.words = !wanted.statuses.empty() ? "expect HTTP status codes"
                 : wanted.rstatus         ? "expect HTTP status regex"
                 : wanted.rstring         ? "expect regex"
                                          : "expect string '" + wanted.string.value_or("") + "'";
  return expect;
}

health::ConnectionTarget plan_connect(const config::CheckConnect& wanted, const config::BackendCheck& check,
                                      const config::BackendServer& server) {
  health::ConnectionTarget target;
  target.address = wanted.address.value_or(*check.address);
  target.port = wanted.port.value_or(check.port.value_or(0));
  target.source = server.source;
  if (target.source && target.source->is_v4() != target.address.is_v4()) target.source.reset();
  if (const auto& tls = wanted.tls ? wanted.tls : check.tls) {
    target.tls = config::TlsCheck{tls->sni, tls->verify_certificate, tls->ca_file};
    target.alpn = tls->alpn;
  }
  if (wanted.send_proxy) target.preface = server.send_proxy == config::ProxyHeaderVersion::v2 ? header_v2 : header_v1;
  return target;
}

}  // namespace

std::shared_ptr<const CheckPlan> plan_check(const config::BackendCheck& check, const config::Backend& backend,
                                            const config::BackendServer& server) {
  auto plan = std::make_shared<CheckPlan>();
  plan->names_steps = check.kind == config::BackendCheckKind::script;
  const std::uint32_t connect_ms = backend.timeouts.connect_ms;
  plan->is_timeout_of_all = !check.timeout_ms.has_value();
  plan->timeout = milliseconds(check.timeout_ms.value_or(check.inter_ms));
  plan->connect_timeout = milliseconds(connect_ms == 0 ? check.inter_ms : std::min(connect_ms, check.inter_ms));
  health::ConnectionTarget last;
  for (const config::CheckStep& wanted : config::steps_of(check)) {
    CheckPlan::Step step;
    step.comment = wanted.comment;
    if (wanted.connect) step.connect = last = plan_connect(*wanted.connect, check, server);
    if (wanted.send) step.send = config::payload_bytes(*wanted.send).value_or("");
    if (wanted.request) step.send = text_of(*wanted.request, last);
    step.is_request = wanted.request.has_value();
    step.is_bodiless = wanted.request && wanted.request->method == "HEAD";
    if (wanted.expect) step.expect = plan_expect(*wanted.expect);
    plan->steps.push_back(std::move(step));
  }
  return plan;
}

std::shared_ptr<const CheckPlan> plan_agent(const config::AgentCheck& agent, const config::BackendServer& server) {
  auto plan = std::make_shared<CheckPlan>();
  plan->is_agent = true;
  plan->timeout = plan->connect_timeout = milliseconds(agent.inter_ms);
  CheckPlan::Step connect, send;
  connect.connect = health::ConnectionTarget{.address = *agent.address, .port = agent.port};
  if (server.source && server.source->is_v4() == agent.address->is_v4()) connect.connect->source = server.source;
  plan->steps.push_back(std::move(connect));
  if (agent.send.empty()) return plan;
  send.send = config::payload_bytes(agent.send).value_or("");
  plan->steps.push_back(std::move(send));
  return plan;
}

}  // namespace poise::control::proxy
