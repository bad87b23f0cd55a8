#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/toeplitz.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// Steering - which worker owns a packet: the Toeplitz hash that NICs compute for receive-side scaling, done in software
// as well. Every port with hardware RSS is given this key and this table; for the others workers compute the same and
// hand packets over. Immutable after construction; shared by all workers. Source: Microsoft RSS specification; the
// known answers are in its test.
class Steering {
 public:
  static constexpr std::size_t table_size = 128;
  explicit Steering(std::size_t workers);

  std::size_t workers() const { return workers_; }
  const std::array<std::uint8_t, 40>& key() const { return toeplitz_.key(); }
  const std::array<std::uint16_t, table_size>& table() const { return table_; }

  // The hash over addresses and ports (TCP, UDP) or addresses alone, as the NIC would compute it for the packet on the
  // wire.
  std::uint32_t hash(const FlowKey& key, bool with_ports) const;
  WorkerId owner_of_hash(std::uint32_t hash) const { return WorkerId{table_[hash % table_size]}; }
  WorkerId owner(const FlowKey& key, bool with_ports) const { return owner_of_hash(hash(key, with_ports)); }

  // Toeplitz is linear: hash(key with destination_port p) == hash(key with destination_port 0) ^ port_term(p, family of
  // the key).
  std::uint32_t destination_port_term(bool v4, std::uint16_t port) const;

 private:
  std::size_t workers_;
  Toeplitz toeplitz_;
  std::array<std::uint16_t, table_size> table_;
};

}  // namespace poise::datapath
