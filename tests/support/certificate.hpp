#pragma once
#include <string>

namespace poise {

// Writes a fresh key and a certificate of this name that it signs itself, both as PEM.
void make_certificate(const std::string& certificate_file, const std::string& key_file, const std::string& name);

}  // namespace poise
