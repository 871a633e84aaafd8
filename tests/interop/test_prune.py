"""A prune takes exactly what its dry run said from a real pip's cache, and that pip works on with what is left."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.interop.conftest import FilledBy, PipOf
from tests.interop.fill import Filled, rounds
from tests.interop.groups import DAY, files_below, group_of_url, groups, set_age
from tests.interop.index_server import IndexServer
from tests.interop.pips import GENERATIONS, NEWEST, Generation, Pip

PURGED = [Generation("1.5.6", "2.7"), Generation("9.0.3", "2.7"), Generation(NEWEST, "3.13")]


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_prune_older_takes_what_it_said_and_pip_works_on(
    generation: Generation, copy_by: FilledBy, pip_of: PipOf, index: IndexServer
) -> None:
    filled = copy_by(generation)
    old = age_every_other(filled)
    before = contents(filled.cache_dir)
    said = json.loads(run(filled, "--prune-older", "30d", "--dry-run", "--json"))
    assert contents(filled.cache_dir) == before
    promised = files_of(filled, [chosen["id"] for chosen in said["selected"]])
    assert promised == sorted(path for group in old for path in groups(filled.cache_dir)[group])

    run(filled, "--prune-older", "30d")
    assert contents(filled.cache_dir) == {path: kept for path, kept in before.items() if path not in promised}
    assert empty_folders(filled.cache_dir) == []
    works_on(filled, pip_of(generation), index, gone=old)


@pytest.mark.parametrize("generation", PURGED, ids=str)
def test_purge_leaves_a_cache_that_pip_fills_again(
    generation: Generation, copy_by: FilledBy, pip_of: PipOf, index: IndexServer
) -> None:
    filled = copy_by(generation)
    everything = set(groups(filled.cache_dir))
    run(filled, "--purge", "--yes")
    assert groups(filled.cache_dir) == {}
    works_on(filled, pip_of(generation), index, gone=everything)


def age_every_other(filled: Filled) -> set[str]:
    """Makes every other group older than 30 days, the rest younger; the names of the old ones.

    Of the young groups with two files one file is old: a group is as old as its youngest file.
    """
    now = time.time()
    old = set()
    for number, (group, paths) in enumerate(groups(filled.cache_dir).items()):
        if number % 2:
            old.add(group)
            set_age(filled.cache_dir, paths, 31 * DAY, now)
        else:
            set_age(filled.cache_dir, paths[:1], 29 * DAY, now)
            set_age(filled.cache_dir, paths[1:], 300 * DAY, now)
    return old


def run(filled: Filled, *arguments: str) -> str:
    """The program's stdout, run as from cron: no terminal, none of the person's pip settings."""
    command = [sys.executable, "-m", "pipcache_tui", "--cache-dir", filled.cache_dir, *arguments]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(
        command,
        env=environ | {"PIP_CONFIG_FILE": os.devnull},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def contents(cache_dir: str) -> dict[str, tuple[int, int, str]]:
    """Path → inode, mtime and a digest of each file."""
    found = {}
    for path in files_below(cache_dir):
        with open(os.path.join(cache_dir, path), "rb") as stream:
            status = os.fstat(stream.fileno())
            found[path] = (status.st_ino, status.st_mtime_ns, hashlib.sha256(stream.read()).hexdigest())
    return found


def files_of(filled: Filled, ids: Sequence[str]) -> list[str]:
    listed: dict[str, Any] = json.loads(run(filled, "--list", "--json"))
    by_id = {entry["id"]: [file["path"] for file in entry["files"]] for entry in listed["entries"]}
    # Besides: the list accounts for every file that is in a store.
    everything = [path for paths in groups(filled.cache_dir).values() for path in paths]
    assert sorted(path for paths in by_id.values() for path in paths) == sorted(everything)
    return sorted(path for each in ids for path in by_id[each])


def empty_folders(cache_dir: str) -> list[str]:
    """Folders below the stores in which nothing is left."""
    return [
        where
        for where, folders, names in os.walk(cache_dir)
        if not folders and not names and os.path.dirname(where) != cache_dir
    ]


def works_on(filled: Filled, pip: Pip, index: IndexServer, gone: set[str]) -> None:
    """Installs all again: what is left is not fetched in full, what is gone is, and pip says so too."""
    left = set(groups(filled.cache_dir))
    with index.recording() as seen:
        output = "\n".join(
            pip.install(*requirements, cache_dir=filled.cache_dir, server=index).check().output
            for requirements in rounds(pip)
        )
    # A wheel built earlier saves its source; what pip reads of itself is read once a week.
    protected = {built.source_url for built in filled.built if built.folder not in gone}
    wanted = {url for url, served in filled.served.items() if served.project != "pip"} - protected
    gone_and_wanted = {url for url in wanted if group_of_url(filled, url) in gone}
    # An answer in full, or a redirect: those that this pip keeps.
    assert {request.url for request in seen if request.status in (200, 301)} & set(filled.served) == gone_and_wanted
    for url in wanted:
        served = filled.served[url]
        if served.kind == "wheel" and served.filename is not None:
            assert said_cached(output, served.filename) == (url not in gone_and_wanted), output
    fetched = {group_of_url(filled, url) for url in gone_and_wanted}
    built_again = {built.folder for built in filled.built if built.folder in gone}
    assert set(groups(filled.cache_dir)) == left | fetched | built_again


def said_cached(output: str, filename: str) -> bool:
    """Whether pip said that it took a file from its cache (1.5.6: its download cache, by the quoted address)."""
    return bool(re.search(rf"Using (download cache from|cached) \S*{re.escape(filename)}(?![.\w])", output))
