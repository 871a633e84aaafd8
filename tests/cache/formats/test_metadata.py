"""Reading core metadata: quickly for the fields that name a project, in full for what it requires."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.formats.metadata import Fields, parse_core_metadata, read_fields, says_enough

METADATA = b"""Metadata-Version: 2.1
Name: Demo.Lib
Version: 1.0
Summary: shows
Requires-Python: >=3.8
Requires-Dist: other>=1; extra == "Fast_IO"
Provides-Extra: Fast_IO

Name: not-a-field
"""


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_fields_are_read_from_the_header_block_only(line_end: bytes) -> None:
    data = METADATA.replace(b"\n", line_end)
    assert read_fields(data) == Fields("Demo.Lib", "1.0", ">=3.8", "shows")
    assert read_fields(data.split(line_end * 2)[1]).version is None


def test_values_that_no_index_accepts_are_unknown() -> None:
    assert read_fields(b"Name: ../x\nVersion: a b\n") == Fields()


def test_the_start_of_a_long_file_is_enough_once_the_deciding_fields_are_whole() -> None:
    assert says_enough(METADATA)
    head = METADATA.partition(b"\n\n")[0]
    assert not says_enough(head)
    assert says_enough(head + b"\nClassifier: x" * 30)


def test_requirements_and_extras_are_read() -> None:
    core = parse_core_metadata(METADATA)
    assert core.requires == ('other>=1; extra == "Fast_IO"',)
    assert core.extras == {"fast-io"}
    assert core.requires_python == ">=3.8"
