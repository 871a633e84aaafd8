"""Bytes with holes: their digests, and the files written from them."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import pytest

from pipcache_tui.demo.blob import Blob, zeros_crc32, zeros_sha256


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 65_537, 3_000_001])
def test_digests_of_zeros_are_those_of_the_libraries(count: int) -> None:
    assert zeros_crc32(count) == zlib.crc32(bytes(count))
    assert zeros_sha256(count) == hashlib.sha256(bytes(count)).hexdigest()


def test_a_blob_is_written_with_its_holes(tmp_path: Path) -> None:
    blob = Blob((b"start", 5_000_000, b"middle", 3_000_000))
    path = tmp_path / "file"
    blob.write(str(path))
    assert path.read_bytes() == bytes(blob)
    assert blob.size == path.stat().st_size == 8_000_011
    assert blob.hex_digest("blake2b-256") == hashlib.blake2b(bytes(blob), digest_size=32).hexdigest()
    with pytest.raises(FileExistsError):
        blob.write(str(path))
