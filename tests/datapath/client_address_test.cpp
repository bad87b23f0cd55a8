#include "datapath/client_address.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include "datapath/wire/bytes.hpp"
#include "tests/datapath/service_bench.hpp"

namespace poise::datapath {
namespace {

using wire::load16;
using wire::load32;

config::Config told_by(config::ClientAddress kind) {
  config::Config config = one_service(1);
  config.services["web"].client_address = kind;
  config.services["web"].mode = config::Mode::nat;
  return config;
}

constexpr std::uint32_t first_byte = 1001;

// A segment with these numbers; `options` are a multiple of four bytes.
Bytes numbered(const Ends& ends, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledged,
               const Bytes& payload = {}, const Bytes& options = {}) {
  const std::uint8_t offset = std::uint8_t((20 + options.size()) / 4 << 4);
  Bytes segment = be16(ends.source_port) + be16(ends.destination_port) + be32(sequence) + be32(acknowledged) +
                  Bytes{offset, flags} + be16(1000) + be32(0) + options + payload;
  const Bytes pseudo = pseudo_header(ip(ends.source), ip(ends.destination), IPPROTO_TCP, segment.size());
  const std::uint16_t sum = checksum_of(pseudo + segment);
  segment[16] = std::uint8_t(sum >> 8);
  segment[17] = std::uint8_t(sum);
  return from_neighbor(ip_packet(ends, IPPROTO_TCP, segment));
}

const Ends server_to_client{"10.0.0.100", "10.0.0.9", 80, 50000};

// The TCP segment that leaves for one that came.
Bytes passed(ServiceBench& bench, const Bytes& frame) {
  if (bench.run("rewrite", {frame}).live_count == 0) return {};
  const Packet& packet = bench.packet(0);
  return Bytes(packet.l3() + 20, packet.l3() + packet.l3_length);
}
std::string faults_of(ServiceBench& bench) {
  const Packet& packet = bench.packet(0);
  return faults(Bytes(packet.l3(), packet.l3() + packet.l3_length));
}

const Bytes proxy_header = hex("0d0a0d0a000d0a515549540a 21 11 000c 0a000009 cb00710a c350 0050");

TEST(ClientAddress, toa_is_the_first_option_until_the_server_has_been_answered) {
  ServiceBench bench(told_by(config::ClientAddress::toa));
  const Bytes toa = hex("fe08 c350 0a000009");
  const Bytes syn = passed(bench, numbered(client_to_web, tcp_syn, first_byte - 1, 0, {}, hex("020405b4")));
  EXPECT_EQ(Bytes(syn.begin() + 20, syn.end()), toa + hex("020405b4"));
  EXPECT_EQ(syn[12] >> 4, 8);
  EXPECT_EQ(faults_of(bench), "");
  passed(bench, numbered(server_to_client, tcp_syn | tcp_ack, 5000, first_byte));
  const Bytes ack = passed(bench, numbered(client_to_web, tcp_ack, first_byte, 5001, text("GET")));
  EXPECT_EQ(Bytes(ack.begin() + 20, ack.end()), toa + text("GET"));
  EXPECT_EQ(faults_of(bench), "");
  EXPECT_EQ(passed(bench, numbered(client_to_web, tcp_ack, first_byte + 3, 5100, text("x"))).size(), 21u);
}

TEST(ClientAddress, what_the_client_says_about_itself_becomes_no_operations) {
  ServiceBench bench(told_by(config::ClientAddress::toa));
  const Bytes syn = passed(bench, numbered(client_to_web, tcp_syn, 1, 0, {}, hex("fe08 ffff 01010101")));
  EXPECT_EQ(Bytes(syn.begin() + 20, syn.end()), hex("fe08 c350 0a000009 0101010101010101"));
  EXPECT_EQ(faults_of(bench), "");
}

TEST(ClientAddress, without_option_space_there_is_no_toa) {
  ServiceBench bench(told_by(config::ClientAddress::toa));
  const Bytes options(36, 1);
  EXPECT_EQ(passed(bench, numbered(client_to_web, tcp_syn, 1, 0, {}, options)).size(), 56u);
}

TEST(ClientAddress, the_proxy_header_comes_before_the_first_byte_until_the_server_has_it) {
  ServiceBench bench(told_by(config::ClientAddress::proxy_v2));
  EXPECT_EQ(passed(bench, numbered(client_to_web, tcp_syn, first_byte - 1, 0, text("early"))).size(), 20u);
  EXPECT_EQ(faults_of(bench), "");
  const Bytes request = numbered(client_to_web, tcp_ack, first_byte, 5001, text("GET"));
  for (int attempt = 0; attempt < 2; ++attempt) {  // retransmitted: the header again
    const Bytes first = passed(bench, request);
    EXPECT_EQ(Bytes(first.begin() + 20, first.end()), proxy_header + text("GET"));
    EXPECT_EQ(load32(&first[4]), first_byte);
    EXPECT_EQ(faults_of(bench), "");
  }
  const Bytes later = passed(bench, numbered(client_to_web, tcp_ack, first_byte + 3, 5001, text("x")));
  EXPECT_EQ(load32(&later[4]), first_byte + 3 + 28);
  const Bytes answer = passed(bench, numbered(server_to_client, tcp_ack, 5001, first_byte + 28 + 3));
  EXPECT_EQ(load32(&answer[8]), first_byte + 3);
  EXPECT_EQ(faults_of(bench), "");
  const Bytes again = passed(bench, request);
  EXPECT_EQ(load32(&again[4]), first_byte + 28);
  EXPECT_EQ(again.size(), 23u);
}

TEST(ClientAddress, an_acknowledgment_of_half_the_header_acknowledges_nothing_of_the_clients) {
  ServiceBench bench(told_by(config::ClientAddress::proxy_v2));
  passed(bench, numbered(client_to_web, tcp_syn, first_byte - 1, 0));
  passed(bench, numbered(client_to_web, tcp_ack, first_byte, 5001, text("GET")));
  const Bytes sack = hex("0101 050a") + be32(first_byte + 28) + be32(first_byte + 31);
  const Bytes answer = passed(bench, numbered(server_to_client, tcp_ack, 5001, first_byte + 10, {}, sack));
  EXPECT_EQ(load32(&answer[8]), first_byte);
  EXPECT_EQ(Bytes(answer.begin() + 24, answer.end()), be32(first_byte) + be32(first_byte + 3));
  EXPECT_EQ(faults_of(bench), "");
}

TEST(ClientAddress, the_servers_mss_leaves_room_for_what_is_added) {
  for (const auto& [kind, bytes] : {std::pair{config::ClientAddress::toa, 8}, {config::ClientAddress::proxy_v2, 28}}) {
    ServiceBench bench(told_by(kind));
    passed(bench, numbered(client_to_web, tcp_syn, 1, 0));
    const Bytes answer = passed(bench, numbered(server_to_client, tcp_syn | tcp_ack, 5000, 2, {}, hex("020405b4")));
    EXPECT_EQ(load16(&answer[22]), 1460 - bytes);
    EXPECT_EQ(faults_of(bench), "");
  }
}

TEST(ClientAddress, a_segment_that_came_damaged_leaves_damaged) {
  for (const auto kind : {config::ClientAddress::toa, config::ClientAddress::proxy_v2}) {
    ServiceBench bench(told_by(kind));
    passed(bench, numbered(client_to_web, tcp_syn, first_byte - 1, 0));
    passed(bench, numbered(server_to_client, tcp_syn | tcp_ack, 5000, first_byte));
    Bytes damaged = numbered(client_to_web, tcp_ack, first_byte, 5001, text("GET /"));
    damaged.back() ^= 4;
    EXPECT_GT(passed(bench, damaged).size(), 25u);
    EXPECT_NE(faults_of(bench), "");
    Bytes damaged_syn = numbered(client_to_web, tcp_syn, first_byte - 1, 0, text("cut"));
    damaged_syn[14 + 20 + 8] ^= 4;
    passed(bench, damaged_syn);
    EXPECT_NE(faults_of(bench), "");
  }
}

TEST(ClientAddress, growth_is_the_header_while_it_is_still_to_come) {
  ServiceBench bench(told_by(config::ClientAddress::proxy_v2));
  passed(bench, numbered(client_to_web, tcp_syn, first_byte - 1, 0));
  const auto growth = [&](std::uint32_t sequence) {
    bench.run("flow", {numbered(client_to_web, tcp_ack, sequence, 5001, text("GET"))});
    Packet& packet = bench.packet(0);
    packet.real = bench.worker.flows.state(packet.flow).real;
    return client_address_growth(bench.worker, packet);
  };
  EXPECT_EQ(growth(first_byte), 28);
  EXPECT_EQ(growth(first_byte + 1), 0);
  passed(bench, numbered(client_to_web, tcp_ack, first_byte, 5001, text("GET")));
  EXPECT_EQ(growth(first_byte), 28);
  passed(bench, numbered(server_to_client, tcp_ack, 5001, first_byte + 31));
  EXPECT_EQ(growth(first_byte), 0);
}

}  // namespace
}  // namespace poise::datapath
