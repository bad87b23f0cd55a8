#pragma once
#include <cstdint>
#include <vector>

namespace poise::l7::tcp {

// How options stand in a SYN: scripts compare them in order, with their padding. Ours stand as Linux's do.
enum class OptionLayout : std::uint8_t { linux_, freebsd };

// A whole packet, with its checksum. Of a SYN the options are written anew as FreeBSD does: each aligned by NOPs where
// it stands, and the end filled with EOLs. Others stay as they are.
std::vector<std::uint8_t> lay_out_as_freebsd(std::vector<std::uint8_t> packet);

}  // namespace poise::l7::tcp
