#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/proxy/check_plan.hpp"
#include "l7/health/status.hpp"

namespace poise::control::proxy {

// What a check wants done.
struct OpenConnection {  // in place of the one before
  health::ConnectionTarget target;
};
struct SendText {
  std::string text;
};
struct EndCheck {};  // it is over
using CheckAction = std::variant<OpenConnection, SendText, EndCheck>;
using CheckActions = std::vector<CheckAction>;

// CheckRun - one check of one server, as a machine without I/O: who carries out its actions tells it what came of them.
// There is a result after an EndCheck; then it is not spoken to any more.
class CheckRun {
 public:
  explicit CheckRun(std::shared_ptr<const CheckPlan> plan);
  CheckRun(const CheckRun&) = delete;
  CheckRun& operator=(const CheckRun&) = delete;
  ~CheckRun();

  CheckActions start(Instant now);
  CheckActions on_opened(Instant now);     // TCP's handshake is complete, that of TLS is not
  CheckActions on_connected(Instant now);  // both are
  CheckActions on_bytes(Instant now, std::string_view bytes);
  CheckActions on_closed(Instant now);  // no more comes
  CheckActions on_failed(Instant now, const std::string& reason);
  CheckActions on_unavailable(Instant now, const std::string& reason);  // by no fault of the server
  CheckActions on_deadline(Instant now);                                // calling early is harmless
  Instant deadline() const { return result_ ? never : deadline_; }
  const std::optional<l7::health::Result>& result() const { return result_; }
  const std::string& received() const { return received_; }  // what an agent said

 private:
  struct Response;
  enum class Layer : std::uint8_t { l4, l6, l7 };
  enum class Found : std::uint8_t { matches, differs, undecided };
  using Status = l7::health::Status;

  CheckActions proceed(Instant now);
  void begin_connection(Instant now, const health::ConnectionTarget& target, CheckActions& actions);
  void begin_exchange(const CheckPlan::Step& step, CheckActions& actions);
  bool read_response();
  Found look_at(const CheckPlan::Expect& expect) const;
  Found look_at_status(const CheckPlan::Expect& expect) const;
  CheckActions disappoint(Instant now, const CheckPlan::Expect& expect);
  CheckActions finish(Instant now, Status status, std::string description);
  CheckActions pass(Instant now);
  std::string at_step() const;

  const std::shared_ptr<const CheckPlan> plan_;
  std::size_t step_ = 0;
  Layer layer_ = Layer::l4;
  bool is_connecting_ = false, is_closed_ = false, has_tls_ = false;
  std::string received_;
  std::unique_ptr<Response> response_;
  Instant started_{}, deadline_ = never;
  std::optional<l7::health::Result> result_;
};

}  // namespace poise::control::proxy
