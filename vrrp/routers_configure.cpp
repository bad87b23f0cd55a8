#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "vrrp/routers.hpp"

namespace poise::vrrp {
namespace {

bool same_identity(const RouterSettings& left, const RouterSettings& right) {
  return left.interface == right.interface && left.vrid == right.vrid &&
         left.machine.version == right.machine.version && left.machine.address == right.machine.address;
}

}  // namespace

void Routers::rebuild() {
  by_key_.clear();
  groups_.clear();
  deadlines_.resize(rows_.size());
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    const RouterSettings& settings = rows_[row].settings;
    deadlines_.set(row, rows_[row].instance.deadline());
    if (rows_[row].gone && !by_key_.contains(key_of(settings))) by_key_[key_of(settings)] = row;
    if (rows_[row].gone) continue;
    by_key_[key_of(settings)] = row;
    if (!settings.group.empty()) groups_[settings.group].push_back(row);
  }
}

std::size_t Routers::add(const RouterSettings& settings, std::vector<std::size_t>& free) {
  Row row{settings, Instance(settings.machine), {}, settings.checksum_form, false, false, 0};
  if (free.empty()) {
    rows_.push_back(std::move(row));
    return rows_.size() - 1;
  }
  const std::size_t router = free.back();
  free.pop_back();
  rows_[router] = std::move(row);
  return router;
}

// What stays goes on, what is gone begins to leave.
void Routers::update(Instant now, const std::vector<RouterSettings>& wanted, Outputs& outputs) {
  std::unordered_map<std::string_view, const RouterSettings*> by_name;
  for (const RouterSettings& settings : wanted) by_name.emplace(settings.name, &settings);
  for (std::size_t router = 0; router < rows_.size(); ++router) {
    Row& row = rows_[router];
    if (row.gone) continue;
    const auto named = by_name.find(row.settings.name);
    const RouterSettings* found = named == by_name.end() ? nullptr : named->second;
    if (found == nullptr || !same_identity(*found, row.settings)) {
      row.gone = true;
      take(router, row.instance.stop(now), outputs);
      continue;
    }
    if (row.settings == *found) continue;
    const bool other_addresses = row.settings.addresses != found->addresses;
    if (row.settings.checksum_form != found->checksum_form) row.checksum_form = found->checksum_form;
    row.settings = *found;
    take(router, row.instance.change(now, found->machine, other_addresses), outputs);
  }
}

Routers::Outputs Routers::configure(Instant now, const std::vector<RouterSettings>& wanted) {
  Outputs outputs;
  std::vector<std::size_t> free, fresh;
  for (std::size_t row = 0; row < rows_.size(); ++row)
    if (rows_[row].gone && rows_[row].instance.state() == State::init) free.push_back(row);
  update(now, wanted, outputs);
  std::unordered_set<std::string> known;
  for (const Row& row : rows_)
    if (!row.gone) known.insert(row.settings.name);
  for (const RouterSettings& settings : wanted)
    if (!known.contains(settings.name)) fresh.push_back(add(settings, free));
  rebuild();
  for (const std::size_t router : fresh) take(router, rows_[router].instance.start(now), outputs);
  return outputs;
}

Routers::Outputs Routers::stop(Instant now) {
  Outputs outputs;
  for (std::size_t router = 0; router < rows_.size(); ++router) take(router, rows_[router].instance.stop(now), outputs);
  return outputs;
}

bool Routers::is_stopped() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.instance.state() == State::init; });
}

}  // namespace poise::vrrp
