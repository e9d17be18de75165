"""The pytest fixture that lends the testbed to tests.

Why: it takes seconds to start, so one run shares one; each test works in a namespace of its own.
Never here: anything but fixtures.
"""

import itertools
from collections.abc import Iterator

import pytest

from tests.testbed.cluster import Testbed

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def testbed() -> Iterator[Testbed]:
    """One running testbed for the whole session."""
    with Testbed.start(nodes=2) as running:
        yield running


@pytest.fixture
def namespace(testbed: Testbed) -> Iterator[str]:
    """A namespace of the test's own; whatever runs in it ends with the test."""
    name = testbed.create_namespace(f"test-{next(_numbers)}")
    yield name
    testbed.api.remove(f"/api/v1/namespaces/{name}")
