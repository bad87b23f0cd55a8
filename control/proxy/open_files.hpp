#pragma once
#include <cstdint>

namespace poise::control::proxy {

// raise_open_files - how many files this process may have open: the soft limit (RLIMIT_NOFILE) becomes the hard one.
std::uint64_t raise_open_files();

// connections_within - how many connections the proxy over the kernel's sockets may have of the `wanted`, each of
// which is an open file. The API, checks, logs and the stored state keep 1,024 files, or half where there are fewer.
std::uint32_t connections_within(std::uint64_t open_files, std::uint32_t wanted);

}  // namespace poise::control::proxy
