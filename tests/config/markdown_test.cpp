#include <fstream>
#include <iterator>

#include "config/fields_config.hpp"
#include "tests/config/support.hpp"

namespace poise::config {
namespace {

TEST(Markdown, the_page_in_docs_is_the_one_that_the_tables_give) {
  std::ifstream file(POISE_SOURCE_ROOT "/docs/config.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(page == markdown()) << "docs/config.md is old: poise-config-docs markdown > docs/config.md";
}

TEST(Markdown, every_struct_has_a_section_and_every_enum_its_values) {
  const std::string page = markdown();
  for (const char* heading : {"## `node`\n", "## `interfaces.*`\n", "### `interfaces.*.vlans.*`\n",
                              "### `routes[*].via[*]`\n", "### `pools.*.servers.*`\n", "### `services.*.timeouts`\n",
                              "### `api.listen`\n", "Values of `services.*.mode`:"})
    EXPECT_NE(page.find(heading), std::string::npos) << heading;
  for (const Choice& choice : choices<Scheduler>)
    EXPECT_NE(page.find("- `" + std::string(choice.name) + "`: "), std::string::npos) << choice.name;
  EXPECT_NE(page.find("| `mtu` | a whole number 576..9216 | `1500` | largest IP packet *(restart)* |"),
            std::string::npos);
}

}  // namespace
}  // namespace poise::config
