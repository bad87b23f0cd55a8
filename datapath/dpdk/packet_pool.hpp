#pragma once
#include <cstdint>
#include <memory>

#include "config/types/result.hpp"
#include "datapath/packet.hpp"

struct rte_mempool;
struct rte_mbuf;

namespace poise::datapath::dpdk {

// PacketPool - DPDK packet buffers: Buffer is an rte_mbuf. Any lcore may allocate and free; each has its own cache
// inside the mempool.
class PacketPool : public BufferPool {
 public:
  static Result<std::unique_ptr<PacketPool>> create(std::uint32_t buffers, std::uint16_t buffer_bytes);
  ~PacketPool() override;
  Allocation allocate() override;
  void free(std::span<Buffer* const> buffers) override;
  rte_mempool* mempool() const { return pool_; }
  std::uint32_t in_use() const;

 private:
  explicit PacketPool(rte_mempool* pool) : pool_(pool) {}
  rte_mempool* pool_;
};

inline Buffer* to_buffer(rte_mbuf* mbuf) { return reinterpret_cast<Buffer*>(mbuf); }
inline rte_mbuf* to_mbuf(Buffer* buffer) { return reinterpret_cast<rte_mbuf*>(buffer); }

}  // namespace poise::datapath::dpdk
