#include <algorithm>
#include <array>
#include <charconv>

#include "l7/rules/content_rules.hpp"
#include "l7/session/core.hpp"

// Headers that tell servers who the client is and what it connected to. A backend's settings go before its frontend's.
namespace poise::l7 {
namespace {

// "192.0.2.1:4711" and "[2001:db8::1]" have characters that no token has: then quotes are around them (RFC 7239 4, 6).
struct Node {
  const IpAddr& address;
  std::uint16_t port = 0;
  bool has_port = false;
};

// Value - what a header is put together in.
class Value {
 public:
  void add(std::string_view text) {
    const std::size_t count = std::min(text.size(), room_.size() - used_);
    std::copy_n(text.begin(), count, room_.begin() + std::ptrdiff_t(used_));
    used_ += count;
  }
  void begin(std::string_view name) {
    if (used_ > 0) add(";");
    add(name);
    add("=");
  }
  void add(const Node& node) {
    IpText text;
    const bool is_v6 = node.address.is_v6(), is_quoted = is_v6 || node.has_port;
    if (is_quoted) add("\"");
    if (is_v6) add("[");
    add(to_text(node.address, text));
    if (is_v6) add("]");
    std::array<char, 8> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), node.port).ptr;
    if (node.has_port) add(":");
    if (node.has_port) add(std::string_view(digits.data(), end));
    if (is_quoted) add("\"");
  }
  std::string_view text() const { return {room_.data(), used_}; }

 private:
  std::array<char, 1024> room_;
  std::size_t used_ = 0;
};

// A host's characters need no escapes within quotes.
void add_host(Value& value, std::string_view host) {
  constexpr std::size_t host_max = 512;
  if (host.empty() || host.size() > host_max) return;
  value.begin("host");
  const bool is_token = all(http1::token_character, host);
  if (!is_token) value.add("\"");
  value.add(host);
  if (!is_token) value.add("\"");
}

void write_rfc_7239(http1::HeadWriter& writer, const rules::Forwarded& wanted, const Session& session,
                    const rules::EditedRequest& request) {
  Value value;
  if (wanted.proto) {
    value.begin("proto");
    value.add("http");
  }
  if (wanted.host) add_host(value, request.authority());
  const ProxyHeader::Ends& ends = session.ends;
  if (wanted.by || wanted.by_port) {
    value.begin("by");
    value.add(Node{ends.destination, ends.destination_port, wanted.by_port});
  }
  if (wanted.client || wanted.client_port) {
    value.begin("for");
    value.add(Node{ends.source, ends.source_port, wanted.client_port});
  }
  writer.field("forwarded", value.text());
}

void write_forwarded_for(http1::HeadWriter& writer, const Session& session, const rules::EditedRequest& request) {
  const auto& settings =
      session.backend->forwarded_for ? session.backend->forwarded_for : session.frontend->forwarded_for;
  if (!settings) return;
  const IpAddr source = session.ends.source;
  if (settings->except && settings->except->contains(source)) return;
  const auto found = [](const rules::EditedFields::Each&) { return false; };
  if (settings->only_if_none && !request.fields.for_each_of(settings->header, found)) return;
  IpText room;
  writer.field(settings->header, to_text(source, room));
}

template <class Setting>
const Setting* setting_of(const Session& session, std::optional<Setting> rules::ContentRules::* setting) {
  for (const rules::ContentRules* content : {session.backend->content.get(), session.frontend->content.get()})
    if (content != nullptr && content->*setting) return &*(content->*setting);
  return nullptr;
}

}  // namespace

void write_forwarded(http1::HeadWriter& writer, const Session& session, const rules::EditedRequest& request) {
  write_forwarded_for(writer, session, request);
  if (const auto* wanted = setting_of(session, &rules::ContentRules::forwarded))
    write_rfc_7239(writer, *wanted, session, request);
  const auto* original = setting_of(session, &rules::ContentRules::original_to);
  const IpAddr destination = session.ends.destination;
  if (original == nullptr || (original->except && original->except->contains(destination))) return;
  IpText room;
  writer.field(original->header, to_text(destination, room));
}

}  // namespace poise::l7
