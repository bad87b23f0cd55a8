#include "datapath/dpdk/device_queue.hpp"

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>

#include "config/types/limits.hpp"
#include "datapath/dpdk/packet_pool.hpp"
#include "datapath/dpdk/tap_fix.hpp"

namespace poise::datapath::dpdk {
namespace {

// The mbuf's data begins where the frame does: stages move the beginning of a frame into the headroom or out of it.
// What was appended to it, and what the device is asked for, stays; what the device it came from said of it goes.
rte_mbuf* mbuf_of(const Frame& frame) {
  rte_mbuf* mbuf = to_mbuf(frame.buffer);
  mbuf->data_off = std::uint16_t(frame.data - static_cast<std::uint8_t*>(mbuf->buf_addr));
  mbuf->pkt_len = mbuf->nb_segs == 1 ? frame.length : mbuf->pkt_len - mbuf->data_len + frame.length;
  mbuf->data_len = frame.length;
  mbuf->ol_flags &= RTE_MBUF_F_TX_OFFLOAD_MASK;
  return mbuf;
}

}  // namespace

std::size_t DeviceQueue::receive(std::span<Packet> into) {
  if (!parts_.others.empty()) transmit_for_others();
  if (parts_.receive_queue == no_queue) return 0;
  if (parts_.tap) kick_taps();
  std::array<rte_mbuf*, limits::burst> mbufs;
  const auto most = std::uint16_t(std::min(into.size(), mbufs.size()));
  const std::uint16_t received = rte_eth_rx_burst(parts_.port, parts_.receive_queue, mbufs.data(), most);
  std::size_t count = 0;
  for (std::uint16_t i = 0; i < received; ++i) {
    rte_mbuf* mbuf = mbufs[i];
    if (mbuf->nb_segs != 1 &&
        rte_pktmbuf_linearize(mbuf) != 0) {  // buffers hold the largest MTU: not sent by a sane device
      rte_pktmbuf_free(mbuf);
      lost_.add();
      continue;
    }
    Packet& packet = into[count++];
    packet.buffer = to_buffer(mbuf);
    packet.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    packet.length = mbuf->data_len;
    packet.headroom = rte_pktmbuf_headroom(mbuf);
    packet.tailroom = rte_pktmbuf_tailroom(mbuf);
    packet.is_verified = (mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
  }
  return count;
}

std::size_t DeviceQueue::transmit(std::span<const Frame> frames) {
  if (parts_.transmit_queue == no_queue) return parts_.shared->push(frames);
  std::array<rte_mbuf*, limits::burst> mbufs;
  std::size_t sent = 0;
  while (sent < frames.size()) {
    const std::size_t count = std::min(frames.size() - sent, mbufs.size());
    for (std::size_t i = 0; i < count; ++i) mbufs[i] = mbuf_of(frames[sent + i]);
    const std::uint16_t taken =
        rte_eth_tx_burst(parts_.port, parts_.transmit_queue, mbufs.data(), std::uint16_t(count));
    sent += taken;
    if (taken < count) break;
  }
  return sent;
}

void DeviceQueue::transmit_for_others() {
  std::array<Frame, limits::burst> frames;
  for (SpscRing<Frame>* ring : parts_.others) {
    const std::size_t count = ring->pop(frames);
    if (count == 0) continue;
    const std::size_t sent = transmit({frames.data(), count});
    lost_.add(count - sent);
    for (std::size_t i = sent; i < count; ++i) rte_pktmbuf_free(to_mbuf(frames[i].buffer));
  }
}

}  // namespace poise::datapath::dpdk
