#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/model.hpp"
#include "config/plan.hpp"
#include "config/store.hpp"
#include "config/types/result.hpp"
#include "config/types/time.hpp"

namespace poise::control {

// Transactions - the running configuration and the only way to change it: validate -> plan -> write to disk -> apply.
// Start-up, SIGHUP and every API verb go through commit(); nothing is ever half-applied, and when the disk refuses,
// nothing has changed. A commit that waits for its confirmation says so on disk, so that a restart reverts it too
// (startup.hpp). Sans-io but for the store, which it is given as functions. Thread: control's.
class Transactions {
 public:
  struct Storage {
    std::function<Result<config::Revision>(const config::Config&, const config::Revision&)> append;
    std::function<Result<config::Config>(std::uint64_t)> load;
    std::function<std::vector<config::Revision>()> list;
    std::function<Result<void>(std::uint64_t)> confirm;  // notes durably that the revision is confirmed
  };
  // Makes a configuration run: does what takes time, then calls take(), at which running() and revision() change.
  using Apply = std::function<void(const config::Config&, std::uint64_t revision, const std::function<void()>& take)>;

  struct Request {
    config::Config config;
    std::optional<std::uint64_t> if_match;   // refuse unless this revision is running
    std::string author, comment, time;       // time: RFC 3339, given by the caller
    std::optional<std::uint32_t> confirm_s;  // revert after so long unless confirmed
    bool dry_run = false;
    bool may_change_access = true;  // else `api` and the programs that are run must stay
  };
  struct Committed {
    std::uint64_t revision = 0;
    std::vector<config::Change> changes;  // empty: nothing to do, no new revision
  };
  struct Refusal {
    enum Kind { invalid, stale, waiting, forbidden, not_found, storage } kind;
    Errors errors;
  };
  using Outcome = tl::expected<Committed, Refusal>;

  Transactions(config::Config running, std::uint64_t revision, Storage storage, Apply apply)
      : running_(std::move(running)), revision_(revision), storage_(std::move(storage)), apply_(std::move(apply)) {}

  Outcome commit(Instant now, Request request);
  // Commits an older revision again, as a new one; without a number the one before the running one.
  Outcome rollback(Instant now, std::optional<std::uint64_t> number, Request request);
  // Keeps the commit that waits. Refused when none does (waiting), or when it cannot be noted on disk: it waits on.
  tl::expected<void, Refusal> confirm();
  std::optional<Committed> on_deadline(Instant now, const std::string& time);  // the revert, when it happened
  Instant deadline() const { return pending_ ? pending_->deadline : never; }

  const config::Config& running() const { return running_; }
  std::uint64_t revision() const { return revision_; }
  std::vector<config::Revision> revisions() const { return storage_.list(); }  // newest first
  Result<config::Config> load(std::uint64_t number) const { return storage_.load(number); }
  bool restart_needed() const { return restart_needed_; }

 private:
  struct Pending {
    config::Config before;
    std::uint64_t before_revision;
    Instant deadline;
  };
  void make_running(config::Config config, std::uint64_t revision);
  Outcome store_and_apply(const Request& request, std::vector<config::Change> changes,
                          std::optional<std::uint64_t> reverts_to);

  config::Config running_;
  std::uint64_t revision_;
  Storage storage_;
  Apply apply_;
  std::optional<Pending> pending_;
  bool restart_needed_ = false;
};

}  // namespace poise::control
