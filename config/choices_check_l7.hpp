#pragma once
#include "config/choices.hpp"

// The enums of checks of backends, as an operator writes them.
namespace poise::config {

template <>
inline constexpr auto choices<BackendCheckKind> = std::array{
    choice(BackendCheckKind::tcp, "tcp", "a connection can be opened; with `tls`, the handshake too"),
    choice(BackendCheckKind::http, "http", "`request` is answered with what `expect` says (HAProxy's httpchk)"),
    choice(BackendCheckKind::script, "script", "`steps`, one after the other (HAProxy's tcp-check and http-check)")};

template <>
inline constexpr auto choices<CheckObserve> = std::array{
    choice(CheckObserve::none, "none", "sessions say nothing about health"),
    choice(CheckObserve::layer4, "layer4", "connections that fail count as errors"),
    choice(CheckObserve::layer7, "layer7", "bad responses count too: none, broken ones, status 500 and above")};

template <>
inline constexpr auto choices<CheckOnError> = std::array{
    choice(CheckOnError::fastinter, "fastinter", "the next check comes after fast_inter_ms"),
    choice(CheckOnError::fail_check, "fail-check", "counts as a failed check"),
    choice(CheckOnError::sudden_death, "sudden-death", "counts as a failed check, and one more takes it down"),
    choice(CheckOnError::mark_down, "mark-down", "the server is down at once")};

template <>
inline constexpr auto choices<OnMarkedDown> =
    std::array{choice(OnMarkedDown::none, "none", "sessions go on as long as they can"),
               choice(OnMarkedDown::shutdown_sessions, "shutdown-sessions", "its sessions are ended")};

template <>
inline constexpr auto choices<OnMarkedUp> =
    std::array{choice(OnMarkedUp::none, "none", "sessions stay where they are"),
               choice(OnMarkedUp::shutdown_backup_sessions, "shutdown-backup-sessions",
                      "those of the backup servers are ended, so that they come back here")};

template <>
inline constexpr auto choices<ServerInitState> =
    std::array{choice(ServerInitState::up, "up", "up; the first failed check takes it down"),
               choice(ServerInitState::fully_up, "fully-up", "up; `fall` failed checks take it down"),
               choice(ServerInitState::down, "down", "down; the first check that passes takes it up"),
               choice(ServerInitState::fully_down, "fully-down", "down; `rise` checks that pass take it up")};

}  // namespace poise::config
