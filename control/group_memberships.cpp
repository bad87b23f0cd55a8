#include "control/group_memberships.hpp"

#include <algorithm>
#include <utility>

#include "datapath/wire/ipv6.hpp"
#include "vrrp/packet.hpp"

namespace poise::control {
namespace {

constexpr int robustness = 2;  // reports of one change
constexpr auto between_reports = std::chrono::seconds(1);
constexpr std::size_t records_max = 64;  // in one report: far below any MTU

std::set<IpAddr> groups_of(const config::Vrrp& vrrp, const datapath::Interface& interface) {
  std::set<IpAddr> groups;
  const auto add_address = [&groups](const IpAddr& address) {
    if (address.is_v6() && !address.is_unspecified()) groups.insert(datapath::wire::solicited_node(address));
  };
  add_address(interface.link_local);
  for (const IpPrefix& own : interface.addresses) add_address(own.address);
  for (const auto& [name, instance] : vrrp.instances) {
    if (instance.interface != interface.name || instance.addresses.empty()) continue;
    if (instance.unicast_peers.empty()) groups.insert(poise::vrrp::group_of(instance.addresses[0].is_v6()));
    for (const IpAddr& address : instance.addresses) add_address(address);
  }
  return groups;
}

// Answers of many hosts are not to come at once: a place of our own within the time, by our address.
Instant answer_at(Instant now, const Link& link, Duration within) { return now + within * link.mac.octets[5] / 256; }

}  // namespace

void GroupMemberships::apply(Instant now, const config::Vrrp& vrrp, const datapath::Tables& tables) {
  const std::vector<Link> links = links_of(tables);
  std::vector<Row> old = std::exchange(rows_, {});
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto known = std::find_if(old.begin(), old.end(), [&](const Row& row) {
      return row.link.name == links[i].name && row.link.port == links[i].port && row.link.vlan == links[i].vlan;
    });
    Row row = known == old.end() ? Row{} : *known;
    row.link = links[i];
    const std::set<IpAddr> wanted = groups_of(vrrp, tables.interfaces[i]);
    std::map<IpAddr, GroupChange::Kind> changes;
    for (const IpAddr& group : wanted)
      if (!row.groups.contains(group)) changes[group] = GroupChange::Kind::joins;
    for (const IpAddr& group : row.groups)
      if (!wanted.contains(group)) changes[group] = GroupChange::Kind::leaves;
    row.groups = wanted;
    if (!changes.empty()) {
      for (const auto& [group, kind] : changes) row.changes[group] = kind;
      row.left = robustness;
      row.report_at = now;
    }
    rows_.push_back(std::move(row));
  }
}

void GroupMemberships::on_link_up(Instant now, PortIndex port) {
  for (Row& row : rows_) {
    if (row.link.port != port || row.groups.empty()) continue;
    for (const IpAddr& group : row.groups) row.changes[group] = GroupChange::Kind::joins;
    row.left = robustness;
    row.report_at = now;
  }
}

void GroupMemberships::on_query(Instant now, InterfaceIndex interface, std::span<const std::uint8_t> frame) {
  const auto query = read_group_query(frame);
  if (!query || interface.value >= rows_.size()) return;
  Row& row = rows_[interface.value];
  Row::Answer& answer = row.answers[query->v6 ? 1 : 0];
  for (const IpAddr& group : row.groups)
    if (group.is_v6() == query->v6 && (!query->group || *query->group == group)) answer.groups.insert(group);
  if (answer.groups.empty()) return;
  answer.old = query->old;
  answer.at = std::min(answer.at, answer_at(now, row.link, query->response_time));
}

void GroupMemberships::on_deadline(Instant now) {
  for (Row& row : rows_) {
    if (now >= row.report_at) {
      tell(row, row.changes);
      row.report_at = --row.left > 0 ? now + between_reports : never;
      if (row.left == 0) row.changes.clear();
    }
    for (Row::Answer& answer : row.answers) {
      if (now < answer.at) continue;
      std::map<IpAddr, GroupChange::Kind> members;
      for (const IpAddr& group : answer.groups) members[group] = GroupChange::Kind::is_member;
      if (!answer.old) tell(row, members);
      for (const IpAddr& group : answer.groups)
        if (answer.old)
          if (const auto frame = make_old_group_report(row.link, group)) send_(row.link.port, *frame);
      answer = {};
    }
  }
}

void GroupMemberships::tell(const Row& row, const std::map<IpAddr, GroupChange::Kind>& changes) {
  std::vector<GroupChange> families[2];
  const auto flush = [&](std::vector<GroupChange>& records) {
    if (records.empty()) return;
    if (const auto frame = make_group_report(row.link, records)) send_(row.link.port, *frame);
    records.clear();
  };
  for (const auto& [group, kind] : changes) {
    std::vector<GroupChange>& records = families[group.is_v6() ? 1 : 0];
    records.push_back({group, kind});
    if (records.size() == records_max) flush(records);
  }
  for (std::vector<GroupChange>& records : families) flush(records);
}

Instant GroupMemberships::deadline() const {
  Instant next = never;
  for (const Row& row : rows_) next = std::min({next, row.report_at, row.answers[0].at, row.answers[1].at});
  return next;
}

}  // namespace poise::control
