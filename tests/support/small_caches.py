"""Small caches to remove things from, made byte by byte in every layout, and how they look afterwards."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipcache_tui.cache.model import Entry, Root, Snapshot
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo import formats, packages
from pipcache_tui.remove.execute import carry_out
from pipcache_tui.remove.plan import Plan, plan_of
from pipcache_tui.remove.running_pip_policy import RunningPipPolicy
from pipcache_tui.remove.steps import RemovalResult

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
DAY = 86400.0
#: as though no pip were running
ALONE = RunningPipPolicy(look=lambda: (), now=lambda: NOW)
IMMUTABLE = {
    "Content-Type": "binary/octet-stream",
    "ETag": '"e"',
    "Date": "Fri, 01 Jan 2027 00:00:00 GMT",
    "Cache-Control": "max-age=365000000, immutable, public",
}
PAGE = {**IMMUTABLE, "Content-Type": "text/html", "Cache-Control": "max-age=600, public"}
WHY = ("for a test",)
#: what a tree looks like: for each path what stands there and, of a file, its content
Tree = dict[str, tuple[str, bytes]]


class Cache:
    """A pip root below which entries are put as pips put them, all of them 30 days old unless said otherwise."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = Root(str(folder), "--cache-dir", True)

    def write(self, path: str, content: bytes, *, days: float = 30) -> str:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        os.utime(target, (NOW - days * DAY,) * 2)
        return path

    def pair(
        self, name: str, body: bytes | None = None, *, headers: Mapping[str, str] = IMMUTABLE, days: float = 30
    ) -> str:
        """An http-v2 entry, a wheel unless `body` is given; the path of its metadata."""
        path = formats.http_path("http-v2", formats.cache_key(f"https://files.example/{name}"))
        self.write(path, formats.encode_cc4(formats.Stored(headers), inside=False), days=days)
        self.write(f"{path}.body", packages.make_wheel(name, "1.0") if body is None else body, days=days)
        return path

    def page(self, project: str, *, days: float = 30) -> str:
        listed = packages.Listed(f"{project}-1.0.tar.gz", f"https://files.example/{project}-1.0.tar.gz")
        return self.pair(f"simple/{project}/", packages.index_page_html(project, [listed]), headers=PAGE, days=days)

    def single(self, name: str, *, days: float = 30, headers: Mapping[str, str] = IMMUTABLE) -> str:
        """An entry of http/, a wheel."""
        path = formats.http_path("http", formats.cache_key(f"https://files.example/{name}"))
        stored = formats.Stored(headers, packages.make_wheel(name, "1.0"))
        return self.write(path, formats.encode_cc4(stored, inside=True), days=days)

    def built(self, project: str, *versions: str, origin: bool = True, days: float = 30) -> list[str]:
        """Wheels built from one source, side by side; their paths."""
        url = f"https://files.example/{project}.tar.gz"
        folder = formats.built_wheel_folder(url, ("cp", "312"))
        paths = []
        for version in versions:
            wheel = packages.make_wheel(project, version)
            paths.append(self.write(f"{folder}/{packages.wheel_name(project, version)}", wheel, days=days))
        if origin:
            self.write(f"{folder}/origin.json", formats.origin_json(url), days=days)
        return paths

    def selfcheck(self, prefix: str) -> str:
        return self.write(formats.selfcheck_path(prefix), formats.selfcheck_note(prefix, NOW, "25.3"))

    def download(self, name: str) -> str:
        """A pair of pip 1.5.6, below the root itself."""
        content, content_type = formats.download_names(f"https://files.example/{name}-1.0.tar.gz")
        self.write(content, packages.make_sdist(name, "1.0"))
        return self.write(content_type, b"application/x-gzip")

    def lock(self, name: str, *holders: str) -> list[str]:
        """A lock folder that an old pip left."""
        path = formats.http_path("http", formats.cache_key(f"https://files.example/{name}"))
        return [self.write(f"{path}.lock/{holder}", b"") for holder in holders]

    def temporary(self, name: str, *, days: float = 30) -> str:
        path = formats.http_path("http-v2", formats.cache_key(f"https://files.example/{name}"), body=True)
        return self.write(f"{path}ab_12xyz.tmp", b"cc=4,", days=days)

    def fill(self) -> None:
        """Something of everything, and files that are not pip's in between."""
        for number in range(3):
            self.pair(f"wheel{number}")
        self.page("six")
        self.single("old")
        self.built("two", "1.0", "2.0")
        self.built("one", "1.0")
        self.built("bare", "1.0", origin=False)
        self.selfcheck("/usr")
        self.write("selfcheck.json", formats.old_selfcheck({"/usr": (NOW, "19.2.3")}))
        self.lock("locked", "host.1-23", "host-abc.4-56")
        self.temporary("cut")
        self.write("http-v2/README.txt", b"notes")
        self.write("wheels/notes/six-1.0-py3-none-any.whl", b"someone's own")
        self.write("mine.txt", b"someone's own")

    def scan(self) -> Snapshot:
        return take_snapshot([self.root], workers=0)

    def entry(self, path: str) -> Entry:
        """The entry that has the file at the path."""
        (found,) = (entry for entry in self.scan().entries if any(file.path == path for file in entry.files))
        return found

    def plan(self, entries: Iterable[Entry] | None = None) -> Plan:
        """The plan of some entries, or of all."""
        snapshot = self.scan()
        chosen = snapshot.entries if entries is None else entries
        return plan_of(snapshot, ((entry, WHY) for entry in chosen), now=NOW)

    def remove(self, *paths: str, policy: RunningPipPolicy = ALONE) -> RemovalResult:
        """Carry out the plan of the entries that have these files; of all where none is given."""
        entries = [entry for entry in self.scan().entries if any(file.path in paths for file in entry.files)]
        return RemovalResult.of(carry_out(self.plan(entries if paths else None), policy))


def tree(folder: Path) -> Tree:
    """Everything below a folder; links are not followed."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        name = str(path.relative_to(folder))
        if stat.S_ISLNK(mode):
            found[name] = ("link", os.fsencode(os.readlink(path)))
        elif stat.S_ISREG(mode):
            found[name] = ("file", path.read_bytes())
        else:
            found[name] = ("folder", b"")
    return found


def files(folder: Path) -> set[str]:
    """The paths of all files below a folder."""
    return {name for name, (kind, _) in tree(folder).items() if kind != "folder"}


def used_blocks(folder: Path) -> int:
    """Allocated bytes of all files below a folder, each inode once."""
    inodes = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            inodes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(inodes.values())


def planned_files(plan: Plan) -> set[str]:
    return {file.path for planned in plan.entries for file in planned.files}
