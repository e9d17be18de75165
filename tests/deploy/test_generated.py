"""What is generated in deploy/ is as it would be generated now."""

from pathlib import Path

import pytest

from tests.deploy.generated import files
from tests.deploy.roles import DEPLOY


@pytest.mark.parametrize("file", files(), ids=lambda file: file.relative_to(DEPLOY).as_posix())
def test_generated_files_are_up_to_date(file: Path) -> None:
    """Each generated file is what its source says and nothing else."""
    assert file.read_text() == files()[file], "run `make manifests`"
