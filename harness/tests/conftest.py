"""Hypothesis draws the same examples in every run, so that the harness's own tests are as deterministic as the harness."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "harness", derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("harness")
