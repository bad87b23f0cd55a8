#include "control/checks.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace poise::control {
namespace {

constexpr auto file_interval = std::chrono::milliseconds(500);

Checks::Row row_of(const config::VrrpScript& script, const std::string& user) {
  Checks::Row row;
  row.job.command = script.command;
  row.job.user = script.user.value_or(user);
  row.job.timeout_ms = script.timeout_ms.value_or(script.interval_ms);
  row.interval = std::chrono::milliseconds(script.interval_ms);
  row.rise = script.rise;
  row.fall = script.fall;
  return row;
}

Checks::Row row_of(const config::VrrpFile& file) {
  Checks::Row row;
  row.job.kind = Job::Kind::read;
  row.job.path = file.path;
  row.job.timeout_ms = 5000;
  row.interval = file_interval;
  return row;
}

// Keeps what is the same, with all that is known of it.
void put(Checks::Rows& old, Checks::Rows& rows, Instant now, const std::string& name, Checks::Row row) {
  row.next = now;
  const auto known = old.find(name);
  const bool same = known != old.end() && known->second.job == row.job && known->second.interval == row.interval &&
                    known->second.rise == row.rise && known->second.fall == row.fall;
  rows.emplace(name, same ? known->second : std::move(row));
}

// The whole number that the text begins with.
std::optional<std::int64_t> number_in(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + first, text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

void Checks::apply(Instant now, const config::Vrrp& vrrp) {
  Rows scripts, files;
  for (const auto& [name, script] : vrrp.scripts) put(scripts_, scripts, now, name, row_of(script, vrrp.script_user));
  for (const auto& [name, file] : vrrp.files) put(files_, files, now, name, row_of(file));
  scripts_ = std::move(scripts);
  files_ = std::move(files);
}

Instant Checks::deadline() const {
  Instant next = never;
  for (const Rows* rows : {&scripts_, &files_})
    for (const auto& [name, row] : *rows)
      if (row.running == 0) next = std::min(next, row.next);
  return next;
}

// One run of a check at a time: one that takes longer than its interval is not begun again beside itself.
void Checks::on_deadline(Instant now) {
  for (Rows* rows : {&scripts_, &files_})
    for (auto& [name, row] : *rows)
      if (row.running == 0 && now >= row.next) start(now, *rows, name);
}

void Checks::start(Instant now, Rows& rows, const std::string& name) {
  Row& row = rows.at(name);
  row.next = std::max(row.next + row.interval, now);
  row.running = next_run_++;
  ++row.runs;
  const bool script = &rows == &scripts_;
  hooks_.run(row.job, [this, script, name, run = row.running](const JobResult& result) {
    Rows& of = script ? scripts_ : files_;
    const auto found = of.find(name);
    if (found == of.end() || found->second.running != run) return;  // no more asked for
    found->second.running = 0;
    if (result.outcome == JobResult::Outcome::unavailable) {  // says nothing about what is checked
      found->second.last_problem = result.text;
      return;
    }
    if (result.outcome == JobResult::Outcome::timed_out) ++found->second.timeouts;
    script ? take_script(found, result) : take_file(found, result);
  });
}

void Checks::take_script(Rows::iterator found, const JobResult& result) {
  Row& row = found->second;
  const bool good = result.outcome == JobResult::Outcome::done;
  row.failures += good ? 0 : 1;
  row.last_problem = good ? ""
                     : result.outcome == JobResult::Outcome::timed_out
                         ? "no answer in " + std::to_string(row.job.timeout_ms) + " ms"
                         : result.text;
  const State to = good ? State::up : State::down;
  if (row.state == to) {
    row.in_a_row = 0;
    return;
  }
  const bool enough = ++row.in_a_row >= (good ? row.rise : row.fall);
  if (row.state == State::unknown || enough) change("script", found, to);  // the first result counts at once
}

// What can't be read is like a file with a zero: an operator who removes the file means that.
void Checks::take_file(Rows::iterator found, const JobResult& result) {
  Row& row = found->second;
  const auto number = result.outcome == JobResult::Outcome::done ? number_in(result.text) : std::nullopt;
  row.last_problem = number                                       ? ""
                     : result.outcome == JobResult::Outcome::done ? "does not begin with a whole number"
                                                                  : result.text;
  row.failures += number ? 0 : 1;
  const std::int64_t before = std::exchange(row.value, number.value_or(0));
  const State to = row.value == 0 ? State::up : State::down;
  if (row.state != to || row.value != before) change("file", found, to);
}

void Checks::change(const std::string& kind, Rows::iterator found, State to) {
  found->second.state = to;
  found->second.in_a_row = 0;
  hooks_.changed(kind, found->first, to == State::up, found->second.last_problem);
}

}  // namespace poise::control
