"""Entries laid out as rows: grouped, sorted, opened and closed.

Only open groups are subdivided: 100,000 entries in 5,000 projects take one pass to group and a sort of 5,000.
A row is a `Group` or the index of an entry; a group holds the indices of all entries below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from pipcache_tui.report.describe import entry_name
from pipcache_tui.tui.model.answers import Answers
from pipcache_tui.tui.model.catalog import Catalog
from pipcache_tui.tui.model.groupings import BY_PROJECT, Grouping

SortKey = Literal["name", "size", "count", "kind", "age", "used", "pip", "pythons", "reason"]
SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)
#: those that are sorted from A to Z at first; the others begin with the largest
_ALPHABETIC: frozenset[SortKey] = frozenset(("name", "kind", "pip", "pythons", "reason"))

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """How to lay entries out."""

    grouping: Grouping = BY_PROJECT
    sort: SortKey = "size"
    descending: bool = True

    def sorted_by(self, key: SortKey) -> View:
        """Sort by that key, or reverse the order if it is already sorted by it."""
        if key == self.sort:
            return replace(self, descending=not self.descending)
        return replace(self, sort=key, descending=key not in _ALPHABETIC)


class Group:
    """Entries that share a key. Sizes in bytes, times in seconds since 1970: the latest of its members."""

    __slots__ = (
        "_kind",
        "_marks",
        "_said",
        "_versions",
        "children",
        "largest",
        "level",
        "members",
        "newest",
        "path",
        "size",
        "used",
    )

    def __init__(self, path: Path, level: int) -> None:
        self.path = path
        #: the next level of the grouping that subdivides it
        self.level = level
        self.members: list[int] = []
        self.size = 0
        self.newest = 0.0
        self.used = 0.0
        #: sorted; None until it is first opened, and again after a change
        self.children: list[Group | int] | None = None
        #: the size of the largest child, to which the bars of all children relate
        self.largest = 0
        self._marks = (-1, 0)
        self._kind: tuple[int, str] = (-1, "")
        self._versions: tuple[int, str] = (-1, "")
        #: which judge answered, for how many members, and the answer
        self._said: tuple[Answers | None, int, tuple[str, int], str] = (None, 0, ("", 0), "")

    @property
    def depth(self) -> int:
        return len(self.path) - 1

    def take(self, catalog: Catalog, indices: Sequence[int]) -> None:
        """Add members."""
        self.members.extend(indices)
        self.size += sum(map(catalog.sizes.__getitem__, indices))
        self.newest = max(self.newest, max(map(catalog.stored.__getitem__, indices), default=0.0))
        self.used = max(self.used, max(map(catalog.used.__getitem__, indices), default=0.0))
        self.children = None

    def marked(self, catalog: Catalog) -> int:
        """How many of its members are marked."""
        if not catalog.marked_count:
            return 0
        stamp, count = self._marks
        if stamp != catalog.marks_stamp:
            count = sum(map(catalog.marked.__getitem__, self.members))
            self._marks = (catalog.marks_stamp, count)
        return count

    def kind(self, catalog: Catalog) -> str:
        """The kind of all its members, or how many kinds there are."""
        size, text = self._kind
        if size != len(self.members):
            kinds = {catalog.entries[index].kind for index in self.members}
            text = next(iter(kinds)) if len(kinds) == 1 else f"{len(kinds)} kinds"
            self._kind = (len(self.members), text)
        return text

    def versions(self, catalog: Catalog) -> str:
        """The version of all its members that have one, or how many there are."""
        count, text = self._versions
        if count != len(self.members):
            versions = {version for index in self.members if (version := catalog.entries[index].version)}
            text = next(iter(versions)) if len(versions) == 1 else f"{len(versions)} versions" if versions else ""
            self._versions = (len(self.members), text)
        return text

    def pip_will(self, catalog: Catalog, answers: Answers) -> tuple[str, int]:
        """As `Answers.pip_will`, remembered."""
        return self._answered(catalog, answers)[2]

    def pythons(self, catalog: Catalog, answers: Answers) -> str:
        """As `Answers.pythons`, remembered."""
        return self._answered(catalog, answers)[3]

    def _answered(self, catalog: Catalog, answers: Answers) -> tuple[Answers | None, int, tuple[str, int], str]:
        if self._said[0] is not answers or self._said[1] != len(self.members):
            pip_will, pythons = answers.pip_will(catalog, self.members), answers.pythons(catalog, self.members)
            self._said = (answers, len(self.members), pip_will, pythons)
        return self._said


Row = Group | int


class Listing:
    """The rows of a view. `parents[n]` is the group that row n is a child of; the outermost is `root`."""

    def __init__(self, catalog: Catalog, view: View, answers: Answers, expanded: set[Path]) -> None:
        self.catalog = catalog
        self.view = view
        self.answers = answers
        self.expanded = expanded
        self.root = Group((), 0)
        self.rows: list[Row] = []
        self.parents: list[Group] = []
        self._tops: dict[str, Group] = {}

    @classmethod
    def build(
        cls,
        catalog: Catalog,
        indices: Sequence[int],
        view: View,
        answers: Answers,
        expanded: set[Path] | None = None,
    ) -> Listing:
        listing = cls(catalog, view, answers, set() if expanded is None else expanded)
        listing.extend(indices)
        return listing

    def __len__(self) -> int:
        return len(self.rows)

    def extend(self, indices: Sequence[int]) -> None:
        """Add entries and lay the rows out again."""
        self.root.take(self.catalog, indices)
        if self.view.grouping.levels:
            key_of = self.view.grouping.levels[0]
            entries = self.catalog.entries
            buckets: dict[str, list[int]] = {}
            for index in indices:
                key = key_of(entries[index]) or ""
                bucket = buckets.get(key)
                if bucket is None:
                    buckets[key] = [index]
                else:
                    bucket.append(index)
            for key, bucket in buckets.items():
                top = self._tops.get(key)
                if top is None:
                    top = self._tops[key] = Group((key,), 1)
                top.take(self.catalog, bucket)
        self.lay_out()

    def lay_out(self) -> None:
        """Make the rows from the groups, as far as they are open."""
        if self.view.grouping.levels:
            self._adopt(self.root, list(self._tops.values()))
            if self.expanded:
                self.rows, self.parents = [], []
                self._unfold(self.root)
            else:  # as it nearly always is while entries stream in
                self.rows = list(self.root.children or ())
                self.parents = [self.root] * len(self.rows)
        else:
            self._adopt(self.root, list(self.root.members))
            self.rows = self.root.children or []
            self.parents = [self.root] * len(self.rows)

    def sort(self, view: View) -> None:
        """Another order of the same groups."""
        assert view.grouping is self.view.grouping
        self.view = view
        for group in self._open_groups(self._tops.values()):
            group.children = None
        self.lay_out()

    def toggle(self, row: int) -> None:
        """Open or close the group of a row; an entry's row stays as it is."""
        group = self.rows[row]
        if isinstance(group, int):
            return
        if group.path in self.expanded:
            self.expanded.discard(group.path)
            depth, end = group.depth, row + 1
            while end < len(self.rows) and self.depth(end) > depth:
                end += 1
            del self.rows[row + 1 : end]
            del self.parents[row + 1 : end]
        else:
            self.expanded.add(group.path)
            inner = Listing(self.catalog, self.view, self.answers, self.expanded)
            inner._unfold(group)
            self.rows[row + 1 : row + 1] = inner.rows
            self.parents[row + 1 : row + 1] = inner.parents

    def is_open(self, group: Group) -> bool:
        return group.path in self.expanded

    def depth(self, row: int) -> int:
        """How far a row is indented: 0 for the outermost."""
        return self.parents[row].depth + 1

    def indices(self, row: int) -> Sequence[int]:
        """All entries of a row: itself, or the group's members."""
        item = self.rows[row]
        return (item,) if isinstance(item, int) else item.members

    def find(self, wanted: Path | int | None, near: int = 0) -> int | None:
        """The row of a group's path or of an entry's index; a group above it where that is closed."""
        if wanted is None:
            return None
        if near < len(self.rows) and self._is(self.rows[near], wanted):
            return near
        for number, row in enumerate(self.rows):
            if self._is(row, wanted):
                return number
        if isinstance(wanted, tuple):
            return self.find(wanted[:-1]) if len(wanted) > 1 else None
        for number in range(len(self.rows) - 1, -1, -1):
            row = self.rows[number]
            if isinstance(row, Group) and wanted in row.members:
                return number
        return None

    def identity(self, row: int) -> Path | int | None:
        """What `find` takes to find this row again after a change."""
        if not 0 <= row < len(self.rows):
            return None
        item = self.rows[row]
        return item if isinstance(item, int) else item.path

    @staticmethod
    def _is(row: Row, wanted: Path | int) -> bool:
        return row == wanted if isinstance(row, int) else row.path == wanted

    def _unfold(self, group: Group) -> None:
        for child in self._children(group):
            self.rows.append(child)
            self.parents.append(group)
            if isinstance(child, Group) and child.path in self.expanded:
                self._unfold(child)

    def _children(self, group: Group) -> list[Group | int]:
        if group.children is None:
            self._adopt(group, list(self._subdivide(group)))
        assert group.children is not None
        return group.children

    def _subdivide(self, group: Group) -> Iterable[Row]:
        """The next level at which its members differ; a subgroup with one member is shown as that member."""
        levels, entries = self.view.grouping.levels, self.catalog.entries
        for level in range(group.level, len(levels)):
            key_of = levels[level]
            buckets: dict[str | None, list[int]] = {}
            for index in group.members:
                buckets.setdefault(key_of(entries[index]), []).append(index)
            if len(buckets) > 1:
                return self._subgroups(group, level + 1, buckets)
        return group.members

    def _subgroups(self, group: Group, level: int, buckets: dict[str | None, list[int]]) -> Iterator[Row]:
        for key, members in buckets.items():
            if key is None or len(members) == 1:
                yield from members
            else:
                child = Group((*group.path, key), level)
                child.take(self.catalog, members)
                yield child

    def _adopt(self, group: Group, children: list[Group | int]) -> None:
        catalog = self.catalog
        sizes = catalog.sizes
        children.sort(key=self._sort_key(), reverse=self.view.descending)
        group.children = children
        if not self.view.grouping.levels:
            group.largest = max(map(sizes.__getitem__, group.members), default=0)
        else:
            group.largest = max((c.size if isinstance(c, Group) else sizes[c] for c in children), default=0)

    def _sort_key(self) -> Callable[[Row], Any]:
        catalog, answers = self.catalog, self.answers
        entries, sizes, stored, used = catalog.entries, catalog.sizes, catalog.stored, catalog.used
        flat = not self.view.grouping.levels
        sort = self.view.sort
        if sort == "size":
            return sizes.__getitem__ if flat else lambda r: sizes[r] if isinstance(r, int) else r.size  # type: ignore[return-value]
        if sort == "age":
            return lambda r: -stored[r] if isinstance(r, int) else -r.newest
        if sort == "used":
            return lambda r: -used[r] if isinstance(r, int) else -r.used
        if sort == "name":
            return lambda r: (entry_name(entries[r]) if isinstance(r, int) else r.path[-1]).casefold()
        if sort == "count":
            return lambda r: 1 if isinstance(r, int) else len(r.members)
        if sort == "kind":
            return lambda r: entries[r].kind if isinstance(r, int) else r.kind(catalog)
        if sort == "pip":
            return lambda r: answers.pip_will(catalog, (r,)) if isinstance(r, int) else r.pip_will(catalog, answers)
        if sort == "reason":
            return lambda r: answers.reasons_of((r,) if isinstance(r, int) else r.members)
        return lambda r: answers.pythons(catalog, (r,)) if isinstance(r, int) else r.pythons(catalog, answers)

    @staticmethod
    def _open_groups(groups: Iterable[Group]) -> Iterator[Group]:
        """All groups that have been subdivided."""
        for group in groups:
            if group.children is not None:
                children = [child for child in group.children if isinstance(child, Group)]
                yield group
                yield from Listing._open_groups(children)
