// What servers answer to health checks, as any bytes. Asked is that it is read or refused, that what was read can be
// sent and read again, and that a probe has a verdict at its end. Input: one byte says what the rest is: 0: an IP
// packet, its checksums mended; 1: an answer of a name server; others: what comes to a probe (dns, http, smtp, tcp,
// udp), in pieces of one byte of length and the bytes.
#include <cstdint>
#include <memory>

#include "config/types/result.hpp"
#include "control/health/datagram.hpp"
#include "control/health/dns_message.hpp"
#include "control/health/plan.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace poise;
using namespace poise::control::health;
using datapath::Bytes;
using datapath::FuzzInput;

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

void read_packet(const Bytes& packet) {
  const auto answer = read_answer(datapath::mended(packet));
  if (!answer || !answer->error.empty() || answer->is_echo) return;
  const Ends& ends = answer->ends;
  if (ends.local.is_v4() != ends.peer.is_v4()) return;
  const auto again = read_answer(make_datagram({ends.peer, ends.local, ends.port, ends.local_port}, answer->data));
  ensure(again.has_value() && again->ends == ends && again->data == answer->data);
}

void read_names(const std::string& message) {
  const auto answer = read_dns_answer(message);
  if (!answer) return;
  ensure(answer->question.size() <= 256);
  for (const DnsRecord& record : answer->records) ensure(!record.name.empty() || record.text.empty());
}

config::Check check_of(std::uint8_t what) {
  constexpr config::CheckKind kinds[] = {config::CheckKind::dns, config::CheckKind::http, config::CheckKind::smtp,
                                         config::CheckKind::tcp, config::CheckKind::udp};
  config::Check check;
  check.kind = kinds[what % std::size(kinds)];
  check.dns = {"www.example.com", config::DnsType::a, {"192.0.2.1"}};
  check.http.body_match = "o+k";
  check.http.body_md5 = std::string(32, '0');
  check.exchange = {.expected = "a.c", .reply_required = true, .reply_bytes_max = 100};
  return check;
}

void probe(FuzzInput& input) {
  const Target target{check_of(input.u8()), IpAddr::v4(0x0a000001), 80, ""};
  const auto made = make_probe(std::make_shared<const Plan>(target, "node1"));
  const Instant start(std::chrono::seconds(1));
  made->start(start);
  made->on_connected();
  while (!input.empty() && !made->verdict()) made->on_bytes(text_of(input.take(input.u8())));
  if (!made->verdict() && (input.size() & 1) == 0) made->on_closed();
  made->on_deadline(start + std::chrono::hours(1));
  ensure(made->verdict().has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  switch (input.u8()) {
    case 0:
      read_packet(input.take(input.size()));
      break;
    case 1:
      read_names(text_of(input.take(input.size())));
      break;
    default:
      probe(input);
  }
  return 0;
}
