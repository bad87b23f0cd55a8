#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/control/fake_machine.hpp"

// Any bytes are a request: the first says method, role and content type, the line after it is the target, the rest the
// body. The answer is whatever it is, but never an internal error, and the running configuration stays. Everything is a
// dry run: a commit could open taps on the machine that fuzzes.
namespace {

using namespace poise;
using namespace poise::control;

constexpr const char* methods[] = {"GET", "PUT", "PATCH", "DELETE", "POST", "HEAD", "", "get"};
constexpr const char* types[] = {"application/json", "application/json-patch+json", "application/merge-patch+json", ""};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Appliance& appliance = *new Appliance;  // once: it takes longer than a request
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = rest.find('\n');
  api::Request request;
  if (!api::parse_target(std::string(rest.substr(0, end)), request)) return 0;
  request.method = methods[data[0] & 7];
  request.content_type = types[data[0] >> 3 & 3];
  if ((data[0] & 0x20) == 0) request.role = config::Role::admin;
  if (end != std::string_view::npos) request.body = rest.substr(end + 1);
  request.query["dry_run"] = "true";
  const api::Response response = api::dispatch(appliance.core, std::move(request));
  ensure(response.status >= 200 && response.status != 500);
  ensure(appliance.core.transactions().running() == appliance.first);
  return 0;
}
