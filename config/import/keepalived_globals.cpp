#include "config/import/keepalived_mapping.hpp"

// global_defs: the node's name, mails, and what every instance does unless it says otherwise.
namespace poise::config::importing {
namespace {

// Globals - what is collected until the block ends: its lines may be in any order.
struct Globals {
  Mapping& mapping;
  const Statement *server = nullptr, *from = nullptr, *receivers = nullptr, *hello = nullptr, *timeout = nullptr;
};

void take_router_id(Globals& globals, const Statement& statement) {
  Target node = target_at(globals.mapping, statement.place, {"node"});
  const std::string name = first_argument(statement), valid = valid_name(name);
  node.take(statement, "name", valid);
  if (valid != name) globals.mapping.changed(statement, "names have letters, digits, '.', '_' and '-'");
}

void take_version(Globals& globals, const Statement& statement) {
  const std::string text = first_argument(statement);
  if (text != "2" && text != "3")
    return globals.mapping.refuse(statement, "there is no VRRP version " + text, "write 2 or 3");
  globals.mapping.defaults.version = text == "2" ? 2 : 3;
  globals.mapping.taken(statement, "version of each instance that does not name one");
}

void take_announcing(Globals& globals, const Statement& statement) {
  Announcing& announcing = globals.mapping.defaults.announcing;
  const std::string& word = statement.keyword;
  if (word == "vrrp_min_garp") {
    announcing.once = switched_on(globals.mapping, statement);
  } else if (word.ends_with("repeat")) {
    const auto number = whole_number(globals.mapping, statement);
    if (number && *number >= 0) announcing.repeat = std::uint64_t(*number);
  } else {
    const auto time = milliseconds(globals.mapping, statement);
    (word.ends_with("delay")     ? announcing.delay_ms
     : word.ends_with("refresh") ? announcing.refresh_ms
                                 : announcing.interval_ms) = time;
  }
  globals.mapping.taken(statement, "in announce_after_ms and announce_refresh_ms of each instance");
}

void take_default(Globals& globals, const Statement& statement) {
  InstanceDefaults& defaults = globals.mapping.defaults;
  const std::string& word = statement.keyword;
  if (word == "vrrp_down_timer_adverts") {
    if (const auto number = whole_number(globals.mapping, statement))
      defaults.down_timer_adverts = std::uint64_t(*number);
  } else if (word == "vrrp_startup_delay") {
    defaults.start_delay_ms = milliseconds(globals.mapping, statement);
  } else {
    const bool on = switched_on(globals.mapping, statement);
    (word == "vrrp_strict"                ? defaults.strict
     : word == "vrrp_skip_check_adv_addr" ? defaults.skip_address_check
                                          : defaults.mail) = on;
  }
  globals.mapping.taken(statement, "for each instance that does not say otherwise");
}

void take_multicast_group(Globals& globals, const Statement& statement) {
  const std::string group = first_argument(statement);
  if (group == "224.0.0.18" || group == "ff02::12") return globals.mapping.taken(statement, "the group that is used");
  globals.mapping.leave_out(statement, "advertisements go to 224.0.0.18 and ff02::12",
                            "use these groups on every node, or unicast_peer");
}

void take_script_user(Globals& globals, const Statement& statement) {
  target_at(globals.mapping, statement.place, {"vrrp"})
      .take(statement, "script_user", valid_name(first_argument(statement)));
  if (statement.arguments.size() > 1)
    globals.mapping.changed(statement, "the group is that of the user, not " + statement.arguments[1]);
}

void take_script_security(Globals& globals, const Statement& statement) {
  globals.mapping.taken(statement, "always so: no program runs as root unless vrrp.script_user says it");
}

void take_timeouts(Globals& globals, const Statement& statement) {
  globals.mapping.leave_out(statement, "time-outs of flows are those of each service: " + joined(statement.arguments),
                            "set services.*.timeouts after the import and remove this line");
}

void remember(Globals& globals, const Statement& statement) {
  const std::string& word = statement.keyword;
  (word == "smtp_server"               ? globals.server
   : word == "notification_email"      ? globals.receivers
   : word == "notification_email_from" ? globals.from
   : word == "smtp_helo_name"          ? globals.hello
                                       : globals.timeout) = &statement;
}

struct Handler {
  std::string_view keyword;
  void (*run)(Globals&, const Statement&);
};
constexpr Handler handlers[] = {{"router_id", take_router_id},
                                {"notification_email", remember},
                                {"notification_email_from", remember},
                                {"smtp_server", remember},
                                {"smtp_helo_name", remember},
                                {"smtp_connect_timeout", remember},
                                {"smtp_alert", take_default},
                                {"smtp_alert_vrrp", take_default},
                                {"vrrp_version", take_version},
                                {"vrrp_garp_master_delay", take_announcing},
                                {"vrrp_garp_master_repeat", take_announcing},
                                {"vrrp_garp_master_refresh", take_announcing},
                                {"vrrp_garp_interval", take_announcing},
                                {"vrrp_gna_interval", take_announcing},
                                {"vrrp_min_garp", take_announcing},
                                {"garp_master_delay", take_announcing},
                                {"garp_master_repeat", take_announcing},
                                {"garp_master_refresh", take_announcing},
                                {"vrrp_down_timer_adverts", take_default},
                                {"vrrp_skip_check_adv_addr", take_default},
                                {"vrrp_strict", take_default},
                                {"vrrp_startup_delay", take_default},
                                {"script_user", take_script_user},
                                {"enable_script_security", take_script_security},
                                {"vrrp_mcast_group4", take_multicast_group},
                                {"vrrp_mcast_group6", take_multicast_group},
                                {"lvs_timeouts", take_timeouts}};

// "Name <a@b>" -> "a@b"
std::string bare_address(const std::string& text) {
  const std::size_t open = text.find('<'), close = text.find('>');
  return open < close && close != std::string::npos ? text.substr(open + 1, close - open - 1) : text;
}

void take_receivers(Globals& globals, Target& mail) {
  globals.mapping.taken(*globals.receivers, "mail.to");
  for (const Statement& entry : globals.receivers->children) {
    mail.add(entry.place, "to", bare_address(entry.keyword));
    globals.mapping.taken(entry, "mail.to");
  }
}

void take_sender(Globals& globals, Target& mail) {
  if (globals.from != nullptr) {
    const std::string text = first_argument(*globals.from);
    mail.take(*globals.from, "from", bare_address(text));
    if (bare_address(text) != text) globals.mapping.changed(*globals.from, "only the address is taken");
    return;
  }
  const nlohmann::json node = globals.mapping.document.value("node", nlohmann::json::object());
  mail.set(globals.server->place, "from", "keepalived@" + node.value("name", std::string("localhost")));
  globals.mapping.changed(*globals.server, "mail.from = " + text_of(mail.object["from"]) + ", as in keepalived");
}

// Mails need a server and a receiver; without them keepalived sends none, and neither do we.
void finish_mail(Globals& globals) {
  Mapping& mapping = globals.mapping;
  const bool has_receiver = globals.receivers != nullptr && !globals.receivers->children.empty();
  if (globals.server == nullptr || !has_receiver) {
    const std::string why = std::string("no mails are sent: there is no ") +
                            (globals.server == nullptr ? "smtp_server" : "notification_email");
    for (const Statement* each : {globals.server, globals.from, globals.receivers, globals.hello, globals.timeout})
      if (each != nullptr) mapping.ignored(*each, why);
    if (globals.receivers != nullptr) mapping.note_rest(globals.receivers->children, why);
    return;
  }
  mapping.defaults.mail_works = true;
  Target mail = target_at(mapping, globals.server->place, {"mail"});
  mail.take(*globals.server, "server", first_argument(*globals.server));
  mail.set(globals.server->place, "security", "none");
  mapping.changed(*globals.server, "mail.security = \"none\", as keepalived sends; \"starttls\" is better");
  if (globals.server->arguments.size() > 1)
    if (const auto port = whole_number(mapping, *globals.server, globals.server->arguments[1]))
      mail.set(globals.server->place, "port", *port);
  take_sender(globals, mail);
  take_receivers(globals, mail);
  if (globals.hello != nullptr) mail.take(*globals.hello, "hello", first_argument(*globals.hello));
  if (globals.timeout != nullptr)
    if (const auto time = milliseconds(mapping, *globals.timeout)) mail.take(*globals.timeout, "timeout_ms", *time);
}

}  // namespace

void map_globals(Mapping& mapping, const Statement& statement) {
  Globals globals{.mapping = mapping};
  mapping.taken(statement, "node, mail, vrrp");
  for (const Statement& each : statement.children)
    for (const Handler& handler : handlers)
      if (handler.keyword == each.keyword) handler.run(globals, each);
  finish_mail(globals);
}

}  // namespace poise::config::importing
