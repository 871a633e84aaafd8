"""Hypothesis strategies for index pages, ordinary and odd, of a project called "x"."""

from __future__ import annotations

import json

from hypothesis import strategies as st

PAGE_URL = "https://index.example/simple/x/"
SHA256 = "0123456789abcdef" * 4

FILE_NAMES = st.sampled_from(
    [
        *("x-1.0-py3-none-any.whl", "X-1.1-py2.py3-none-any.whl", "x-2.0_post1-py3-none-any.whl"),
        *("x-1!0.1-py3-none-any.whl", "x-1.0-1-py3-none-any.whl", "x-1.0-2b-py3-none-any.whl"),
        *("x-1.0-b-py3-none-any.whl", "x-1.0+local.1-py3-none-any.whl", "x-1.0%2Blocal-py3-none-any.whl"),
        *("x-1.0-cp27-none-win32.whl", "x-1.0-py3-none-any.WHL", "x-1.0-PY3-none-any.whl", "x--py3-none-any.whl"),
        *("x_y-1.0-py3-none-any.whl", "x__y-1.0-py3-none-any.whl", "x-bad-py3-none-any.whl", "x-1.0-py3-none.whl"),
        *("x-1.0-py3-none-any-more-and-more.whl", "x-1 .0-py3-none-any.whl", "x-1.0rc1-py3-none-any.whl"),
        *("x-1.0.tar.gz", "X-2.0-1.tar.gz", "x-1.0.zip", "x-1.0.tgz", "x-1.0.tar", "x-1.0.tlz", "x-1.0.TAR.GZ"),
        *("x-1.0.egg", "x-1.0.exe", "x-1.0.tar.gz.asc", "x-1.0", "x.tar.gz", "x-.tar.gz", "x-y-1.0.tar.gz"),
        *("x-1.0-py3.9.tar.gz", "x-1.0-py2.tar.gz", "x-1.0.macosx10.zip", "x-1.0.linux-x86_64.tar.gz"),
        *("x-1.0.post1.tar.gz", "x-dev.tar.gz", "x-1.0%20.tar.gz", "x-1.0.tar.bz2", "x-1.0%2Fx-3.0.tar.gz"),
        *("x%2D1.0.tar.gz", "x-1.0.tar.gz/", "%78-1.0-py3-none-any.whl", "x-1.0-py3-none-any.whl?query=1"),
        *("é-1.0.tar.gz", "x-1.0 (1).tar.gz", "x-1.0.tar.gz;v=1", "@x-1.0.tar.gz", "x-1.0%252Epost1.tar.gz"),
    ]
)
PREFIXES = st.sampled_from(
    [
        *("", "./", "../../packages/", "/packages/a%2Fb/", "https://files.index.example/packages/"),
        *("HTTPS://Files.Index.Example/", "//files.index.example/p/", "http://files.index.example/~u/"),
        *("https://user:pw@files.index.example/", "https://files.index.example/a b/", "file:///tmp/", "ftp://h/"),
        *("https://files.index.example/macosx10/", "?q=", "#", "mailto:", "https://[::1/", "https:///"),
    ]
)
FRAGMENTS = st.sampled_from(
    [
        *("", "", f"#sha256={SHA256}", f"#sha256={SHA256.upper()}", "#md5=abc", "#sha1=", f"#SHA256={SHA256}"),
        *("#egg=x-3.0", "#egg=x", "#egg=x-3.0&sha256=ab", "#egg=y-1.0", "#egg=x[a]-1.0", "#egg=", "#subdirectory=a"),
        *(f"#md5=1&sha256={SHA256}", "#sha256=ab#sha512=cd", "&sha256=ab", "#foo=sha256=ab"),
    ]
)
LINKS = st.builds("".join, st.tuples(PREFIXES, FILE_NAMES, FRAGMENTS))
REQUIRES_PYTHON = st.sampled_from(
    [">=3.6", "<3", ">=3.99", "", "nonsense", ">=3.5.*", "&gt;=3.6", "&gt;=3.99", "!=3.0.*,>=2.7", " >=3.99 ", "==3"]
)
_VALUES = st.one_of(
    REQUIRES_PYTHON,
    st.sampled_from(["", "broken", "true", f"sha256={SHA256}", "md5=", "nothing", "a &amp; b", "data-yanked"]),
)
_NAMES = st.sampled_from(
    [
        *("data-requires-python", "data-yanked", "data-core-metadata", "data-dist-info-metadata", "title"),
        *("DATA-REQUIRES-PYTHON", "data-gpg-sig", "rel", "href"),
    ]
)


def _attribute(name: str, value: str | None, quote: str) -> str:
    if value is None:
        return name
    if not quote and (not value or any(sign in value for sign in " \"'=<>`&;")):
        quote = '"'
    return f"{name}={quote}{value}{quote}"


_ATTRIBUTES = st.builds(_attribute, _NAMES, st.one_of(st.none(), _VALUES), st.sampled_from(['"', '"', "'", ""]))
_HREFS = st.builds(
    _attribute,
    st.sampled_from(["href", "href", "href", "HREF", "href ", "data-href"]),
    st.one_of(LINKS, LINKS, LINKS.map(lambda link: f"  {link}\n"), LINKS.map(lambda link: link.replace("-", "&#45;"))),
    st.sampled_from(['"', '"', "'", ""]),
)


@st.composite
def _anchors(draw: st.DrawFn, *, well_formed: bool = False) -> str:
    attributes = draw(st.lists(_ATTRIBUTES, max_size=3))
    if well_formed:
        attributes = [text for text in attributes if not text.startswith("href")]
    attributes.insert(draw(st.integers(0, len(attributes))), draw(_HREFS))
    space = draw(st.sampled_from([" ", " ", "\n  ", "\t"]))
    tag = draw(st.sampled_from(["a", "a", "a", "A", "abbr"]))
    end = ">" if well_formed else draw(st.sampled_from([">", " />", ">", ""]))
    return f"<{tag}{space}{space.join(attributes)}{end}file</a>"


_WRAPPERS = st.sampled_from(
    [
        *("{}", "{}", "{}", "{}<br/>", "<!-- {} -->", "<script>{}</script>", "<style>{}</style>", "<p title='{}'>"),
        *("<textarea>{}</textarea>", "<![CDATA[{}]]>", "<template>{}</template>", "<title>{}</title>", "<?php {} ?>"),
        *('<base href="https://other.example/base/">{}', "<base>{}<base href='/late/'>", "<!doctype {}", "<!-- {}"),
    ]
)


def _html_page(parts: list[str]) -> bytes:
    return ("<!DOCTYPE html><html><head><title>Links for x</title></head>\n" + "\n".join(parts)).encode()


_PARTS = st.builds(lambda wrapper, anchor: wrapper.format(anchor), _WRAPPERS, _anchors())
HTML_PAGES = st.lists(_PARTS, max_size=6).map(_html_page)
#: each tag is closed and has one href
WELL_FORMED_PAGES = st.lists(_anchors(well_formed=True), max_size=6).map(_html_page)

_FILES = st.fixed_dictionaries(
    {"url": st.one_of(LINKS, LINKS, LINKS, st.none())},
    optional={
        "filename": st.sampled_from(["x-1.0.tar.gz", "x-9.0-py3-none-any.whl", 3]),
        "hashes": st.sampled_from(
            [{}, {"sha256": SHA256}, {"sha256": SHA256.upper()}, {"md5": "1", "sha512": "2"}, {"blake3": "3"}]
        ),
        "requires-python": st.one_of(st.none(), REQUIRES_PYTHON),
        "yanked": st.sampled_from([True, False, "", "broken", None, 0, 1]),
        "core-metadata": st.sampled_from([True, False, {"sha256": SHA256}, {"odd": "1"}, {}, None]),
        "dist-info-metadata": st.sampled_from([True, False, None]),
        "data-dist-info-metadata": st.just(True),
        "size": st.sampled_from([1, None, "2", True]),
    },
)
JSON_PAGES = st.one_of(
    st.lists(_FILES, max_size=6).map(lambda files: json.dumps({"name": "x", "files": files}).encode()),
    st.sampled_from([b"", b"[]", b"{}", b"null", b'{"files": 1}', b'{"files": [1]}', b"{", b'{"files": [{"url": 1}]}']),
)
CONTENT_TYPES = st.sampled_from(
    [
        *("text/html", "text/html", "text/html; charset=utf-8", "TEXT/HTML", "text/html; charset=latin-1"),
        *("text/html; charset=nonsense", "text/htmlx", "text/plain", "application/xhtml+xml", "application/json", ""),
        *("application/vnd.pypi.simple.v1+html", "application/vnd.pypi.simple.v2+json", " text/html"),
        *("application/vnd.pypi.simple.v1+json", "application/vnd.pypi.simple.v1+json; charset=utf-8"),
    ]
)
