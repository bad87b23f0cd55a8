#include "datapath/flow_table.hpp"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace poise::datapath {
namespace {

constexpr std::uint32_t wide_bit = 0x80000000u;
constexpr double fullest_index = 0.75;  // share of index slots in use when every entry is, with two keys each

std::uint32_t load_v4(const IpAddr& address) { return address.v4_value(); }

std::uint32_t buckets_for(FlowTable::Sizes sizes) {
  const double keys = 2.0 * (double(sizes.v4) + double(sizes.wide));
  return std::max<std::uint32_t>(16, std::bit_ceil(std::uint32_t(keys / fullest_index / 8.0)));
}

}  // namespace

FlowTable::FlowTable(Sizes sizes, const HashKey& key)
    : sizes_(sizes),
      key_(key),
      bucket_mask_(buckets_for(sizes) - 1),
      buckets_(buckets_for(sizes)),
      v4_(sizes.v4),
      wide_(sizes.wide) {
  free_v4_.reserve(sizes.v4);
  free_wide_.reserve(sizes.wide);
  for (std::uint32_t i = sizes.v4; i-- > 0;) free_v4_.push_back(i);
  for (std::uint32_t i = sizes.wide; i-- > 0;) free_wide_.push_back(i);
}

std::uint64_t FlowTable::bytes_for(Sizes sizes) {
  return std::uint64_t(buckets_for(sizes)) * sizeof(Bucket) + std::uint64_t(sizes.v4) * (sizeof(FlowV4) + 4) +
         std::uint64_t(sizes.wide) * (sizeof(FlowWide) + 4);
}

bool FlowTable::index_insert(std::uint64_t hash, FlowRef flow) {
  const std::uint32_t first = first_bucket(hash), second = second_bucket(hash);
  std::uint32_t target = first;
  if (!has_room(first)) {
    target = second;
    if (!has_room(second) && !make_room(second)) {
      if (!make_room(first)) return false;
      target = first;
    }
  }
  if (target != first) ++buckets_[first].overflowed;
  place(target, tag_of(hash), flow);
  return true;
}

bool FlowTable::has_room(std::uint32_t bucket) const { return matching_tags(buckets_[bucket].tags, 0) != 0; }

void FlowTable::place(std::uint32_t bucket, std::uint16_t tag, FlowRef flow) {
  Bucket& into = buckets_[bucket];
  const int slot = std::countr_zero(matching_tags(into.tags, 0));
  into.tags[slot] = tag;
  into.refs[slot] = flow.value;
}

// Moves one key of a full bucket to that key's other bucket (one step of cuckoo hashing). Rare: both buckets of a key
// were full.
bool FlowTable::make_room(std::uint32_t bucket) {
  Bucket& full = buckets_[bucket];
  for (int slot = 0; slot < slots_per_bucket; ++slot) {
    const FlowRef flow{full.refs[slot]};
    for (const bool reply : {false, true}) {
      if (reply && !state(flow).has(flow_two_keys)) continue;
      const std::uint64_t moved = hash(reply ? reply_key(flow) : client_key(flow));
      const std::uint32_t first = first_bucket(moved), second = second_bucket(moved);
      if (tag_of(moved) != full.tags[slot] || first == second || (first != bucket && second != bucket)) continue;
      const std::uint32_t other = first == bucket ? second : first;
      if (!has_room(other)) continue;
      other == second ? ++buckets_[first].overflowed : --buckets_[first].overflowed;
      full.tags[slot] = 0;
      place(other, tag_of(moved), flow);
      return true;
    }
  }
  return false;
}

void FlowTable::index_erase(std::uint64_t hash, FlowRef flow) {
  Bucket& first = buckets_[first_bucket(hash)];
  for (Bucket* bucket : {&first, &buckets_[second_bucket(hash)]}) {
    for (unsigned found = matching_tags(bucket->tags, tag_of(hash)); found != 0; found &= found - 1) {
      const int slot = std::countr_zero(found);
      if (bucket->refs[slot] != flow.value) continue;
      bucket->tags[slot] = 0;
      if (bucket != &first) --first.overflowed;
      return;
    }
  }
  ensure(false);  // every entry in use is in the index
}

FlowRef FlowTable::create(const New& flow) {
  const bool narrow = !needs_wide(flow);
  auto& free = narrow ? free_v4_ : free_wide_;
  if (free.empty()) return {};
  const std::uint32_t index = free.back();
  const FlowRef ref{narrow ? index : index | wide_bit};
  const std::uint64_t client_hash = hash(flow.client);
  fill(ref, flow, std::uint32_t(client_hash));
  if (!index_insert(client_hash, ref)) {
    state(ref).bits = 0;
    return {};
  }
  if (flow.two_keys && !index_insert(hash(flow.reply), ref)) {
    index_erase(client_hash, ref);
    state(ref).bits = 0;
    return {};
  }
  free.pop_back();
  ++used_;
  used_v4_ += narrow ? 1 : 0;
  return ref;
}

void FlowTable::fill(FlowRef ref, const New& flow, std::uint32_t client_hash) {
  FlowState fresh;
  fresh.protocol = flow.client.protocol;
  fresh.hash = client_hash;
  fresh.set(flow_in_use);
  if (flow.two_keys) fresh.set(flow_two_keys);
  const FlowKey& client = flow.client;
  if (ref.wide())
    wide_[ref.index()] = FlowWide{fresh,           client.source_port, client.destination_port, flow.server_port,
                                  flow.local_port, client.source,      client.destination,      flow.server,
                                  flow.local};
  else
    v4_[ref.index()] = FlowV4{load_v4(client.source),
                              load_v4(client.destination),
                              load_v4(flow.server),
                              load_v4(flow.local),
                              client.source_port,
                              client.destination_port,
                              flow.server_port,
                              flow.local_port,
                              fresh};
}

void FlowTable::erase(FlowRef flow) {
  index_erase(hash(client_key(flow)), flow);
  if (state(flow).has(flow_two_keys)) index_erase(hash(reply_key(flow)), flow);
  state(flow).bits = 0;
  --used_;
  if (flow.wide()) {
    free_wide_.push_back(flow.index());
  } else {
    --used_v4_;
    free_v4_.push_back(flow.index());
  }
}

FlowKey FlowTable::client_key(FlowRef flow) const {
  if (flow.wide()) {
    const FlowWide& e = wide_[flow.index()];
    return {e.client, e.virtual_address, e.client_port, e.virtual_port, e.state.protocol};
  }
  const FlowV4& e = v4_[flow.index()];
  return {IpAddr::v4(e.client), IpAddr::v4(e.virtual_address), e.client_port, e.virtual_port, e.state.protocol};
}

FlowKey FlowTable::reply_key(FlowRef flow) const {
  if (flow.wide()) {
    const FlowWide& e = wide_[flow.index()];
    return {e.server, e.local, e.server_port, e.local_port, e.state.protocol};
  }
  const FlowV4& e = v4_[flow.index()];
  return {IpAddr::v4(e.server), IpAddr::v4(e.local), e.server_port, e.local_port, e.state.protocol};
}

std::uint32_t FlowTable::slots() const { return sizes_.v4 + sizes_.wide; }

FlowRef FlowTable::at(std::uint32_t slot) const {
  const FlowRef flow{slot < sizes_.v4 ? slot : (slot - sizes_.v4) | wide_bit};
  return state(flow).has(flow_in_use) ? flow : FlowRef{};
}

void FlowTable::prefetch_slot(std::uint32_t slot) const {
  if (slot < sizes_.v4)
    __builtin_prefetch(&v4_[slot]);
  else if (slot - sizes_.v4 < sizes_.wide)
    __builtin_prefetch(&wide_[slot - sizes_.v4]);
}

}  // namespace poise::datapath
