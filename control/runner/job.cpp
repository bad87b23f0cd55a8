#include "control/runner/job.hpp"

#include <nlohmann/json.hpp>

namespace poise::control {
namespace {

using nlohmann::json;

json mail_json(const config::Mail& mail) {
  return {{"server", mail.server},
          {"port", mail.port},
          {"security", int(mail.security)},
          {"user", mail.user.value_or("")},
          {"password", mail.password.value_or("")},
          {"hello", mail.hello.value_or("")},
          {"from", mail.from},
          {"to", mail.to}};
}

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

config::Mail mail_of(const json& from) {
  config::Mail mail;
  mail.server = from.at("server");
  mail.port = from.at("port");
  mail.security = config::MailSecurity(from.at("security").get<int>());
  mail.user = unless_empty(from.at("user"));
  mail.password = unless_empty(from.at("password"));
  mail.hello = unless_empty(from.at("hello"));
  mail.from = from.at("from");
  mail.to = from.at("to").get<std::vector<std::string>>();
  return mail;
}

std::string dump(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string write_job(const Job& job) {
  json message{{"id", job.id}, {"kind", int(job.kind)}, {"timeout_ms", job.timeout_ms}};
  if (job.kind == Job::Kind::run)
    message.update({{"command", job.command}, {"environment", job.environment}, {"user", job.user}});
  if (job.kind == Job::Kind::read) message["path"] = job.path;
  if (job.kind == Job::Kind::mail)
    message.update({{"mail", mail_json(job.mail)}, {"subject", job.subject}, {"body", job.body}});
  return dump(message);
}

std::optional<Job> read_job(std::string_view text) {
  try {
    const json message = json::parse(text);
    Job job;
    job.id = message.at("id");
    job.kind = Job::Kind(message.at("kind").get<int>());
    job.timeout_ms = message.at("timeout_ms");
    if (job.kind == Job::Kind::run) {
      job.command = message.at("command").get<std::vector<std::string>>();
      job.environment = message.at("environment").get<std::vector<std::string>>();
      job.user = message.at("user");
      if (job.command.empty()) return std::nullopt;
    } else if (job.kind == Job::Kind::read) {
      job.path = message.at("path");
    } else if (job.kind == Job::Kind::mail) {
      job.mail = mail_of(message.at("mail"));
      job.subject = message.at("subject");
      job.body = message.at("body");
    } else {
      return std::nullopt;
    }
    return job;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::string write_result(const JobResult& result) {
  return dump({{"id", result.id}, {"outcome", int(result.outcome)}, {"text", result.text}});
}

std::optional<JobResult> read_result(std::string_view text) {
  try {
    const json message = json::parse(text);
    const int outcome = message.at("outcome");
    if (outcome < 0 || outcome > int(JobResult::Outcome::unavailable)) return std::nullopt;
    return JobResult{message.at("id"), JobResult::Outcome(outcome), message.at("text")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace poise::control
