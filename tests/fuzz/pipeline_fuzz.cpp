// Any bytes as a sequence of frames on two ports of a two-worker datapath with a service of every kind: nothing
// crashes, and when everything is idle again every packet buffer is back in its pool.
// Input: for each frame one byte (bit 0: port, bits 1..7: milliseconds that pass), two bytes of length, the bytes. The
// destination MAC is made right, so that most frames get past the first check.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>

#include "config/schema.hpp"
#include "config/validate.hpp"
#include "tests/behaviours/bench.hpp"

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
  "snat_pools": {"out": {"addresses": ["203.0.113.50"]}},
  "snat_rules": [{"source": "198.51.100.0/24", "interface": "wan", "snat_pool": "out"}],
  "pools": {"v4": {"servers": {"a": {"address": "198.51.100.10"}, "b": {"address": "198.51.100.11"}}},
            "v6": {"servers": {"a": {"address": "2001:db8:2::a"}}}},
  "services": {
    "nat": {"address": "203.0.113.80", "protocol": "tcp", "ports": 80, "pool": "v4", "mode": "nat"},
    "toa": {"address": "203.0.113.80", "protocol": "tcp", "ports": 81, "pool": "v4", "client_address": "toa"},
    "proxy": {"address": "203.0.113.80", "protocol": "tcp", "ports": 82, "pool": "v4", "client_address": "proxy_v2"},
    "dns": {"address": "203.0.113.80", "protocol": "udp", "ports": "53-99", "pool": "v4", "scheduler": "lc"},
    "any": {"address": "203.0.113.81", "protocol": "any", "ports": "any", "pool": "v4", "mode": "dr",
            "scheduler": "maglev"},
    "gue": {"address": "203.0.113.82", "protocol": "udp", "ports": "any", "pool": "v6", "mode": "tunnel",
            "encapsulation": "gue"},
    "nat64": {"address": "2001:db8:1::80", "protocol": "tcp", "ports": "any", "pool": "v4"},
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bench::Options options;
  options.workers = 2;
  options.flows = {64, 64};
  Bench bench(configuration(), options);
  std::span<const std::uint8_t> input(data, size);
  for (int frames = 0; input.size() > 3 && frames < 64; ++frames) {
    const PortIndex port{std::uint16_t(input[0] & 1)};
    const auto pause = std::chrono::milliseconds(input[0] >> 1);
    const std::size_t length = std::min<std::size_t>({std::size_t(input[1] << 8 | input[2]), input.size() - 3, 2000});
    Bytes frame(input.begin() + 3, input.begin() + 3 + std::ptrdiff_t(length));
    const std::uint8_t mac[] = {2, 0, 0, 0, 1, std::uint8_t(port.value + 1)};
    if (frame.size() >= sizeof mac && (frame[0] & 1) == 0) std::memcpy(frame.data(), mac, sizeof mac);
    bench.receive(port, frame, bench.now() + pause);
    input = input.subspan(3 + length);
  }
  bench.finish();
  ensure(bench.buffers_out() == 0);
  return 0;
}
