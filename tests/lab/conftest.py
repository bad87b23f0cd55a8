"""One lab for all tests; it ends with them, also when they are told to stop."""
import os
import resource
import signal
import sys

import pytest
from harness import Lab
from l7_hosts import Hosts


# Connections in thousands are open files, here and of what is started.
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def stop(*_):
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def lab():
    signal.signal(signal.SIGTERM, stop)
    made = Lab()
    try:
        yield made
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        made.close()


@pytest.fixture(scope="session")
def hosts():
    """Those of layer 7."""
    signal.signal(signal.SIGTERM, stop)
    made = Hosts()
    try:
        yield made
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        made.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of poised's log."""
    outcome = yield
    report = outcome.get_result()
    made = item.funcargs.get("lab") or item.funcargs.get("hosts")
    started = [appliance for appliance in made.appliances if appliance.process] if made else []
    if report.failed and started and os.path.exists(started[-1].process.log):
        report.sections.append(("poised", started[-1].process.output()[-4000:]))


sys.dont_write_bytecode = True
