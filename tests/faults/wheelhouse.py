"""A cache to export from, the folder it goes to, and what must hold of that folder whatever happened on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import packages
from pipcache_tui.export.copies import ExportStep, export_entries
from pipcache_tui.export.file_names import is_distribution
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.support.cache_root import INDEX, Place
from tests.support.small_caches import Tree, tree
from tests.support.verdicts import FILE_HOST, PAGE, address

PURE = "pure-1.0-py3-none-any.whl"
THERE = "there-1.0-py3-none-any.whl"
TAKEN = "taken-1.0-py3-none-any.whl"
SOURCE = "source-1.0.tar.gz"
#: what is cached; more than one piece of a copy, so that there is a half of one
CACHED = {
    PURE: packages.make_wheel("pure", "1.0", padding=(1 << 20) + 5),
    SOURCE: packages.make_sdist("source", "1.0"),
    THERE: packages.make_wheel("there", "1.0"),
    TAKEN: packages.make_wheel("taken", "1.0"),
}
#: what stands in the folder before, and is to stand there for ever
THEIRS = {
    THERE: CACHED[THERE],
    TAKEN: packages.make_wheel("taken", "1.0", padding=7),
    "notes.txt": b"mine",
    "simple/taken/index.html": b"<html>my own page</html>",
}


@dataclass(frozen=True)
class Stock:
    """A cache of two wheels, an sdist, a page, and a wheel whose name another file has taken."""

    place: Place

    @classmethod
    def filled(cls, folder: Path) -> Stock:
        """The cache, made in a folder."""
        folder.mkdir()
        place = Place(folder)
        for number, (name, content) in enumerate(CACHED.items()):
            (place.v1 if number % 2 else place.v2)(address(content, name), content)
        listed = packages.Listed(PURE, address(CACHED[PURE], PURE), yanked="it loses data")
        place.v2(f"{INDEX}pure/", packages.index_page_html("pure", [listed]), PAGE)
        return cls(place)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.place.scan(workers=1, index_urls=[INDEX], file_hosts=[FILE_HOST]).entries)

    @cached_property
    def known_hashes(self) -> KnownHashes:
        return gather_known_hashes(self.entries, file_hosts=[FILE_HOST])

    def steps(self, house: Path, stop: Callable[[], bool] = lambda: False) -> Iterator[ExportStep]:
        """An export of all, with an index."""
        return export_entries(self.entries, str(house), self.known_hashes, index=True, workers=1, stop=stop)


def make_house(folder: Path) -> Path:
    """The folder, with what stands there before."""
    for name, content in THEIRS.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def check_house(house: Path, case: str) -> Tree:
    """Nothing of another's changed; whatever has the name of a distribution is whole, and no page tells of more."""
    found = tree(house)
    for name, content in THEIRS.items():
        assert found[name] == ("file", content), f"{case}: {name}"
    for name, (kind, content) in found.items():
        if kind == "folder" or name in THEIRS or ".pipcache-tui-" in name:
            continue
        last = name.rpartition("/")[2]
        if is_distribution(last):
            assert content == CACHED[name], f"{case}: {name} is half of it"
        elif last.endswith(".metadata"):
            assert content.startswith(b"Metadata-Version: ") and content.endswith(b"\n"), f"{case}: {name}"
        elif last == "index.json":
            for file in json.loads(content).get("files", ()):
                there = found[file["filename"]][1]
                assert file["hashes"]["sha256"] == hashlib.sha256(there).hexdigest(), f"{case}: {name}"
        else:
            assert last == "index.html", f"{case}: {name}"
            assert content.endswith(b"</body></html>\n"), f"{case}: {name}"
    return found


def unplaced(found: Tree) -> set[str]:
    """Names that an export gives what it has not finished; nobody takes them for anything."""
    return {name for name in found if ".pipcache-tui-" in name}


def without_unplaced(found: Tree) -> Tree:
    return {name: what for name, what in found.items() if name not in unplaced(found)}
