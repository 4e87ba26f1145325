"""A head in CT whose face was cut, made once: planning and cutting take a second."""

import pytest

from tests.unit.anonymizer.faces.heads import Cut, Series, cut_series


@pytest.fixture(scope="session")
def ct() -> Cut:
    return cut_series(Series())
