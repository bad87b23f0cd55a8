#include "config/rule_files.hpp"

#include "config/path.hpp"

namespace poise::config {
namespace {

using Kind = RuleFile::Kind;

// Collector - walks over rules, and notes the files that they name.
class Collector {
 public:
  void collect(const Frontend& frontend, const std::string& path) {
    rules(frontend.connection_rules, path + ".connection_rules", [](const auto&, const std::string&) {});
    common(frontend, path);
    rules(frontend.backend_rules, path + ".backend_rules", [&](const BackendRule& rule, const std::string& place) {
      if (rule.map) files.push_back({Kind::backends, rule.map->file, place + ".map.file", &frontend});
    });
  }
  void collect(const Backend& backend, const std::string& path) { common(backend, path); }

  std::vector<RuleFile> files;

 private:
  void add(Kind kind, const std::optional<std::string>& file, const std::string& place) {
    if (file) files.push_back({kind, *file, place});
  }
  void text(const TextMatch& match, const std::string& path) {
    add(match.file_as == TextComparison::regex ? Kind::expressions : Kind::values, match.file, path + ".file");
  }
  void group(const MatchGroup& group, const std::string& path) {
    for (const auto& [match, name] :
         {std::pair(&group.path, ".path"), std::pair(&group.query, ".query"), std::pair(&group.url, ".url"),
          std::pair(&group.host, ".host"), std::pair(&group.sni, ".sni")})
      if (*match) text(**match, path + name);
    for (const auto& [list, name] :
         {std::pair(&group.headers, ".headers"), std::pair(&group.parameters, ".parameters"),
          std::pair(&group.cookies, ".cookies"), std::pair(&group.response_headers, ".response_headers")})
      for (std::size_t i = 0; i < list->size(); ++i) text((*list)[i].text, child(path + name, i));
    add(Kind::prefixes, group.source_file, path + ".source_file");
  }
  template <class Rule, class Each>
  void rules(const std::vector<Rule>& list, const std::string& path, Each&& each) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string place = child(path, i);
      each(list[i], place);
      if (!list[i].match) continue;
      group(list[i].match->all, place + ".match");
      for (const auto& [groups, name] :
           {std::pair(&list[i].match->any, ".match.any"), std::pair(&list[i].match->none, ".match.not")})
        for (std::size_t j = 0; j < groups->size(); ++j) group((*groups)[j], child(place + name, j));
    }
  }
  template <class Owner>
  void common(const Owner& owner, const std::string& path) {
    rules(owner.request_rules, path + ".request_rules", [&](const RequestRule& rule, const std::string& place) {
      if (rule.deny) add(Kind::page, rule.deny->file, place + ".deny.file");
      if (rule.answer) add(Kind::page, rule.answer->file, place + ".return.file");
    });
    rules(owner.response_rules, path + ".response_rules", [&](const ResponseRule& rule, const std::string& place) {
      if (rule.deny) add(Kind::page, rule.deny->file, place + ".deny.file");
    });
    for (std::size_t i = 0; i < owner.error_pages.size(); ++i)
      add(Kind::page, owner.error_pages[i].file, child(path + ".error_pages", i) + ".file");
  }
};

}  // namespace

std::vector<RuleFile> rule_files_of(const Config& config) {
  Collector collector;
  for (const auto& [name, frontend] : config.frontends) collector.collect(frontend, child("frontends", name));
  for (const auto& [name, backend] : config.backends) collector.collect(backend, child("backends", name));
  return std::move(collector.files);
}

}  // namespace poise::config
