#pragma once
#include "datapath/wire/big_endian.hpp"

// GUE variant 0 (draft-ietf-intarea-gue-09 3): behind a UDP header.
namespace poise::datapath::wire {

struct GueHeader {
  std::uint8_t variant_control_length;  // 0: variant 0, data, no optional fields
  std::uint8_t protocol;                // an IpProtocol
  Be16 flags;
};
static_assert(sizeof(GueHeader) == 4 && alignof(GueHeader) == 1);

inline constexpr std::uint16_t gue_port = 6080;

}  // namespace poise::datapath::wire
