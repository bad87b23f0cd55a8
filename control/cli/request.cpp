#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "config/types/limits.hpp"
#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

void append_query(std::string& query, const std::string& name, const std::string& value) {
  query += (query.empty() ? "?" : "&") + name + "=" + url_encode(value);
}

std::string seconds_of(const std::string& duration) {
  const auto milliseconds = parse_duration(duration);
  ensure(milliseconds.has_value());  // the arguments were checked
  return std::to_string((milliseconds->count() + 999) / 1000);
}

}  // namespace

std::string request_path(const Invocation& invocation) {
  const std::string& pattern = invocation.command->path;
  std::string path;
  std::size_t at = 0;
  while (at < pattern.size()) {
    const std::size_t end = std::min(pattern.find('/', at + 1), pattern.size());
    const std::string segment = pattern.substr(at, end - at);  // with its slash
    at = end;
    if (!segment.starts_with("/{")) {
      path += segment;
      continue;
    }
    const std::string name = segment.substr(2, segment.size() - 3);
    if (invocation.has(name)) path += "/" + url_encode(invocation.get(name));
  }
  std::string query;
  for (const Argument& argument : invocation.command->arguments) {
    if (argument.query.empty() || !invocation.has(argument.name)) continue;
    const std::string value = invocation.get(argument.name);
    append_query(query, argument.query, argument.kind == Kind::duration ? seconds_of(value) : value);
  }
  return path + query;
}

std::string config_path(const std::string& dotted) {
  const char separator = dotted.find('/') != std::string::npos ? '/' : '.';
  std::string path = "/v1/config", segment;
  std::istringstream segments(dotted);
  while (std::getline(segments, segment, separator))
    if (!segment.empty()) path += "/" + url_encode(segment);
  return path;
}

std::string change_query(const Invocation& invocation) {
  std::string query;
  if (invocation.has("--confirm")) append_query(query, "confirm_s", seconds_of(invocation.get("--confirm")));
  if (invocation.has("--comment")) append_query(query, "comment", invocation.get("--comment"));
  if (invocation.has("--dry-run")) append_query(query, "dry_run", "true");
  return query;
}

Outcome<nlohmann::json> parse_answer(const Response& response) {
  nlohmann::json answer = nlohmann::json::parse(response.body, nullptr, false);
  if (answer.is_discarded())
    return failed(Exit::server,
                  {"", "the answer of poised is not JSON", "does --socket name another program's socket?"});
  return answer;
}

Outcome<nlohmann::json> fetch(Context& context, const std::string& path) {
  const Outcome<Response> response = context.client.call({.method = "GET", .path = path});
  if (!response) return tl::unexpected(response.error());
  return parse_answer(*response);
}

Outcome<std::string> read_document(const std::string& file) {
  std::ifstream stream;
  if (file != "-") stream.open(file, std::ios::binary);
  if (!stream) return failed(Exit::usage, {file, "the file cannot be read", "check its name and permissions"});
  std::istream& input = file == "-" ? std::cin : stream;
  std::string text;
  char buffer[65536];
  while (text.size() <= limits::document_bytes && (input.read(buffer, sizeof buffer), input.gcount() > 0))
    text.append(buffer, std::size_t(input.gcount()));
  if (input.bad()) return failed(Exit::usage, {file, "the file cannot be read", "check its name and permissions"});
  if (text.size() > limits::document_bytes) return failed(Exit::usage, {file, "the document is above 16 MB", ""});
  return text;
}

std::string without_comments(std::string text) {
  enum class Place { document, string, line, block } place = Place::document;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool block_ends = place == Place::block && c == '*' && next == '/';
    if (place == Place::string && c == '\\') {
      ++i;
    } else if (place == Place::document || place == Place::string) {
      if (c == '"') place = place == Place::string ? Place::document : Place::string;
      if (place == Place::document && c == '/' && (next == '/' || next == '*')) {
        place = next == '/' ? Place::line : Place::block;
        text[i] = text[i + 1] = ' ';
        ++i;
      }
    } else if (place == Place::line && c == '\n') {
      place = Place::document;
    } else if (block_ends) {
      text[i] = text[i + 1] = ' ';
      ++i;
      place = Place::document;
    } else if (c != '\n') {
      text[i] = ' ';
    }
  }
  return text;
}

Outcome<void> report_change(Context& context, const Invocation& invocation, const Response& response) {
  if (context.json) {
    context.out << response.body << (response.body.ends_with('\n') ? "" : "\n");
    return {};
  }
  const Outcome<nlohmann::json> answer = parse_answer(response);
  if (!answer) return tl::unexpected(answer.error());
  context.out << view_changes(*answer, context.style);
  if (invocation.has("--dry-run")) {
    context.out << "valid; nothing was committed (--dry-run)\n";
    return {};
  }
  const auto revision = answer->is_object() ? answer->find("revision") : answer->end();
  if (answer->is_object() && revision != answer->end())
    context.out << "revision " << revision->dump() << " is running\n";
  if (invocation.has("--confirm"))
    context.out << "it reverts in " << human_duration(*parse_duration(invocation.get("--confirm")))
                << " unless you type: poise config confirm\n";
  return {};
}

}  // namespace poise::control::cli
