#include "l7/http1/framing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace poise::l7::http1 {
namespace {

TEST(Framing, elements_of_lists_are_found_whatever_their_case) {
  const std::string head = "Connection: keep-alive ,, Upgrade\r\nConnection: TE\r\nUpgrade: websocket\r\n\r\n";
  Fields fields;
  ASSERT_TRUE(fields.parse(head, 0));
  EXPECT_TRUE(has_element(head, fields, FieldId::connection, "upgrade"));
  EXPECT_TRUE(has_element(head, fields, FieldId::connection, "te"));
  EXPECT_FALSE(has_element(head, fields, FieldId::connection, "websocket"));
  EXPECT_FALSE(has_element(head, fields, FieldId::connection, "keep"));
  EXPECT_TRUE(keeps_alive(head, fields, Version::http_1_0));
}

}  // namespace
}  // namespace poise::l7::http1
