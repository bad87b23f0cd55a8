#include "config/fields.hpp"

#include <gtest/gtest.h>

#include <set>

#include "config/choices_proxy.hpp"
#include "config/fields_config.hpp"

namespace poise::config {
namespace {

void each_object(const Type& type, const std::string& path, const auto& visit) {
  const Type& inner = type.inner();
  if (inner.element) return each_object(*inner.element, path + ".*", visit);
  if (inner.kind != Kind::object) return;
  visit(inner, path);
  for (const Field& field : inner.fields) each_object(*field.type, path + "." + std::string(field.name), visit);
}

TEST(Fields, every_field_has_a_name_of_its_own_and_a_help_text) {
  each_object(document_type(), "", [](const Type& object, const std::string& path) {
    std::set<std::string_view> names;
    for (const Field& field : object.fields) {
      EXPECT_TRUE(names.insert(field.name).second) << path << "." << field.name;
      EXPECT_GE(field.help.size(), 4u) << path << "." << field.name;
      EXPECT_EQ(find_field(object, field.name), &field);
    }
    EXPECT_EQ(find_field(object, "no_such_field"), nullptr);
  });
}

TEST(Fields, every_integer_has_a_range_that_its_type_and_default_fit) {
  each_object(document_type(), "", [](const Type& object, const std::string& path) {
    for (const Field& field : object.fields) {
      const Type& type = field.type->inner().kind == Kind::list ? *field.type->element : field.type->inner();
      if (type.kind != Kind::integer) continue;
      const std::string place = path + "." + std::string(field.name);
      EXPECT_LE(field.rule.max, type.integer_max) << place;
      // Distances from the minimum: right for signed ones, too, whose bits these are.
      const std::uint64_t range = field.rule.max - field.rule.min;
      EXPECT_TRUE(type.is_signed || field.rule.min <= field.rule.max) << place;
      if (field.rule.required || field.type->kind != Kind::integer) continue;
      const std::uint64_t value = type.number(field.get(object.default_value()));
      EXPECT_LE(value - field.rule.min, range) << place << " " << value;
    }
  });
}

// Each member's bytes change nothing but its own field: two rows of a table never name the same member, and none is
// forgotten.
TEST(Fields, a_table_names_every_member_of_its_struct_once) {
  each_object(document_type(), "", [](const Type& object, const std::string& path) {
    std::set<const void*> members;
    for (const Field& field : object.fields)
      EXPECT_TRUE(members.insert(field.get(object.default_value())).second) << path << "." << field.name;
  });
  EXPECT_EQ(fields<Node>.size(), 7u);
  EXPECT_EQ(fields<Interface>.size(), 9u);
  EXPECT_EQ(fields<Server>.size(), 9u);
  EXPECT_EQ(fields<Service>.size(), 15u);
  EXPECT_EQ(fields<Pool>.size(), 6u);
  EXPECT_EQ(fields<Check>.size(), 18u);
  EXPECT_EQ(fields<HttpCheck>.size(), 9u);
  EXPECT_EQ(fields<VrrpInstance>.size(), 28u);
  EXPECT_EQ(fields<Frontend>.size(), 19u);
  EXPECT_EQ(fields<Backend>.size(), 25u);
  EXPECT_EQ(fields<BackendServer>.size(), 16u);
  EXPECT_EQ(fields<BackendCheck>.size(), 15u);
  EXPECT_EQ(fields<HealthReaction>.size(), 7u);
  EXPECT_EQ(fields<LogServer>.size(), 6u);
  EXPECT_EQ(fields<ProxySettings>.size(), 1u);
  EXPECT_EQ(fields<Config>.size(), 20u);
}

template <class E>
void expect_complete(E last) {
  ASSERT_EQ(choices<E>.size(), std::size_t(last) + 1);
  std::set<std::string_view> names;
  for (std::size_t value = 0; value < choices<E>.size(); ++value) {
    const Choice& choice = choices<E>[value];
    EXPECT_EQ(std::size_t(choice.value), value);
    EXPECT_TRUE(names.insert(choice.name).second) << choice.name;
    EXPECT_GE(choice.help.size(), 3u) << choice.name;
    EXPECT_EQ(name_of(E(value)), choice.name);
    EXPECT_EQ(from_name<E>(choice.name), E(value));
  }
  EXPECT_EQ(from_name<E>("no_such_value"), std::nullopt);
}

TEST(Fields, every_value_of_every_enum_has_a_name_and_a_help_text) {
  expect_complete(Polling::adaptive);
  expect_complete(HugePages::never);
  expect_complete(BondMode::lacp);
  expect_complete(Rss::software);
  expect_complete(Protocol::any);
  expect_complete(Mode::tunnel);
  expect_complete(Encapsulation::gue);
  expect_complete(Scheduler::ovf);
  expect_complete(ClientAddress::proxy_v2);
  expect_complete(RemovedServerPolicy::reschedule);
  expect_complete(UnknownFlowPolicy::schedule);
  expect_complete(FailedServerPolicy::reschedule);
  expect_complete(CheckKind::exec);
  expect_complete(CheckState::up);
  expect_complete(HttpVersion::http_1_1);
  expect_complete(DnsType::txt);
  expect_complete(ServerState::down);
  expect_complete(LogFormat::json);
  expect_complete(LogLevel::error);
  expect_complete(LogTarget::syslog);
  expect_complete(Role::admin);
  expect_complete(ProxyMode::http);
  expect_complete(ProxyTransport::kernel);
  expect_complete(BalanceAlgorithm::random);
  expect_complete(BalanceHash::maglev);
  expect_complete(HttpReuse::always);
  expect_complete(ProxyHeaderVersion::v2);
  expect_complete(AccessLogFormat::json);
  expect_complete(SyslogFormat::rfc5424);
  expect_complete(SyslogLevel::debug);
  expect_complete(SyslogFacility::local7);
  expect_complete(BackendCheckKind::script);
  expect_complete(CheckObserve::layer7);
  expect_complete(CheckOnError::mark_down);
  expect_complete(OnMarkedDown::shutdown_sessions);
  expect_complete(OnMarkedUp::shutdown_backup_sessions);
  expect_complete(ServerInitState::fully_down);
}

}  // namespace
}  // namespace poise::config
