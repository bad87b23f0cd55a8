#include "datapath/steering.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>

namespace poise::datapath {
namespace {

FlowKey key_of(const char* source, std::uint16_t source_port, const char* destination, std::uint16_t destination_port) {
  return {*parse_ip(source), *parse_ip(destination), source_port, destination_port, IPPROTO_TCP};
}

// The definition: for each set bit of the input, from the left, the 32 key bits that start there.
std::uint32_t toeplitz(const std::array<std::uint8_t, 40>& key, const std::vector<std::uint8_t>& input) {
  std::uint32_t result = 0;
  for (std::size_t bit = 0; bit < input.size() * 8; ++bit) {
    if ((input[bit / 8] >> (7 - bit % 8) & 1) == 0) continue;
    std::uint32_t window = 0;
    for (std::size_t i = bit; i < bit + 32; ++i) window = window << 1 | (i < 320 ? key[i / 8] >> (7 - i % 8) & 1 : 0);
    result ^= window;
  }
  return result;
}

std::vector<std::uint8_t> input_of(const FlowKey& key) {
  std::vector<std::uint8_t> input;
  for (const IpAddr& address : {key.source, key.destination})
    input.insert(input.end(), address.octets.begin() + (address.is_v4() ? 12 : 0), address.octets.end());
  for (const std::uint16_t port : {key.source_port, key.destination_port}) {
    input.push_back(std::uint8_t(port >> 8));
    input.push_back(std::uint8_t(port));
  }
  return input;
}

TEST(Steering, gives_the_answers_of_the_receive_side_scaling_verification_suite) {
  struct Row {
    FlowKey key;
    std::uint32_t addresses, with_ports;
  };
  const Steering steering(4);
  for (const Row& row : {
           Row{key_of("66.9.149.187", 2794, "161.142.100.80", 1766), 0x323e8fc2, 0x51ccc178},
           Row{key_of("199.92.111.2", 14230, "65.69.140.83", 4739), 0xd718262a, 0xc626b0ea},
           Row{key_of("24.19.198.95", 12898, "12.22.207.184", 38024), 0xd2d0a5de, 0x5c2b394a},
           Row{key_of("38.27.205.30", 48228, "209.142.163.6", 2217), 0x82989176, 0xafc7327f},
           Row{key_of("153.39.163.191", 44251, "202.188.127.2", 1303), 0x5d1809c5, 0x10e828a2},
           Row{key_of("3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766), 0x2cc18cd5, 0x40207d3d},
           Row{key_of("3ffe:501:8::260:97ff:fe40:efab", 14230, "ff02::1", 4739), 0x0f0c461c, 0xdde51bbf},
           Row{key_of("3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, "fe80::200:f8ff:fe21:67cf", 38024), 0x4b61e985,
               0x02d1feef},
       }) {
    EXPECT_EQ(steering.hash(row.key, false), row.addresses) << to_string(row.key.source);
    EXPECT_EQ(steering.hash(row.key, true), row.with_ports) << to_string(row.key.source);
  }
}

FlowKey random_key(std::mt19937& random, bool v4) {
  FlowKey key{IpAddr::v4(std::uint32_t(random())), IpAddr::v4(std::uint32_t(random())), std::uint16_t(random()),
              std::uint16_t(random()), IPPROTO_UDP};
  if (v4) return key;
  for (IpAddr* address : {&key.source, &key.destination})
    for (std::uint8_t& octet : address->octets) octet = std::uint8_t(random());
  return key;
}

TEST(Steering, the_table_driven_hash_equals_the_bitwise_definition) {
  std::mt19937 random(3);
  const Steering steering(4);
  for (int i = 0; i < 400; ++i) {
    const FlowKey key = random_key(random, i % 2 == 0);
    std::vector<std::uint8_t> input = input_of(key);
    ASSERT_EQ(steering.hash(key, true), toeplitz(steering.key(), input));
    input.resize(input.size() - 4);
    ASSERT_EQ(steering.hash(key, false), toeplitz(steering.key(), input));
  }
}

TEST(Steering, a_destination_port_adds_its_own_term_to_the_hash_of_port_0) {
  std::mt19937 random(5);
  const Steering steering(4);
  for (int i = 0; i < 400; ++i) {
    FlowKey key = random_key(random, i % 2 == 0);
    const std::uint16_t port = key.destination_port;
    const std::uint32_t with_port = steering.hash(key, true);
    key.destination_port = 0;
    ASSERT_EQ(steering.hash(key, true) ^ steering.destination_port_term(i % 2 == 0, port), with_port);
  }
}

TEST(Steering, every_worker_owns_its_share_of_the_table_and_of_the_source_ports_of_one_address) {
  for (const std::size_t workers : {1u, 2u, 3u, 8u, 64u}) {
    const Steering steering(workers);
    std::vector<std::size_t> rows(workers), ports(workers);
    for (const std::uint16_t worker : steering.table()) ++rows.at(worker);
    FlowKey key = key_of("10.0.0.7", 80, "10.0.0.1", 0);
    for (std::uint32_t port = 1024; port < 65536; ++port) {
      key.destination_port = std::uint16_t(port);
      ++ports.at(steering.owner(key, true).value);
    }
    for (std::size_t i = 0; i < workers; ++i) {
      EXPECT_GE(rows[i], Steering::table_size / workers);
      EXPECT_GT(ports[i], 64512 / workers * 3 / 4) << workers << " workers";
    }
  }
}

}  // namespace
}  // namespace poise::datapath
