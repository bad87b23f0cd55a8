#include <nlohmann/json.hpp>

#include "config/path.hpp"
#include "config/read.hpp"
#include "config/schema.hpp"
#include "config/write.hpp"

namespace poise::config {
namespace {

constexpr std::string_view introduction = R"(# The configuration

Generated from the field tables in `config/` by `poise-config-docs markdown`; a test compares the two.

One JSON document says everything. Files may have `//` and `/* */` comments. Unknown and repeated names are refused,
as is every value out of range; all errors are reported at once, with path and line. A field that is left out (or, where
the default is "unset", is `null`) has its default. Things that have names (interfaces, pools, services ...) are objects
with one entry per name: 1..63 letters, digits, `.`, `_` or `-`. Times are whole milliseconds. Changes are applied under
traffic, at a batch boundary, unless the field is marked *restart*: those are applied at the next start.
`poise help PATH` shows the same text for one field; `config/examples/` has whole documents.
)";

constexpr std::string_view rules = R"(
## Rules that span fields

- A service is found by address, protocol and port: an exact port wins over a range, a range over "any". Two services
  may not claim the same with the same exactness; those with `enabled` false claim nothing.
- A service on an interface's own address names its ports: it may not take all that is for the node.
- Modes nat and dr need servers of the service's family. In fullnat an IPv6 service may also have IPv4 servers (NAT64),
  never the other way round. In tunnel the families of inner and outer packet are free.
- Modes dr and tunnel cannot change the port: a server's `port` is unset or the service's. A service with several ports
  needs servers without `port`.
- Servers of mode dr are on a connected subnet.
- Protocol "any" has no ports and cannot be in mode fullnat, which tells replies apart by ports.
- `client_address` needs protocol tcp and mode nat or fullnat.
- A health check has only the settings of its kind, a port where its kind needs one, and a time-out within its interval.
  Its regular expressions are RE2's. A pool can reach its quorum, unless a server has weight 0.
- SNAT pools share no address. A pool may use the address of a service when their ports do not overlap.
- Names of interfaces and VLANs all differ; routes and SNAT rules name either. Subnets of different interfaces do not
  overlap.
- A gateway is of its route's family and on the subnet of an interface, unless `interface` is given.
- An interface with IPv6 addresses has an MTU of at least 1280; a VLAN's is at most its interface's.
- With polling "busy" the control core is not a worker's. `api.listen` needs at least one token.
)";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) result.append(c == '|' ? "\\|" : std::string(1, c));
  return result;
}

std::string default_text(const Field& field, const void* defaults) {
  if (field.rule.required) return "*required*";
  const Type& type = *field.type;
  if (type.kind == Kind::object) return "";
  if (type.kind == Kind::optional) return "unset";
  const std::string value = write(field, defaults, {}).dump();
  return value == "\"\"" ? "unset" : "`" + value + "`";
}

// "a list; each entry: an object" is said better by the section of that object.
std::string type_text(const Field& field) {
  const Type& type = field.type->inner();
  const bool has_section = type.kind == Kind::object || type.kind == Kind::named ||
                           (type.kind == Kind::list && type.element->kind == Kind::object);
  if (!has_section) return wanted(type, field.rule);
  if (type.kind == Kind::named) return "entries by name, see below";
  return type.kind == Kind::list ? "a list, see below" : "see below";
}

class Writer {
 public:
  void section(const Type& type, const std::string& path, int level);
  std::string take() { return std::move(text_); }

 private:
  void values(const Type& type, const std::string& path);
  void row(const Type& type, const Field& field);
  std::string text_;
  std::map<const Type*, std::string> written_;  // where the section of an object is
};

void Writer::row(const Type& type, const Field& field) {
  std::string help(field.help);
  if (field.rule.needs_restart) help += " *(restart)*";
  if (field.rule.entries_need_restart) help += " *(adding and removing: restart)*";
  text_ += "| `" + std::string(field.name) + "` | " + escaped(type_text(field)) + " | " +
           escaped(default_text(field, type.default_value())) + " | " + escaped(help) + " |\n";
}

void Writer::values(const Type& type, const std::string& path) {
  for (const Field& field : type.fields) {
    const Type& inner = field.type->inner();
    if (inner.kind != Kind::choice) continue;
    text_ += "\nValues of `" + child(path, field.name) + "`:\n\n";
    for (const Choice& choice : inner.choices)
      text_ += "- `" + std::string(choice.name) + "`: " + std::string(choice.help) + "\n";
  }
}

void Writer::section(const Type& type, const std::string& path, int level) {
  if (!path.empty()) text_ += "\n" + std::string(std::size_t(level), '#') + " `" + path + "`\n";
  const auto [first, is_new] = written_.emplace(&type, path);
  if (!is_new) {
    text_ += "\nThe same fields as `" + first->second + "`.\n";
    return;
  }
  text_ += "\n| field | value | default | meaning |\n|---|---|---|---|\n";
  for (const Field& field : type.fields) row(type, field);
  values(type, path);
  for (const Field& field : type.fields) {
    const Type& inner = field.type->inner();
    const bool has_entries = inner.kind == Kind::named || inner.kind == Kind::list;
    const Type& object = has_entries ? inner.element->inner() : inner;
    if (object.kind == Kind::object)
      section(object,
              child(path, field.name) + (inner.kind == Kind::list ? "[*]"
                                         : has_entries            ? ".*"
                                                                  : ""),
              std::min(level + 1, 4));
  }
}

}  // namespace

std::string markdown() {
  Writer writer;
  writer.section(document_type(), "", 1);
  return std::string(introduction) + writer.take() + std::string(rules);
}

}  // namespace poise::config
