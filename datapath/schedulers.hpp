#pragma once
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/limits.hpp"
#include "datapath/packet.hpp"
#include "datapath/server_states.hpp"
#include "datapath/tables.hpp"

namespace poise::datapath {

// What a scheduler decides on: a value, so that explain and tests can ask the same question as the worker.
struct ScheduleQuestion {
  const Tables& tables;
  const Service& service;
  const ServerStates& servers;
  FlowKey client;            // client -> virtual address
  std::uint64_t random = 0;  // for random2
};

// SchedulerStates - what rr and wrr remember, per service. Owner: one worker.
// Cost with n servers: rr, sh, dh, maglev and random2 read one or two servers as a rule; wrr reads the next few when
// weights are alike, up to n when one weight towers over the others; lc, wlc, sed, nq, fo and ovf read all n (one cache
// line each, side by side). ovf fills a server to its weight before it goes to the next.
class SchedulerStates {
 public:
  SchedulerStates() : rows_(limits::services) {}
  // The real for a new flow; ~0 when no server of the pool and no sorry server takes one. Never a server at its limit.
  // rr wrr lc wlc sed nq random2 fo ovf as in IPVS and its documentation; sh by source, dh by destination, maglev by
  // 5-tuple hash, each keyed with Tables::hash_key and stable when other servers go up or down (next slot that takes
  // new flows).
  RealIndex pick(const ScheduleQuestion& question);
  // The same without remembering: what pick would answer now.
  RealIndex peek(const ScheduleQuestion& question) const;

 private:
  struct Row {
    std::uint32_t cursor = 0;
    std::int64_t current_weight = 0;
  };
  static RealIndex choose(const ScheduleQuestion& question, Row& row);
  std::vector<Row> rows_;
};

}  // namespace poise::datapath
