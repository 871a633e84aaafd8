"""Entries made by hand for the reports to be tested on: no disk, no clock, no Pythons of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.disk.machine import THIS_MACHINE
from pipcache_tui.cache.model import Entry, Files, Kind, OwnedFile, Response, Root, Snapshot, Store, pack_stamp
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.select.judge import Judge

DAY = 86400.0
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
ROOT = "/home/someone/.cache/pip"
BLOCK = 4096
DAILY = AtimeKeeping("daily", "/ is mounted relatime: kept to the day")
NEVER = AtimeKeeping("never", "/ is mounted noatime, which keeps no time of last use")


def owned(
    path: str, size: int = 1000, *, age: float = DAY, unused: float = DAY, inode: int = 0, links: int = 1
) -> OwnedFile:
    """A file of `size` bytes in whole blocks, written `age` and read `unused` seconds before `NOW`."""
    mtime, atime = NOW - age, NOW - unused
    status = os.stat_result(
        (0o100600, inode or hash(path) & 0xFFFFFF, 1, links, 0, 0, size, int(atime), int(mtime), int(mtime)),
        {
            "st_atime_ns": int(atime * 1e9),
            "st_ctime_ns": 0,
            "st_mtime_ns": int(mtime * 1e9),
            "st_blocks": -(-size // BLOCK) * (BLOCK // 512),
        },
    )
    return OwnedFile(path, pack_stamp(status))


def fresh(days: float = 1000, has_etag: bool = False) -> Response:
    """A response stored a day before `NOW` and fresh for so many days more."""
    life = f"max-age={int((days + 1) * DAY)}"
    return Response(status=200, date="Thu, 14 Jan 2027 08:00:00 GMT", cache_control=life, has_etag=has_etag)


def make_entry(number: int = 0, kind: Kind = "wheel", store: Store = "http-v2", **fields: Any) -> Entry:
    """An http-v2 wheel unless told otherwise; `number` makes its key."""
    name = f"{number:056x}"
    files = fields.pop("files", (owned(f"http-v2/0/0/0/0/0/{name}"), owned(f"http-v2/0/0/0/0/0/{name}.body", 50_000)))
    fields.setdefault("response", fresh())
    fields.setdefault("root", ROOT)
    return Entry(store=store, kind=kind, files=Files.of(*files), **fields)


def wheel(number: int, project: str, version: str, *, tags: Sequence[str] = ("py3-none-any",), **fields: Any) -> Entry:
    """A wheel as most are."""
    filename = f"{project}-{version}-{tags[0] if tags else 'x'}.whl"
    return make_entry(number, project=project, version=version, tags=tuple(tags), filename=filename, **fields)


def make_judge(entries: Iterable[Entry], *, atimes: AtimeKeeping = DAILY, pythons: Sequence[Python] = ()) -> Judge:
    """A judge of pip 25.3 at `NOW`."""
    machine = THIS_MACHINE._replace(atimes=lambda _: atimes)
    return Judge(entries, now=NOW, pip_version="25.3", pythons=pythons, machine=machine)


def make_python(name: str, tags: Iterable[str] = ("py3-none-any",)) -> Python:
    digits = name.replace(".", "")
    return Python(f"/usr/bin/python{name}", f"{name}.1", "cpython", name, frozenset(tags), "25.3", "/usr", "cp", digits)


def make_snapshot(entries: Sequence[Entry], **fields: Any) -> Snapshot:
    return Snapshot((Root(ROOT, "pip's default", exists=True),), tuple(entries), **fields)
