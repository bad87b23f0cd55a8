#pragma once
#include <string>

#include "config/types/mac.hpp"

namespace poise::datapath::dpdk {

// net_tap asks the kernel for a signal per packet, which costs more than the packet. This switches the signals off for
// every tap open now and keeps the driver's own handler, which must then be called before a burst is received: see
// kick_taps. False, and nothing changed, when the driver works otherwise than in DPDK 22.11: then allow_tap_signals()
// is needed. Control's thread, after a port's start.
bool silence_taps();

// Lets the calling thread, whose real-time signals are blocked, take net_tap's.
void allow_tap_signals();

// Tells net_tap that there may be packets. Worker threads; costs nothing when no tap was silenced.
void kick_taps();

// net_tap gives the kernel's end of the cable the port's own MAC address: a kernel or bridge there takes every frame to
// the port for its own. This gives the kernel's end another one. Without the right to do so nothing happens.
void set_kernel_end_mac(unsigned interface_index, const MacAddr& mac);

// Whether a process holds the other end of this tap: the kernel would let a second one in and divide the packets
// between them.
bool tap_is_taken(const std::string& interface);

}  // namespace poise::datapath::dpdk
