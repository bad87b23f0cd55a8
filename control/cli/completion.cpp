#include "control/cli/completion.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/cli/run.hpp"
#include "control/cli/text.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Json = nlohmann::json;
constexpr std::chrono::milliseconds patience{1000};

constexpr const char* bash_script = R"(# bash completion of poise
_poise() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :file)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
        ;;
      :nospace) compopt -o nospace ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _poise poise
)";

constexpr const char* zsh_script = R"(#compdef poise
_poise() {
  local line word
  local -a items suffix
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :file) _files; return ;;
      :nospace) suffix=(-S '') ;;
      ?*)
        word=${line%%$'\t'*}
        items+=("${word//:/\\:}${${line#$word}/$'\t'/:}")
        ;;
    esac
  done
  _describe -t poise poise items "${suffix[@]}"
}
if [ "${funcstack[1]}" = _poise ]; then
  _poise "$@"
else
  compdef _poise poise
fi
)";

constexpr const char* fish_script = R"(# fish completion of poise
function __poise_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  for line in ($before[1] __complete $before[2..-1] "$current" 2>/dev/null)
    switch $line
      case ':file'
        __fish_complete_path "$current"
      case ':nospace'
      case '*'
        echo $line
    end
  end
end
complete -c poise -f -a '(__poise_complete)'
)";

const Argument* find_option(const Command* command, const std::string& word) {
  if (command != nullptr)
    for (const Argument* option : options(*command))
      if (option->name == word) return option;
  for (const Argument& option : global_options())
    if (option.name == word) return &option;
  return nullptr;
}

// What the words before the last one mean.
struct Situation {
  std::string words;                 // of the command, as far as they are known
  const Command* command = nullptr;  // when they name one
  std::size_t positionals = 0;       // given already
  const Argument* awaits = nullptr;  // the option whose value comes next
};

const Command* command_of(const std::string& words) {
  for (const Command& command : commands())
    if (command.words == words) return &command;
  return nullptr;
}

Situation situation_of(const std::vector<std::string>& words) {
  Situation now;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (now.awaits != nullptr) {
      now.awaits = nullptr;
    } else if (words[i].starts_with('-')) {
      const Argument* option = find_option(now.command, words[i]);
      if (option != nullptr && option->kind != Kind::flag) now.awaits = option;
    } else if (now.command != nullptr) {
      ++now.positionals;
    } else {
      now.words += (now.words.empty() ? "" : " ") + words[i];
      now.command = command_of(now.words);
    }
  }
  return now;
}

Json ask(Client& client, const std::string& path) {
  const Outcome<Response> response = client.call({.method = "GET", .path = path, .timeout = patience});
  return response ? Json::parse(response->body, nullptr, false) : Json();
}

std::vector<Candidate> names(Client& client, const std::string& path) {
  std::vector<Candidate> found;
  for (const Json& row : rows_of(ask(client, path)))
    if (const Json& name = member(row, "name"); name.is_string()) found.push_back({name.get<std::string>(), ""});
  return found;
}

std::vector<Candidate> servers(Client& client) {
  std::vector<Candidate> found;
  for (const Json& pool : rows_of(ask(client, "/v1/pools")))
    for (const Json& server : rows_of(member(pool, "servers")))
      found.push_back(
          {format_value(member(pool, "name"), Format::text) + "/" + format_value(member(server, "name"), Format::text),
           format_value(member(server, "status"), Format::text)});
  return found;
}

// The members below what is typed already: "services.w" offers "services.web.".
std::vector<Candidate> config_members(Client& client, const std::string& typed) {
  const char separator = typed.find('/') != std::string::npos ? '/' : '.';
  const std::size_t last = typed.rfind(separator);
  const std::string parent = last == std::string::npos ? "" : typed.substr(0, last + 1);
  const Json part = ask(client, config_path(parent) + "?full=true");
  std::vector<Candidate> found;
  bool open = false;
  const auto offer = [&](const std::string& name, const Json& value) {
    const bool deeper = value.is_structured() && !value.empty();
    const std::string word = parent + name + (deeper ? std::string(1, separator) : "");
    if (!word.starts_with(typed)) return;
    open = open || deeper;
    found.push_back({word, deeper ? "" : format_value(value, Format::text)});
  };
  if (part.is_object())
    for (const auto& [name, value] : part.items()) offer(name, value);
  for (std::size_t i = 0; part.is_array() && i < part.size(); ++i) offer(std::to_string(i), part[i]);
  if (open) found.push_back({":nospace", ""});
  return found;
}

std::vector<Candidate> values(Kind kind, const std::string& typed, Client& client) {
  switch (kind) {
    case Kind::service:
      return names(client, "/v1/services");
    case Kind::pool:
      return names(client, "/v1/pools");
    case Kind::server:
      return servers(client);
    case Kind::config_path:
      return config_members(client, typed);
    case Kind::file:
      return {{":file", ""}};
    case Kind::shell:
      return {{"bash", ""}, {"zsh", ""}, {"fish", ""}};
    case Kind::protocol:
      return {{"tcp", ""}, {"udp", ""}, {"icmp", ""}, {"icmpv6", ""}};
    case Kind::role:
      return {{"read", "look only"}, {"operate", "change the configuration"}, {"admin", "everything"}};
    default:
      return {};
  }
}

std::vector<Candidate> option_names(const Command* command) {
  std::vector<Candidate> found{{"--help", "help"}};
  if (command != nullptr)
    for (const Argument* option : options(*command)) found.push_back({option->name, option->help});
  for (const Argument& option : global_options()) found.push_back({option.name, option.help});
  return found;
}

std::vector<Candidate> next_words(const std::string& known) {
  const std::string prefix = known.empty() ? "" : known + " ";
  std::vector<Candidate> found;
  for (const Command& command : commands()) {
    if (!command.words.starts_with(prefix)) continue;
    const std::string rest = command.words.substr(prefix.size()), word = rest.substr(0, rest.find(' '));
    if (found.empty() || found.back().word != word)
      found.push_back({word, word == rest ? command.help : word + " commands"});
  }
  return found;
}

}  // namespace

std::string completion_script(const std::string& shell) {
  return shell == "zsh" ? zsh_script : shell == "fish" ? fish_script : bash_script;
}

std::vector<Candidate> complete(const std::vector<std::string>& words, Client& client) {
  if (words.empty()) return next_words("");
  const Situation now = situation_of(words);
  const std::string& typed = words.back();
  std::vector<Candidate> found;
  if (now.awaits != nullptr) {
    found = values(now.awaits->kind, typed, client);
  } else if (typed.starts_with('-')) {
    found = option_names(now.command);
  } else if (now.command == nullptr) {
    found = next_words(now.words);
  } else if (const auto arguments = positionals(*now.command); now.positionals < arguments.size()) {
    found = values(arguments[now.positionals]->kind, typed, client);
  }
  std::erase_if(found, [&](const Candidate& candidate) {
    return !candidate.word.starts_with(':') &&
           (!candidate.word.starts_with(typed) || printable(candidate.word) != candidate.word);
  });
  return found;
}

std::string option_value(const std::vector<std::string>& words, const std::string& option) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == option) return words[i + 1];
  return "";
}

}  // namespace poise::control::cli
