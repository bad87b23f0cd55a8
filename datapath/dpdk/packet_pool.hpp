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
  // `references`: how many pieces may be appended to frames at a time; 0: none.
  static Result<std::unique_ptr<PacketPool>> create(std::uint32_t buffers, std::uint16_t buffer_bytes,
                                                    std::uint32_t references = 0);
  ~PacketPool() override;
  Allocation allocate() override;
  void free(std::span<Buffer* const> buffers) override;
  bool append(Buffer* head, Buffer* of, const std::uint8_t* bytes, std::uint16_t length) override;
  void complete_in_device(Buffer* head, const Completion& completion) override;
  rte_mempool* mempool() const { return pool_; }
  std::uint32_t in_use() const;

 private:
  PacketPool(rte_mempool* pool, rte_mempool* references) : pool_(pool), references_(references) {}
  rte_mempool *pool_, *references_;
};

inline Buffer* to_buffer(rte_mbuf* mbuf) { return reinterpret_cast<Buffer*>(mbuf); }
inline rte_mbuf* to_mbuf(Buffer* buffer) { return reinterpret_cast<rte_mbuf*>(buffer); }

}  // namespace poise::datapath::dpdk
