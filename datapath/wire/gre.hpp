#pragma once
#include "datapath/wire/big_endian.hpp"

// GRE without checksum, key or sequence number (RFC 2784).
namespace poise::datapath::wire {

struct GreHeader {
  Be16 flags_version;  // 0
  Be16 protocol;       // an EtherType
};
static_assert(sizeof(GreHeader) == 4 && alignof(GreHeader) == 1);

}  // namespace poise::datapath::wire
