#include "control/transactions.hpp"

#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

using Refusal = Transactions::Refusal;

struct Applied {
  std::vector<std::uint64_t> revisions;
  MemoryStorage storage;
  config::Config first = config_of(small_document());
  Transactions transactions{first, 1, store(), [this](const config::Config&, std::uint64_t revision, const auto& take) {
                              take();
                              revisions.push_back(revision);
                            }};
  Instant now{10s};

  Transactions::Storage store() {
    storage.kept[1] = {{1, "", "test", "first"}, first};
    return storage.functions();
  }
  static Transactions::Request weight(std::uint16_t weight) {
    Transactions::Request request;
    request.config = config_of(small_document());
    request.config.pools.at("web").servers.at("web1").weight = weight;
    return request;
  }
  std::uint16_t running_weight() const { return transactions.running().pools.at("web").servers.at("web1").weight; }
};

TEST(Transactions, a_commit_is_stored_then_applied_as_the_next_revision) {
  Applied bench;
  const auto outcome = bench.transactions.commit(bench.now, Applied::weight(7));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->revision, 2u);
  ASSERT_EQ(outcome->changes.size(), 1u);
  EXPECT_EQ(outcome->changes[0].path, "pools.web.servers.web1.weight");
  EXPECT_EQ(bench.running_weight(), 7);
  EXPECT_EQ(bench.storage.kept.at(2).config.pools.at("web").servers.at("web1").weight, 7);
  EXPECT_EQ(bench.revisions, std::vector<std::uint64_t>{2});
}

TEST(Transactions, only_an_admin_may_name_files_that_rules_read) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.config.backends["b"].error_pages.push_back({503, "text/html", std::nullopt, "/etc/shadow"});
  request.may_change_access = false;
  const auto refused = bench.transactions.commit(bench.now, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Refusal::forbidden);
  request.may_change_access = true;
  EXPECT_TRUE(bench.transactions.commit(bench.now, request));
  request.may_change_access = false;
  request.config.pools.at("web").servers.at("web1").weight = 8;
  EXPECT_TRUE(bench.transactions.commit(bench.now, request));
}

TEST(Transactions, an_invalid_document_is_refused_with_every_error_and_changes_nothing) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.config.services.at("web").pool = "nowhere";
  request.config.services["other"] = request.config.services.at("web");
  request.config.services.at("other").pool = "neither";
  const auto outcome = bench.transactions.commit(bench.now, request);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Refusal::invalid);
  EXPECT_GE(outcome.error().errors.size(), 2u);
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_TRUE(bench.revisions.empty());
  EXPECT_EQ(bench.storage.kept.size(), 1u);
}

TEST(Transactions, a_change_of_a_revision_that_no_longer_runs_is_stale) {
  Applied bench;
  ASSERT_TRUE(bench.transactions.commit(bench.now, Applied::weight(7)));
  Transactions::Request request = Applied::weight(9);
  request.if_match = 1;
  const auto refused = bench.transactions.commit(bench.now, request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Refusal::stale);
  request.if_match = 2;
  EXPECT_TRUE(bench.transactions.commit(bench.now, request));
}

TEST(Transactions, a_confirmed_commit_stays) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.confirm_s = 30;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  EXPECT_EQ(bench.transactions.deadline(), bench.now + 30s);
  EXPECT_TRUE(bench.transactions.confirm());
  EXPECT_FALSE(bench.transactions.confirm());
  EXPECT_FALSE(bench.transactions.on_deadline(bench.now + 31s, ""));
  EXPECT_EQ(bench.running_weight(), 7);
}

TEST(Transactions, a_commit_that_waits_says_on_disk_what_it_reverts_to_until_it_is_confirmed) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.confirm_s = 30;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  EXPECT_EQ(bench.storage.kept.at(2).revision.reverts_to, 1u);
  bench.storage.broken = true;
  EXPECT_EQ(bench.transactions.confirm().error().kind, Refusal::storage);
  EXPECT_EQ(bench.transactions.deadline(), bench.now + 30s) << "what could not be noted still waits";
  bench.storage.broken = false;
  EXPECT_TRUE(bench.transactions.confirm());
  EXPECT_EQ(bench.storage.confirmed, 2u);
  ASSERT_TRUE(bench.transactions.commit(bench.now, Applied::weight(9)));
  EXPECT_FALSE(bench.storage.kept.at(3).revision.reverts_to);
}

TEST(Transactions, an_unconfirmed_commit_reverts_at_its_deadline_as_a_new_revision) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.confirm_s = 30;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  EXPECT_FALSE(bench.transactions.on_deadline(bench.now + 29s, ""));
  EXPECT_EQ(bench.running_weight(), 7);
  const auto reverted = bench.transactions.on_deadline(bench.now + 30s, "");
  ASSERT_TRUE(reverted);
  EXPECT_EQ(reverted->revision, 3u);
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_EQ(bench.transactions.deadline(), never);
}

TEST(Transactions, a_revert_happens_even_when_the_disk_refuses) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.confirm_s = 30;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  bench.storage.broken = true;
  ASSERT_TRUE(bench.transactions.on_deadline(bench.now + 30s, ""));
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_EQ(bench.transactions.revision(), 1u);
}

TEST(Transactions, while_a_commit_waits_for_confirmation_another_is_refused) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.confirm_s = 30;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  const auto refused = bench.transactions.commit(bench.now, Applied::weight(8));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Refusal::waiting);
}

TEST(Transactions, a_rollback_without_a_number_brings_back_the_revision_before) {
  Applied bench;
  ASSERT_TRUE(bench.transactions.commit(bench.now, Applied::weight(7)));
  ASSERT_TRUE(bench.transactions.commit(bench.now, Applied::weight(9)));
  const auto back = bench.transactions.rollback(bench.now, std::nullopt, {});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->revision, 4u);
  EXPECT_EQ(bench.running_weight(), 7);
  ASSERT_TRUE(bench.transactions.rollback(bench.now, 1, {}));
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_EQ(bench.storage.kept.at(5).revision.comment, "rollback to revision 1");
}

TEST(Transactions, a_rollback_to_a_revision_that_is_not_kept_is_refused) {
  Applied bench;
  EXPECT_EQ(bench.transactions.rollback(bench.now, 99, {}).error().kind, Refusal::not_found);
  EXPECT_EQ(bench.transactions.rollback(bench.now, std::nullopt, {}).error().kind, Refusal::not_found);
}

TEST(Transactions, when_the_disk_refuses_nothing_is_applied) {
  Applied bench;
  bench.storage.broken = true;
  const auto outcome = bench.transactions.commit(bench.now, Applied::weight(7));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Refusal::storage);
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_EQ(bench.transactions.revision(), 1u);
  EXPECT_TRUE(bench.revisions.empty());
}

TEST(Transactions, a_dry_run_tells_the_changes_and_makes_none) {
  Applied bench;
  Transactions::Request request = Applied::weight(7);
  request.dry_run = true;
  const auto outcome = bench.transactions.commit(bench.now, request);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->changes.size(), 1u);
  EXPECT_EQ(outcome->revision, 1u);
  EXPECT_EQ(bench.transactions.running(), bench.first);
  EXPECT_TRUE(bench.revisions.empty());
}

TEST(Transactions, a_commit_that_changes_nothing_makes_no_revision) {
  Applied bench;
  Transactions::Request request;
  request.config = bench.first;
  request.confirm_s = 30;
  const auto outcome = bench.transactions.commit(bench.now, request);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->changes.empty());
  EXPECT_EQ(bench.storage.kept.size(), 1u);
  EXPECT_EQ(bench.transactions.deadline(), never);
}

TEST(Transactions, a_change_of_the_workers_needs_a_restart) {
  Applied bench;
  ASSERT_TRUE(bench.transactions.commit(bench.now, Applied::weight(7)));
  EXPECT_FALSE(bench.transactions.restart_needed());
  Transactions::Request request = Applied::weight(7);
  request.config.memory.flows = 4096;
  ASSERT_TRUE(bench.transactions.commit(bench.now, request));
  EXPECT_TRUE(bench.transactions.restart_needed());
}

}  // namespace
}  // namespace poise::control
