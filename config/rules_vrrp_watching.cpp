#include <algorithm>
#include <array>
#include <cstdlib>

#include "config/rules.hpp"
#include "config/spelling.hpp"

// What virtual routers watch, and whom they tell.
namespace poise::config {
namespace {

constexpr std::uint8_t priority_owner = 255;

// The group that the instance is a member of, or nothing.
const VrrpGroup* group_of(const Vrrp& vrrp, const std::string& instance, std::string& name) {
  for (const auto& [group_name, group] : vrrp.groups)
    if (std::find(group.members.begin(), group.members.end(), instance) != group.members.end()) {
      name = group_name;
      return &group;
    }
  return nullptr;
}

template <class Names>
void check_reference(Rules& rules, const std::optional<std::string>& name, const std::string& path, const Names& names,
                     const std::string& what, const std::string& where) {
  if (name && std::find(names.begin(), names.end(), *name) == names.end())
    rules.add(path, "no " + what + " is named " + quoted(*name), did_you_mean(*name, names, "add it under " + where));
}

void check_tracker(Rules& rules, const VrrpTracker& tracker, const std::string& path) {
  const int watched = int(tracker.interface.has_value()) + int(tracker.script.has_value()) +
                      int(tracker.file.has_value()) + int(tracker.pool.has_value()) + int(tracker.workers);
  if (watched != 1)
    rules.add(path, watched == 0 ? "it does not say what is watched" : "it says more than one thing to watch",
              "give exactly one of interface, script, file, pool, workers");
  const Vrrp& vrrp = rules.config.vrrp;
  check_reference(rules, tracker.interface, path + ".interface", rules.link_names(), "interface or VLAN", "interfaces");
  check_reference(rules, tracker.script, path + ".script", names_of(vrrp.scripts), "script", "vrrp.scripts");
  check_reference(rules, tracker.file, path + ".file", names_of(vrrp.files), "file", "vrrp.files");
  check_reference(rules, tracker.pool, path + ".pool", names_of(rules.config.pools), "pool", "pools");
}

// The priority at its best and at its worst, as far as the weights of things that are up or down can say.
struct Range {
  int least, most;
};
Range priorities(const VrrpInstance& instance, const std::vector<const VrrpTracker*>& trackers) {
  Range range{instance.priority, instance.priority};
  for (const VrrpTracker* tracker : trackers) (tracker->weight < 0 ? range.least : range.most) += tracker->weight;
  return {std::max(range.least, 1), std::min(range.most, priority_owner - 1)};
}

// With the other nodes' priorities known: would a weight ever change who is master?
void check_weights(Rules& rules, const VrrpInstance& instance, const std::vector<const VrrpTracker*>& trackers,
                   const std::string& path) {
  const auto& others = instance.other_priorities;
  if (std::find(others.begin(), others.end(), instance.priority) != others.end())
    rules.add(path + ".priority",
              std::to_string(instance.priority) + " is another node's priority, too: the higher address would decide",
              "give every node another one");
  std::vector<const VrrpTracker*> weighted;
  for (const VrrpTracker* tracker : trackers)
    if (tracker->weight != 0 && !tracker->file) weighted.push_back(tracker);  // a file's weight has no bound
  if (weighted.empty() || others.empty()) return;
  const Range range = priorities(instance, weighted);
  const bool matters = std::any_of(others.begin(), others.end(),
                                   [&](std::uint8_t other) { return range.least <= other && other <= range.most; });
  if (matters) return;
  int gap = priority_owner;
  for (const std::uint8_t other : others) gap = std::min(gap, std::abs(int(instance.priority) - int(other)));
  rules.add(path + ".track",
            "the weights are smaller than the distance to the next priority, " + std::to_string(gap) +
                ": they never change who is master",
            "use a weight beyond " + std::to_string(gap) + ", or 0, which is a fault");
}

void check_notify(Rules& rules, const VrrpNotify& notify, const std::string& path) {
  check_command(rules, notify.any, path + ".any");
  check_command(rules, notify.master, path + ".master");
  check_command(rules, notify.backup, path + ".backup");
  check_command(rules, notify.fault, path + ".fault");
  check_command(rules, notify.stop, path + ".stop");
  if (notify.mail && !rules.config.mail)
    rules.add(path + ".mail", "there is no server that takes mails", "add \"mail\": {\"server\": ...}, or remove it");
}

bool has_line_break(const std::string& text) { return text.find_first_of("\r\n<>") != std::string::npos; }

void check_mail(Rules& rules) {
  if (!rules.config.mail) return;
  const Mail& mail = *rules.config.mail;
  if (mail.server.empty() || mail.server.find_first_of("/ @") != std::string::npos)
    rules.add("mail.server", quoted(mail.server) + " is no name or address", "write it like \"smtp.example.com\"");
  if (mail.from.empty() || has_line_break(mail.from))
    rules.add("mail.from", quoted(mail.from) + " is no mail address", "write it like \"poise@example.com\"");
  if (mail.to.empty()) rules.add("mail.to", "there is no receiver", "list at least one");
  for (std::size_t i = 0; i < mail.to.size(); ++i)
    if (mail.to[i].empty() || has_line_break(mail.to[i]))
      rules.add(child("mail.to", i), quoted(mail.to[i]) + " is no mail address", "write it like \"admin@example.com\"");
  if (mail.user.has_value() != mail.password.has_value())
    rules.add(mail.user ? "mail.user" : "mail.password", "user and password go together", "give both, or none");
  if (mail.user && mail.security == MailSecurity::none)
    rules.add("mail.security", "the password would be sent in clear", "use \"starttls\" or \"tls\"");
}

}  // namespace

void check_command(Rules& rules, const std::vector<std::string>& command, const std::string& path) {
  if (!command.empty() && !command[0].starts_with('/'))
    rules.add(child(path, 0), quoted(command[0]) + " is not an absolute path",
              "write the program's path from the root, and each argument by itself: no shell reads them");
}

void check_vrrp_watching(Rules& rules, const std::string& name, const std::string& path) {
  const VrrpInstance& instance = rules.config.vrrp.instances.at(name);
  std::vector<const VrrpTracker*> trackers;
  for (std::size_t i = 0; i < instance.track.size(); ++i) {
    check_tracker(rules, instance.track[i], child(path + ".track", i));
    trackers.push_back(&instance.track[i]);
  }
  check_notify(rules, instance.notify, path + ".notify");
  std::string group_name;
  if (const VrrpGroup* group = group_of(rules.config.vrrp, name, group_name))
    for (const VrrpTracker& tracker : group->track) trackers.push_back(&tracker);
  const bool weighted =
      std::any_of(trackers.begin(), trackers.end(), [](const auto* each) { return each->weight != 0; });
  if (weighted && instance.priority == priority_owner)
    rules.add(path + ".track", "priority 255 says that the addresses are this node's own: a weight changes nothing",
              "use weight 0, which is a fault, or another priority");
  if (weighted && !instance.preempt)
    rules.add(path + ".preempt", "without preemption a lower priority never makes another node master",
              "remove \"preempt\": false, or use weight 0, which is a fault");
  check_weights(rules, instance, trackers, path);
}

void check_vrrp_programs(Rules& rules) {
  const Vrrp& vrrp = rules.config.vrrp;
  for (const auto& [name, group] : vrrp.groups) {
    const std::string path = child("vrrp.groups", name);
    for (std::size_t i = 0; i < group.track.size(); ++i)
      check_tracker(rules, group.track[i], child(path + ".track", i));
    check_notify(rules, group.notify, path + ".notify");
  }
  for (const auto& [name, script] : vrrp.scripts) {
    const std::string path = child("vrrp.scripts", name);
    if (script.command.empty()) rules.add(path + ".command", "there is no program", "name one by its absolute path");
    check_command(rules, script.command, path + ".command");
  }
  check_mail(rules);
}

}  // namespace poise::config
