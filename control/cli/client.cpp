#include "control/cli/client.hpp"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

constexpr std::size_t body_bytes_max = 256u << 20;
constexpr const char* start_hint = "is poised running? try: systemctl status poised";

struct GlobalCurl {
  GlobalCurl() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~GlobalCurl() { curl_global_cleanup(); }
};

struct Free {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

// Transfer - one request on its way.
struct Client::Transfer {
  std::unique_ptr<CURLM, FreeMulti> multi{curl_multi_init()};
  std::unique_ptr<CURL, Free> easy{curl_easy_init()};
  std::unique_ptr<curl_slist, Free> headers;
  std::array<char, CURL_ERROR_SIZE> message{};
  const Sink* sink = nullptr;
  Response response;
  bool too_long = false, stopped_by_sink = false;

  void header(const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); }
  bool succeeded() {
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
  }
  std::size_t take(std::string_view piece) {
    if (sink != nullptr && succeeded()) {
      stopped_by_sink = !(*sink)(piece);
      return stopped_by_sink ? CURL_WRITEFUNC_ERROR : piece.size();
    }
    too_long = response.body.size() + piece.size() > body_bytes_max;
    if (too_long) return CURL_WRITEFUNC_ERROR;
    response.body += piece;
    return piece.size();
  }
  void take_header(std::string_view line) {
    constexpr std::string_view name = "etag:";
    if (line.size() < name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) return;
    line.remove_prefix(name.size());
    const std::size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t\r\n");
    response.etag = first == std::string_view::npos ? "" : std::string(line.substr(first, last - first + 1));
  }
  static std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* self) {
    return static_cast<Transfer*>(self)->take({data, bytes});
  }
  static std::size_t on_header(char* data, std::size_t, std::size_t bytes, void* self) {
    static_cast<Transfer*>(self)->take_header({data, bytes});
    return bytes;
  }
};

Client::Client(Target target, int interrupt) : target_(std::move(target)), interrupt_(interrupt) {
  static const GlobalCurl global;
  while (!target_.url.empty() && target_.url.back() == '/') target_.url.pop_back();
}

Client::~Client() = default;

std::string Client::place() const { return target_.url.empty() ? target_.socket : target_.url; }

Outcome<std::string> Client::token() const {
  if (target_.token_file.empty()) return std::string();
  std::ifstream file(target_.token_file);
  std::string line;
  if (!file || !std::getline(file, line))
    return failed(Exit::usage, {target_.token_file, "no token can be read from it", "its first line is the token"});
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  return line;
}

Outcome<void> Client::prepare(Transfer& transfer, const Request& request) {
  CURL* easy = transfer.easy.get();
  if (easy == nullptr || transfer.multi == nullptr) return failed(Exit::unreachable, {"", "out of memory", ""});
  if (!target_.url.empty() && !target_.url.starts_with("https://"))
    return failed(Exit::usage,
                  {"--url", "\"" + target_.url + "\" is not an https URL", "for example https://192.0.2.10:8443"});
  const Outcome<std::string> bearer = token();
  if (!bearer) return tl::unexpected(bearer.error());

  curl_easy_setopt(easy, CURLOPT_URL, ((target_.url.empty() ? "http://poise" : target_.url) + request.path).c_str());
  if (target_.url.empty()) curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target_.socket.c_str());
  if (!target_.ca.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, target_.ca.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");  // the appliance is reached directly, whatever the environment says
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, std::min(5000L, long(request.timeout.count())));
  if (transfer.sink == nullptr) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, long(request.timeout.count()));
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
    transfer.header("Content-Type: " + request.content_type);
    transfer.header("Expect:");  // no pause for "100 Continue" before a long document
  }
  if (!request.if_match.empty()) transfer.header("If-Match: " + request.if_match);
  if (!request.accept.empty()) transfer.header("Accept: " + request.accept);
  if (!bearer->empty()) transfer.header("Authorization: Bearer " + *bearer);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "poise");
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.message.data());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  return {};
}

Outcome<Response> Client::call(const Request& request) { return run(request, nullptr); }

Outcome<Response> Client::stream(const Request& request, const Sink& sink) { return run(request, &sink); }

Outcome<Response> Client::run(const Request& request, const Sink* sink) {
  Transfer transfer;
  transfer.sink = sink;
  if (const Outcome<void> ready = prepare(transfer, request); !ready) return tl::unexpected(ready.error());
  curl_multi_add_handle(transfer.multi.get(), transfer.easy.get());
  int code = CURLE_OK, running = 1;
  bool stop = false;
  while (running != 0 && !stop) {
    curl_waitfd interrupt{interrupt_, CURL_WAIT_POLLIN, 0};
    if (curl_multi_perform(transfer.multi.get(), &running) != CURLM_OK) break;
    if (running == 0) break;
    curl_multi_poll(transfer.multi.get(), &interrupt, interrupt_ < 0 ? 0 : 1, 1000, nullptr);
    stop = interrupt.revents != 0;
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(transfer.multi.get(), &left))
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  Outcome<Response> outcome = stop ? Outcome<Response>(interrupted()) : conclude(transfer, code);
  curl_multi_remove_handle(transfer.multi.get(), transfer.easy.get());
  return outcome;
}

Outcome<Response> Client::conclude(Transfer& transfer, int code) {
  long status = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  const char* type = nullptr;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_CONTENT_TYPE, &type);
  transfer.response.status = int(status);
  transfer.response.content_type = type != nullptr ? type : "";
  if (code != CURLE_OK && !transfer.stopped_by_sink) return tl::unexpected(explain(transfer, code));
  if (status < 200 || status >= 300) return tl::unexpected(failure_of(transfer.response));
  return std::move(transfer.response);
}

Failure Client::explain(Transfer& transfer, int code) const {
  const auto cannot_reach = [&](const std::string& why, const std::string& fix) {
    return Failure{Exit::unreachable, {{"", "cannot reach poised at " + place() + ": " + why, fix}}};
  };
  const auto bad_answer = [&](const std::string& what, const std::string& fix) {
    return Failure{Exit::unreachable, {{"", "poised at " + place() + " " + what, fix}}};
  };
  if (transfer.too_long) return bad_answer("sent an answer above 256 MB", "ask for a part of it");
  long error = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_OS_ERRNO, &error);
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      if (error == EACCES || error == EPERM)
        return cannot_reach("permission denied", "be root or in the group of the socket: ls -l " + place());
      if (error == ENOENT) return cannot_reach("no such file", start_hint);
      if (error == ECONNREFUSED) return cannot_reach("nobody listens there", start_hint);
      return cannot_reach(error != 0 ? std::strerror(int(error)) : transfer.message.data(), start_hint);
    case CURLE_COULDNT_RESOLVE_HOST:
      return cannot_reach("the host name is not known", "check --url");
    case CURLE_OPERATION_TIMEDOUT:
      return cannot_reach("no answer in time", "try again; if it stays so: journalctl -u poised");
    case CURLE_PEER_FAILED_VERIFICATION:
      return cannot_reach("its certificate is not trusted", "name its authority with --ca FILE");
    case CURLE_SSL_CACERT_BADFILE:
      return Failure{Exit::usage, {{target_.ca, "no certificate can be read from it", "--ca names a PEM file"}}};
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
      return bad_answer("closed the connection in the middle of its answer",
                        "has it stopped? try: systemctl status poised");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
      return bad_answer("did not answer in HTTP", "is this poised's socket?");
    default:
      return bad_answer(std::string("did not answer properly: ") +
                            (transfer.message[0] != 0 ? transfer.message.data() : curl_easy_strerror(CURLcode(code))),
                        "");
  }
}

namespace {

Errors listed_errors(const nlohmann::json& problem) {
  Errors errors;
  const auto text = [](const nlohmann::json& object, const char* name) {
    const auto member = object.find(name);
    return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
  };
  if (const auto list = problem.find("errors"); list != problem.end() && list->is_array())
    for (const nlohmann::json& error : *list)
      if (error.is_object()) errors.push_back({text(error, "path"), text(error, "problem"), text(error, "fix")});
  if (errors.empty()) {
    const std::string detail = text(problem, "detail"), title = text(problem, "title");
    if (!detail.empty() || !title.empty()) errors.push_back({"", detail.empty() ? title : detail, ""});
  }
  return errors;
}

}  // namespace

Failure failure_of(const Response& response) {
  Failure failure{response.status >= 500 ? Exit::server : Exit::refused, {}};
  const nlohmann::json problem = nlohmann::json::parse(response.body, nullptr, false);
  if (problem.is_object()) failure.errors = listed_errors(problem);
  if (failure.errors.empty()) {
    const std::string first_line = fit(printable(response.body.substr(0, response.body.find('\n'))), 200);
    failure.errors.push_back({"",
                              "poised answered with status " + std::to_string(response.status) +
                                  (first_line.empty() ? "" : ": " + first_line),
                              ""});
  }
  if (response.status == 401 && failure.errors.back().fix.empty())
    failure.errors.back().fix = "name a token with --token-file FILE";
  if (response.status == 403 && failure.errors.back().fix.empty())
    failure.errors.back().fix = "use a token of a higher role";
  return failure;
}

}  // namespace poise::control::cli
