#include "tests/config/import/haproxy/imported.hpp"

namespace poise::config::importing::haproxy {
namespace {

TEST(HaproxyResponses, actions_become_rules_those_after_all_others_last) {
  const std::string rules = "/frontends/web/response_rules";
  for (const PartRow& row :
       {PartRow{frontend_with("http-response set-status 404 reason \"not here\""), rules,
                R"([{"set_status":{"status":404,"reason":"not here"}}])"},
        PartRow{frontend_with("http-response deny deny_status 500 if { status 403 }"), rules,
                R"([{"deny":{"status":500},"match":{"statuses":["403"]}}])"},
        PartRow{frontend_with("http-after-response set-header A 1\nhttp-response del-header B"), rules,
                R"([{"del_header":{"name":"B"}},{"set_header":{"name":"A","value":"1"}}])"},
        PartRow{frontend_with("http-response cache-store x\nhttp-response set-log-level err"), rules, ""},
        PartRow{backend_with("http-response add-header A 1"), "/backends/pool/response_rules",
                R"([{"add_header":{"name":"A","value":"1"}}])"}})
    expect_part(row);
}

TEST(HaproxyResponses, wrong_lines_are_refused) {
  for (const RefusedRow& row :
       {RefusedRow{frontend_with("http-response redirect location /"), "no action \"redirect\" on responses"},
        RefusedRow{frontend_with("http-response set-status x"), "is no whole number"},
        RefusedRow{frontend_with("http-response set-status 404 x"), "it is no status"},
        RefusedRow{frontend_with("http-response deny if { path /a }"), "can't ask for it"}})
    expect_refused(row);
}

}  // namespace
}  // namespace poise::config::importing::haproxy
