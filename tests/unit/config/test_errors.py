"""The error tree is the one its module draws."""

import re

from config import errors


def drawn():
    """Return {class: parent} as the module's docstring draws it: four columns for each level."""
    parents, path = {}, []
    for line in errors.__doc__.splitlines():
        if match := re.match(r"^    ([│ ]*)(?:[├└]── )?(\w+)(?:\s{2,}|$)", line):
            level = len(match.group(1)) // 4 + ("──" in line)
            path = [*path[:level], match.group(2)]
            parents[path[-1]] = path[-2] if level else None
    return parents


def defined(kind=errors.OverreadError):
    found = {kind.__name__: kind.__base__.__name__ if kind is not errors.OverreadError else None}
    for child in kind.__subclasses__():
        if child.__module__ == "config.errors":
            found |= defined(child)
    return found


def test_the_picture_is_the_truth():
    assert drawn() == defined()


def test_every_error_is_the_sender_s_fault_or_ours_and_never_both():
    leaves = [getattr(errors, name) for name in defined() if name != "OverreadError"]
    for kind in leaves:
        assert issubclass(kind, errors.SenderFault) != issubclass(kind, errors.OurFault)
        assert kind.__doc__
