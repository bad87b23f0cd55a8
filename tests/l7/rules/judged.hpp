#pragma once
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "l7/rules/subject.hpp"

namespace poise::l7::rules {

// Judged - a request and, perhaps, a response with what rules need to judge them.
struct Judged {
  explicit Judged(std::string head, std::string response = "")
      : request_text(std::move(head)), response_text(response) {
    EXPECT_TRUE(parse_request(request_text, request_head)) << request_text;
    edited = {{request_text, &request_head.fields, &edits}, &request_head};
    subject.ends = &ends;
    subject.request = &edited;
    subject.room = room;
    subject.identity = {1000, 7, 1};
    if (response_text.empty()) return;
    EXPECT_TRUE(parse_response(response_text, http1::Method::get, response_head)) << response_text;
    edited_response = {{response_text, &response_head.fields, &response_edits}, &response_head};
    subject.response = &edited_response;
    subject.request = nullptr;
  }
  Judged(const Judged&) = delete;

  std::string written() {
    std::array<char, 3 * http1::head_max> to;
    http1::HeadWriter writer(to);
    if (subject.response != nullptr) {
      writer.status_line(edited_response.status(), response_edits.reason().value_or("Came"));
      write_fields(writer, edited_response);
    } else {
      writer.request_line(edited.method(), edited.target(room));
      write_fields(writer, edited);
    }
    writer.end();
    return std::string(writer.text());
  }

  std::string request_text, response_text, value;
  http1::RequestHead request_head;
  http1::ResponseHead response_head;
  HeadEdits edits, response_edits;
  EditedRequest edited;
  EditedResponse edited_response;
  std::array<char, http1::target_max + 1> room;
  ProxyHeader::Ends ends{*parse_ip("192.0.2.9"), *parse_ip("203.0.113.1"), 4711, 80};
  Subject subject;
};

}  // namespace poise::l7::rules
