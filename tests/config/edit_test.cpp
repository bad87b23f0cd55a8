#include "config/edit.hpp"

#include "tests/config/support.hpp"

namespace poise::config {
namespace {

using nlohmann::json;

json document() { return to_json_brief(changed("{}")); }

std::string error_of(const Result<json>& result) { return result ? "" : to_string(result.error()); }

TEST(Edit, a_part_is_found_by_its_path_and_what_is_left_out_is_its_default) {
  EXPECT_EQ(*get_at(document(), ""), document());
  EXPECT_EQ(*get_at(document(), "services/web/pool"), "web");
  EXPECT_EQ(*get_at(document(), "/services/web/"), document()["services"]["web"]);
  EXPECT_EQ(*get_at(document(), "interfaces/lan/vlans/lan.100/id"), 100);
  EXPECT_EQ(*get_at(document(), "routes/0/via/0/gateway"), "203.0.113.1");
  EXPECT_EQ(*get_at(document(), "services/web/mode"), "fullnat");
  EXPECT_EQ(*get_at(document(), "services/web/timeouts/udp_ms"), 180000);
  EXPECT_EQ(*get_at(document(), "api"), json::object());
  EXPECT_EQ(*get_at(json::object(), "services"), json::object());
}

TEST(Edit, a_part_that_is_not_there_is_an_error_with_the_near_name) {
  struct Row {
    const char *path, *error;
  };
  for (auto [path, error] :
       {Row{"service", "service: there is no such field (did you mean \"services\"?)"},
        Row{"services/wbe", "services.wbe: there is no such entry (did you mean \"web\"?)"},
        Row{"services/wbe/pool", "services.wbe: there is no such entry (did you mean \"web\"?)"},
        Row{"services/web/persistence", "services.web.persistence: the field is not set"},
        Row{"services/web/pool/x", "services.web.pool: there is nothing below \"web\" (end the path here)"},
        Row{"routes/1", "routes: the list has 1 entries, so none at 1 (indexes count from 0)"},
        Row{"routes/x", "routes: \"x\" is no index of a list (use 0 for the first entry)"},
        Row{"routes/00", "routes: \"00\" is no index of a list (use 0 for the first entry)"},
        Row{"routes/-1", "routes: \"-1\" is no index of a list (use 0 for the first entry)"},
        Row{"services//pool", "/services//pool: the path has an empty part (write it like services/web/pool)"}})
    EXPECT_EQ(error_of(get_at(document(), path)), error) << path;
}

TEST(Edit, replacing_changes_adds_and_makes_what_is_only_left_out) {
  EXPECT_EQ((*replace_at(document(), "services/web/pool", "x"))["services"]["web"]["pool"], "x");
  EXPECT_EQ((*replace_at(document(), "services/new", json::object()))["services"].size(), 2u);
  EXPECT_EQ(replace_at(json::object(), "services/new/", {{"ports", 80}})->dump(),
            R"({"services":{"new":{"ports":80}}})");
  EXPECT_EQ((*replace_at(document(), "services/web/timeouts/udp_ms", 5))["services"]["web"]["timeouts"].dump(),
            R"({"udp_ms":5})");
  EXPECT_EQ(
      (*replace_at(document(), "services/web/persistence/timeout_ms", 5000))["services"]["web"]["persistence"].dump(),
      R"({"timeout_ms":5000})");
  EXPECT_EQ((*replace_at(document(), "routes/-", 7))["routes"][1], 7);
  EXPECT_EQ((*replace_at(document(), "routes/0", 7))["routes"].dump(), "[7]");
  EXPECT_EQ(replace_at(document(), "", {{"node", 1}})->dump(), R"({"node":1})");
}

TEST(Edit, replacing_below_what_does_not_exist_is_an_error) {
  EXPECT_EQ(error_of(replace_at(document(), "services/wbe/pool", 1)),
            "services.wbe: there is no such entry (did you mean \"web\"?)");
  EXPECT_EQ(error_of(replace_at(document(), "services/web/schedular", 1)),
            "services.web.schedular: there is no such field (did you mean \"scheduler\"?)");
  EXPECT_EQ(error_of(replace_at(document(), "routes/1", 1)),
            "routes: the list has 1 entries, so none at 1 (indexes count from 0)");
  EXPECT_EQ(error_of(replace_at(document(), "services/web/pool/x", 1)),
            "services.web.pool: there is nothing below \"web\" (end the path here)");
}

TEST(Edit, removing_takes_out_an_entry_or_a_field) {
  EXPECT_EQ((*remove_at(document(), "services/web"))["services"].dump(), "{}");
  EXPECT_EQ((*remove_at(document(), "routes/0"))["routes"].dump(), "[]");
  EXPECT_FALSE(remove_at(document(), "pools/web/servers/a")->at("pools").at("web").at("servers").contains("a"));
  EXPECT_EQ(*remove_at(document(), "node/name"), *get_at(*remove_at(document(), "node/name"), ""));
  EXPECT_EQ(error_of(remove_at(document(), "services/wbe")),
            "services.wbe: there is no such entry (did you mean \"web\"?)");
  EXPECT_EQ(error_of(remove_at(document(), "services/web/snat_pool")), "services.web.snat_pool: the field is not set");
  EXPECT_EQ(error_of(remove_at(document(), "")), "the whole document cannot be removed (replace it with {})");
}

TEST(Edit, a_merge_patch_changes_what_it_names_and_null_removes) {
  const auto patched =
      merge_patch(document(), "", json::parse(R"({"services": {"web": {"mode": "nat"}}, "routes": null})"));
  EXPECT_EQ((*patched)["services"]["web"]["mode"], "nat");
  EXPECT_EQ((*patched)["services"]["web"]["pool"], "web");
  EXPECT_FALSE(patched->contains("routes"));
  EXPECT_EQ((*merge_patch(document(), "services/web", {{"ports", 81}}))["services"]["web"]["ports"], 81);
  EXPECT_EQ(
      (*merge_patch(document(), "services/web/persistence", {{"prefix_v4", 24}}))["services"]["web"]["persistence"]
          .dump(),
      R"({"prefix_v4":24})");
  EXPECT_EQ(error_of(merge_patch(document(), "services/wbe", json::object())),
            "services.wbe: there is no such entry (did you mean \"web\"?)");
}

TEST(Edit, the_operations_of_a_json_patch_do_what_rfc_6902_says) {
  struct Row {
    const char *operations, *path, *want;
  };
  for (auto [operations, path, want] :
       {Row{R"([{"op": "add", "path": "/services/web/mode", "value": "nat"}])", "services/web/mode", "\"nat\""},
        Row{R"([{"op": "replace", "path": "/services/web/mode", "value": "nat"}])", "services/web/mode", "\"nat\""},
        Row{R"([{"op": "add", "path": "/routes/0", "value": 1}, {"op": "add", "path": "/routes/-", "value": 2}])",
            "routes/0", "1"},
        Row{R"([{"op": "remove", "path": "/routes/0"}])", "routes", "[]"},
        Row{R"([{"op": "test", "path": "/services/web/mode", "value": "fullnat"},
           {"op": "remove", "path": "/services/web"}])",
            "services", "{}"},
        Row{R"([{"op": "move", "from": "/pools/web/servers/a", "path": "/pools/web/servers/z"}])",
            "pools/web/servers/z/address", "\"10.0.0.11\""},
        Row{R"([{"op": "copy", "from": "/services/web", "path": "/services/two"}])", "services/two/pool", "\"web\""},
        Row{R"([{"op": "move", "from": "/services", "path": "/services"}])", "services/web/pool", "\"web\""}}) {
    const auto patched = json_patch(document(), "", json::parse(operations));
    ASSERT_TRUE(patched) << operations << error_of(patched);
    EXPECT_EQ(get_at(*patched, path)->dump(), want) << operations;
  }
  EXPECT_EQ(
      (*json_patch(document(), "services/web",
                   json::parse(R"([{"op": "replace", "path": "/pool", "value": "x"}])")))["services"]["web"]["pool"],
      "x");
}

TEST(Edit, a_json_patch_with_a_wrong_operation_changes_nothing_and_says_which) {
  struct Row {
    const char *operations, *error;
  };
  for (auto [operations, error] :
       {Row{"{}", "an object is not a list of operations (write [{\"op\": ..., \"path\": ...}])"},
        Row{"[5]", "operation 0 of the patch: it has no \"op\" (use one of add, remove, replace, move, copy, test)"},
        Row{R"([{"op": "ad", "path": ""}])",
            "operation 0 of the patch: \"ad\" is no operation (did you mean \"add\"?)"},
        Row{R"([{"op": "add", "value": 1}])",
            "operation 0 of the patch: it has no \"path\" (add it: a JSON pointer like \"/services/web/pool\")"},
        Row{R"([{"op": "add", "path": "services", "value": 1}])",
            "operation 0 of the patch: \"services\" is no JSON pointer (begin it with /)"},
        Row{R"([{"op": "add", "path": "/forwarding"}])", "operation 0 of the patch: it has no \"value\" (add it)"},
        Row{R"([{"op": "replace", "path": "/services/nope", "value": 1}])",
            "services.nope: operation 0 of the patch: there is no such entry (use web)"},
        Row{R"([{"op": "remove", "path": "/services/web"}, {"op": "remove", "path": "/services/web"}])",
            "services.web: operation 1 of the patch: there is no such entry"},
        Row{R"([{"op": "test", "path": "/services/web/pool", "value": "x"}])",
            "services.web.pool: operation 0 of the patch: the test failed: the value is \"web\", not \"x\" (read the "
            "document again)"},
        Row{R"([{"op": "move", "from": "/services", "path": "/services/web"}])",
            "operation 0 of the patch: a value cannot be moved into itself (choose another \"path\")"},
        Row{R"([{"op": "copy", "path": "/services/x"}])",
            "operation 0 of the patch: it has no \"from\" (add it: a JSON pointer like \"/services/web/pool\")"}})
    EXPECT_EQ(error_of(json_patch(document(), "", json::parse(operations))), error) << operations;
}

TEST(Edit, pointers_have_escapes_and_values_of_a_wrong_kind_do_no_harm) {
  const auto added =
      json_patch(document(), "", json::parse(R"([{"op": "add", "path": "/services/a~1b~0c", "value": 1}])"));
  ASSERT_TRUE(added);
  EXPECT_EQ((*added)["services"]["a/b~c"], 1);
  const json wrong = json::parse(
      R"([{"op": "replace", "path": "/services", "value": 7}, {"op": "add", "path": "/services/x", "value": 1}])");
  EXPECT_EQ(error_of(json_patch(document(), "", wrong)),
            "services: operation 1 of the patch: there is nothing below 7 (end the path here)");
  EXPECT_FALSE(get_at(json(5), "services"));
  EXPECT_FALSE(replace_at(json::array(), "services/x", 1));
  EXPECT_FALSE(json_patch(json(5), "", json::parse(R"([{"op": "remove", "path": "/routes/0"}])")));
}

TEST(Edit, a_body_is_strict_json_within_the_limits) {
  EXPECT_EQ(*read_body("{\"a\": 1}"), json::parse("{\"a\": 1}"));
  EXPECT_FALSE(read_body("{} // no comments here"));
  EXPECT_FALSE(read_body("{\"a\": 1, \"a\": 2}"));
  EXPECT_FALSE(read_body(std::string(100'000, '[')));
}

}  // namespace
}  // namespace poise::config
