"""The two clocks are wrong in the ways that real ones are, and in no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.clock import Clock
from harness.errors import Misuse
from harness.faults import Faults

drifts = st.integers(-999_999, 5_000_000)
times = st.lists(st.integers(0, 10**7), min_size=2, max_size=20).map(sorted)


@given(drifts, times)
def test_the_monotonic_clock_never_goes_back_within_a_life(drift_ppm, times):
    clock = Clock(5, drift_ppm)
    clock.boot(times[0])
    readings = []
    for index, time in enumerate(times):
        clock.set_now(time)
        clock.step(-1000 * index)
        readings.append(clock.monotonic_ms())
    assert readings == sorted(readings)
    assert readings[0] == 0


def test_the_monotonic_clock_starts_again_at_zero():
    clock = Clock()
    clock.set_now(500)
    assert clock.monotonic_ms() == 500
    clock.boot(700)
    assert clock.monotonic_ms() == 0
    assert clock.wall_ms() == 700


def test_the_wall_clock_is_skewed_drifts_and_steps():
    clock = Clock(skew_ms=-50, drift_ppm=1000)
    clock.set_now(10_000)
    assert clock.wall_ms() == 10_000 + 10 - 50
    clock.step(-300)
    assert clock.wall_ms() == 9_660
    clock.boot(20_000)  # a crash does not set it right
    assert clock.wall_ms() == 20_000 + 20 - 350


@given(drifts, st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_timer_is_early_by_the_nodes_own_clock_nor_more_than_needed_late(drift_ppm, set_at, delay_ms):
    clock = Clock(0, drift_ppm)
    clock.set_now(set_at)
    started, true_ms = clock.monotonic_ms(), clock.true_delay_ms(delay_ms)
    clock.set_now(set_at + true_ms)
    assert clock.monotonic_ms() - started >= delay_ms
    if true_ms:
        assert (true_ms - 1) * (1_000_000 + drift_ppm) < delay_ms * 1_000_000


def test_a_right_clock_delays_exactly():
    assert Clock().true_delay_ms(123) == 123


@pytest.mark.parametrize("drift", [-1_000_000, -2_000_000, 1.5])
def test_a_clock_that_would_stand_still_is_refused(drift):
    with pytest.raises(Misuse, match="above -1,000,000"):
        Faults(drift_ppm=(("s1", drift),))
