"""Fills a cache with a real pip and tells what must be in it.

`python -m tests.interop.fill DIR [generation …]` fills caches to look at, DIR/<pip version>/ each, and writes what
the index served into DIR/README.json. A generation is named by its pip's version.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from packaging.version import Version

from tests.interop.index_server import Authority, IndexServer, Seen
from tests.interop.packages import project_files
from tests.interop.pages import Served
from tests.interop.pips import GENERATIONS, Generation, Pip, Unavailable, generation_named, get_pip


@dataclass(frozen=True, slots=True)
class Built:
    """A wheel that pip built and kept: where its source came from. `tags` is as in the wheel's name."""

    project: str
    version: str
    source_url: str
    source_sha256: str
    filename: str
    tags: tuple[str, ...]
    #: its folder below the cache directory, with "/"
    folder: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled cache and all that must be found in it."""

    pip: str
    python: str
    #: the executable and its `sys.prefix`, which the self-check file is named after
    executable: str
    prefix: str
    cache_dir: str
    index_url: str
    #: by URL: each answer that this pip keeps
    served: dict[str, Served]
    built: tuple[Built, ...]
    #: the paths of self-check files below the cache directory
    selfcheck: tuple[str, ...]

    @property
    def store(self) -> str:
        """The store in which this pip keeps answers."""
        if Version(self.pip) < Version("6.0"):
            return "downloads"
        return "http" if Version(self.pip) < Version("23.3") else "http-v2"

    def at_least(self, version: str) -> bool:
        return Version(self.pip) >= Version(version)

    def dump(self) -> dict[str, object]:
        return dataclasses.asdict(self)

    @classmethod
    def load(cls, dumped: dict[str, object]) -> Filled:
        """The reverse of `dump`, after a journey through JSON."""
        fields: dict[str, object] = dict(dumped)
        served, built = fields.pop("served"), fields.pop("built")
        assert isinstance(served, dict) and isinstance(built, list | tuple)
        selfcheck = fields.pop("selfcheck")
        assert isinstance(selfcheck, list | tuple)
        return cls(
            served={url: Served(**{**one, "tags": tuple(one["tags"])}) for url, one in served.items()},
            built=tuple(Built(**{**one, "tags": tuple(one["tags"])}) for one in built),
            selfcheck=tuple(selfcheck),
            **fields,  # type: ignore[arg-type]
        )


def rounds(pip: Pip) -> Iterator[tuple[str, ...]]:
    """What a person's week of installs asks for, one `pip install` each."""
    yield ("purepkg==1.0", "cextpkg", "abipkg")
    yield ("backendpkg", "zipsdist") if builds_in_tree(pip) else ("sdistpkg", "zipsdist")
    yield ("deppkg", "movedpkg", "pickypkg==1.5")
    if pip.at_least("20.0") and not pip.at_least("23.1"):
        yield ("sdistpkg",)  # a plain setup.py, without a pyproject.toml, in its last years


def builds_in_tree(pip: Pip) -> bool:
    return pip.at_least("20.0")


def fill_cache(pip: Pip, server: IndexServer, cache_dir: str, *, selfcheck: bool = True) -> Filled:
    """Runs the rounds into `cache_dir`, which must be new and, for `selfcheck` in pips before 19.3, named "pip".

    The server must have no other client meanwhile. AssertionError, with pip's output, where pip fails.
    """
    with server.recording() as seen:
        for number, requirements in enumerate(rounds(pip)):
            # The self-check is weekly: one round is enough, and the first also stores the page it reads.
            pip.install(*requirements, cache_dir=cache_dir, server=server, selfcheck=selfcheck and number == 0).check()
    served = dict(kept_answers(pip, server, seen))
    return Filled(
        pip=pip.version,
        python=pip.python_version,
        executable=pip.python,
        prefix=pip.prefix,
        cache_dir=cache_dir,
        index_url=server.index_url,
        served=served,
        built=tuple(built_wheels(cache_dir, served)),
        selfcheck=tuple(_selfcheck_files(cache_dir)),
    )


def kept_answers(pip: Pip, server: IndexServer, seen: Sequence[Seen]) -> Iterator[tuple[str, Served]]:
    """The answers that this pip stores, of those the server gave; by URL."""
    redirected: dict[str, str] = {}  # target → the address first asked for
    for request in seen:
        served = server.served(request)
        if request.status == HTTPStatus.MOVED_PERMANENTLY:
            redirected[served.location or ""] = served.url
            if pip.at_least("6.1"):
                yield served.url, served
        elif request.status == HTTPStatus.OK:
            if pip.at_least("6.0"):
                yield served.url, served
            elif served.kind in ("wheel", "sdist"):
                # --download-cache names a file by the address asked for, not the one that answered in the end.
                url = redirected.get(served.url, served.url)
                yield url, dataclasses.replace(served, url=url)


def built_wheels(cache_dir: str, served: dict[str, Served]) -> Iterator[Built]:
    """The wheels below wheels/, each with the source archive it must have been built from."""
    sources = {one.project: one for one in served.values() if one.kind == "sdist"}
    for where, _, names in os.walk(os.path.join(cache_dir, "wheels")):
        folder = os.path.relpath(where, cache_dir).replace(os.sep, "/")
        for name in sorted(names):
            if name.endswith(".whl"):
                project, version, tags = name.removesuffix(".whl").split("-", 2)
                source = sources[project]
                assert source.sha256 is not None
                # No built wheel has more than one ABI or platform; only the Pythons are several.
                pythons, rest = tags.split("-", 1)
                expanded = tuple(f"{python}-{rest}" for python in pythons.split("."))
                yield Built(project, version, source.url, source.sha256, name, expanded, folder)


def _selfcheck_files(cache_dir: str) -> Iterator[str]:
    if os.path.isfile(os.path.join(cache_dir, "selfcheck.json")):
        yield "selfcheck.json"
    with contextlib.suppress(FileNotFoundError):
        for name in sorted(os.listdir(os.path.join(cache_dir, "selfcheck"))):
            yield f"selfcheck/{name}"


def index_for(generation: Generation, authority: Authority | None = None) -> IndexServer:
    """The index that a generation's cache is filled from; the newest meet one that also sends naming headers."""
    recent = generation.pip[0].isalpha() or Version(generation.pip) >= Version("24.0")
    return IndexServer(project_files(), naming_headers=recent, authority=authority)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fill caches with real pips, to look at.")
    parser.add_argument("folder")
    parser.add_argument("generation", nargs="*", help="a pip version of the tables, or 'newest'; default: all")
    chosen = parser.parse_args(arguments)
    generations = [each for text in chosen.generation for each in generation_named(text)] or GENERATIONS
    readme = os.path.join(chosen.folder, "README.json")
    everything: dict[str, object] = {}
    if os.path.exists(readme):
        with open(readme, encoding="utf-8") as stream:
            everything = json.load(stream)
    for generation in generations:
        started = time.monotonic()
        try:
            pip = get_pip(generation)
        except Unavailable as error:
            print(f"{generation}: skipped: {error}", file=sys.stderr)
            continue
        filling = os.path.join(chosen.folder, f".filling-{pip.version}", "pip")
        shutil.rmtree(os.path.dirname(filling), ignore_errors=True)
        final = os.path.join(chosen.folder, pip.version)
        with index_for(generation) as server:
            filled = fill_cache(pip, server, filling)
        shutil.rmtree(final, ignore_errors=True)
        os.rename(filling, final)
        os.rmdir(os.path.dirname(filling))
        everything[pip.version] = dataclasses.replace(filled, cache_dir=final).dump()
        print(f"{generation}: {len(filled.served)} answers, {time.monotonic() - started:.1f} s", file=sys.stderr)
        with open(readme, "w", encoding="utf-8") as stream:
            json.dump(everything, stream, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
