#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/control/fake_machine.hpp"
#include "tests/support/frames.hpp"

namespace poise::control {
namespace {

using nlohmann::json;
using namespace datapath;

constexpr const char *our_mac = "02:00:00:00:00:01", *their_mac = "02:00:00:00:00:99";

json pinged_document() {
  json document = small_document();
  document["pools"]["web"]["checks"] = {{"ping", {{"kind", "icmp"}, {"interval_ms", 100}, {"rise", 1}, {"fall", 1}}}};
  return document;
}

// Checked - an appliance whose two servers, behind port "inside", answer ARP, and pings while they live.
struct Checked : Appliance {
  Checked() : Appliance(pinged_document(), 1) {}

  void live(Duration time) {
    for (const Instant end = now + time; now < end;) {
      pass(1ms);
      for (const Bytes& frame : machine.port(0, 0).take()) answer(frame);
    }
  }
  void answer(const Bytes& frame) {
    if (frame[12] == 8 && frame[13] == 6) {
      if (frame[21] != 1 || frame[41] == 1) return;  // our own announcements
      const Bytes target(frame.begin() + 38, frame.begin() + 42);
      const MacAddr mac_of_server = mac(their_mac);
      return receive(ethernet(our_mac, their_mac, 0x0806,
                              hex("0001 0800 0604 0002") +
                                  Bytes(mac_of_server.octets.begin(), mac_of_server.octets.end()) + target +
                                  Bytes(frame.begin() + 22, frame.begin() + 32)));
    }
    const std::string server = "10.0.0." + std::to_string(frame[33]);
    if (frame[23] != IPPROTO_ICMP || dead.contains(server)) return;
    ++pings;
    EXPECT_EQ(faults(Bytes(frame.begin() + 14, frame.end())), "");
    const std::uint32_t word = std::uint32_t(frame[38] << 24 | frame[39] << 16 | frame[40] << 8 | frame[41]);
    receive(ethernet(
        our_mac, their_mac, 0x0800,
        ip_packet({server, "10.0.0.1"}, IPPROTO_ICMP, icmp(0, 0, word, Bytes(frame.begin() + 42, frame.end())))));
  }
  void receive(const Bytes& frame) { machine.port(0, 0).give(frame); }
  std::string statuses() {
    std::string text;
    const json pool = get("/v1/pools/web");
    for (const json& server : pool["servers"]) text += (text.empty() ? "" : " ") + server["status"].get<std::string>();
    return text;
  }

  std::set<std::string> dead;
  int pings = 0;
};

TEST(HealthView, servers_are_up_once_they_answer_and_failed_when_they_do_not) {
  Checked appliance;
  EXPECT_EQ(appliance.statuses(), "failed failed");
  EXPECT_EQ(appliance.get("/v1/pools/web")["up"], false);
  appliance.live(50ms);
  EXPECT_EQ(appliance.statuses(), "up up");
  EXPECT_EQ(appliance.get("/v1/pools/web")["up"], true);
  appliance.dead = {"10.0.0.12"};
  appliance.live(300ms);
  EXPECT_EQ(appliance.statuses(), "up failed");
  EXPECT_EQ(appliance.get("/v1/pools/web")["weight"], 1);
  const json explained =
      json::parse(appliance
                      .ask("POST", "/v1/explain",
                           R"({"protocol": "tcp", "source": "192.0.2.7:5", "destination": "192.0.2.100:80"})")
                      .body);
  EXPECT_EQ(explained["server"], "web1");
  appliance.dead = {};
  appliance.live(200ms);
  EXPECT_EQ(appliance.statuses(), "up up");
}

TEST(HealthView, a_commit_neither_changes_health_nor_disturbs_the_probes) {
  Checked appliance;
  appliance.dead = {"10.0.0.12"};
  appliance.live(300ms);
  ASSERT_EQ(appliance.statuses(), "up failed");
  const int before = appliance.pings;
  for (int weight = 2; weight < 12; ++weight) {
    const std::string path = "/v1/config/pools/web/servers/web2/weight";
    EXPECT_EQ(appliance.ask("PUT", path, std::to_string(weight)).status, 200);
    EXPECT_EQ(appliance.statuses(), "up failed");
    appliance.live(100ms);
  }
  EXPECT_EQ(appliance.pings - before, 10);
}

TEST(HealthView, each_check_tells_its_last_verdict_and_is_a_metric) {
  Checked appliance;
  appliance.dead = {"10.0.0.12"};
  appliance.live(300ms);
  const json pool = appliance.get("/v1/pools/web");
  const json check = pool["servers"][1]["checks"][0];
  EXPECT_EQ(check["name"], "ping");
  EXPECT_EQ(check["kind"], "icmp");
  EXPECT_EQ(check["address"], "10.0.0.12");
  EXPECT_EQ(check["state"], "down");
  EXPECT_EQ(check["last"], "failed");
  EXPECT_EQ(check["reason"], "no answer in 100 ms");
  EXPECT_EQ(pool["servers"][0]["checks"][0]["reason"], "");
  const std::string text = appliance.ask("GET", "/metrics").body;
  for (const char* line :
       {"poise_pool_up{pool=\"web\"} 1", "poise_health_check_up{pool=\"web\",server=\"web1\",check=\"ping\"} 1",
        "poise_health_check_up{pool=\"web\",server=\"web2\",check=\"ping\"} 0",
        "poise_health_check_failed_total{pool=\"web\",server=\"web1\",check=\"ping\"} 0",
        "poise_server_up{service=\"web\",server=\"web2\"} 0"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
}

}  // namespace
}  // namespace poise::control
