"""Reading projects, versions and tags from the file names of distributions."""

from __future__ import annotations

import pytest

from pipcache_tui.cache.formats.file_names import (
    ARCHIVE_SUFFIXES,
    TAGS_LIMIT,
    expand_tags,
    file_name,
    is_archive,
    project_of,
    split_filename,
)


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("demo-1.0-py3-none-any.whl", ("demo", "1.0")),
        ("demo-1.0-2-py3-none-any.whl", ("demo", "1.0")),
        ("demo-1.0+local.1-py3-none-any.whl", ("demo", "1.0+local.1")),
        ("demo-py3-none-any.whl", None),
        ("Demo.Lib-1.0.tar.gz", ("Demo.Lib", "1.0")),
        ("demo-lib-1.0.zip", ("demo-lib", "1.0")),
        ("demo-2-lib-1.0.tar.lzma", ("demo-2-lib", "1.0")),
        ("DEMO-1.0.TAR.GZ", ("DEMO", "1.0")),
        ("demo.tar.gz", None),
        ("-1.0.tar.gz", None),
        ("demo-1.0.txt", None),
        ("../demo-1.0.tar.gz", None),
    ],
)
def test_project_and_version_are_read_from_a_file_name(filename: str, expected: tuple[str, str] | None) -> None:
    assert split_filename(filename) == expected
    assert project_of(filename) == (expected[0] if expected else None)


@pytest.mark.parametrize("suffix", ARCHIVE_SUFFIXES)
def test_every_suffix_counts_in_either_case(suffix: str) -> None:
    assert is_archive(f"demo-1.0{suffix}")
    assert is_archive(f"demo-1.0{suffix.upper()}")
    assert not is_archive(f"demo-1.0{suffix}.asc")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://index.example/a/demo-1.0.tar.gz", "demo-1.0.tar.gz"),
        ("https://index.example/a/demo-1.0%2Bcpu.tar.gz?x=/y#sha256=z", "demo-1.0+cpu.tar.gz"),
        ("https://index.example/simple/demo/", "demo"),
    ],
)
def test_the_file_name_is_the_last_part_of_the_path(url: str, name: str) -> None:
    assert file_name(url) == name


def test_a_compressed_tag_set_is_expanded_up_to_a_bound() -> None:
    assert expand_tags("py2.py3-none-any") == ("py2-none-any", "py3-none-any")
    assert expand_tags("py3-none") == ()
    flood = ".".join(f"a{number}" for number in range(40))
    assert len(expand_tags(f"{flood}-{flood}-{flood}")) == TAGS_LIMIT
