#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "l7/http1/request.hpp"

// Requests that some parser reads otherwise than another: none of them may be forwarded in a form that is ambiguous.
// What is not refused here is taken with the one framing that RFC 9112 gives it, and is written anew before it goes on.
namespace poise::l7::http1 {
namespace {

using Kind = Framing::Kind;

struct Payload {
  std::string name, head;  // of the head, what follows "POST / HTTP/1.1\r\nHost: a\r\n"
  std::optional<Refusal> refusal;
  Framing framing = {};
};

std::string with_nul(std::string text) {
  for (char& character : text)
    if (character == '@') character = '\0';
  return text;
}

const Payload payloads[] = {
    // Content-Length
    {"plain length", "Content-Length: 5\r\n", {}, {Kind::length, 5}},
    {"zero", "Content-Length: 0\r\n", {}, {Kind::length, 0}},
    {"leading zeros", "Content-Length: 005\r\n", {}, {Kind::length, 5}},
    {"length in odd case", "cOnTENT-lENGTH: 5\r\n", {}, {Kind::length, 5}},
    {"tab before the length", "Content-Length:\t5\r\n", {}, {Kind::length, 5}},
    {"no white space", "Content-Length:5\r\n", {}, {Kind::length, 5}},
    {"twice the same", "Content-Length: 5\r\nContent-Length: 5\r\n", Refusal::content_length_repeated},
    {"twice different", "Content-Length: 5\r\nContent-Length: 6\r\n", Refusal::content_length_repeated},
    {"twice with one empty", "Content-Length: 5\r\nContent-Length:\r\n", Refusal::content_length_repeated},
    {"list of the same", "Content-Length: 5, 5\r\n", Refusal::content_length_repeated},
    {"list of different", "Content-Length: 5,6\r\n", Refusal::content_length_repeated},
    {"list with an empty element", "Content-Length: ,5\r\n", Refusal::content_length_repeated},
    {"plus sign", "Content-Length: +5\r\n", Refusal::content_length_malformed},
    {"minus sign", "Content-Length: -5\r\n", Refusal::content_length_malformed},
    {"minus zero", "Content-Length: -0\r\n", Refusal::content_length_malformed},
    {"hexadecimal", "Content-Length: 0x5\r\n", Refusal::content_length_malformed},
    {"hexadecimal digits", "Content-Length: 5a\r\n", Refusal::content_length_malformed},
    {"decimal point", "Content-Length: 5.0\r\n", Refusal::content_length_malformed},
    {"exponent", "Content-Length: 5e0\r\n", Refusal::content_length_malformed},
    {"underscore", "Content-Length: 1_0\r\n", Refusal::content_length_malformed},
    {"quoted", "Content-Length: \"5\"\r\n", Refusal::content_length_malformed},
    {"space within", "Content-Length: 5 6\r\n", Refusal::content_length_malformed},
    {"semicolon", "Content-Length: 5;6\r\n", Refusal::content_length_malformed},
    {"empty", "Content-Length:\r\n", Refusal::content_length_malformed},
    {"only white space", "Content-Length: \t \r\n", Refusal::content_length_malformed},
    {"more than 64 bits", "Content-Length: 18446744073709551621\r\n", Refusal::content_length_malformed},
    {"more than 63 bits", "Content-Length: 9223372036854775808\r\n", Refusal::content_length_malformed},
    {"as much as 63 bits", "Content-Length: 9223372036854775807\r\n", {}, {Kind::length, 9223372036854775807u}},
    {"other digits", "Content-Length: \xd9\xa5\r\n", Refusal::content_length_malformed},
    {"NUL behind it", "Content-Length: 5@\r\n", Refusal::field_value},
    {"vertical tab before it",
     "Content-Length: \x0b"
     "5\r\n",
     Refusal::field_value},
    {"form feed before it",
     "Content-Length: \x0c"
     "5\r\n",
     Refusal::field_value},
    {"delete behind it", "Content-Length: 5\x7f\r\n", Refusal::field_value},
    {"no-break space before it",
     "Content-Length: \xa0"
     "5\r\n",
     Refusal::content_length_malformed},
    // Transfer-Encoding
    {"chunked", "Transfer-Encoding: chunked\r\n", {}, {Kind::chunked, 0}},
    {"chunked in odd case", "tRANSFER-ENCODING: cHuNkEd\r\n", {}, {Kind::chunked, 0}},
    {"white space around it", "Transfer-Encoding: \t chunked \t\r\n", {}, {Kind::chunked, 0}},
    {"empty elements around it", "Transfer-Encoding: , chunked ,\r\n", {}, {Kind::chunked, 0}},
    {"length and coding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Refusal::length_and_coding},
    {"coding and length", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Refusal::length_and_coding},
    {"length zero and coding", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", Refusal::length_and_coding},
    {"chunked twice in a list", "Transfer-Encoding: chunked, chunked\r\n", Refusal::coding_not_chunked_once},
    {"chunked twice in two", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
     Refusal::coding_not_chunked_once},
    {"chunked and then another", "Transfer-Encoding: chunked, identity\r\n", Refusal::coding_not_chunked_once},
    {"chunked and then another field", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
     Refusal::coding_not_chunked_once},
    {"another before chunked", "Transfer-Encoding: gzip, chunked\r\n", Refusal::coding_unknown},
    {"identity before chunked", "Transfer-Encoding: identity, chunked\r\n", Refusal::coding_unknown},
    {"another field before chunked", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", Refusal::coding_unknown},
    {"identity", "Transfer-Encoding: identity\r\n", Refusal::coding_not_chunked_once},
    {"empty coding", "Transfer-Encoding:\r\n", Refusal::coding_not_chunked_once},
    {"xchunked", "Transfer-Encoding: xchunked\r\n", Refusal::coding_not_chunked_once},
    {"chunked with a parameter", "Transfer-Encoding: chunked;q=1\r\n", Refusal::coding_not_chunked_once},
    {"chunked in quotes", "Transfer-Encoding: \"chunked\"\r\n", Refusal::coding_not_chunked_once},
    {"chunked and a word", "Transfer-Encoding: chunked x\r\n", Refusal::coding_not_chunked_once},
    {"chunked and a semicolon", "Transfer-Encoding: chunked;\r\n", Refusal::coding_not_chunked_once},
    {"long s",
     "Transfer-Encoding: \xc5\xbf"
     "chunked\r\n",
     Refusal::coding_not_chunked_once},
    {"vertical tab before chunked",
     "Transfer-Encoding: \x0b"
     "chunked\r\n",
     Refusal::field_value},
    {"NUL behind chunked", "Transfer-Encoding: chunked@\r\n", Refusal::field_value},
    {"a bell within", "Transfer-Encoding: chu\x07nked\r\n", Refusal::field_value},
    // Names
    {"space before the colon", "Transfer-Encoding : chunked\r\n", Refusal::field_name},
    {"tab before the colon", "Content-Length\t: 5\r\n", Refusal::field_name},
    {"space before the name", " Transfer-Encoding: chunked\r\n", Refusal::folded_field},
    {"tab before the name", "\tContent-Length: 5\r\n", Refusal::folded_field},
    {"space within the name", "Content Length: 5\r\n", Refusal::field_name},
    {"no colon", "Content-Length\r\n", Refusal::field_name},
    {"no name", ": 5\r\n", Refusal::field_name},
    {"NUL in the name", "Content-Length@: 5\r\n", Refusal::field_name},
    {"a letter beyond ASCII in the name", "Content-Length\xff: 5\r\n", Refusal::field_name},
    {"brackets in the name", "(Content-Length): 5\r\n", Refusal::field_name},
    {"an underscore is another name", "Content_Length: 5\r\n", {}, {}},
    {"a name that begins alike", "Content-Length-X: 5\r\n", {}, {}},
    // Lines
    {"folded value", "Transfer-Encoding:\r\n chunked\r\n", Refusal::folded_field},
    {"folded by a tab", "X: y\r\n\tTransfer-Encoding: chunked\r\n", Refusal::folded_field},
    {"bare line feed after a field", "X: y\nTransfer-Encoding: chunked\r\n", Refusal::bare_line_feed},
    {"bare line feed at the end", "Content-Length: 5\n", Refusal::bare_line_feed},
    {"bare carriage return in a value", "X: y\rTransfer-Encoding: chunked\r\n", Refusal::bare_carriage_return},
    {"two carriage returns", "Content-Length: 5\r\r\n", Refusal::bare_carriage_return},
    {"carriage return in a name", "Content\r-Length: 5\r\n", Refusal::bare_carriage_return},
    {"line feed and carriage return", "X: y\n\rContent-Length: 5\r\n", Refusal::bare_line_feed},
    // Host
    {"Host again", "Host: a\r\n", Refusal::host_repeated},
    {"another Host", "Host: b\r\n", Refusal::host_repeated},
    {"Host with space before the colon", "Host : b\r\n", Refusal::field_name},
};

TEST(Smuggling, nothing_is_taken_that_could_be_read_otherwise) {
  ASSERT_GE(std::size(payloads), 80u);
  for (const Payload& payload : payloads) {
    RequestHead head;
    const std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n" + with_nul(payload.head) + "\r\n";
    const auto parsed = parse_request(bytes, head);
    const auto refusal = parsed ? std::nullopt : std::optional(parsed.error());
    EXPECT_EQ(refusal, payload.refusal) << payload.name << (refusal ? info_of(*refusal).meaning : "it is taken");
    EXPECT_EQ(parsed ? head.framing : payload.framing, payload.framing) << payload.name;
  }
}

TEST(Smuggling, an_absolute_target_and_another_host_is_refused) {
  RequestHead head;
  const auto refused = [&](const std::string& target, const std::string& host) {
    const std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
    const auto parsed = parse_request(bytes, head);
    return parsed ? std::nullopt : std::optional(parsed.error());
  };
  EXPECT_EQ(refused("http://a/", "b"), Refusal::host_differs);
  EXPECT_EQ(refused("http://a:81/", "a"), Refusal::host_differs);
  EXPECT_EQ(refused("http://a/", "a:81"), Refusal::host_differs);
  EXPECT_EQ(refused("http://a@b/", "b"), Refusal::host_malformed);
  EXPECT_EQ(refused("/", "a@b"), Refusal::host_malformed);
  EXPECT_EQ(refused("/", "a, b"), Refusal::host_malformed);
  EXPECT_EQ(refused("/", "a b"), Refusal::host_malformed);
  EXPECT_EQ(refused("/", "a/b"), Refusal::host_malformed);
  EXPECT_EQ(refused("/", ""), std::nullopt);
  EXPECT_EQ(refused("http://a/", "A:80"), std::nullopt);
}

}  // namespace
}  // namespace poise::l7::http1
