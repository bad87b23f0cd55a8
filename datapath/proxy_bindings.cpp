#include "datapath/proxy_bindings.hpp"

namespace poise::datapath {

void ProxyBindings::insert(const IpAddr& address, std::uint16_t port, const std::string& frontend) {
  if (contains(address, port)) return;
  if ((size_ + 1) * 2 > slots_.size()) rebuild(slots_.size() * 2);
  if (frontends_.empty() || frontends_.back() != frontend) frontends_.push_back(frontend);
  std::size_t i = slot_of(address, port);
  while (slots_[i].frontend != nobody) i = (i + 1) & mask_;
  slots_[i] = {address, port, std::uint32_t(frontends_.size() - 1)};
  ++size_;
}

const std::string* ProxyBindings::find(const IpAddr& address, std::uint16_t port) const {
  const std::uint32_t row = row_of(address, port);
  return row == nobody ? nullptr : &frontends_[row];
}

void ProxyBindings::rebuild(std::size_t capacity) {
  std::vector<Slot> old(capacity);
  old.swap(slots_);
  mask_ = capacity - 1;
  for (const Slot& each : old) {
    if (each.frontend == nobody) continue;
    std::size_t i = slot_of(each.address, each.port);
    while (slots_[i].frontend != nobody) i = (i + 1) & mask_;
    slots_[i] = each;
  }
}

}  // namespace poise::datapath
