"""Bundles with a password are unpacked a few at a time, and each in its turn."""

import threading

from gateway.http.bundle_password import MOST_AT_ONCE, unpack_behind


class Bundle:
    """A bundle that counts how many of its kind are being unpacked."""

    lock, begun, goes_on = threading.Lock(), threading.Semaphore(0), threading.Event()
    now = most = done = 0

    def unpack(self, password: str) -> None:
        kind = type(self)
        with kind.lock:
            kind.now += 1
            kind.most = max(kind.most, kind.now)
        kind.begun.release()
        assert kind.goes_on.wait(60)
        with kind.lock:
            kind.now -= 1
            kind.done += 1


def test_so_many_bundles_with_a_password_are_unpacked_at_once_and_the_others_wait():
    count = MOST_AT_ONCE + 3
    threads = [unpack_behind(Bundle(), str(number), "secret") for number in range(count)]
    for _ in range(MOST_AT_ONCE):
        assert Bundle.begun.acquire(timeout=60)
    assert not Bundle.begun.acquire(timeout=0.3), "another one began"
    Bundle.goes_on.set()
    for thread in threads:
        thread.join(60)
    assert (Bundle.most, Bundle.done) == (MOST_AT_ONCE, count)
