#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/cli/outcome.hpp"

namespace poise::control::cli {

// Target - where poised answers: its unix socket, or an https URL with a token.
struct Target {
  std::string socket = "/run/poise/api.sock";
  std::string url;         // "https://host:8443"; empty: the socket
  std::string token_file;  // its first line is the bearer token
  std::string ca;          // PEM file; empty: the system's authorities
};

struct Request {
  std::string method = "GET";
  std::string path;  // with the query, encoded
  std::string body = {};
  std::string content_type = "application/json";  // of the body
  std::string if_match = {};                      // an ETag; empty: no condition
  std::string accept = {};
  std::chrono::milliseconds timeout{30000};  // for the whole answer; a stream takes as long as it takes
};

struct Response {
  int status = 0;
  std::string content_type, etag, body;
};

// Client - one HTTP/1.1 request at a time to poised, blocking. Owner: the CLI's only thread.
// Whatever is not a 2xx answer is a Failure that carries the problem details of the answer, or why there is none.
// `interrupt` is a file descriptor that becomes readable when the user types Ctrl-C (-1: none); a request then ends at
// once.
class Client {
 public:
  explicit Client(Target target, int interrupt = -1);
  ~Client();

  Outcome<Response> call(const Request& request);

  // The body goes to `sink` piece by piece as it comes; `sink` returning false ends the request in good order.
  using Sink = std::function<bool(std::string_view piece)>;
  Outcome<Response> stream(const Request& request, const Sink& sink);

  std::string place() const;  // for messages: "/run/poise/api.sock" or the URL

 private:
  struct Transfer;
  Outcome<Response> run(const Request& request, const Sink* sink);
  Outcome<void> prepare(Transfer& transfer, const Request& request);
  Outcome<Response> conclude(Transfer& transfer, int code);
  Failure explain(Transfer& transfer, int code) const;
  Outcome<std::string> token() const;

  Target target_;
  int interrupt_;
};

// The errors of a refused answer: those of its problem details (RFC 9457), or a sentence about the status.
Failure failure_of(const Response& response);

}  // namespace poise::control::cli
