#include "datapath/local_addresses.hpp"

namespace poise::datapath {

void LocalAddresses::insert(const IpAddr& address, LocalAddress what) {
  if ((size_ + 1) * 2 > slots_.size()) rebuild(slots_.size() * 2);
  for (std::size_t i = slot_of(address);; i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    if (!slot.used) {
      slot = {address, what, true};
      ++size_;
      return;
    }
    if (slot.address != address) continue;
    if (what.kind == LocalAddress::service_address && slot.what.kind != LocalAddress::service_address)
      slot.what.kind = what.kind;
    return;
  }
}

void LocalAddresses::rebuild(std::size_t capacity) {
  std::vector<Slot> old(capacity);
  old.swap(slots_);
  mask_ = capacity - 1;
  size_ = 0;
  for (const Slot& slot : old)
    if (slot.used) insert(slot.address, slot.what);
}

}  // namespace poise::datapath
