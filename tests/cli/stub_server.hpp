#pragma once
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace poise::control::cli {

// StubServer - a poised that answers what a test told it, on a unix socket of its own. One connection at a time; every
// connection gets one answer and is closed. Requests are kept for the test to read after stop().
class StubServer {
 public:
  struct Asked {
    std::string method, target, body, head;
  };
  // The raw bytes of the answer; more than one piece is written piece by piece.
  using Answer = std::function<std::vector<std::string>(const Asked&)>;

  explicit StubServer(Answer answer);
  ~StubServer();
  StubServer(const StubServer&) = delete;

  const std::string& socket() const { return path_; }
  const std::vector<Asked>& stop();  // waits for the answer that is on its way

 private:
  void serve();
  Answer answer_;
  std::string folder_, path_;
  int listener_ = -1, ends_[2] = {-1, -1};
  std::vector<Asked> asked_;
  std::thread thread_;
};

std::string http(int status, const std::string& type, const std::string& body, const std::string& headers = "");
std::string json_ok(const std::string& body);
std::string problem(int status, const std::string& body);

// A stub that answers by "METHOD target", and 404 to everything else.
StubServer::Answer answers(std::map<std::string, std::string> by_request);

}  // namespace poise::control::cli
