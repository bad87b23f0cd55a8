#include "control/health/http_probe.hpp"

#include <openssl/evp.h>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "config/checks.hpp"

namespace poise::control::health {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t body_max = 1u << 20, header_max = 64u << 10;

std::string md5_of(const std::string& body) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(body.data(), body.size(), digest, &length, EVP_md5(), nullptr) != 1) return "";
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += digits[digest[i] >> 4];
    text += digits[digest[i] & 15];
  }
  return text;
}

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return text;
}

std::string host_of(const Target& target) {
  if (target.check.http.host) return *target.check.http.host;
  const std::string address = to_string(target.address);
  const std::uint16_t usual = target.check.kind == config::CheckKind::https ? 443 : 80;
  const std::string host = target.address.is_v6() ? "[" + address + "]" : address;
  return target.port == usual ? host : host + ":" + std::to_string(target.port);
}

bool has_header(const config::HttpCheck& check, std::string_view name) {
  for (const auto& [each, value] : check.headers)
    if (lower_case(each) == name) return true;
  return false;
}

}  // namespace

std::string request_of(const Target& target) {
  const config::HttpCheck& check = target.check.http;
  std::string text = check.method + " " + check.path +
                     (check.version == config::HttpVersion::http_1_1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  if (!has_header(check, "host")) text += "Host: " + host_of(target) + "\r\n";
  if (!has_header(check, "user-agent")) text += "User-Agent: poise\r\n";
  for (const auto& [name, value] : check.headers) text += name + ": " + value + "\r\n";
  return text + "Connection: close\r\n\r\n";
}

struct HttpProbe::Response {
  http::response_parser<http::string_body> parser;
  std::string unread;  // what the parser waits for more of
};

HttpProbe::HttpProbe(std::shared_ptr<const Plan> plan)
    : Probe(plan->timeout()), plan_(std::move(plan)), response_(std::make_unique<Response>()) {
  response_->parser.body_limit(body_max);
  response_->parser.header_limit(header_max);
  response_->parser.eager(true);
  response_->parser.skip(plan_->target.check.http.method == "HEAD");
}

HttpProbe::~HttpProbe() = default;

Actions HttpProbe::on_connected() { return {SendBytes{request_of(plan_->target)}}; }

Actions HttpProbe::on_bytes(std::string_view bytes) {
  auto& [parser, unread] = *response_;
  unread += bytes;
  while (!unread.empty() && !parser.is_done()) {
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(unread), error);
    unread.erase(0, used);
    if (error == http::error::need_more) break;
    if (error) return fail("what it says is no HTTP response: " + error.message());
  }
  return parser.is_done() ? judge() : Actions{};
}

Actions HttpProbe::on_closed() {
  boost::system::error_code error;
  if (response_->parser.got_some()) response_->parser.put_eof(error);
  if (!response_->parser.is_done()) return fail("the server closed the connection before the response was whole");
  return judge();
}

Actions HttpProbe::judge() {
  const config::HttpCheck& wanted = plan_->target.check.http;
  const unsigned status = response_->parser.get().result_int();
  bool fits = false;
  for (const std::string& text : wanted.statuses)
    if (const auto range = config::parse_statuses(text)) fits |= range->first <= status && status <= range->last;
  const std::string said = "status " + std::to_string(status);
  if (!fits) return fail(said);
  const std::string& body = response_->parser.get().body();
  if (plan_->body_match && !plan_->body_match.matches(body)) return fail(said + ", but the body does not match");
  if (plan_->body_no_match && plan_->body_no_match.matches(body)) return fail(said + ", but the body matches");
  if (wanted.body_md5 && md5_of(body) != lower_case(*wanted.body_md5))
    return fail(said + ", but the MD5 of the body is " + md5_of(body));
  return pass(said);
}

}  // namespace poise::control::health
