#include "l7/http1/fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise::l7::http1 {
namespace {

TEST(Fields, names_are_known_whatever_their_case) {
  EXPECT_EQ(field_id("HOST"), FieldId::host);
  EXPECT_EQ(field_id("Transfer-encoding"), FieldId::transfer_encoding);
  EXPECT_EQ(field_id("Hos"), FieldId::other);
  EXPECT_EQ(field_id(""), FieldId::other);
}

TEST(Fields, they_stay_in_their_order_and_are_counted) {
  const std::string head = "A: 1\r\nCookie: a\r\nb:\r\ncookie: c d\r\n\r\n";
  Fields fields;
  ASSERT_TRUE(fields.parse(head, 0));
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields.count(FieldId::cookie), 2u);
  EXPECT_EQ(text_of(head, fields.find(FieldId::cookie)->value), "a");
  EXPECT_EQ(text_of(head, fields[2].value), "");
  EXPECT_EQ(text_of(head, fields[3].value), "c d");
  EXPECT_EQ(fields.find(FieldId::host), nullptr);
  ASSERT_TRUE(fields.parse("\r\n", 0));
  EXPECT_EQ(fields.size(), 0u);
  EXPECT_EQ(fields.count(FieldId::cookie), 0u);
}

TEST(Fields, values_may_have_bytes_beyond_ascii) {
  const std::string head = "A: \xc3\xa4\tb\r\n\r\n";
  Fields fields;
  EXPECT_TRUE(fields.parse(head, 0));
}

}  // namespace
}  // namespace poise::l7::http1
