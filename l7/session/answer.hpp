#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace poise::l7 {

// Answer - a response that is made here.
struct Answer {
  std::uint16_t status = 200;
  std::string_view content_type;  // "": no content
  std::string_view content;
  std::string_view location;     // of redirects
  std::string_view challenge;    // WWW-Authenticate
  bool is_cached = false;        // else Cache-Control says no-cache
  std::string_view more_fields;  // whole lines
};

// The page for a status, as HAProxy's: "<html><body><h1>503 Service Unavailable</h1>\n...\n</body></html>\n".
std::string error_content(std::uint16_t status);
std::string_view reason_of(std::uint16_t status);  // "" for one that is not known
// The whole response. `is_head`: to HEAD, without the content; `closes`: the connection ends after it;
// `is_before_request`: no request could be read, which HAProxy answers with names in other letters and another order.
struct AnswerTo {
  bool is_head = false, closes = false, is_before_request = false;
};
std::string write_answer(const Answer& answer, const AnswerTo& to);

}  // namespace poise::l7
