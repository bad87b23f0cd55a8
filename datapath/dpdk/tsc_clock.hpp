#pragma once
#include "config/types/time.hpp"

namespace poise::datapath::dpdk {

// The workers' clock: the time-stamp counter, scaled and shifted to CLOCK_MONOTONIC (std::chrono::steady_clock), 10 ns
// to read. Equal on all cores of a machine whose counter is invariant. calibrate() compares the two clocks: the first
// call begins, each later one ends a measurement; the longer between, the better (100 ms: about 1 ppm). Before workers
// run only: it may move the clock.
void calibrate_clock();
Instant tsc_now();

}  // namespace poise::datapath::dpdk
