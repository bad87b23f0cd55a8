#include "config/plan.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/write.hpp"

namespace poise::config {
namespace {

// What the rules above a place say about it.
struct Inherited {
  bool needs_restart = false;
  bool is_secret = false;
};

class Differ {
 public:
  void field(const Field& field, const void* before_owner, const void* after_owner, const std::string& path,
             Inherited inherited);
  std::vector<Change> take() { return std::move(changes_); }

 private:
  void value(const Field& field, const void* before, const void* after, const std::string& path, Inherited inherited);
  void optional(const Field& field, const void* before, const void* after, const std::string& path,
                Inherited inherited);
  void object(const Type& type, const void* before, const void* after, const std::string& path, Inherited inherited);
  void named(const Field& field, const void* before, const void* after, const std::string& path, Inherited inherited);
  void keyed_list(const Field& field, const void* before, const void* after, const std::string& path,
                  Inherited inherited);
  void list(const Field& field, const void* before, const void* after, const std::string& path, Inherited inherited);
  void entry(const Type& type, const void* before, const void* after, const std::string& path, Inherited inherited);

  static std::string text(const Type& type, const void* from, Inherited inherited) {
    if (inherited.is_secret) return "\"(secret)\"";
    return write(type, from, {.brief = true, .hide_secrets = true}).dump();
  }
  void add(const Type& type, const void* after, const std::string& path, Inherited inherited) {
    changes_.push_back({Change::Kind::add, path, "", text(type, after, inherited), inherited.needs_restart});
  }
  void remove(const Type& type, const void* before, const std::string& path, Inherited inherited) {
    changes_.push_back({Change::Kind::remove, path, text(type, before, inherited), "", inherited.needs_restart});
  }
  void update(const Type& type, const void* before, const void* after, const std::string& path, Inherited inherited) {
    changes_.push_back({Change::Kind::update, path, text(type, before, inherited), text(type, after, inherited),
                        inherited.needs_restart});
  }

  std::vector<Change> changes_;
};

void Differ::field(const Field& field, const void* before_owner, const void* after_owner, const std::string& path,
                   Inherited inherited) {
  inherited.needs_restart |= field.rule.needs_restart;
  inherited.is_secret |= field.rule.secret;
  value(field, field.get(before_owner), field.get(after_owner), child(path, field.name), inherited);
}

void Differ::value(const Field& field, const void* before, const void* after, const std::string& path,
                   Inherited inherited) {
  const Type& type = *field.type;
  if (type.equal(before, after)) return;
  switch (type.kind) {
    case Kind::optional:
      return optional(field, before, after, path, inherited);
    case Kind::object:
      return object(type, before, after, path, inherited);
    case Kind::named:
      return named(field, before, after, path, inherited);
    case Kind::list:
      return field.rule.key.empty() ? list(field, before, after, path, inherited)
                                    : keyed_list(field, before, after, path, inherited);
    default:
      update(type, before, after, path, inherited);
  }
}

void Differ::optional(const Field& field, const void* before, const void* after, const std::string& path,
                      Inherited inherited) {
  const Type& type = *field.type->element;
  const void *old_value = field.type->value(before), *new_value = field.type->value(after);
  if (!old_value) return add(type, new_value, path, inherited);
  if (!new_value) return remove(type, old_value, path, inherited);
  entry(type, old_value, new_value, path, inherited);
}

void Differ::entry(const Type& type, const void* before, const void* after, const std::string& path,
                   Inherited inherited) {
  if (type.equal(before, after)) return;
  if (type.kind == Kind::object) return object(type, before, after, path, inherited);
  update(type, before, after, path, inherited);
}

void Differ::object(const Type& type, const void* before, const void* after, const std::string& path,
                    Inherited inherited) {
  for (const Field& each : type.fields) field(each, before, after, path, inherited);
}

// Both sides are sorted by name: one walk finds what is on either or both.
void Differ::named(const Field& field, const void* before, const void* after, const std::string& path,
                   Inherited inherited) {
  const Type& type = *field.type->element;
  Inherited entries = inherited;
  entries.needs_restart |= field.rule.entries_need_restart;
  const auto old_entries = field.type->entries(before), new_entries = field.type->entries(after);
  auto old_entry = old_entries.begin();
  auto new_entry = new_entries.begin();
  while (old_entry != old_entries.end() || new_entry != new_entries.end()) {
    if (new_entry == new_entries.end() || (old_entry != old_entries.end() && old_entry->first < new_entry->first)) {
      remove(type, old_entry->second, child(path, old_entry->first), entries);
      ++old_entry;
    } else if (old_entry == old_entries.end() || new_entry->first < old_entry->first) {
      add(type, new_entry->second, child(path, new_entry->first), entries);
      ++new_entry;
    } else {
      entry(type, old_entry->second, new_entry->second, child(path, new_entry->first), inherited);
      ++old_entry;
      ++new_entry;
    }
  }
}

// A list whose entries have a field that names them: routes["10.0.0.0/8"].
void Differ::keyed_list(const Field& field, const void* before, const void* after, const std::string& path,
                        Inherited inherited) {
  const Type& type = *field.type->element;
  const Field* key = find_field(type, field.rule.key);
  const auto index = [&](const void* list) {
    std::multimap<std::string, const void*> entries;
    for (std::size_t i = 0; i < field.type->size(list); ++i) {
      const void* each = field.type->at(list, i);
      entries.emplace(write(*key, each, {}).get<std::string>(), each);
    }
    return entries;
  };
  const auto old_entries = index(before);
  auto new_entries = index(after);
  const std::size_t first_change = changes_.size();
  for (const auto& [name, old_entry] : old_entries) {
    const auto found = new_entries.find(name);
    if (found == new_entries.end()) {
      remove(type, old_entry, child(path, name), inherited);
    } else {
      entry(type, old_entry, found->second, child(path, name), inherited);
      new_entries.erase(found);
    }
  }
  for (const auto& [name, new_entry] : new_entries) add(type, new_entry, child(path, name), inherited);
  if (changes_.size() == first_change) update(*field.type, before, after, path, inherited);  // only the order differs
}

// A list of values: what came and went, by value; the whole list when what stayed is in another order.
void Differ::list(const Field& field, const void* before, const void* after, const std::string& path,
                  Inherited inherited) {
  const Type& type = *field.type->element;
  std::map<std::string, int> surplus;  // in `before`, less in `after`
  const auto texts = [&](const void* list) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < field.type->size(list); ++i)
      result.push_back(write(type, field.type->at(list, i), {}).dump());
    return result;
  };
  const std::vector<std::string> old_texts = texts(before), new_texts = texts(after);
  for (const std::string& each : old_texts) ++surplus[each];
  for (const std::string& each : new_texts) --surplus[each];
  std::vector<std::size_t> gone, come;
  std::vector<std::string> old_rest, new_rest;
  auto to_go = surplus;
  for (std::size_t i = 0; i < old_texts.size(); ++i)
    if (to_go[old_texts[i]]-- > 0)
      gone.push_back(i);
    else
      old_rest.push_back(old_texts[i]);
  auto to_come = surplus;
  for (std::size_t i = 0; i < new_texts.size(); ++i)
    if (to_come[new_texts[i]]++ < 0)
      come.push_back(i);
    else
      new_rest.push_back(new_texts[i]);
  if (old_rest != new_rest) return update(*field.type, before, after, path, inherited);
  for (const std::size_t i : gone) remove(type, field.type->at(before, i), child(path, i), inherited);
  for (const std::size_t i : come) add(type, field.type->at(after, i), child(path, i), inherited);
}

}  // namespace

std::vector<Change> plan(const Config& running, const Config& wanted) {
  Differ differ;
  for (const Field& field : document_type().fields) differ.field(field, &running, &wanted, "", {});
  return differ.take();
}

}  // namespace poise::config
