#include "l7/session/session.hpp"

#include <utility>

namespace poise::l7 {

void Session::restart() {
  Session fresh;
  fresh.row = row;
  const auto keep = [&](std::string Session::* text) {
    (this->*text).clear();
    std::swap(fresh.*text, this->*text);
  };
  keep(&Session::line);
  keep(&Session::request_cookie);
  keep(&Session::response_cookie);
  for (std::string& text : captured_requests) text.clear();
  for (std::string& text : captured_responses) text.clear();
  std::swap(fresh.captured_requests, captured_requests);
  std::swap(fresh.captured_responses, captured_responses);
  request_body.begin({});
  response_body.begin({});
  std::swap(fresh.request_body, request_body);
  std::swap(fresh.response_body, response_body);
  *this = std::move(fresh);
}

}  // namespace poise::l7
