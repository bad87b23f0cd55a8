#include "datapath/observer.hpp"

#include <pcap/pcap.h>

#include <cstring>

namespace poise::datapath {

Observation::~Observation() = default;

Result<std::shared_ptr<Observation>> make_observation(const std::string& expression) {
  static_assert(sizeof(bpf_insn) == sizeof(std::uint64_t));
  auto observation = std::make_shared<Observation>();
  observation->expression = expression;
  if (expression.empty()) return observation;
  pcap_t* handle = pcap_open_dead(DLT_EN10MB, limits::punt_bytes);
  ensure(handle != nullptr);
  bpf_program program{};
  if (pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    std::string problem = pcap_geterr(handle);
    pcap_close(handle);
    return fail("filter", "\"" + expression + "\" is no capture filter: " + problem,
                "see pcap-filter(7), for example: tcp port 443 and host 192.0.2.7");
  }
  observation->program.resize(program.bf_len);
  std::memcpy(observation->program.data(), program.bf_insns, program.bf_len * sizeof(bpf_insn));
  pcap_freecode(&program);
  pcap_close(handle);
  return observation;
}

bool Observer::matches(const std::uint8_t* frame, std::uint16_t length) {
  const auto& program = observation_->program;
  if (!program.empty() && bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()), frame, length, length) == 0)
    return false;
  if (++skipped_ < observation_->sample) return false;
  skipped_ = 0;
  return true;
}

}  // namespace poise::datapath
