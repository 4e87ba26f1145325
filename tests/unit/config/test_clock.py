"""The one clock."""

from datetime import UTC, datetime, timedelta

from config.clock import FixedClock, system_clock


def test_the_system_clock_is_aware_and_in_utc():
    assert system_clock().tzinfo is UTC
    assert abs(datetime.now(UTC) - system_clock()) < timedelta(seconds=5)


def test_a_fixed_clock_moves_when_told():
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock() == clock()
    clock.advance(timedelta(hours=2))
    assert clock() == datetime(2026, 1, 1, 2, tzinfo=UTC)
