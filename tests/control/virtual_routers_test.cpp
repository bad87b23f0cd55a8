#include "control/virtual_routers.hpp"

#include <gtest/gtest.h>

#include <future>

#include "tests/control/fake_machine.hpp"
#include "tests/support/frames.hpp"
#include "vrrp/packet.hpp"

namespace poise::control {
namespace {

using datapath::Bytes;
using datapath::ethernet;
using datapath::hex;
using datapath::ip;
using datapath::operator+;

constexpr const char *our_mac = "02:00:00:00:00:01", *their_mac = "02:00:00:00:00:09", *group_mac = "01:00:5e:00:00:12",
                     *virtual_mac = "00:00:5e:00:01:33";
constexpr std::size_t lan = 1;  // ports are in order of their names

// small_document with the service's address shared by VRRP on "lan", adverts every 100 ms.
nlohmann::json shared_document(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json document = small_document();
  document["vrrp"]["instances"]["VI_1"] = {
      {"interface", "lan"}, {"virtual_router_id", 51}, {"advert_interval_ms", 100}, {"addresses", {"192.0.2.100"}}};
  document["vrrp"]["instances"]["VI_1"].merge_patch(more);
  return document;
}

struct Pair : Appliance {
  explicit Pair(const nlohmann::json& more = nlohmann::json::object()) : Appliance(shared_document(more)) {
    machine.links.assign(2, true);
    pass(200ms);  // links are looked at
  }
  std::vector<Bytes> sent() {
    std::vector<Bytes> frames = machine.port(0, lan).take();
    for (const Bytes& frame : machine.port(1, lan).take()) frames.push_back(frame);
    return frames;
  }
  // What the peer sends.
  static Bytes advert(std::uint8_t priority, const std::string& destination = group_mac) {
    vrrp::Advert advert;
    advert.vrid = vrrp::VirtualRouterId{51};
    advert.priority = priority;
    advert.interval = 100ms;
    advert.addresses = {ip("192.0.2.100")};
    const vrrp::Envelope envelope{ip("192.0.2.2"), ip("224.0.0.18")};
    return ethernet(destination, their_mac, 0x0800, make_packet(write_advert(advert, envelope), envelope, 255, 1));
  }
  void hear(std::uint8_t priority, const std::string& destination = group_mac) {
    receive(advert(priority, destination));
  }
  void receive(const Bytes& frame) {
    machine.port(0, lan).give(frame);
    pass(1ms);
  }
  // The MAC address that answers an ARP request for the shared address; "": nobody.
  std::string asked(const char* for_address = "192.0.2.100") {
    sent();
    const Bytes mac_of_asker = hex("020000000009");
    const auto octets = [](const char* text) {
      const IpAddr address = ip(text);
      return Bytes(address.octets.begin() + 12, address.octets.end());
    };
    machine.port(0, lan).give(
        ethernet("ff:ff:ff:ff:ff:ff", their_mac, 0x0806,
                 hex("0001080006040001") + mac_of_asker + octets("192.0.2.9") + Bytes(6) + octets(for_address)));
    machine.run_workers(now);
    for (const Bytes& frame : sent()) {
      if (frame.size() < 42 || frame[12] != 0x08 || frame[13] != 0x06 || frame[21] != 2) continue;
      EXPECT_EQ(Bytes(frame.begin() + 6, frame.begin() + 12), Bytes(frame.begin() + 22, frame.begin() + 28));
      MacAddr mac;
      std::copy_n(frame.begin() + 22, 6, mac.octets.begin());
      return to_string(mac);
    }
    return "";
  }
  // Whether a SYN to the service, sent to this MAC address, is taken by the service.
  bool serves(const std::string& destination) {
    const datapath::Ends ends{"192.0.2.9", "192.0.2.100", port_++, 80};
    const auto flows = [this] {
      return machine.engine().worker(0).flows.used() + machine.engine().worker(1).flows.used();
    };
    const auto before = flows();
    machine.port(0, lan).give(
        ethernet(destination, their_mac, 0x0800, ip_packet(ends, 6, tcp(ends, datapath::tcp_syn, {}))));
    for (int i = 0; i < 3; ++i) machine.run_workers(now);
    return flows() > before;
  }
  nlohmann::json state() { return get("/v1/vrrp/VI_1"); }
  nlohmann::json packets() { return get("/v1/vrrp/VI_1/packets"); }
  void become_master() {
    pass(600ms);
    ensure(state()["state"] == "master");
  }

 private:
  std::uint16_t port_ = 40000;
};

TEST(VirtualRouters, a_backup_neither_answers_nor_serves_and_a_master_does_both_by_the_virtual_mac) {
  Pair pair;
  EXPECT_EQ(pair.state()["state"], "backup");
  EXPECT_EQ(pair.asked(), "");
  EXPECT_EQ(pair.asked("192.0.2.1"), our_mac);
  EXPECT_FALSE(pair.serves(virtual_mac));
  EXPECT_FALSE(pair.serves(our_mac)) << "not ours: to be forwarded to the master";
  pair.become_master();
  EXPECT_EQ(pair.asked(), virtual_mac);
  EXPECT_TRUE(pair.serves(virtual_mac));
  EXPECT_TRUE(pair.serves(our_mac));
}

TEST(VirtualRouters, a_take_over_is_an_advert_and_an_announcement_both_from_the_virtual_mac) {
  Pair pair;
  pair.sent();
  for (int i = 0; i < 1000 && pair.state()["state"] != "master"; ++i) pair.pass(1ms);
  pair.pass(1ms);
  const auto frames = pair.sent();
  ASSERT_GE(frames.size(), 2u);
  EXPECT_EQ(Bytes(frames[0].begin(), frames[0].begin() + 14), hex("01005e000012 00005e000133 0800"));
  EXPECT_EQ(frames[0][14 + 20 + 2], 100);
  EXPECT_EQ(Bytes(frames[1].begin(), frames[1].begin() + 14), hex("ffffffffffff 00005e000133 0806"));
  EXPECT_EQ(Bytes(frames[1].begin() + 22, frames[1].begin() + 32), hex("00005e000133 c0000264"));
}

TEST(VirtualRouters, many_addresses_are_announced_within_milliseconds_and_hold_up_no_advert) {
  nlohmann::json document = shared_document();
  for (int router = 0; router < 8; ++router) {
    nlohmann::json addresses = nlohmann::json::array();
    for (int i = 1; i <= 250; ++i)
      addresses.push_back("192.0." + std::to_string(10 + router) + "." + std::to_string(i));
    document["vrrp"]["instances"]["more-" + std::to_string(router)] = {{"interface", "lan"},
                                                                       {"virtual_router_id", 60 + router},
                                                                       {"advert_interval_ms", 100},
                                                                       {"addresses", addresses}};
  }
  Appliance appliance(document);
  appliance.machine.links.assign(2, true);
  std::size_t adverts = 0, announcements = 0, after_first_advert = 0;
  for (int ms = 0; ms < 1000 && after_first_advert < 5; ++ms) {
    appliance.pass(1ms);
    for (int burst = 0; burst < 32; ++burst) appliance.machine.run_workers(appliance.now);  // as many fit into one
    for (const std::size_t worker : {0u, 1u})
      for (const Bytes& frame : appliance.machine.port(worker, lan).take())
        if (frame[8] == 0x5e) ++(frame[13] == 0x06 ? announcements : adverts);  // by a virtual MAC
    after_first_advert += adverts != 0 ? 1 : 0;
  }
  EXPECT_EQ(adverts, 9u) << "each said that it is master";
  EXPECT_EQ(announcements, 8 * 250u + 1) << "in five milliseconds, by a ring of 1024";
}

TEST(VirtualRouters, without_the_virtual_mac_everything_is_done_by_the_interfaces_own) {
  Pair pair(nlohmann::json{{"virtual_mac", false}});
  pair.become_master();
  EXPECT_EQ(pair.asked(), our_mac);
  EXPECT_FALSE(pair.serves(virtual_mac));
  EXPECT_TRUE(pair.serves(our_mac));
}

// Control hangs; the workers go on.
TEST(VirtualRouters, a_hung_control_core_lets_the_address_fall_silent_before_the_peer_may_claim_it) {
  Pair pair;
  pair.become_master();
  EXPECT_EQ(pair.asked(), virtual_mac);
  for (int i = 0; i < 300; ++i) {
    pair.now += 1ms;
    pair.machine.run_workers(pair.now);
  }
  EXPECT_EQ(pair.asked(), "");
  EXPECT_FALSE(pair.serves(virtual_mac));
  pair.pass(2ms);  // it wakes up, and goes on where nobody else has spoken
  EXPECT_EQ(pair.state()["state"], "master");
  EXPECT_EQ(pair.asked(), virtual_mac);
}

TEST(VirtualRouters, a_better_peer_takes_the_address_and_what_still_comes_here_is_served_a_while) {
  Pair pair;
  pair.become_master();
  pair.hear(200);
  EXPECT_EQ(pair.state()["state"], "backup");
  EXPECT_EQ(pair.state()["reason"], "preempted");
  EXPECT_EQ(pair.state()["master"], "192.0.2.2");
  EXPECT_EQ(pair.asked(), "");
  EXPECT_TRUE(pair.serves(virtual_mac));
  for (int i = 0; i < 10; ++i) {
    pair.pass(20ms);
    pair.hear(200);
  }
  EXPECT_FALSE(pair.serves(virtual_mac));
}

TEST(VirtualRouters, frames_to_the_broadcast_address_are_not_listened_to) {
  Pair pair;
  pair.become_master();
  pair.hear(200, "ff:ff:ff:ff:ff:ff");
  EXPECT_EQ(pair.state()["state"], "master");
  EXPECT_EQ(pair.state()["counters"]["discarded"]["destination"], 1);
}

TEST(VirtualRouters, a_lost_link_is_a_fault_and_ends_with_it) {
  Pair pair;
  pair.become_master();
  pair.machine.links[lan] = false;
  pair.pass(600ms);
  EXPECT_EQ(pair.state()["state"], "fault");
  EXPECT_EQ(pair.asked(), "");
  pair.machine.links[lan] = true;
  pair.pass(700ms);
  EXPECT_EQ(pair.state()["state"], "master");
}

TEST(VirtualRouters, a_changed_priority_and_new_addresses_do_not_change_the_state) {
  Pair pair;
  pair.become_master();
  const std::size_t before = pair.state()["history"].size();
  ASSERT_EQ(
      pair.ask("PATCH", "/v1/config",
               R"({"vrrp": {"instances": {"VI_1": {"priority": 150, "addresses": ["192.0.2.100", "192.0.2.101"]}}}})")
          .status,
      200);
  EXPECT_EQ(pair.state()["state"], "master");
  EXPECT_EQ(pair.state()["effective_priority"], 150);
  EXPECT_EQ(pair.asked("192.0.2.101"), virtual_mac);
  EXPECT_EQ(pair.state()["history"].size(), before);
}

TEST(VirtualRouters, what_takes_the_place_of_a_removed_one_holds_nothing_of_its) {
  Pair pair;
  pair.become_master();
  ASSERT_EQ(pair.ask("PATCH", "/v1/config", R"({"vrrp": {"instances": {"VI_1": null}}})").status, 200);
  ASSERT_EQ(pair.ask("PATCH", "/v1/config", R"({"vrrp": {"instances": {"VI_2": {"interface": "lan",
    "virtual_router_id": 52, "addresses": ["192.0.2.100"]}}}})")
                .status,
            200);
  EXPECT_EQ(pair.get("/v1/vrrp").size(), 1u);
  EXPECT_EQ(pair.asked(), "");
}

TEST(VirtualRouters, an_order_to_switch_over_is_carried_out_by_a_master_alone) {
  Pair pair;
  EXPECT_EQ(pair.ask("POST", "/v1/vrrp/VI_1/switch_over").status, 409);
  EXPECT_EQ(pair.ask("POST", "/v1/vrrp/VI_2/switch_over").status, 404);
  pair.become_master();
  EXPECT_EQ(pair.ask("POST", "/v1/vrrp/VI_1/switch_over").status, 200);
  EXPECT_EQ(pair.asked(), virtual_mac) << "until the other has spoken";
  pair.hear(50);
  EXPECT_EQ(pair.state()["reason"], "switched_over");
  EXPECT_EQ(pair.asked(), "");
}

TEST(VirtualRouters, state_and_counters_are_metrics_too) {
  Pair pair;
  pair.become_master();
  const std::string text = pair.ask("GET", "/metrics").body;
  EXPECT_NE(text.find("poise_vrrp_master{instance=\"VI_1\"} 1"), std::string::npos);
  EXPECT_NE(text.find("poise_vrrp_discarded_total{instance=\"VI_1\",cause=\"checksum\"} 0"), std::string::npos);
}

TEST(VirtualRouters, leaving_ends_when_somebody_else_has_spoken) {
  Pair pair;
  pair.become_master();
  pair.core.leave_virtual_routers();
  EXPECT_FALSE(pair.core.has_left_virtual_routers());
  pair.hear(50);
  EXPECT_TRUE(pair.core.has_left_virtual_routers());
}

TEST(VirtualRouters, what_is_tracked_changes_the_priority_or_is_a_fault) {
  Pair pair(nlohmann::json::parse(R"({"track": [{"pool": "web", "weight": -30}, {"interface": "inside"}]})"));
  pair.become_master();
  EXPECT_EQ(pair.state()["effective_priority"], 100);
  const auto set_servers = [&](const char* state) {
    pair.content_type = "application/merge-patch+json";
    const std::string server = std::string(R"({"state": ")") + state + "\"}";
    const auto answer =
        pair.ask("PATCH", "/v1/config/pools/web/servers", R"({"web1": )" + server + R"(, "web2": )" + server + "}");
    ASSERT_EQ(answer.status, 200) << answer.body;
    pair.pass(1ms);
  };
  set_servers("down");
  EXPECT_EQ(pair.state()["effective_priority"], 70);
  EXPECT_EQ(pair.state()["tracking"][0]["state"], "down");
  set_servers("up");
  EXPECT_EQ(pair.state()["effective_priority"], 100);
  constexpr std::size_t inside = 0;
  pair.machine.links[inside] = false;
  pair.pass(500ms);
  EXPECT_EQ(pair.state()["state"], "fault");
  EXPECT_EQ(pair.state()["reason"], "tracking");
  pair.machine.links[inside] = true;
  pair.pass(600ms);
  EXPECT_EQ(pair.state()["state"], "master");
}

TEST(VirtualRouters, a_worker_that_stands_still_is_a_fault_for_those_who_track_it) {
  Pair pair(nlohmann::json::parse(R"({"track": [{"workers": true}]})"));
  pair.become_master();
  for (int i = 0; i < 350; ++i) pair.core.tick(pair.now += 1ms);  // no worker runs
  EXPECT_EQ(pair.core.virtual_routers().routers().has_fault(0), true);
}

TEST(VirtualRouters, another_master_that_goes_on_is_a_split_brain) {
  Pair pair;
  pair.become_master();
  pair.hear(90);
  pair.pass(100ms);
  EXPECT_EQ(pair.state()["split_brain"], "") << "a master that was being replaced";
  for (int i = 0; i < 5; ++i) {
    pair.hear(90);
    pair.pass(100ms);
  }
  EXPECT_EQ(pair.state()["split_brain"], "heard");
  EXPECT_EQ(pair.state()["split_brains"], 1);
  pair.pass(1s);
  EXPECT_EQ(pair.state()["split_brain"], "");
  EXPECT_EQ(pair.state()["split_brains"], 1);
}

TEST(VirtualRouters, ports_take_frames_to_the_virtual_mac) {
  Pair pair;
  EXPECT_EQ(pair.machine.accepted[lan], std::vector{*parse_mac(virtual_mac)});
  EXPECT_TRUE(pair.machine.accepted[0].empty());
  Pair own(nlohmann::json::parse(R"({"virtual_mac": false})"));
  EXPECT_TRUE(own.machine.accepted[lan].empty());
}

TEST(VirtualRouters, adverts_leave_in_time_while_the_disk_is_slow) {
  Pair pair;
  pair.pass(1s);
  std::size_t adverts = 0;
  std::promise<void> enough;
  Background background([&]() -> Duration {
    pair.pass(10ms);
    const std::size_t before = adverts;
    adverts += pair.sent().size();
    if (before < 20 && adverts >= 20) enough.set_value();
    return Duration::zero();
  });
  pair.core.set_background(&background);
  pair.sent();
  pair.storage.when_asked = [&] { enough.get_future().wait(); };  // for ever, if nothing was sent meanwhile
  const Instant begin = pair.now;
  EXPECT_EQ(pair.ask("PUT", "/v1/config/pools/web/servers/web1/weight", "7").status, 200);
  EXPECT_LE((pair.now - begin) / 100ms, adverts) << "no advert is missing";
  EXPECT_EQ(pair.core.transactions().running().pools.at("web").servers.at("web1").weight, 7);
}

TEST(VirtualRouters, a_backup_waits_from_when_the_worker_had_the_advert) {
  Pair pair;
  pair.machine.port(0, lan).give(pair.advert(200));
  pair.now += 200us;
  pair.machine.run_workers(pair.now);
  const Instant heard = pair.now;
  pair.now += 700us;
  pair.core.tick(pair.now);
  EXPECT_EQ(pair.core.virtual_routers().deadline() - heard, 300ms + 100'000us * 156 / 256 + 500ns);
}

TEST(VirtualRouters, an_election_is_recorded_with_every_packet_in_order) {
  Pair pair;
  EXPECT_EQ(pair.packets(), nlohmann::json::array());
  EXPECT_FALSE(pair.core.virtual_routers().packets(0).has_memory());
  pair.hear(90);
  const Instant heard = pair.now;
  pair.become_master();
  const nlohmann::json rows = pair.packets();
  ASSERT_GE(rows.size(), 4u);
  EXPECT_EQ(rows[0]["direction"], "received");
  EXPECT_EQ(rows[0]["kind"], "advert");
  EXPECT_EQ(rows[0]["source"], "192.0.2.2");
  EXPECT_EQ(rows[0]["destination"], "224.0.0.18");
  EXPECT_EQ(rows[0]["source_mac"], their_mac);
  EXPECT_EQ(rows[0]["priority"], 90);
  EXPECT_EQ(rows[0]["interval_ms"], 100.0);
  EXPECT_EQ(rows[0]["verdict"], "accepted");
  EXPECT_EQ(rows[0]["monotonic_ns"], heard.time_since_epoch().count());
  EXPECT_EQ(rows[0]["bytes"].get<std::string>().substr(0, 24), "01005e000012020000000009");
  EXPECT_EQ(rows[1]["direction"], "sent");
  EXPECT_EQ(rows[1]["verdict"], "sent");
  EXPECT_EQ(rows[1]["priority"], 100);
  EXPECT_EQ(rows[1]["source_mac"], virtual_mac);
  EXPECT_EQ(rows[2]["kind"], "gratuitous_arp");
  EXPECT_EQ(rows[2]["source"], "192.0.2.100");
  EXPECT_EQ(rows[2]["priority"], nullptr);
  const nlohmann::json change = pair.state()["history"].back();
  EXPECT_EQ(change["monotonic_ns"], rows[1]["monotonic_ns"]) << "the change and its first advert are one step";
  EXPECT_EQ(change["time"], rows[1]["time"]);
}

TEST(VirtualRouters, a_packet_that_was_refused_is_recorded_with_the_cause) {
  Pair pair;
  Bytes damaged = pair.advert(90);
  damaged.back() ^= 1;
  pair.receive(damaged);
  pair.hear(90, "ff:ff:ff:ff:ff:ff");
  const nlohmann::json rows = pair.packets();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["verdict"], "checksum");
  EXPECT_EQ(rows[0]["priority"], 90);
  EXPECT_EQ(rows[1]["verdict"], "destination");
  EXPECT_EQ(rows[1]["direction"], "received");
}

TEST(VirtualRouters, an_instance_that_goes_away_and_comes_back_remembers_nothing) {
  Pair pair;
  pair.hear(90);
  pair.become_master();
  const nlohmann::json instance = pair.get("/v1/config/vrrp/instances/VI_1");
  ASSERT_EQ(pair.ask("DELETE", "/v1/config/vrrp/instances/VI_1").status, 200);
  EXPECT_EQ(pair.ask("GET", "/v1/vrrp/VI_1/packets").status, 404);
  pair.pass(1s);
  ASSERT_EQ(pair.ask("PUT", "/v1/config/vrrp/instances/VI_1", instance.dump()).status, 200);
  EXPECT_EQ(pair.packets(), nlohmann::json::array());
  ASSERT_EQ(pair.state()["history"].size(), 1u);
  EXPECT_EQ(pair.state()["history"][0]["reason"], "started");
}

// Control looks once a millisecond or so: an answer is not sent when the question came.
TEST(VirtualRouters, what_is_received_has_the_workers_time_and_what_is_sent_the_time_of_the_hand_over) {
  Pair pair;
  pair.become_master();
  pair.machine.port(0, lan).give(pair.advert(0));
  pair.now += 200us;
  pair.machine.run_workers(pair.now);
  const Instant heard = pair.now;
  pair.now += 700us;
  pair.core.tick(pair.now);
  const nlohmann::json rows = pair.packets();
  const nlohmann::json &question = rows[rows.size() - 2], &answer = rows.back();
  EXPECT_EQ(question["direction"], "received");
  EXPECT_EQ(question["priority"], 0);
  EXPECT_EQ(question["monotonic_ns"], heard.time_since_epoch().count());
  EXPECT_EQ(answer["direction"], "sent");
  EXPECT_EQ(answer["monotonic_ns"], pair.now.time_since_epoch().count());
  EXPECT_EQ(question["time"].get<std::string>().size(), std::string("2026-01-02T03:04:05.123456789Z").size());
  EXPECT_LT(question["time"], answer["time"]);
}

}  // namespace
}  // namespace poise::control
