#include "config/rules_content.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/validate.hpp"

namespace poise::config {
namespace {

// A document with frontend "f" and backend "b", each with these members besides; what is wrong with it.
std::string faults(const std::string& frontend, const std::string& backend = "", const char* mode = "http") {
  nlohmann::json document = nlohmann::json::parse(R"({"frontends": {"f": {"binds": [{"port": 80}],
    "default_backend": "b", "transport": "kernel"}}, "backends": {"b": {"transport": "kernel"},
    "t": {"transport": "kernel", "mode": "tcp"}}})");
  document["frontends"]["f"]["mode"] = document["backends"]["b"]["mode"] = mode;
  document["frontends"]["f"].update(nlohmann::json::parse("{" + frontend + "}"));
  document["backends"]["b"].update(nlohmann::json::parse("{" + backend + "}"));
  const auto config = from_json(document);
  std::string all;
  for (const Error& error : config ? validate(*config) : config.error())
    all += error.path + ": " + error.problem + "\n";
  return all;
}

std::string request_faults(const std::string& rule) { return faults("\"request_rules\": [{" + rule + "}]"); }
std::string response_faults(const std::string& rule) { return faults("\"response_rules\": [{" + rule + "}]"); }

struct Row {
  const char *rule, *fault;
};

void expect_fault(const std::string& faults, const char* fault) {
  EXPECT_NE(faults.find(fault), std::string::npos) << fault << "\nbut: " << faults;
}

TEST(ContentRules, what_is_right_has_no_faults) {
  EXPECT_EQ(faults(R"(
    "connection_rules": [{"match": {"source": ["10.0.0.0/8"]}, "accept": true}, {"silent_drop": true}],
    "request_rules": [
      {"match": {"path": {"prefix": ["/a"], "regex": ["^/b$"]}, "headers": [{"name": "x", "present": false}],
                 "any": [{"methods": ["GET"]}, {"host": {"file": "/hosts"}}], "not": [{"source": ["::/0"]}]},
       "redirect": {"scheme": "https", "code": 301}},
      {"replace_path": {"regex": "^/(.*)$", "with": "/%[host]/\\1"}},
      {"set_header": {"name": "Host", "value": "a.example"}}, {"capture": {"value": "%[req.hdr(x)]"}},
      {"del_header": {"name": "^x-", "compare": "regex"}}, {"set_priority": {"class": -2047, "offset_ms": 524287}}],
    "response_rules": [{"match": {"statuses": ["404", "500-599"]}, "set_header": {"name": "x", "value": "%[status]"}}],
    "backend_rules": [{"map": {"key": "%[host]", "file": "/m", "compare": "suffix", "default": "b"}},
                      {"match": {"path": {"exact": ["/"]}}, "backend": "b"}],
    "error_pages": [{"status": 503, "file": "/e"}], "forwarded": {"for_port": true}, "original_to": {})",
                   R"("request_rules": [{"deny": {"status": 404}}], "error_pages": [{"status": 502, "body": "x"}])"),
            "");
  EXPECT_EQ(faults(R"("connection_rules": [{"match": {"sni": {"exact": ["a"]}}, "reject": true}],
                      "backend_rules": [{"match": {"sni": {"suffix": [".a"]}}, "backend": "b"}])",
                   "", "tcp"),
            "");
}

TEST(ContentRules, faults_of_conditions_are_named_where_they_are) {
  for (const Row& row : {
           Row{R"("path": {"regex": ["a", "("]})",
               "f.request_rules[0].match.path.regex[1]: \"(\" is no regular expression"},
           Row{R"("path": {})", "match.path: nothing would match"},
           Row{R"("path": {"exact": ["a"], "file_as": "prefix"})", "match.path.file_as: there is no file"},
           Row{R"("headers": [{"name": "a b"}])", "match.headers[0].name: \"a b\" is no name of a header"},
           Row{R"("cookies": [{"name": ""}])", "match.cookies[0].name: the name is empty"},
           Row{R"("cookies": [{"name": "a", "present": true, "exact": ["x"]}])", "match.cookies[0].present"},
           Row{R"("parameters": [{"name": "a", "min": 2, "max": 1}])", "2 is above max, 1"},
           Row{R"("methods": ["G T"])", "match.methods[0]: \"G T\" is no method"},
           Row{R"("sni": {"exact": ["a"]})", "match.sni: a rule on requests can't ask for it"},
           Row{R"("statuses": ["200"])", "match.statuses: a rule on requests can't ask for it"},
           Row{R"("not": [{}])", "match.not[0]: it has no condition"},
           Row{R"("any": [{"path": {"regex": ["["]}}])", "match.any[0].path.regex[0]"},
           Row{R"("any": [{"any": []}])", "match.any[0].any: there is no such field"},
       })
    expect_fault(request_faults(R"("deny": {}, "match": {)" + std::string(row.rule) + "}"), row.fault);
  expect_fault(response_faults(R"("deny": {}, "match": {"statuses": ["20"]})"), "neither a status code nor a range");
  expect_fault(response_faults(R"("deny": {}, "match": {"path": {"exact": ["/"]}})"),
               "match.path: a rule on responses");
}

TEST(ContentRules, faults_of_actions_are_named_where_they_are) {
  for (const Row& row : {
           Row{"", "f.request_rules[0]: it does nothing"},
           Row{R"("allow": true, "deny": {})", "f.request_rules[0]: it does more than one thing: allow, deny"},
           Row{R"("redirect": {})", "redirect: it leads nowhere"},
           Row{R"("redirect": {"scheme": "https", "prefix": "/"})", "redirect: it leads to more than one place"},
           Row{R"("redirect": {"prefix": "/", "code": 304})", "redirect.code: 304 is no code of a redirect"},
           Row{R"("redirect": {"prefix": "/", "append_slash": true})", "redirect.append_slash"},
           Row{R"("redirect": {"location": "/", "drop_query": true})", "redirect.drop_query"},
           Row{R"("redirect": {"prefix": "/", "ignore_empty": true})", "redirect.ignore_empty"},
           Row{R"("redirect": {"location": "%[hots]"})", "redirect.location: there is no placeholder \"hots\""},
           Row{R"("redirect": {"location": "%[status]"})", "a rule on requests has nothing to fill %[status] with"},
           Row{R"("deny": {"content_type": "a/b"})", "deny.content_type: there is no content"},
           Row{R"("deny": {"body": "a", "file": "/b"})", "deny.file: there is a body too"},
           Row{R"("return": {"status": 204, "body": "a"})", "return.status: an answer with status 204 has no content"},
           Row{R"("return": {"headers": [{"name": "Content-Length", "value": "5"}]})", "return.headers[0].name"},
           Row{R"("add_header": {"name": "host", "value": "a"})", "add_header.name: a request has one Host"},
           Row{R"("set_header": {"name": "Transfer-Encoding", "value": "a"})", "says how a message ends"},
           Row{R"("set_header": {"name": "a", "value": "%[src"})", "set_header.value: a placeholder has no end"},
           Row{R"("del_header": {"name": "Connection"})", "del_header.name"},
           Row{R"("del_header": {"name": "host"})", "del_header.name: a request has one Host"},
           Row{R"("del_header": {"name": "(", "compare": "regex"})", "del_header.name: \"(\" is no regular expression"},
           Row{R"~("replace_header": {"name": "a", "regex": "(a)", "with": "\\2"})~", "the expression has no group 2"},
           Row{R"("replace_path": {"regex": "a", "with": "\\"})", "replace_path.with: a backslash in it"},
           Row{R"("set_path": "a")", "set_path: \"a\" does not begin with \"/\""},
           Row{R"("set_query": "%[x]")", "set_query: there is no placeholder \"x\""},
           Row{R"("set_method": "HEAD")", "set_method: \"HEAD\" is no method that a request can get"},
           Row{R"("set_method": "G\u00e4T")", "is no method"},
           Row{R"("set_priority": {})", "set_priority: it changes nothing"},
           Row{R"("set_priority": {"class": 2048})", "set_priority.class"},
           Row{R"("capture": {"value": "%[res.hdr(a)]"})", "capture.value"},
       })
    expect_fault(request_faults(row.rule), row.fault);
}

TEST(ContentRules, faults_of_rules_on_responses_are_named_too) {
  for (const Row& row : {
           Row{R"("set_status": {"status": 204})", "set_status.status: a response with status 204 has no body"},
           Row{R"("set_header": {"name": "a", "value": "%[path]"})", "has nothing to fill %[path] with"},
           Row{R"("redirect": {})", "response_rules[0].redirect: there is no such field"},
           Row{R"("add_header": {"name": "Upgrade", "value": "a"})", "add_header.name"},
       })
    expect_fault(response_faults(row.rule), row.fault);
}

TEST(ContentRules, faults_around_the_rules_are_named) {
  struct Around {
    const char *frontend, *backend, *mode, *fault;
  };
  for (const Around& row : {
           Around{R"("backend_rules": [{"backend": "x"}])", "", "http",
                  "backend_rules[0].backend: no backend is named \"x\""},
           Around{R"("backend_rules": [{"backend": "t"}])", "", "http", "backend \"t\" is in mode \"tcp\""},
           Around{R"("backend_rules": [{}])", "", "http", "backend_rules[0]: it does nothing"},
           Around{R"("backend_rules": [{"map": {"key": "%[host]", "file": "/m", "compare": "regex"}}])", "", "http",
                  "map.compare: keys are found by exact, prefix or suffix"},
           Around{R"("backend_rules": [{"map": {"key": "%[host]", "file": "/m", "default": "x"}}])", "", "http",
                  "map.default: no backend is named \"x\""},
           Around{R"("backend_rules": [{"map": {"key": "%[host]", "file": "/m"}}])", "", "tcp",
                  "nothing to fill %[host] with"},
           Around{R"("connection_rules": [{"match": {"path": {"exact": ["/"]}}, "reject": true}])", "", "http",
                  "connection_rules[0].match.path: a rule on connections can't ask for it"},
           Around{R"("connection_rules": [{"match": {"sni": {"exact": ["/"]}}, "reject": true}])", "", "http",
                  "match.sni"},
           Around{R"("connection_rules": [{}])", "", "http", "connection_rules[0]: it does nothing"},
           Around{R"("request_rules": [{"deny": {}}])", "", "tcp",
                  "f.request_rules: mode \"tcp\" knows nothing of requests"},
           Around{"", R"("response_rules": [{"deny": {}}])", "tcp", "b.response_rules: mode \"tcp\""},
           Around{"", R"("error_pages": [{"status": 503}])", "http", "b.error_pages[0]: it has no content"},
           Around{"", R"("error_pages": [{"status": 503, "body": "", "file": "/a"}])", "http",
                  "both a body and a file"},
           Around{R"("error_pages": [{"status": 503, "body": "a"}, {"status": 503, "body": "b"}])", "", "http",
                  "error_pages[1].status: another page is for 503"},
           Around{"", R"("request_rules": [{"capture": {"value": "a"}}])", "http", "a backend captures nothing"},
           Around{R"("forwarded": {"proto": false, "for": false})", "", "http",
                  "f.forwarded: the header would be empty"},
           Around{R"("original_to": {"header": "host"})", "", "http", "f.original_to.header"},
       })
    expect_fault(faults(row.frontend, row.backend, row.mode), row.fault);
}

TEST(ContentRules, captures_share_their_places_with_those_of_the_log) {
  std::string list;
  for (int i = 0; i < 8; ++i) list += std::string(i == 0 ? "" : ", ") + R"({"capture": {"value": "a"}})";
  const std::string rules = "\"request_rules\": [" + list + "]";
  EXPECT_EQ(faults(rules), "");
  expect_fault(faults(rules + R"(, "log": {"request_headers": [{"header": "a"}]})"),
               "f.request_rules: 9 captures, with the headers of the log, are more than 8");
}

}  // namespace
}  // namespace poise::config
