#include "control/cli/command.hpp"
#include "control/cli/run.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

constexpr const char *look = "Look", *configure = "Configure", *servers = "Servers", *packets = "Follow packets", *local = "This machine";

const Argument watch{"--watch", Kind::flag, false, "show it again each second until Ctrl-C"};
const Argument filter{"--filter", Kind::text, false, "only packets that match, as in pcap-filter(7)", "filter", "EXPRESSION"};
const Argument count{"--count", Kind::number, false, "stop after so many packets", "count", "N"};
const Argument seconds{"--seconds", Kind::number, false, "stop after so many seconds", "seconds", "N"};

// The options of every change, after the arguments of its own.
std::vector<Argument> changing(std::vector<Argument> own) {
  own.push_back({"--confirm", Kind::duration, false, "revert unless \"poise config confirm\" comes within this time", "", "TIME"});
  own.push_back({"--comment", Kind::text, false, "a remark kept with the revision", "", "TEXT"});
  own.push_back({"--dry-run", Kind::flag, false, "check and show the changes, commit nothing"});
  return own;
}

std::vector<Argument> with(std::vector<Argument> own, const Argument& one_more) {
  own.push_back(one_more);
  return own;
}

const Argument if_revision{"--if-revision", Kind::number, false, "only if this revision is running", "", "N"};

std::vector<Command> look_commands() {
  const auto view = [](const char* words, const char* help, const char* path, View view_of_it) {
    return Command{words, look, help, {watch}, "GET", path, view_of_it, run_live};
  };
  return {
      view("status", "version, revision, uptime, memory and what needs attention", "/v1/status", view_status),
      {"service", look, "services with their traffic; one service with its servers", {{"NAME", Kind::service, false, "one service"}, watch},
       "GET", "/v1/services/{NAME}", view_services, run_live},
      {"pool", look, "pools with their servers and drains", {{"NAME", Kind::pool, false, "one pool"}, watch}, "GET", "/v1/pools/{NAME}",
       view_pools, run_live},
      {"top", look, "rates of all services and servers, refreshed each second",
       {{"--count", Kind::number, false, "stop after so many refreshes", "", "N"}}, "", "", nullptr, run_top},
      view("interfaces", "ports and VLANs: link, addresses, traffic", "/v1/interfaces", view_interfaces),
      view("neighbors", "what ARP and neighbor discovery know", "/v1/neighbors", view_neighbors),
      view("routes", "the routes in force, connected ones included", "/v1/routes", view_routes),
      view("workers", "how busy every worker is", "/v1/workers", view_workers),
      {"drops", look, "why packets were dropped", {{"--all", Kind::flag, false, "also reasons that never happened"}, watch}, "GET",
       "/v1/drops", view_drops, run_live},
      view("stages", "cycles per packet of every stage", "/v1/stages", view_stages),
      {"events", look, "commits, server and link changes as they happen", {}, "GET", "/v1/events", nullptr, run_events},
      {"metrics", look, "the counters as Prometheus reads them", {}, "GET", "/metrics", nullptr, run_request},
  };
}

std::vector<Command> configure_commands() {
  const Argument path{"PATH", Kind::config_path, true, "where, for example services.web.scheduler"};
  const Argument optional_path{"PATH", Kind::config_path, false, "a part of the document"};
  const Argument file{"FILE", Kind::file, true, "a whole document (comments allowed); - is standard input"};
  const char* paths = "Dots separate the members of PATH. Where a name has a dot in it, separate with slashes: interfaces/lan/vlans/lan.100.";
  return {
      {"config get", configure, "the running configuration or a part of it",
       {optional_path, {"--full", Kind::flag, false, "with all defaults"}}, "", "", nullptr, run_config_get, paths},
      {"config set", configure, "change one value",
       with(changing({path, {"VALUE", Kind::text, true, "JSON, or plain text for a string"}}), if_revision), "", "", nullptr,
       run_config_set, std::string(paths) + "\n\n    poise config set services.web.scheduler maglev --confirm 60s\n"
                                            "    poise config set pools.web.servers.web3 '{\"address\": \"192.0.2.13\", \"port\": 8080}'"},
      {"config delete", configure, "remove a part", with(changing({path}), if_revision), "", "", nullptr, run_config_delete, paths},
      {"config edit", configure, "edit the running configuration in $EDITOR, look at the changes, commit",
       with(changing({}), {"--yes", Kind::flag, false, "commit without asking"}), "", "", nullptr, run_config_edit},
      {"config plan", configure, "what a document would change", {file}, "", "", nullptr, run_config_plan},
      {"config commit", configure, "make a document the running configuration", with(changing({file}), if_revision), "", "", nullptr,
       run_config_commit, "    poise config commit poise.json --confirm 60s --comment \"new web pool\""},
      {"config confirm", configure, "keep a commit that was made with --confirm", {}, "", "", nullptr, run_config_confirm},
      {"config rollback", configure, "commit an earlier revision again",
       changing({{"REVISION", Kind::number, false, "which one; the one before if not told"}}), "", "", nullptr, run_config_rollback},
      {"config revisions", configure, "the kept revisions, newest first", {}, "GET", "/v1/revisions", view_revisions, run_request},
      {"config show", configure, "the document of a revision", {{"REVISION", Kind::number, true, "see poise config revisions"}}, "", "",
       nullptr, run_config_show},
      {"config schema", configure, "the JSON Schema of the document", {}, "GET", "/v1/schema", view_document, run_request},
      {"config help", configure, "type, range, default and meaning of a field",
       {{"PATH", Kind::config_path, true, "for example services.*.scheduler"}}, "GET", "/v1/help/{PATH}", view_help, run_request},
  };
}

std::vector<Command> server_commands() {
  const Argument server{"POOL/SERVER", Kind::server, true, "for example web/web1"};
  return {
      {"server drain", servers, "give a server no new connections and let the old ones end",
       changing({server,
                 {"--deadline", Kind::duration, false, "reset what is left after this time", "", "TIME"},
                 {"--wait", Kind::flag, false, "show progress until no connection is left"}}),
       "", "", nullptr, run_server_drain, "    poise server drain web/web1 --deadline 5m --wait"},
      {"server enable", servers, "let a server take connections again", changing({server}), "", "", nullptr, run_server_verb},
      {"server disable", servers, "take a server out at once", changing({server}), "", "", nullptr, run_server_verb},
      {"server weight", servers, "change the share of a server",
       changing({server, {"WEIGHT", Kind::number, true, "0..65535; 0: no new connections"}}), "", "", nullptr, run_server_verb},
  };
}

std::vector<Command> packet_commands() {
  return {
      {"flows", packets, "the connections that the workers know",
       {{"--service", Kind::service, false, "only of this service", "service", "NAME"},
        {"--client", Kind::text, false, "only from this address or prefix", "client", "ADDRESS"},
        {"--server", Kind::text, false, "only to this server", "server", "ADDRESS"},
        {"--protocol", Kind::protocol, false, "tcp or udp", "protocol", "NAME"},
        {"--state", Kind::text, false, "only in this state", "state", "STATE"},
        {"--limit", Kind::number, false, "stop after so many", "limit", "N"}},
       "GET", "/v1/flows", nullptr, run_flows},
      {"explain", packets, "what would happen to a packet, without sending one",
       {{"PROTOCOL", Kind::protocol, true, "tcp or udp"},
        {"SOURCE", Kind::text, true, "ADDRESS:PORT of the client"},
        {"DESTINATION", Kind::text, true, "ADDRESS:PORT of the service"}},
       "", "", nullptr, run_explain,
       "    poise explain tcp 198.51.100.7:5555 203.0.113.10:443\n    poise explain tcp '[2001:db8::7]:5555' '[2001:db8::10]:443'"},
      {"trace", packets, "the way of real packets through the stages", {filter, count, seconds}, "GET", "/v1/trace", nullptr, run_trace,
       "    poise trace --filter 'tcp port 443' --count 20"},
      {"capture", packets, "real packets as a pcap file",
       {{"-w", Kind::file, false, "where to write; - is standard output", "", "FILE"}, filter, count, seconds,
        {"--snap", Kind::number, false, "keep so many bytes of each packet", "snap", "N"},
        {"--dropped", Kind::text, false, "only dropped packets: a reason of poise drops, or any", "dropped", "REASON"}},
       "GET", "/v1/capture", nullptr, run_capture,
       "    poise capture -w dropped.pcap --dropped any --seconds 10\n    poise capture -w - --filter 'host 192.0.2.7' | tcpdump -nr -"},
  };
}

std::vector<Command> local_commands() {
  return {
      {"token create", local, "a new API token and the line of configuration that admits it",
       {{"--role", Kind::role, false, "read, operate or admin; read if not told", "", "ROLE"},
        {"--name", Kind::text, false, "its name in the configuration", "", "NAME"}},
       "", "", nullptr, run_token_create},
      {"doctor", local, "check what this machine needs to forward fast, and say what to type", {}, "", "", nullptr, run_doctor},
      {"demo", local, "how to see it all work on this machine", {}, "", "", nullptr, run_demo},
      {"completion", local, "the completion script of a shell", {{"SHELL", Kind::shell, true, "bash, zsh or fish"}}, "", "", nullptr,
       run_completion,
       "    poise completion bash >/etc/bash_completion.d/poise\n"
       "    poise completion zsh >/usr/local/share/zsh/site-functions/_poise\n"
       "    poise completion fish >~/.config/fish/completions/poise.fish"},
      {"version", local, "the version of this command and of poised", {}, "", "", nullptr, run_version},
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> table;
    for (auto group : {look_commands, configure_commands, server_commands, packet_commands, local_commands})
      for (Command& command : group()) table.push_back(std::move(command));
    return table;
  }();
  return all;
}

const std::vector<Argument>& global_options() {
  static const std::vector<Argument> all = {
      {"--json", Kind::flag, false, "the answer of the API as it is (streams: one JSON document a line)"},
      {"--socket", Kind::file, false, "the socket of poised; also POISE_SOCKET (default /run/poise/api.sock)", "", "PATH"},
      {"--url", Kind::text, false, "talk to https://host:8443 instead of the socket", "", "URL"},
      {"--token-file", Kind::file, false, "a file whose first line is the token for --url", "", "FILE"},
      {"--ca", Kind::file, false, "PEM file of the authority that signed the certificate of --url", "", "FILE"},
      {"--no-color", Kind::flag, false, "no colours; also NO_COLOR"}};
  return all;
}

std::vector<const Argument*> positionals(const Command& command) {
  std::vector<const Argument*> found;
  for (const Argument& argument : command.arguments)
    if (!argument.name.starts_with('-')) found.push_back(&argument);
  return found;
}

std::vector<const Argument*> options(const Command& command) {
  std::vector<const Argument*> found;
  for (const Argument& argument : command.arguments)
    if (argument.name.starts_with('-')) found.push_back(&argument);
  return found;
}

}  // namespace poise::control::cli
