from __future__ import annotations

import io
import json

from pipcache_tui.cache.model import Entry, IndexPage, Origin, SelfCheck
from pipcache_tui.report.explain import explain_lines, explain_record, write_explanations
from pipcache_tui.report.json_ import write_document
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.report_entries import NEVER, fresh, make_entry, make_judge, make_python, make_snapshot, owned, wheel
from tests.support.schemas import validator

SIX = wheel(1, "six", "1.16.0", url="https://index.example/six-1.16.0.whl", url_proof="index-page")


def lines_of(entry: Entry, *others: Entry) -> dict[str, str]:
    entries = [entry, *others]
    judge = make_judge(entries, pythons=[make_python("3.11"), make_python("3.12")])
    return dict(explain_lines(make_snapshot(entries), entry, judge))


def test_a_wheel_is_explained_from_its_url_to_what_deleting_it_frees() -> None:
    out = io.StringIO()
    judge = make_judge([SIX], pythons=[make_python("3.11"), make_python("3.12")])
    write_explanations(out, make_snapshot([SIX]), [SIX], judge, TerminalStyle())
    key = f"{1:056x}"
    assert out.getvalue() == (
        f"""\
six-1.16.0-py3-none-any.whl
  what        wheel, six 1.16.0, py3-none-any
  from        https://index.example/six-1.16.0.whl (an index page named it, and its hash is the entry's name)
  stored      2027-01-14, 1d ago
  last use    2027-01-14, 1d ago (/ is mounted relatime: kept to the day)
  pip 25.3    reuse: fresh until 2029-10-11
  accepted    by 3.11, 3.12
  deleting    frees 57.3 kB; 50.0 kB to download again if wanted
  id          http-v2:{key}
  file        /home/someone/.cache/pip/http-v2/0/0/0/0/0/{key}  1.0 kB
  file        /home/someone/.cache/pip/http-v2/0/0/0/0/0/{key}.body  50.0 kB
"""
    )


def test_what_is_of_no_more_use_says_why() -> None:
    lines = lines_of(
        wheel(
            2, "six", "1.15.0", tags=["cp27-none-win32"], yanked="broken", problems=("cut short",), response=fresh(-1)
        ),
        SIX,
    )
    assert lines["from"].startswith("not known")
    assert lines["pip 25.3"].startswith("download-again: ")
    assert lines["accepted"].startswith("none of the Pythons here (3.11, 3.12) accepts cp27-none-win32")
    assert lines["yanked"] == "broken"
    assert lines["problem"] == "cut short"
    assert lines_of(wheel(3, "six", "1.15.0"), SIX)["superseded"] == "by 1.16.0, which is here too"


def test_a_built_wheel_names_its_source_and_the_compile_it_costs() -> None:
    path = f"wheels/aa/bb/cc/{'d' * 50}/lxml-5.0-py3-none-any.whl"
    origin = Origin("https://index.example/lxml-5.0.tar.gz", (("sha256", "ab" * 32),))
    entry = make_entry(4, "built-wheel", "wheels", files=(owned(path),), project="lxml", detail=origin, response=None)
    judge = make_judge([entry])
    lines = list(explain_lines(make_snapshot([entry]), entry, judge))
    assert ("", "built here from https://index.example/lxml-5.0.tar.gz") in lines


def test_pages_and_selfchecks_say_what_they_hold() -> None:
    assert lines_of(make_entry(5, "index-page", detail=IndexPage(7, "json")))[""] == "json, lists 7 files"
    note = SelfCheck("/venv\x1b", "2027-01-01T00:00:00Z", "26.1")
    selfcheck = make_entry(6, "selfcheck", "selfcheck", files=(owned("selfcheck/" + "6" * 56),), detail=note)
    assert lines_of(selfcheck)[""] == "pip's look for a newer pip, for /venv\\x1b: saw 26.1"


def test_last_use_and_validation_are_told_apart() -> None:
    day = 86400.0
    path = "http-v2/0/0/0/0/0/" + "8" * 56
    entry = make_entry(8, files=(owned(path, age=day), owned(path + ".body", age=30 * day)))
    assert lines_of(entry)["stored"] == "2026-12-16, 1mo ago; last validated 2027-01-14, 1d ago"
    judge = make_judge([entry], atimes=NEVER)
    lines = dict(explain_lines(make_snapshot([entry]), entry, judge))
    assert lines["last use"] == "not known: / is mounted noatime, which keeps no time of last use"


def test_the_same_as_json_fits_its_schema() -> None:
    judge = make_judge([SIX])
    out = io.StringIO()
    write_document(out, explain_record(make_snapshot([SIX]), "six", [SIX], judge), {})
    document = json.loads(out.getvalue())
    validator("explain").validate(document)
    assert document["entries"][0]["frees"] == 57_344
    assert document["entries"][0]["pip_will_why"] == "fresh until 2029-10-11"
