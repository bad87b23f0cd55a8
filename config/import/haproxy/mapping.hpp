#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "config/import/haproxy/import.hpp"
#include "config/import/haproxy/sections.hpp"
#include "config/import/haproxy/values.hpp"
#include "config/import/places.hpp"

// What the parts of the importer share: the document that grows, where each part of it came from, and notes.
namespace poise::config::importing::haproxy {

// The keyword of a line as notes show it: "timeout client", "no option redispatch".
std::string keyword_of(const Line& line);

struct Mapping {
  Mapping(const Options& the_options, Report& the_report) : options(the_options), report(the_report) {}

  const Options& options;
  Report& report;
  nlohmann::json document = nlohmann::json::object();
  Places places;
  Variables variables;                   // as they are at the end of the file
  std::vector<std::string> global_logs;  // names in log_servers
  std::string log_tag = "haproxy";
  std::map<std::string, std::string> frontend_names, backend_names;  // theirs -> ours
  std::map<std::string, std::string> server_names;                   // "backend/server", theirs -> ours
  std::set<Place> noted;

  // A line of defaults is gone through for every section that goes by them: the same note is given once.
  void note(const Line& line, Note::Kind kind, const std::string& text);
  void taken(const Line& line, const std::string& text) { note(line, Note::Kind::taken, text); }
  void changed(const Line& line, const std::string& text) { note(line, Note::Kind::changed, text); }
  void ignored(const Line& line, const std::string& text) { note(line, Note::Kind::ignored, text); }
  void refuse(const Line& line, const std::string& problem, const std::string& fix);
  void refuse(const Line& line, const Error& error) { refuse(line, error.problem, error.fix); }
  void leave_out(const Line& line, const std::string& problem, const std::string& fix);

  // The value of a Result, or nothing and it was refused.
  template <class T>
  std::optional<T> value(const Line& line, const Result<T>& result) {
    if (result) return *result;
    refuse(line, result.error());
    return std::nullopt;
  }
  std::optional<std::uint64_t> number(const Line& line, const std::string& text, std::uint64_t max = UINT32_MAX) {
    return value(line, read_number(text, 0, max));
  }
  // An address with its variables.
  std::optional<Address> address(const Line& line, const std::string& text);
  // The address itself, also of a name that is looked up; not of kind `other`.
  std::optional<IpAddr> host(const Line& line, const Address& address);

 private:
  bool is_new(const Line& line, const std::string& text) { return told_.insert({line.place, text}).second; }
  std::set<std::pair<Place, std::string>> told_;
};

// Part - an object of the document that lines fill. Notes show `shown` for its path: frontends.* for lines of defaults.
struct Part {
  Mapping& mapping;
  nlohmann::json& object;
  std::string path, shown;

  // Sets a field; says so, or says the text.
  void take(const Line& from, const std::string& field, nlohmann::json value, const std::string& text = "");
  void set(const Line& from, const std::string& field, nlohmann::json value);
  void add(const Line& from, const std::string& field, nlohmann::json value);  // to a list
  Part child(const Line& from, const std::string& field);
  std::string shown_of(const std::string& field) const;
};
// document[first][second]...; its notes show `shown` for the last name when that is not empty.
Part part_at(Mapping& mapping, const Line& from, const std::vector<std::string>& names, const std::string& shown = "");

}  // namespace poise::config::importing::haproxy
