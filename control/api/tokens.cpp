#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

#include "control/api/server.hpp"

namespace poise::control::api {
namespace {

std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) return "";
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

}  // namespace

std::optional<config::Role> role_of_token(const config::Api& api, const std::string& authorization, std::string* name) {
  constexpr std::string_view scheme = "Bearer ";
  if (!authorization.starts_with(scheme)) return std::nullopt;
  const std::string digest = sha256_hex(authorization.substr(scheme.size()));
  std::optional<config::Role> role;
  for (const auto& [token_name, token] : api.tokens) {  // all of them, always: the time tells nothing
    const bool equal =
        token.sha256.size() == digest.size() && CRYPTO_memcmp(token.sha256.data(), digest.data(), digest.size()) == 0;
    if (!equal) continue;
    role = token.role;
    if (name != nullptr) *name = token_name;
  }
  return role;
}

}  // namespace poise::control::api
