#include "datapath/dpdk/packet_pool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <atomic>

namespace poise::datapath::dpdk {
namespace {
constexpr unsigned cache_per_lcore = 256;
}

Result<std::unique_ptr<PacketPool>> PacketPool::create(std::uint32_t buffers, std::uint16_t buffer_bytes,
                                                       std::uint32_t references) {
  static std::atomic<unsigned> number{0};
  const std::string name = "packets" + std::to_string(number++);
  const auto make = [](const std::string& called, std::uint32_t count, std::uint16_t bytes) {
    const unsigned cache = std::min(cache_per_lcore, count / 2);
    return rte_pktmbuf_pool_create(called.c_str(), count, cache, 0, bytes, int(rte_socket_id()));
  };
  rte_mempool* pool = make(name, buffers, buffer_bytes);
  rte_mempool* others = pool == nullptr || references == 0 ? nullptr : make(name + "r", references, 0);
  if (pool == nullptr || (references != 0 && others == nullptr)) {
    const int error = rte_errno;
    rte_mempool_free(pool);
    return fail("memory.packet_buffers",
                "no room for " + std::to_string(buffers) + " packet buffers: " + rte_strerror(error),
                "lower memory.packet_buffers or give the machine more huge pages");
  }
  return std::unique_ptr<PacketPool>(new PacketPool(pool, others));
}

PacketPool::~PacketPool() {
  rte_mempool_free(references_);
  rte_mempool_free(pool_);
}

BufferPool::Allocation PacketPool::allocate() {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return {};
  return {to_buffer(mbuf), rte_pktmbuf_mtod(mbuf, std::uint8_t*), rte_pktmbuf_headroom(mbuf),
          rte_pktmbuf_tailroom(mbuf)};
}

void PacketPool::free(std::span<Buffer* const> buffers) {
  rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(const_cast<Buffer**>(buffers.data())), unsigned(buffers.size()));
}

bool PacketPool::append(Buffer* head, Buffer* of, const std::uint8_t* bytes, std::uint16_t length) {
  rte_mbuf* piece = references_ == nullptr ? nullptr : rte_pktmbuf_alloc(references_);
  if (piece == nullptr) return false;
  rte_mbuf* whole = to_mbuf(of);
  rte_pktmbuf_attach(piece, whole);
  piece->data_off = std::uint16_t(bytes - static_cast<std::uint8_t*>(whole->buf_addr));
  piece->data_len = length;
  piece->pkt_len = length;
  if (rte_pktmbuf_chain(to_mbuf(head), piece) == 0) return true;
  rte_pktmbuf_free(piece);
  return false;
}

void PacketPool::complete_in_device(Buffer* head, const Completion& completion) {
  rte_mbuf* mbuf = to_mbuf(head);
  mbuf->tx_offload = rte_mbuf_tx_offload(completion.link_length, completion.ip_length, completion.tcp_length,
                                         completion.segment_size, 0, 0, 0);
  mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM | (completion.is_v4 ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
  if (completion.segment_size != 0)
    mbuf->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | (completion.is_v4 ? RTE_MBUF_F_TX_IP_CKSUM : 0);
}

std::uint32_t PacketPool::in_use() const { return rte_mempool_in_use_count(pool_); }

}  // namespace poise::datapath::dpdk
