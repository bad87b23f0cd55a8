#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "config/schema.hpp"
#include "config/validate.hpp"

// poise-config-docs - prints what is generated from the field tables, and checks files without a daemon.
namespace {

using namespace poise;

void print(const std::string& text, std::FILE* to = stdout) { std::fwrite(text.data(), 1, text.size(), to); }

int report(const Errors& errors) {
  for (const Error& error : errors) print(to_string(error) + "\n", stderr);
  return errors.empty() ? 0 : 1;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path, "the file cannot be opened");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int check(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return report({text.error()});
  const auto config = config::parse(*text, path);
  if (!config) return report(config.error());
  return report(config::with_places(config::validate(*config), *text, path));
}

// The same file as `markdown` prints?
int compare(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return report({text.error()});
  if (*text == config::markdown()) return 0;
  return report({{path, "the file is not what the field tables say", "poise-config-docs markdown > " + path}});
}

int help(const std::string& path) {
  const auto text = config::help(path);
  if (!text) return report({text.error()});
  print(*text);
  return 0;
}

}  // namespace

int main(int count, char** values) {
  const std::span arguments(values, std::size_t(count));
  const std::string verb = count > 1 ? arguments[1] : "", operand = count > 2 ? arguments[2] : "";
  if (verb == "markdown")
    print(config::markdown());
  else if (verb == "schema")
    print(config::json_schema().dump(2) + "\n");
  else if (verb == "help")
    return help(operand);
  else if (verb == "check" && !operand.empty())
    return check(operand);
  else if (verb == "compare" && !operand.empty())
    return compare(operand);
  else {
    print("usage: poise-config-docs markdown | schema | help PATH | check FILE | compare FILE\n", stderr);
    return 2;
  }
  return 0;
}
