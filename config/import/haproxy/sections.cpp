#include "config/import/haproxy/sections.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "config/spelling.hpp"

namespace poise::config::importing::haproxy {
namespace {

struct Known {
  std::string_view word;
  Section::Kind kind;
  const char* why_not = nullptr;
};

using enum Section::Kind;
constexpr std::array known_sections = {
    Known{"global", global},
    Known{"defaults", defaults},
    Known{"frontend", frontend},
    Known{"backend", backend},
    Known{"listen", listen},
    Known{"peers", other, "stick tables are not shared between nodes yet"},
    Known{"resolvers", other, "names of servers are looked up once, by the import"},
    Known{"mailers", other, "mails about servers: see `mail`"},
    Known{"userlist", other, "there is no user and password authentication of requests yet"},
    Known{"program", other, "poised starts no other programs; use systemd"},
    Known{"cache", other, "responses are not cached; put a cache such as Varnish behind the proxy"},
    Known{"ring", other, "lines go to log_servers at once; let the syslog server buffer them"},
    Known{"http-errors", other, "error pages are not imported from groups"},
    Known{"fcgi-app", other, "servers are spoken to in HTTP/1.1 only; put a web server before FastCGI applications"},
    Known{"log-forward", other, "syslog is not forwarded; use rsyslog"},
    Known{"log-profile", other, "see frontends.*.log.format"},
    Known{"crt-store", other, "TLS is not terminated yet"},
    Known{"acme", other, "TLS is not terminated yet"},
    Known{"traces", other, "see poise trace"},
    Known{"healthcheck", other, "write the checks into the backend"},
};

const Known* find(std::string_view word) {
  const auto found = std::find_if(known_sections.begin(), known_sections.end(),
                                  [&](const Known& known) { return known.word == word; });
  return found == known_sections.end() ? nullptr : &*found;
}

bool is_allowed_in_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".:_-").find(c) != std::string_view::npos;
}

// Builder - makes sections, line by line.
class Builder {
 public:
  explicit Builder(Report& report) : report_(report) {}

  void take(Line line) {
    if (begins_section(line.words[0])) return open(std::move(line));
    if (sections_.empty()) return refuse_outside(line);
    sections_.back().lines.push_back(std::move(line));
  }
  std::vector<Section> finish() { return std::move(sections_); }

 private:
  void refuse(const Line& line, const std::string& problem, const std::string& fix) {
    report_.refuse(line.place, line.words[0], {"", problem, fix});
  }

  void refuse_outside(const Line& line) {
    std::vector<std::string_view> names;
    for (const Known& known : known_sections) names.push_back(known.word);
    refuse(line, "\"" + line.words[0] + "\" stands before any section",
           did_you_mean(line.words[0], names, "write global, defaults, frontend, backend or listen before it"));
  }

  void open(Line head) {
    Section section{.kind = find(head.words[0])->kind, .name = head.word(1), .head = std::move(head)};
    if (section.kind == defaults || section.is_proxy()) find_defaults(section);
    if (section.is_proxy()) check_name(section);
    if (section.kind == defaults) current_defaults_ = sections_.size();
    sections_.push_back(std::move(section));
  }

  void find_defaults(Section& section) {
    const std::vector<std::string>& words = section.head.words;
    const bool is_defaults = section.kind == defaults;
    if (is_defaults && section.name == "from") section.name.clear();
    const std::size_t at = is_defaults && section.name.empty() ? 1 : 2;
    if (words.size() <= at) {
      if (!is_defaults) section.defaults = current_defaults_;
      return;
    }
    if (words[at] != "from" || words.size() != at + 2)
      return refuse(section.head, "\"" + words[at] + "\" is not expected here",
                    section.is_proxy() ? "write addresses with bind, and \"from NAME\" for defaults"
                                       : "write defaults NAME, or defaults NAME from OTHER");
    section.defaults = defaults_named(section.head, words[at + 1]);
  }

  std::size_t defaults_named(const Line& head, const std::string& name) {
    std::size_t found = SIZE_MAX;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < sections_.size(); ++i) {
      if (sections_[i].kind != defaults || sections_[i].name.empty()) continue;
      names.push_back(sections_[i].name);
      if (sections_[i].name != name) continue;
      if (found != SIZE_MAX) refuse(head, "there are two defaults \"" + name + "\"", "give one another name");
      found = i;
    }
    if (found == SIZE_MAX)
      refuse(head, "there is no defaults \"" + name + "\" before it", did_you_mean(name, names, "add it"));
    return found;
  }

  void check_name(const Section& section) {
    if (section.name.empty()) return refuse(section.head, "it has no name", "write " + section.head.words[0] + " NAME");
    if (!std::all_of(section.name.begin(), section.name.end(), is_allowed_in_names))
      refuse(section.head, "\"" + section.name + "\" has a character that names may not have",
             "use letters, digits, \"-\", \"_\", \".\" and \":\"");
    for (const Section& other : sections_) {
      const bool is_pair =
          (other.kind == frontend && section.kind == backend) || (other.kind == backend && section.kind == frontend);
      if (other.is_proxy() && !is_pair && other.name == section.name)
        return refuse(section.head, "line " + std::to_string(other.head.place.line) + " has one of that name already",
                      "give it another name");
    }
  }

  Report& report_;
  std::vector<Section> sections_;
  std::size_t current_defaults_ = SIZE_MAX;
};

}  // namespace

bool begins_section(std::string_view word) { return find(word) != nullptr; }

const char* why_not_section(std::string_view kind) {
  const Known* known = find(kind);
  return known == nullptr ? nullptr : known->why_not;
}

std::vector<Section> read_sections(std::vector<Line> lines, Report& report) {
  Builder builder(report);
  for (Line& line : lines) builder.take(std::move(line));
  return builder.finish();
}

}  // namespace poise::config::importing::haproxy
