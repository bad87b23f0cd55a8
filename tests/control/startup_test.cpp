#include "control/startup.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "tests/control/fake_machine.hpp"

namespace poise::control {
namespace {

namespace fs = std::filesystem;

// A state directory and a configuration file of its own, removed at the end.
class Startup : public testing::Test {
 protected:
  Startup() {
    std::string name = (fs::temp_directory_path() / "poise_startup_XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~Startup() override { fs::remove_all(directory_); }

  std::string file() const { return directory_ / "poise.json"; }
  void write(const nlohmann::json& document) { std::ofstream(file()) << document.dump(2); }
  void write_text(const std::string& text) { std::ofstream(file()) << text; }
  static nlohmann::json weighing(int weight) {
    nlohmann::json document = small_document();
    document["pools"]["web"]["servers"]["web1"]["weight"] = weight;
    return document;
  }
  Result<Initial> start() {
    auto store = config::Store::open(directory_ / "revisions");
    if (!store) return tl::unexpected(store.error());
    return load_initial(*store, directory_, file(), "2026-01-01T00:00:00Z");
  }
  void damage_revision(std::uint64_t wanted) {
    for (const auto& entry : fs::directory_iterator(directory_ / "revisions"))
      if (std::stoull(entry.path().stem().string()) == wanted) std::ofstream(entry.path()) << "{ half a";
  }
  fs::path directory_;
};

int weight_of(const Initial& initial) { return initial.config.pools.at("web").servers.at("web1").weight; }

TEST_F(Startup, a_new_file_is_imported_as_a_revision_and_an_unchanged_one_is_not) {
  write(weighing(3));
  const auto first = start();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->imported);
  EXPECT_EQ(first->revision, 1u);
  const auto second = start();
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->imported);
  EXPECT_EQ(second->revision, 1u);
  EXPECT_EQ(weight_of(*second), 3);
}

TEST_F(Startup, an_edited_file_is_imported_again) {
  write(weighing(3));
  ASSERT_TRUE(start());
  write(weighing(4));
  const auto again = start();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->imported);
  EXPECT_EQ(again->revision, 2u);
  EXPECT_EQ(weight_of(*again), 4);
}

TEST_F(Startup, a_change_of_the_api_outlives_a_file_that_stays_as_it_was) {
  write(weighing(3));
  ASSERT_TRUE(start());
  auto store = config::Store::open(directory_ / "revisions");
  ASSERT_TRUE(store->append(config_of(weighing(8)), {}));
  const auto again = start();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->imported);
  EXPECT_EQ(weight_of(*again), 8);
}

TEST_F(Startup, a_damaged_file_falls_back_to_the_newest_revision_and_says_so) {
  write(weighing(3));
  ASSERT_TRUE(start());
  write_text("{ \"services\": ");
  const auto again = start();
  ASSERT_TRUE(again);
  EXPECT_EQ(weight_of(*again), 3);
  EXPECT_FALSE(again->damaged.empty());
}

TEST_F(Startup, a_damaged_file_without_any_revision_is_an_error) {
  write_text("{ \"services\": ");
  EXPECT_FALSE(start());
}

TEST_F(Startup, a_damaged_revision_falls_back_to_the_one_before) {
  write(weighing(3));
  ASSERT_TRUE(start());
  write(weighing(4));
  ASSERT_TRUE(start());
  damage_revision(2);
  const auto again = start();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->revision, 1u);
  EXPECT_EQ(weight_of(*again), 3);
  EXPECT_FALSE(again->damaged.empty());
}

TEST_F(Startup, a_commit_that_waits_for_confirmation_does_not_outlive_a_restart) {
  write(weighing(3));
  ASSERT_TRUE(start());
  auto store = config::Store::open(directory_ / "revisions");
  config::Revision waiting;
  waiting.reverts_to = 1;
  ASSERT_TRUE(store->append(config_of(weighing(8)), waiting));
  const auto again = start();
  ASSERT_TRUE(again);
  EXPECT_EQ(weight_of(*again), 3);
  EXPECT_EQ(again->revision, 3u);
  EXPECT_EQ(again->damaged.size(), 1u) << "it is told";
  const auto third = start();
  EXPECT_EQ(third->revision, 3u);
  EXPECT_TRUE(third->damaged.empty());
}

TEST_F(Startup, a_confirmed_commit_outlives_a_restart) {
  write(weighing(3));
  ASSERT_TRUE(start());
  auto store = config::Store::open(directory_ / "revisions");
  config::Revision waiting;
  waiting.reverts_to = 1;
  ASSERT_TRUE(store->append(config_of(weighing(8)), waiting));
  ASSERT_TRUE(mark_confirmed(directory_, 2));
  const auto again = start();
  EXPECT_EQ(weight_of(*again), 8);
  EXPECT_TRUE(again->damaged.empty());
}

TEST_F(Startup, without_file_and_revisions_the_defaults_run) {
  auto store = config::Store::open(directory_ / "revisions");
  const auto initial = load_initial(*store, directory_, "", "");
  ASSERT_TRUE(initial);
  EXPECT_EQ(initial->config, config::Config{});
  EXPECT_EQ(initial->revision, 0u);
}

TEST_F(Startup, errors_of_a_file_carry_line_and_column) {
  write_text("{\n  \"services\": {\"web\": {\"pool\": \"none\", \"ports\": 80, \"address\": \"192.0.2.1\"}}\n}");
  const auto config = read_file(file());
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().front().path.find(":2:"), std::string::npos) << to_string(config.error().front());
}

}  // namespace
}  // namespace poise::control
