"""What every wire example reads as, compared with an expectation that somebody has read."""

from pathlib import Path

import msgspec
import pytest
from tests.wire import golden


@pytest.mark.parametrize("example", golden.examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_example_reads_as_expected(example: Path) -> None:
    expected = msgspec.json.decode(golden.expected_path(example).read_bytes())
    assert golden.read(example) == expected


@pytest.mark.parametrize("example", golden.examples(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_example_says_where_it_is_from(example: Path) -> None:
    content = msgspec.json.decode(example.read_bytes())
    assert content["origin"]
    assert "ScoroAPI_" not in example.read_text()
