from __future__ import annotations

import io
import json
import os
from pathlib import Path

from pipcache_tui.report.freeze import freeze_lines, freeze_record
from pipcache_tui.report.json_output import write_document
from pipcache_tui.resolve.freeze import freeze
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from tests.support.cache_root import INDEX
from tests.support.index_cache import NOW, PYTHON, make_shop
from tests.support.schemas import validator


def test_a_requirements_file_and_json(tmp_path: Path) -> None:
    shop = make_shop(tmp_path)
    name = shop.wheel("six", "1.0")
    shop.keep(name)
    shop.keep_pages()
    options = InstallOptions((INDEX.rstrip("/"),))
    report = freeze(shop.entries(), os.fspath(shop.place.path), PYTHON, "25.3", NOW, options)
    assert list(freeze_lines(report)) == [
        "# the newest versions that Python 3.12 with pip 25.3 could install from this cache",
        "six==1.0 \\",
        f"    --hash=sha256:{shop.sha256(name)}",
    ]
    out = io.StringIO()
    write_document(out, freeze_record(report), {})
    document = json.loads(out.getvalue())
    validator("freeze").validate(document)
    assert document["requirements"][0]["hash"] == f"sha256:{shop.sha256(name)}"
