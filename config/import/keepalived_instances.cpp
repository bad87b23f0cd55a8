#include <algorithm>

#include "config/import/keepalived_authentication.hpp"
#include "config/import/keepalived_mapping.hpp"

// vrrp_instance.
namespace poise::config::importing {
namespace {

constexpr std::uint64_t garp_repeat = 5, garp_delay_ms = 5000, garp_step_ms = 10, announcements_max = 16;
constexpr std::int64_t priority_owner = 255;

// Instance - one of them while its statements are read; some can be judged only when all are known.
struct Instance {
  Target target;
  const Statement& source;
  std::string kernel_interface;
  Announcing announcing;
  const Statement *state = nullptr, *interface = nullptr, *priority = nullptr, *version = nullptr, *nopreempt = nullptr,
                  *preempt_delay = nullptr, *authentication = nullptr;
  std::optional<bool> strict, accept, mail, skip_address_check;
  bool announces = false;  // it says how, or global_defs does

  Mapping& mapping() const { return target.mapping; }
  bool is_master() const { return state != nullptr && first_argument(*state) == "MASTER"; }
  bool is_owner() const { return target.object.value("priority", nlohmann::json(0)) == priority_owner; }
  bool is_v6() const {
    const nlohmann::json list = target.object.value("addresses", nlohmann::json::array());
    return !list.empty() && list[0].get_ref<const std::string&>().find(':') != std::string::npos;
  }
};

void take_state(Instance& instance, const Statement& statement) {
  const std::string state = first_argument(statement);
  instance.state = &statement;
  if (state != "MASTER" && state != "BACKUP")
    return instance.mapping().refuse(statement, "there is no state \"" + state + "\"", "write MASTER or BACKUP");
  instance.mapping().taken(statement, "a hint: the priority decides who is master");
}

void take_interface(Instance& instance, const Statement& statement) {
  instance.interface = &statement;
  instance.kernel_interface = first_argument(statement);
  instance.target.take(statement, "interface",
                       map_link(instance.mapping(), statement.place, instance.kernel_interface));
}

void take_version(Instance& instance, const Statement& statement) {
  instance.version = &statement;
  if (const auto number = whole_number(instance.mapping(), statement))
    instance.target.take(statement, "version", *number);
}

void take_priority(Instance& instance, const Statement& statement) {
  instance.priority = &statement;
  if (const auto number = whole_number(instance.mapping(), statement))
    instance.target.take(statement, "priority", *number);
}

void take_source(Instance& instance, const Statement& statement) {
  const auto address = address_of(instance.mapping(), statement, first_argument(statement));
  if (address) instance.target.take(statement, "source", to_string(*address));
}

void take_virtual_mac(Instance& instance, const Statement& statement) {
  instance.target.take(statement, "virtual_mac", true);
  if (!statement.arguments.empty())
    instance.mapping().changed(statement, "without " + joined(statement.arguments) +
                                              ": there is no such interface, and the address is the standard's");
}

void take_preempt(Instance& instance, const Statement& statement) {
  const bool preempts = (statement.keyword == "preempt") == switched_on(instance.mapping(), statement);
  if (!preempts) instance.nopreempt = &statement;
  instance.target.take(statement, "preempt", preempts);
}

void take_preempt_delay(Instance& instance, const Statement& statement) { instance.preempt_delay = &statement; }
void take_authentication(Instance& instance, const Statement& statement) { instance.authentication = &statement; }
void take_hmac(Instance& instance, const Statement& statement) { map_hmac(instance.target, statement); }

void take_accept(Instance& instance, const Statement& statement) {
  instance.accept = (statement.keyword == "accept") == switched_on(instance.mapping(), statement);
  instance.target.take(statement, "accept", *instance.accept);
}

void take_strict(Instance& instance, const Statement& statement) {
  instance.strict = switched_on(instance.mapping(), statement);
  instance.mapping().taken(statement, "accept, authentication and preempt_delay follow it");
}

void take_address_check(Instance& instance, const Statement& statement) {
  instance.skip_address_check = switched_on(instance.mapping(), statement);
  instance.target.take(statement, "check_addresses", !*instance.skip_address_check);
}

void take_announcing(Instance& instance, const Statement& statement) {
  const std::string& word = statement.keyword;
  if (word == "garp_master_repeat") {
    const auto number = whole_number(instance.mapping(), statement);
    if (number && *number >= 0) instance.announcing.repeat = std::uint64_t(*number);
  } else {
    (word == "garp_master_delay" ? instance.announcing.delay_ms : instance.announcing.refresh_ms) =
        milliseconds(instance.mapping(), statement);
  }
  instance.mapping().taken(statement, word == "garp_master_refresh" ? "announce_refresh_ms" : "announce_after_ms");
}

void take_destination(Instance& instance, const Statement& statement) {
  const std::string group = first_argument(statement);
  if (group == "224.0.0.18" || group == "ff02::12")
    return instance.mapping().taken(statement, "the group that is used");
  instance.mapping().leave_out(statement, "advertisements go to 224.0.0.18 and ff02::12",
                               "use these groups on every node, or unicast_peer");
}

void leave_out_device(Instance& instance, const Statement& statement) {
  instance.mapping().leave_out(statement, "there is no " + statement.keyword, "remove it");
}

void take_number(Instance& instance, const Statement& statement) {
  if (const auto number = whole_number(instance.mapping(), statement))
    instance.target.take(statement, statement.keyword, *number);
}

void take_interval(Instance& instance, const Statement& statement) {
  if (const auto time = milliseconds(instance.mapping(), statement))
    instance.target.take(statement, "advert_interval_ms", *time);
}

void take_addresses(Instance& instance, const Statement& statement) {
  map_addresses(instance.target, statement, instance.kernel_interface);
}

struct Handler {
  std::string_view keyword;
  void (*run)(Instance&, const Statement&);
};
constexpr Handler handlers[] = {{"state", take_state},
                                {"virtual_router_id", take_number},
                                {"priority", take_priority},
                                {"advert_int", take_interval},
                                {"version", take_version},
                                {"vrrp_version", take_version},
                                {"authentication", take_authentication},
                                {"auth_hmac", take_hmac},
                                {"virtual_ipaddress", take_addresses},
                                {"virtual_ipaddress_excluded", take_addresses},
                                {"virtual_routes", take_addresses},
                                {"virtual_rules", take_addresses},
                                {"unicast_peer", take_addresses},
                                {"unicast_ttl", take_number},
                                {"unicast_src_ip", take_source},
                                {"mcast_src_ip", take_source},
                                {"mcast_dst_ip", take_destination},
                                {"use_vmac", take_virtual_mac},
                                {"use_ipvlan", leave_out_device},
                                {"vrf", leave_out_device},
                                {"nopreempt", take_preempt},
                                {"preempt", take_preempt},
                                {"preempt_delay", take_preempt_delay},
                                {"accept", take_accept},
                                {"no_accept", take_accept},
                                {"strict_mode", take_strict},
                                {"skip_check_adv_addr", take_address_check},
                                {"down_timer_adverts", take_number},
                                {"garp_master_delay", take_announcing},
                                {"garp_master_repeat", take_announcing},
                                {"garp_master_refresh", take_announcing}};

void finish_version(Instance& instance) {
  const std::uint8_t otherwise = instance.mapping().defaults.version;
  if (instance.version == nullptr) instance.target.set(instance.source.place, "version", otherwise);
  if (!instance.is_v6() || instance.target.object["version"] == 3) return;
  instance.target.set(instance.source.place, "version", 3);
  instance.mapping().changed(instance.source, instance.target.path + ".version = 3, because its addresses are IPv6");
}

void finish_state(Instance& instance) {
  Mapping& mapping = instance.mapping();
  if (instance.interface == nullptr)
    mapping.refuse(instance.source, "the instance has no interface", "add interface, with the name of one");
  if (instance.priority == nullptr && instance.is_master())
    mapping.refuse(*instance.state, "without a priority keepalived takes state MASTER for 255, the owner's",
                   "add priority, from 1 to 254");
  if (instance.nopreempt != nullptr && instance.is_master()) {
    mapping.leave_out(*instance.nopreempt, "with state MASTER keepalived preempts in any case", "use state BACKUP");
    instance.target.object.erase("preempt");
  }
}

void finish_preempt_delay(Instance& instance, bool strict) {
  if (instance.preempt_delay == nullptr) return;
  if (instance.is_master() || strict)
    return instance.mapping().ignored(*instance.preempt_delay, strict ? "the strict mode has none, as in keepalived"
                                                                      : "with state MASTER keepalived has none: use "
                                                                        "state BACKUP to delay");
  if (const auto time = milliseconds(instance.mapping(), *instance.preempt_delay))
    instance.target.take(*instance.preempt_delay, "preempt_delay_ms", *time);
}

void finish_strict(Instance& instance, bool strict) {
  if (instance.authentication != nullptr) {
    std::string why;
    if (instance.target.object["version"] == 3) why = "version 3 has no authentication, as in keepalived";
    if (strict) why = "the strict mode has no authentication, as in keepalived";
    if (!why.empty()) instance.mapping().ignored(*instance.authentication, why);
    map_authentication(instance.target, *instance.authentication, why);
  }
  if (!strict) return;
  if (!instance.accept && !instance.is_owner()) {
    instance.target.set(instance.source.place, "accept", false);
    instance.mapping().changed(instance.source, instance.target.path + ".accept = false: the strict mode");
  }
  if (instance.target.object.contains("unicast_peers"))
    instance.mapping().refuse(instance.source, "the strict mode has no unicast peers", "remove vrrp_strict");
}

// So many announcements from `first` on, a step apart.
void add_burst(nlohmann::json& list, std::uint64_t first, std::uint64_t count, std::uint64_t step) {
  for (std::uint64_t i = 0; i < count && list.size() < announcements_max; ++i) list.push_back(first + i * step);
}

void finish_announcing(Instance& instance) {
  const Announcing &own = instance.announcing, &common = instance.mapping().defaults.announcing;
  const auto delay = own.delay_ms ? own.delay_ms : common.delay_ms;
  const auto repeat = own.repeat ? own.repeat : common.repeat;
  const auto refresh = own.refresh_ms ? own.refresh_ms : common.refresh_ms;
  if (refresh) instance.target.set(instance.source.place, "announce_refresh_ms", *refresh);
  if (!delay && !repeat && !common.once && !common.interval_ms) return;
  nlohmann::json after = nlohmann::json::array();
  const std::uint64_t step = std::max(common.interval_ms.value_or(0), garp_step_ms);
  const bool once = common.once && !repeat;
  const std::uint64_t count = std::min(once ? 1 : repeat.value_or(garp_repeat), announcements_max / 2);
  add_burst(after, 0, count, step);
  const std::uint64_t second = once && !delay ? 0 : delay.value_or(garp_delay_ms);
  if (second > 0) add_burst(after, second, count, step);
  instance.mapping().changed(instance.source, instance.target.path + ".announce_after_ms = " + text_of(after) +
                                                  ", from its garp_ settings or those of global_defs");
  instance.target.set(instance.source.place, "announce_after_ms", std::move(after));
}

void finish_defaults(Instance& instance) {
  const InstanceDefaults& defaults = instance.mapping().defaults;
  const Place place = instance.source.place;
  if (!instance.target.object.contains("virtual_mac")) instance.target.set(place, "virtual_mac", false);
  if (!instance.skip_address_check && defaults.skip_address_check) instance.target.set(place, "check_addresses", false);
  if (defaults.down_timer_adverts && !instance.target.object.contains("down_timer_adverts"))
    instance.target.set(place, "down_timer_adverts", *defaults.down_timer_adverts);
  if (defaults.start_delay_ms) instance.target.set(place, "start_delay_ms", *defaults.start_delay_ms);
  if (!instance.mail && defaults.mail && defaults.mail_works)
    instance.target.child(place, "notify").set(place, "mail", true);
}

// Whose the addresses are, and where advertisements come from.
void finish_addresses(Instance& instance) {
  Mapping& mapping = instance.mapping();
  for (const nlohmann::json& text : instance.target.object.value("addresses", nlohmann::json::array()))
    if (const auto address = parse_ip(text.get_ref<const std::string&>()); address && !instance.is_owner())
      mapping.virtual_addresses.insert(*address);
  if (instance.interface == nullptr || instance.is_v6() || instance.target.object.contains("source")) return;
  KernelLink& link = mapping.links.at(instance.kernel_interface);
  link.needs_v4 = true;
  link.needed_at = instance.interface->place;
}

}  // namespace

void map_instance(Mapping& mapping, const Statement& statement) {
  const std::string kept = first_argument(statement), name = valid_name(kept);
  if (!mapping.instance_names.emplace(name, kept).second)
    return mapping.refuse(statement, "there is an instance \"" + name + "\" already", "give each another name");
  Instance instance{.target = target_at(mapping, statement.place, {"vrrp", "instances", name}), .source = statement};
  mapping.taken(statement, instance.target.path);
  if (name != kept) mapping.changed(statement, "names have 1 to 63 letters, digits, '.', '_' and '-'");
  instance.target.object["addresses"] = nlohmann::json::array();
  for (const Statement& each : statement.children)
    if (each.keyword == "interface") take_interface(instance, each);
  for (const Statement& each : statement.children) {
    const auto handler = std::ranges::find(handlers, each.keyword, &Handler::keyword);
    if (handler != std::end(handlers)) {
      handler->run(instance, each);
    } else if (map_notify(instance.target, each)) {
      if (each.keyword == "smtp_alert") instance.mail = true;
    } else {
      map_trackers(instance.target, each, mapping.weightless.contains(kept));
    }
  }
  const bool strict = instance.strict.value_or(mapping.defaults.strict);
  finish_version(instance);
  finish_state(instance);
  finish_preempt_delay(instance, strict);
  finish_strict(instance, strict);
  finish_announcing(instance);
  finish_defaults(instance);
  finish_addresses(instance);
}

}  // namespace poise::config::importing
