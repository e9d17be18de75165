"""Kubernetes keeps the platform's contract, on a real API server."""

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.controller.platform_contract")

from tests.controller.kubernetes.cluster import lent, platform_in  # noqa: E402
from tests.controller.platform_contract import Platform, PlatformContract  # noqa: E402


@pytest.mark.real
class TestKubernetes(PlatformContract):
    """The contract on real Deployments."""

    @pytest.fixture
    def platform(self, request: pytest.FixtureRequest) -> Iterator[Platform]:
        """A namespace of the test's own."""
        with platform_in(lent(request), request.getfixturevalue("namespace")) as platform:
            yield platform
