"""The bounded cache."""

from viewer_api.least_recent import LeastRecent


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache: LeastRecent[str, int] = LeastRecent(3)
    for key in "abc":
        cache.put(key, ord(key))
    assert cache.get("a") == ord("a")
    cache.put("d", 1)
    assert cache.get("b") is None
    assert [cache.get(key) is not None for key in "acd"] == [True, True, True]


def test_weights_never_exceed_the_capacity() -> None:
    cache: LeastRecent[int, bytes] = LeastRecent(100)
    for number in range(50):
        cache.put(number, b"", weight=1 + number % 40)
        assert cache.weight <= 100
    cache.put(99, b"", weight=101)
    assert cache.get(99) is None


def test_putting_again_replaces() -> None:
    cache: LeastRecent[str, int] = LeastRecent(10)
    cache.put("a", 1, weight=6)
    cache.put("a", 2, weight=7)
    assert (cache.get("a"), cache.weight) == (2, 7)
