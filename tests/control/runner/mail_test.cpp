#include "control/runner/mail.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace poise::control {
namespace {

config::Mail mail() {
  config::Mail made;
  made.server = "127.0.0.1";
  made.security = config::MailSecurity::none;
  made.from = "poise@example.com";
  made.to = {"a@example.com", "b@example.com"};
  return made;
}

TEST(Mail, a_message_has_its_headers_and_ends_its_lines_as_mail_does) {
  EXPECT_EQ(mail_text(mail(), "[node] VI_1 is MASTER", "first\nsecond", "Mon, 23 Nov 2026 10:00:00 +0000", "1@node"),
            "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nFrom: poise@example.com\r\nTo: a@example.com, b@example.com\r\n"
            "Subject: [node] VI_1 is MASTER\r\nMessage-ID: <1@node>\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nAuto-Submitted: auto-generated\r\n\r\nfirst\r\nsecond\r\n");
}

TEST(Mail, nobody_adds_a_header_by_a_line_break) {
  const std::string text = mail_text(mail(), "x\r\nBcc: c@example.com", "", "", "");
  EXPECT_EQ(text.find("\r\nBcc"), std::string::npos);
}

// A mail server that takes one mail, or refuses the password, and keeps what it was told.
class Server {
 public:
  explicit Server(bool takes) : takes_(takes) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {}};
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  std::string heard() {
    thread_.join();
    return heard_;
  }
  std::uint16_t port = 0;

 private:
  void serve() {
    const int client = accept(listener_, nullptr, nullptr);
    const auto say = [client](const std::string& line) {
      EXPECT_EQ(::send(client, line.data(), line.size(), MSG_NOSIGNAL), ssize_t(line.size()));
    };
    say("220 test\r\n");
    bool data = false;
    for (std::string line; read_line(client, line);) {
      heard_ += line;
      if (data && line != ".\r\n") continue;
      if (data) say("250 taken\r\n");
      data = !data && line.starts_with("DATA") && takes_;
      if (data) say("354 go on\r\n");
      if (line.starts_with("QUIT")) say("221 bye\r\n");
      if (line.starts_with("RCPT")) say(takes_ ? "250 fine\r\n" : "550 no such mail box\r\n");
      if (line.starts_with("EHLO") || line.starts_with("MAIL")) say("250 fine\r\n");
    }
    close(client);
    close(listener_);
  }
  static bool read_line(int client, std::string& line) {
    line.clear();
    char byte;
    while (!line.ends_with("\r\n")) {
      if (recv(client, &byte, 1, 0) != 1) return false;
      line += byte;
    }
    return true;
  }
  bool takes_;
  int listener_;
  std::string heard_;
  std::thread thread_;
};

Job job_for(const Server& server) {
  Job job;
  job.kind = Job::Kind::mail;
  job.mail = mail();
  job.mail.port = server.port;
  job.subject = "[node] VI_1 is MASTER";
  job.body = "It is.\n";
  job.timeout_ms = 5000;
  return job;
}

TEST(Mail, a_server_gets_sender_receivers_and_message) {
  Server server(true);
  EXPECT_EQ(send_mail(job_for(server)), "");
  const std::string heard = server.heard();
  for (const char* part : {"MAIL FROM:<poise@example.com>", "RCPT TO:<a@example.com>", "RCPT TO:<b@example.com>",
                           "\r\nSubject: [node] VI_1 is MASTER\r\n", "\r\n\r\nIt is.\r\n.\r\n"})
    EXPECT_NE(heard.find(part), std::string::npos) << part << " in\n" << heard;
}

TEST(Mail, what_a_server_refuses_is_said) {
  Server server(false);
  EXPECT_NE(send_mail(job_for(server)), "");
  server.heard();
}

TEST(Mail, without_tls_nothing_is_sent_when_tls_is_wanted) {
  Server server(true);
  Job job = job_for(server);
  job.mail.security = config::MailSecurity::starttls;
  EXPECT_NE(send_mail(job), "");
  EXPECT_EQ(server.heard().find("MAIL FROM"), std::string::npos);
}

}  // namespace
}  // namespace poise::control
