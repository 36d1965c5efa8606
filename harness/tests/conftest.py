"""What all tests of the harness share, so that they are as deterministic as the harness."""

import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "harness", derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("harness")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background of a script; commands that tests start would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    """A warning fails our own tests. It fails no student's: theirs may come from whatever other plugins they have."""
    config.addinivalue_line("filterwarnings", "error")
