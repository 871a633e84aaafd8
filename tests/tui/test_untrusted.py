"""Names from disk: markup, escapes, bidi, wide characters and lone surrogates reach the screen as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len

from pipcache_tui.cache import scan
from pipcache_tui.cache.model import Entry, Origin, Response, SelfCheck
from pipcache_tui.cache.stores import Trouble
from pipcache_tui.tui.model.groupings import GROUPINGS
from pipcache_tui.tui.widgets.details import Details
from tests.support.screen import app_of, entry, lines, opened, settle, text

NAMES = [
    "pkg[extra]",
    "[/]",
    "[bold red]x[/bold red]",
    "[@click=app.quit]click me[/]",
    "$primary [on red]",
    "esc\x1b[2J\x1b]0;title\x07",
    "osc\x1b]52;c;ZXZpbA==\x1b\\",
    "csi\x9b31m",
    "bidi\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "日本語パッケージ",
    "lone\udc80surrogate\ud800",
    "new\nline\ttab\rreturn",
    "é́́ combining",
    "🎉👩‍👩‍👧‍👦",
    "x" * 3000,
    "",
]
BAD = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def hostile(number: int, name: str) -> list[Entry]:
    """Entries with the name in every field that holds text from disk."""
    return [
        entry(
            3 * number + 1,
            name,
            name,
            filename=name or None,
            tags=(f"{name}-{name}-{name}",),
            url=f"https://{name}/{name}",
            requires_python=name,
            yanked=name,
            problems=(name,),
            response=Response(200, name, name, name, True, ((name, name),)),
        ),
        entry(3 * number + 2, None, None, kind="selfcheck", tags=(), detail=SelfCheck(name, name, name), filename=None),
        entry(
            3 * number + 3,
            name,
            None,
            kind="built-wheel",
            filename=None,
            tags=(),
            detail=Origin(name, ((name, name),), name, name, name),
        ),
    ]


def clean(shown: list[str], width: int) -> None:
    for line in shown:
        assert not BAD.search(line), ascii(line)
        assert cell_len(line) == width, ascii(line)


async def test_hostile_names_are_only_text() -> None:
    entries = [made for number, name in enumerate(NAMES) for made in hostile(number, name)]

    def scanned() -> Iterator[scan.ScanEvent]:
        yield scan.Found(tuple(entries))
        yield Trouble("could not be read: \x1b[2J")

    async with opened(scanner=scanned, size=(120, 60)) as pilot:
        app = app_of(pilot)
        table = app.main.table
        for grouping in GROUPINGS:
            assert app.main.view.grouping is grouping
            assert table.listing is not None
            if grouping.name == "flat":
                for row in range(len(table.listing)):
                    table.move_to(row)
                    await pilot.pause()
                    clean(lines(app), 120)
                    details = app.main.query_one(Details).text
                    assert not BAD.search(details.replace("\n", "").replace("\t", "")), ascii(details)
            else:
                for row in range(len(table.listing) - 1, -1, -1):
                    table.listing.toggle(row)
                for _ in range(4):
                    await pilot.press("pagedown")
                    clean(lines(app), 120)
            await pilot.press("t")
            await settle(pilot)
        for keys in (("o",), ("escape", "ctrl+a", "d"), ("escape", "u", "y")):
            await pilot.press(*keys)
            await settle(pilot)
            clean(lines(app), 120)
        assert not BAD.search(app.clipboard)


async def test_brackets_are_shown_as_they_are() -> None:
    async with opened([entry(1, "pkg[extra]"), entry(2, "[/]", size=5)]) as pilot:
        seen = text(app_of(pilot))
        assert "pkg[extra]" in seen
        assert "[/]" in seen


async def test_wide_names_keep_the_columns_in_line() -> None:
    async with opened([entry(1, "日本語" * 20, size=9_000_000), entry(2, "ascii", size=8_000_000)]) as pilot:
        shown = lines(app_of(pilot))
        wide, plain = shown[2], shown[3]
        assert cell_len(wide[: wide.index("9.0 MB")]) == cell_len(plain[: plain.index("8.0 MB")])


async def test_an_escape_typed_into_the_filter_is_shown_safely() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        app.main.set_filter("size>\x1b[2J\u202e")
        await settle(pilot)
        clean(lines(app), 120)
