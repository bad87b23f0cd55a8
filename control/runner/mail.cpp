#include "control/runner/mail.hpp"

#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

namespace poise::control {
namespace {

std::string one_line(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return text;
}

std::string with_line_ends(const std::string& text) {
  std::string lines;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines.ends_with('\n') ? lines : lines + "\r\n";
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &utc);
  return text;
}

std::string id_now(const Job& job) {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return std::to_string(now) + "." + std::to_string(job.id) + "@" + host;
}

struct Reading {
  const std::string* text;
  std::size_t at = 0;
};

std::size_t read_some(char* to, std::size_t size, std::size_t count, void* from) {
  Reading& reading = *static_cast<Reading*>(from);
  const std::size_t length = std::min(size * count, reading.text->size() - reading.at);
  std::memcpy(to, reading.text->data() + reading.at, length);
  reading.at += length;
  return length;
}

std::string url_of(const config::Mail& mail) {
  const bool v6 = mail.server.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + mail.server + "]" : mail.server;
  return (mail.security == config::MailSecurity::tls ? "smtps://" : "smtp://") + host + ":" +
         std::to_string(mail.port) + (mail.hello ? "/" + *mail.hello : "");
}

}  // namespace

std::string mail_text(const config::Mail& mail, const std::string& subject, const std::string& body,
                      const std::string& date, const std::string& id) {
  std::string to;
  for (const std::string& address : mail.to) to += (to.empty() ? "" : ", ") + one_line(address);
  return "Date: " + date + "\r\nFrom: " + one_line(mail.from) + "\r\nTo: " + to + "\r\nSubject: " + one_line(subject) +
         "\r\nMessage-ID: <" + id +
         ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "Auto-Submitted: auto-generated\r\n\r\n" +
         with_line_ends(body);
}

std::string send_mail(const Job& job) {
  const config::Mail& mail = job.mail;
  const std::string text = mail_text(mail, job.subject, job.body, date_now(), id_now(job));
  Reading reading{&text};
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return "out of memory";
  curl_slist* list = nullptr;
  for (const std::string& address : mail.to) list = curl_slist_append(list, ("<" + address + ">").c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> receivers(list, curl_slist_free_all);
  char problem[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, problem);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url_of(mail).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + mail.from + ">").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, receivers.get());
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, read_some);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &reading);
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, long(job.timeout_ms));
  if (mail.security != config::MailSecurity::none) curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, long(CURLUSESSL_ALL));
  if (mail.user) curl_easy_setopt(curl.get(), CURLOPT_USERNAME, mail.user->c_str());
  if (mail.password) curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, mail.password->c_str());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return "";
  return problem[0] != '\0' ? problem : curl_easy_strerror(code);
}

}  // namespace poise::control
