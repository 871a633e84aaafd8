from __future__ import annotations

import pytest

from pipcache_tui.cache.model import PIP_GOES_BY
from pipcache_tui.cache.pip.cache_keys import cache_key
from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.packages import Listed
from tests.support.cache_root import FILE_HEADERS, FILES, INDEX, Place

HTML = {**FILE_HEADERS, "Content-Type": "text/html"}
JSON = {**FILE_HEADERS, "Content-Type": "application/vnd.pypi.simple.v1+json"}


def files_of(place: Place, project: str, versions: list[str]) -> list[Listed]:
    listed = []
    for version in versions:
        name = packages.wheel_name(project, version)
        wheel = packages.make_wheel(project, version)
        url = f"{FILES}{project}/{version}/{name}"
        place.v2(url, wheel)
        place.v2(url + ".metadata", packages.core_metadata(project, version))
        listed.append(Listed(name, url, sha256="a" * 64))
    return listed


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_page_names_its_files_and_their_metadata(place: Place, form: str) -> None:
    listed = files_of(place, "lib", ["1.0", "2.0"])
    other = [Listed(f"lib-{n}.5-py3-none-any.whl", f"{FILES}x/lib-{n}.5-py3-none-any.whl") for n in range(50)]
    page = packages.index_page_html if form == "html" else packages.index_page_json
    place.v2(f"{INDEX}lib/", page("lib", [*other, *listed]), HTML if form == "html" else JSON)
    entries = place.entries(index_urls=[INDEX]).values()
    assert {entry.url for entry in entries} == {
        f"{INDEX}lib/",
        *(file.url for file in listed),
        *(file.url + ".metadata" for file in listed),
    }
    assert {entry.url_proof for entry in entries} == {"index-page"}
    metadata = next(entry for entry in entries if entry.kind == "metadata" and entry.version == "1.0")
    assert metadata.filename == listed[0].filename + ".metadata"
    assert metadata.tags == ("py3-none-any",)


def test_a_version_that_file_names_write_differently_is_found(place: Place) -> None:
    wheel = packages.make_wheel("lib", "1.0.post1+local.2")
    url = f"{FILES}lib-1.0.post1%2Blocal.2-py3-none-any.whl"
    place.v2(url, wheel)
    odd = f"{FILES}lib-2.tar.gz"
    place.v2(odd, packages.make_sdist("lib", "2.0.0"))
    page = packages.index_page_html("lib", [Listed("a", url.replace("%2B", "+")), Listed("lib-2.tar.gz", odd)])
    place.v2(f"{INDEX}lib/", page, HTML)
    assert {entry.url for entry in place.entries(index_urls=[INDEX]).values()} == {url, odd, f"{INDEX}lib/"}


def test_relative_links_start_from_the_page_or_its_base(place: Place) -> None:
    wheel = packages.make_wheel("lib", "1.0")
    name = packages.wheel_name("lib", "1.0")
    place.v2(f"https://index.example/packages/{name}", wheel)
    place.v2(f"{INDEX}lib/", packages.index_page_html("lib", [Listed(name, f"../../packages/{name}")]), HTML)
    based = packages.make_wheel("based", "1.0")
    based_name = packages.wheel_name("based", "1.0")
    place.v2(f"https://elsewhere.example/f/{based_name}", based)
    page = packages.index_page_html("based", [Listed(based_name, f"f/{based_name}")], base="https://elsewhere.example/")
    place.v2(f"{INDEX}based/", page, HTML)
    named = {entry.url for entry in place.entries(index_urls=[INDEX]).values()}
    assert f"https://index.example/packages/{name}" in named
    assert f"https://elsewhere.example/f/{based_name}" in named
    unnamed = {entry.url for entry in place.entries().values()}
    assert f"https://index.example/packages/{name}" not in unnamed  # no one named the index


def test_the_index_is_guessed_from_the_hosts_seen(place: Place) -> None:
    url = "https://repo.example/artifactory/api/pypi/private/packages/lib-1.0.tar.gz"
    folder = formats.built_wheel_folder(url, ("cp", "311"))
    place.write(f"{folder}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    place.write(f"{folder}/origin.json", formats.origin_json(url))
    place.v2(url, packages.make_sdist("lib", "1.0"))
    page_url = "https://repo.example/artifactory/api/pypi/private/simple/lib/"
    listed = Listed("lib-2.0-py3-none-any.whl", "../../packages/lib-2.0-py3-none-any.whl")
    place.v2(page_url, packages.index_page_html("lib", [listed]), HTML)
    place.v2(
        "https://repo.example/artifactory/api/pypi/private/packages/lib-2.0-py3-none-any.whl",
        packages.make_wheel("lib", "2.0"),
    )
    entries = place.entries().values()
    assert {(entry.kind, entry.url is not None) for entry in entries} == {
        ("built-wheel", True),
        ("sdist", True),
        ("index-page", True),
        ("wheel", True),
    }
    assert next(entry for entry in entries if entry.kind == "sdist").url_proof == "origin"


def test_yanked_files_are_known_from_pages(place: Place) -> None:
    name = packages.wheel_name("lib", "1.0")
    for form, number in (("html", 1), ("json", 2)):
        url = f"{FILES}{number}/{name}"
        place.v2(url, packages.make_wheel("lib", "1.0"))
        page = packages.index_page_html if form == "html" else packages.index_page_json
        listed = [Listed(name, url, yanked="broken <b>"), Listed(name, f"{FILES}9/{name}")]
        place.v2(f"https://index{number}.example/simple/lib/", page("lib", listed), HTML if form == "html" else JSON)
    assert [entry.yanked for entry in place.entries().values() if entry.kind == "wheel"] == ["broken <b>"] * 2


def test_a_file_of_no_known_project_is_named_by_its_url(place: Place) -> None:
    listed = files_of(place, "lib", ["1.0"])
    key = cache_key(listed[0].url)
    (place.path / formats.http_path("http-v2", key, body=True)).unlink()
    place.v2(f"{INDEX}lib/", packages.index_page_html("lib", listed), HTML)
    orphan = place.entries()[f"http-v2:{key}"]
    assert (orphan.kind, orphan.project, orphan.version, orphan.url) == ("orphan", "lib", "1.0", listed[0].url)


def test_a_wrong_guess_gives_no_url(place: Place) -> None:
    place.v2(f"{FILES}secret/lib-1.0.tar.gz", packages.make_sdist("lib", "1.0"))
    place.v2(
        f"{INDEX}lib/",
        packages.index_page_html("lib", [Listed("lib-1.0.tar.gz", f"{FILES}other/lib-1.0.tar.gz")]),
        HTML,
    )
    assert [entry.url for entry in place.entries().values() if entry.kind == "sdist"] == [None]


def test_the_target_of_a_redirect_gets_its_url(place: Place) -> None:
    target = "https://moved.example/files/lib-1.0.tar.gz"
    place.v2(f"{FILES}lib-1.0.tar.gz", b"", {**FILE_HEADERS, "Location": target}, status=301)
    place.v2(target, packages.make_sdist("lib", "1.0"))
    place.v2(f"{INDEX}Lib", b"", {**FILE_HEADERS, "Location": "/simple/lib/"}, status=301)
    urls = {entry.kind: entry.url for entry in place.entries(index_urls=[INDEX]).values()}
    assert urls["sdist"] == target


@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize("key", ["old", "old without hash", "interpreter"])
def test_a_built_wheel_with_no_origin_is_named_by_the_page_of_its_source(place: Place, key: str, form: str) -> None:
    url, digest = f"{FILES}ab/lib-1.0.tar.gz", "a" * 64
    if key == "interpreter":
        folder = formats.built_wheel_folder(url, ("cp", "38"), hash_name="sha256", digest=digest)
    elif key == "old":
        folder = formats.old_built_wheel_folder(url, hash_name="sha256", digest=digest)
    else:
        folder = formats.old_built_wheel_folder(url)
    place.write(f"{folder}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    other = formats.old_built_wheel_folder(url + "?other")
    place.write(f"{other}/lib-1.0-py3-none-any.whl", packages.make_wheel("lib", "1.0"))
    listed = [
        Listed("lib-1.0-py3-none-any.whl", f"{FILES}lib-1.0-py3-none-any.whl", sha256="b" * 64),
        Listed("lib-1.0.tar.gz", url, sha256=digest, yanked="bad build"),
    ]
    page = packages.index_page_html if form == "html" else packages.index_page_json
    place.v2(f"{INDEX}lib/", page("lib", listed), HTML if form == "html" else JSON)
    entries = place.entries(index_urls=[INDEX])
    wheel = entries[f"wheels:{folder.removeprefix('wheels/')}/lib-1.0-py3-none-any.whl"]
    assert (wheel.url, wheel.url_proof, wheel.yanked) == (url, "index-page", "bad build")
    assert wheel.filename == "lib-1.0-py3-none-any.whl"
    assert entries[f"wheels:{other.removeprefix('wheels/')}/lib-1.0-py3-none-any.whl"].url is None


@pytest.mark.parametrize(
    ("form", "later"),
    [
        ("html", "<a href='{}'>x</a>"),
        ("html", "<a href={}>x</a>"),
        ("html", '<a href = "{}">x</a>'),
        ("html", '<a class="x" href="{}#sha256=00">x</a>'),
        ("json", '"url": "{}"'),
        ("json", '"url" : "{}"'),
    ],
)
def test_links_are_found_in_whatever_form_a_page_goes_on(place: Place, form: str, later: str) -> None:
    """The first 16 kB are in the usual way, and what comes behind them is not."""
    usual = ('<a href="{}">x</a>\n' if form == "html" else '{{"filename":"x","url":"{}"}},').format(
        f"{FILES}x-{1:080}.zip"
    )
    url = f"{FILES}lib-1.0.zip"
    key = place.v2(url, b"nothing inside tells")
    title = "<title>Links for lib</title>" if form == "html" else '{"name":"lib","files":['
    text = title + usual * 300 + ("" if form == "html" else "{") + later.format(url) + ("" if form == "html" else "}]}")
    content_type = f"application/vnd.pypi.simple.v1+{form}"
    place.v2(f"{INDEX}lib/", text.encode(), FILE_HEADERS | {"Content-Type": content_type})
    assert place.entries()[f"http-v2:{key}"].url == url


def test_a_link_whose_characters_are_written_by_number(place: Place) -> None:
    url = f"{FILES}lib-1.0.tar.gz"
    key = place.v2(url, packages.make_sdist("lib", "1.0"))
    written = url.replace("/", "&#x2F;").replace(".", "&#46;")
    text = f'<title>Links for lib</title><a href="{written}#sha256=00" title="&#34;&#35;">lib</a>'
    place.v2(f"{INDEX}lib/", text.encode(), FILE_HEADERS | {"Content-Type": "text/html"})
    assert place.entries()[f"http-v2:{key}"].url == url


def test_json_links_are_not_unescaped_as_html(place: Place) -> None:
    url = f"{FILES}lib-1.0.tar.gz?a=1&copy=2&amp=3"
    key = place.v2(url, packages.make_sdist("lib", "1.0"))
    page = packages.index_page_json("lib", [Listed("lib-1.0.tar.gz", url)])
    place.v2(f"{INDEX}lib/", page, FILE_HEADERS | {"Content-Type": "application/vnd.pypi.simple.v1+json"})
    assert place.entries()[f"http-v2:{key}"].url == url


def test_two_lock_files_of_one_process_are_two_entries(place: Place) -> None:
    for name in ("first", "second"):
        place.raw("http", cache_key(name), b"", ".lock/myhost.MainThread-4711")
    ids = {f"http:{cache_key(name)}.lock/myhost.MainThread-4711" for name in ("first", "second")}
    assert {entry.id for entry in place.scan().entries} == ids


def test_tags_and_version_are_those_of_the_file_name_and_a_difference_is_a_problem(place: Place) -> None:
    """pip picks by the name; what WHEEL and METADATA say matters only where nothing else is known."""
    names = {
        "lib-1.0-py3-none-any.whl": (),
        "lib-2.0-py3-none-any.whl": (f"{PIP_GOES_BY}file name: version 2.0, where its metadata says 1.0",),
        "lib-1.0-cp312-cp312-any.whl": (
            f"{PIP_GOES_BY}file name: tags cp312-cp312-any, where its WHEEL says py3-none-any",
        ),
        "lib-1.0.0-py3-none-any.whl": (),  # the same version, spelled otherwise
        "lib-1.0.whl": (),  # pip can't read it, so nothing better is known
    }
    listed = [Listed(name, f"{FILES}lib/{name}") for name in names]
    for file in listed:
        place.v2(file.url, packages.make_wheel("lib", "1.0"))
    place.v2(f"{INDEX}lib/", packages.index_page_html("lib", listed), HTML)
    entries = {entry.filename: entry for entry in place.entries(index_urls=[INDEX]).values() if entry.kind == "wheel"}
    assert {name: entries[name].problems for name in names} == names
    assert entries["lib-2.0-py3-none-any.whl"].version == "2.0"
    assert entries["lib-1.0-cp312-cp312-any.whl"].tags == ("cp312-cp312-any",)
    assert entries["lib-1.0.0-py3-none-any.whl"].version == "1.0"
    assert entries["lib-1.0.whl"].tags == ("py3-none-any",)


@pytest.mark.parametrize("form", ["html", "json"])
@pytest.mark.parametrize(
    ("listed", "inside", "expected", "differs"),
    [
        (">=3.12", ">=3.8", ">=3.12,>=3.8", True),
        (">=3.8", ">=3.8", ">=3.8", False),
        ("!=3.9.*, >=3.8", ">=3.8,!=3.9.*", ">=3.8,!=3.9.*", False),
        (">=3.8", ">=3.8,<4", ">=3.8,<4", False),  # what holds inside holds on the page
        (">=3.8", None, ">=3.8", False),
        (None, ">=3.8", ">=3.8", False),
    ],
)
def test_both_what_the_page_and_what_the_file_requires_of_pythons_hold(
    listed: str | None, inside: str | None, expected: str, differs: bool, form: str, place: Place
) -> None:
    name = "lib-1.0-py3-none-any.whl"
    url = f"{FILES}lib/{name}"
    place.v2(url, packages.make_wheel("lib", "1.0", requires_python=inside))
    others = [Listed(f"lib-{n}.5-py3-none-any.whl", f"{FILES}x/lib-{n}.5.whl", requires_python="<3") for n in range(9)]
    page = packages.index_page_html if form == "html" else packages.index_page_json
    files = [*others, Listed(name, url, sha256="a" * 64, requires_python=listed)]
    place.v2(f"{INDEX}lib/", page("lib", files), HTML if form == "html" else JSON)
    (entry,) = [entry for entry in place.entries(index_urls=[INDEX]).values() if entry.kind == "wheel"]
    assert entry.requires_python == expected
    said = f"{PIP_GOES_BY}index page too: Requires-Python {listed}, where its metadata says {inside}"
    assert entry.problems == ((said,) if differs else ())
