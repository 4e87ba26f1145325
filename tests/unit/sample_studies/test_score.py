"""The samples, de-identified as a node does it, keep what a reader needs and show nobody: the ten checks of MIDI-B."""

from tests.benchmarks.score_midi import LEAKS, RETENTION, score


def test_no_leak_and_hardly_a_loss_over_the_generated_studies(samples):
    found = score(samples)
    assert set(found.asked) == {*LEAKS, *RETENTION}
    assert found.percent(LEAKS) == 100, found.wrong
    assert found.percent(RETENTION) >= 99.9, found.wrong
    assert found.asked["text_removed"] > 1000 and found.asked["tag_retained"] > 1000
