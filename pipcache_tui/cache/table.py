"""Entries by column: for the 100,000 entries of a scan, for results of workers, and for remembered scans.

A column is a list with a value for each row. Columns hold plain values only (text, bytes, numbers, tuples of them), so
that whole parts of a table can be sent between processes and appended at once. An `Entry` is made when a row is first
read, and kept until the row changes.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, overload

from pipcache_tui.cache.model import (
    STAMP_BYTES,
    Detail,
    Entry,
    Files,
    IndexPage,
    Kind,
    Origin,
    Response,
    SelfCheck,
    Store,
    UrlProof,
)

#: the columns of some rows, in the order of `_NAMES`
Columns: TypeAlias = tuple[list[Any], ...]
#: a column as it is kept: a list; or what differs in it, and for each row which of these it is (4 bytes each)
Packed: TypeAlias = "list[Any] | tuple[list[Any], bytes]"
_Share: TypeAlias = Callable[[Any, Any], Any]

#: columns in which nearly every row has a value of its own
_OWN = ("paths", "stamps", "filenames", "urls", "dates")
#: columns with few different values, each of which is held once
_SHARED = (
    "roots",
    "stores",
    "kinds",
    "other_files",
    "projects",
    "versions",
    "tags",
    "requires_pythons",
    "url_proofs",
    "yanked",
    "responses",
    "details",
    "problems",
)
_NAMES = _OWN + _SHARED
_OPTIONAL_TEXT = ("filenames", "urls", "dates", "projects", "versions", "requires_pythons", "url_proofs", "yanked")

_DETAILS: dict[str, Callable[..., Detail]] = {"page": IndexPage, "origin": Origin, "selfcheck": SelfCheck}


class Table(Sequence[Entry]):
    """Rows of entries, usable as a sequence of `Entry`."""

    __slots__ = ("_made", "_objects", "_share", "columns", *_NAMES)

    paths: list[str]
    stamps: list[bytes]
    filenames: list[str | None]
    urls: list[str | None]
    #: the Date headers; `responses` have the rest
    dates: list[str | None]
    roots: list[str]
    stores: list[Store]
    kinds: list[Kind]
    #: how the files after the first are named, as in `Files`
    other_files: list[tuple[str, ...]]
    projects: list[str | None]
    versions: list[str | None]
    tags: list[tuple[str, ...]]
    requires_pythons: list[str | None]
    url_proofs: list[UrlProof | None]
    yanked: list[str | None]
    #: the fields of `Response`, None in place of the date
    responses: list[tuple[Any, ...] | None]
    #: which kind of detail it is, then its fields
    details: list[tuple[Any, ...] | None]
    problems: list[tuple[str, ...]]

    columns: Columns

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._made: list[Entry | None] = list(entries)
        self._share: _Share = {}.setdefault
        self._objects: dict[tuple[Any, ...], Detail] = {}
        rows = [self._values(entry) for entry in self._made if entry is not None]
        self._set(tuple(map(list, zip(*rows, strict=True))) if rows else tuple([] for _ in _NAMES))

    def _set(self, columns: Columns) -> None:
        self.columns = columns
        for name, column in zip(_NAMES, columns, strict=True):
            setattr(self, name, column)

    # --- a sequence of entries ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...

    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(index, slice):
            return tuple(map(self._entry, range(*index.indices(len(self)))))
        return self._entry(range(len(self))[index])

    def __iter__(self) -> Iterator[Entry]:
        return map(self._entry, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table | tuple | list):
            return NotImplemented
        return len(self) == len(other) and all(map(Entry.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table({list(self)!r})"

    def _entry(self, row: int) -> Entry:
        made = self._made[row]
        if made is None:
            response, detail = self.responses[row], self.details[row]
            made = self._made[row] = Entry(
                root=self.roots[row],
                store=self.stores[row],
                kind=self.kinds[row],
                files=Files(self.paths[row], self.other_files[row], self.stamps[row]),
                project=self.projects[row],
                version=self.versions[row],
                tags=self.tags[row],
                filename=self.filenames[row],
                requires_python=self.requires_pythons[row],
                url=self.urls[row],
                url_proof=self.url_proofs[row],
                yanked=self.yanked[row],
                response=None if response is None else Response(response[0], self.dates[row], *response[2:]),
                detail=None if detail is None else self._detail(detail),
                problems=self.problems[row],
            )
        return made

    def _detail(self, record: tuple[Any, ...]) -> Detail:
        made = self._objects.get(record)
        if made is None:
            made = self._objects[record] = _DETAILS[record[0]](*record[1:])
        return made

    # --- changes --------------------------------------------------------------------------------------------

    def append(self, entry: Entry) -> None:
        """Add a row."""
        for column, value in zip(self.columns, self._values(entry), strict=True):
            column.append(value)
        self._made.append(entry)

    def put(self, row: int, entry: Entry) -> None:
        """Change a row."""
        for column, value in zip(self.columns, self._values(entry), strict=True):
            column[row] = value
        self._made[row] = entry

    def _values(self, entry: Entry) -> tuple[Any, ...]:
        share, files, response, detail = self._share, entry.files, entry.response, entry.detail
        rest = None if response is None else (response.status, None, *response[2:])
        record = None if detail is None else detail_record(detail)
        return (
            files.path,
            files.stamps,
            entry.filename,
            entry.url,
            None if response is None else response.date,
            share(entry.root, entry.root),
            share(entry.store, entry.store),
            share(entry.kind, entry.kind),
            share(files.others, files.others),
            share(entry.project, entry.project),
            share(entry.version, entry.version),
            share(entry.tags, entry.tags),
            share(entry.requires_python, entry.requires_python),
            entry.url_proof,
            share(entry.yanked, entry.yanked),
            share(rest, rest),
            share(record, record),
            share(entry.problems, entry.problems),
        )

    def extend(self, columns: Columns) -> None:
        """Add rows: those of another table, or of a part of one."""
        share = self._share
        for position, (mine, new) in enumerate(zip(self.columns, columns, strict=True)):
            mine.extend(new if position < len(_OWN) else map(share, new, new))
        self._made.extend([None] * (len(self.paths) - len(self._made)))

    def part(self, rows: range, stamps: Sequence[bytes] | None = None) -> Columns:
        """The columns of consecutive rows, with other stamps where they are given."""
        columns = [column[rows.start : rows.stop] for column in self.columns]
        if stamps is not None:
            columns[_NAMES.index("stamps")] = list(stamps)
        return tuple(columns)

    def choose(self, rows: Sequence[int], stamps: Sequence[bytes] | None = None) -> Columns:
        """The columns of some rows, with other stamps where they are given."""
        columns = [[column[row] for row in rows] for column in self.columns]
        if stamps is not None:
            columns[_NAMES.index("stamps")] = list(stamps)
        return tuple(columns)

    # --- keeping --------------------------------------------------------------------------------------------

    def packed(self) -> dict[str, Packed]:
        """All columns except the roots, in the form that is stored."""
        kept: dict[str, Packed] = {name: getattr(self, name) for name in _OWN}
        for name in _SHARED[1:]:
            numbers: dict[Any, int] = {}
            each = array("I", [numbers.setdefault(value, len(numbers)) for value in getattr(self, name)])
            kept[name] = (list(numbers), each.tobytes())
        return kept

    @classmethod
    def unpacked(cls, root: str, kept: dict[str, Any]) -> Table:
        """The table from a result of `packed`. Raises ValueError, TypeError, KeyError or IndexError otherwise."""
        table = cls()
        count = len(kept["paths"])
        columns: list[list[Any]] = [list(kept[name]) for name in _OWN]
        columns.append([root] * count)
        for name in _SHARED[1:]:
            values, each = kept[name]
            _check_values(name, values)
            numbers = array("I")
            numbers.frombytes(each)
            columns.append(list(map(list(values).__getitem__, numbers)))
        if {len(column) for column in columns} - {count}:
            raise ValueError("columns of different lengths")
        table._set(tuple(columns))
        table._made = [None] * count
        _check_types(table)
        return table


def _check_values(name: str, values: Sequence[Any]) -> None:
    """Raise if a column holds something that can't be made into entries."""
    for value in values:
        if name == "responses" and value is not None:
            if len(value) != len(Response._fields):
                raise ValueError("not a response")
            hash(value)
        elif name == "details" and value is not None:
            hash(_DETAILS[value[0]](*value[1:]))
        elif name in ("other_files", "tags", "problems") and not set(map(type, value)) <= {str}:
            raise TypeError(f"{name}: no text")


def _check_types(table: Table) -> None:
    for name in ("paths", "stores", "kinds"):
        if not set(map(type, getattr(table, name))) <= {str}:
            raise TypeError(f"{name}: no text")
    for name in _OPTIONAL_TEXT:
        if not set(map(type, getattr(table, name))) <= {str, type(None)}:
            raise TypeError(f"{name}: no text")
    sizes = [STAMP_BYTES * (1 + len(others)) for others in table.other_files]
    if not set(map(type, table.stamps)) <= {bytes} or list(map(len, table.stamps)) != sizes:
        raise ValueError("not as many stamps as files")


def detail_record(detail: Detail) -> tuple[Any, ...]:
    """A detail as plain values."""
    if isinstance(detail, IndexPage):
        return ("page", detail.files, detail.form)
    if isinstance(detail, Origin):
        return (
            "origin",
            detail.url,
            detail.hashes,
            detail.subdirectory,
            detail.vcs,
            detail.commit,
            detail.is_folder,
            detail.legacy_hash,
        )
    return ("selfcheck", detail.prefix, detail.last_check, detail.pypi_version)


class Rows(Sequence[Entry]):
    """Some rows of a table, as a sequence of their entries."""

    __slots__ = ("rows", "table")

    def __init__(self, table: Table, rows: Sequence[int]) -> None:
        self.table = table
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Entry, ...]: ...

    def __getitem__(self, index: int | slice) -> Entry | tuple[Entry, ...]:
        if isinstance(index, slice):
            return tuple(self.table[row] for row in self.rows[index])
        return self.table[self.rows[index]]

    def __iter__(self) -> Iterator[Entry]:
        return map(self.table.__getitem__, self.rows)
