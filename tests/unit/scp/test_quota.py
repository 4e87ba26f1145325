"""Hourly limits count what all receivers of a door acknowledged, also before the last restart."""

import pytest

from scp.peers import DoorTerms
from scp.quota import Quota
from scp.statuses import QuotaExceeded

HOUR = 3600.0


def test_receivers_count_together_and_a_restart_forgets_nothing(tmp_path):
    now = [7200.0]
    one, two = (Quota(lambda: now[0], folder=tmp_path) for _ in range(2))
    one.count("north", 1000)
    two.count("north", 1000)
    one.close()
    again = Quota(lambda: now[0], folder=tmp_path)
    for quota in (two, again):
        assert not quota.has_room("north", DoorTerms(instances_per_hour=2))
        assert not quota.has_room("north", DoorTerms(bytes_per_hour=2000))
        assert quota.has_room("north", DoorTerms(instances_per_hour=3, bytes_per_hour=2001))
        assert quota.has_room("south", DoorTerms(instances_per_hour=1))


@pytest.mark.parametrize("minutes", [1, 30, 59])
def test_what_was_sent_counts_for_an_hour_and_no_longer(minutes):
    now = [HOUR * 1000]
    quota = Quota(lambda: now[0])
    quota.count("north", 10)
    terms = DoorTerms(instances_per_hour=1)
    now[0] += minutes * 60
    with pytest.raises(QuotaExceeded):
        quota.check("north", terms)
    now[0] = HOUR * 1001 + 60
    quota.check("north", terms)


def test_a_minute_of_an_earlier_hour_is_not_added_to(tmp_path):
    now = [0.0]
    quota = Quota(lambda: now[0], folder=tmp_path)
    for _ in range(3):
        quota.count("north", 10)
        now[0] += 64 * 60  # the same place in the table
    quota.count("north", 10)
    assert quota.has_room("north", DoorTerms(instances_per_hour=2))
    assert not quota.has_room("north", DoorTerms(instances_per_hour=1))


def test_counts_that_cannot_be_shared_are_kept_by_this_process(tmp_path):
    quota = Quota(folder=tmp_path / "quota")
    (tmp_path / "quota").rmdir()
    quota.count("north", 1)
    assert not quota.has_room("north", DoorTerms(instances_per_hour=1))


def test_the_name_of_a_site_is_no_file_name(tmp_path):
    Quota(folder=tmp_path).count("../north", 1)
    (only,) = tmp_path.iterdir()
    assert "north" not in only.name
