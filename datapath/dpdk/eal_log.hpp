#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace poise::datapath::dpdk {

using LogLine = std::function<void(std::string_view line)>;

// What DPDK has to say (warnings and errors) goes line by line to `line`, which may be empty and is called by any
// thread, one at a time. The last lines are kept: they tell why a call has failed. One per process; before the EAL
// starts.
void capture_eal_log(LogLine line);

// The complaints since the last call, joined; "" when there were none.
std::string take_complaints();

}  // namespace poise::datapath::dpdk
