#include <algorithm>
#include <array>

#include "config/import/haproxy/formats.hpp"
#include "config/import/haproxy/proxy.hpp"
#include "config/import/texts.hpp"
#include "config/placeholders.hpp"
#include "config/spelling.hpp"

// balance, hash-type, hash-balance-factor.
namespace poise::config::importing::haproxy {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 10> algorithms = {"roundrobin", "static-rr", "leastconn", "first",  "source",
                                                         "uri",        "url_param", "hdr",       "random", "hash"};

// "hdr(Host)": the word and what is in its parentheses.
struct Call {
  std::string name, argument;
  bool has_argument = false;
};
std::optional<Call> call_of(const std::string& word) {
  const std::size_t open = word.find('(');
  if (open == std::string::npos) return Call{word, "", false};
  if (!word.ends_with(')')) return std::nullopt;
  return Call{word.substr(0, open), word.substr(open + 1, word.size() - open - 2), true};
}

// BalanceLine - one `balance` while its words are read.
struct BalanceLine {
  Mapping& mapping;
  const Line& line;
  json balance = json::object();
  bool is_wrong = false;

  void refuse(const std::string& problem, const std::string& fix) {
    is_wrong = true;
    mapping.refuse(line, problem, fix);
  }
  std::uint64_t number_at(std::size_t index, std::uint64_t max) {
    const auto number = mapping.value(line, read_number(line.word(index), 1, max));
    is_wrong = is_wrong || !number;
    return number.value_or(0);
  }
};

void take_uri_words(BalanceLine& of) {
  for (std::size_t i = 2; i < of.line.words.size(); ++i) {
    const std::string& word = of.line.words[i];
    if (word == "len")
      of.balance["uri_length"] = of.number_at(++i, 8192);
    else if (word == "depth")
      of.balance["uri_depth"] = of.number_at(++i, 256);
    else if (word == "whole")
      of.balance["uri_whole"] = true;
    else if (word != "path-only")
      return of.refuse("\"" + word + "\" is not expected here", "use len, depth, whole and path-only");
  }
}

// The placeholder of an expression, with its brackets. Nothing: it was left out.
std::optional<std::string> key_of(BalanceLine& of, const std::string& expression) {
  if (expression == "req.ssl_sni" || expression == "req_ssl_sni") return "%[req.ssl_sni]";
  Sample sample = sample_of(expression, of.mapping.variables);
  if (sample.why_not.empty() && sample.placeholder.empty())
    sample.why_not = "\"" + expression + "\" is the same for all sessions";
  if (sample.why_not.empty()) {
    if (sample.changes_case) of.mapping.changed(of.line, "keys in small and in large letters are different keys");
    return "%[" + sample.placeholder + "]";
  }
  of.is_wrong = true;
  of.mapping.leave_out(of.line, sample.why_not,
                       "use what docs/l7.md has a placeholder for, such as src, path, req.hdr(NAME) or req.cook(NAME)");
  return std::nullopt;
}

void take_expression(BalanceLine& of) {
  const std::vector<std::string>& words = of.line.words;
  if (words.size() < 3) return of.refuse("it needs what is hashed", "write it like balance hash src");
  if (words.size() > 3) return of.refuse("\"" + words[3] + "\" is not expected here", "remove it");
  if (const auto key = key_of(of, words[2])) of.balance["key"] = *key;
}

void take_words(BalanceLine& of, const Call& call) {
  const std::vector<std::string>& words = of.line.words;
  of.balance["algorithm"] = call.name;
  if (call.name == "uri") return take_uri_words(of);
  if (call.name == "hash") return take_expression(of);
  if (call.name == "url_param") {
    if (words.size() < 3) return of.refuse("it needs the name of a parameter", "write balance url_param NAME");
    of.balance["name"] = words[2];
    if (words.size() > 3) of.mapping.changed(of.line, "the parameter is looked for in the query only, not in bodies");
    return;
  }
  if (call.name == "hdr") {
    if (call.argument.empty()) return of.refuse("it needs the name of a header", "write balance hdr(NAME)");
    of.balance["name"] = call.argument;
    if (words.size() > 2 && words[2] != "use_domain_only")
      return of.refuse("\"" + words[2] + "\" is not expected here", "use use_domain_only");
    if (words.size() > 2) of.balance["domain_only"] = true;
    return;
  }
  if (call.name == "random" && call.has_argument) {
    const auto draws = of.mapping.value(of.line, read_number(call.argument, 1, UINT32_MAX));
    if (draws && *draws > 16) of.mapping.changed(of.line, "at most 16 draws");
    of.is_wrong = of.is_wrong || !draws;
    of.balance["random_draws"] = std::min<std::uint64_t>(draws.value_or(2), 16);
  }
  if (words.size() > 2) of.refuse("\"" + words[2] + "\" is not expected here", "remove it");
}

void take_balance(Proxy& proxy, const Line& line) {
  BalanceLine of{proxy.mapping, line};
  const auto call = call_of(line.word(1));
  if (call && call->name == "rdp-cookie")
    return proxy.mapping.leave_out(line, "RDP cookies are not understood", "use balance source");
  if (!call || std::find(algorithms.begin(), algorithms.end(), call->name) == algorithms.end())
    return of.refuse("there is no algorithm \"" + line.word(1) + "\"",
                     did_you_mean(line.word(1), algorithms, "use one such as roundrobin"));
  take_words(of, *call);
  if (of.is_wrong) return;
  Part balance = proxy.back(line).child(line, "balance");
  for (const char* field :
       {"algorithm", "name", "key", "uri_length", "uri_depth", "uri_whole", "domain_only", "random_draws"})
    balance.object.erase(field);
  for (const auto& [field, value] : of.balance.items()) balance.set(line, field, value);
  proxy.mapping.taken(line, balance.shown + " = " + text_of(of.balance));
  proxy.balance = line;
}

void take_hash_type(Proxy& proxy, const Line& line) {
  const std::string& method = line.word(1);
  if (method != "map-based" && method != "consistent")
    return proxy.mapping.refuse(line, "there is no hash type \"" + method + "\"", "write map-based or consistent");
  constexpr std::array<std::string_view, 6> functions = {"sdbm", "djb2", "wt6", "crc32", "none", "avalanche"};
  for (std::size_t i = 2; i < line.words.size(); ++i)
    if (std::find(functions.begin(), functions.end(), line.words[i]) == functions.end())
      return proxy.mapping.refuse(line, "there is no hash function \"" + line.words[i] + "\"",
                                  did_you_mean(line.words[i], functions, "leave it out"));
  proxy.back(line).child(line, "balance").take(line, "hash_type", method);
  if (line.words.size() > 2) proxy.mapping.changed(line, "the hash function is our own");
}

void take_factor(Proxy& proxy, const Line& line) {
  const auto factor = proxy.mapping.number(line, line.word(1), 65535);
  if (!factor) return;
  if (*factor != 0 && *factor <= 100)
    return proxy.mapping.refuse(line, "\"" + line.word(1) + "\" is not above 100", "use 0, or more than 100");
  proxy.back(line).child(line, "balance").take(line, "balance_factor", *factor);
}

constexpr std::array keywords = {
    Keyword{"balance", in_defaults | in_back, 1, any_words, take_balance},
    Keyword{"hash-type", in_defaults | in_back, 1, 3, take_hash_type},
    Keyword{"hash-balance-factor", in_defaults | in_back, 1, 1, take_factor},
};

bool is_of_request(const json& balance) {
  const std::string algorithm = balance.value("algorithm", "");
  return algorithm == "uri" || algorithm == "url_param" || algorithm == "hdr" ||
         has_any(balance.value("key", ""), config::is_of_request);
}

bool is_hashed(const json& balance) {
  const std::string algorithm = balance.value("algorithm", "");
  return is_of_request(balance) || algorithm == "source" || algorithm == "hash";
}

}  // namespace

std::span<const Keyword> balance_keywords() { return keywords; }

void finish_balance(Proxy& proxy) {
  if (!proxy.has_back() || !proxy.balance) return;
  json& balance = proxy.back(*proxy.balance).object["balance"];
  if (proxy.mode == "tcp" && is_of_request(balance)) {
    balance = json::object();
    return proxy.mapping.changed(*proxy.balance, "roundrobin: mode tcp knows nothing of requests, as in HAProxy");
  }
  if (balance.value("balance_factor", 0) != 0 && balance.value("hash_type", "map-based") == "map-based") {
    balance.erase("balance_factor");
    proxy.mapping.ignored(*proxy.balance, "hash-balance-factor is for hash-type consistent only, in HAProxy, too");
  }
  if (is_hashed(balance))
    proxy.mapping.changed(*proxy.balance, "keys find other servers than with HAProxy: hashes differ");
}

}  // namespace poise::config::importing::haproxy
