"""Sparse content: files of gigabytes that take almost no memory or disk space."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_ZEROS = bytes(1 << 20)
_CRC_POLYNOMIAL = 0xEDB88320


@dataclass(frozen=True, slots=True)
class Blob:
    """A run of pieces: bytes as they are, or a number of zero bytes (written as a hole in the file)."""

    pieces: tuple[bytes | int, ...]

    @property
    def size(self) -> int:
        """Its length in bytes, holes included."""
        return sum(piece if isinstance(piece, int) else len(piece) for piece in self.pieces)

    def chunks(self) -> Iterator[bytes]:
        """All its bytes in order, at most a MiB of zeros at a time."""
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            whole, rest = divmod(piece, len(_ZEROS))
            for _ in range(whole):
                yield _ZEROS
            yield _ZEROS[:rest]

    def __bytes__(self) -> bytes:
        return b"".join(self.chunks())

    def hex_digest(self, algorithm: Literal["sha256", "blake2b-256"]) -> str:
        """The digest of the whole content."""
        digest = _digest_of_start(algorithm, self.pieces[:2]).copy()
        for chunk in Blob(self.pieces[2:]).chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def write(self, path: str, *, allocate: bool = False) -> None:
        """Make a new file of it; raises FileExistsError where there is one.

        The zeros stay holes; with `allocate` they take room on disk, as far as the system can reserve it.
        """
        with open(path, "xb") as file:
            for piece in self.pieces:
                if isinstance(piece, int):
                    file.seek(piece, os.SEEK_CUR)
                else:
                    file.write(piece)
            file.truncate()
            if allocate and self.size and hasattr(os, "posix_fallocate"):
                with suppress(OSError):  # no room, or a file system that can't reserve: then they stay holes
                    os.posix_fallocate(file.fileno(), 0, self.size)


@lru_cache(maxsize=256)
def _digest_of_start(algorithm: str, pieces: tuple[bytes | int, ...]) -> hashlib._Hash | hashlib.blake2b:
    """The digest of the first pieces. Wheels with the same padding start alike, so it is shared."""
    digest = hashlib.sha256() if algorithm == "sha256" else hashlib.blake2b(digest_size=32)
    for chunk in Blob(pieces).chunks():
        digest.update(chunk)
    return digest


@lru_cache(maxsize=64)
def zeros_sha256(count: int) -> str:
    """The SHA-256 of `count` zero bytes, as hex."""
    return Blob((count,)).hex_digest("sha256")


@lru_cache(maxsize=64)
def zeros_crc32(count: int) -> int:
    """The CRC-32 of `count` (below 2**32) zero bytes, without reading them."""
    register = 0xFFFFFFFF
    for power, step in enumerate(_zero_steps()):
        if count >> power & 1:
            register = _apply(step, register)
    return register ^ 0xFFFFFFFF


@lru_cache(maxsize=1)
def _zero_steps() -> list[list[int]]:
    """What feeding 2**0, 2**1, … 2**31 zero bytes does to each single bit of the CRC's register.

    Feeding one is a linear map of the register's 32 bits; squaring that map doubles the bytes fed.
    """
    step = [1 << bit for bit in range(32)]
    for _ in range(8):
        step = [(image >> 1) ^ (_CRC_POLYNOMIAL if image & 1 else 0) for image in step]
    steps = [step]
    while len(steps) < 32:
        step = steps[-1]
        steps.append([_apply(step, image) for image in step])
    return steps


def _apply(step: list[int], register: int) -> int:
    """The map whose images of the single bits are `step`, applied to a register."""
    result = 0
    for image in step:
        if register & 1:
            result ^= image
        register >>= 1
    return result
