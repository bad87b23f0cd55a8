#include "config/placeholders.hpp"

#include <gtest/gtest.h>

namespace poise::config {
namespace {

TEST(Placeholders, are_found_between_plain_texts) {
  const auto pieces = parse_placeholders("https://%[host]%[path]?a=%[req.hdr(X-A)]%%20");
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 6u);
  EXPECT_EQ((*pieces)[0].text, "https://");
  EXPECT_FALSE((*pieces)[0].is_placeholder);
  EXPECT_EQ((*pieces)[1].placeholder, Placeholder::host);
  EXPECT_EQ((*pieces)[2].placeholder, Placeholder::path);
  EXPECT_EQ((*pieces)[3].text, "?a=");
  EXPECT_EQ((*pieces)[4].placeholder, Placeholder::request_header);
  EXPECT_EQ((*pieces)[4].text, "X-A");
  EXPECT_EQ((*pieces)[5].text, "%20");
}

TEST(Placeholders, an_empty_text_has_none_and_a_lone_percent_sign_is_one) {
  EXPECT_EQ(parse_placeholders("")->size(), 0u);
  EXPECT_EQ(parse_placeholders("5% x%").value().at(0).text, "5% x%");
  EXPECT_EQ(parse_placeholders("%%[src]").value().at(0).text, "%[src]");
}

TEST(Placeholders, unknown_and_unfinished_ones_are_refused) {
  struct Row {
    const char *text, *problem, *fix;
  };
  for (const Row& row : {
           Row{"%[scr]", "there is no placeholder \"scr\"", "did you mean \"src\"?"},
           Row{"%[src", "a placeholder has no end", "\"%%[\" is the text"},
           Row{"%[req.hdr]", "\"%[req.hdr]\" is not complete", "write it like \"%[req.hdr(name)]\""},
           Row{"%[req.hdr()]", "is not complete", "%[req.hdr(name)]"},
           Row{"%[src(x)]", "is not complete", "write \"%[src]\""},
           Row{"%[]", "there is no placeholder \"\"", ""},
       }) {
    const auto pieces = parse_placeholders(row.text);
    ASSERT_FALSE(pieces) << row.text;
    EXPECT_NE(pieces.error().problem.find(row.problem), std::string::npos) << pieces.error().problem;
    EXPECT_NE(pieces.error().fix.find(row.fix), std::string::npos) << pieces.error().fix;
  }
}

TEST(Placeholders, are_asked_for_in_texts) {
  EXPECT_TRUE(has_any("a%[src]%[path]", is_of_request));
  EXPECT_FALSE(has_any("path %[src]", is_of_request) || has_any("%[path", is_of_request) || has_any("", is_sni));
  EXPECT_TRUE(has_any("%[ssl_fc_sni]", is_sni) && has_any("%[req.ssl_sni]", is_sni));
}

TEST(Placeholders, know_whose_they_are_and_their_name) {
  EXPECT_TRUE(is_of_request(Placeholder::method) && is_of_request(Placeholder::url_parameter));
  EXPECT_FALSE(is_of_request(Placeholder::src) || is_of_request(Placeholder::sni));
  EXPECT_TRUE(is_of_response(Placeholder::status) && is_of_response(Placeholder::response_header_whole));
  EXPECT_FALSE(is_of_response(Placeholder::unique_id));
  EXPECT_EQ(name_of(Placeholder::request_cookie), "req.cook");
}

TEST(Replacement, has_groups_between_its_texts) {
  const auto pieces = parse_replacement("a\\1b\\\\\\0");
  ASSERT_TRUE(pieces);
  ASSERT_EQ(pieces->size(), 2u);
  EXPECT_EQ((*pieces)[0].text, "a");
  EXPECT_EQ((*pieces)[0].group, 1);
  EXPECT_EQ((*pieces)[1].text, "b\\");
  EXPECT_EQ((*pieces)[1].group, 0);
  EXPECT_EQ(parse_replacement("").value().at(0).group, -1);
  EXPECT_FALSE(parse_replacement("\\x"));
  EXPECT_FALSE(parse_replacement("a\\"));
}

}  // namespace
}  // namespace poise::config
