#include "config/edit.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/read.hpp"
#include "config/spelling.hpp"
#include "config/text.hpp"
#include "config/type.hpp"
#include "config/write.hpp"

namespace poise::config {
namespace {

using nlohmann::json;
using Parts = std::vector<std::string>;

enum class Purpose { look, change };
enum class Put { replace, insert, must_exist };  // insert: a list's entries move up; must_exist: no new entry of a map

// Cursor - a value of the document and the type that the tables say it has.
struct Cursor {
  json* value;
  const Type* type;
  std::string path;  // for errors
};

std::vector<std::string_view> field_names(const Type& type) {
  std::vector<std::string_view> names;
  for (const Field& field : type.fields) names.push_back(field.name);
  return names;
}

tl::unexpected<Error> no_entry(const Cursor& at, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& [each, value] : at.value->get_ref<const json::object_t&>()) names.push_back(each);
  return fail(child(at.path, name), "there is no such entry", did_you_mean(name, names));
}

tl::unexpected<Error> nothing_below(const Cursor& at) {
  return fail(at.path, "there is nothing below " + quote(*at.value), "end the path here");
}

Result<std::size_t> list_index(const Cursor& at, const std::string& part, std::size_t limit) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  const bool is_number =
      error == std::errc{} && end == part.data() + part.size() && (part.size() == 1 || part[0] != '0');
  if (!is_number) return fail(at.path, quote(part) + " is no index of a list", "use 0 for the first entry");
  if (index < limit) return index;
  return fail(at.path, "the list has " + std::to_string(at.value->size()) + " entries, so none at " + part,
              "indexes count from 0");
}

// A field that the document leaves out: its default.
Result<Cursor> make_default(Cursor at, const Field& field, Purpose purpose) {
  const std::string path = child(at.path, field.name);
  if (field.rule.required) return fail(path, "the field is missing", "set it first");
  json value = write(field, at.type->default_value(), {.brief = true});
  if (value.is_null() && purpose == Purpose::change && field.type->inner().kind == Kind::object) value = json::object();
  if (value.is_null()) return fail(path, "the field is not set", "");
  json& placed = (*at.value)[std::string(field.name)] = std::move(value);
  return Cursor{&placed, &field.type->inner(), path};
}

Result<Cursor> enter_field(Cursor at, const std::string& part, Purpose purpose) {
  if (!at.value->is_object()) return nothing_below(at);
  const Field* field = find_field(*at.type, part);
  if (!field) return fail(child(at.path, part), "there is no such field", did_you_mean(part, field_names(*at.type)));
  const auto found = at.value->find(part);
  if (found == at.value->end() || found->is_null()) return make_default(std::move(at), *field, purpose);
  return Cursor{&*found, &field->type->inner(), child(at.path, part)};
}

Result<Cursor> enter(Cursor at, const std::string& part, Purpose purpose) {
  if (at.type->kind == Kind::object) return enter_field(std::move(at), part, purpose);
  if (at.type->kind == Kind::named) {
    if (!at.value->is_object()) return nothing_below(at);
    const auto found = at.value->find(part);
    if (found == at.value->end()) return no_entry(at, part);
    return Cursor{&*found, at.type->element, child(at.path, part)};
  }
  if (at.type->kind != Kind::list || !at.value->is_array()) return nothing_below(at);
  const auto index = list_index(at, part, at.value->size());
  if (!index) return tl::unexpected<Error>(index.error());
  return Cursor{&(*at.value)[*index], at.type->element, child(at.path, *index)};
}

Result<Cursor> walk(json& document, std::span<const std::string> parts, Purpose purpose) {
  Cursor at{&document, &document_type(), ""};
  for (const std::string& part : parts) {
    auto next = enter(std::move(at), part, purpose);
    if (!next) return next;
    at = std::move(*next);
  }
  return at;
}

std::span<const std::string> without_last(const Parts& parts) { return std::span(parts).first(parts.size() - 1); }

Result<void> put_in_list(const Cursor& at, const std::string& part, json value, Put how) {
  if (!at.value->is_array()) return nothing_below(at);
  if (part == "-" && how != Put::must_exist) {
    at.value->push_back(std::move(value));
    return {};
  }
  const auto index = list_index(at, part, at.value->size() + (how == Put::insert ? 1 : 0));
  if (!index) return tl::unexpected<Error>(index.error());
  if (how == Put::insert)
    at.value->insert(at.value->begin() + std::ptrdiff_t(*index), std::move(value));
  else
    (*at.value)[*index] = std::move(value);
  return {};
}

Result<void> put(json& document, const Parts& parts, json value, Put how) {
  if (parts.empty()) {
    document = std::move(value);
    return {};
  }
  const auto at = walk(document, without_last(parts), Purpose::change);
  if (!at) return tl::unexpected<Error>(at.error());
  if (at->type->kind == Kind::list) return put_in_list(*at, parts.back(), std::move(value), how);
  const bool holds_members = at->type->kind == Kind::object || at->type->kind == Kind::named;
  if (!holds_members || !at->value->is_object()) return nothing_below(*at);
  if (at->type->kind == Kind::object && !find_field(*at->type, parts.back()))
    return fail(child(at->path, parts.back()), "there is no such field",
                did_you_mean(parts.back(), field_names(*at->type)));
  if (at->type->kind == Kind::named && how == Put::must_exist && !at->value->contains(parts.back()))
    return no_entry(*at, parts.back());
  (*at->value)[parts.back()] = std::move(value);
  return {};
}

Result<void> take_out(json& document, const Parts& parts) {
  if (parts.empty()) return fail("", "the whole document cannot be removed", "replace it with {}");
  // Looking first gives the errors for what is not there.
  if (const auto found = walk(document, parts, Purpose::look); !found) return tl::unexpected<Error>(found.error());
  const auto at = walk(document, without_last(parts), Purpose::look);
  if (at->value->is_array())
    at->value->erase(*list_index(*at, parts.back(), at->value->size()));
  else
    at->value->erase(parts.back());
  return {};
}

// Operations of a JSON Patch
// ---------------------------------------------------------------------------------------------------------

// RFC 6901. The parts come after those of `base`.
Result<Parts> pointer_parts(const json& operation, const char* member, const Parts& base) {
  const auto found = operation.find(member);
  if (found == operation.end() || !found->is_string())
    return fail("", "it has no " + quote(member), "add it: a JSON pointer like \"/services/web/pool\"");
  std::string_view pointer = found->get_ref<const std::string&>();
  Parts parts = base;
  if (!pointer.empty() && pointer.front() != '/')
    return fail("", quote(*found) + " is no JSON pointer", "begin it with /");
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string& part = parts.emplace_back();
    for (std::size_t i = 0; i < end; ++i) {
      const bool escapes = pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
      part += escapes ? (pointer[++i] == '0' ? '~' : '/') : pointer[i];
    }
    pointer.remove_prefix(end);
  }
  return parts;
}

Result<void> test(json& document, const Parts& parts, const json& expected) {
  const auto at = walk(document, parts, Purpose::look);
  if (!at) return tl::unexpected<Error>(at.error());
  if (*at->value == expected) return {};
  return fail(at->path, "the test failed: the value is " + quote(*at->value) + ", not " + quote(expected),
              "read the document again");
}

Result<void> copy_or_move(json& document, const Parts& from, const Parts& to, bool is_move) {
  const bool into_itself = is_move && from.size() < to.size() && std::equal(from.begin(), from.end(), to.begin());
  if (into_itself) return fail("", "a value cannot be moved into itself", "choose another \"path\"");
  const auto at = walk(document, from, Purpose::look);
  if (!at) return tl::unexpected<Error>(at.error());
  json value = *at->value;
  if (is_move && from == to) return {};
  if (is_move)
    if (auto removed = take_out(document, from); !removed) return removed;
  return put(document, to, std::move(value), Put::insert);
}

Result<void> apply(json& document, const json& operation, const Parts& base) {
  static constexpr std::string_view names[] = {"add", "remove", "replace", "move", "copy", "test"};
  if (!operation.is_object() || !operation.contains("op") || !operation["op"].is_string())
    return fail("", "it has no \"op\"", "use one of add, remove, replace, move, copy, test");
  const auto& name = operation["op"].get_ref<const std::string&>();
  if (std::ranges::find(names, name) == std::end(names))
    return fail("", quote(name) + " is no operation", did_you_mean(name, names));
  const auto path = pointer_parts(operation, "path", base);
  if (!path) return tl::unexpected<Error>(path.error());
  if (name == "remove") return take_out(document, *path);
  if (name == "move" || name == "copy") {
    const auto from = pointer_parts(operation, "from", base);
    if (!from) return tl::unexpected<Error>(from.error());
    return copy_or_move(document, *from, *path, name == "move");
  }
  if (!operation.contains("value")) return fail("", "it has no \"value\"", "add it");
  const json& value = operation["value"];
  if (name == "test") return test(document, *path, value);
  return put(document, *path, value, name == "add" ? Put::insert : Put::must_exist);
}

Result<Parts> parts_of(std::string_view path) {
  // With a slash in front a path of one part is understood as a path with slashes, dots and all.
  return segments(path.starts_with('/') ? std::string(path) : "/" + std::string(path));
}

}  // namespace

Results<json> read_body(std::string_view body) { return read_text(body, "", Comments::refused); }

Result<json> get_at(const json& document, std::string_view path) {
  const auto parts = parts_of(path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  json copy = document;
  const auto at = walk(copy, *parts, Purpose::look);
  if (!at) return tl::unexpected<Error>(at.error());
  return std::move(*at->value);
}

Result<json> replace_at(json document, std::string_view path, json value) {
  const auto parts = parts_of(path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  if (const auto done = put(document, *parts, std::move(value), Put::replace); !done)
    return tl::unexpected<Error>(done.error());
  return document;
}

Result<json> remove_at(json document, std::string_view path) {
  const auto parts = parts_of(path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  if (const auto done = take_out(document, *parts); !done) return tl::unexpected<Error>(done.error());
  return document;
}

Result<json> merge_patch(json document, std::string_view path, const json& patch) {
  const auto parts = parts_of(path);
  if (!parts) return tl::unexpected<Error>(parts.error());
  const auto at = walk(document, *parts, Purpose::change);
  if (!at) return tl::unexpected<Error>(at.error());
  at->value->merge_patch(patch);
  return document;
}

Result<json> json_patch(json document, std::string_view path, const json& operations) {
  const auto base = parts_of(path);
  if (!base) return tl::unexpected<Error>(base.error());
  if (!operations.is_array())
    return fail("", quote(operations) + " is not a list of operations", "write [{\"op\": ..., \"path\": ...}]");
  for (std::size_t index = 0; index < operations.size(); ++index) {
    auto done = apply(document, operations[index], *base);
    if (done) continue;
    Error error = std::move(done.error());
    error.problem = "operation " + std::to_string(index) + " of the patch: " + error.problem;
    return tl::unexpected<Error>(std::move(error));
  }
  return document;
}

}  // namespace poise::config
