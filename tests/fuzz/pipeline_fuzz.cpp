// Any bytes as a sequence of frames on two ports of a two-worker datapath with a service of every kind: nothing
// crashes, what leaves is well-formed, and when everything is idle again every packet buffer is back in its pool and
// every flow and connection is counted out.
// Input: for each frame one byte (bit 0: port, bit 1: no tailroom, bit 2: checksums as they are, bits 3..7: what passes
// before the next frame: 0 nothing, it is of the same burst; below 16 so many milliseconds; else seconds above 15), two
// bytes of length, the bytes. The destination MAC is made right, so that most frames get past the first check.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>

#include "config/schema.hpp"
#include "config/validate.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/reused_appliance.hpp"

namespace {

using namespace poise;
using namespace poise::datapath;

constexpr const char* document = R"({
  "interfaces": {
    "lan": {"device": "lan", "addresses": ["198.51.100.1/24", "2001:db8:2::1/64"]},
    "wan": {"device": "wan", "addresses": ["203.0.113.1/24", "2001:db8:1::1/64"],
            "vlans": {"wan.7": {"id": 7, "addresses": ["192.0.2.1/24"]}}}
  },
  "routes": [{"prefix": "10.0.0.0/8", "via": [{"gateway": "203.0.113.254"}]}],
  "snat_pools": {"out": {"addresses": ["203.0.113.50"], "port_first": 40000, "port_last": 40063},
                 "in": {"addresses": ["198.51.100.90"], "port_first": 40000, "port_last": 40063}},
  "snat_rules": [{"source": "198.51.100.0/24", "interface": "wan", "snat_pool": "out"}],
  "pools": {"one": {"servers": {"a": {"address": "198.51.100.10"}}},
            "two": {"servers": {"a": {"address": "198.51.100.10"}, "b": {"address": "198.51.100.11"}}},
            "v6": {"servers": {"a": {"address": "2001:db8:2::a"}}}},
  "services": {
    "nat": {"address": "203.0.113.80", "protocol": "tcp", "ports": 80, "pool": "one", "mode": "nat"},
    "toa": {"address": "203.0.113.80", "protocol": "tcp", "ports": 81, "pool": "one", "mode": "nat",
            "client_address": "toa"},
    "proxy": {"address": "203.0.113.80", "protocol": "tcp", "ports": 82, "pool": "one", "mode": "nat",
              "client_address": "proxy_v2"},
    "dns": {"address": "203.0.113.80", "protocol": "udp", "ports": "53-99", "pool": "two", "scheduler": "lc",
            "snat_pool": "in"},
    "any": {"address": "203.0.113.81", "protocol": "any", "ports": "any", "pool": "two", "mode": "dr",
            "scheduler": "maglev"},
    "gue": {"address": "203.0.113.82", "protocol": "udp", "ports": "any", "pool": "v6", "mode": "tunnel",
            "encapsulation": "gue"},
    "nat64": {"address": "2001:db8:1::80", "protocol": "tcp", "ports": "any", "pool": "one", "snat_pool": "in",
              "client_address": "proxy_v2"},
    "six": {"address": "2001:db8:1::81", "protocol": "udp", "ports": "any", "pool": "v6", "mode": "nat",
            "persistence": {"prefix_v6": 64}}
  }
})";

const config::Config& configuration() {
  static const config::Config parsed = [] {
    auto config = config::parse(document, "pipeline_fuzz");
    for (const Error& error : config ? config::validate(*config) : config.error())
      std::fprintf(stderr, "%s\n", to_string(error).c_str());
    ensure(config.has_value() && config::validate(*config).empty());
    return *config;
  }();
  return parsed;
}

constexpr int frames_max = 64;  // of an input
constexpr std::size_t frame_length_max = 2000;
constexpr std::uint16_t some_tailroom = 64;
constexpr std::uint32_t lives_max = 200'000;  // inputs; then its clock has passed eight years

ReusedAppliance& appliance() {
  static std::unique_ptr<ReusedAppliance> current;
  static std::uint32_t lives = 0;
  if (current == nullptr || ++lives == lives_max) {
    lives = 0;
    current = std::make_unique<ReusedAppliance>(configuration(), 2);
  }
  return *current;
}

Duration pause_of(std::uint8_t code) {
  return code < 16 ? Duration(std::chrono::milliseconds(code)) : Duration(std::chrono::seconds(code - 15));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ReusedAppliance& machine = appliance();
  FuzzInput input(data, size);
  for (int frames = 0; input.size() > 3 && frames < frames_max; ++frames) {
    const std::uint8_t how = input.u8();
    const PortIndex port{std::uint16_t(how & 1)};
    const std::size_t length = input.u16();
    Bytes frame = input.take(std::min(length, frame_length_max));
    const MacAddr mac = ReusedAppliance::mac_of(port);
    if (frame.size() >= 6 && (frame[0] & 1) == 0) std::memcpy(frame.data(), mac.octets.data(), 6);
    if ((how & 4) == 0) frame = mended_frame(std::move(frame));
    machine.receive(port, std::move(frame), (how & 2) == 0 ? some_tailroom : std::uint16_t(0));
    if (how >> 3 != 0) machine.run(pause_of(std::uint8_t(how >> 3)));
  }
  machine.forget();
  return 0;
}
