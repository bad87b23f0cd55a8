#include "control/transactions.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "config/rule_files.hpp"
#include "config/validate.hpp"

namespace poise::control {
namespace {

tl::unexpected<Transactions::Refusal> refuse(Transactions::Refusal::Kind kind, Error error) {
  return tl::unexpected(Transactions::Refusal{kind, {std::move(error)}});
}

// What the health checks run, by server.
std::map<std::string, config::ExecCheck> checking_programs(const std::map<std::string, config::Pool>& pools) {
  std::map<std::string, config::ExecCheck> programs;
  const auto add = [&](const std::string& owner, const config::Named<config::Check>& checks) {
    for (const auto& [name, check] : checks)
      if (!check.exec.command.empty()) programs[owner + " " + name] = check.exec;
  };
  for (const auto& [pool_name, pool] : pools) {
    add(pool_name, pool.checks);
    for (const auto& [name, server] : pool.servers)
      if (server.checks) add(pool_name + " " + name, *server.checks);
  }
  return programs;
}

// The programs that poised runs, and as whom: who may change them may do what that user may.
bool same_programs(const config::Vrrp& left, const config::Vrrp& right) {
  const auto commands = [](const config::VrrpNotify& from) {
    return std::array{from.any, from.master, from.backup, from.fault, from.stop};
  };
  const auto all = [&](const config::Vrrp& vrrp) {
    std::map<std::string, std::array<std::vector<std::string>, 5>> programs;
    for (const auto& [name, instance] : vrrp.instances) programs["instance " + name] = commands(instance.notify);
    for (const auto& [name, group] : vrrp.groups) programs["group " + name] = commands(group.notify);
    std::erase_if(programs, [](const auto& each) { return each.second == std::array<std::vector<std::string>, 5>{}; });
    return programs;
  };
  return left.scripts == right.scripts && left.script_user == right.script_user && left.files == right.files &&
         all(left) == all(right);
}

// Rules answer with what files say, and poised may read any.
bool names_new_files(const config::Config& wanted, const config::Config& running) {
  const std::vector<config::RuleFile> known = config::rule_files_of(running);
  return std::ranges::any_of(config::rule_files_of(wanted), [&](const config::RuleFile& each) {
    return std::ranges::find(known, each) == known.end();
  });
}

}  // namespace

Transactions::Outcome Transactions::commit(Instant now, Request request) {
  if (request.if_match && *request.if_match != revision_)
    return refuse(Refusal::stale, {"",
                                   "revision " + std::to_string(*request.if_match) + " is not the running one, " +
                                       std::to_string(revision_) + " is",
                                   "read the configuration again and repeat the change"});
  if (pending_ && !request.dry_run)
    return refuse(Refusal::waiting, {"", "revision " + std::to_string(revision_) + " waits for its confirmation",
                                     "`poise config confirm` keeps it; without, it reverts by itself"});
  if (!request.may_change_access && request.config.api != running_.api)
    return refuse(Refusal::forbidden, {"api", "only an admin may change who may do what", "use an admin's token"});
  if (!request.may_change_access && !same_programs(request.config.vrrp, running_.vrrp))
    return refuse(Refusal::forbidden,
                  {"vrrp", "only an admin may change which programs poised runs and which files it reads",
                   "use an admin's token"});
  if (!request.may_change_access && checking_programs(request.config.pools) != checking_programs(running_.pools))
    return refuse(Refusal::forbidden,
                  {"pools", "only an admin may change which programs the health checks run", "use an admin's token"});
  if (!request.may_change_access && names_new_files(request.config, running_))
    return refuse(Refusal::forbidden,
                  {"frontends", "only an admin may name files that rules read", "use an admin's token"});
  if (Errors errors = config::validate(request.config); !errors.empty())
    return tl::unexpected(Refusal{Refusal::invalid, std::move(errors)});
  std::vector<config::Change> changes = config::plan(running_, request.config);
  if (request.dry_run || changes.empty()) return Committed{revision_, std::move(changes)};
  const Pending before{running_, revision_, now + std::chrono::seconds(request.confirm_s.value_or(0))};
  Outcome outcome =
      store_and_apply(request, std::move(changes), request.confirm_s ? std::optional(revision_) : std::nullopt);
  if (outcome && request.confirm_s) pending_ = before;
  return outcome;
}

Transactions::Outcome Transactions::store_and_apply(const Request& request, std::vector<config::Change> changes,
                                                    std::optional<std::uint64_t> reverts_to) {
  config::Revision metadata;
  metadata.committed_at = request.time;
  metadata.author = request.author;
  metadata.comment = request.comment;
  metadata.reverts_to = reverts_to;
  const Result<config::Revision> stored = storage_.append(request.config, metadata);
  if (!stored) return refuse(Refusal::storage, stored.error());
  make_running(request.config, stored->number);
  restart_needed_ = restart_needed_ || std::any_of(changes.begin(), changes.end(),
                                                   [](const auto& change) { return change.needs_restart; });
  return Committed{revision_, std::move(changes)};
}

void Transactions::make_running(config::Config config, std::uint64_t revision) {
  apply_(config, revision, [&] {
    std::swap(running_, config);  // what was before is freed by the caller
    revision_ = revision;
  });
}

Transactions::Outcome Transactions::rollback(Instant now, std::optional<std::uint64_t> number, Request request) {
  if (!number) {
    for (const config::Revision& revision : storage_.list())
      if (revision.number < revision_ && (!number || revision.number > *number)) number = revision.number;
    if (!number) return refuse(Refusal::not_found, {"revision", "there is no revision before the running one", ""});
  }
  Result<config::Config> config = storage_.load(*number);
  if (!config) return refuse(Refusal::not_found, config.error());
  request.config = std::move(*config);
  if (request.comment.empty()) request.comment = "rollback to revision " + std::to_string(*number);
  return commit(now, std::move(request));
}

tl::expected<void, Transactions::Refusal> Transactions::confirm() {
  if (!pending_)
    return refuse(Refusal::waiting, {"", "no commit waits for confirmation",
                                     "it may have reverted already: see `poise config revisions`"});
  if (const Result<void> noted = storage_.confirm(revision_); !noted) return refuse(Refusal::storage, noted.error());
  pending_.reset();
  return {};
}

std::optional<Transactions::Committed> Transactions::on_deadline(Instant now, const std::string& time) {
  if (!pending_ || now < pending_->deadline) return std::nullopt;
  Request request;
  request.config = pending_->before;
  request.author = "poised";
  request.comment = "revision " + std::to_string(revision_) + " was not confirmed: back to " +
                    std::to_string(pending_->before_revision);
  request.time = time;
  std::vector<config::Change> changes = config::plan(running_, request.config);
  Outcome outcome = store_and_apply(request, changes, std::nullopt);
  if (!outcome) {
    // The disk refuses: the running configuration still goes back; so does a restart, and the next commit stores it.
    make_running(request.config, pending_->before_revision);
    pending_.reset();
    return Committed{revision_, std::move(changes)};
  }
  pending_.reset();
  return *outcome;
}

}  // namespace poise::control
