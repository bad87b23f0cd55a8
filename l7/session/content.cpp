#include "l7/rules/content_rules.hpp"
#include "l7/rules/rewrite.hpp"
#include "l7/session/core.hpp"
#include "l7/session/stick.hpp"
#include "l7/tls/client_hello.hpp"

// Content rules in the life of a session: when they are asked, and what becomes of their answer.
namespace poise::l7 {
namespace {

using rules::Rule;
using rules::Subject;

// What a rule that fits has done: the next one is asked, none of this list is, or there is nothing more to judge.
enum class Step : std::uint8_t { next, enough, ended };

void count(ProxyCore& core, const Session& session, Stat stat) {
  core.stats(*session.frontend->state).add(stat);
  if (session.is_in_backend) core.stats(*session.backend->state).add(stat);
}

Step fail_rewrite(ProxyCore& core, Session& session, char phase) {
  count(core, session, Stat::failed_rewrites);
  count(core, session, Stat::internal_errors);
  note_end(session, Cause::internal, phase);
  answer(core, session, 500);
  return Step::ended;
}

void answer_denied(ProxyCore& core, Session& session, const rules::Deny& deny) {
  if (!deny.content) return answer(core, session, deny.status);
  answer_with(
      core, session,
      {.status = deny.status, .content_type = deny.content->type, .content = deny.content->body, .is_cached = true});
}

void note_answered_here(ProxyCore& core, Session& session) {
  note_end(session, Cause::local, 'R');
  if (!session.is_in_backend) core.stats(*session.frontend->state).add(Stat::intercepted);
}

// Judge - what the rules of a list do alike on a request and on a response.
template <class OfOneKind>
class Judge {
 public:
  Step carry_out(const rules::Action& action) {
    action_ = &action;
    return std::visit(static_cast<OfOneKind&>(*this), action);
  }

  Step operator()(const rules::Allow&) { return Step::enough; }
  Step operator()(const rules::NoLog&) {
    session_.is_silent = true;
    return Step::next;
  }
  Step operator()(const rules::CaptureText& action) {
    std::string& text = captured_[action.slot];
    text.clear();
    action.value.append_to(text, subject_);
    if (text.size() > action.length_max) text.resize(action.length_max);
    return Step::next;
  }

 protected:
  using Captured = decltype(Session::captured_requests);
  Judge(ProxyCore& core, Session& session, const Subject& subject, Captured& captured)
      : core_(core), session_(session), subject_(subject), captured_(captured) {}
  ProxyCore& core_;
  Session& session_;
  const Subject& subject_;
  Captured& captured_;
  const rules::Action* action_ = nullptr;
};

// RequestJudge - carries out the rules of one list on a request.
class RequestJudge : public Judge<RequestJudge> {
 public:
  RequestJudge(ProxyCore& core, Session& session, const Subject& subject)
      : Judge(core, session, subject, session.captured_requests) {}

  using Judge::operator();
  Step operator()(const rules::SetPriority& action) {
    if (action.priority_class) session_.priority_class = *action.priority_class;
    if (action.offset_ms) session_.priority_offset_ms = *action.offset_ms;
    return Step::next;
  }
  Step operator()(const rules::Deny& action) {
    deny();
    answer_denied(core_, session_, action);
    return Step::ended;
  }
  Step operator()(const rules::Reject&) {
    deny();
    finish(core_, session_, false);
    return Step::ended;
  }
  Step operator()(const rules::SilentDrop&) {
    deny();
    forget_session(core_, session_);
    return Step::ended;
  }
  Step operator()(const rules::Tarpit& action) {
    count(core_, session_, Stat::denied_requests);
    session_.status = action.status;
    session_.phase = Session::Phase::tarpit;
    const std::uint32_t of_backend = session_.is_in_backend ? session_.backend->timeouts.tarpit : 0;
    const std::uint32_t timeout = session_.is_in_backend ? of_backend : session_.frontend->timeouts.tarpit;
    if (timeout == 0)
      end_tarpit(core_, session_);
    else
      set_deadline(core_, core_.end_of(session_.client), timeout);
    return Step::ended;
  }

  Step operator()(const rules::Return& action) {
    std::string& fields = core_.rule_text;
    fields.clear();
    for (const auto& [name, value] : action.headers) {
      fields.append(name).append(": ");
      const std::size_t from = fields.size();
      value.append_to(fields, subject_);
      if (!all(http1::value_character, std::string_view(fields).substr(from)))
        return fail_rewrite(core_, session_, 'R');
      fields.append("\r\n");
    }
    note_answered_here(core_, session_);
    Answer answer{.status = action.status, .is_cached = true, .more_fields = fields};
    if (action.content) {
      answer.content_type = action.content->type;
      answer.content = action.content->body;
    }
    answer_with(core_, session_, answer);
    return Step::ended;
  }
  Step operator()(const rules::Redirect& action) {
    if (!write_location(action, subject_, core_.rule_text)) return fail_rewrite(core_, session_, 'R');
    if (core_.rule_text.empty() && action.ignores_empty) return Step::next;
    note_answered_here(core_, session_);
    const bool is_lasting = action.code == 301 || action.code == 308;
    answer_with(
        core_, session_,
        {.status = action.code, .location = core_.rule_text, .is_cached = is_lasting, .more_fields = action.cookie});
    return Step::ended;
  }

  Step operator()(const rules::SetMethod& action) {
    session_.is_retryable = session_.is_retryable && action.is_idempotent;
    return rewrite();
  }
  template <class Rewrite>
  Step operator()(const Rewrite&) {
    return rewrite();
  }

 private:
  void deny() {
    count(core_, session_, Stat::denied_requests);
    note_end(session_, Cause::proxy_blocked, 'R');
  }
  Step rewrite() {
    const bool is_done = rules::rewrite_request(*action_, subject_, *session_.edits, core_.rule_text);
    return is_done ? Step::next : fail_rewrite(core_, session_, 'R');
  }
};

// ResponseJudge - the same on a response.
class ResponseJudge : public Judge<ResponseJudge> {
 public:
  ResponseJudge(ProxyCore& core, Session& session, const Subject& subject)
      : Judge(core, session, subject, session.captured_responses) {}

  using Judge::operator();
  Step operator()(const rules::Deny& action) {
    count(core_, session_, Stat::denied_responses);
    core_.stats(*session_.picked->state).add(Stat::denied_responses);
    note_end(session_, Cause::proxy_blocked, 'H');
    answer_denied(core_, session_, action);
    return Step::ended;
  }
  // What opens a tunnel must say so.
  Step operator()(const rules::SetStatus&) {
    return session_.method == http1::Method::connect ? Step::next : rewrite();
  }
  template <class Rewrite>
  Step operator()(const Rewrite&) {
    return rewrite();
  }

 private:
  Step rewrite() {
    const bool is_done = rules::rewrite_response(*action_, subject_, core_.response_edits, core_.rule_text);
    return is_done ? Step::next : fail_rewrite(core_, session_, 'H');
  }
};

// False: the session is over, or a rule deals with it.
template <class Judge>
bool judge(const rules::RuleList& list, const Subject& subject, Judge&& judge_of_head) {
  for (const Rule& rule : list) {
    if (!holds(rule.match, subject)) continue;
    const Step step = judge_of_head.carry_out(rule.action);
    if (step != Step::next) return step == Step::enough;
  }
  return true;
}

// The first rule that fits, of those that can be asked before anything has come.
const Rule* find_connection_rule(const rules::RuleList& list, const Subject& subject, bool has_sni) {
  for (const Rule& rule : list) {
    if (rule.match.needs_sni && !has_sni) return nullptr;
    if (holds(rule.match, subject)) return &rule;
  }
  return nullptr;
}

}  // namespace

Subject subject_of(ProxyCore& core, const Session& session) {
  Subject subject;
  subject.ends = &session.ends;
  subject.sni = session.sni;
  subject.identity = {session.began_ms, session.number, std::uint32_t(core.settings.number)};
  for (std::size_t i = 0; i < stick::counters_max; ++i) subject.tracked.held[i] = tracked(core, session, i);
  subject.tracked.visit = visit_of(core);
  subject.room = core.rule_room;
  return subject;
}

rules::EditedRequest edited_request(ProxyCore& core, const Session& session, std::string_view head) {
  return {{head, &core.request.fields, session.edits.get()}, &core.request};
}

bool judge_connection(ProxyCore& core, End& client, const Frontend& frontend) {
  if (frontend.content == nullptr || frontend.content->connections.empty()) return true;
  const ProxyHeader::Ends ends = ends_of(core, client.handle);
  Subject subject;
  subject.ends = &ends;
  if (!core.tracked.empty()) subject.tracked = {core.tracked[client.handle.index].held, visit_of(core)};
  const Rule* rule = find_connection_rule(frontend.content->connections, subject, false);
  if (rule == nullptr || std::holds_alternative<rules::Allow>(rule->action)) return true;
  core.stats(*client.frontend).add(Stat::denied_connections);
  const tcp::Handle handle = client.handle;
  release(core, client);
  if (std::holds_alternative<rules::SilentDrop>(rule->action))
    core.transport.vanish(handle);
  else
    core.transport.close(handle);
  return false;
}

void inspect(ProxyCore& core, Session& session) {
  const std::string_view bytes = read_first(core, session.client, tls::client_hello_max);
  const auto hello = tls::read_client_hello(bytes);
  const bool may_become_one = hello && !*hello && bytes.size() < tls::client_hello_max;
  if (may_become_one && !core.end_of(session.client).has_peer_finished) return;
  if (hello && *hello) session.sni = (*hello)->server_name;
  judge_inspected(core, session);
}

void judge_inspected(ProxyCore& core, Session& session) {
  clear_deadline(core.end_of(session.client));
  session.phase = Session::Phase::none;
  const Subject subject = subject_of(core, session);
  const Rule* rule = find_connection_rule(session.frontend->content->connections, subject, true);
  if (rule == nullptr || std::holds_alternative<rules::Allow>(rule->action))
    return enter_backend(core, session, chosen_backend(core, session));
  count(core, session, Stat::denied_requests);
  note_end(session, Cause::proxy_blocked, 'R');
  if (std::holds_alternative<rules::SilentDrop>(rule->action)) return forget_session(core, session);
  finish(core, session, false);
}

bool judge_request(ProxyCore& core, Session& session, const rules::ContentRules* content) {
  if (content == nullptr || content->requests.empty()) return true;
  const std::string_view head = kept_head(core, session);
  if (session.edits == nullptr) session.edits = std::make_unique<rules::HeadEdits>();
  const rules::EditedRequest request = edited_request(core, session, head);
  Subject subject = subject_of(core, session);
  subject.request = &request;
  return judge(content->requests, subject, RequestJudge(core, session, subject));
}

bool judge_response(ProxyCore& core, Session& session, std::string_view head) {
  const rules::EditedResponse response{{head, &core.response.fields, &core.response_edits}, &core.response};
  Subject subject = subject_of(core, session);
  subject.response = &response;
  for (const rules::ContentRules* content : {session.backend->content.get(), session.frontend->content.get()}) {
    if (content == nullptr || content->responses.empty()) continue;
    if (!judge(content->responses, subject, ResponseJudge(core, session, subject))) return false;
  }
  session.status = response.status();
  return true;
}

void end_tarpit(ProxyCore& core, Session& session) {
  note_end(session, Cause::proxy_blocked, 'T');
  answer(core, session, session.status);
}

const Backend* chosen_backend(ProxyCore& core, Session& session) {
  const Frontend& frontend = *session.frontend;
  if (frontend.content == nullptr || frontend.content->backends.empty()) return frontend.backend;
  Subject subject = subject_of(core, session);
  rules::EditedRequest request;
  if (frontend.mode == Mode::http) {
    request = edited_request(core, session, kept_head(core, session));
    subject.request = &request;
  }
  const Backend* backend = choose_backend(frontend.content->backends, subject, core.rule_text);
  return backend != nullptr ? backend : frontend.backend;
}

}  // namespace poise::l7
