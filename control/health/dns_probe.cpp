#include "control/health/dns_probe.hpp"

#include <algorithm>

#include "control/health/dns_message.hpp"

namespace poise::control::health {
namespace {

// The source port tells probes apart; whoever could guess that could guess this.
constexpr std::uint16_t query_id = 0x7015;

bool is_expected(const DnsRecord& record, const std::vector<std::string>& expected) {
  const bool is_text = record.type == number_of(config::DnsType::txt);
  return std::ranges::any_of(expected, [&](const std::string& each) {
    if (const auto address = parse_ip(each); address && !is_text) return to_string(*address) == record.text;
    if (is_text) return each == record.text;
    return same_dns_name(each, record.text) || same_dns_name(each, record.name);
  });
}

}  // namespace

Actions DnsProbe::begin() {
  const config::DnsCheck& dns = plan_->target.check.dns;
  return {SendBytes{make_dns_query(query_id, dns.name, dns.type)}};
}

Actions DnsProbe::on_bytes(std::string_view bytes) {
  const auto answer = read_dns_answer(bytes);
  if (!answer) return fail("its answer cannot be read: " + answer.error().problem);
  const config::DnsCheck& dns = plan_->target.check.dns;
  const std::uint16_t type = number_of(dns.type);
  const bool is_ours = answer->id == query_id && (answer->question_type == 0 || answer->question_type == type);
  if (!is_ours) return {};  // to something else: ours may still come
  if (answer->code != 0) return fail("it answers " + name_of_code(answer->code));
  if (dns.expected.empty()) return pass();
  for (const DnsRecord& record : answer->records)
    if (record.type == type && is_expected(record, dns.expected)) return pass();
  return fail("none of its " + std::to_string(answer->records.size()) + " records is expected");
}

}  // namespace poise::control::health
