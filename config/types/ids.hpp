#pragma once
#include <cstdint>

#include "config/types/strong.hpp"

namespace poise {

using WorkerId = Strong<struct WorkerIdTag, std::uint16_t>;
using PortIndex = Strong<struct PortIndexTag, std::uint16_t>;            // a DPDK port, in the order of `interfaces`
using InterfaceIndex = Strong<struct InterfaceIndexTag, std::uint16_t>;  // a port or one of its VLANs
using ServiceIndex = Strong<struct ServiceIndexTag, std::uint32_t>;  // row of Tables::services, stable while it exists
using RealIndex = Strong<struct RealIndexTag, std::uint32_t>;  // row of Tables::reals, stable while a flow may name it
using ServerIndex =
    Strong<struct ServerIndexTag, std::uint32_t>;              // row of ServerStates, stable while a flow may name it
using HoldIndex = Strong<struct HoldIndexTag, std::uint16_t>;  // row of Holds and Tables::virtual_routers
using NeighborIndex = Strong<struct NeighborIndexTag, std::uint16_t>;  // row of one worker's NeighborTable

}  // namespace poise
