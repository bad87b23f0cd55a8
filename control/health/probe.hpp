#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/types/time.hpp"

namespace poise::control::health {

// What one probe found.
struct Verdict {
  bool passed = false;
  std::string reason;                   // "status 503"; also of a pass, when there is something to say
  std::optional<std::uint16_t> weight;  // kind exec: what the server's weight should be
  bool operator==(const Verdict&) const = default;
};

// What a probe wants done.
struct Connect {  // a TCP connection to the target; with TLS when its kind says so
  bool operator==(const Connect&) const = default;
};
struct SendBytes {  // over the connection, as one datagram, or as the data of an echo request
  std::string bytes;
  bool operator==(const SendBytes&) const = default;
};
struct Close {  // the probe is over
  bool operator==(const Close&) const = default;
};
using Action = std::variant<Connect, SendBytes, Close>;
using Actions = std::vector<Action>;

// Probe - one look at one server, as a machine without I/O: who carries out its actions tells it what came of them.
// There is a verdict after a Close, and at the latest after on_deadline(); then it is not spoken to any more.
class Probe {
 public:
  explicit Probe(Duration timeout) : timeout_(timeout) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  virtual ~Probe() = default;

  Actions start(Instant now);
  virtual Actions on_connected() { return {}; }
  virtual Actions on_bytes(std::string_view bytes) = 0;  // of a stream: some; of a datagram or an echo reply: all
  virtual Actions on_closed();                           // the peer sends no more
  virtual Actions on_failed(const std::string& reason);  // refused, reset, unreachable, not trusted
  Actions on_deadline(Instant now);                      // calling early is harmless
  Instant deadline() const { return verdict_ ? never : deadline_; }
  const std::optional<Verdict>& verdict() const { return verdict_; }

 protected:
  virtual Actions begin() = 0;
  virtual Actions on_timeout();  // fails
  Actions pass(std::string reason = "");
  Actions fail(std::string reason);
  std::string in_time() const;  // "in 1000 ms"

 private:
  Duration timeout_;
  Instant deadline_ = never;
  std::optional<Verdict> verdict_;
};

}  // namespace poise::control::health
