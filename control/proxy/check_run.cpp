#include "control/proxy/check_run.hpp"

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "l7/health/agent_reply.hpp"

namespace poise::control::proxy {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t received_max = 64u << 10, body_max = 1u << 20;

}  // namespace

struct CheckRun::Response {
  http::response_parser<http::string_body> parser;
  std::string unread;  // what the parser waits for more of
  unsigned status() { return parser.get().result_int(); }
};

CheckRun::CheckRun(std::shared_ptr<const CheckPlan> plan) : plan_(std::move(plan)) {}
CheckRun::~CheckRun() = default;

CheckActions CheckRun::start(Instant now) {
  started_ = now;
  deadline_ = now + plan_->timeout;
  return proceed(now);
}

CheckActions CheckRun::proceed(Instant now) {
  CheckActions actions;
  for (; step_ < plan_->steps.size(); ++step_) {
    const CheckPlan::Step& step = plan_->steps[step_];
    if (step.connect) {
      begin_connection(now, *step.connect, actions);
      return actions;
    }
    if (step.send) begin_exchange(step, actions);
    if (!step.expect) continue;
    const Found found = look_at(*step.expect);
    if (found == Found::undecided) return actions;
    if (found == Found::differs) return disappoint(now, *step.expect);
  }
  if (!plan_->is_agent) {
    const CheckActions end = pass(now);
    actions.insert(actions.end(), end.begin(), end.end());
  }
  return actions;
}

void CheckRun::begin_connection(Instant now, const health::ConnectionTarget& target, CheckActions& actions) {
  is_connecting_ = true;
  is_closed_ = false;
  layer_ = Layer::l4;
  has_tls_ = target.tls.has_value();
  received_.clear();
  response_.reset();
  if (!plan_->is_timeout_of_all) deadline_ = now + plan_->connect_timeout;
  actions.push_back(OpenConnection{target});
}

void CheckRun::begin_exchange(const CheckPlan::Step& step, CheckActions& actions) {
  received_.clear();
  response_.reset();
  if (step.is_request) {
    response_ = std::make_unique<Response>();
    response_->parser.body_limit(body_max);
    response_->parser.header_limit(received_max);
    response_->parser.eager(true);
    response_->parser.skip(step.is_bodiless);
  }
  if (!step.send->empty()) actions.push_back(SendText{*step.send});
}

CheckActions CheckRun::on_opened(Instant) {
  layer_ = Layer::l6;
  return {};
}

CheckActions CheckRun::on_connected(Instant now) {
  if (!is_connecting_) return {};
  is_connecting_ = false;
  layer_ = Layer::l7;
  if (!plan_->is_timeout_of_all) deadline_ = now + plan_->timeout;
  ++step_;
  return proceed(now);
}

// False: it is no response.
bool CheckRun::read_response() {
  auto& [parser, unread] = *response_;
  boost::system::error_code error;
  while (!unread.empty() && !parser.is_done()) {
    const std::size_t used = parser.put(boost::asio::buffer(unread), error);
    unread.erase(0, used);
    if (error == http::error::need_more) {
      error = {};
      break;
    }
    if (error) return false;
  }
  if (is_closed_ && parser.got_some() && !parser.is_done()) parser.put_eof(error);
  return !error;
}

CheckActions CheckRun::on_bytes(Instant now, std::string_view bytes) {
  if (is_connecting_) return {};
  if (response_ != nullptr) {
    response_->unread += bytes;
    if (!read_response()) return finish(now, Status::l7_response, "what it says is no HTTP response" + at_step());
    return proceed(now);
  }
  received_ += bytes.substr(0, received_max - received_.size());
  if (!plan_->is_agent) return proceed(now);
  const bool is_whole = received_.find_first_of("\r\n") != std::string::npos;
  if (!is_whole && received_.size() < l7::health::agent_reply_max) return {};
  return finish(now, Status::l7_ok, "");
}

CheckActions CheckRun::on_closed(Instant now) {
  if (is_connecting_) return on_failed(now, "the connection ended");
  is_closed_ = true;
  if (plan_->is_agent) {
    if (received_.empty()) return finish(now, Status::l7_response, "the agent says nothing");
    return finish(now, Status::l7_ok, "");
  }
  if (response_ != nullptr && !read_response())
    return finish(now, Status::l7_response, "the connection ended before the response was whole" + at_step());
  return proceed(now);
}

CheckRun::Found CheckRun::look_at_status(const CheckPlan::Expect& expect) const {
  if (!response_->parser.is_header_done()) return is_closed_ ? Found::differs : Found::undecided;
  const unsigned status = response_->status();
  const bool fits = expect.pattern ? expect.pattern.matches(std::to_string(status))
                                   : std::ranges::any_of(expect.statuses, [&](const config::StatusRange& range) {
                                       return range.first <= status && status <= range.last;
                                     });
  return fits != expect.is_negated ? Found::matches : Found::differs;
}

CheckRun::Found CheckRun::look_at(const CheckPlan::Expect& expect) const {
  if (response_ != nullptr && expect.of == CheckPlan::Expect::Of::status) return look_at_status(expect);
  const bool has_head = response_ == nullptr || response_->parser.is_header_done();
  const std::string& text = response_ == nullptr ? received_ : response_->parser.get().body();
  const bool is_all =
      is_closed_ || (response_ == nullptr ? received_.size() >= received_max : response_->parser.is_done());
  if (!has_head) return is_all ? Found::differs : Found::undecided;
  const bool fits = expect.pattern ? expect.pattern.matches(text) : text.find(expect.text) != std::string::npos;
  if (fits) return expect.is_negated ? Found::differs : Found::matches;
  if (!is_all) return Found::undecided;
  return expect.is_negated ? Found::matches : Found::differs;
}

CheckActions CheckRun::disappoint(Instant now, const CheckPlan::Expect& expect) {
  const bool has_response = response_ != nullptr && response_->parser.is_header_done();
  if (response_ != nullptr && !has_response)
    return finish(now, Status::l7_response, "the connection ended before a response came" + at_step());
  if (has_response && expect.of == CheckPlan::Expect::Of::status)
    return finish(now, Status::l7_status, std::string(response_->parser.get().reason()));
  if (has_response) {
    const char* what = expect.is_negated ? "HTTP check matched unwanted content" : "HTTP content check did not match";
    return finish(now, Status::l7_response, what + at_step());
  }
  if (received_.empty()) return finish(now, Status::l7_response, "TCPCHK got an empty response" + at_step());
  return finish(now, Status::l7_response,
                (expect.is_negated ? "TCPCHK matched unwanted content" : "TCPCHK did not match content") + at_step());
}

CheckActions CheckRun::on_failed(Instant now, const std::string& reason) {
  constexpr Status statuses[] = {Status::l4_connection, Status::l6_response, Status::socket_error};
  return finish(now, statuses[std::size_t(layer_)], reason + at_step());
}

CheckActions CheckRun::on_unavailable(Instant now, const std::string& reason) {
  return finish(now, Status::no_change, reason);
}

CheckActions CheckRun::on_deadline(Instant now) {
  if (result_ || now < deadline_) return {};
  constexpr Status statuses[] = {Status::l4_timeout, Status::l6_timeout, Status::l7_timeout};
  return finish(now, statuses[std::size_t(layer_)], at_step());
}

CheckActions CheckRun::pass(Instant now) {
  const bool is_connection_alone = plan_->steps.back().connect.has_value();
  if (is_connection_alone) return finish(now, has_tls_ ? Status::l6_ok : Status::l4_ok, "");
  if (response_ == nullptr) return finish(now, Status::l7_ok, "(tcp-check)");
  return finish(now, Status::l7_ok, std::string(response_->parser.get().reason()));
}

CheckActions CheckRun::finish(Instant now, Status status, std::string description) {
  l7::health::Result result{.status = status, .description = std::move(description), .took = now - started_};
  if (response_ != nullptr && response_->parser.is_header_done()) result.code = std::uint16_t(response_->status());
  result_ = std::move(result);
  return {EndCheck{}};
}

// Where a script is, as HAProxy says it.
std::string CheckRun::at_step() const {
  if (!plan_->names_steps || step_ >= plan_->steps.size()) return "";
  const CheckPlan::Step& step = plan_->steps[step_];
  std::string text = " at step " + std::to_string(step_ + 1) + " of tcp-check";
  if (step.connect) text += " (connect port " + std::to_string(step.connect->port) + ")";
  if (step.expect) text += " (" + step.expect->words + ")";
  if (!step.comment.empty()) text += " comment: '" + step.comment + "'";
  return text;
}

}  // namespace poise::control::proxy
