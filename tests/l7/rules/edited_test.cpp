#include "l7/rules/edited.hpp"

#include "tests/l7/rules/judged.hpp"

namespace poise::l7::rules {
namespace {

TEST(EditedRequest, without_edits_is_what_came) {
  Judged judged("GET http://Example.org:8080/a?b=c HTTP/1.1\r\nHost: Example.org:8080\r\nX-A: 1\r\n\r\n");
  EXPECT_FALSE(judged.edited.is_edited());
  EXPECT_EQ(judged.edited.method(), "GET");
  EXPECT_EQ(judged.edited.path(), "/a");
  EXPECT_EQ(judged.edited.query(), "b=c");
  EXPECT_EQ(judged.edited.url(judged.room), "/a?b=c");
  EXPECT_EQ(judged.edited.host(), "Example.org");
  EXPECT_EQ(judged.written(), "GET /a?b=c HTTP/1.1\r\nhost: Example.org:8080\r\nx-a: 1\r\n\r\n");
}

TEST(EditedRequest, a_target_without_a_path_has_the_root) {
  Judged judged("GET http://example.org HTTP/1.1\r\nHost: example.org\r\n\r\n");
  EXPECT_EQ(judged.edited.path(), "/");
  judged.edits.set_query("a");
  EXPECT_EQ(judged.edited.target(judged.room), "/?a");
}

TEST(EditedRequest, is_written_with_its_edits_in_the_order_of_the_fields) {
  Judged judged(
      "GET /a?b HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-B: 2\r\nConnection: x-c\r\nX-C: 3\r\nContent-Length: 2\r\n\r\n");
  judged.edits.replace(1, "one");
  judged.edits.remove(2);
  judged.edits.add("x-d", "4");
  judged.edits.add("x-c", "5");
  judged.edits.set_path("/new");
  judged.edits.set_method("PUT");
  EXPECT_EQ(judged.written(),
            "PUT /new?b HTTP/1.1\r\nhost: h\r\nx-a: one\r\nx-d: 4\r\nx-c: 5\r\ncontent-length: 2\r\n\r\n");
}

TEST(EditedRequest, a_question_mark_that_came_stays) {
  Judged with("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"), without("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  with.edits.set_query("");
  without.edits.set_query("");
  EXPECT_EQ(with.edited.target(with.room), "/a?");
  EXPECT_EQ(without.edited.target(without.room), "/a");
}

TEST(EditedResponse, is_written_with_its_edits) {
  Judged judged("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 0\r\n\r\n");
  judged.response_edits.remove(0);
  judged.response_edits.set_status(404, "Gone");
  judged.response_edits.add("x-a", "b");
  EXPECT_EQ(judged.written(), "HTTP/1.1 404 Gone\r\nx-a: b\r\ncontent-length: 0\r\n\r\n");
}

TEST(EditedFields, what_frames_a_message_is_protected) {
  for (const char* name : {"content-length", "transfer-encoding", "connection", "upgrade", "te"})
    EXPECT_TRUE(is_protected(http1::field_id(name))) << name;
  for (const char* name : {"host", "cookie", "x-a"}) EXPECT_FALSE(is_protected(http1::field_id(name))) << name;
}

}  // namespace
}  // namespace poise::l7::rules
