#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.hpp"
#include "config/types/result.hpp"

// Questions to a name server, and its answers (RFC 1035).
namespace poise::control::health {

std::string make_dns_query(std::uint16_t id, std::string_view name, config::DnsType type);

struct DnsRecord {
  std::uint16_t type = 0;
  std::string text;  // address, name or text; MX and SRV: numbers before the name
  std::string name;  // of MX and SRV: without the numbers; else as text
};

struct DnsAnswer {
  std::uint16_t id = 0;
  std::uint8_t code = 0;   // RFC 1035 4.1.1 RCODE
  bool truncated = false;  // then the records are those that were whole
  std::string question;    // the name that was asked for, as it came back
  std::uint16_t question_type = 0;
  std::vector<DnsRecord> records;  // of the answer section; types that are not ours are left out
};

// Any bytes. What is no answer, or contradicts itself, is an error.
Result<DnsAnswer> read_dns_answer(std::string_view message);

std::uint16_t number_of(config::DnsType type);
std::string name_of_code(std::uint8_t code);                        // "SERVFAIL"
bool same_dns_name(std::string_view left, std::string_view right);  // whatever the case, with or without the last dot

}  // namespace poise::control::health
