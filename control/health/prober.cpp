#include "control/health/prober.hpp"

#include <algorithm>
#include <charconv>

#include "config/checks.hpp"
#include "config/types/limits.hpp"

namespace poise::control::health {
namespace {

constexpr Duration path_retry = std::chrono::milliseconds(5);
constexpr std::uint32_t exit_codes_kept = 2;  // below them a code says passed or failed, from them on a weight

// "exit code 12" of a program's end.
std::optional<int> exit_code_in(const std::string& text) {
  constexpr std::string_view before = "exit code ";
  int code = 0;
  if (!text.starts_with(before)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + before.size(), text.data() + text.size(), code);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(code) : std::nullopt;
}

Verdict verdict_of(const JobResult& result, const Plan& plan) {
  if (result.outcome == JobResult::Outcome::done) return {true, "", {}};
  if (result.outcome == JobResult::Outcome::timed_out) return {false, "the program did not end in time", {}};
  const auto code = exit_code_in(result.text);
  if (!plan.target.check.exec.weight_from_exit_code || !code || *code < int(exit_codes_kept))
    return {false, result.text, {}};
  return {true, result.text, std::uint16_t(*code - int(exit_codes_kept))};
}

}  // namespace

bool Prober::can_probe(config::CheckKind kind) const { return !config::uses_tcp(kind) || connector_ != nullptr; }

void Prober::begin(Instant now, TargetId id, const std::shared_ptr<const Plan>& plan) {
  cancel(id);
  now_ = now;
  Run& run = runs_[id];
  run.plan = plan;
  if (plan->target.check.kind == config::CheckKind::exec) return run_program(id, run);
  run.probe = make_probe(plan);
  step(now, id, [&](Probe& probe) { return probe.start(now); });
}

void Prober::cancel(TargetId id) {
  const auto found = runs_.find(id);
  if (found == runs_.end()) return;
  Run& run = found->second;
  if (run.ends) asked_.erase({is_echo(run), *run.ends});
  if (run.connection != nullptr) ended_.push_back(std::move(run.connection));
  due_.erase({run.due, id});
  runs_.erase(found);
}

// One step of a probe's machine, and all that it wants; a probe that has its verdict ends.
template <class Step>
void Prober::step(Instant now, TargetId id, Step&& step) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || found->second.probe == nullptr) return;
  carry_out(now, id, step(*found->second.probe));
  if (found->second.probe->verdict()) return finish(id);
  arm(id, found->second);
}

void Prober::arm(TargetId id, Run& run) {
  due_.erase({run.due, id});
  run.due = std::min(run.probe->deadline(), run.retry_at);
  if (run.due != never) due_.insert({run.due, id});
}

void Prober::carry_out(Instant now, TargetId id, const Actions& actions) {
  Run& run = runs_.at(id);
  for (const Action& action : actions) {
    if (std::holds_alternative<Connect>(action)) {
      connect(id, run);
    } else if (const auto* sent = std::get_if<SendBytes>(&action)) {
      if (run.connection != nullptr)
        run.connection->send(sent->bytes);
      else
        send_packet(now, id, run, sent->bytes);
    }
  }
}

void Prober::finish(TargetId id) {
  const Verdict verdict = *runs_.at(id).probe->verdict();
  cancel(id);
  hooks_.done(id, verdict);
}

void Prober::connect(TargetId id, Run& run) {
  const Target& target = run.plan->target;
  ConnectionTarget wanted{target.address, target.port, {}};
  if (target.check.kind == config::CheckKind::https) {
    wanted.tls = target.check.tls;
    const auto& host = target.check.http.host;
    if (!wanted.tls->sni && host && !parse_ip(*host)) wanted.tls->sni = host;
  }
  ConnectionEvents events;
  events.connected = [this, id] { step(now_, id, [](Probe& probe) { return probe.on_connected(); }); };
  events.bytes = [this, id](std::string_view bytes) {
    step(now_, id, [&](Probe& probe) { return probe.on_bytes(bytes); });
  };
  events.closed = [this, id] { step(now_, id, [](Probe& probe) { return probe.on_closed(); }); };
  events.failed = [this, id](const std::string& reason) {
    step(now_, id, [&](Probe& probe) { return probe.on_failed(reason); });
  };
  if (connector_ != nullptr) run.connection = connector_(wanted, std::move(events));
}

// Ends that no other probe under way has: a local port, or a sequence number, of ours.
bool Prober::choose_ends(TargetId id, Run& run) {
  const Target& target = run.plan->target;
  const auto source = hooks_.source(target.address);
  if (!source) return false;
  for (std::size_t tried = 0; tried < limits::probe_ports; ++tried) {
    Ends ends{*source, target.address, std::uint16_t(limits::probe_port_first + next_port_), target.port};
    next_port_ = std::uint16_t((next_port_ + 1) % limits::probe_ports);
    if (is_echo(run)) ends.port = next_sequence_++;
    if (!asked_.emplace(Key{is_echo(run), ends}, id).second) continue;
    run.ends = ends;
    return true;
  }
  return false;
}

void Prober::send_packet(Instant now, TargetId id, Run& run, const std::string& bytes) {
  run.retry_at = never;
  if (!run.ends && !choose_ends(id, run)) {  // no route yet, or all ports are in use
    run.unsent = bytes;
    run.retry_at = now + path_retry;
    return;
  }
  const auto path = hooks_.path(run.ends->peer);
  run.is_sent =
      path && hooks_.send(*path, is_echo(run) ? make_echo_request(*run.ends, bytes) : make_datagram(*run.ends, bytes));
  if (run.is_sent) return;
  run.unsent = bytes;
  run.retry_at = now + path_retry;
}

bool Prober::on_packet(Instant now, std::span<const std::uint8_t> packet) {
  now_ = now;
  const auto answer = read_answer(packet);
  if (!answer) return false;
  const auto found = asked_.find({answer->is_echo, answer->ends});
  if (found == asked_.end()) return false;
  step(now, found->second, [&](Probe& probe) {
    return answer->error.empty() ? probe.on_bytes(answer->data) : probe.on_failed(answer->error);
  });
  return true;
}

void Prober::on_deadline(Instant now) {
  now_ = now;
  ended_.clear();
  while (!due_.empty() && due_.begin()->first <= now) {
    const TargetId id = due_.begin()->second;
    Run& run = runs_.at(id);
    if (run.probe->deadline() > now) {
      send_packet(now, id, run, run.unsent);
      arm(id, run);
    } else if (run.connection == nullptr && !run.is_sent) {
      step(now, id, [](Probe& probe) { return probe.on_failed("there is no way to the server"); });
    } else {
      step(now, id, [&](Probe& probe) { return probe.on_deadline(now); });
    }
  }
}

void Prober::run_program(TargetId id, Run& run) {
  const Target& target = run.plan->target;
  Job job;
  job.command = target.check.exec.command;
  job.user = target.user;
  job.timeout_ms = std::uint32_t(std::chrono::duration_cast<std::chrono::milliseconds>(run.plan->timeout()).count());
  job.environment = {"POISE_ADDRESS=" + to_string(target.address), "POISE_PORT=" + std::to_string(target.port)};
  run.job = next_job_++;
  hooks_.run(std::move(job), [this, id, number = run.job](const JobResult& result) {
    const auto found = runs_.find(id);
    if (found == runs_.end() || found->second.job != number) return;  // no more asked for
    const std::shared_ptr<const Plan> plan = found->second.plan;
    cancel(id);
    if (result.outcome == JobResult::Outcome::unavailable) return hooks_.not_done(id);
    hooks_.done(id, verdict_of(result, *plan));
  });
}

}  // namespace poise::control::health
