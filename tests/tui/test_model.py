"""Catalog, columns, signs, fitting, settings, details, advice: what needs no screen."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pipcache_tui.cache import scan
from pipcache_tui.cache.disk.machine import THIS_MACHINE
from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.cache.stores import Foreign, Trouble
from pipcache_tui.select.expression import FIELDS, parse_search
from pipcache_tui.select.judge import Judge
from pipcache_tui.text import shorten_middle
from pipcache_tui.tui import glyphs
from pipcache_tui.tui.launch import Settings, load_settings, save_settings
from pipcache_tui.tui.model.catalog import Batch, Catalog
from pipcache_tui.tui.model.columns import BROWSING, GAP, REVIEWING, place_columns
from pipcache_tui.tui.model.details import describe, summarize
from pipcache_tui.tui.model.empty import advise
from pipcache_tui.tui.model.session import Session, matching, read_cache
from pipcache_tui.tui.widgets.fit import fit_start, left, right
from tests.support.screen import NOW, entry, launch, some_entries


def test_a_better_named_entry_takes_its_place() -> None:
    catalog = Catalog()
    catalog.add(Batch.of([entry(1), entry(2, None, None)]))
    better = entry(2, "found", "3")
    assert not catalog.rename([better], [lambda e: e.kind])
    assert not catalog.rename([entry(77, "unknown")], [lambda e: e.project])
    assert catalog.rename([entry(2, None, None)], [lambda e: e.kind, lambda e: e.project])
    catalog.rename([better])
    assert catalog.entries[1].project == "found"


def test_marks_add_up_once() -> None:
    catalog = Catalog()
    catalog.add(Batch.of([entry(n, size=10) for n in range(5)]))
    catalog.mark([1, 2], True)
    catalog.mark([2, 3], True)
    assert (catalog.marked_count, catalog.marked_size) == (3, 30)
    catalog.mark(range(5), False)
    assert (catalog.marked_count, catalog.marked_size, list(catalog.marked_indices())) == (0, 0, [])


def test_a_scan_is_gathered_and_nothing_is_lost() -> None:
    events = [scan.Found((entry(n),)) for n in range(1200)]
    events[700:700] = [Foreign(2, 99), Trouble("a folder could not be read")]  # type: ignore[list-item]
    ticks = iter(range(100_000))
    readings = list(read_cache(iter(events), monotonic=lambda: next(ticks) * 1e-6))
    assert len(readings) < 10
    session = Session(launch())
    session.begin()
    for reading in readings:
        session.take(reading)
    assert len(session.catalog) == 1200
    assert session.warnings == ["a folder could not be read"]
    assert (session.foreign_files, session.foreign_size) == (2, 99)


def test_an_abandoned_scan_ends() -> None:
    def endless() -> object:
        while True:
            yield scan.Found((entry(1),))

    asked = iter([False] * 5 + [True])
    readings = list(read_cache(endless(), stopped=lambda: next(asked), monotonic=lambda: 0.0))  # type: ignore[arg-type]
    assert len(readings) == 1, "the first batch is sent at once, the rest dropped"


def test_forgetting_keeps_the_marks_of_what_stays() -> None:
    session = Session(launch())
    session.take(Batch.of(some_entries()))
    session.catalog.mark([0, 4], True)
    plan = session.plan([(session.catalog.entries[0], ("marked",))])
    session.forget(plan.entries)
    assert len(session.catalog) == len(some_entries()) - 1
    assert [e.project for e in session.catalog.marked_entries()] == ["numpy"]


@pytest.mark.parametrize("priority", [BROWSING, REVIEWING])
@pytest.mark.parametrize("width", [*range(30, 140), 250, 400])
def test_columns_fill_the_width_and_never_more(width: int, priority: tuple[str, ...]) -> None:
    placed = place_columns(width, priority)  # type: ignore[arg-type]
    assert [placed[0].column.key, placed[1].column.key] == ["pip", "name"], "what pip will do is always shown, first"
    assert placed[1].width >= 15
    for one, other in pairwise(placed):
        assert one.start + one.width + GAP == other.start
    assert placed[-1].start + placed[-1].width == width


def test_columns_come_in_by_priority() -> None:
    def keys(width: int) -> list[str]:
        return [placed.column.key for placed in place_columns(width)]

    assert keys(58) == ["pip", "name", "version", "python", "platform", "size"]
    assert {"used", "bar"} <= set(keys(79))
    assert {"age", "share"} <= set(keys(119))
    assert "kind" not in keys(119), "the kind is dropped first"
    assert {"count", "kind", "pythons"} <= set(keys(200))


def test_with_room_the_word_for_what_pip_will_do_is_shown_after_the_glyph() -> None:
    widths = {width: {placed.column.key: placed.width for placed in place_columns(width)} for width in (79, 119)}
    assert widths[79]["pip"] == 1
    assert widths[119]["pip"] >= len("○ download again")


@given(st.text(max_size=60), st.integers(1, 40))
def test_fitting_never_exceeds_its_cells(text: str, width: int) -> None:
    assert cell_len(shorten_middle(text, width)) <= width
    assert cell_len(fit_start(text, width)) <= width


@given(st.text(alphabet="añ日本語🎉x-", max_size=40), st.integers(4, 40))
def test_filling_is_exact(text: str, width: int) -> None:
    assert cell_len(left(text, width)) == width
    assert cell_len(right(text, width)) == width


def test_the_end_of_a_sentence_is_given_up() -> None:
    assert fit_start("stale: pip 26.3 never reads it", 16) == "stale: pip 26.3…"
    assert fit_start("stale", 5) == "stale"
    assert fit_start("日本語パッケージ", 8) == "日本語…"


def test_the_middle_is_given_up() -> None:
    assert shorten_middle("numpy-1.26.4-cp312-manylinux_x86_64.whl", 20) == "numpy-1.26…86_64.whl"
    assert shorten_middle("日本語パッケージ", 9) == "日本…ージ"


@pytest.mark.parametrize(
    ("fraction", "width", "drawn"),
    [(0, 4, ""), (1, 4, "━━━━"), (0.5, 4, "━━"), (0.001, 4, "╸"), (0.4, 4, "━╸"), (7, 2, "━━")],
)
def test_thin_bars(fraction: float, width: int, drawn: str) -> None:
    assert glyphs.line(fraction, width) == drawn


def test_every_sign_of_the_screen_has_its_own_ascii() -> None:
    marks = [glyphs.UNMARKED, glyphs.PARTLY, glyphs.MARKED]
    answers = list(glyphs.PIP_WILL.values())
    for signs in (marks, answers, [glyphs.OPEN, glyphs.CLOSED], [glyphs.ASCENDING, glyphs.DESCENDING]):
        plain = [glyphs.to_ascii(sign) for sign in signs]
        assert len(set(plain)) == len(signs)
        assert all(sign.isascii() for sign in plain)


@given(st.text(max_size=30))
def test_ascii_keeps_the_width(text: str) -> None:
    plain = glyphs.to_ascii(text)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(text) or any(ord(c) < 32 or ord(c) == 127 for c in text)


@pytest.mark.parametrize(
    ("environ", "encoding", "expected"),
    [
        ({"TERM": "xterm-256color"}, "UTF-8", False),
        ({"TERM": "linux"}, "UTF-8", True),
        ({}, "ANSI_X3.4-1968", True),
        ({}, "latin-1", True),
        ({}, "no such thing", True),
    ],
)
def test_where_ascii_is_needed(environ: dict[str, str], encoding: str, expected: bool) -> None:
    assert glyphs.needs_ascii(environ, encoding) is expected


def test_settings_come_back(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "settings.json")
    save_settings(path, Settings("nord"))
    assert load_settings(path) == Settings("nord")
    assert [name.name for name in (tmp_path / "deep").iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"theme": 7}', '{"keys": []}'])
def test_broken_settings_count_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    assert load_settings(str(path)) == Settings()
    assert load_settings(str(tmp_path / "missing")) == Settings()


def test_settings_that_cannot_be_written_cost_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    save_settings(str(tmp_path / "file" / "settings.json"), Settings("nord"))
    save_settings(None, Settings("nord"))
    assert json.dumps(load_settings(None).theme) == "null"


def test_details_say_what_is_known() -> None:
    one = entry(
        1, "torch", "2.0", size=5_000_000, url="https://f.example/t.whl", url_proof="content", requires_python=">=3.9"
    )
    session = Session(launch())
    judge = session.make_judge([one])
    session.use(judge)
    lines = list(describe(one, judge, NOW, session.plan_alone(one), summary="Tensors"))
    sentences = [line.text for line in lines if line.tone is not None]
    assert sentences[0].startswith("pip 26.3 will ask the server, and download it again only if it has changed")
    assert sentences[-1] == "Deleting it frees 5.0 MB; if it is wanted, pip downloads 5.0 MB again."
    said = {line.label: line.text for line in lines}
    assert said["about"] == "Tensors"
    assert said["from"] == "https://f.example/t.whl"
    assert said["requires"] == "Python >=3.9"
    assert said["root"] == one.root
    text = "\n".join(line.text for line in lines)
    assert "proven by the hash of its content" in text
    assert "cache-control: max-age=365000000" in text
    assert one.files[0].path in text


def test_details_of_a_group_add_up() -> None:
    entries = some_entries()
    said = {line.label: line.text for line in summarize("all", entries, None, NOW, 10 * sum(e.size for e in entries))}
    assert said["holds"].startswith("9 entries, 2.4 GB, 10% of all")


def test_what_columns_say_is_what_entries_say() -> None:
    entries = [entry(0), *some_entries()]
    catalog = Catalog()
    catalog.add(Batch.of(entries))
    # values on the bound too: what is shown is what --filter gives
    judge = Judge(entries, now=NOW, machine=THIS_MACHINE)
    for field in ("size", "on-disk", "age"):
        for operator in FIELDS[field].operators:
            values = ("20d", "1d", "19d", "0s") if field == "age" else ("1000B", "4096B", "11kB", "1GB", "0")
            for value in values:
                for others in ("", " torch", " kind=wheel", " t*ch kind!=wheel stale=no"):
                    expression = parse_search(f"{field}{operator}{value}{others}")
                    shown = matching(catalog, range(len(entries)), expression, judge)
                    assert shown == [i for i, one in enumerate(entries) if expression.matches(one, judge)]


def test_columns_are_looked_at_first_and_entries_only_if_need_be() -> None:
    expression = parse_search("stale=yes 311 age>30d")
    assert [part.field for part in expression.parts] == ["age", "", "stale"]
    catalog = Catalog()
    catalog.add(Batch.of([entry(1)]))
    catalog.entries[0] = None  # type: ignore[call-overload]  # whoever asks it fails
    judge = Judge((), now=NOW, machine=THIS_MACHINE)
    assert matching(catalog, [0], expression, judge) == []
    assert matching(catalog, [0], parse_search("age>1h size>=1000B"), judge) == [0]


@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_bar_is_told_from_its_track_without_colour(ascii_only: bool) -> None:
    shown = glyphs.to_ascii if ascii_only else str
    assert not set(shown(glyphs.line(0.55, 10))) & set(shown(glyphs.TRACK))
    assert len(shown(glyphs.line(0.55, 10))) == 6


def found(exists: bool, *notes: str) -> Found:
    return Found((Root("/c/pip", "PIP_CACHE_DIR", exists),), notes, (), ())


def test_each_emptiness_has_its_advice() -> None:
    missing = advise(found(False, "pip keeps no cache: PIP_NO_CACHE_DIR is set"), warnings=(), filtered=False)
    assert "no pip cache" in missing.title
    assert "PIP_NO_CACHE_DIR" in missing.text().plain
    assert "/c/pip" in missing.text().plain
    assert "empty" in advise(found(True), warnings=(), filtered=False).title
    odd = advise(found(True), warnings=(), filtered=False, odd=["/c/pip: not laid out as pip's cache"])
    assert "no pip cache" in odd.title
    assert "/c/pip" in odd.text().plain
    unreadable = advise(found(True), warnings=["/c/pip/http: Permission denied"], filtered=False)
    assert "could not be read" in unreadable.title
    assert "Permission denied" in unreadable.text().plain
    assert "esc" in advise(found(True), warnings=(), filtered=True).text().plain
