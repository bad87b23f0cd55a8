// poised - the daemon. The only place where objects meet.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "config/schema.hpp"
#include "config/store.hpp"
#include "control/appliance_machine.hpp"
#include "control/daemon.hpp"
#include "control/log.hpp"
#include "control/proxy/inherited_sockets.hpp"
#include "control/proxy/open_files.hpp"
#include "control/proxy/proxies.hpp"
#include "control/startup.hpp"
#include "control/version.hpp"
#include "datapath/dpdk/machine_memory.hpp"

namespace poise::control {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string config_file, state = "/var/lib/poise", socket;
  bool check = false, schema = false;
};

std::string rfc3339_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

int report(const Errors& errors, int code) {
  for (const Error& error : errors) std::fprintf(stderr, "poised: %s\n", to_string(error).c_str());
  return code;
}

int check_file(const std::string& file) {
  if (file.empty()) return report({{"--check", "needs --config FILE", ""}}, exit_usage);
  const Results<config::Config> config = read_file(file);
  if (!config) return report(config.error(), exit_config);
  std::printf("%s is valid\n", file.c_str());
  return exit_ok;
}

Transactions::Storage storage_of(config::Store& store, const fs::path& state) {
  return {[&store](const config::Config& config, const config::Revision& metadata) {
            return store.append(config, metadata);
          },
          [&store](std::uint64_t number) { return store.load(number); }, [&store] { return store.list(); },
          [state](std::uint64_t number) { return mark_confirmed(state, number); }};
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(folder.string(), "can't be made: " + error.message(),
                "poised needs a folder it may write to: see --state and api.socket");
  return {};
}

// One daemon a state folder: held as long as the process lives, taken before any device is touched.
Result<void> lock_state(const fs::path& state) {
  const int fd = open((state / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(state.string(), std::string("the lock can't be made: ") + std::strerror(errno), "");
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  return fail(state.string(), "another poised runs with this state folder",
              "stop it, or give this one its own --state");
}

Results<std::unique_ptr<ApplianceMachine>> start_machine(const config::Config& config) {
  try {
    return ApplianceMachine::start(config);
  } catch (const std::bad_alloc&) {  // the sizes fitted when they were computed, but others have taken memory since
    return tl::unexpected(Errors{{"memory", "there is not enough memory for the tables",
                                  "lower memory.flows, or give the machine (or this container) more"}});
  }
}

int serve(const Arguments& arguments, const proxy::InheritedSockets& sockets) {
  auto store = config::Store::open(arguments.state);
  if (!store) return report({store.error()}, exit_permission);
  if (auto locked = lock_state(arguments.state); !locked) return report({locked.error()}, exit_start);
  Result<Initial> initial = load_initial(*store, arguments.state, arguments.config_file, rfc3339_now());
  if (!initial) {
    if (!arguments.config_file.empty())
      if (const auto whole = read_file(arguments.config_file); !whole) return report(whole.error(), exit_config);
    return report({initial.error()}, exit_config);
  }
  // Not put into the configuration: it would become part of the next revision.
  const std::string socket = arguments.socket.empty() ? initial->config.api.socket : arguments.socket;
  log::configure(initial->config.logging);
  for (const Error& error : initial->damaged) log::error("config", to_string(error));
  if (!initial->damaged.empty())
    log::error("config", "NOT running what was asked for: revision " + std::to_string(initial->revision) +
                             ", the newest good one, is in force");
  if (initial->imported)
    log::info("config", arguments.config_file + " was imported", {{"revision", std::to_string(initial->revision)}});
  if (auto made = make_folder(fs::path(socket).parent_path()); !made) return report({made.error()}, exit_permission);

  auto runner = Runner::start();  // while this process is small and has one thread
  if (!runner) return report({runner.error()}, exit_start);
  auto machine = start_machine(initial->config);
  if (!machine) {
    for (const Error& error : machine.error()) log::error("start", to_string(error));
    log::flush();
    return exit_start;
  }
  int code = exit_ok;
  {
    const auto since_1970 = [] {
      return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
    };
    proxy::Proxies proxies(
        {.clock = [&machine] { return (*machine)->now(); },
         .since_1970 = since_1970,
         .version = version,
         .connections_max = initial->config.memory.proxy_connections.value_or(datapath::proxy_connections_unasked),
         .open_files = proxy::raise_open_files(),
         .machine = machine->get(),
         .available_bytes = [] { return datapath::dpdk::read_machine_memory("").available_bytes; },
         .sockets = sockets});
    Core core(**machine,
              {initial->config, initial->revision, initial->damaged, storage_of(*store, arguments.state), rfc3339_now,
               since_1970, version, runner->get(), &proxies},
              (*machine)->now());
    Daemon daemon(core, {arguments.config_file, arguments.state, socket, [&machine] { return (*machine)->now(); }});
    if (auto listening = daemon.listen(); !listening) {
      log::error("start", to_string(listening.error()));
      code = exit_start;
    } else {
      code = daemon.run();
    }
    log::flush();
    if (code == exit_stalled || !(*machine)->stop()) {
      log::error("stop", "a worker hangs: the process ends without tidying up");
      log::flush();
      _exit(exit_stalled);
    }
  }
  log::info("stop", "stopped");
  log::flush();
  return code;
}

int run(int argc, char** argv) {
  const auto sockets = proxy::InheritedSockets::find_all();  // before anything is opened here
  Arguments arguments;
  CLI::App app{"poised - the Poise appliance: L4 balancing on DPDK, managed over REST (see `poise --help`)"};
  app.add_option("--config", arguments.config_file,
                 "configuration file (JSON, comments allowed); imported when it has changed");
  app.add_option("--state", arguments.state, "folder of the stored revisions")->capture_default_str();
  app.add_option("--socket", arguments.socket, "where the API listens, instead of api.socket");
  app.add_flag("--check", arguments.check, "check the file, print every error, and end");
  app.add_flag("--print-schema", arguments.schema, "print the JSON Schema of the configuration and end");
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  if (arguments.schema) {
    std::cout << config::json_schema().dump(2) << "\n";
    return exit_ok;
  }
  if (arguments.check) return check_file(arguments.config_file);
  std::signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_TIMERSLACK, 1);
  return serve(arguments, sockets);
}

}  // namespace
}  // namespace poise::control

int main(int argc, char** argv) { return poise::control::run(argc, argv); }
