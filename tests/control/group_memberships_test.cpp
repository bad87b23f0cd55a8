#include "control/group_memberships.hpp"

#include <gtest/gtest.h>

#include "tests/control/fake_machine.hpp"
#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

using datapath::Bytes;
using datapath::ethernet;
using datapath::hex;
using datapath::operator+;

// An appliance with a virtual router in each family on "lan"; what it reports there, each once.
nlohmann::json document() {
  nlohmann::json made = small_document();
  made["vrrp"]["instances"]["four"] = {{"interface", "lan"}, {"virtual_router_id", 51}, {"addresses", {"192.0.2.100"}}};
  made["vrrp"]["instances"]["six"] = {
      {"interface", "lan"}, {"virtual_router_id", 51}, {"addresses", {"fe80::100", "2001:db8::abcd"}}};
  return made;
}

struct Reporter : Appliance {
  explicit Reporter(const nlohmann::json& of = document()) : Appliance(of) { machine.links.assign(2, true); }
  // The reports among what was sent: type, record type, end of the group's address.
  std::vector<std::string> reports() {
    std::vector<std::string> found;
    for (std::size_t worker = 0; worker < 2; ++worker)
      for (const Bytes& frame : machine.port(worker, 1).take()) {
        const bool v6 = frame[12] == 0x86;
        const std::size_t at = v6 ? 62 : 38;
        if (frame.size() < at + 8 || !(v6 ? frame[20] == 0 : frame[23] == 2)) continue;
        if (frame[at] != 0x22 && frame[at] != 143) {
          found.push_back(std::to_string(frame[at]));
          continue;
        }
        const std::size_t each = v6 ? 20 : 8;
        for (int i = 0; i < frame[at + 7]; ++i) {
          const std::size_t record = at + 8 + std::size_t(i) * each;
          found.push_back(std::to_string(frame[at]) + ":" + std::to_string(frame[record]) + ":" +
                          std::to_string(frame[record + each - 1]));
        }
      }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }
};

// 18: the VRRP group, in both families; 0: fe80::100's, 205: 2001:db8::abcd's; 1: our link-local address'.
const std::vector<std::string> joined = {"143:4:0", "143:4:1", "143:4:18", "143:4:205", "34:4:18"};

TEST(GroupMemberships, every_group_is_joined_at_the_start_and_told_twice) {
  Reporter reporter;
  reporter.pass(10ms);
  EXPECT_EQ(reporter.reports(), joined);
  reporter.pass(1s);
  EXPECT_EQ(reporter.reports(), joined);
  reporter.pass(3s);
  EXPECT_TRUE(reporter.reports().empty());
}

TEST(GroupMemberships, a_change_tells_of_what_has_changed_alone) {
  Reporter reporter;
  reporter.pass(4s);
  reporter.reports();
  nlohmann::json without = document();
  without["vrrp"]["instances"].erase("four");
  ASSERT_EQ(reporter.ask("PUT", "/v1/config", without.dump()).status, 200);
  reporter.pass(10ms);
  EXPECT_EQ(reporter.reports(), (std::vector<std::string>{"34:3:18"}));
}

TEST(GroupMemberships, a_link_that_comes_back_may_lead_to_another_switch) {
  Reporter reporter;
  reporter.pass(4s);
  reporter.machine.links[1] = false;
  reporter.pass(200ms);
  reporter.reports();
  reporter.machine.links[1] = true;
  reporter.pass(200ms);
  EXPECT_EQ(reporter.reports(), joined);
}

TEST(GroupMemberships, a_query_is_answered_within_its_time_and_in_its_version) {
  Reporter reporter;
  reporter.pass(4s);
  reporter.reports();
  const auto ask = [&](const std::string& message) {
    Bytes igmp = hex(message);
    const std::uint16_t sum = datapath::checksum_of(igmp);
    igmp[2] = std::uint8_t(sum >> 8);
    igmp[3] = std::uint8_t(sum);
    Bytes packet = hex("46c00000 00004000 01020000 c0000209 e0000001 94040000");
    packet[3] = std::uint8_t(packet.size() + igmp.size());
    const std::uint16_t header = datapath::checksum_of(packet);
    packet[10] = std::uint8_t(header >> 8);
    packet[11] = std::uint8_t(header);
    reporter.machine.port(0, 1).give(ethernet("01:00:5e:00:00:01", "02:00:00:00:00:09", 0x0800, packet + igmp));
    reporter.pass(1100ms);
  };
  ask("110a0000 00000000 02 7d 0000");  // version 3, general, one second
  EXPECT_EQ(reporter.reports(), (std::vector<std::string>{"34:2:18"}));
  ask("110a0000 e0000012");  // version 2, for the group
  EXPECT_EQ(reporter.reports(), (std::vector<std::string>{"22"}));
  ask("110a0000 e0000099 02 7d 0000");  // a group that is not ours
  EXPECT_TRUE(reporter.reports().empty());
}

}  // namespace
}  // namespace poise::control
