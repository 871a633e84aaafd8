"""What an earlier scan read, asked again file by file: an entry is recalled only while all its files are the same."""

from __future__ import annotations

from collections.abc import Iterable

import msgpack

from pipcache_tui.cache.model import IDENTITY_BYTES, Entry, OwnedFile
from pipcache_tui.cache.records import Reader, Record

#: positions in a record
_FILES = 2


class Known:
    """The records of one part, packed with msgpack. What does not look like one is as if it were not there."""

    def __init__(self, packed: bytes = b"") -> None:
        self._reader = Reader()
        self._records: dict[str, Record] = {}
        #: keys (first paths) of the entries given back, so that the others can be told as new
        self.recalled: set[str] = set()
        for record in _unpack(packed):
            try:
                path = record[_FILES][0][0]  # type: ignore[index]
                self._records[path] = record  # type: ignore[assignment]
            except (TypeError, IndexError, KeyError):
                continue

    def __bool__(self) -> bool:
        return bool(self._records)

    def recall(self, root: str, files: tuple[OwnedFile, ...]) -> Entry | None:
        """The entry that owned just these files, with their stamps of now; None where any of them differs.

        Device, inode, size and mtime are compared. Access times and link counts are those of `files`.
        """
        record = self._records.get(files[0].path)
        if record is None:
            return None
        try:
            known = record[_FILES]
            if len(known) != len(files):
                return None
            for (path, stamp), file in zip(known, files, strict=True):
                if path != file.path or stamp[:IDENTITY_BYTES] != file.identity:
                    return None
            fresh = tuple((file.path, file.stamp) for file in files)
            entry = self._reader.entry(root, (*record[:_FILES], fresh, *record[_FILES + 1 :]))
        except (TypeError, ValueError, KeyError, IndexError):
            return None
        self.recalled.add(files[0].path)
        return entry


def _unpack(packed: bytes) -> Iterable[object]:
    if not packed:
        return ()
    try:
        value = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
    except (ValueError, TypeError, RecursionError, msgpack.UnpackException):
        return ()
    return value if isinstance(value, tuple) else ()
