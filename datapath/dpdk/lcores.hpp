#pragma once
#include "config/model.hpp"
#include "datapath/engine.hpp"

namespace poise::datapath::dpdk {

// Nanoseconds of the time-stamp counter, calibrated once: the workers' clock. Equal on all cores of a machine with an invariant TSC.
Instant tsc_now();

// Runs every worker of the engine on its lcore (worker i on lcore i + 1) until its Stop command. busy: polls without pause. adaptive:
// after 64 empty rounds sleeps 50 us, growing to 200 us, so that several appliances share a small machine. Returns false when an lcore
// could not be started.
bool launch_workers(Engine& engine, config::Polling polling);

// Waits for all of them; each has got Stop before.
void join_workers();

}  // namespace poise::datapath::dpdk
