#include "datapath/service_table.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>
#include <tuple>

namespace poise::datapath {
namespace {

using Found = ServiceTable::Found;
using Row = ServiceTable::Row;

const IpAddr web = *parse_ip("203.0.113.10");
const IpAddr web6 = *parse_ip("2001:db8::10");

std::uint32_t service_at(const ServiceTable& table, std::uint8_t protocol, std::uint16_t port) {
  return table.find(web, protocol, port).service.value;
}

TEST(ServiceTable, tells_an_unknown_address_from_an_unknown_port) {
  const std::vector<Row> rows = {{web, IPPROTO_TCP, 80, 80, {1}}, {web6, IPPROTO_UDP, 53, 53, {2}}};
  const ServiceTable table(rows);
  EXPECT_EQ(table.find(web, IPPROTO_TCP, 80).found, Found::service);
  EXPECT_EQ(table.find(web, IPPROTO_TCP, 81).found, Found::no_port);
  EXPECT_EQ(table.find(web, IPPROTO_TCP, 79).found, Found::no_port);
  EXPECT_EQ(table.find(web, IPPROTO_UDP, 80).found, Found::no_port);
  EXPECT_EQ(table.find(*parse_ip("203.0.113.11"), IPPROTO_TCP, 80).found, Found::no_address);
  EXPECT_EQ(table.find(web6, IPPROTO_UDP, 53).service, ServiceIndex{2});
  EXPECT_EQ(ServiceTable{}.find(web, IPPROTO_TCP, 80).found, Found::no_address);
}

TEST(ServiceTable, an_exact_port_comes_before_a_range_before_any_port) {
  const std::vector<Row> rows = {
      {web, IPPROTO_TCP, 0, 65535, {3}}, {web, IPPROTO_TCP, 8000, 8099, {2}}, {web, IPPROTO_TCP, 8080, 8080, {1}}};
  const ServiceTable table(rows);
  struct Case {
    std::uint16_t port;
    std::uint32_t service;
  };
  for (auto [port, service] : {Case{0, 3}, Case{7999, 3}, Case{8000, 2}, Case{8079, 2}, Case{8080, 1}, Case{8081, 2},
                               Case{8099, 2}, Case{8100, 3}, Case{65535, 3}})
    EXPECT_EQ(service_at(table, IPPROTO_TCP, port), service) << port;
}

TEST(ServiceTable, a_protocol_comes_before_any_protocol_but_an_exact_port_before_both) {
  const std::vector<Row> rows = {{web, 0, 0, 65535, {1}},
                                 {web, IPPROTO_TCP, 0, 65535, {2}},
                                 {web, 0, 53, 53, {3}},
                                 {web, IPPROTO_UDP, 53, 53, {4}}};
  const ServiceTable table(rows);
  EXPECT_EQ(service_at(table, IPPROTO_TCP, 80), 2u);
  EXPECT_EQ(service_at(table, IPPROTO_UDP, 80), 1u);
  EXPECT_EQ(service_at(table, IPPROTO_TCP, 53), 3u);
  EXPECT_EQ(service_at(table, IPPROTO_UDP, 53), 4u);
}

TEST(ServiceTable, other_protocols_reach_only_a_service_for_any_protocol_and_any_port_and_icmp_reaches_none) {
  const std::vector<Row> rows = {{web, 0, 0, 65535, {1}}, {web6, 0, 80, 80, {2}}};
  const ServiceTable table(rows);
  EXPECT_EQ(service_at(table, IPPROTO_SCTP, 0), 1u);
  EXPECT_EQ(table.find(web, IPPROTO_ICMP, 0).found, Found::no_port);
  EXPECT_EQ(table.find(web, IPPROTO_ICMPV6, 0).found, Found::no_port);
  EXPECT_EQ(table.find(web6, IPPROTO_SCTP, 80).found, Found::no_port);
}

// The same answer from the rule itself.
std::uint32_t find_by_comparing(const std::vector<Row>& rows, std::uint8_t protocol, std::uint16_t port) {
  const Row* best = nullptr;
  const auto rank = [](const Row& row) {
    const int ports = row.first == row.last ? 0 : row.first == 0 && row.last == 65535 ? 2 : 1;
    return std::tuple(ports, row.protocol == 0, row.last - row.first, row.service.value);
  };
  for (const Row& row : rows) {
    if ((row.protocol != 0 && row.protocol != protocol) || port < row.first || port > row.last) continue;
    if (best == nullptr || rank(row) < rank(*best)) best = &row;
  }
  return best == nullptr ? ~0u : best->service.value;
}

TEST(ServiceTable, answers_what_comparing_with_every_row_answers) {
  std::mt19937 random(11);
  for (int round = 0; round < 40; ++round) {
    std::vector<Row> rows;
    for (std::uint32_t i = 0; i < 12; ++i) {
      constexpr std::uint8_t protocols[] = {0, IPPROTO_TCP, IPPROTO_UDP};
      Row row{web, protocols[random() % 3], std::uint16_t(random() % 40), 0, {i}};
      const auto kind = random() % 6;
      row.last = kind < 2 ? row.first : std::uint16_t(row.first + random() % 20);
      if (kind == 5) row.first = 0, row.last = 65535;
      rows.push_back(row);
    }
    const ServiceTable table(rows);
    for (const std::uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP})
      for (std::uint16_t port = 0; port < 70; ++port)
        ASSERT_EQ(service_at(table, protocol, port), find_by_comparing(rows, protocol, port))
            << "round " << round << " port " << port;
  }
}

TEST(ServiceTable, many_addresses_are_all_found) {
  std::vector<Row> rows;
  for (std::uint32_t i = 0; i < 3000; ++i) rows.push_back({IpAddr::v4(0xcb007100 + i), IPPROTO_TCP, 443, 443, {i}});
  const ServiceTable table(rows);
  for (const Row& row : rows) ASSERT_EQ(table.find(row.address, IPPROTO_TCP, 443).service, row.service);
  EXPECT_EQ(table.find(IpAddr::v4(0xcb007100 + 3000), IPPROTO_TCP, 443).found, Found::no_address);
}

}  // namespace
}  // namespace poise::datapath
