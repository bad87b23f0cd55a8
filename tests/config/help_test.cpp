#include "config/fields.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(Help, shows_text_type_default_and_values_of_a_field_however_its_path_is_written) {
  const auto text = help("services.*.protocol");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "services.*.protocol\n  protocol of the clients\n  type: one of tcp, udp, any\n  default: "
            "\"tcp\"\nvalues:\n  tcp: TCP\n  udp: UDP\n"
            "  any: every IP protocol to the address; `ports` must be \"any\"\n");
  for (const char* path :
       {"services.web.protocol", "/services/web/protocol", "services/web.1/protocol", "services[\"web.1\"].protocol"})
    EXPECT_EQ(help(path), *text) << path;
}

TEST(Help, says_what_must_be_given_and_what_waits_for_a_start) {
  EXPECT_NE(help("services.*.pool")->find("default: none, it must be given"), std::string::npos);
  EXPECT_NE(help("node.hash_key")->find("default: unset"), std::string::npos);
  EXPECT_NE(help("node.worker_cores")->find("applied at the next start"), std::string::npos);
  EXPECT_NE(help("interfaces")->find("adding and removing entries is applied at the next start"), std::string::npos);
  EXPECT_EQ(help("services")->find("next start"), std::string::npos);
}

TEST(Help, lists_the_fields_of_objects_and_of_entries) {
  EXPECT_NE(help("")->find("services"), std::string::npos);
  EXPECT_NE(help("routes")->find("fields of each entry:\n  prefix"), std::string::npos);
  EXPECT_NE(help("routes[0].via")->find("  gateway"), std::string::npos);
  EXPECT_NE(help("services.web.persistence")->find("fields:\n  timeout_ms"), std::string::npos);
}

TEST(Help, a_wrong_path_gets_the_near_one) {
  struct Row {
    const char *path, *error;
  };
  for (auto [path, error] :
       {Row{"services.web.schedular", "services.web.schedular: there is no such field (did you mean \"scheduler\"?)"},
        Row{"service", "service: there is no such field (did you mean \"services\"?)"},
        Row{"node.name.x", "node.name.x: there is nothing below node.name (leave \"x\" out)"},
        Row{"node..name", "node..name: the path has an empty part (write it like services.web.pool)"}}) {
    const auto text = help(path);
    ASSERT_FALSE(text) << path;
    EXPECT_EQ(to_string(text.error()), error);
  }
}

void each_path(const Type& type, const std::string& path, const auto& visit) {
  const Type& inner = type.inner();
  if (inner.kind == Kind::named || inner.kind == Kind::list) return each_path(*inner.element, path + ".*", visit);
  for (const Field& field : inner.fields) {
    const std::string place = path.empty() ? std::string(field.name) : path + "." + std::string(field.name);
    visit(place, field);
    each_path(*field.type, place, visit);
  }
}

TEST(Help, there_is_help_for_every_field) {
  each_path(document_type(), "", [](const std::string& path, const Field& field) {
    const auto text = help(path);
    ASSERT_TRUE(text) << path;
    EXPECT_NE(text->find(field.help), std::string::npos) << path;
  });
}

}  // namespace
}  // namespace poise::config
