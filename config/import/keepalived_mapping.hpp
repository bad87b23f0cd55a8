#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/import/keepalived_import.hpp"
#include "config/import/keepalived_tree.hpp"
#include "config/import/places.hpp"
#include "config/import/texts.hpp"

// What the parts of the keepalived importer share: the document that grows, where each part of it came from, and how
// values are read. Each map_ function takes the statements of one kind.
namespace poise::config::importing {

using Tree = std::vector<Statement>;

// Announcements after a take-over, as keepalived says them; unset: not said.
struct Announcing {
  std::optional<std::uint64_t> delay_ms, repeat, refresh_ms, interval_ms;
  bool once = false;
};

// What global_defs says about every instance.
struct InstanceDefaults {
  std::uint8_t version = 2;
  Announcing announcing;
  std::optional<std::uint64_t> down_timer_adverts, start_delay_ms;
  bool skip_address_check = false, strict = false, mail = false;
  bool mail_works = false;  // there is a server and a receiver
};

// KernelLink - an interface as the source names it.
struct KernelLink {
  Place place;  // where it was named first
  std::string path;
  bool needs_v4 = false;  // an instance of IPv4 has no other source address
  Place needed_at;
};

struct Mapping {
  Mapping(const ImportOptions& the_options, Report& the_report) : options(the_options), report(the_report) {}

  const ImportOptions& options;
  Report& report;
  nlohmann::json document = nlohmann::json::object();
  Places places;
  std::unordered_set<const Statement*> noted;
  InstanceDefaults defaults;
  std::map<std::string, KernelLink> links;                 // by the kernel's name
  std::map<std::string, std::string> instance_names;       // keepalived's -> ours
  std::map<std::string, const Statement*> scripts, files;  // by keepalived's name
  std::set<std::string> weightless;                        // instances in a group: their trackers have no weights
  bool told_of_user = false;                               // as whom programs run
  std::set<IpAddr> virtual_addresses;                      // of instances that do not own them

  void note(const Statement& statement, Note::Kind kind, const std::string& text);
  void taken(const Statement& statement, const std::string& text) { note(statement, Note::Kind::taken, text); }
  void changed(const Statement& statement, const std::string& text) { note(statement, Note::Kind::changed, text); }
  void ignored(const Statement& statement, const std::string& text) { note(statement, Note::Kind::ignored, text); }
  void refuse(const Statement& statement, const std::string& problem, const std::string& fix);
  void leave_out(const Statement& statement, const std::string& problem, const std::string& fix);
  // Notes for everything below that nobody spoke of, by the table of keywords.
  void note_rest(const Tree& tree);
  void note_rest(const Tree& tree, const std::string& why);
};

// Target - an object of the document that statements fill.
struct Target {
  Mapping& mapping;
  nlohmann::json& object;
  std::string path;

  // Sets a field; says so, or says the text.
  void take(const Statement& from, const std::string& field, nlohmann::json value, const std::string& text = "");
  void set(Place from, const std::string& field, nlohmann::json value);
  void add(Place from, const std::string& field, nlohmann::json value);  // to a list
  Target child(Place from, const std::string& field);
};
// document[first][second]...[name], made when it is not there.
Target target_at(Mapping& mapping, Place from, const std::vector<std::string>& names);

std::string first_argument(const Statement& statement);

// Values of a statement's first argument; what cannot be read is refused.
std::optional<std::int64_t> whole_number(Mapping& mapping, const Statement& statement);
std::optional<std::int64_t> whole_number(Mapping& mapping, const Statement& statement, const std::string& text);
std::optional<std::uint64_t> milliseconds(Mapping& mapping, const Statement& statement);  // of seconds with a fraction
std::optional<IpAddr> address_of(Mapping& mapping, const Statement& statement, const std::string& text);
bool switched_on(Mapping& mapping, const Statement& statement);  // nothing is yes

// Words of a command: blanks separate, quotes keep together.
std::vector<std::string> command_words(std::string_view text);
// The command with its program by absolute path, or nothing and it was refused.
std::optional<std::vector<std::string>> command_of(Mapping& mapping, const Statement& statement,
                                                   std::vector<std::string> words);

void map_globals(Mapping& mapping, const Statement& statement);                      // keepalived_globals.cpp
std::string map_link(Mapping& mapping, Place from, const std::string& kernel_name);  // keepalived_interfaces.cpp
void finish_links(Mapping& mapping);
void map_script(Mapping& mapping, const Statement& statement);  // keepalived_watching.cpp
void map_file(Mapping& mapping, const Statement& statement);
void map_trackers(Target& target, const Statement& statement, bool weightless);
bool map_notify(Target& target, const Statement& statement);      // false: it is none of notify*, smtp_alert
void map_instance(Mapping& mapping, const Statement& statement);  // keepalived_instances.cpp
void map_group(Mapping& mapping, const Statement& statement);     // keepalived_groups.cpp
void map_addresses(Target& target, const Statement& statement, const std::string& kernel_interface);
void map_virtual_server(Mapping& mapping, const Statement& statement, const Tree& document);  // keepalived_servers.cpp

struct CheckedServer {
  Target target;  // in the pool
  const Statement& source;
};
void map_checkers(Target& pool, const Statement& service,
                  const std::vector<CheckedServer>& servers);  // keepalived_checkers.cpp

}  // namespace poise::config::importing
