#include "vrrp/routers.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;
using datapath::ip;

constexpr InterfaceIndex eth0{0}, eth1{1};
constexpr Instant start_time{1000s};

RouterSettings settings(const char* name = "VI_1", std::uint8_t vrid = 51) {
  RouterSettings made;
  made.name = name;
  made.interface = eth0;
  made.vrid = VirtualRouterId{vrid};
  made.machine.address = ip("192.168.1.2");
  made.machine.interval = 100ms;
  made.addresses = {ip("192.168.1.100")};
  return made;
}
RouterSettings settings_v2() {
  RouterSettings made = settings();
  made.machine.version = Version::v2;
  made.machine.interval = 1s;
  made.authentication = AuthenticationType::password;
  made.password = "1111";
  made.check_addresses = true;
  return made;
}

// What another router would send, and how it may go wrong.
struct Sent {
  Advert advert;
  Envelope envelope{ip("192.168.1.9"), ip("224.0.0.18")};
  std::uint8_t ttl = 255;
  Bytes packet() const { return make_packet(write_advert(advert, envelope), envelope, ttl, 1); }
};
Sent sent_by_peer(const RouterSettings& of, std::uint8_t priority = 200) {
  Sent sent;
  sent.advert.version = of.machine.version;
  sent.advert.vrid = of.vrid;
  sent.advert.priority = priority;
  sent.advert.interval = of.machine.interval;
  sent.advert.addresses = of.addresses;
  sent.advert.authentication = of.authentication;
  std::copy(of.password.begin(), of.password.end(), sent.advert.password.begin());
  return sent;
}

// Routers that have become master.
struct Bench {
  explicit Bench(const std::vector<RouterSettings>& wanted) {
    routers.configure(now, wanted);
    for (int i = 0; i < 10 && routers.instance(0).state() != State::master; ++i) until_deadline();
  }
  Routers::Outputs until_deadline() {
    if (routers.deadline() != never) now = std::max(now, routers.deadline());
    return routers.on_deadline(now);
  }
  State hear(const Bytes& packet, bool right_mac = true) {
    now += 60ms;
    routers.on_packet(now, eth0, packet, right_mac);
    return routers.instance(0).state();
  }
  Instant now = start_time;
  Routers routers;
};

// The crafted adverts of priority 200 to a running master: who makes it give way, and why the others do not.
TEST(Routers, a_crafted_advert_is_listened_to_or_discarded_with_its_reason) {
  struct Row {
    const char* why;
    std::function<void(Sent&)> craft;
    Discard v3, v2;  // count_: listened to
  };
  constexpr Discard none = Discard::count_;
  const std::vector<Row> rows{
      {"nothing wrong", [](Sent&) {}, none, none},
      {"TTL 254", [](Sent& sent) { sent.ttl = 254; }, Discard::ttl, Discard::ttl},
      {"sent to us instead of the group", [](Sent& sent) { sent.envelope.destination = ip("192.168.1.2"); },
       Discard::destination, Discard::destination},
      {"our own address as source", [](Sent& sent) { sent.envelope.source = ip("192.168.1.2"); }, Discard::own_source,
       Discard::own_source},
      {"no address", [](Sent& sent) { sent.advert.addresses.clear(); }, Discard::no_addresses, Discard::no_addresses},
      {"one address more", [](Sent& sent) { sent.advert.addresses.push_back(ip("192.168.1.101")); }, none,
       Discard::address_list},
      {"another address", [](Sent& sent) { sent.advert.addresses = {ip("192.168.1.101")}; }, none,
       Discard::address_list},
      {"interval 0", [](Sent& sent) { sent.advert.interval = 0s; }, Discard::no_interval, Discard::no_interval},
      {"twice our interval", [](Sent& sent) { sent.advert.interval *= 2; }, none, Discard::interval_mismatch},
      {"the longest interval",
       [](Sent& sent) {
         sent.advert.interval = sent.advert.version == Version::v3 ? Duration(40950ms) : Duration(255s);
       },
       none, Discard::interval_mismatch},
      {"a source that is not on our subnet", [](Sent& sent) { sent.envelope.source = ip("203.0.113.7"); }, none, none},
      {"no authentication", [](Sent& sent) { sent.advert.authentication = AuthenticationType::none; }, none,
       Discard::authentication_type},
      {"a wrong password", [](Sent& sent) { sent.advert.password[0] ^= 1; }, none, Discard::authentication_failed},
      {"the AH type", [](Sent& sent) { sent.advert.authentication = AuthenticationType::ah; }, none,
       Discard::authentication_type},
      {"summed as RFC 9568 says", [](Sent& sent) { sent.advert.checksum_form = ChecksumForm::without_pseudo_header; },
       none, none},
      {"priority 255 from somebody who is not the owner", [](Sent& sent) { sent.advert.priority = 255; }, none, none},
      {"the other version",
       [](Sent& sent) { sent.advert.version = sent.advert.version == Version::v3 ? Version::v2 : Version::v3; },
       Discard::version, Discard::version},
  };
  for (const Row& row : rows)
    for (const RouterSettings& of : {settings(), settings_v2()}) {
      Bench bench({of});
      Sent sent = sent_by_peer(of);
      row.craft(sent);
      const Discard wanted = of.machine.version == Version::v3 ? row.v3 : row.v2;
      EXPECT_EQ(bench.hear(sent.packet()), wanted == none ? State::backup : State::master) << row.why;
      const Statistics& statistics = bench.routers.statistics(0);
      for (const DiscardInfo& info : discards)
        EXPECT_EQ(statistics.discarded[std::size_t(info.reason)], info.reason == wanted ? 1u : 0u)
            << row.why << ": " << info.counter;
      EXPECT_EQ(statistics.adverts_received, wanted == none ? 1u : 0u);
    }
}

TEST(Routers, what_is_damaged_or_for_nobody_here_is_counted_too) {
  const RouterSettings of = settings();
  Bench bench({of});
  EXPECT_EQ(bench.hear(sent_by_peer(of).packet(), false), State::master) << "a broadcast frame";
  EXPECT_EQ(bench.routers.statistics(0).discarded[std::size_t(Discard::destination)], 1u);
  Bytes damaged = sent_by_peer(of).packet();
  damaged.back() ^= 1;
  EXPECT_EQ(bench.hear(damaged), State::master);
  const Routers::Reception refused = bench.routers.on_packet(bench.now, eth0, damaged);
  EXPECT_EQ(refused.router, 0u);
  EXPECT_EQ(refused.refused, Discard::checksum);
  EXPECT_EQ(bench.routers.statistics(0).discarded[std::size_t(Discard::checksum)], 2u);
  const Routers::Reception heard = bench.routers.on_packet(bench.now, eth0, sent_by_peer(of).packet());
  EXPECT_EQ(heard.router, 0u);
  EXPECT_FALSE(heard.refused.has_value());
  Sent other = sent_by_peer(of);
  other.advert.vrid = VirtualRouterId{52};
  bench.hear(other.packet());
  const Routers::Reception elsewhere = bench.routers.on_packet(bench.now, eth1, sent_by_peer(of).packet());
  EXPECT_FALSE(elsewhere.router.has_value());
  EXPECT_EQ(elsewhere.refused, Discard::unknown_vrid);
  EXPECT_EQ(bench.routers.unattributed()[std::size_t(Discard::unknown_vrid)], 2u);
  bench.hear({1, 2, 3});
  EXPECT_EQ(bench.routers.unattributed()[std::size_t(Discard::not_ip)], 1u);
}

TEST(Routers, an_owner_gives_way_to_nobody) {
  RouterSettings of = settings();
  of.machine.priority = 255;
  Bench bench({of});
  EXPECT_EQ(bench.hear(sent_by_peer(of, 255).packet()), State::master);
  EXPECT_EQ(bench.routers.statistics(0).discarded[std::size_t(Discard::owner)], 1u);
}

TEST(Routers, unicast_peers_are_told_one_by_one_and_only_they_are_heard) {
  RouterSettings of = settings();
  of.peers = {ip("192.168.1.9"), ip("10.9.9.9")};
  of.unicast_ttl_min = 250;
  Bench bench({of});
  const auto packets = bench.routers.packets(bench.now, 0, 100);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(read_packet(packets[1])->envelope.destination, ip("10.9.9.9"));
  Sent sent = sent_by_peer(of);
  sent.envelope.destination = ip("192.168.1.2");
  sent.ttl = 249;
  EXPECT_EQ(bench.hear(sent.packet()), State::master);
  sent.ttl = 250;
  sent.envelope.source = ip("192.168.1.10");
  EXPECT_EQ(bench.hear(sent.packet()), State::master);
  EXPECT_EQ(bench.routers.statistics(0).discarded[std::size_t(Discard::unknown_peer)], 1u);
  sent.envelope.source = ip("10.9.9.9");
  EXPECT_EQ(bench.hear(sent.packet()), State::backup);
}

// Two nodes that share a secret, or do not.
struct Secrets {
  RouterSettings ours, theirs;
};
Secrets secrets(const RouterSettings& of) {
  Secrets made{of, of};
  made.theirs.machine.address = ip("192.168.1.9");
  made.theirs.machine.priority = 200;
  return made;
}

struct Pair {
  explicit Pair(const Secrets& secrets) : us({secrets.ours}), they({secrets.theirs}) {}
  // What becomes of us when they speak.
  State speak() {
    they.now = us.now;
    return us.hear(they.routers.packets(us.now + 60ms, 0, 200).at(0));
  }
  std::uint64_t discarded(Discard reason) const { return us.routers.statistics(0).discarded[std::size_t(reason)]; }
  Bench us, they;
};

TEST(Routers, an_authentication_header_is_taken_from_who_knows_the_password_and_once) {
  RouterSettings of = settings_v2();
  of.authentication = AuthenticationType::ah;
  Secrets known = secrets(of);
  EXPECT_EQ(Pair(known).speak(), State::backup);

  known.theirs.password = "2222";
  Pair stranger(known);
  EXPECT_EQ(stranger.speak(), State::master);
  EXPECT_EQ(stranger.discarded(Discard::authentication_failed), 1u);
  known.theirs.authentication = AuthenticationType::password;
  Pair other_kind(known);
  EXPECT_EQ(other_kind.speak(), State::master);
  EXPECT_EQ(other_kind.discarded(Discard::authentication_type), 1u);

  Pair pair(secrets(of));
  const Bytes old = pair.they.routers.packets(pair.us.now, 0, 200).at(0);
  pair.speak();
  pair.us.hear(old);
  EXPECT_EQ(pair.discarded(Discard::authentication_replayed), 1u);
}

HmacSettings signatures(std::uint8_t fill, HmacSettings::Mode mode = HmacSettings::Mode::enforce) {
  return {{{1, Bytes(32, fill)}}, 1, mode, 5s};
}

TEST(Routers, signed_adverts_are_taken_from_who_has_the_key_in_either_version_and_family) {
  RouterSettings v6 = settings();
  v6.machine.address = ip("fe80::2");
  v6.addresses = {ip("fe80::100")};
  RouterSettings v2 = settings_v2();
  v2.authentication = AuthenticationType::none;
  for (RouterSettings of : {settings(), v6, v2}) {
    of.hmac = signatures(1);
    Secrets known = secrets(of);
    if (of.v6()) known.theirs.machine.address = ip("fe80::9");
    EXPECT_EQ(Pair(known).speak(), State::backup);
    known.theirs.hmac = signatures(2);
    Pair stranger(known);
    EXPECT_EQ(stranger.speak(), State::master);
    EXPECT_EQ(stranger.discarded(Discard::authentication_failed), 1u);
  }
}

TEST(Routers, unsigned_adverts_are_taken_until_signatures_are_enforced) {
  RouterSettings of = settings();
  of.hmac = signatures(1);
  Secrets known = secrets(of);
  known.theirs.hmac.reset();
  Pair enforcing(known);
  EXPECT_EQ(enforcing.speak(), State::master);
  EXPECT_EQ(enforcing.discarded(Discard::authentication_type), 1u);
  known.ours.hmac->mode = HmacSettings::Mode::permissive;
  EXPECT_EQ(Pair(known).speak(), State::backup);

  // Who does not know of signatures discards them: the order of the roll-out.
  std::swap(known.ours.hmac, known.theirs.hmac);
  Pair old(known);
  EXPECT_EQ(old.speak(), State::master);
  EXPECT_EQ(old.discarded(Discard::length), 1u);
  known.theirs.hmac->mode = HmacSettings::Mode::receive_only;
  EXPECT_EQ(Pair(known).speak(), State::backup);
}

TEST(Routers, a_signed_advert_that_is_sent_again_is_discarded) {
  RouterSettings of = settings();
  of.hmac = signatures(1);
  Pair pair(secrets(of));
  const Bytes packet = pair.they.routers.packets(pair.us.now, 0, 200).at(0);
  EXPECT_EQ(pair.us.hear(packet), State::backup);
  pair.us.hear(packet);
  EXPECT_EQ(pair.discarded(Discard::authentication_replayed), 1u);
  pair.us.now += 10s;
  pair.us.hear(packet);
  EXPECT_EQ(pair.discarded(Discard::authentication_stale), 1u);
}

TEST(Routers, the_checksum_follows_what_the_peer_sends) {
  const RouterSettings of = settings();
  Bench bench({of});
  const auto form = [&] {
    const Bytes packet = bench.routers.packets(bench.now, 0, 100).at(0);
    const auto received = read_packet(packet);
    return read_advert(received->message, received->envelope)->checksum_form;
  };
  EXPECT_EQ(form(), ChecksumForm::with_pseudo_header);
  Sent sent = sent_by_peer(of, 50);
  sent.advert.checksum_form = ChecksumForm::without_pseudo_header;
  bench.hear(sent.packet());
  EXPECT_EQ(form(), ChecksumForm::without_pseudo_header);
  EXPECT_EQ(bench.routers.statistics(0).rfc9568_checksums, 1u);
}

std::vector<RouterSettings> group_of_two() {
  std::vector<RouterSettings> both{settings("inside", 1), settings("outside", 2)};
  for (RouterSettings& one : both) {
    one.group = "all";
    one.machine.grouped = true;
  }
  return both;
}

TEST(Routers, members_of_a_group_are_master_together_or_not_at_all) {
  const auto both = group_of_two();
  Bench bench(both);
  EXPECT_EQ(bench.routers.instance(0).state(), State::master);
  EXPECT_EQ(bench.routers.instance(1).state(), State::master);
  bench.hear(sent_by_peer(both[0]).packet());
  EXPECT_EQ(bench.routers.instance(0).state(), State::backup);
  EXPECT_TRUE(bench.routers.instance(1).is_leaving());
  for (int i = 0; i < 40; ++i) {  // the master of one is there: both stay what they are
    bench.hear(sent_by_peer(both[0]).packet());
    bench.routers.on_deadline(bench.now);
  }
  EXPECT_EQ(bench.routers.instance(1).state(), State::backup);
}

TEST(Routers, a_fault_of_one_member_is_one_of_all) {
  Bench bench(group_of_two());
  bench.routers.set_fault(bench.now, 1, true);
  for (int i = 0; i < 4; ++i) bench.until_deadline();
  EXPECT_EQ(bench.routers.instance(0).state(), State::fault);
  EXPECT_EQ(bench.routers.instance(1).state(), State::fault);
  bench.routers.set_fault(bench.now, 1, false);
  EXPECT_EQ(bench.routers.instance(0).state(), State::backup);
}

TEST(Routers, a_router_that_stays_as_it_was_does_not_notice_a_new_configuration) {
  Bench bench({settings()});
  std::vector<RouterSettings> wanted{settings("VI_2", 52), settings()};
  const Instant deadline = bench.routers.deadline();
  const auto outputs = bench.routers.configure(bench.now, wanted);
  EXPECT_EQ(outputs.size(), 1u) << "only the new one starts";
  EXPECT_EQ(outputs.at(0).router, 1u);
  EXPECT_EQ(bench.routers.instance(0).state(), State::master);
  EXPECT_EQ(bench.routers.deadline(), deadline);
  EXPECT_TRUE(bench.routers.configure(bench.now, wanted).empty());
}

TEST(Routers, other_addresses_are_taken_and_told_at_once_without_a_change_of_state) {
  Bench bench({settings()});
  RouterSettings more = settings();
  more.addresses.push_back(ip("192.168.1.101"));
  const auto outputs = bench.routers.configure(bench.now, {more});
  ASSERT_EQ(outputs.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<Hold>(outputs[0].action));
  EXPECT_TRUE(std::holds_alternative<SendAdvert>(outputs[1].action));
  EXPECT_TRUE(std::holds_alternative<Announce>(outputs[2].action));
}

TEST(Routers, what_is_gone_leaves_and_its_row_is_used_again_afterwards) {
  Bench bench({settings()});
  const auto outputs = bench.routers.configure(bench.now, {});
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(std::get<SendAdvert>(outputs[0].action).priority, 0);
  EXPECT_TRUE(bench.routers.is_gone(0));
  EXPECT_FALSE(bench.routers.is_stopped());
  bench.routers.configure(bench.now, {settings("VI_2", 52)});
  EXPECT_EQ(bench.routers.rows(), 2u) << "the row is still leaving";
  bench.hear(sent_by_peer(settings(), 50).packet());
  EXPECT_EQ(bench.routers.instance(0).state(), State::init);
  bench.routers.configure(bench.now, {settings("VI_2", 52), settings("VI_3", 53)});
  EXPECT_EQ(bench.routers.rows(), 2u);
  EXPECT_EQ(bench.routers.settings(0).name, "VI_3");
}

TEST(Routers, another_version_is_another_router) {
  Bench bench({settings()});
  RouterSettings old = settings();
  old.machine.version = Version::v2;
  old.machine.interval = 1s;
  bench.routers.configure(bench.now, {old});
  EXPECT_TRUE(bench.routers.is_gone(0));
  EXPECT_EQ(bench.routers.instance(1).state(), State::backup);
}

TEST(Routers, a_thousand_instances_each_keep_their_time) {
  std::vector<RouterSettings> many;
  for (int i = 0; i < 1000; ++i) {
    RouterSettings one = settings(("VI_" + std::to_string(i)).c_str(), std::uint8_t(1 + i % 250));
    one.interface = InterfaceIndex{std::uint16_t(i / 250)};
    many.push_back(one);
  }
  Bench bench(many);
  const Instant end = bench.now + 10s;
  std::size_t adverts = 0;
  while (bench.routers.deadline() < end)
    for (const auto& output : bench.until_deadline())
      adverts += std::holds_alternative<SendAdvert>(output.action) ? 1 : 0;
  EXPECT_NEAR(double(adverts), 100000, 1100);
}

}  // namespace
}  // namespace poise::vrrp
