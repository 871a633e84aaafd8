"""The local index answers as the public one does; all other interop tests stand on that."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.interop.conftest import PipOf
from tests.interop.groups import files_below
from tests.interop.index_server import FILE_LIFE, PAGE_LIFE, Authority, IndexServer, Override, http_date, url_path
from tests.interop.packages import MADE, project_files
from tests.interop.pages import JSON_PAGE
from tests.interop.pips import NEWEST, Generation

WHEEL = next(file for file in project_files() if file.filename == "purepkg-1.0-py2.py3-none-any.whl")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(index: IndexServer, url: str, **headers: str) -> Answer:
    """One request through the index as a proxy; underscores in header names stand for hyphens."""
    context = ssl.create_default_context(cafile=index.authority.path)
    connection = http.client.HTTPSConnection("127.0.0.1", index.port, context=context)
    connection.set_tunnel(url.split("/")[2], 443)
    connection.request("GET", url_path(url), headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    answer = Answer(response.status, dict(response.headers), response.read())
    connection.close()
    return answer


def test_pages_are_html_or_json_and_compressed_where_accepted(index: IndexServer) -> None:
    page = ask(index, index.page_url("purepkg"))
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == PAGE_LIFE
    assert page.headers["Vary"] == "Accept, Accept-Encoding"
    assert f'href="{index.file_url(WHEEL)}#sha256={WHEEL.sha256}"' in page.body.decode()
    packed = ask(index, index.page_url("purepkg"), Accept=JSON_PAGE, Accept_Encoding="gzip, deflate")
    assert packed.headers["Content-Type"] == JSON_PAGE
    listed = json.loads(gzip.decompress(packed.body))["files"]
    assert [file["url"] for file in listed if file["filename"] == WHEEL.filename] == [index.file_url(WHEEL)]


def test_yanks_and_python_requirements_are_told(index: IndexServer) -> None:
    page = ask(index, index.page_url("pickypkg")).body.decode()
    assert 'data-yanked="loses &lt;data&gt; &amp; more"' in page
    assert 'data-requires-python="&gt;=3.99"' in page


def test_files_live_for_years_under_the_hash_of_their_content(index: IndexServer) -> None:
    answer = ask(index, index.file_url(WHEEL))
    digest = hashlib.blake2b(answer.body, digest_size=32).hexdigest()
    assert url_path(index.file_url(WHEEL)).split("/")[2:5] == [digest[:2], digest[2:4], digest[4:]]
    assert answer.headers["Cache-Control"] == FILE_LIFE
    assert answer.headers["Last-Modified"] == http_date(MADE)
    metadata = ask(index, f"{index.file_url(WHEEL)}.metadata")
    assert (metadata.status, metadata.body) == (200, WHEEL.metadata)


def test_a_condition_that_holds_is_answered_304_without_a_body(index: IndexServer) -> None:
    tag = ask(index, index.file_url(WHEEL)).headers["ETag"]
    same = ask(index, index.file_url(WHEEL), If_None_Match=tag)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    assert ask(index, index.file_url(WHEEL), If_Modified_Since=http_date(MADE)).status == 304
    assert ask(index, index.file_url(WHEEL), If_Modified_Since=http_date(MADE - 1)).status == 200
    assert ask(index, index.file_url(WHEEL), If_None_Match='"other"', If_Modified_Since=http_date(MADE)).status == 200


def test_redirects_ranges_and_what_is_not_there(index: IndexServer) -> None:
    url = index.file_url(WHEEL)
    moved = ask(index, f"{index.index_host}/redirect{WHEEL.path}")
    assert (moved.status, moved.headers["Location"]) == (301, url)
    assert ask(index, f"{index.index_url}Pure_Pkg/").status == 404
    assert ask(index, f"{index.index_url}PurePkg").headers["Location"] == index.page_url("purepkg")
    part = ask(index, url, Range="bytes=100-")
    assert (part.status, part.body) == (206, WHEEL.content[100:])
    assert ask(index, url, Range="bytes=100-", If_Range='"other"').status == 200


def test_a_test_can_change_headers_status_and_time(authority: Authority) -> None:
    with IndexServer(project_files(), authority=authority, clock=lambda: 1_000_000_000.0) as index:
        url = index.file_url(WHEEL)
        changed = {"ETag": None, "Date": None, "Expires": http_date, "Cache-Control": "no-cache"}
        index.override(url_path(url), Override(changed, status=203))
        answer = ask(index, url)
        assert answer.status == 203
        assert not {"ETag", "Date"} & set(answer.headers)
        assert answer.headers["Expires"] == "Sun, 09 Sep 2001 01:46:40 GMT"
        assert answer.headers["Cache-Control"] == "no-cache"
        index.override(url_path(url), None)
        assert ask(index, url).headers["Date"] == "Sun, 09 Sep 2001 01:46:40 GMT"
        assert [(seen.url, seen.status) for seen in index.seen] == [(url, 203), (url, 200)]


def test_it_can_be_reached_as_localhost_at_a_known_port(authority: Authority, pip_of: PipOf, tmp_path: Path) -> None:
    pip = pip_of(Generation(NEWEST, "3.13"))
    with IndexServer(project_files(), direct=True, authority=authority) as index:
        pip.install("purepkg==1.0", cache_dir=f"{tmp_path}/pip", server=index).check()
        port = index.port
        assert index.index_url == f"https://localhost:{port}/simple/"
    with IndexServer(project_files(), direct=True, port=port, authority=authority) as index:
        pip.install("purepkg==1.0", cache_dir=f"{tmp_path}/pip", server=index).check()
        assert index.seen == ()  # page and files are fresh in the cache: the addresses are the same again


def test_a_broken_download_is_resumed(authority: Authority, pip_of: PipOf, tmp_path: Path) -> None:
    file = next(file for file in project_files() if file.project == "abipkg" and "abi3" in file.tags)
    pip = pip_of(Generation(NEWEST, "3.13"))
    with IndexServer(project_files(), authority=authority) as index:
        index.override(file.path, Override(cut_after=5_000))
        pip.install("abipkg", cache_dir=f"{tmp_path}/pip", server=index).check()
        requests = [seen for seen in index.seen if seen.path == file.path]
    assert [(seen.status, seen.headers.get("range")) for seen in requests] == [(200, None), (206, "bytes=5000-")]


def test_plain_answers_are_served_and_no_pip_keeps_them(authority: Authority, pip_of: PipOf, tmp_path: Path) -> None:
    pip = pip_of(Generation(NEWEST, "3.13"))
    with IndexServer(project_files(), direct=True, plain=True, authority=authority) as index:
        pip.install("purepkg==1.0", cache_dir=f"{tmp_path}/pip", server=index).check()
        assert {(seen.scheme, seen.status) for seen in index.seen} == {("http", 200)}
    assert list(files_below(f"{tmp_path}/pip")) == []
