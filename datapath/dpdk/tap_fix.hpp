#pragma once

namespace poise::datapath::dpdk {

// net_tap asks the kernel for a signal per packet, which costs more than the packet. This switches the signals off for every tap open
// now and keeps the driver's own handler, which must then be called before a burst is received: see kick_taps. Nothing happens when the
// driver works otherwise than in DPDK 22.11. Control's thread, after a port has started.
void silence_taps();

// Tells net_tap that there may be packets. Worker threads; costs nothing when no tap was silenced.
void kick_taps();

}  // namespace poise::datapath::dpdk
