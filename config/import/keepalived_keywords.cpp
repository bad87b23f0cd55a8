#include "config/import/keepalived_keywords.hpp"

#include <algorithm>
#include <tuple>

namespace poise::config::importing {
namespace {

const std::vector<Keyword>& all_keywords() {  // in order of place and name
  static const std::vector<Keyword> all = [] {
    std::vector<Keyword> rows;
    for (const auto& some : {rows_of_vrrp(), rows_of_servers()}) rows.insert(rows.end(), some.begin(), some.end());
    std::ranges::sort(rows, {}, [](const Keyword& row) { return std::tuple(row.where, row.name); });
    return rows;
  }();
  return all;
}

struct ContextName {
  Context context;
  std::string_view name;
};
constexpr ContextName context_names[] = {{Context::root, "outside of all blocks"},
                                         {Context::globals, "in global_defs"},
                                         {Context::instance, "in vrrp_instance"},
                                         {Context::authentication, "in authentication"},
                                         {Context::hmac, "in auth_hmac"},
                                         {Context::sync_group, "in vrrp_sync_group"},
                                         {Context::script, "in vrrp_script"},
                                         {Context::track_file, "in track_file"},
                                         {Context::track_process, "in track_process"},
                                         {Context::bfd, "in bfd_instance"},
                                         {Context::garp_group, "in garp_group"},
                                         {Context::track_group, "in track_group"},
                                         {Context::virtual_server, "in virtual_server"},
                                         {Context::real_server, "in real_server"},
                                         {Context::checker, "in a health check"},
                                         {Context::url, "in url"},
                                         {Context::ssl, "in SSL"}};

}  // namespace

const Keyword* find_keyword(Context context, std::string_view name) {
  const auto& all = all_keywords();
  const auto wanted = std::tuple(context, name);
  const auto found =
      std::ranges::lower_bound(all, wanted, {}, [](const Keyword& row) { return std::tuple(row.where, row.name); });
  return found != all.end() && found->where == context && found->name == name ? &*found : nullptr;
}

std::vector<std::string_view> keywords_of(Context context) {
  std::vector<std::string_view> names;
  for (const Keyword& row : all_keywords())
    if (row.where == context) names.push_back(row.name);
  return names;
}

std::string_view where_known(std::string_view keyword) {
  for (const Keyword& row : all_keywords())
    if (row.name == keyword && !is_list(row.where)) return name_of(row.where);
  return "";
}

std::string_view name_of(Context context) {
  for (const ContextName& each : context_names)
    if (each.context == context) return each.name;
  return "here";
}

bool is_list(Context context) {
  return context == Context::names || context == Context::addresses || context == Context::peers ||
         context == Context::tracked || context == Context::lines || context == Context::server_group;
}

bool takes_number(Context context) { return context == Context::server_group; }
bool takes_line(Context context) { return context == Context::lines; }

}  // namespace poise::config::importing
