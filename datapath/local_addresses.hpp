#pragma once
#include <cstdint>
#include <vector>

#include "config/types/ids.hpp"
#include "config/types/ip.hpp"

namespace poise::datapath {

// LocalAddress - an address that is ours: where, and what for.
struct LocalAddress {
  enum Kind : std::uint8_t {
    interface_address,
    service_address,
    snat_address,
    server_address,
    frontend_address,  // where a frontend listens, and nothing else is
    virtual_address    // VRRP: ours while its hold says so
  } kind = interface_address;
  InterfaceIndex interface{
      0xffff};             // whose ARP/ND answers for it; 0xffff: every interface (a service address in no subnet)
  HoldIndex hold{0xffff};  // of a virtual router; 0xffff: always ours
};

// LocalAddresses - IpAddr -> LocalAddress. Built once, then immutable: open addressing, at most half full, one probe as
// a rule.
class LocalAddresses {
 public:
  LocalAddresses() { rebuild(16); }
  void insert(const IpAddr& address,
              LocalAddress what);  // the first entry for an address stays, except that a service outranks all
  const LocalAddress* find(const IpAddr& address) const {
    for (std::size_t i = slot_of(address);; i = (i + 1) & mask_) {
      if (!slots_[i].used) return nullptr;
      if (slots_[i].address == address) return &slots_[i].what;
    }
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    IpAddr address;
    LocalAddress what;
    bool used = false;
  };
  std::size_t slot_of(const IpAddr& address) const { return std::hash<IpAddr>{}(address)&mask_; }
  void rebuild(std::size_t capacity);
  std::vector<Slot> slots_;
  std::size_t mask_ = 0, size_ = 0;
};

}  // namespace poise::datapath
