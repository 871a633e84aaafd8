"""Bytes with holes in them: a file of gigabytes that costs neither memory nor disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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

    def hex_digest(self, algorithm: str, size: int | None = None) -> str:
        """The digest of the whole content; `size` shortens blake2b ("blake2b", 32 is blake2b-256)."""
        digest = hashlib.blake2b(digest_size=size) if size else hashlib.new(algorithm)
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.hexdigest()

    def write(self, path: str) -> None:
        """Make a new file of it, holes left as holes; raises FileExistsError where there is one."""
        with open(path, "xb") as file:
            for piece in self.pieces:
                if isinstance(piece, int):
                    file.seek(piece, os.SEEK_CUR)
                else:
                    file.write(piece)
            file.truncate()


@lru_cache(maxsize=64)
def zeros_sha256(count: int) -> str:
    """The SHA-256 of `count` zero bytes, as hex."""
    return Blob((count,)).hex_digest("sha256")


@lru_cache(maxsize=64)
def zeros_crc32(count: int) -> int:
    """The CRC-32 of `count` zero bytes, without running through them.

    Feeding one zero byte is a linear map of the register's 32 bits; squaring that map doubles the bytes fed.
    """
    byte_step = [1 << bit for bit in range(32)]
    for _ in range(8):
        byte_step = [(row >> 1) ^ (_CRC_POLYNOMIAL if row & 1 else 0) for row in byte_step]
    register, step = 0xFFFFFFFF, byte_step
    while count:
        if count & 1:
            register = _apply(step, register)
        count >>= 1
        if count:
            step = [_apply(step, column) for column in step]
    return register ^ 0xFFFFFFFF


def _apply(step: list[int], register: int) -> int:
    """The map whose images of the single bits are `step`, applied to a register."""
    result = 0
    for image in step:
        if register & 1:
            result ^= image
        register >>= 1
    return result
