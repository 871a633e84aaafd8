from __future__ import annotations

import io
import json

from pipcache_tui.report.explain import explain_record, write_explanations
from pipcache_tui.report.json_output import write_document
from pipcache_tui.report.terminal import TerminalStyle
from tests.support.report_entries import make_judge, make_python, make_snapshot, wheel
from tests.support.schemas import validator

SIX = wheel(1, "six", "1.16.0", url="https://index.example/six-1.16.0.whl", url_proof="index-page")


def test_an_explanation_begins_with_its_conclusion_and_ends_with_the_files() -> None:
    out = io.StringIO()
    judge = make_judge([SIX], pythons=[make_python("3.11"), make_python("3.12")])
    write_explanations(out, make_snapshot([SIX]), [SIX], judge, TerminalStyle())
    key = f"{1:056x}"
    assert out.getvalue() == (
        f"""\
six-1.16.0-py3-none-any.whl
  pip 25.3 will use it without asking the server: fresh until 2029-10-11.
  Deleting it frees 57.3 kB; if it is wanted, pip downloads 50.0 kB again.
  what        wheel, six 1.16.0, py3-none-any, in http-v2
  from        https://index.example/six-1.16.0.whl
              (an index page lists it, and its hash is the entry's name)
  stored      2027-01-14, 1d ago
  last use    2027-01-14, 1d ago (/ is mounted relatime: kept to the day)
  pip 25.3    reuse: fresh until 2029-10-11
  accepted    by 3.11, 3.12
  response    HTTP 200, date: Thu, 14 Jan 2027 08:00:00 GMT, cache-control: max-age=86486400
  size        51.0 kB, 57.3 kB on disk
  id          http-v2:{key}
  root        /home/someone/.cache/pip
  file        http-v2/0/0/0/0/0/{key}  1.0 kB
  file        http-v2/0/0/0/0/0/{key}.body  50.0 kB
"""
    )


def test_the_same_as_json_fits_its_schema() -> None:
    judge = make_judge([SIX])
    out = io.StringIO()
    write_document(out, explain_record(make_snapshot([SIX]), "six", [SIX], judge), {})
    document = json.loads(out.getvalue())
    validator("explain").validate(document)
    assert document["entries"][0]["frees"] == 57_344
    assert document["entries"][0]["conclusion"][0].startswith("pip 25.3 will use it without asking the server")
    assert document["entries"][0]["pip_will_why"] == "fresh until 2029-10-11"
