"""The one port, made from its settings: all that is wrong is told at once."""

from pathlib import Path

import pytest

from controller.serving import HttpSettings, open_port
from tests.controller.adapters.certificate.pairs import issued

TOKEN = "of-the-testbed-and-long"


def told(http: HttpSettings) -> list[str]:
    """What is said of these settings, line by line."""
    with pytest.raises(ValueError, match=r".") as caught:
        open_port(http)
    return str(caught.value).splitlines()


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A line for each mistake, with its option and what to do."""
    nowhere = tmp_path / "nowhere"
    lines = told(HttpSettings("here", nowhere, nowhere, True, "", nowhere))
    assert len(lines) == 4
    for line, option in zip(
        lines, ("--listen here", "--tls-cert-file", "--api-token-file", "--status-api"), strict=True
    ):
        assert line.startswith(option)


@pytest.mark.parametrize("listen", ["9746", "host:", "host:x", "host:99999", "host:²", ":-1"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    """With how one is written."""
    assert told(HttpSettings(listen)) == [f"--listen {listen}: write HOST:PORT, as in 0.0.0.0:9746"]


@pytest.mark.parametrize(
    ("listen", "is_fine"),
    [
        ("127.0.0.1:1", True),
        ("127.9.9.9:1", True),
        ("localhost:1", True),
        ("[::1]:1", True),
        (":1", False),
        ("0.0.0.0:1", False),
        ("10.0.0.1:1", False),
        ("rollctl.example:1", False),
    ],
)
def test_no_token_goes_in_the_clear(tmp_path: Path, listen: str, *, is_fine: bool) -> None:
    """Without a certificate the status API is for this machine alone; with one for every."""
    tokens = tmp_path / "tokens"
    tokens.write_text(TOKEN)
    _authority, pair = issued(tmp_path / "pair")
    for http in (
        HttpSettings(listen, api_token_file=tokens),
        HttpSettings(listen, status_api=True),
    ):
        if is_fine:
            assert open_port(http).number == 1
        else:
            (line,) = told(http)
            assert "in the clear" in line
    secure = HttpSettings(listen, pair.certificate, pair.key, api_token_file=tokens)
    assert open_port(secure).certificate is not None
    assert open_port(HttpSettings(listen)).certificate is None


def test_an_audience_alone_says_nothing() -> None:
    """It would be taken for a guard that is not there."""
    assert told(HttpSettings("127.0.0.1:1", api_audience="rollctl")) == [
        "--api-audience is of no use without --status-api"
    ]
