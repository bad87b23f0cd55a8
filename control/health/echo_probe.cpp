#include "control/health/echo_probe.hpp"

namespace poise::control::health {
namespace {

constexpr std::string_view data = "poise health check, 32 bytes    ";

}  // namespace

Actions EchoProbe::begin() { return {SendBytes{std::string(data)}}; }

Actions EchoProbe::on_bytes(std::string_view bytes) {
  return bytes == data ? pass() : fail("the echo has other data than the request");
}

}  // namespace poise::control::health
