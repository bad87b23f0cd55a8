#include "l7/session/answer.hpp"

namespace poise::l7 {
namespace {

struct Status {
  std::uint16_t status;
  std::string_view reason, sentence;
};
// The words are those of HAProxy's pages: monitors look for them.
constexpr Status statuses[] = {
    {200, "OK", "Service ready."},
    {301, "Moved Permanently", ""},
    {302, "Found", ""},
    {303, "See Other", ""},
    {307, "Temporary Redirect", ""},
    {308, "Permanent Redirect", ""},
    {400, "Bad request", "Your browser sent an invalid request."},
    {401, "Unauthorized", "You need a valid user and password to access this content."},
    {403, "Forbidden", "Request forbidden by administrative rules."},
    {404, "Not Found", "The resource could not be found."},
    {405, "Method Not Allowed",
     "A request was made of a resource using a request method not supported by that resource"},
    {407, "Unauthorized", "You need a valid user and password to access this content."},
    {408, "Request Time-out", "Your browser didn't send a complete request in time."},
    {410, "Gone", "The resource is no longer available and will not be available again."},
    {413, "Payload Too Large", "The request entity exceeds the maximum allowed."},
    {414, "URI Too Long", "The address of the request exceeds the maximum allowed."},
    {421, "Misdirected Request", "Request sent to a non-authoritative server."},
    {422, "Unprocessable Content", "The server cannot process the contained instructions."},
    {425, "Too Early", "Your browser sent early data."},
    {429, "Too Many Requests", "You have sent too many requests in a given amount of time."},
    {431, "Request Header Fields Too Large", "The header fields of the request exceed the maximum allowed."},
    {500, "Internal Server Error", "An internal server error occurred."},
    {501, "Not Implemented", "The server does not support the functionality required to fulfill the request."},
    {502, "Bad Gateway", "The server returned an invalid or incomplete response."},
    {503, "Service Unavailable", "No server is available to handle this request."},
    {504, "Gateway Time-out", "The server didn't respond in time."},
    {505, "HTTP Version Not Supported", "The version of HTTP is not supported."},
};

const Status* find(std::uint16_t status) {
  for (const Status& each : statuses)
    if (each.status == status) return &each;
  return nullptr;
}

void add_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_of(std::uint16_t status) {
  const Status* found = find(status);
  return found == nullptr ? std::string_view{} : found->reason;
}

std::string error_content(std::uint16_t status) {
  const Status* found = find(status);
  if (found == nullptr) return {};
  std::string text = "<html><body><h1>" + std::to_string(status) + " ";
  text.append(found->reason).append("</h1>\n").append(found->sentence).append("\n</body></html>\n");
  return text;
}

std::string write_answer(const Answer& answer, const AnswerTo& to) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  text.append(reason_of(answer.status)).append("\r\n");
  if (to.is_before_request) {
    add_field(text, "Content-length", std::to_string(answer.content.size()));
    text.append("Cache-Control: no-cache\r\nConnection: close\r\n");
    add_field(text, "Content-Type", answer.content_type);
    return text.append("\r\n").append(answer.content);
  }
  const bool has_length = answer.status != 204 && answer.status != 304;  // those have no content (RFC 9110 8.6)
  if (has_length) add_field(text, "content-length", std::to_string(answer.content.size()));
  if (!answer.location.empty()) add_field(text, "location", answer.location);
  if (!answer.is_cached) add_field(text, "cache-control", "no-cache");
  if (!answer.content_type.empty()) add_field(text, "content-type", answer.content_type);
  if (!answer.challenge.empty()) add_field(text, "www-authenticate", answer.challenge);
  text.append(answer.more_fields);
  if (to.closes) add_field(text, "connection", "close");
  text.append("\r\n");
  if (!to.is_head) text.append(answer.content);
  return text;
}

}  // namespace poise::l7
