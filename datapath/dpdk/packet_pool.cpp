#include "datapath/dpdk/packet_pool.hpp"

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include <atomic>

namespace poise::datapath::dpdk {
namespace {
constexpr unsigned cache_per_lcore = 256;
}

Result<std::unique_ptr<PacketPool>> PacketPool::create(std::uint32_t buffers, std::uint16_t buffer_bytes) {
  static std::atomic<unsigned> number{0};
  const std::string name = "packets" + std::to_string(number++);
  rte_mempool* pool =
      rte_pktmbuf_pool_create(name.c_str(), buffers, cache_per_lcore, 0, buffer_bytes, int(rte_socket_id()));
  if (pool == nullptr)
    return fail("memory.packet_buffers",
                "no room for " + std::to_string(buffers) + " packet buffers: " + rte_strerror(rte_errno),
                "lower memory.packet_buffers or give the machine more huge pages");
  return std::unique_ptr<PacketPool>(new PacketPool(pool));
}

PacketPool::~PacketPool() { rte_mempool_free(pool_); }

BufferPool::Allocation PacketPool::allocate() {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) return {};
  return {to_buffer(mbuf), rte_pktmbuf_mtod(mbuf, std::uint8_t*), rte_pktmbuf_headroom(mbuf),
          rte_pktmbuf_tailroom(mbuf)};
}

void PacketPool::free(std::span<Buffer* const> buffers) {
  rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(const_cast<Buffer**>(buffers.data())), unsigned(buffers.size()));
}

std::uint32_t PacketPool::in_use() const { return rte_mempool_in_use_count(pool_); }

}  // namespace poise::datapath::dpdk
