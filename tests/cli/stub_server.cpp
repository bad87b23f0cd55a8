#include "tests/cli/stub_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "config/types/result.hpp"

namespace poise::control::cli {
namespace {

std::size_t content_length(const std::string& head) {
  for (std::size_t at = 0; (at = head.find("\r\n", at)) != std::string::npos;) {
    at += 2;
    if (strncasecmp(head.c_str() + at, "content-length:", 15) == 0)
      return std::strtoul(head.c_str() + at + 15, nullptr, 10);
  }
  return 0;
}

StubServer::Asked read_request(int connection) {
  std::string text;
  char buffer[4096];
  std::size_t wanted = std::string::npos, head_end = std::string::npos;
  while (wanted == std::string::npos || text.size() < wanted) {
    const ssize_t count = ::read(connection, buffer, sizeof buffer);
    if (count <= 0) break;
    text.append(buffer, std::size_t(count));
    if (wanted != std::string::npos) continue;
    head_end = text.find("\r\n\r\n");
    if (head_end != std::string::npos) wanted = head_end + 4 + content_length(text.substr(0, head_end));
  }
  if (head_end == std::string::npos) return {};
  const std::size_t space = text.find(' '), second = text.find(' ', space + 1);
  return {text.substr(0, space), text.substr(space + 1, second - space - 1), text.substr(head_end + 4),
          text.substr(0, head_end)};
}

void write_all(int connection, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::send(connection, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += std::size_t(count);
  }
}

}  // namespace

StubServer::StubServer(Answer answer) : answer_(std::move(answer)) {
  const char* base = std::getenv("TMPDIR");
  folder_ = std::string(base != nullptr ? base : "/var/tmp") + "/poise-stub-XXXXXX";
  ensure(::mkdtemp(folder_.data()) != nullptr);
  path_ = folder_ + "/api.sock";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ensure(path_.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ensure(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
         ::listen(listener_, 16) == 0);
  ensure(::pipe2(ends_, O_CLOEXEC) == 0);
  thread_ = std::thread([this] { serve(); });
}

StubServer::~StubServer() {
  stop();
  ::close(listener_);
  ::close(ends_[0]);
  ::close(ends_[1]);
  ::unlink(path_.c_str());
  ::rmdir(folder_.c_str());
}

const std::vector<StubServer::Asked>& StubServer::stop() {
  if (thread_.joinable()) {
    ensure(::write(ends_[1], "", 1) == 1);
    thread_.join();
  }
  return asked_;
}

void StubServer::serve() {
  while (true) {
    pollfd waited[] = {{listener_, POLLIN, 0}, {ends_[0], POLLIN, 0}};
    ::poll(waited, 2, -1);
    if ((waited[0].revents & POLLIN) == 0) return;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) return;
    asked_.push_back(read_request(connection));
    for (const std::string& piece : answer_(asked_.back())) write_all(connection, piece);
    ::close(connection);
  }
}

std::string http(int status, const std::string& type, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + type + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string json_ok(const std::string& body) { return http(200, "application/json", body); }

std::string problem(int status, const std::string& body) { return http(status, "application/problem+json", body); }

StubServer::Answer answers(std::map<std::string, std::string> by_request) {
  return [by_request = std::move(by_request)](const StubServer::Asked& asked) {
    const auto found = by_request.find(asked.method + " " + asked.target);
    return std::vector<std::string>{found != by_request.end()
                                        ? found->second
                                        : problem(404, R"({"title":"not found","detail":"nothing is there"})")};
  };
}

}  // namespace poise::control::cli
