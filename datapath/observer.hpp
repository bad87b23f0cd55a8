#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/types/result.hpp"
#include "datapath/messages.hpp"
#include "datapath/packet.hpp"
#include "datapath/ring.hpp"

struct bpf_insn;

namespace poise::datapath {

// Observation - what to capture or trace: a filter program (pcap-filter(7), compiled by libpcap on the control core),
// which packets, how many bytes of each. Immutable, published like Tables. Null pointer everywhere means: observe
// nothing, at the cost of one branch a burst.
struct Observation {
  ~Observation();
  std::vector<std::uint64_t> program;  // bpf_insn values; empty: everything
  std::string expression;
  bool capture = false, trace = false;
  bool received = true, transmitted = true;
  bool only_dropped = false;
  Drop drop = Drop::count_;  // with only_dropped: this reason, or count_ for any
  std::uint16_t snap_length = limits::punt_bytes;
  std::uint32_t sample = 1;  // one in n
};
// Compiles an expression; the error's problem is libpcap's, the fix points to pcap-filter(7).
Result<std::shared_ptr<Observation>> make_observation(const std::string& expression);

// Observer - one worker's side: matches frames and copies rows to control through the punt ring. Owner: the worker.
class Observer {
 public:
  void set(const Observation* observation) { observation_ = observation; }
  bool active() const { return observation_ != nullptr; }
  const Observation* observation() const { return observation_; }
  bool matches(const std::uint8_t* frame, std::uint16_t length);  // filter and sampling
  std::uint64_t next_packet_id() { return ++packets_; }

 private:
  const Observation* observation_ = nullptr;
  std::uint64_t packets_ = 0;
  std::uint32_t skipped_ = 0;
};

}  // namespace poise::datapath
