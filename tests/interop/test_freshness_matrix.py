"""What real pips do with what they stored is what we said they would: no request, a conditional one, a full one.

Each generation fetches every cell once, the cells get older or come to harm, the cache is scanned and its forecast
noted, and the same pip fetches them all again. What the server then saw must be what was said.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgpack
import pytest

from pipcache_tui.cache.model import Entry, PipWill, Root
from pipcache_tui.cache.pip.freshness import Forecast, forecast
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.demo.formats import Stored, encode_cc1
from tests.conftest import Figure
from tests.interop.cells import (
    BROKEN_BODY,
    FATAL_CELLS,
    FILE_CELLS,
    HOUR,
    PAGE_CELLS,
    REDIRECT_CELLS,
    Cell,
    aged,
    edit_file,
    lose_body,
)
from tests.interop.conftest import PipOf
from tests.interop.index_server import Authority, HeaderValue, IndexServer, Override, Seen, url_path
from tests.interop.packages import wheel
from tests.interop.pips import FRESHNESS_GENERATIONS, NEWEST, Generation, Pip, Run

#: comparisons of different cells that every generation must give at least; together they make the matrix
EACH = 80
MATRIX = 300
#: reads headers in ways of its own
OLD = Generation("9.0.3", "2.7")
#: the pips of the matrix that resume a download whose connection broke (26.1 gives up)
RESUMING = ("25.3", NEWEST)
#: who filled a cache, and who reads it then
SUCCESSIONS = (
    (Generation("6.0.8", "2.7"), Generation("9.0.3", "2.7")),  # both cc=2
    (Generation("9.0.3", "2.7"), Generation("18.0", "3.6")),  # cc=2 is read by pips that write cc=4
    (Generation("18.0", "3.6"), Generation("9.0.3", "2.7")),  # cc=4 is not read by pips that write cc=2
    (Generation("10.0.1", "2.7"), Generation("23.2.1", "3.8")),  # names in bytes are not found
    (Generation("18.1", "3.6"), Generation("22.3.1", "3.7")),  # pages asked for in another form
    (Generation("23.2.1", "3.8"), Generation("18.1", "3.6")),
    (Generation("23.2.1", "3.8"), Generation("23.3.2", "3.9")),  # another store
    (Generation("23.3.2", "3.9"), Generation("23.2.1", "3.8")),
    (Generation("23.3.2", "3.9"), Generation(NEWEST, "3.13")),
    (Generation(NEWEST, "3.13"), Generation("25.3", "3.12")),
)


@dataclass(frozen=True)
class Interpreter:
    """A Python as the forecast wants to know it."""

    name: str
    interpreter_version: str
    interpreter_name: str = "cp"
    tags: frozenset[str] = frozenset({"py2-none-any", "py3-none-any"})


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One address of the index, and the cell that says how it answers."""

    what: str
    project: str
    cell: Cell
    url: str

    @property
    def key(self) -> str:
        return hashlib.sha224(self.url.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.what}: {self.cell.name}"


class Board:
    """An index with a tiny project for each file cell; the page and the metadata of each are cells as well."""

    def __init__(self, authority: Authority, cells: Sequence[Cell] = FILE_CELLS, *, plain: bool = False) -> None:
        """`plain`: pages are answered as the public index does, and only they and the files are cells."""
        redirects = () if plain else REDIRECT_CELLS
        self.projects = [f"cell{number:02}" for number in range(len(cells) + len(redirects))]
        self.files = [
            wheel(project, "1.0", moved=number >= len(cells), payload=3000)
            for number, project in enumerate(self.projects)
        ]
        self.server = IndexServer(self.files, authority=authority)
        self.asked = list(self._arrange(cells, redirects, plain))

    def _arrange(self, cells: Sequence[Cell], redirects: Sequence[Cell], plain: bool) -> Iterator[Asked]:
        for number, file in enumerate(self.files):
            cell = cells[number] if number < len(cells) else redirects[number - len(cells)]
            yield self._place(
                "file" if number < len(cells) else "redirect", file.project, cell, self.server.file_url(file)
            )
            if number >= len(cells):
                continue
            page = PAGE_CELLS[0 if plain else number % len(PAGE_CELLS)]
            yield self._place(
                "page", file.project, page, self.server.page_url(file.project), f"/simple/{file.project}/?moved"
            )
            if plain:
                continue
            # cells that harm files are for the files themselves: a project must stay installable
            sent = [each for each in FILE_CELLS if not (each.cut or each.damage)]
            metadata = sent[(number + 7) % len(sent)]
            yield self._place("metadata", file.project, metadata, f"{self.server.file_url(file)}.metadata")

    def _place(self, what: str, project: str, cell: Cell, url: str, moved_to: str | None = None) -> Asked:
        headers: dict[str, HeaderValue] = {}
        if cell.redirect is not None and moved_to is not None:
            headers = {"Location": moved_to, "ETag": None, "Cache-Control": None}
        headers.update(cell.headers)
        self.server.override(url_path(url), Override(headers, cell.redirect))
        return Asked(what, project, cell, url)

    @property
    def files_asked(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.what == "file"]

    def break_downloads(self, broken: bool) -> None:
        """Breaks connections in the middle of the files whose cells say so, or no more."""
        for asked in self.asked:
            if asked.cell.cut:
                override = Override(dict(asked.cell.headers), cut_after=2000 if broken else None)
                self.server.override(url_path(asked.url), override)

    def fetch(
        self,
        pip: Pip,
        cache_dir: str,
        folder: pathlib.Path,
        projects: Sequence[str] = (),
        *,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> list[Seen]:
        """Downloads the projects (none: all) into a new folder; the requests this took. Fails where pip does."""
        run, seen = self.try_to_fetch(
            pip, cache_dir, folder, projects or self.projects, options=options, environ=environ
        )
        run.check()
        return seen

    def try_to_fetch(
        self,
        pip: Pip,
        cache_dir: str,
        folder: pathlib.Path,
        projects: Sequence[str],
        *,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> tuple[Run, list[Seen]]:
        folder.mkdir()
        command = ("download", "--dest") if pip.at_least("8.0") else ("install", "--download")
        with self.server.recording() as seen:
            run = pip.run(
                *(*command, str(folder), "--no-deps", "-vvv", *options, *projects),
                cache_dir=cache_dir,
                server=self.server,
                environ=environ,
            )
        return run, seen


def entries_by_key(cache_dir: str, server: IndexServer) -> dict[str, Entry]:
    snapshot = take_snapshot([Root(cache_dir, "--cache-dir", True)], index_urls=[server.index_url])
    assert snapshot.warnings == ()
    return {entry.id.partition(":")[2]: entry for entry in snapshot.entries if entry.store in ("http", "http-v2")}


def path_of(entry: Entry, cache_dir: str) -> str:
    return os.path.join(cache_dir, entry.files[0].path)


def harm(board: Board, cache_dir: str) -> None:
    """Edits and damages what the cells say."""
    stored = entries_by_key(cache_dir, board.server)
    for asked in board.asked:
        entry = stored.get(asked.key)
        if entry is not None and asked.cell.edit is not None:
            edit_file(path_of(entry, cache_dir), asked.cell.edit)
        if entry is not None and asked.cell.damage is not None:
            asked.cell.damage(path_of(entry, cache_dir))


def done(asked: Asked, seen: Sequence[Seen]) -> PipWill:
    """What pip did about an address, as the server saw it."""
    requests = [each for each in seen if each.path == url_path(asked.url) and each.method == "GET"]
    if not requests:
        return "reuse"
    return "revalidate" if requests[0].conditional else "download-again"


def interpreters(pip: Pip) -> list[Interpreter]:
    return [Interpreter(pip.python_version, pip.python_version.replace(".", ""))]


def said(entry: Entry, pip: Pip) -> Forecast:
    return forecast(entry, pip.version, time.time(), pythons=interpreters(pip))


@pytest.mark.parametrize("generation", (OLD, *FRESHNESS_GENERATIONS), ids=str)
def test_pip_does_what_was_said(
    generation: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    pip, cache_dir = pip_of(generation), str(tmp_path / "pip")
    board = Board(authority)
    with board.server:
        board.break_downloads(generation.pip in RESUMING)
        board.fetch(pip, cache_dir, tmp_path / "first")
        board.break_downloads(False)
        harm(board, cache_dir)
        stored = entries_by_key(cache_dir, board.server)
        forecasts = [(asked, said(stored[asked.key], pip)) for asked in board.asked if asked.key in stored]
        # What stops these pips would hide all the rest; the newer ones are stopped only by the cells kept for that.
        stopping = {asked.project for asked, told in forecasts if told.pip_will is None}
        assert stopping == set() or generation == OLD
        seen = board.fetch(pip, cache_dir, tmp_path / "second", [p for p in board.projects if p not in stopping])
    compared = [(str(a), told.pip_will, done(a, seen)) for a, told in forecasts if a.project not in stopping]
    assert [each for each in compared if each[1] != each[2]] == []
    ways = Counter(way for _, way, _ in set(compared))
    assert ways.total() >= EACH or generation == OLD
    assert set(ways) == {"reuse", "revalidate", "download-again"}
    if generation.pip in RESUMING:
        resumed = [stored[asked.key].response for asked, _ in forecasts if asked.cell.cut]
        assert [response is not None and response.resumed for response in resumed] == [True, True]
    figure(f"{ways.total()} different cells asked for again, all as said: {dict(ways)}")


#: what an index that wants credentials may vary its answers on, and what else changes their life
AUTHENTICATED_CELLS = (
    Cell("as sent"),
    Cell("Vary: Authorization", {"Vary": "Authorization"}),
    Cell("Vary: Cookie", {"Vary": "Cookie"}),
    Cell("Vary: Cookie, and sets one", {"Vary": "Cookie", "Set-Cookie": "session=1; Path=/"}),
    Cell("Vary: Accept-Encoding, Authorization", {"Vary": "Accept-Encoding, Authorization"}),
    Cell("Vary: *", {"Vary": "*"}),
    Cell("older by Age", {"Cache-Control": "max-age=600", "Age": "9999"}),
    Cell("private, fresh", {"Cache-Control": "private, max-age=600"}),
    Cell("expired", {"Cache-Control": "max-age=5", "Date": aged(HOUR)}),
)


@pytest.mark.parametrize("credentials", ["in the URL", "netrc"])
@pytest.mark.parametrize("generation", [Generation("23.2.1", "3.8"), Generation(NEWEST, "3.13")], ids=str)
def test_pip_with_credentials_does_what_was_said(
    generation: Generation, credentials: str, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    pip, cache_dir = pip_of(generation), str(tmp_path / "pip")
    board = Board(authority, AUTHENTICATED_CELLS, plain=True)
    with board.server:
        scheme, host = board.server.index_url.split("://")
        options: list[str] = []
        environ = {}
        if credentials == "netrc":
            (tmp_path / "netrc").write_text("default login user password secret\n")
            environ["NETRC"] = str(tmp_path / "netrc")
        else:
            options = ["--index-url", f"{scheme}://user:secret@{host}"]
        board.fetch(pip, cache_dir, tmp_path / "first", options=options, environ=environ)
        stored = entries_by_key(cache_dir, board.server)
        forecasts = [(asked, said(stored[asked.key], pip)) for asked in board.asked if asked.key in stored]
        seen = board.fetch(pip, cache_dir, tmp_path / "second", options=options, environ=environ)
    compared = [(str(asked), expected, done(asked, seen)) for asked, expected in forecasts]
    assert [each for each in compared if each[1].pip_will not in (each[2], None)] == []
    unknown = [each for each in compared if each[1].pip_will is None]
    assert len(compared) - len(unknown) >= 2 * len(AUTHENTICATED_CELLS) - 3
    # whether the next pip has the same credentials is not known; here it has
    assert all("varies on Authorization" in expected.why and way == "reuse" for _, expected, way in unknown)


def test_the_matrix_is_large_enough() -> None:
    assert EACH * len(FRESHNESS_GENERATIONS) >= MATRIX


@pytest.mark.parametrize(("filler", "reader"), SUCCESSIONS, ids=str)
def test_what_one_pip_stored_another_finds_as_said(
    filler: Generation, reader: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    first, second, cache_dir = pip_of(filler), pip_of(reader), str(tmp_path / "pip")
    names = {"as sent", "expired", "no Cache-Control", "Vary: Accept-Encoding", "Vary: Accept, Origin, Connection"}
    board = Board(authority, [cell for cell in FILE_CELLS if cell.name in names], plain=True)
    with board.server:
        board.fetch(first, cache_dir, tmp_path / "first")
        stored = entries_by_key(cache_dir, board.server)
        forecasts = [(asked, said(stored[asked.key], second)) for asked in board.asked if asked.key in stored]
        seen = board.fetch(second, cache_dir, tmp_path / "second")
    compared = [(str(a), told.pip_will, told.why, done(a, seen)) for a, told in forecasts]
    as_seen = {"never-read": "download-again"}
    assert [each for each in compared if as_seen.get(str(each[1]), each[1]) != each[3]] == []
    assert len(compared) == 2 * len(names)
    figure(f"{len(compared)} answers, all as said: {dict(Counter(way for _, way, _, _ in compared))}")


@pytest.mark.parametrize("generation", [FRESHNESS_GENERATIONS[0], FRESHNESS_GENERATIONS[3], FRESHNESS_GENERATIONS[-1]])
def test_pip_stops_where_that_was_said(
    generation: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    pip, cache_dir = pip_of(generation), str(tmp_path / "pip")
    board = Board(authority, [*FATAL_CELLS, BROKEN_BODY], plain=True)
    with board.server:
        board.fetch(pip, cache_dir, tmp_path / "first")
        harm(board, cache_dir)
        stored = entries_by_key(cache_dir, board.server)
        for asked in board.files_asked:
            told = said(stored[asked.key], pip)
            run, seen = board.try_to_fetch(pip, cache_dir, tmp_path / asked.project, [asked.project])
            assert run.returncode != 0, asked
            assert done(asked, seen) == "reuse", asked  # it did not come to asking
            if asked.cell is BROKEN_BODY:
                assert told.pip_will == "reuse"
                assert "hash" in run.output.lower()
            else:
                assert told.pip_will is None, asked
                assert "stops with an error" in told.why
                assert "Traceback" in run.output


def test_pip_23_3_takes_a_missing_body_for_an_empty_one(
    pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    pip, cache_dir = pip_of(Generation("23.3", "3.9")), str(tmp_path / "pip")
    board = Board(authority, [cell for cell in FILE_CELLS if cell.damage is lose_body], plain=True)
    with board.server:
        board.fetch(pip, cache_dir, tmp_path / "first")
        harm(board, cache_dir)
        (asked,) = board.files_asked
        told = said(entries_by_key(cache_dir, board.server)[asked.key], pip)
        run, seen = board.try_to_fetch(pip, cache_dir, tmp_path / "second", board.projects)
    assert (told.pip_will, done(asked, seen)) == ("reuse", "reuse")
    assert "empty" in told.why
    assert run.returncode != 0
    assert hashlib.sha256(b"").hexdigest() in run.output


@pytest.mark.parametrize(
    ("generation", "expected"),
    [(Generation("20.3.4", "2.7"), "reuse"), (Generation("22.3.1", "3.7"), "download-again")],
    ids=str,
)
def test_pips_that_load_pickles_were_said_to(
    generation: Generation, expected: PipWill, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path
) -> None:
    """An entry of pip 6.0 to 6.0.6 is loaded by every pip up to 23.2, and the Python it runs on decides what it gets:
    a body of Python 2 can't be had on Python 3. So we say no more than that it is loaded."""
    pip, cache_dir = pip_of(generation), str(tmp_path / "pip")
    board = Board(authority, FILE_CELLS[:1], plain=True)
    with board.server:
        board.fetch(pip, cache_dir, tmp_path / "first")
        (asked,) = board.files_asked
        path = path_of(entries_by_key(cache_dir, board.server)[asked.key], cache_dir)
        with open(path, "rb") as stream:
            response = msgpack.unpackb(stream.read()[5:])["response"]
        as_stored = Stored(response["headers"], response["body"])
        with open(path, "wb") as stream:
            stream.write(encode_cc1(as_stored))
        told = said(entries_by_key(cache_dir, board.server)[asked.key], pip)
        _, seen = board.try_to_fetch(pip, cache_dir, tmp_path / "second", board.projects)
    assert told.pip_will is None
    assert "loads this pickle" in told.why
    assert done(asked, seen) == expected
