"""Names from inside archives."""

from __future__ import annotations

import io
import zipfile

import pytest

from pipcache_tui.cache.formats.archives import read_wheel_metadata, read_zip
from pipcache_tui.cache.formats.zips import ArchiveError, DamagedError
from pipcache_tui.demo import packages
from pipcache_tui.verify.integrity import read_metadata_member
from tests.cache.formats.test_zips import Bytes

METADATA = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


def wheel_of_many_files(count: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(count):
            archive.writestr(f"demo/{number:060}.py", b"")
        archive.writestr("demo-1.0.dist-info/METADATA", METADATA)
        archive.writestr("demo-1.0.dist-info/WHEEL", b"Tag: py3-none-any\n")
    return stream.getvalue()


def test_a_directory_of_some_megabytes_hides_no_metadata() -> None:
    body = Bytes(wheel_of_many_files(21_000))
    assert read_wheel_metadata(body) == METADATA
    assert read_metadata_member(body) == METADATA


def test_metadata_is_read_from_a_wheel_only() -> None:
    assert read_wheel_metadata(Bytes(packages.make_wheel("demo", "1.0"))) is not None
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("demo-1.0/PKG-INFO", METADATA)
    assert read_wheel_metadata(Bytes(stream.getvalue())) is None
    assert read_zip(Bytes(stream.getvalue())).stem == "demo-1.0"


@pytest.mark.parametrize("data", [b"PK\x03\x04", packages.make_wheel("demo", "1.0")[:-30]])
def test_a_damaged_wheel_has_no_metadata(data: bytes) -> None:
    with pytest.raises(DamagedError):
        read_wheel_metadata(Bytes(data))
    with pytest.raises(ArchiveError):
        read_zip(Bytes(data))
