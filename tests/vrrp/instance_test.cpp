#include "vrrp/instance.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/frames.hpp"

namespace poise::vrrp {
namespace {

using namespace std::chrono_literals;
using datapath::ip;

const IpAddr ours = ip("192.0.2.2"), lower = ip("192.0.2.1"), higher = ip("192.0.2.3");
constexpr Instant start_time{1000s};

// "hold advert(100) announce backup>master(priority)"
std::string text(const Actions& actions) {
  std::ostringstream out;
  for (const Action& action : actions) {
    if (out.tellp() != 0) out << ' ';
    if (std::holds_alternative<Hold>(action)) out << "hold";
    if (std::holds_alternative<Announce>(action)) out << "announce";
    if (const auto* release = std::get_if<Release>(&action)) out << "release(" << release->linger / 1ms << ")";
    if (const auto* advert = std::get_if<SendAdvert>(&action)) out << "advert(" << int(advert->priority) << ")";
    if (const auto* changed = std::get_if<Changed>(&action))
      out << name_of(changed->from) << '>' << name_of(changed->to) << '(' << name_of(changed->reason) << ')';
  }
  return out.str();
}

InstanceSettings settings(std::uint8_t priority = 100) {
  InstanceSettings made;
  made.address = ours;
  made.priority = priority;
  made.interval = 100ms;
  return made;
}

// An instance and its clock.
struct Bench {
  explicit Bench(const InstanceSettings& of) : instance(of) { first = text(instance.start(now)); }
  std::string after(Duration time) {
    now += time;
    return text(instance.on_deadline(now));
  }
  std::string hear(std::uint8_t priority, const IpAddr& sender = higher, Duration interval = 100ms) {
    return text(instance.on_advert(now, {sender, priority, interval}));
  }
  std::string until_deadline() {
    now = std::max(now, instance.deadline());
    return text(instance.on_deadline(now));
  }
  bool holds() const { return instance.hold_until(now) > now; }
  Instant now = start_time;
  Instance instance;
  std::string first;
};
Bench master(InstanceSettings of = settings()) {
  Bench bench(of);
  bench.until_deadline();
  ensure(bench.instance.state() == State::master);
  return bench;
}

TEST(Instance, starts_as_backup_and_an_owner_as_master) {
  EXPECT_EQ(Bench(settings()).first, "init>backup(started)");
  EXPECT_EQ(Bench(settings(255)).first, "hold advert(255) announce init>master(priority)");
}

TEST(Instance, a_start_delay_listens_first) {
  InstanceSettings delayed = settings(255);
  delayed.start_delay = 5s;
  Bench bench(delayed);
  EXPECT_EQ(bench.first, "");
  EXPECT_EQ(bench.after(4999ms), "");
  EXPECT_EQ(bench.after(1ms), "hold advert(255) announce init>master(priority)");
}

TEST(Instance, takes_over_exactly_when_three_intervals_and_the_skew_have_passed) {
  Bench bench(settings(90));
  const Duration down = 300ms + 64843750ns;
  EXPECT_EQ(bench.instance.deadline(), start_time + down);
  EXPECT_EQ(bench.after(100ms), "");
  bench.hear(200);
  EXPECT_EQ(bench.instance.deadline(), start_time + 100ms + down);
  EXPECT_EQ(bench.after(down - 1ns), "");
  EXPECT_FALSE(bench.holds());
  EXPECT_EQ(bench.after(1ns), "hold advert(90) announce backup>master(master_not_responding)");
  EXPECT_TRUE(bench.holds());
}

TEST(Instance, a_backup_yields_only_to_an_equal_or_higher_priority_unless_preemption_is_off) {
  struct Row {
    std::uint8_t theirs;
    bool preempt;
    State after_a_second_of_adverts;
  };
  for (const Row& row : {Row{200, true, State::backup}, Row{100, true, State::backup}, Row{50, true, State::master},
                         Row{50, false, State::backup}}) {
    InstanceSettings own = settings();
    own.preempt = row.preempt;
    Bench bench(own);
    for (int i = 0; i < 10; ++i) {
      bench.hear(row.theirs);
      bench.after(100ms);
    }
    EXPECT_EQ(bench.instance.state(), row.after_a_second_of_adverts) << int(row.theirs) << row.preempt;
  }
}

TEST(Instance, preemption_waits_for_its_delay) {
  InstanceSettings own = settings();
  own.preempt_delay = 2s;
  Bench bench(own);
  Duration passed{};
  for (; bench.instance.state() == State::backup && passed < 10s; passed += 100ms) {
    bench.hear(50);
    bench.after(100ms);
  }
  EXPECT_GE(passed, 2s);
  EXPECT_LE(passed, 2500ms);
}

TEST(Instance, priority_zero_leaves_only_the_skew) {
  Bench bench(settings(90));
  bench.hear(200);
  EXPECT_EQ(bench.hear(0), "");
  EXPECT_EQ(bench.instance.deadline(), bench.now + 64843750ns);
  EXPECT_EQ(bench.until_deadline(), "hold advert(90) announce backup>master(master_left)");
}

TEST(Instance, version_3_learns_the_masters_interval_up_to_a_limit_and_version_2_keeps_its_own) {
  Bench bench(settings());
  bench.hear(200, higher, 1s);
  EXPECT_EQ(bench.instance.master_interval(), Duration(1s));
  InstanceSettings limited = settings();
  limited.learned_interval_max = 2s;
  Bench careful(limited);
  careful.hear(200, higher, 40950ms);
  EXPECT_EQ(careful.instance.master_interval(), Duration(2s));
  InstanceSettings old = settings();
  old.version = Version::v2;
  old.interval = 1s;
  Bench v2(old);
  v2.hear(200, higher, 5s);
  EXPECT_EQ(v2.instance.deadline(), v2.now + 3s + Duration(1s) * 156 / 256);
}

TEST(Instance, a_master_advertises_by_an_absolute_schedule) {
  Bench bench = master();
  const Instant first = bench.now;
  bench.instance.on_deadline(first + 10ms);  // an announcement
  for (int i = 1; i <= 50; ++i) {
    bench.now = first + i * 100ms;
    EXPECT_NE(bench.after(i % 2 * 3ms).find("advert(100)"), std::string::npos) << i;  // every other time late
  }
}

TEST(Instance, a_master_announces_four_times_in_the_first_second_and_then_every_minute) {
  Bench bench = master();
  std::vector<Duration> rounds;
  const Instant taken = bench.now;
  while (bench.now < taken + 121s)
    if (bench.until_deadline().find("announce") != std::string::npos) rounds.push_back(bench.now - taken);
  EXPECT_EQ(rounds, (std::vector<Duration>{10ms, 100ms, 1s, 61s, 121s}));
}

TEST(Instance, a_master_gives_way_to_a_better_one_and_answers_a_worse_one_at_once) {
  struct Row {
    std::uint8_t theirs;
    IpAddr sender;
    std::string actions;
  };
  for (const Row& row :
       {Row{101, lower, "release(100) master>backup(preempted)"},
        Row{100, higher, "release(100) master>backup(preempted)"}, Row{100, lower, "advert(100) announce"},
        Row{99, higher, "advert(100) announce"}, Row{0, higher, "advert(100)"}}) {
    Bench bench = master();
    bench.now += 50ms;
    EXPECT_EQ(bench.hear(row.theirs, row.sender), row.actions);
    EXPECT_EQ(bench.holds(), row.actions[0] == 'a');
  }
}

TEST(Instance, a_flood_of_worse_adverts_does_not_make_one_of_ours) {
  Bench bench = master();
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    bench.now += 100us;
    answers += bench.hear(1).empty() ? 0 : 1;
  }
  EXPECT_LE(answers, 8);
}

TEST(Instance, on_leaving_the_addresses_are_held_until_the_next_master_speaks) {
  Bench bench = master();
  EXPECT_EQ(text(bench.instance.stop(bench.now)), "advert(0)");
  EXPECT_TRUE(bench.holds());
  bench.now += 60ms;
  EXPECT_EQ(bench.hear(0), "") << "another one that leaves takes nothing";
  EXPECT_EQ(bench.hear(90, lower), "release(100) master>init(stopped)");
  EXPECT_FALSE(bench.holds());
}

TEST(Instance, when_nobody_takes_over_a_leaving_master_goes_after_the_longest_skew_and_two_intervals) {
  Bench bench = master();
  bench.instance.stop(bench.now);
  const Instant left = bench.now;
  EXPECT_EQ(bench.until_deadline(), "release(0) master>init(stopped)");
  EXPECT_EQ(bench.now - left, 200ms + Duration(100ms) * 255 / 256);
}

TEST(Instance, a_switch_over_hands_over_and_does_not_come_back_until_the_other_is_gone) {
  Bench bench = master(settings(200));
  EXPECT_EQ(text(bench.instance.switch_over(bench.now)), "advert(0)");
  EXPECT_EQ(bench.hear(90), "release(100) master>backup(switched_over)");
  for (int i = 0; i < 20; ++i) {
    bench.hear(90);
    EXPECT_EQ(bench.after(100ms), "");
  }
  EXPECT_EQ(bench.until_deadline(), "hold advert(200) announce backup>master(master_not_responding)");
}

TEST(Instance, a_switch_over_that_nobody_takes_up_costs_nothing) {
  Bench bench = master();
  bench.instance.switch_over(bench.now);
  EXPECT_EQ(bench.until_deadline(), "advert(100) announce");
  EXPECT_EQ(bench.instance.state(), State::master);
  EXPECT_TRUE(bench.holds());
}

TEST(Instance, a_fault_makes_a_master_leave_and_ends_as_backup) {
  Bench bench = master();
  EXPECT_EQ(text(bench.instance.on_fault(bench.now, true)), "advert(0)");
  EXPECT_EQ(text(bench.instance.on_fault(bench.now, true)), "");
  EXPECT_EQ(bench.hear(90), "release(100) master>fault(tracking)");
  EXPECT_EQ(bench.hear(90), "");
  EXPECT_EQ(bench.instance.deadline(), never);
  EXPECT_EQ(text(bench.instance.on_fault(bench.now, false)), "fault>backup(tracking)");
}

TEST(Instance, a_fault_before_the_start_is_not_forgotten) {
  Instance instance(settings(255));
  EXPECT_EQ(text(instance.on_fault(start_time, true)), "");
  EXPECT_EQ(text(instance.start(start_time)), "init>fault(tracking)");
  EXPECT_EQ(text(instance.on_fault(start_time, false)), "fault>backup(tracking)");
}

TEST(Instance, a_changed_priority_is_told_by_a_master_and_moves_the_skew_of_a_backup) {
  Bench bench = master();
  EXPECT_EQ(text(bench.instance.on_priority(bench.now, 60)), "advert(60)");
  EXPECT_EQ(text(bench.instance.on_priority(bench.now, 60)), "");
  Bench backup(settings(90));
  backup.hear(200);
  backup.instance.on_priority(backup.now, 154);
  EXPECT_EQ(backup.instance.deadline(), backup.now + 300ms + Duration(100ms) * 102 / 256);
}

TEST(Instance, when_the_heartbeat_of_the_master_stops_only_its_skew_is_left) {
  InstanceSettings own = settings(90);
  own.version = Version::v2;
  own.interval = 1s;
  Bench bench(own);
  bench.hear(100, higher, 1s);
  EXPECT_EQ(text(bench.instance.on_peer_silent(bench.now, lower, 5ms)), "");
  EXPECT_GT(bench.instance.deadline(), bench.now + 3s) << "it was not the master's";
  bench.instance.on_peer_silent(bench.now, higher, 5ms);
  EXPECT_EQ(bench.instance.deadline(), bench.now + Duration(5ms) * 166 / 256);
  EXPECT_EQ(bench.until_deadline(), "hold advert(90) announce backup>master(peer_silent)");
}

TEST(Instance, a_late_loop_does_not_take_over_at_once_but_does_the_second_time) {
  Bench bench(settings());
  bench.hear(200);
  const Duration down = bench.instance.master_down_interval();
  EXPECT_EQ(bench.after(down + 51ms), "") << "adverts may have come meanwhile";
  EXPECT_EQ(bench.instance.deadline(), bench.now + down);
  EXPECT_EQ(bench.after(down + 51ms), "hold advert(100) announce backup>master(master_not_responding)");
}

TEST(Instance, a_master_that_was_away_for_longer_than_others_wait_listens_before_it_goes_on) {
  Bench bench = master();
  EXPECT_EQ(bench.after(100ms + bench.instance.master_down_interval() + 1ms), "release(0) master>backup(stalled)");
  EXPECT_FALSE(bench.holds());
  EXPECT_EQ(bench.instance.deadline(), bench.now + 100ms);
  EXPECT_EQ(bench.until_deadline(), "hold advert(100) announce backup>master(master_not_responding)");
}

TEST(Instance, a_master_that_was_away_and_hears_a_worse_one_listens_too) {
  Bench bench = master();
  bench.now += 1s;
  EXPECT_EQ(bench.hear(50), "release(0) master>backup(stalled)");
  EXPECT_FALSE(bench.holds());
}

TEST(Instance, held_addresses_fall_silent_before_any_backup_may_claim_them) {
  Bench bench = master();
  bench.until_deadline();
  const Instant advert = bench.now;
  EXPECT_LE(bench.instance.hold_until(bench.now), advert + 300ms);
  bench.instance.stop(bench.now);
  EXPECT_LE(bench.instance.hold_until(bench.now), bench.now + 13ms) << "backups wait only their skew now";
}

TEST(Instance, in_a_group_it_asks_before_it_becomes_master) {
  InstanceSettings own = settings();
  own.grouped = true;
  Bench bench(own);
  EXPECT_EQ(bench.until_deadline(), "");
  EXPECT_TRUE(bench.instance.wants_master());
  bench.hear(200);
  EXPECT_FALSE(bench.instance.wants_master());
  EXPECT_EQ(text(bench.instance.become_master(bench.now, Reason::group)),
            "hold advert(100) announce backup>master(group)");
  EXPECT_EQ(text(bench.instance.yield(bench.now, Reason::group)), "advert(0)");
  EXPECT_EQ(bench.until_deadline(), "release(0) master>backup(group)");
}

}  // namespace
}  // namespace poise::vrrp
