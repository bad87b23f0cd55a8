#pragma once
#include "datapath/wire/big_endian.hpp"

// Group membership: IGMP (RFC 2236, 3376) and MLD (RFC 2710, 3810), which is ICMPv6.
namespace poise::datapath::wire {

inline constexpr std::uint8_t protocol_igmp = 2;
enum IgmpType : std::uint8_t { igmp_query = 0x11, igmp_report_v2 = 0x16, igmp_report_v3 = 0x22 };
enum MldType : std::uint8_t { mld_query = 130, mld_report_v1 = 131, mld_report_v2 = 143 };

// What IGMP version 1 and 2 are, and what a query of version 3 begins with.
struct IgmpMessage {
  std::uint8_t type, response_time;  // tenths of a second; above 127 a floating point number
  Be16 checksum;
  Be32 group;
};
static_assert(sizeof(IgmpMessage) == 8 && alignof(IgmpMessage) == 1);

// The same of MLD; milliseconds, above 32767 a floating point number.
struct MldMessage {
  std::uint8_t type, code;
  Be16 checksum, response_time, reserved;
  std::uint8_t group[16];
};
static_assert(sizeof(MldMessage) == 24 && alignof(MldMessage) == 1);

// Reports of IGMPv3 and MLDv2; records follow.
struct GroupReport {
  std::uint8_t type, reserved1;
  Be16 checksum, reserved2, records;
};
static_assert(sizeof(GroupReport) == 8 && alignof(GroupReport) == 1);

struct GroupRecord {  // the group's address follows
  std::uint8_t type, auxiliary_length;
  Be16 sources;

  static constexpr std::uint8_t is_member = 2, leaves = 3, joins = 4;  // without sources
};
static_assert(sizeof(GroupRecord) == 4 && alignof(GroupRecord) == 1);

inline constexpr std::size_t igmp_query_v3_length = 12, mld_query_v2_length = 28;  // at least; older ones are shorter

}  // namespace poise::datapath::wire
