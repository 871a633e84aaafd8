"""What is needed is what pip would take, with all that goes with it; what is not known counts as needed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry
from pipcache_tui.pythons.environments import Environments
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.needed import Needed, find_needed
from pipcache_tui.resolve.needs import Need, read_needs
from pipcache_tui.resolve.pip_options import PipOptions
from tests.resolve.test_build_requirements import tar
from tests.support.cache_root import INDEX
from tests.support.index_cache import FILES, NOW, PYTHON, Shop, make_python, make_shop

OPTIONS = InstallOptions((INDEX.rstrip("/"),))


class Bench:
    """A made cache, and files beside it that say what is needed."""

    def __init__(self, folder: Path) -> None:
        self.shop: Shop = make_shop(folder / "cache")
        self.folder = folder
        self.python: Python = PYTHON

    def file(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def needs(self, *named: str) -> list[Need]:
        return read_needs(named, PipOptions(OPTIONS), Environments, lambda _: None)

    def needed(self, *named: str, pythons: Sequence[Python] = ()) -> Needed:
        pips = [(python, "25.3") for python in pythons or [self.python]]
        root = os.fspath(self.shop.place.path)
        return find_needed(self.needs(*named), self.entries, [root], pips, OPTIONS, NOW)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.shop.entries()

    def unneeded(self, *named: str, **how: Sequence[Python]) -> set[str]:
        """The names of what would go."""
        why = self.needed(*named, **how).why
        return {_shown(entry) for entry in self.entries if entry.key not in why}

    def reason(self, filename: str, *named: str) -> str:
        why = self.needed(*named).why
        return next(why[entry.key] for entry in self.entries if _shown(entry) == filename)


def _shown(entry: Entry) -> str:
    if entry.kind == "index-page":
        return f"page of {entry.project}"
    return entry.filename or entry.url or entry.id


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def make_chain(bench: Bench) -> None:
    """An app that needs a library that needs a base, each in two versions, and one that nothing needs."""
    shop = bench.shop
    names = [
        shop.wheel("app", "1.0", requires=["lib"], beside=True),
        shop.wheel("app", "2.0", requires=["lib<2"], beside=True),
        shop.wheel("lib", "1.5", requires=["base>=1"], beside=True),
        shop.wheel("lib", "2.5", requires=["base"], beside=True),
        shop.wheel("base", "1.0"),
        shop.wheel("base", "2.0"),
        shop.wheel("other", "1.0"),
    ]
    shop.keep(*names, *(f"{name}.metadata" for name in names[:4]))
    shop.keep_pages()


def test_what_pip_would_take_stays_with_its_needs_pages_and_metadata(bench: Bench) -> None:
    make_chain(bench)
    assert bench.unneeded(bench.file("requirements.txt", "app")) == {
        "app-1.0-py3-none-any.whl",
        "app-1.0-py3-none-any.whl.metadata",
        "lib-2.5-py3-none-any.whl",
        "lib-2.5-py3-none-any.whl.metadata",
        "base-1.0-py3-none-any.whl",
        "other-1.0-py3-none-any.whl",
        "page of other",
    }


def test_the_reason_is_the_way_from_what_was_named(bench: Bench) -> None:
    make_chain(bench)
    named = bench.file("requirements.txt", "app")
    assert bench.reason("base-2.0-py3-none-any.whl", named) == f"needed by {named} → app 2.0 → lib 1.5 → base 2.0"
    assert bench.reason("page of lib", named) == f"needed by {named} → app 2.0 → lib 1.5"


def test_constraints_decide_which_version_stays(bench: Bench) -> None:
    make_chain(bench)
    bench.file("constraints.txt", "app<2", "base<2")
    gone = bench.unneeded(bench.file("requirements.txt", "app", f"-c {bench.folder / 'constraints.txt'}"))
    assert {"app-2.0-py3-none-any.whl", "lib-1.5-py3-none-any.whl", "base-2.0-py3-none-any.whl"} <= gone
    assert "base-1.0-py3-none-any.whl" not in gone


def test_what_any_of_several_needs_stays(bench: Bench) -> None:
    make_chain(bench)
    gone = bench.unneeded(bench.file("a.txt", "base==1.0"), bench.file("b.txt", "base==2.0"))
    assert not {name for name in gone if name.startswith("base") or name == "page of base"}


def test_every_python_keeps_its_own_files(bench: Bench) -> None:
    shop = bench.shop
    new, old = shop.wheel("tool", "2.0", requires_python=">=3.12"), shop.wheel("tool", "1.0")
    shop.keep(new, old)
    shop.keep_pages()
    named = bench.file("requirements.txt", "tool")
    assert bench.unneeded(named) == {old}
    assert bench.unneeded(named, pythons=[PYTHON, make_python("3.10.1")]) == set()


class TestUnknown:
    def test_without_its_page_all_that_fits_stays_and_the_notes_say_so(self, bench: Bench) -> None:
        shop = bench.shop
        fits = [shop.wheel("tool", "1.0"), shop.wheel("tool", "1.5")]
        beyond, foreign = shop.wheel("tool", "2.0"), shop.wheel("tool", "1.1", "cp38-cp38-win32")
        shop.keep(*fits, beyond, foreign)
        named = bench.file("requirements.txt", "tool<2")
        assert bench.unneeded(named) == {beyond, foreign}
        (note,) = bench.needed(named).notes
        assert note.startswith("tool: which version pip takes is not known (index page")
        assert note.endswith("so all its files that fit are kept")

    def test_what_those_files_need_stays_too(self, bench: Bench) -> None:
        shop = bench.shop
        shop.keep(shop.wheel("tool", "1.0", requires=["base<2"]))
        old, new = shop.wheel("base", "1.0"), shop.wheel("base", "2.0")
        shop.keep(old, new)
        shop.keep_pages("base")
        named = bench.file("requirements.txt", "tool")
        assert bench.unneeded(named) == {new}
        assert bench.reason(old, named) == f"needed by {named} → tool → base 1.0"

    def test_a_newer_version_that_is_not_cached_leaves_the_cached_one(self, bench: Bench) -> None:
        shop = bench.shop
        old = shop.wheel("tool", "1.0", requires=["base"])
        shop.wheel("tool", "2.0")
        base = shop.wheel("base", "1.0")
        shop.keep(old, base)
        shop.keep_pages()
        assert bench.unneeded(bench.file("requirements.txt", "tool")) == set()

    def test_an_archive_that_tells_its_needs_only_when_built_keeps_everything(self, bench: Bench) -> None:
        shop = bench.shop
        shop.keep(shop.sdist("source", "1.0"), shop.wheel("other", "1.0"))
        shop.keep_pages()
        named = bench.file("requirements.txt", "source")
        assert bench.unneeded(named) == set()
        (note, *_) = bench.needed(named).notes
        assert note == "source 1.0: what it needs is known only by building it, so nothing is called unneeded"

    def test_what_can_not_be_judged_stays(self, bench: Bench) -> None:
        bench.shop.place.v2(f"{FILES}strange.bin", b"strange", {"ETag": '"x"', "Content-Type": "text/plain"})
        bench.shop.place.v2(f"{FILES}moved", b"", {"ETag": '"x"'})
        make_chain(bench)
        named = bench.file("requirements.txt", "app")
        kept = [entry for entry in bench.entries if entry.kind == "other"]
        assert kept
        assert all(bench.needed(named).why[entry.key].startswith("kept: ") for entry in kept)


def test_a_wheel_built_here_stays_and_its_source_does_not(bench: Bench) -> None:
    shop = bench.shop
    source = shop.sdist("built", "1.0")
    shop.keep(source)
    shop.keep_pages()
    shop.keep_built(source, "built-1.0-py3-none-any.whl")
    assert bench.unneeded(bench.file("requirements.txt", "built")) == {source}


def test_the_source_a_lock_file_names_stays_with_a_wheel_built_for_an_index_page(bench: Bench) -> None:
    """pip looks for a wheel of a locked archive under the key of its URL alone, without the hash that pages add."""
    shop = bench.shop
    info = "Metadata-Version: 2.2\nName: built\nVersion: 1.0\n\n"
    source = shop.sdist("built", "1.0", content=tar({"built-1.0/PKG-INFO": info}))
    shop.keep(source)
    shop.keep_built(source, "built-1.0-py3-none-any.whl")
    named = bench.file(
        "pylock.toml",
        'lock-version = "1.0"',
        'created-by = "a test"',
        "[[packages]]",
        'name = "built"',
        'version = "1.0"',
        f'sdist = {{ url = "{FILES}{source}", hashes = {{ sha256 = "{shop.sha256(source)}" }} }}',
    )
    assert bench.unneeded(named) == {"built-1.0-py3-none-any.whl"}


def test_what_building_a_source_archive_needs_stays(bench: Bench) -> None:
    shop = bench.shop
    project = '[build-system]\nrequires = ["backend<2"]\nbuild-backend = "backend"\n'
    info = "Metadata-Version: 2.2\nName: source\nVersion: 1.0\nRequires-Dist: base\n\n"
    archive = tar({"source-1.0/PKG-INFO": info, "source-1.0/pyproject.toml": project})
    source = shop.sdist("source", "1.0", content=archive)
    backends = [shop.wheel("backend", "1.0", requires=["helper"]), shop.wheel("backend", "2.0")]
    helper, base, other = shop.wheel("helper", "1.0"), shop.wheel("base", "1.0"), shop.wheel("other", "1.0")
    shop.keep(source, *backends, helper, base, other)
    shop.keep_pages()
    named = bench.file("requirements.txt", "source")
    assert bench.unneeded(named) == {backends[1], other, "page of other"}
    way = f"needed by {named} → source 1.0"
    assert bench.reason(base, named) == f"{way} → base 1.0"
    assert bench.reason(helper, named) == f"{way} → its build → backend 1.0 → helper 1.0"


def test_a_redirect_stays_with_what_it_leads_to(bench: Bench) -> None:
    shop = bench.shop
    names = [shop.wheel("tool", "1.0"), shop.wheel("other", "1.0")]
    shop.keep(*names)
    shop.keep_pages()
    date = {"Date": "Sat, 21 Nov 2026 03:00:00 GMT"}
    for project in ("tool", "other"):  # as when a page is asked for without its closing slash
        target = f"{INDEX}{project}/"
        shop.place.v2(f"{INDEX}{project}", b"", {**date, "Location": target}, status=301)
    found = bench.needed(bench.file("requirements.txt", "tool")).why
    redirects = {entry.url: entry.key in found for entry in bench.entries if entry.kind == "redirect"}
    assert redirects == {f"{INDEX}tool": True, f"{INDEX}other": False}


class TestPins:
    def test_an_environment_keeps_the_very_versions_it_has(self, bench: Bench) -> None:
        make_chain(bench)
        site = bench.folder / "env/lib/python3.12/site-packages"
        for name in ("app-1.0", "base-2.0"):
            (site / f"{name}.dist-info").mkdir(parents=True)
        (bench.folder / "env/pyvenv.cfg").write_text("home = /usr/bin\n")
        folder = str(bench.folder / "env")
        gone = bench.unneeded(folder)
        assert {"app-2.0-py3-none-any.whl", "base-1.0-py3-none-any.whl", "page of lib"} <= gone
        assert not gone & {"app-1.0-py3-none-any.whl", "app-1.0-py3-none-any.whl.metadata", "page of app"}
        assert bench.reason("base-2.0-py3-none-any.whl", folder) == f"needed by {folder} → base 2.0"

    def test_a_lock_file_keeps_what_its_python_accepts(self, bench: Bench) -> None:
        shop = bench.shop
        ours, theirs = shop.wheel("tool", "1.0"), shop.wheel("tool", "1.0", "cp38-cp38-win32")
        other = shop.wheel("tool", "2.0")
        shop.keep(ours, theirs, other)
        named = bench.file(
            "uv.lock",
            "version = 1",
            "[[package]]",
            'name = "Tool"',
            'version = "1.0.0"',
            'source = { registry = "https://index.example/simple" }',
        )
        assert bench.unneeded(named) == {theirs, other}
