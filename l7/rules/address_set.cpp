#include "l7/rules/address_set.hpp"

namespace poise::l7::rules {

void AddressSet::insert(const IpPrefix& prefix) {
  (prefix.address.is_v4() ? v4_ : v6_)[prefix.length].insert(prefix.network());
}

bool AddressSet::contains(const IpAddr& address) const {
  for (const auto& [length, networks] : address.is_v4() ? v4_ : v6_)
    if (networks.contains(masked(address, length))) return true;
  return false;
}

}  // namespace poise::l7::rules
