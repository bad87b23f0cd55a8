#include "control/cli/command.hpp"
#include "control/cli/run.hpp"
#include "control/cli/views.hpp"

namespace poise::control::cli {
namespace {

using Arguments = std::vector<Argument>;

// A command that is one GET and a view of its answer.
struct Asked {
  const char* path;
  View view;
  Run run = run_live;
};
Command row(const char* words, const char* help, Arguments arguments, const Asked& asked, const char* details = "") {
  return {.words = words,
          .help = help,
          .arguments = std::move(arguments),
          .method = "GET",
          .path = asked.path,
          .view = asked.view,
          .run = asked.run,
          .details = details};
}

// A command that makes its requests itself, or none.
Command row(const char* words, const char* help, Arguments arguments, Run run, const char* details = "") {
  return {.words = words, .help = help, .arguments = std::move(arguments), .run = run, .details = details};
}

Argument positional(const char* name, Kind kind, const char* help) {
  return {.name = name, .kind = kind, .required = true, .help = help};
}

Argument optional(const char* name, Kind kind, const char* help) { return {.name = name, .kind = kind, .help = help}; }

Argument flag(const char* name, const char* help) { return {.name = name, .kind = Kind::flag, .help = help}; }

Argument option(const char* name, const char* value, Kind kind, const char* help) {
  return {.name = name, .kind = kind, .help = help, .value = value};
}

// An option that becomes the query member of the same name.
Argument query(const char* name, const char* value, Kind kind, const char* help) {
  return {.name = std::string("--") + name, .kind = kind, .help = help, .query = name, .value = value};
}

Argument watch() { return flag("--watch", "show it again each second until Ctrl-C"); }
Argument filter() { return query("filter", "EXPRESSION", Kind::text, "only packets that match, as in pcap-filter(7)"); }
Argument count() { return query("count", "N", Kind::number, "stop after so many packets"); }
Argument seconds() { return query("seconds", "N", Kind::number, "stop after so many seconds"); }

// The options of every change, after the arguments of its own.
Arguments changing(Arguments own) {
  own.push_back(
      option("--confirm", "TIME", Kind::duration, "revert unless \"poise config confirm\" comes within this time"));
  own.push_back(option("--comment", "TEXT", Kind::text, "a remark kept with the revision"));
  own.push_back(flag("--dry-run", "check and show the changes, commit nothing"));
  return own;
}

// The same for changes of the document, which may be conditional.
Arguments changing_document(Arguments own) {
  own = changing(std::move(own));
  own.push_back(option("--if-revision", "N", Kind::number, "only if this revision is running"));
  return own;
}

constexpr const char* about_paths =
    "Dots separate the members of PATH. Where a name has a dot in it, separate with slashes: "
    "interfaces/lan/vlans/lan.100.";
constexpr const char* about_set =
    "Dots separate the members of PATH. Where a name has a dot in it, separate with slashes: "
    "interfaces/lan/vlans/lan.100.\n\n"
    "    poise config set services.web.scheduler maglev --confirm 60s\n"
    "    poise config set pools.web.servers.web3 '{\"address\": \"192.0.2.13\", \"port\": 8080}'";

constexpr const char* about_import =
    "Reads keepalived.conf or haproxy.cfg and writes what it says as a configuration of ours, to standard output or a\n"
    "file. A note on standard error says of each line what became of it. What this machine knows of its interfaces,\n"
    "addresses, PCI devices, names and variables is taken where no option gives it. Errors leave nothing written;\n"
    "--apply replaces the whole running configuration: look at it with --dry-run first. docs/from_keepalived.md and\n"
    "docs/from_haproxy.md say what becomes what.\n\n"
    "    poise config import /etc/keepalived/keepalived.conf --output poise.json\n"
    "    poise config import keepalived.conf --device eth0=0000:03:00.0 --address eth0=192.168.1.1/24 --apply\n"
    "    poise config import /etc/haproxy/haproxy.cfg --variable SITE=north --output poise.json";

Arguments import_arguments() {
  Argument device = option("--device", "NAME=DEVICE", Kind::text, "the DPDK device of a kernel interface; repeats");
  Argument address = option("--address", "NAME=PREFIX", Kind::text, "this node's address on it; repeats");
  Argument variable = option("--variable", "NAME=VALUE", Kind::text, "what $NAME stands for (HAProxy); repeats");
  device.repeats = address.repeats = variable.repeats = true;
  return {positional("FILE", Kind::file, "keepalived.conf or haproxy.cfg"),
          option("--format", "NAME", Kind::text, "keepalived or haproxy; what it looks like if not told"),
          device,
          address,
          option("--id", "ID", Kind::text, "what lines with @id are for (keepalived); the host name if not told"),
          variable,
          option("--transport", "NAME", Kind::text,
                 "of frontends and backends (HAProxy): kernel, if not told, or datapath"),
          flag("--lenient", "leave out what is unknown or cannot be expressed, instead of refusing it"),
          option("--output", "FILE", Kind::file, "write the configuration there"),
          flag("--apply", "make it the running configuration")};
}

std::vector<Command> look_commands() {
  return {
      row("status", "version, revision, uptime, memory and what needs attention", {watch()},
          Asked{"/v1/status", view_status}),
      row("service", "services with their traffic; one service with its servers",
          {optional("NAME", Kind::service, "one service"), watch()}, Asked{"/v1/services/{NAME}", view_services}),
      row("pool", "pools with their servers and drains", {optional("NAME", Kind::pool, "one pool"), watch()},
          Asked{"/v1/pools/{NAME}", view_pools}),
      row("top", "rates of all services and servers, refreshed each second",
          {option("--count", "N", Kind::number, "stop after so many refreshes")}, run_top),
      row("interfaces", "ports and VLANs: link, addresses, traffic", {watch()},
          Asked{"/v1/interfaces", view_interfaces}),
      row("neighbors", "what ARP and neighbor discovery know", {watch()}, Asked{"/v1/neighbors", view_neighbors}),
      row("vrrp", "virtual routers: state, master, priority, why",
          {optional("NAME", Kind::text, "one instance, with counters and history"),
           flag("--packets", "the last packets of that instance, sent and received"), watch()},
          Asked{"/v1/vrrp/{NAME}", view_vrrp}),
      row("frontend", "frontends of the proxy (layer 7)", {optional("NAME", Kind::text, "one frontend"), watch()},
          Asked{"/v1/frontends/{NAME}", view_frontends}),
      row("backend", "backends of the proxy with their servers", {optional("NAME", Kind::text, "one backend"), watch()},
          Asked{"/v1/backends/{NAME}", view_backends}),
      row("stick-table", "stick tables; one with its entries",
          {optional("NAME", Kind::text, "one table"), query("key", "KEY", Kind::text, "only the entry of this key"),
           query("data", "DATA", Kind::text, "only entries whose DATA, such as http_req_rate, is above --above"),
           query("above", "N", Kind::number, "0 if not told"), query("limit", "N", Kind::number, "100 if not told"),
           watch()},
          Asked{"/v1/stick_tables/{NAME}", view_stick_tables}),
      row("stick-entry clear", "remove the entries of a stick table that are not in use",
          {positional("NAME", Kind::text, "the table"), option("--key", "KEY", Kind::text, "only this one")},
          run_stick_table_clear),
      row("stick-entry set", "set counters or the tag of an entry",
          {positional("NAME", Kind::text, "the table"),
           positional("KEY", Kind::text, "whose entry; it is added if need be"),
           option("--gpc0", "N", Kind::number, "the first counter"), option("--gpc1", "N", Kind::number, "the second"),
           option("--gpt0", "N", Kind::number, "the tag")},
          run_stick_table_set),
      row("heartbeats", "BFD sessions with other nodes", {watch()}, Asked{"/v1/heartbeats", view_heartbeats}),
      row("routes", "the routes in force, connected ones included", {watch()}, Asked{"/v1/routes", view_routes}),
      row("workers", "how busy every worker is", {watch()}, Asked{"/v1/workers", view_workers}),
      row("drops", "why packets were dropped", {flag("--all", "also reasons that never happened"), watch()},
          Asked{"/v1/drops", view_drops}),
      row("stages", "cycles per packet of every stage", {watch()}, Asked{"/v1/stages", view_stages}),
      row("events", "commits, server and link changes as they happen", {}, Asked{"/v1/events", nullptr, run_events}),
      row("metrics", "the counters as Prometheus reads them", {}, Asked{"/metrics", nullptr, run_request}),
  };
}

std::vector<Command> configure_commands() {
  const Argument path = positional("PATH", Kind::config_path, "where, for example services.web.scheduler");
  const Argument file = positional("FILE", Kind::file, "a whole document (comments allowed); - is standard input");
  return {
      row("config get", "the running configuration or a part of it",
          {optional("PATH", Kind::config_path, "a part of the document"), flag("--full", "with all defaults")},
          run_config_get, about_paths),
      row("config set", "change one value",
          changing_document({path, positional("VALUE", Kind::text, "JSON, or plain text for a string")}),
          run_config_set, about_set),
      row("config delete", "remove a part", changing_document({path}), run_config_delete, about_paths),
      row("config edit", "edit the running configuration in $EDITOR, look at the changes, commit",
          changing({flag("--yes", "commit without asking")}), run_config_edit),
      row("config plan", "what a document would change", {file}, run_config_plan),
      row("config commit", "make a document the running configuration", changing_document({file}), run_config_commit,
          "    poise config commit poise.json --confirm 60s --comment \"new web pool\""),
      row("config import", "read a configuration of keepalived or HAProxy", changing_document(import_arguments()),
          run_config_import, about_import),
      row("config confirm", "keep a commit that was made with --confirm", {}, run_config_confirm),
      row("config rollback", "commit an earlier revision again",
          changing({optional("REVISION", Kind::number, "which one; the one before if not told")}), run_config_rollback),
      row("config revisions", "the kept revisions, newest first", {},
          Asked{"/v1/revisions", view_revisions, run_request}),
      row("config show", "the document of a revision",
          {positional("REVISION", Kind::number, "see poise config revisions")}, run_config_show),
      row("config schema", "the JSON Schema of the document", {}, Asked{"/v1/schema", view_document, run_request}),
      row("config help", "type, range, default and meaning of a field",
          {positional("PATH", Kind::config_path, "for example services.*.scheduler")},
          Asked{"/v1/help/{PATH}", view_help, run_request}),
  };
}

std::vector<Command> server_commands() {
  const Argument server = positional("POOL/SERVER", Kind::server, "for example web/web1");
  return {
      row("server drain", "give a server no new connections and let the old ones end",
          changing({server, option("--deadline", "TIME", Kind::duration, "reset what is left after this time"),
                    flag("--wait", "show progress until no connection is left")}),
          run_server_drain, "    poise server drain web/web1 --deadline 5m --wait"),
      row("server enable", "let a server take connections again", changing({server}), run_server_verb),
      row("server disable", "take a server out at once", changing({server}), run_server_verb),
      row("server weight", "change the share of a server",
          changing({server, positional("WEIGHT", Kind::number, "0..65535; 0: no new connections")}), run_server_verb),
  };
}

std::vector<Command> backend_server_commands() {
  const Argument server = positional("BACKEND/SERVER", Kind::text, "for example web/web1");
  return {
      row("backend-server drain", "give a server no new sessions and let the old ones end",
          {server, option("--deadline", "TIME", Kind::duration, "end what is left after this time"),
           flag("--wait", "show progress until no session is left")},
          run_backend_server_state, "    poise backend-server drain web/web1 --deadline 5m --wait"),
      row("backend-server maint", "take a server out; it is not checked any more", {server}, run_backend_server_state),
      row("backend-server ready", "undo drain and maint", {server}, run_backend_server_state),
      row("backend-server weight", "change the share of a server until poised ends",
          {server, positional("WEIGHT", Kind::text, "0..256; 50%: of the configured one; configured: that one")},
          run_backend_server_weight),
      row("backend-server health", "say how a server is until its checks say otherwise, or have no checks made",
          {server, positional("WORD", Kind::text, "up, stopping or down; off and on for the checks")},
          run_backend_server_check),
      row("backend-server agent", "say what its agent says, or have it not asked",
          {server, positional("WORD", Kind::text, "up or down; off and on for asking it")}, run_backend_server_check),
  };
}

std::vector<Command> packet_commands() {
  return {
      row("flows", "the connections that the workers know",
          {query("service", "NAME", Kind::service, "only of this service"),
           query("client", "ADDRESS", Kind::text, "only from this address, or ADDRESS:PORT"),
           query("server", "ADDRESS", Kind::text, "only to this server: its name, address, or ADDRESS:PORT"),
           query("protocol", "NAME", Kind::protocol, "only of this protocol"),
           query("state", "STATE", Kind::text, "only in this state"),
           query("limit", "N", Kind::number, "stop after so many")},
          Asked{"/v1/flows", nullptr, run_flows}),
      row("explain", "what would happen to a packet, without sending one",
          {positional("PROTOCOL", Kind::protocol, "tcp, udp or a number"),
           positional("SOURCE", Kind::text, "ADDRESS:PORT of the client"),
           positional("DESTINATION", Kind::text, "ADDRESS:PORT of the service")},
          run_explain,
          "    poise explain tcp 198.51.100.7:5555 203.0.113.10:443\n"
          "    poise explain tcp '[2001:db8::7]:5555' '[2001:db8::10]:443'"),
      row("trace", "the way of real packets through the stages", {filter(), count(), seconds()},
          Asked{"/v1/trace", nullptr, run_trace}, "    poise trace --filter 'tcp port 443' --count 20"),
      row("capture", "real packets as a pcap file",
          {option("-w", "FILE", Kind::file, "where to write; - is standard output"), filter(), count(), seconds(),
           query("snap", "N", Kind::number, "keep so many bytes of each packet"),
           query("dropped", "REASON", Kind::text, "only dropped packets: a reason of poise drops, or any")},
          Asked{"/v1/capture", nullptr, run_capture},
          "    poise capture -w dropped.pcap --dropped any --seconds 10\n"
          "    poise capture -w - --filter 'host 192.0.2.7' | tcpdump -nr -"),
  };
}

std::vector<Command> local_commands() {
  return {
      row("token create", "a new API token and the line of configuration that admits it",
          {option("--role", "ROLE", Kind::role, "read, operate or admin; read if not told"),
           option("--name", "NAME", Kind::text, "its name in the configuration")},
          run_token_create),
      row("doctor", "check what this machine needs to forward fast, and say what to type", {}, run_doctor),
      row("demo", "how to see it all work on this machine", {}, run_demo),
      row("completion", "the completion script of a shell", {positional("SHELL", Kind::shell, "bash, zsh or fish")},
          run_completion,
          "    poise completion bash >/etc/bash_completion.d/poise\n"
          "    poise completion zsh >/usr/local/share/zsh/site-functions/_poise\n"
          "    poise completion fish >~/.config/fish/completions/poise.fish"),
      row("version", "the version of this command and of poised", {}, run_version),
  };
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    struct Group {
      const char* name;
      std::vector<Command> (*rows)();
    };
    constexpr Group groups[] = {{"Look", look_commands},
                                {"Configure", configure_commands},
                                {"Servers", server_commands},
                                {"Servers of backends", backend_server_commands},
                                {"Follow packets", packet_commands},
                                {"This machine", local_commands}};
    std::vector<Command> table;
    for (const Group& group : groups)
      for (Command& command : group.rows()) {
        command.group = group.name;
        table.push_back(std::move(command));
      }
    return table;
  }();
  return all;
}

const std::vector<Argument>& global_options() {
  static const std::vector<Argument> all = {
      flag("--json", "the answer of the API as it is (streams: one JSON document a line)"),
      option("--socket", "PATH", Kind::file, "the socket of poised; also POISE_SOCKET (default /run/poise/api.sock)"),
      option("--url", "URL", Kind::text, "talk to https://host:8443 instead of the socket"),
      option("--token-file", "FILE", Kind::file, "a file whose first line is the token for --url"),
      option("--ca", "FILE", Kind::file, "PEM file of the authority that signed the certificate of --url"),
      flag("--no-color", "no colours; also NO_COLOR")};
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
