from __future__ import annotations

import base64
import io
import json
import os
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pipcache_tui.cache.model import KINDS, PIP_WILL, STORES, URL_PROOFS, Entry, Root
from pipcache_tui.report.json_output import (
    entry_record,
    entry_records,
    json_text,
    list_head,
    totals_record,
    write_document,
    write_lines,
)
from tests.support.report_entries import NEVER, fresh, make_entry, make_judge, make_python, make_snapshot, owned, wheel
from tests.support.schemas import NAMES, schema, validator

ODD = "od\udcffd"  # a name with a byte that is not UTF-8


def listed(entries: list[Entry], **fields: Any) -> dict[str, Any]:
    snapshot = make_snapshot(entries, **fields)
    judge = make_judge(entries)
    out = io.StringIO()
    write_document(
        out, list_head(snapshot.roots, entries, snapshot.warnings), {"entries": entry_records(entries, judge)}
    )
    document: dict[str, Any] = json.loads(out.getvalue())
    validator("list").validate(document)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_the_schema_knows_the_words_of_the_model() -> None:
    members = schema("list")["$defs"]
    assert sorted(members["store"]["enum"]) == sorted(STORES), "list.schema.json names the stores too"
    assert members["kind"]["enum"] == list(KINDS)
    properties = members["entry_members"]["properties"]
    assert properties["pip_will"]["enum"] == [*PIP_WILL, None]
    assert properties["url_proof"]["enum"] == [*URL_PROOFS, None]
    assert all(re.match(properties["id"]["pattern"], f"{store}:x") for store in STORES)


def test_an_entry_says_all_that_is_known() -> None:
    entry = wheel(
        0xAB, "six", "1.16.0", url="https://index.example/six.whl", url_proof="content", requires_python=">=3.6"
    )
    judge = make_judge([entry], pythons=[make_python("3.11"), make_python("3.12", ["cp312-cp312-win32"])])
    key = f"{0xAB:056x}"
    record = entry_record(entry, judge)
    assert record == {
        "id": f"http-v2:{key}",
        "root": "/home/someone/.cache/pip",
        "store": "http-v2",
        "kind": "wheel",
        "project": "six",
        "version": "1.16.0",
        "tags": ["py3-none-any"],
        "filename": "six-1.16.0-py3-none-any.whl",
        "url": "https://index.example/six.whl",
        "url_proof": "content",
        "files": [
            {"path": f"http-v2/0/0/0/0/0/{key}", "size": 1000, "size_on_disk": 4096},
            {"path": f"http-v2/0/0/0/0/0/{key}.body", "size": 50_000, "size_on_disk": 53_248},
        ],
        "size": 51_000,
        "size_on_disk": 57_344,
        "stored": "2027-01-14T08:00:00Z",
        "validated": "2027-01-14T08:00:00Z",
        "used": "2027-01-14T08:00:00Z",
        "pip_will": "reuse",
        "fresh_until": "2029-10-11T08:00:00Z",
        "stale": False,
        "superseded_by": None,
        "compatible_with": ["3.11"],
        "installed_in": None,
        "requires_python": ">=3.6",
        "yanked": None,
        "problems": [],
    }


def test_what_is_not_known_is_null_and_what_is_stale_says_so() -> None:
    unreadable = make_entry(1, "unreadable", response=None, problems=("cut short",))
    record = entry_record(unreadable, make_judge([unreadable], atimes=NEVER))
    for name in ("project", "version", "filename", "url", "url_proof", "used", "fresh_until", "compatible_with"):
        assert record[name] is None, name
    assert record["problems"] == ["cut short"]
    stale = wheel(2, "six", "1", response=fresh(-1))
    assert entry_record(stale, make_judge([stale]))["stale"] is True
    pickle = wheel(3, "six", "1", response=None, store="pip-accel", files=(owned("binaries/v7/six:1:py2.7.tar.gz"),))
    record = entry_record(pickle, make_judge([pickle]))
    assert record["stale"] is (None if record["pip_will"] is None else record["pip_will"] != "reuse")


def test_totals_count_a_linked_file_once() -> None:
    first = wheel(1, "a", "1", files=(owned("http-v2/a", 5000, inode=7, links=2),))
    second = wheel(2, "a", "2", files=(owned("http-v2/b", 5000, inode=7, links=2), owned("http-v2/c", 100)))
    assert totals_record([first, second]) == {"entries": 2, "files": 3, "size": 10_100, "size_on_disk": 8192 + 4096}


def test_a_list_is_one_document_in_a_stable_order() -> None:
    entries = [wheel(number, "six", f"1.{number}") for number in range(3)]
    document = listed(entries, warnings=("/x: permission denied",))
    assert list(document) == ["schema_version", "roots", "totals", "warnings", "entries"]
    assert document["roots"] == [{"path": "/home/someone/.cache/pip", "source": "pip's default", "exists": True}]
    assert document["totals"]["entries"] == 3
    assert document["warnings"] == ["/x: permission denied"]
    assert [entry["version"] for entry in document["entries"]] == ["1.0", "1.1", "1.2"]
    assert listed([])["entries"] == []


def test_each_json_line_stands_alone() -> None:
    entries = [wheel(1, "six", "1"), make_entry(2, "other")]
    out = io.StringIO()
    write_lines(out, entry_records(entries, make_judge(entries)))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["kind"] for line in lines] == ["wheel", "other"]
    for line in lines:
        validator("list", part="line").validate(line)


def test_names_that_are_not_utf_8_are_shown_and_given_exactly() -> None:
    file = owned(f"wheels/aa/bb/cc/{ODD}.whl")
    document = listed([make_entry(1, "built-wheel", "wheels", files=(file,), filename=f"{ODD}.whl", response=None)])
    (entry,) = document["entries"]
    assert entry["filename"] == "od\\xffd.whl"
    (shown,) = entry["files"]
    assert shown["path"] == "wheels/aa/bb/cc/od\\xffd.whl"
    assert base64.b64decode(shown["path_base64"]) == b"wheels/aa/bb/cc/od\xffd.whl"


def test_a_root_that_is_not_utf_8_too() -> None:
    head = list_head([Root(f"/{ODD}", "--cache-dir", exists=True)], [], [])
    assert base64.b64decode(head["roots"][0]["path_base64"]) == os.fsencode(f"/{ODD}")


@given(st.text(st.characters(), max_size=20) | st.just("\ud800\udc80"))
def test_every_text_becomes_ascii_json_that_any_reader_takes(text: str) -> None:
    out = io.StringIO()
    write_document(out, {"text": json_text(text)}, {})
    raw = out.getvalue().encode("ascii")
    json.loads(raw)["text"].encode("utf-8")  # raises where a lone surrogate is left
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert json.loads(raw)["text"] == text


def test_a_document_is_written_an_entry_at_a_time() -> None:
    entries = [wheel(number, "six", str(number)) for number in range(3)]
    out = io.StringIO()
    seen = []

    def watched() -> Any:
        for record in entry_records(entries, make_judge(entries)):
            yield record
            seen.append(out.getvalue().count('"id"'))

    write_document(out, {"schema_version": 1}, {"entries": watched()})
    assert seen == [1, 2, 3]
    assert len(out.getvalue().splitlines()) == 5
