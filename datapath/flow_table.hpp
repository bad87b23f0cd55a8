#pragma once
#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <memory>

#include "config/types/result.hpp"
#include "datapath/flow.hpp"
#include "config/types/huge_array.hpp"
#include "datapath/keyed_hash.hpp"
#include "datapath/packet.hpp"

namespace poise::datapath {

// FlowTable - remembers which server each flow was sent to, findable by the client's key and, for flow_two_keys, the
// reply's. Owner: exactly one worker; no locks.  Memory: allocated and touched once, in the constructor. Shape: an
// index of 64-byte buckets (8 slots: 16-bit tag + 32-bit reference) over two arrays of entries, FlowV4 (one cache line)
// and FlowWide (two). A key has a first and a second bucket; an insertion uses the second when the first is full, and
// says so in the first, so that a look-up normally reads one bucket and one entry. When both are full one key moves to
// its other bucket (cuckoo). Invariant: every entry in use is in the index under its client key and, if flow_two_keys,
// under its reply key.
class FlowTable {
 public:
  struct Sizes {
    std::uint32_t v4 = 0, wide = 0;  // entries
  };
  FlowTable(Sizes sizes, const HashKey& key);

  // Index memory and entries for these sizes, for sizing before construction.
  static std::uint64_t bytes_for(Sizes sizes);

  std::uint64_t hash(const FlowKey& key) const { return keyed_hash(key, key_); }
  void prefetch_bucket(std::uint64_t hash) const;
  void prefetch_entry(std::uint64_t hash) const;  // of the first slot whose tag fits
  struct Found {
    FlowRef flow;
    bool to_client = false;  // matched by the reply key
  };
  Found find(const FlowKey& key, std::uint64_t hash) const;

  // Enters a flow, its state fresh. Refused (invalid ref) when no entry or no index slot is free; then nothing changed.
  struct New {
    FlowKey client;  // client -> virtual address
    FlowKey reply;   // server -> local, as the reply comes in; only with two_keys
    bool two_keys = false;
    IpAddr server, local;
    std::uint16_t server_port = 0, local_port = 0;
  };
  FlowRef create(const New& flow);
  static bool needs_wide(const New& flow) { return !flow.client.source.is_v4() || !flow.server.is_v4(); }
  void erase(FlowRef flow);

  FlowState& state(FlowRef flow);
  const FlowState& state(FlowRef flow) const;
  FlowV4& v4(FlowRef flow) { return v4_[flow.index()]; }
  FlowWide& wide(FlowRef flow) { return wide_[flow.index()]; }
  FlowKey client_key(FlowRef flow) const;  // as the client sends
  FlowKey reply_key(FlowRef flow) const;   // as the server answers

  // Slots of both arrays in one numbering, for sweeps and dumps: 0..slots()-1. Invalid ref: the slot is free.
  std::uint32_t slots() const;
  FlowRef at(std::uint32_t slot) const;
  void prefetch_slot(std::uint32_t slot) const;
  std::uint32_t used() const { return used_; }
  std::uint32_t used_v4() const { return used_v4_; }
  Sizes sizes() const { return sizes_; }

 private:
  static constexpr int slots_per_bucket = 8;
  struct alignas(64) Bucket {
    std::uint16_t tags[slots_per_bucket];  // 0: free
    std::uint32_t refs[slots_per_bucket];
    std::uint16_t overflowed;  // keys of this bucket that live in their second bucket
    std::uint8_t unused[14];
  };
  static_assert(sizeof(Bucket) == 64);

  std::uint32_t first_bucket(std::uint64_t hash) const { return std::uint32_t(hash) & bucket_mask_; }
  std::uint32_t second_bucket(std::uint64_t hash) const {
    return std::uint32_t(hash >> 28) * 0x9e3779b1u & bucket_mask_;
  }
  static std::uint16_t tag_of(std::uint64_t hash) { return std::uint16_t((hash >> 48) | 1); }
  static unsigned matching_tags(const std::uint16_t* tags, std::uint16_t tag) {  // bit i: tags[i] == tag
    const __m128i row = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi16(row, _mm_set1_epi16(short(tag)));
    return unsigned(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
  }
  static bool matches_v4(const FlowV4& entry, const FlowKey& key, bool& to_client);
  static bool matches_wide(const FlowWide& entry, const FlowKey& key, bool& to_client);
  void fill(FlowRef ref, const New& flow, std::uint32_t client_hash);
  bool index_insert(std::uint64_t hash, FlowRef flow);
  bool has_room(std::uint32_t bucket) const;
  void place(std::uint32_t bucket, std::uint16_t tag, FlowRef flow);
  bool make_room(std::uint32_t bucket);
  void index_erase(std::uint64_t hash, FlowRef flow);

  Sizes sizes_;
  HashKey key_;
  std::uint32_t bucket_mask_ = 0;
  HugeArray<Bucket> buckets_;
  HugeArray<FlowV4> v4_;
  HugeArray<FlowWide> wide_;
  std::vector<std::uint32_t> free_v4_, free_wide_;
  std::uint32_t used_ = 0, used_v4_ = 0;
};

// What every packet does stands here, to be inlined.

inline void FlowTable::prefetch_bucket(std::uint64_t hash) const { __builtin_prefetch(&buckets_[first_bucket(hash)]); }

inline void FlowTable::prefetch_entry(std::uint64_t hash) const {
  const Bucket& bucket = buckets_[first_bucket(hash)];
  const unsigned found = matching_tags(bucket.tags, tag_of(hash));
  if (found == 0) return;
  const FlowRef flow{bucket.refs[std::countr_zero(found)]};
  if (flow.wide()) [[unlikely]] {
    __builtin_prefetch(&wide_[flow.index()], 1);
    __builtin_prefetch(reinterpret_cast<const char*>(&wide_[flow.index()]) + 64, 1);
  } else {
    __builtin_prefetch(&v4_[flow.index()], 1);
  }
}

inline FlowState& FlowTable::state(FlowRef flow) {
  return flow.wide() ? wide_[flow.index()].state : v4_[flow.index()].state;
}
inline const FlowState& FlowTable::state(FlowRef flow) const {
  return flow.wide() ? wide_[flow.index()].state : v4_[flow.index()].state;
}

inline bool FlowTable::matches_v4(const FlowV4& entry, const FlowKey& key, bool& to_client) {
  if (entry.state.protocol != key.protocol || !key.source.is_v4()) return false;
  const std::uint32_t source = key.source.v4_value(), destination = key.destination.v4_value();
  to_client = false;
  if (source == entry.client && destination == entry.virtual_address && key.source_port == entry.client_port &&
      key.destination_port == entry.virtual_port)
    return true;
  to_client = true;
  return entry.state.has(flow_two_keys) && source == entry.server && destination == entry.local &&
         key.source_port == entry.server_port && key.destination_port == entry.local_port;
}

inline bool FlowTable::matches_wide(const FlowWide& entry, const FlowKey& key, bool& to_client) {
  if (entry.state.protocol != key.protocol) return false;
  to_client = false;
  if (key.source == entry.client && key.destination == entry.virtual_address && key.source_port == entry.client_port &&
      key.destination_port == entry.virtual_port)
    return true;
  to_client = true;
  return entry.state.has(flow_two_keys) && key.source == entry.server && key.destination == entry.local &&
         key.source_port == entry.server_port && key.destination_port == entry.local_port;
}

inline FlowTable::Found FlowTable::find(const FlowKey& key, std::uint64_t hash) const {
  const std::uint16_t tag = tag_of(hash);
  const Bucket* bucket = &buckets_[first_bucket(hash)];
  for (int attempt = 0; attempt < 2; ++attempt) {
    for (unsigned found = matching_tags(bucket->tags, tag); found != 0; found &= found - 1) {
      const FlowRef flow{bucket->refs[std::countr_zero(found)]};
      bool to_client = false;
      if (flow.wide() ? matches_wide(wide_[flow.index()], key, to_client)
                      : matches_v4(v4_[flow.index()], key, to_client))
        return {flow, to_client};
    }
    if (bucket->overflowed == 0) break;
    bucket = &buckets_[second_bucket(hash)];
  }
  return {};
}

}  // namespace poise::datapath
