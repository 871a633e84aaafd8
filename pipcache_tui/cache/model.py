"""The data model: entries of a pip cache, their files and their details.

Everything here is immutable and does no I/O: the stores make entries, the rest of the program reads them. An `Entry`
holds only facts that don't change. `pipcache_tui.select.judge.Judge` answers what depends on a pip version, on the
Pythons of this machine, on the time or on other entries.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, get_args, overload

Store = Literal[
    "http",
    "http-v2",
    "wheels",
    "selfcheck",
    "downloads",
    "pip-accel",
]
Kind = Literal[
    "wheel",
    "built-wheel",
    "sdist",
    "index-page",
    "metadata",
    "redirect",
    "selfcheck",
    "other",
    "orphan",
    "leftover",
    "unreadable",
]
UrlProof = Literal["index-page", "content", "origin", "file-name"]
PipWill = Literal["reuse", "revalidate", "download-again", "never-read"]

STORES: tuple[Store, ...] = get_args(Store)
KINDS: tuple[Kind, ...] = get_args(Kind)
URL_PROOFS: tuple[UrlProof, ...] = get_args(UrlProof)
PIP_WILL: tuple[PipWill, ...] = get_args(PipWill)


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """The properties of a store that other modules need; its module in `stores` knows how to read it.

    `cache/pip/releases.py` says which pips read it.
    """

    #: which of an entry's files is its body: the first or the last of them, in the order in which they are deleted
    body: Literal[0, -1] = 0
    #: entries are HTTP responses named by the hash of their URL: headers and body "whole" in a file, or a "pair" of
    #: files that pip reads one after the other
    response: Literal["whole", "pair"] | None = None
    #: entries were built on this machine: their URL is that of the source, not of the file
    built: bool = False
    #: the file that all entries in a folder share; it is listed as the last file of the first entry
    shared: str | None = None
    #: pip chooses the file and may open it minutes later, without a second check
    chosen_early: bool = False
    #: how many components of a path name its part, the unit in which scans are remembered; None: always read
    part_depth: int | None = None
    #: the folder that proves whose layout this is, if the rest doesn't; it is deleted last
    known_by: str | None = None
    #: no program uses it any more. Otherwise a store that no pip reads counts as another program's, and is never stale
    abandoned: bool = False


LAYOUTS: Mapping[Store, StoreLayout] = {
    "http": StoreLayout(response="whole", part_depth=3),
    "http-v2": StoreLayout(body=-1, response="pair", part_depth=3),
    "wheels": StoreLayout(built=True, shared="origin.json", chosen_early=True, part_depth=2),
    "selfcheck": StoreLayout(),
    "downloads": StoreLayout(body=-1, chosen_early=True),
    "pip-accel": StoreLayout(known_by="binaries", abandoned=True),
}
#: the stores of HTTP responses
RESPONSES: frozenset[Store] = frozenset(store for store, traits in LAYOUTS.items() if traits.response)

#: start of the problem text of a file that could not be opened; what is remembered about it may be out of date
UNOPENED = "can't be read: "
#: start of the problem text of a file that pip can use, although its content disagrees with its name or page
PIP_GOES_BY = "pip goes by its "

#: device, inode, size, mtime_ns (the identity of a file's content: the first 32 bytes), ctime_ns (with which it is
#: unchanged for a scan: the first 40), then atime_ns, blocks of 512 bytes, links
_STAMP = struct.Struct("<QQQqqqIH")
IDENTITY_BYTES = 32
UNTOUCHED_BYTES = 40
STAMP_BYTES = _STAMP.size
_LAST_NS = (1 << 63) - 1
#: the unit of `st_blocks` on every file system (bytes)
BLOCK = 512
_Number: TypeAlias = Callable[..., tuple[int]]
#: unpacks a single number of a stamp: 100,000 entries are filtered and sorted by these while the user types
_DEVICE: _Number = struct.Struct("<Q").unpack_from
_INODE: _Number = struct.Struct("<8xQ").unpack_from
_SIZE: _Number = struct.Struct("<16xQ").unpack_from
_MTIME: _Number = struct.Struct("<24xq").unpack_from
_ATIME: _Number = struct.Struct("<40xq").unpack_from
_BLOCKS: _Number = struct.Struct("<48xI").unpack_from
_LINKS: _Number = struct.Struct("<52xH").unpack_from


class _OfAll(dict[int, Callable[[bytes], tuple[int, ...]]]):
    """Reads one number of each stamp in a sequence of stamps. The key is the length of the sequence in bytes."""

    def __init__(self, one: str) -> None:
        self._one = one

    def __missing__(self, length: int) -> Callable[[bytes], tuple[int, ...]]:
        self[length] = unpack = struct.Struct("<" + self._one * (length // STAMP_BYTES)).unpack
        return unpack


_SIZES = _OfAll("16xQ30x")
_MTIMES = _OfAll("24xq22x")
_ATIMES = _OfAll("40xq6x")
_ALL_BLOCKS = _OfAll("48xI2x")
#: elsewhere a file that is read gets its access time put back, which itself changes the ctime, so it is not looked at
_HAS_CTIME = hasattr(os, "O_NOATIME")


@dataclass(frozen=True, slots=True)
class Root:
    """A pip cache directory: its absolute path, and which setting or default named it ("--cache-dir", …)."""

    path: str
    source: str
    exists: bool


def stamp_numbers(stamps: bytes) -> Iterator[tuple[int, ...]]:
    """Of each stamp: device, inode, size, mtime_ns, ctime_ns, atime_ns, blocks of 512 bytes, links."""
    return _STAMP.iter_unpack(stamps)


def pack_stamp(status: os.stat_result) -> bytes:
    """The numbers of a stat as `OwnedFile.stamp` keeps them: 54 bytes instead of eight Python integers."""
    try:
        return _STAMP.pack(
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns if _HAS_CTIME else 0,
            status.st_atime_ns,
            status.st_blocks,
            status.st_nlink,
        )
    except (AttributeError, struct.error):
        return _STAMP.pack(
            status.st_dev & 0xFFFFFFFFFFFFFFFF,
            status.st_ino & 0xFFFFFFFFFFFFFFFF,
            status.st_size,
            # file systems keep times beyond the year 2262, which is as far as 64 bits of nanoseconds go
            min(status.st_mtime_ns, _LAST_NS),
            min(status.st_ctime_ns, _LAST_NS) if _HAS_CTIME else 0,
            min(status.st_atime_ns, _LAST_NS),
            # Windows counts none; a file of 2 TiB has more than fit
            min(getattr(status, "st_blocks", -(-status.st_size // BLOCK)), 0xFFFFFFFF),
            min(status.st_nlink, 0xFFFF),
        )


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """One file of an entry, as the scan saw it.

    `path` is relative to the root, separated by "/"; bytes that are not UTF-8 become surrogate escapes. Sizes are
    in bytes, times in nanoseconds since 1970. `size_on_disk` is allocated blocks × 512 where the system says so.
    """

    path: str
    stamp: bytes

    @property
    def device(self) -> int:
        return _DEVICE(self.stamp)[0]

    @property
    def inode(self) -> int:
        return _INODE(self.stamp)[0]

    @property
    def size(self) -> int:
        return _SIZE(self.stamp)[0]

    @property
    def mtime_ns(self) -> int:
        return _MTIME(self.stamp)[0]

    @property
    def size_on_disk(self) -> int:
        return _BLOCKS(self.stamp)[0] * BLOCK

    @property
    def atime_ns(self) -> int:
        return _ATIME(self.stamp)[0]

    @property
    def links(self) -> int:
        return _LINKS(self.stamp)[0]

    @property
    def identity(self) -> bytes:
        """Device, inode, size and mtime: equal as long as it is the same file with the same content."""
        return self.stamp[:IDENTITY_BYTES]


class Files(Sequence[OwnedFile]):
    """The files of one entry, packed because a big cache has 200,000. At least one, all in one folder.

    Compared and hashed by value; don't change them.
    """

    __slots__ = ("others", "path", "stamps")

    def __init__(self, path: str, others: tuple[str, ...], stamps: bytes) -> None:
        #: the path of the first
        self.path = path
        #: the other files: "/" and what follows the path of the first; otherwise what
        #: follows its folder
        self.others = others
        #: the stamps of all, one after the other
        self.stamps = stamps

    @classmethod
    def of(cls, *files: OwnedFile) -> Files:
        """The same files, packed. Raises ValueError if they are in different folders."""
        path = files[0].path
        others = tuple([_name_after(path, file.path) for file in files[1:]])
        return cls(path, _shared(others), b"".join([file.stamp for file in files]))

    def __len__(self) -> int:
        return 1 + len(self.others)

    def __iter__(self) -> Iterator[OwnedFile]:
        for number in range(1 + len(self.others)):
            yield self._at(number)

    @overload
    def __getitem__(self, index: int) -> OwnedFile: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[OwnedFile, ...]: ...

    def __getitem__(self, index: int | slice) -> OwnedFile | tuple[OwnedFile, ...]:
        numbers = range(len(self))[index]
        return self._at(numbers) if isinstance(numbers, int) else tuple(map(self._at, numbers))

    def _at(self, number: int) -> OwnedFile:
        return OwnedFile(self.path_of(number), self.stamps[number * STAMP_BYTES : (number + 1) * STAMP_BYTES])

    def paths(self) -> list[str]:
        """The paths of all."""
        return [self.path, *map(self.path_of, range(1, len(self)))] if self.others else [self.path]

    def path_of(self, number: int) -> str:
        """The path of one of them; negative numbers count from the last."""
        if number in (0, ~len(self.others)):
            return self.path
        name = self.others[number - 1 if number > 0 else number]
        return self.path + name[1:] if name[0] == "/" else self.path[: self.path.rfind("/") + 1] + name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Files):
            return NotImplemented
        return (self.path, self.others, self.stamps) == (other.path, other.others, other.stamps)

    def __hash__(self) -> int:
        return hash((self.path, self.others, self.stamps))

    def __repr__(self) -> str:
        return f"Files.of{(*self,)!r}"


@lru_cache(maxsize=1024)
def _shared(others: tuple[str, ...]) -> tuple[str, ...]:
    """Share one tuple between equal values, since nearly all are equal."""
    return others


def _name_after(first: str, path: str) -> str:
    folder = first[: first.rfind("/") + 1]
    if path.startswith(first):
        return "/" + path[len(first) :]
    if not path.startswith(folder) or "/" in path[len(folder) :]:
        raise ValueError(f"{path} is not in the folder of {first}")
    return path[len(folder) :]


class Response(NamedTuple):
    """The parts of a stored HTTP response that pip's decision needs; header values as sent, None if absent."""

    status: int
    date: str | None = None
    cache_control: str | None = None
    expires: str | None = None
    #: whether there is an ETag to revalidate with; an empty one counts
    has_etag: bool = False
    #: the request headers the answer varied on, with the values the request had (None: the request had none)
    vary: tuple[tuple[str, str | None], ...] = ()
    #: where a redirect leads
    location: str | None = None
    #: a download that pip 25.1+ resumed, marked `version: 0`
    resumed: bool = False
    #: the N of the `cc=N,` mark: which pips can read it
    cache_format: int = 4
    #: kept only if there is no ETag: what pip may revalidate with instead
    last_modified: str | None = None
    #: the names in `vary` are stored as bytes (pip 10.0 on Python 2): no pip on Python 3 finds a header by them
    vary_as_bytes: bool = False


@dataclass(frozen=True, slots=True)
class IndexPage:
    """An index page: how many files it lists (None: not counted yet), and its format."""

    files: int | None
    form: Literal["html", "json"]


@dataclass(frozen=True, slots=True)
class Origin:
    """The `origin.json` next to a built wheel (PEP 610): where its source came from."""

    url: str
    #: (algorithm, lower-case hex digest), sorted
    hashes: tuple[tuple[str, str], ...] = ()
    subdirectory: str | None = None
    vcs: str | None = None
    commit: str | None = None
    is_folder: bool = False
    #: there is only the kind of hash that pips before 23.0 wrote (`archive_info.hash`, pypa/pip#11312)
    legacy_hash: bool = False


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The result of pip's last check for a newer pip: for which `sys.prefix`, when (RFC 3339), what it found."""

    prefix: str | None
    last_check: str | None
    pypi_version: str | None


Detail: TypeAlias = "IndexPage | Origin | SelfCheck"


def compress_tags(tags: Sequence[str]) -> str:
    """Single tags as a file name compresses them (PEP 425): "py2.py3-none-any"; "" for none."""
    columns: tuple[dict[str, None], ...] = ({}, {}, {})
    for tag in tags:
        for column, part in zip(columns, tag.split("-", 2), strict=False):
            column[part] = None
    return "-".join(".".join(column) for column in columns) if tags else ""


class Entry(NamedTuple):
    """One thing that pip stored, with all its files: at least one, in the order in which they are deleted.

    pip finds the entry by the first file, which is also its key. The row in `LAYOUTS` says which file is the `body`.
    `project` is normalised (PEP 503), `version` is as its source wrote it. None always means "not known".
    """

    root: str
    store: Store
    kind: Kind
    files: Files
    project: str | None = None
    version: str | None = None
    #: single tags ("py3-none-any"), expanded from compressed sets, in the order of the source
    tags: tuple[str, ...] = ()
    #: the last part of the URL if that is proven, otherwise the name that the content gives
    filename: str | None = None
    requires_python: str | None = None
    url: str | None = None
    url_proof: UrlProof | None = None
    #: the index's reason for yanking the file ("" if it gives none); None: not yanked, as far as is known
    yanked: str | None = None
    response: Response | None = None
    detail: Detail | None = None
    #: one line each, in words: what is wrong with it on disk
    problems: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Unique among all entries of a scan, and stable while the entry stays."""
        return (self.root, self.files.path)

    @property
    def body(self) -> OwnedFile:
        """The file that holds the content."""
        return self.files[LAYOUTS[self.store].body]

    @property
    def id(self) -> str:
        """Stable across runs, unique in its root: `http-v2:<hash>`, `wheels:<path below the store>`, …"""
        path = self.files.path_of(LAYOUTS[self.store].body)
        if self.store in RESPONSES:
            name = path.split("/", 6)[-1]  # a file in an old lock folder has that folder's name before its own
            if self.kind != "leftover":
                name = name.removesuffix(".body")
            return f"{self.store}:{name}"
        return f"{self.store}:{path.removeprefix(self.store + '/')}"

    @property
    def size(self) -> int:
        """Bytes in all its files."""
        stamps = self.files.stamps
        return sum(_SIZES[len(stamps)](stamps))

    @property
    def size_on_disk(self) -> int:
        """Allocated bytes of all its files."""
        stamps = self.files.stamps
        return sum(_ALL_BLOCKS[len(stamps)](stamps)) * BLOCK

    @property
    def stored(self) -> float:
        """When the content was written, in seconds since 1970: the mtime of the body."""
        stamps = self.files.stamps
        return _MTIME(stamps, len(stamps) - STAMP_BYTES if LAYOUTS[self.store].body else 0)[0] / 1e9

    @property
    def validated(self) -> float:
        """When pip stored or last validated it, in seconds since 1970; `age` counts from here."""
        stamps = self.files.stamps
        return max(_MTIMES[len(stamps)](stamps)) / 1e9

    @property
    def used(self) -> float:
        """When any of its files was last read, in seconds since 1970, as far as the mount keeps atimes."""
        stamps = self.files.stamps
        return max(_ATIMES[len(stamps)](stamps)) / 1e9

    @property
    def tag_label(self) -> str:
        """The tags as a file name compresses them ("py2.py3-none-any"), "" if there are none."""
        return compress_tags(self.tags)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One finished scan. `foreign_*` counts the files below the stores that pip would not have written."""

    roots: tuple[Root, ...]
    entries: Sequence[Entry]
    warnings: tuple[str, ...] = ()
    foreign_files: int = 0
    foreign_size: int = 0
