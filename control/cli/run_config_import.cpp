#include <arpa/inet.h>
#include <glob.h>
#include <netdb.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "config/import/haproxy/import.hpp"
#include "config/import/keepalived_import.hpp"
#include "control/cli/machine_links.hpp"
#include "control/cli/run.hpp"
#include "control/cli/text.hpp"

namespace poise::control::cli {
namespace {

namespace importing = config::importing;
using nlohmann::json;

std::vector<importing::IncludedFile> read_includes(const std::string& folder, const std::string& pattern) {
  glob_t found{};
  const std::string path = pattern.starts_with('/') ? pattern : folder + "/" + pattern;
  const std::unique_ptr<glob_t, decltype(&::globfree)> owner(&found, ::globfree);
  if (::glob(path.c_str(), GLOB_BRACE, nullptr, &found) != 0) return {};
  std::vector<importing::IncludedFile> files;
  for (std::size_t i = 0; i < found.gl_pathc; ++i)
    if (auto text = read_document(found.gl_pathv[i])) files.push_back({found.gl_pathv[i], std::move(*text)});
  return files;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  const std::string whole = name.data();
  return whole.substr(0, whole.find('.'));
}

// "eth0=value", a line each.
Outcome<std::vector<std::pair<std::string, std::string>>> pairs_of(const Invocation& invocation,
                                                                   const std::string& option) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::istringstream lines(invocation.get(option));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos || equals == 0)
      return failed(Exit::usage, {option, "\"" + line + "\" has no name and value", "write NAME=VALUE"});
    pairs.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return pairs;
}

// What the operator says replaces what the machine knows of that interface.
Outcome<importing::ImportOptions> keepalived_options(const Invocation& invocation) {
  MachineLinks machine = read_machine_links("/");
  importing::ImportOptions options{.file = invocation.get("FILE"),
                                   .id = invocation.get("--id", host_name()),
                                   .lenient = invocation.has("--lenient"),
                                   .devices = std::move(machine.devices),
                                   .addresses = std::move(machine.addresses)};
  const auto devices = pairs_of(invocation, "--device");
  if (!devices) return tl::unexpected(devices.error());
  for (const auto& [name, device] : *devices) options.devices[name] = device;
  const auto addresses = pairs_of(invocation, "--address");
  if (!addresses) return tl::unexpected(addresses.error());
  for (const auto& [name, text] : *addresses) options.addresses[name].clear();
  for (const auto& [name, text] : *addresses) {
    const auto prefix = parse_prefix(text);
    if (!prefix)
      return failed(Exit::usage, {"--address", "\"" + text + "\" is no address with prefix length",
                                  "write it like " + name + "=192.168.1.1/24"});
    options.addresses[name].push_back(*prefix);
  }
  options.include = read_includes;
  options.find_program = [](const std::string& name) {
    return find_program(name, {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"});
  };
  return options;
}

std::optional<IpAddr> address_of_host(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
    return std::nullopt;
  return parse_ip(text.data());
}

// The environment, and what the operator says instead.
Outcome<importing::haproxy::Options> haproxy_options(const Invocation& invocation) {
  importing::haproxy::Options options{.file = invocation.get("FILE"), .lenient = invocation.has("--lenient")};
  options.transport = invocation.get("--transport", "kernel");
  if (options.transport != "kernel" && options.transport != "datapath")
    return failed(Exit::usage,
                  {"--transport", "there is no transport \"" + options.transport + "\"", "write kernel or datapath"});
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view variable = *each;
    const std::size_t equals = variable.find('=');
    if (equals != std::string_view::npos)
      options.variables[std::string(variable.substr(0, equals))] = variable.substr(equals + 1);
  }
  const auto variables = pairs_of(invocation, "--variable");
  if (!variables) return tl::unexpected(variables.error());
  for (const auto& [name, value] : *variables) options.variables[name] = value;
  options.resolve = address_of_host;
  options.read_file = [](const std::string& path) -> std::optional<std::string> {
    auto text = read_document(path);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  };
  return options;
}

// By the format that the operator says, or that the text seems to have.
Outcome<importing::Imported> import_text(const Invocation& invocation, const std::string& text) {
  const bool looks_like_haproxy = importing::haproxy::looks_like_haproxy(text);
  const std::string format = invocation.get("--format", looks_like_haproxy ? "haproxy" : "keepalived");
  if (format == "haproxy") {
    const Outcome<importing::haproxy::Options> options = haproxy_options(invocation);
    if (!options) return tl::unexpected(options.error());
    return importing::haproxy::import_haproxy(text, *options);
  }
  if (format != "keepalived")
    return failed(Exit::usage, {"--format", "there is no format \"" + format + "\"", "write keepalived or haproxy"});
  const Outcome<importing::ImportOptions> options = keepalived_options(invocation);
  if (!options) return tl::unexpected(options.error());
  return importing::import_keepalived(text, *options);
}

Tone tone_of(importing::Note::Kind kind) {
  switch (kind) {
    case importing::Note::Kind::taken:
      return Tone::plain;
    case importing::Note::Kind::changed:
      return Tone::warning;
    case importing::Note::Kind::ignored:
      return Tone::dim;
    case importing::Note::Kind::problem:
      return Tone::bad;
  }
  return Tone::plain;
}

std::string table_of(const std::vector<importing::Note>& notes) {
  Table table({{"PLACE"}, {"WHAT"}, {"KEYWORD"}, {"NOTE"}});
  for (const importing::Note& note : notes)
    table.add({{printable(std::filesystem::path(note.file).filename().string()) + ":" + std::to_string(note.line)},
               {std::string(name_of(note.kind)), tone_of(note.kind)},
               {printable(note.keyword)},
               {printable(note.text)}});
  return table.render({});
}

json as_json(const importing::Imported& imported) {
  json notes = json::array(), errors = json::array();
  for (const importing::Note& note : imported.notes)
    notes.push_back({{"file", note.file},
                     {"line", note.line},
                     {"kind", name_of(note.kind)},
                     {"keyword", note.keyword},
                     {"text", note.text}});
  for (const Error& error : imported.errors)
    errors.push_back({{"path", error.path}, {"problem", error.problem}, {"fix", error.fix}});
  return {{"document", imported.document}, {"notes", notes}, {"errors", errors}};
}

Outcome<void> write_output(const std::string& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) return failed(Exit::usage, {file, "the file cannot be written", "choose another with --output"});
  return {};
}

}  // namespace

Outcome<void> run_config_import(Context& context, const Invocation& invocation) {
  const Outcome<std::string> text = read_document(invocation.get("FILE"));
  if (!text) return tl::unexpected(text.error());
  const Outcome<importing::Imported> outcome = import_text(invocation, *text);
  if (!outcome) return tl::unexpected(outcome.error());
  const importing::Imported& imported = *outcome;
  const bool valid = imported.errors.empty();
  if (context.json)
    context.out << as_json(imported).dump() << "\n";
  else
    context.notes << table_of(imported.notes) << "\n";
  if (!valid) return tl::unexpected(Failure{Exit::refused, imported.errors});
  const std::string document = imported.document.dump(2) + "\n";
  if (invocation.has("--output")) {
    const Outcome<void> written = write_output(invocation.get("--output"), document);
    if (!written) return written;
  } else if (!context.json && !invocation.has("--apply")) {
    context.out << document;
  }
  if (!invocation.has("--apply")) return {};
  return commit_document(context, invocation, document);
}

}  // namespace poise::control::cli
