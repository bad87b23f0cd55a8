// Any bytes as what comes first on a connection: a PROXY header, a ClientHello. Asked is that what is read from all is
// read from no less, and that ends are read again as they were written.
#include <string>

#include "config/types/result.hpp"
#include "l7/proxy_protocol.hpp"
#include "l7/tls/client_hello.hpp"

namespace {

using namespace poise;
using namespace poise::l7;

void look_at_header(std::string_view bytes) {
  const auto read = read_proxy_header(bytes);
  if (!read || !*read) return;
  const ProxyHeader& header = **read;
  ensure(header.length <= bytes.size());
  const auto less = read_proxy_header(bytes.substr(0, header.length - 1));
  ensure(less && !*less);
  for (const std::string& written : {write_proxy_v1(header.ends), write_proxy_v2(header.ends)}) {
    const auto again = read_proxy_header(written);
    ensure(again && *again && (*again)->ends == header.ends && (*again)->length == written.size());
  }
}

void look_at_hello(std::string_view bytes) {
  const auto read = tls::read_client_hello(bytes);
  if (!read || !*read) return;
  for (const char letter : (*read)->server_name) ensure(letter > ' ' && !(letter >= 'A' && letter <= 'Z'));
  const auto early = tls::read_client_hello(bytes.substr(0, bytes.size() / 2));
  ensure(early.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  look_at_header(bytes);
  look_at_hello(bytes);
  return 0;
}
