#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "config/types/ip.hpp"

namespace poise::datapath {

// ProxyBindings - (address, port) of TCP -> the frontend that listens there. Built once, then immutable: open
// addressing, at most half full, one probe as a rule.
class ProxyBindings {
 public:
  ProxyBindings() { rebuild(16); }
  void insert(const IpAddr& address, std::uint16_t port, const std::string& frontend);  // the first stays
  bool contains(const IpAddr& address, std::uint16_t port) const { return row_of(address, port) != nobody; }
  const std::string* find(const IpAddr& address, std::uint16_t port) const;  // its frontend; null: none
  bool is_empty() const { return size_ == 0; }

 private:
  static constexpr std::uint32_t nobody = ~0u;
  struct Slot {
    IpAddr address;
    std::uint16_t port = 0;
    std::uint32_t frontend = nobody;  // row of frontends_; nobody: the slot is free
  };
  std::size_t slot_of(const IpAddr& address, std::uint16_t port) const {
    return (std::hash<IpAddr>{}(address) + port * 0x9e3779b97f4a7c15ull) & mask_;
  }
  std::uint32_t row_of(const IpAddr& address, std::uint16_t port) const {
    for (std::size_t i = slot_of(address, port);; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.frontend == nobody || (slot.address == address && slot.port == port)) return slot.frontend;
    }
  }
  void rebuild(std::size_t capacity);
  std::vector<Slot> slots_;
  std::vector<std::string> frontends_;
  std::size_t mask_ = 0, size_ = 0;
};

}  // namespace poise::datapath
