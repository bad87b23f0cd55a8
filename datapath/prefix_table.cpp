#include "datapath/prefix_table.hpp"

#include <algorithm>

#include "config/types/result.hpp"

namespace poise::datapath {
namespace {

constexpr std::uint32_t child_bit = 0x80000000u;
constexpr std::size_t first_size = 1u << 16, step_size = 1u << 8;

}  // namespace

PrefixTable::PrefixTable(std::span<const Row> rows) {
  if (rows.empty()) return;
  nodes_.assign(first_size, none);
  // Shorter prefixes first: longer ones then overwrite what they cover.
  std::vector<Row> sorted(rows.begin(), rows.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Row& a, const Row& b) { return a.prefix.length < b.prefix.length; });
  for (const Row& row : sorted) {
    ensure(row.value < none);
    const IpAddr network = row.prefix.network();
    const std::size_t start = network.is_v4() ? 12 : 0;  // first octet that counts
    unsigned left = row.prefix.length;
    std::size_t base = 0, bits = 16, octet = start;
    std::size_t index = std::size_t(network.octets[octet]) << 8 | network.octets[octet + 1];
    octet += 2;
    while (left > bits) {
      std::uint32_t& node = nodes_[base + index];
      if ((node & child_bit) == 0) {
        const std::uint32_t inherited = node;
        const auto child = std::uint32_t(nodes_.size());
        nodes_[base + index] = child | child_bit;
        nodes_.resize(nodes_.size() + step_size, inherited);
        base = child;
      } else {
        base = node & ~child_bit;
      }
      left -= unsigned(bits);
      bits = 8;
      index = network.octets[octet++];
    }
    const std::size_t covered = std::size_t(1) << (bits - left);
    for (std::size_t i = 0; i < covered; ++i) nodes_[base + index + i] = row.value;
  }
}

std::uint32_t PrefixTable::find(const IpAddr& address) const {
  if (nodes_.empty()) return none;
  const std::uint8_t* octet = address.octets.data() + (address.is_v4() ? 12 : 0);
  std::uint32_t node = nodes_[std::size_t(octet[0]) << 8 | octet[1]];
  for (octet += 2; (node & child_bit) != 0; ++octet) node = nodes_[(node & ~child_bit) + *octet];
  return node;
}

}  // namespace poise::datapath
