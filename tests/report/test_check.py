from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pipcache_tui.report.check import check_record, download_size, report_lines, write_reports
from pipcache_tui.report.json_output import write_document
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.index_cache import EXPIRED, FILES, Shop, make_shop
from tests.support.schemas import validator


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """One project of each verdict."""
    shop = make_shop(tmp_path)
    app = shop.wheel("app", "1.0", requires=["lib>=1"], beside=True)
    expired = shop.wheel("expired", "1.0")
    shop.wheel("lib", "1.2", size=None)
    big = shop.wheel("big", "3.0")
    source = shop.sdist("source", "2.0")
    pageless = shop.wheel("pageless", "1.0")
    shop.keep(app, f"{app}.metadata", pageless)
    shop.keep(expired, headers=EXPIRED)
    shop.keep_built(source, "source-2.0-py3-none-any.whl")
    shop.keep_pages("app", "expired", "lib", "big", "source")
    assert big in shop.contents
    return shop


ASKED = ("app", "expired", "big<4", "source", "pageless==1.0", "big>=9; python_version < '3'")


def test_a_line_each_then_what_is_missing_and_what_it_takes(shop: Shop) -> None:
    out = io.StringIO()
    write_reports(out, [shop.ask(*ASKED)], TerminalStyle())
    size = len(shop.contents["big-3.0-py3-none-any.whl"])
    assert out.getvalue() == (
        f"""\
Python 3.12 with pip 25.3 (/usr/bin/python3.12)
served    app  app-1.0-py3-none-any.whl
asks      expired  expired-1.0-py3-none-any.whl
          expired 39min ago: pip asks the server and keeps the body on a 304
download  big<4  big-3.0-py3-none-any.whl, {size} B
          not cached
served    source  source-2.0.tar.gz as source-2.0-py3-none-any.whl, built here
unknown   pageless==1.0
          index page https://index.example/simple/pageless/: not cached
          cached, and fits: pageless-1.0-py3-none-any.whl
skipped   big>=9; python_version < '3'
dependencies
download  lib>=1  lib-1.2-py3-none-any.whl, size not known (for app)
          not cached
offline-ready: 2 of 6, missing: expired, big, pageless (not known), lib
not known: what big, lib need
to download: {size} B and 1 file of unknown size
pip also asks for 6 index pages: 5 to be confirmed by the server, 1 to be downloaded
pip also asks for 1 .metadata file: 1 from disk
"""
    )


def test_columns_and_colour_for_a_terminal(shop: Shop) -> None:
    lines = list(report_lines(shop.ask("app", "expired"), TerminalStyle(width=100, color=True)))
    assert lines[1].startswith("\x1b[32mserved  \x1b[0m  app      app-1.0")


def test_each_file_counts_once(shop: Shop) -> None:
    report = shop.ask("big", "big<4", "big==3.0")
    size = len(shop.contents["big-3.0-py3-none-any.whl"])
    assert download_size(report) == (size, 0)


def test_the_files_for_a_wheelhouse(shop: Shop) -> None:
    names = [entry.filename for entry in shop.ask(*ASKED).files]
    assert names == [
        "app-1.0-py3-none-any.whl",
        "expired-1.0-py3-none-any.whl",
        "source-2.0-py3-none-any.whl",
        "pageless-1.0-py3-none-any.whl",
    ]


def test_the_same_as_json_fits_its_schema(shop: Shop) -> None:
    out = io.StringIO()
    reports = [shop.ask(*ASKED), shop.ask("app", "git+https://git.example/x\x1b", f"{FILES}gone-1.0-py3-none-any.whl")]
    write_document(out, check_record(ASKED, reports), {})
    document = json.loads(out.getvalue())
    validator("check").validate(document)
    assert document["ready"] is False
    first = document["checks"][0]
    assert first["counts"] == {"served": 2, "asks": 1, "download": 2, "nothing": 0, "unknown": 1, "skipped": 1}
    lib = first["answers"][-1]
    assert (lib["needed_by"], lib["filename"], lib["size"]) == (["app"], "lib-1.2-py3-none-any.whl", None)
    assert first["answers"][3]["built_here"] is True
    assert first["answers"][3]["entry"].startswith("wheels:")
