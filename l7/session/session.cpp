#include "l7/session/session.hpp"

namespace poise::l7 {

void Session::restart() {
  const std::uint32_t own_row = row;
  static_cast<SessionFacts&>(*this) = SessionFacts{};
  row = own_row;
  for (std::string* text : {&line, &request_cookie, &response_cookie, &sni}) text->clear();
  for (std::string& text : captured_requests) text.clear();
  for (std::string& text : captured_responses) text.clear();
  if (edits != nullptr) edits->clear();
  request_body.begin({});
  response_body.begin({});
}

}  // namespace poise::l7
