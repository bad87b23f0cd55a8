#include "config/revision_file.hpp"

#include <sys/stat.h>

#include "tests/config/random_config.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

const Revision metadata{7, "2030-01-02T03:04:05Z", "ops", "a \"comment\",\nwith lines"};

TEST(RevisionFile, what_is_written_is_read_back) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Config config = RandomConfig(seed).make();
    const std::string text = encode_revision(metadata, config);
    const auto decoded = decode_revision(text, "7.json");
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(decoded->revision.number, 7u);
    EXPECT_EQ(decoded->revision.committed_at, metadata.committed_at);
    EXPECT_EQ(decoded->revision.comment, metadata.comment);
    EXPECT_EQ(*parse(decoded->document), config);
    EXPECT_TRUE(nlohmann::json::accept(text)) << "people and tools read these files";
  }
}

TEST(RevisionFile, a_revision_that_waits_for_confirmation_knows_what_it_reverts_to) {
  EXPECT_FALSE(decode_revision(encode_revision(metadata, Config{}), "7.json")->revision.reverts_to);
  for (const std::uint64_t before : {0u, 6u}) {
    Revision waiting = metadata;
    waiting.reverts_to = before;
    EXPECT_EQ(decode_revision(encode_revision(waiting, Config{}), "7.json")->revision.reverts_to, before);
  }
}

TEST(RevisionFile, a_file_cut_at_any_byte_is_damaged) {
  const std::string text = encode_revision(metadata, changed("{}"));
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto decoded = decode_revision(std::string_view(text).substr(0, length), "7.json");
    ASSERT_FALSE(decoded) << length;
    EXPECT_EQ(decoded.error().path, "7.json");
  }
  EXPECT_FALSE(decode_revision(text + " ", "7.json"));
  EXPECT_FALSE(decode_revision(text + text, "7.json"));
}

TEST(RevisionFile, every_flipped_bit_is_noticed) {
  std::string text = encode_revision(metadata, changed("{}"));
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = char(text[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(decode_revision(text, "7.json")) << "bit " << bit;
    text[bit / 8] = char(text[bit / 8] ^ (1 << bit % 8));
  }
  EXPECT_TRUE(decode_revision(text, "7.json"));
}

TEST(RevisionFile, a_file_that_cannot_be_read_is_named) {
  const auto text = read_file("/no/such/file");
  ASSERT_FALSE(text);
  EXPECT_EQ(to_string(text.error()), "/no/such/file: cannot open the file: No such file or directory");
  EXPECT_FALSE(read_file("/"));
}

}  // namespace
}  // namespace poise::config
