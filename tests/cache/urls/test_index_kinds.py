"""Entries get their URL back whatever index they came from: forms of pages, forms of links, servers and their paths.

What pip requests for a link was recorded from pip 26.3 and 20.0.2 (`Link`, requests and CacheControl's `_urlnorm`).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.packages import Listed
from tests.conftest import Figure
from tests.support.cache_root import FILE_HEADERS, INDEX, Place

WHEEL = "lib-1.0-py3-none-any.whl"
LOCAL = "lib-1.0+cpu-py3-none-any.whl"
QUOTED = "lib-1.0%2Bcpu-py3-none-any.whl"
FILES = "https://files.example/all"
OTHER_LINK = f'<a href="{FILES}/lib-0.9.tar.gz">lib-0.9.tar.gz</a>\n'


@dataclass(frozen=True)
class Kind:
    """An index: what its page of "lib" looks like, and where the wheel that it lists was fetched from."""

    name: str
    #: as the page writes it
    link: str = f"{FILES}/{WHEEL}"
    #: as pip requests it
    url: str = f"{FILES}/{WHEEL}"
    page_url: str = f"{INDEX}lib/"
    #: the text of the page, "{}" for the link
    text: str = '<!DOCTYPE html><html><body><a href="{}#sha256=00">lib</a></body></html>'
    content_type: str = "text/html"
    encode: Callable[[str], bytes] = str.encode
    headers: dict[str, str] = field(default_factory=dict)
    #: what pip's settings name; None: nothing
    settings: Sequence[str] | None = (INDEX,)
    #: the source of a wheel built here from another project on the same index
    built_from: str | None = None
    project: str | None = "lib"
    #: whether the URL of the page can be known
    knows_page: bool = True

    def __str__(self) -> str:
        return self.name


def page(text: str, **fields: object) -> Callable[[str], Kind]:
    return lambda name: Kind(name, text=text, **fields)  # type: ignore[arg-type]


A = '<a href="{}">lib</a>'
TITLED = "<html><head><title>%s</title></head><body>" + A + "</body></html>"
COMMENT = "<!-- " + "x" * 20_000 + " -->"
FLAT_URL = "https://flat.example/wheels.html"
FLAT = "".join(f'<a href="{FILES}/{name}-1.0.tar.gz">{name}</a>\n' for name in ("aaa", "bbb", "lib-extra"))
LIBS = "".join(f'<a href="{FILES}/lib-0.{number}.tar.gz">lib</a>\n' for number in range(600))
JSON = (
    '{{"meta": {{"api-version": "1.0"}}, "name": "lib", "files": [{{"filename": "%s", "url": "{}", "hashes": {{}}}}]}}'
)

PAGES = {
    "plain HTML": page(TITLED % "Links for lib"),
    "JSON": page(JSON % WHEEL, content_type="application/vnd.pypi.simple.v1+json"),
    "JSON with a byte-order mark": page(
        JSON % WHEEL, encode=lambda text: text.encode("utf-8-sig"), content_type="application/vnd.pypi.simple.v1+json"
    ),
    "a byte-order mark": page(TITLED % "Links for lib", encode=lambda text: text.encode("utf-8-sig")),
    "UTF-16 with its mark": page(TITLED % "Links for lib", encode=lambda text: text.encode("utf-16")),
    "UTF-16, big end first": page(TITLED % "x", encode=lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    "UTF-16 without a mark": page(
        TITLED % "x", encode=lambda text: text.encode("utf-16-le"), content_type="text/html; charset=utf-16-le"
    ),
    "text before the HTML": page("served by example\n" + TITLED % "Links for lib"),
    "a comment of 20 kB before the HTML": page(COMMENT + TITLED % "Links for lib"),
    "a comment of 20 kB after the title": page("<title>lib</title>" + COMMENT + A),
    "an XML declaration": page('<?xml version="1.0" encoding="utf-8"?>\n' + TITLED % "lib"),
    "anchors alone": page(A),
    "a title that names a folder": page(TITLED % "wheelhouse"),
    "a title that names a host": page(TITLED % "pypi.corp.example"),
    "a title that names another project": page(TITLED % "Links for other"),
    "no title": page("<html><body>" + A + "</body></html>"),
    "HREF": page('<A HREF="{}">lib</A>'),
    "Href": page('<a Href="{}">lib</a>'),
    "HREF among others": page(OTHER_LINK + '<a HREF="{}">lib</a>'),
    "single quotes": page("<a href='{}'>lib</a>"),
    "no quotes": page("<a href={}>lib</a>"),
    "spaces around the sign": page('<a href = "{}">lib</a>'),
    "line ends in the tag": page('<a\n  href="{}"\n  class="x">lib</a>'),
    "spaces in the quotes": page('<a href=" {}">lib</a>'),
    "packed with gzip": page(A, encode=lambda text: gzip.compress(text.encode()), headers={"Content-Encoding": "gzip"}),
    "packed with deflate": page(
        A, encode=lambda text: zlib.compress(text.encode()), headers={"Content-Encoding": "deflate"}
    ),
    "a base": page(f'<head><base href="{FILES}/"></head>' + A, link=WHEEL),
    "a relative base": page(
        '<head><base href="../../all/"></head>' + A, link=WHEEL, url=f"https://index.example/all/{WHEEL}"
    ),
    "a base after 5 kB": page("<head><!--" + "x" * 5000 + f'--><base href="{FILES}/"></head>' + A, link=WHEEL),
    "a base in capitals": page(f'<HEAD><BASE TARGET="x" HREF="{FILES}/"></HEAD>' + A, link=WHEEL),
    "a base at the end": page(A + f'<base href="{FILES}/">', link=WHEEL),
    "a flat page of several projects": page(
        FLAT + A, page_url="https://flat.example/wheels.html", project=None, knows_page=False
    ),
    "a flat page that begins with one of them": page(
        LIBS + FLAT + A, page_url="https://flat.example/wheels.html", project=None, knows_page=False
    ),
    "a flat page that pip is set to": page(
        FLAT + A, page_url=f"{FILES}/", settings=(f"{FILES}/",), project=None, link=WHEEL
    ),
    "a page that lists nothing readable besides": page('<a href="../">up</a>' + A),
}
#: by what is odd about it: the link, and the URL that pip requests
LINKS = {
    "a local version": (f"{FILES}/{LOCAL}", f"{FILES}/{QUOTED}"),
    "a quoted local version": (f"{FILES}/{QUOTED}", f"{FILES}/{QUOTED}"),
    "a local version below an escape": (f"{FILES}/my%20files/{LOCAL}", f"{FILES}/my%20files/{QUOTED}"),
    "a quoted one below an escape": (f"{FILES}/my%20files/{QUOTED}", f"{FILES}/my%20files/{QUOTED}"),
    "a local version below %2F": (f"{FILES}/team%2Fx/{LOCAL}", f"{FILES}/team%2Fx/{QUOTED}"),
    "a quoted one below %2f": (f"{FILES}/team%2fx/{QUOTED}", f"{FILES}/team%2Fx/{QUOTED}"),
    "the same as pip 20.0 asks": (f"{FILES}/team%2Fx/{LOCAL}", f"{FILES}/team/x/{QUOTED}"),
    "a space": (f"{FILES}/my files/{LOCAL}", f"{FILES}/my%20files/{QUOTED}"),
    "a backslash": (f"{FILES}/a\\b/{WHEEL}", f"{FILES}/a%5Cb/{WHEEL}"),
    "a backslash and a local version": (f"{FILES}/a\\b/{LOCAL}", f"{FILES}/a%5Cb/{QUOTED}"),
    "double slashes": (f"https://files.example//a//{WHEEL}", f"https://files.example//a//{WHEEL}"),
    "relative double slashes": (f"../../files//{WHEEL}", f"https://index.example/files/{WHEEL}"),
    "relative": (f"../../files/{WHEEL}", f"https://index.example/files/{WHEEL}"),
    "from the root": (f"/files/{WHEEL}", f"https://index.example/files/{WHEEL}"),
    "without a scheme": (f"//files.example/{WHEEL}", f"https://files.example/{WHEEL}"),
    "a query": (f"{FILES}/{WHEEL}?t=a b&amp;c=%2f", f"{FILES}/{WHEEL}?t=a%20b&c=%2F"),
    "another script": (f"{FILES}/é/{WHEEL}", f"{FILES}/%C3%A9/{WHEEL}"),
    "escapes in small letters": (f"{FILES}/%c3%a9/{WHEEL}", f"{FILES}/%C3%A9/{WHEEL}"),
    "~ and @": (f"{FILES}/~u/@s/{LOCAL}", f"{FILES}/~u/@s/{QUOTED}"),
    "an escape of no need": (f"{FILES}/%7Eu/{WHEEL}", f"{FILES}/~u/{WHEEL}"),
    "signs": (f"{FILES}/a;b=c,d!e$f'(i)*/{WHEEL}", f"{FILES}/a%3Bb%3Dc%2Cd%21e%24f%27%28i%29%2A/{WHEEL}"),
    "an escape that is none": (f"{FILES}/a%zz/{WHEEL}", f"{FILES}/a%25zz/{WHEEL}"),
    "brackets": (f"{FILES}/a[b]/{WHEEL}", f"{FILES}/a%5Bb%5D/{WHEEL}"),
    "dots": (f"https://files.example/a/../b/./{WHEEL}", f"https://files.example/b/{WHEEL}"),
    "capitals in the host": (f"HTTPS://FILES.example/all/{WHEEL}", f"{FILES}/{WHEEL}"),
    "a port": (f"https://files.example:8443/{WHEEL}", f"https://files.example:8443/{WHEEL}"),
    "an IPv6 host": (f"https://[::1]:8443/{WHEEL}", f"https://[::1]:8443/{WHEEL}"),
    "credentials": (f"https://user:secret@files.example/{WHEEL}", f"https://files.example/{WHEEL}"),
    "characters by number": (f"{FILES}/{WHEEL}".replace("/", "&#x2F;").replace(".", "&#46;"), f"{FILES}/{WHEEL}"),
}
#: servers that no setting names: (URL of the page, link on it, URL of the wheel, source of a wheel built here)
SERVERS = {
    "devpi": (
        "https://devpi.example/root/pypi/+simple/lib/",
        f"../../+f/1ab/2cd34/{WHEEL}",
        f"https://devpi.example/root/pypi/+f/1ab/2cd34/{WHEEL}",
        "https://devpi.example/root/pypi/+f/567/89abc/other-1.0.tar.gz",
    ),
    "Artifactory": (
        "https://art.example/artifactory/api/pypi/python-all/simple/lib/",
        f"../../packages/packages/12/34/{WHEEL}",
        f"https://art.example/artifactory/api/pypi/python-all/packages/packages/12/34/{WHEEL}",
        "https://art.example/artifactory/api/pypi/python-all/packages/packages/56/78/other-1.0.tar.gz",
    ),
    "Nexus": (
        "https://nexus.example/repository/pypi-all/simple/lib/",
        f"../../packages/lib/1.0/{WHEEL}",
        f"https://nexus.example/repository/pypi-all/packages/lib/1.0/{WHEEL}",
        "https://nexus.example/repository/pypi-all/packages/other/1.0/other-1.0.tar.gz",
    ),
    "GitLab": (
        "https://gitlab.example/api/v4/projects/42/packages/pypi/simple/lib/",
        f"https://gitlab.example/api/v4/projects/42/packages/pypi/files/{'a1' * 32}/{WHEEL}",
        f"https://gitlab.example/api/v4/projects/42/packages/pypi/files/{'a1' * 32}/{WHEEL}",
        None,
    ),
    "CodeArtifact": (
        "https://corp-123456789012.d.codeartifact.eu-west-1.example/pypi/shared/simple/lib/",
        f"1.0/{WHEEL}",
        f"https://corp-123456789012.d.codeartifact.eu-west-1.example/pypi/shared/simple/lib/1.0/{WHEEL}",
        "https://corp-123456789012.d.codeartifact.eu-west-1.example/pypi/shared/simple/other/1.0/other-1.0.tar.gz",
    ),
    "Azure Artifacts": (
        "https://pkgs.azure.example/org/project/_packaging/feed/pypi/simple/lib/",
        f"../../download/lib/1.0/{WHEEL}",
        f"https://pkgs.azure.example/org/project/_packaging/feed/pypi/download/lib/1.0/{WHEEL}",
        "https://pkgs.azure.example/org/project/_packaging/feed/pypi/download/other/1.0/other-1.0.tar.gz",
    ),
    "Gemfury": (
        "https://fury.example/corp/lib/",
        f"/corp/-/ver_1abc/{WHEEL}",
        f"https://fury.example/corp/-/ver_1abc/{WHEEL}",
        "https://fury.example/corp/-/ver_2def/other-1.0.tar.gz",
    ),
    "Google Artifact Registry": (
        "https://europe-python.pkg.example/corp/repo/simple/lib/",
        f"../../lib/{WHEEL}",
        f"https://europe-python.pkg.example/corp/repo/lib/{WHEEL}",
        "https://europe-python.pkg.example/corp/repo/other/other-1.0.tar.gz",
    ),
    "Cloudsmith": (
        "https://dl.cloudsmith.example/public/corp/repo/python/simple/lib/",
        f"https://dl.cloudsmith.example/public/corp/repo/python/{WHEEL}",
        f"https://dl.cloudsmith.example/public/corp/repo/python/{WHEEL}",
        None,
    ),
    "Gitea": (
        "https://gitea.example/api/packages/team/pypi/simple/lib/",
        f"https://gitea.example/api/packages/team/pypi/files/lib/1.0/{WHEEL}",
        f"https://gitea.example/api/packages/team/pypi/files/lib/1.0/{WHEEL}",
        None,
    ),
    "ProGet": (
        "https://proget.example/pypi/feed/simple/lib/",
        f"/pypi/feed/download/lib/1.0/{WHEEL}",
        f"https://proget.example/pypi/feed/download/lib/1.0/{WHEEL}",
        "https://proget.example/pypi/feed/download/other/1.0/other-1.0.tar.gz",
    ),
    "Pulp": (
        "https://pulp.example/pypi/corp/simple/lib/",
        f"https://pulp.example/pulp/content/corp/{WHEEL}",
        f"https://pulp.example/pulp/content/corp/{WHEEL}",
        None,
    ),
    "pypiserver": (
        "https://wheels.example/simple/lib/",
        f"/packages/{WHEEL}",
        f"https://wheels.example/packages/{WHEEL}",
        "https://wheels.example/packages/other-1.0.tar.gz",
    ),
    "packagecloud": (
        "https://packagecloud.example/user/repo/pypi/simple/lib/",
        f"/user/repo/pypi/packages/{WHEEL}",
        f"https://packagecloud.example/user/repo/pypi/packages/{WHEEL}",
        "https://packagecloud.example/user/repo/pypi/packages/other-1.0.tar.gz",
    ),
    "folders of wheels with a page each": (
        "https://download.example/whl/cpu/lib/",
        f"/whl/cpu/{LOCAL}",
        f"https://download.example/whl/cpu/{QUOTED}",
        "https://download.example/whl/cpu/other-1.0.tar.gz",
    ),
    "pages at the root": (
        "https://wheels.corp.example/lib/",
        WHEEL,
        f"https://wheels.corp.example/lib/{WHEEL}",
        "https://wheels.corp.example/other/other-1.0.tar.gz",
    ),
}
KINDS = (
    *(make(name) for name, make in PAGES.items()),
    *(Kind(f"a link with: {name}", link, url) for name, (link, url) in LINKS.items()),
    *(
        Kind(f"no setting: {name}", link, url, page_url, settings=None, built_from=source)
        for name, (page_url, link, url, source) in SERVERS.items()
    ),
)


def fill(place: Place, kind: Kind) -> dict[str, str | None]:
    """Put the kind's page and wheel into a cache; the URLs that are to be found, by entry."""
    content = kind.text.replace("{{", "{").replace("}}", "}").replace("{}", kind.link)
    headers = {**FILE_HEADERS, "Content-Type": kind.content_type, **kind.headers}
    page_key = place.v2(kind.page_url, kind.encode(content), headers)
    version = "1.0+cpu" if "cpu-" in kind.url else "1.0"
    key = place.v2(kind.url, packages.make_wheel("lib", version))
    metadata = place.v2(kind.url + ".metadata", packages.core_metadata("lib", version))
    if kind.built_from is not None:
        folder = formats.built_wheel_folder(kind.built_from, ("cp", "312"))
        place.write(f"{folder}/other-1.0-py3-none-any.whl", packages.make_wheel("other", "1.0"))
        place.write(f"{folder}/origin.json", formats.origin_json(kind.built_from))
    return {
        f"http-v2:{key}": kind.url,
        f"http-v2:{metadata}": kind.url + ".metadata",
        f"http-v2:{page_key}": kind.page_url if kind.knows_page else None,
    }


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_page_wheel_and_metadata_get_their_url(place: Place, kind: Kind) -> None:
    expected = fill(place, kind)
    entries = place.entries(index_urls=kind.settings or ())
    assert {key: entries[key].url for key in expected} == expected
    page_entry = entries[list(expected)[-1]]
    assert (page_entry.kind, page_entry.project) == ("index-page", kind.project)


def test_there_are_sixty_kinds(tmp_path: Path, figure: Figure) -> None:
    assert len(KINDS) >= 60
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    figure(f"{len(KINDS)} kinds of index")


# --- redirects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("location", ["https://moved.example/simple/lib/", "/other/simple/lib/"])
def test_a_page_that_was_redirected_has_its_relative_links_resolved(place: Place, location: str) -> None:
    target = location if "://" in location else f"https://index.example{location}"
    base = target.removesuffix("simple/lib/")
    redirect = place.v2(f"{INDEX}lib/", b"", {**FILE_HEADERS, "Location": location}, status=301)
    page_key = place.v2(target, f'<a href="../../files/{WHEEL}">lib</a>'.encode(), {"Content-Type": "text/html"})
    wheel = place.v2(f"{base}files/{WHEEL}", packages.make_wheel("lib", "1.0"))
    entries = place.entries(index_urls=[INDEX])
    assert entries[f"http-v2:{redirect}"].url == f"{INDEX}lib/"
    assert entries[f"http-v2:{page_key}"].url == target
    assert entries[f"http-v2:{wheel}"].url == f"{base}files/{WHEEL}"


def test_every_project_of_a_flat_page_is_found(place: Place) -> None:
    names = ["lib-1.0-py3-none-any.whl", "lib_extra-1.0-py3-none-any.whl", "tool-1.0-py3-none-any.whl"]
    listed = [Listed(name, f"{FILES}/{name}") for name in names]
    page_key = place.v2("https://flat.example/wheels.html", packages.index_page_html("wheels", listed))
    keys = [place.v2(f"{FILES}/{name}", packages.make_wheel(name.partition("-")[0], "1.0")) for name in names]
    for _ in range(2):
        entries = place.entries()
        assert [entries[f"http-v2:{key}"].url for key in keys] == [file.url for file in listed]
        assert entries[f"http-v2:{page_key}"].project is None


def test_a_page_that_turns_out_to_be_of_several_projects_is_searched_for_all(place: Place) -> None:
    name = "tool-1.0-py3-none-any.whl"
    page_key = place.v2(FLAT_URL, (LIBS + f'<a href="{FILES}/{name}">tool</a>').encode(), {"Content-Type": "text/html"})
    key = place.v2(f"{FILES}/{name}", packages.make_wheel("tool", "1.0"))
    entries = place.entries()
    assert entries[f"http-v2:{key}"].url == f"{FILES}/{name}"
    assert entries[f"http-v2:{page_key}"].project is None


def test_relative_links_are_resolved_once_another_page_shows_the_index(place: Place) -> None:
    host, headers = "https://late.example", {"Content-Type": "text/html"}
    lib = place.v2(f"{host}/simple/lib/", f'<a href="../../packages/{WHEEL}">lib</a>'.encode(), headers)
    place.v2(f"{host}/simple/other/", f'<a href="{host}/packages/other-1.0.tar.gz">other</a>'.encode(), headers)
    wheel = place.v2(f"{host}/packages/{WHEEL}", packages.make_wheel("lib", "1.0"))
    entries = place.entries()
    assert entries[f"http-v2:{lib}"].url == f"{host}/simple/lib/"
    assert entries[f"http-v2:{wheel}"].url == f"{host}/packages/{WHEEL}"
