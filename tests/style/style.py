"""Holds the whole tree against rules.py. Prints each complaint as file:line: what, and the remedy; exit code 1 if there is one."""
import os
import subprocess
import sys

import rules

CODE = (".cpp", ".hpp")
PROSE = (".md", ".py", ".build", ".sh", ".json", ".service", ".txt", ".supp")
SKIPPED_FOLDERS = ("tests/fuzz/corpus/", "tests/behaviours/cases/")

# A source file, or a folder of them, without a test of its own name: the test that covers it.
TESTED_ELSEWHERE = {
    "config/import/haproxy/bind_words.cpp": "tests/config/import/haproxy/binds_test.cpp",
    "config/import/haproxy/server_words.cpp": "tests/config/import/haproxy/servers_test.cpp",
    "config/import/haproxy/untaken.cpp": "tests/config/import/haproxy/keywords_test.cpp",
    "config/import/keepalived_keywords_servers.cpp": "tests/config/import/keepalived_keywords_test.cpp",
    "config/import/keepalived_keywords_vrrp.cpp": "tests/config/import/keepalived_keywords_test.cpp",
    "config/rules_content_match.cpp": "tests/config/rules_content_test.cpp",
    "config/tools/docs.cpp": "tests/config/meson.build",
    "control/api/handlers_stick.cpp": "tests/control/stick_view_test.cpp",
    "control/api/handlers_stream.cpp": "tests/control/core_streams_test.cpp",
    "control/api/routes.cpp": "tests/control/api/router_test.cpp",
    "control/proxy/kernel_transport.cpp": "tests/control/proxy/kernel_worker_test.cpp",
    "control/proxy/listening_socket.cpp": "tests/control/proxy/kernel_worker_test.cpp",
    "control/proxy/socket_addresses.cpp": "tests/control/proxy/kernel_worker_test.cpp",
    "control/proxy/proxies.cpp": "tests/control/proxy_view_test.cpp",
    "control/proxy/proxies_health.cpp": "tests/control/proxy_view_test.cpp",
    "control/proxy/backend_health_apply.cpp": "tests/control/proxy/backend_health_test.cpp",
    "control/proxy/kernel_connections.cpp": "tests/control/proxy/kernel_checks_test.cpp",
    "control/proxy/log_sender.cpp": "tests/control/proxy_view_test.cpp",
    "control/metrics/proxy.cpp": "tests/control/proxy_view_test.cpp",
    "control/cli/views_proxy.cpp": "tests/cli/views_proxy_test.cpp",
    "control/daemon.cpp": "tests/lab/test_lifecycle.py",
    "control/core_commits.cpp": "tests/control/virtual_routers_test.cpp",
    "control/core_health.cpp": "tests/control/health_view_test.cpp",
    "control/core_vrrp.cpp": "tests/control/virtual_routers_test.cpp",
    "control/ethernet_frame.cpp": "tests/control/heartbeats_test.cpp",
    "control/tcp/stream.cpp": "tests/control/tcp/streams_test.cpp",
    "control/runner/child.cpp": "tests/control/runner/runner_test.cpp",
    "control/runner/runner_process.cpp": "tests/control/runner/runner_test.cpp",
    "control/health/health_apply.cpp": "tests/control/health/health_test.cpp",
    "control/host_paths.cpp": "tests/lab/test_host_path.py",
    "control/main.cpp": "tests/lab/test_lifecycle.py",
    "control/names.cpp": "tests/control/core_streams_test.cpp",
    "control/views.cpp": "tests/control/api/handlers_state_test.cpp",
    "control/virtual_router_settings.cpp": "tests/control/virtual_routers_test.cpp",
    "control/vrrp_view.cpp": "tests/control/virtual_routers_test.cpp",
    "vrrp/routers_configure.cpp": "tests/vrrp/routers_test.cpp",
    "l7/session/adopt.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/client.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/finish.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/head.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/idle.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/pick.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/queue.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/request.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/response.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/server.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/session.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/session/timers.cpp": "tests/l7/session/termination_test.cpp",
    "l7/session/tunnel.cpp": "tests/l7/session/proxy_test.cpp",
    "l7/tcp/acknowledge.cpp": "tests/l7/tcp/losses_test.cpp",
    "l7/tcp/core.cpp": "tests/l7/tcp/simulation_test.cpp",
    "l7/tcp/deliver.cpp": "tests/l7/tcp/conversation_test.cpp",
    "l7/tcp/icmp.cpp": "tests/l7/tcp/losses_test.cpp",
    "l7/tcp/input.cpp": "tests/l7/tcp/conversation_test.cpp",
    "l7/tcp/invariants.cpp": "tests/l7/tcp/simulation_test.cpp",
    "l7/tcp/life.cpp": "tests/l7/tcp/conversation_test.cpp",
    "l7/tcp/listen.cpp": "tests/l7/tcp/states_test.cpp",
    "l7/tcp/receive.cpp": "tests/l7/tcp/states_test.cpp",
    "l7/tcp/recovery.cpp": "tests/l7/tcp/losses_test.cpp",
    "l7/tcp/splice.cpp": "tests/l7/tcp/simulation_test.cpp",
    "l7/tcp/stack.cpp": "tests/l7/tcp/conversation_test.cpp",
    "l7/tcp/tell.cpp": "tests/l7/tcp/conversation_test.cpp",
    "l7/tcp/time_wait.cpp": "tests/l7/tcp/states_test.cpp",
    "l7/tcp/timers.cpp": "tests/l7/tcp/states_test.cpp",
    "l7/tcp/transmit.cpp": "tests/l7/tcp/conversation_test.cpp",
}


def files_of(root):
    """What git would commit; without git, every file outside of build directories."""
    git = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    found = git.stdout.split("\n")
    if git.returncode != 0:
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if not name.startswith(("build", ".git"))]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(path for path in set(found) if path and os.path.isfile(os.path.join(root, path)))


def complaints(root):
    paths = [path for path in files_of(root) if not path.startswith(SKIPPED_FOLDERS)]
    meson_text = ""
    for path in paths:
        if not path.endswith(CODE + PROSE) and path not in ("run", ".ci/run"):
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        if path.endswith("meson.build"):
            meson_text += text
        yield from rules.check_words(path, text)
        yield from rules.check_bans(path, text)
        if path.endswith(CODE):
            yield from rules.check_size(path, text)
            yield from rules.check_includes(path, text)
            yield from rules.check_functions(path, text)
        elif path.endswith(".py"):
            yield from rules.check_size(path, text)
        if path.endswith("_test.cpp"):
            yield from rules.check_test_names(path, text)
    yield from rules.missing_tests(paths, TESTED_ELSEWHERE)
    yield from rules.unlisted_sources(paths, meson_text)


def main():
    found = list(complaints(sys.argv[1]))
    for complaint in found:
        print(complaint)
    print(f"{len(found)} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
