#include "config/store.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/types/limits.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

namespace fs = std::filesystem;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "poise-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    base_ = pattern;
    directory_ = base_ / "revisions";
  }
  void TearDown() override {
    fs::permissions(directory_, fs::perms::owner_all);
    fs::remove_all(base_);
  }

  Store open() {
    auto store = Store::open(directory_);
    EXPECT_TRUE(store) << to_string(store.error());
    return *store;
  }
  static Config named(const std::string& name) {
    Config config;
    config.node.name = name;
    return config;
  }
  std::string read(std::uint64_t number) const {
    std::ifstream file(directory_ / (std::to_string(number) + ".json"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(std::uint64_t number, std::string_view text) const {
    std::ofstream(directory_ / (std::to_string(number) + ".json"), std::ios::binary) << text;
  }
  std::size_t files() const { return std::size_t(std::distance(fs::directory_iterator(directory_), {})); }

  fs::path base_, directory_;
};

TEST_F(StoreTest, what_is_appended_is_the_newest_also_after_a_restart) {
  Store store = open();
  EXPECT_FALSE(store.load_newest());
  for (const char* name : {"one", "two", "three"})
    ASSERT_TRUE(store.append(named(name), {0, "2030-01-01T00:00:00Z", "ops", name}));
  const auto loaded = open().load_newest();
  ASSERT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_EQ(loaded->revision.number, 3u);
  EXPECT_EQ(loaded->revision.author, "ops");
  EXPECT_EQ(loaded->config, named("three"));
  EXPECT_TRUE(loaded->damaged.empty());
  EXPECT_EQ(*open().load(1), named("one"));
  const auto revisions = open().list();
  ASSERT_EQ(revisions.size(), 3u);
  EXPECT_EQ(revisions[0].comment, "three");
  EXPECT_EQ(revisions[2].number, 1u);
}

TEST_F(StoreTest, an_empty_store_says_so_and_a_missing_revision_too) {
  EXPECT_EQ(to_string(open().load_newest().error()),
            directory_.string() + ": there is no revision yet (commit a configuration)");
  EXPECT_EQ(open().load(5).error().path, "revision 5");
}

TEST_F(StoreTest, files_are_for_the_owner_only) {
  Store store = open();
  ASSERT_TRUE(store.append(named("x"), {}));
  struct stat facts;
  ASSERT_EQ(::stat(directory_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  ASSERT_EQ(::stat((directory_ / "1.json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
}

TEST_F(StoreTest, only_the_last_revisions_are_kept) {
  Store store = open();
  for (std::size_t i = 0; i < limits::revisions_kept + 5; ++i)
    ASSERT_TRUE(store.append(named("n" + std::to_string(i)), {}));
  EXPECT_EQ(files(), limits::revisions_kept);
  EXPECT_EQ(store.list().back().number, 6u);
  EXPECT_EQ(store.list().front().number, limits::revisions_kept + 5);
}

TEST_F(StoreTest, a_newest_file_cut_anywhere_falls_back_to_the_one_before) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  ASSERT_TRUE(store.append(named("cut"), {}));
  const std::string whole = read(2);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(2, whole.substr(0, length));
    const auto loaded = store.load_newest();
    ASSERT_TRUE(loaded) << length;
    ASSERT_EQ(loaded->config, named("good")) << length;
    ASSERT_EQ(loaded->damaged.size(), 1u);
    ASSERT_EQ(loaded->damaged[0].path, (directory_ / "2.json").string());
    ASSERT_NE(loaded->damaged[0].problem.find("damaged"), std::string::npos);
  }
  EXPECT_EQ(store.list().size(), 1u);
  EXPECT_FALSE(store.load(2));
}

TEST_F(StoreTest, every_flipped_bit_of_the_newest_file_falls_back) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  ASSERT_TRUE(store.append(named("flipped"), {}));
  std::string text = read(2);
  for (std::size_t byte = 0; byte < text.size(); ++byte) {
    text[byte] = char(text[byte] ^ (1 << byte % 8));
    write(2, text);
    ASSERT_EQ(store.load_newest()->config, named("good")) << byte;
    text[byte] = char(text[byte] ^ (1 << byte % 8));
  }
}

TEST_F(StoreTest, a_damaged_number_is_not_used_again) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  write(7, "garbage");
  const auto revision = store.append(named("next"), {});
  ASSERT_TRUE(revision);
  EXPECT_EQ(revision->number, 8u);
  EXPECT_EQ(store.load_newest()->config, named("next"));
}

TEST_F(StoreTest, a_revision_under_another_name_or_that_breaks_a_rule_is_damaged) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  fs::copy_file(directory_ / "1.json", directory_ / "3.json");
  auto loaded = store.load_newest();
  ASSERT_EQ(loaded->damaged.size(), 1u);
  EXPECT_EQ(loaded->damaged[0].problem, "the file holds revision 1");
  fs::remove(directory_ / "3.json");
  Config bad = named("bad");
  bad.services["s"] = Service{.address = *parse_ip("192.0.2.1"), .ports = {80, 80}, .pool = "nope"};
  ASSERT_TRUE(store.append(bad, {}));
  loaded = store.load_newest();
  ASSERT_EQ(loaded->damaged.size(), 1u);
  EXPECT_NE(loaded->damaged[0].problem.find("services.s.pool"), std::string::npos);
  EXPECT_EQ(loaded->config, named("good"));
}

TEST_F(StoreTest, when_nothing_can_be_read_the_error_names_directory_and_reason) {
  Store store = open();
  write(1, "x");
  write(2, "");
  const auto loaded = store.load_newest();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().path, directory_.string());
  EXPECT_NE(loaded.error().problem.find("none of the 2 revisions"), std::string::npos);
}

TEST_F(StoreTest, leftovers_of_a_crash_are_removed_and_other_files_are_left_alone) {
  open();
  for (const char* name : {"5.json.tmp", "notes.txt", "x.json", "07.json", "5.json.bak", "other.tmp"})
    std::ofstream(directory_ / name) << "x";
  EXPECT_FALSE(open().load_newest());
  EXPECT_FALSE(fs::exists(directory_ / "5.json.tmp"));
  EXPECT_EQ(files(), 5u);
}

TEST_F(StoreTest, a_disk_without_room_changes_nothing) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  Config large = named("large");
  for (int i = 0; i < 200; ++i) large.pools["p" + std::to_string(i)] = {};
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto revision = store.append(large, {});
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(revision);
  EXPECT_EQ(revision.error().problem, "cannot write the file: File too large");
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(store.load_newest()->config, named("good"));
  EXPECT_EQ(store.append(large, {})->number, 2u);
}

TEST_F(StoreTest, a_directory_that_cannot_be_written_changes_nothing) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  fs::create_directory(directory_ / "2.json.tmp");  // in the way, also for root
  auto revision = store.append(named("next"), {});
  ASSERT_FALSE(revision);
  EXPECT_EQ(revision.error().path, (directory_ / "2.json.tmp").string());
  EXPECT_EQ(store.load_newest()->config, named("good"));
  fs::remove(directory_ / "2.json.tmp");
  EXPECT_EQ(store.append(named("next"), {})->number, 2u);
}

TEST_F(StoreTest, without_permission_nothing_is_written_and_no_number_is_guessed) {
  Store store = open();
  ASSERT_TRUE(store.append(named("good"), {}));
  fs::permissions(directory_, fs::perms::none);
  const bool is_root = ::geteuid() == 0;
  ASSERT_TRUE(!is_root || ::seteuid(65534) == 0);
  const auto revision = store.append(named("next"), {});
  const auto loaded = store.load_newest();
  ASSERT_TRUE(!is_root || ::seteuid(0) == 0);
  ASSERT_FALSE(revision);
  EXPECT_EQ(revision.error().problem, "cannot list the revisions: Permission denied");
  EXPECT_FALSE(loaded);
  fs::permissions(directory_, fs::perms::owner_all);
  EXPECT_EQ(store.load_newest()->config, named("good"));
}

TEST_F(StoreTest, a_directory_in_place_of_a_revision_is_reported_and_passed_over) {
  Store store = open();
  fs::create_directory(directory_ / "1.json");
  const auto revision = store.append(named("next"), {});
  ASSERT_TRUE(revision);
  EXPECT_EQ(revision->number, 2u);
  fs::create_directory(directory_ / "3.json");
  const auto loaded = store.load_newest();
  EXPECT_EQ(loaded->config, named("next"));
  ASSERT_EQ(loaded->damaged.size(), 1u);
  EXPECT_EQ(loaded->damaged[0].problem, "cannot read the file: Is a directory");
}

TEST_F(StoreTest, a_place_that_is_no_safe_directory_is_refused) {
  std::ofstream(base_ / "file") << "x";
  EXPECT_FALSE(Store::open(base_ / "file"));
  EXPECT_FALSE(Store::open(base_ / "file" / "below"));
  open();
  fs::permissions(directory_, fs::perms::all);
  const auto store = Store::open(directory_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().fix, "chmod 700 " + directory_.string());
}

TEST_F(StoreTest, a_configuration_too_large_to_be_read_again_is_not_written) {
  Config config;
  const std::string long_name(4000, 'x');
  for (int i = 0; i < 4300; ++i) config.interfaces["i" + std::to_string(i)].device = long_name;
  EXPECT_NE(open().append(config, {}).error().problem.find("larger than 16 MiB"), std::string::npos);
  EXPECT_EQ(files(), 0u);
}

}  // namespace
}  // namespace poise::config
