"""Requirement sets on what is odd: pages, file names, metadata, hashes, URLs, constraints, pip's settings.

Each has a project of its own, so that all can share one index and one cache. pip is asked each alone: many stop it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from tests.interop.index_server import IndexServer
from tests.interop.packages import File, metadata_text, sdist, wheel, zip_bytes
from tests.interop.pages import JSON_PAGE, Resource, Site

FILE_HOST = "https://files.index.example"
ZEROS = "0" * 64


@dataclass(slots=True)
class OddSet:
    """`fetched`: files that are in the cache before; `page`: what the index sends for the project, and as what."""

    name: str
    files: list[File]
    lines: list[str] = field(default_factory=list)
    page: tuple[bytes, str] | None = None
    fetched: list[File] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)


class OddSite(Site):
    """An index that sends some pages as they are given."""

    def __init__(self, server: IndexServer, sets: Sequence[OddSet]) -> None:
        files = [file for each in sets for file in each.files]
        super().__init__(files, server.index_host, server.file_host, json_pages=True, naming_headers=False)
        self._given = {f"/simple/{each.name}/": each.page for each in sets if each.page}

    def find(self, path: str, accept: str) -> Resource:
        given = self._given.get(path)
        return Resource("index-page", *given) if given else super().find(unquote(path), accept)


def url_of(file: File) -> str:
    return FILE_HOST + file.path


def odd_sets(seed: int) -> Iterator[OddSet]:
    """All of them; the same for the same seed."""
    for number in range(44):
        yield _html_set(f"html{number:02}", random.Random(f"{seed} html {number}"))
    for number in range(26):
        yield _json_set(f"json{number:02}", random.Random(f"{seed} json {number}"))
    yield from _file_name_sets()
    yield from _metadata_sets()
    yield from _hash_sets()
    yield from _direct_sets()
    yield from _setting_sets()


# --- pages ----------------------------------------------------------------------------------------------------

#: an anchor of an HTML page: {url}, {hash}, {name}, {other} (the URL of another version)
_ANCHORS = (
    *('<a href="{url}#sha256={hash}">x</a>',) * 6,
    '<a href="{url}">x</a>',
    '<!-- <a href="{url}">x</a> -->',
    '<script><a href="{url}">x</a></script>',
    '<style><a href="{url}">x</a></style>',
    '<a href="  {url}\n">x</a>',
    '<a href="{other}" href="{url}">x</a>',
    "<A HREF={url}>x</A>",
    "<a href='{url}' data-yanked>x</a>",
    '<a href="{url}" data-yanked="">x</a>',
    '<a href="{url}" data-yanked="broken">x</a>',
    '<a href="{url}" title="data-yanked=\'x\'">x</a>',
    '<a href="{url}" data-requires-python=&gt;=3.99>x</a>',
    '<a href="{url}" data-requires-python="&gt;=3.99">x</a>',
    '<a href="{url}" data-requires-python="&gt;=3.6">x</a>',
    '<a href="{url}" data-requires-python="nonsense">x</a>',
    '<a href="{url}" title="data-requires-python=\'>=3.99\'">x</a>',
    '<a href="{url}#egg={name}">x</a>',
    '<a href="{url}#egg={name}-9.0">x</a>',
    '<a href="{url}#sha256=' + ZEROS + '">x</a>',
    '<a href="{url}#md5={md5}">x</a>',
    '<abbr href="{url}">x</abbr>',
    '<a href="{escaped}">x</a>',
    '<a href="{url}" data-core-metadata="true">x</a>',
    '<a href="{url}" data-dist-info-metadata="sha256={metadata}">x</a>',
    '<a href="{url}" data-core-metadata="sha256=' + ZEROS + '">x</a>',
    '<base href="https://other.example/"><a href="{url}">x</a>',
)
_TYPES = (*("text/html",) * 9, "text/html; charset=latin-1", "application/vnd.pypi.simple.v1+html")
_IGNORED_TYPES = ("text/plain", "application/xhtml+xml", "application/json", "application/vnd.pypi.simple.v2+json")


def _releases(name: str) -> list[File]:
    return [wheel(name, version, "py3-none-any") for version in ("1.0", "2.0", "3.0")]


def _requirement(name: str, chance: random.Random) -> str:
    return name + chance.choice(("", "", "", ">=1", "<3", "==2.0", "==3.0", "!=3.0"))


def _html_set(name: str, chance: random.Random) -> OddSet:
    files = _releases(name)
    anchors = []
    for place, file in enumerate(files):
        anchors.append(
            chance.choice(_ANCHORS).format(
                url=url_of(file),
                other=url_of(files[place - 1]),
                hash=file.sha256,
                md5=hashlib.md5(file.content).hexdigest(),
                metadata=hashlib.sha256(file.metadata or b"").hexdigest(),
                escaped=url_of(file).replace("-", "&#45;"),
                name=name,
            )
        )
    chance.shuffle(anchors)
    content_type = chance.choice(_IGNORED_TYPES if chance.random() < 0.08 else _TYPES)
    page = "<!DOCTYPE html><html><body>\n" + "\n".join(anchors) + "</body></html>"
    fetched = chance.sample(files, chance.randint(0, 3))
    return OddSet(name, files, [_requirement(name, chance)], (page.encode(), content_type), fetched)


def _json_set(name: str, chance: random.Random) -> OddSet:
    files = _releases(name)
    listed = []
    for file in files:
        metadata = hashlib.sha256(file.metadata or b"").hexdigest()
        options = {
            "filename": chance.choice((file.filename, file.filename, f"{name}-9.0-py3-none-any.whl")),
            "hashes": chance.choice(
                (
                    *({"sha256": file.sha256},) * 4,
                    {},
                    {"sha256": ZEROS},
                    {"sha512": hashlib.sha512(file.content).hexdigest()},
                    {"md5": hashlib.md5(file.content).hexdigest(), "sha256": file.sha256},
                )
            ),
            "requires-python": chance.choice((None, None, ">=3.6", ">=3.99", "nonsense")),
            "yanked": chance.choice((False, False, False, True, "", "broken", None)),
            "core-metadata": chance.choice(
                (False, None, True, {"sha256": metadata}, {}, {"sha256": ZEROS}, {"x": "1"})
            ),
        }
        kept = {key: value for key, value in options.items() if chance.random() < 0.6}
        listed.append({"url": url_of(file), "filename": file.filename, "hashes": {}, **kept})
    chance.shuffle(listed)
    content_type = chance.choice(_IGNORED_TYPES) if chance.random() < 0.12 else JSON_PAGE
    page = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": listed}).encode()
    fetched = chance.sample(files, chance.randint(0, 3))
    return OddSet(name, files, [_requirement(name, chance)], (page, content_type), fetched)


#: file names of version 2.0 of a project, with the version that its METADATA has
_FILE_NAMES = (
    *(("{name}-2.0_post1-py3-none-any.whl", "2.0.post1"), ("{name}-2.0.post1-py3-none-any.whl", "2.0.post1")),
    *(("{name}-1!0.1-py3-none-any.whl", "1!0.1"), ("{name}-2.0+local-py3-none-any.whl", "2.0+local")),
    *(("{upper}-2.0-py3-none-any.whl", "2.0"), ("{name}-2.0-1-py3-none-any.whl", "2.0")),
    *(("{name}-2.0-1b-py3-none-any.whl", "2.0"), ("{name}-2.0-b-py3-none-any.whl", "2.0")),
    *(("{name}-2.0-PY3-none-any.whl", "2.0"), ("{name}-2.0-py3-none-any.WHL", "2.0")),
    *(("{name}-bad-py3-none-any.whl", "2.0"), ("{name}_x-2.0-py3-none-any.whl", "2.0")),
    *(("{name}-2.0-py2-none-any.whl", "2.0"), ("{name}-2.0-cp27-none-win32.whl", "2.0")),
    *(("{upper}-2.0-1.tar.gz", "2.0.post1"), ("{name}-2.0.tar.gz", "2.0"), ("{name}-2.0.TAR.GZ", "2.0")),
    *(("{name}-2.0.egg", "2.0"), ("{name}-2.0-py2.7.tar.gz", "2.0"), ("{name}-new.tar.gz", "2.0")),
    *(("{name}-2.0.macosx10.zip", "2.0"), ("{name}.tar.gz", "2.0"), ("{name}-2.0.tgz", "2.0")),
)


def _file_name_sets() -> Iterator[OddSet]:
    for number, (pattern, version) in enumerate(_FILE_NAMES):
        name = f"named{number:02}"
        filename = pattern.format(name=name, upper=name.title())
        is_wheel = filename.lower().endswith(".whl")
        odd = wheel(name, version, "py3-none-any") if is_wheel else sdist(name, version, backend=True)
        odd = dataclasses.replace(odd, filename=filename)
        yield OddSet(name, [wheel(name, "1.0"), odd], [name], fetched=[wheel(name, "1.0"), odd])


# --- metadata -------------------------------------------------------------------------------------------------


def _with_metadata(project: str, version: str, text: str, *, listed: bool) -> File:
    """A wheel whose METADATA is `text`; `listed`: the index serves it beside the wheel too."""
    file = wheel(project, version)
    info = f"{project}-{version}.dist-info"
    wheel_text = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"
    members = {f"{project}.py": b"", f"{info}/METADATA": text.encode(), f"{info}/WHEEL": wheel_text.encode()}
    record = "".join(f"{name},,\n" for name in [*members, f"{info}/RECORD"])
    content = zip_bytes({**members, f"{info}/RECORD": record.encode()})
    return dataclasses.replace(file, content=content, metadata=text.encode() if listed else None)


_METADATA = (
    *("Name: {name}\nVersion: not a version\n", "Name: {name}\nVersion: 2.5\n", "Name: other\nVersion: 2.0\n"),
    *("Name: {name}\nVersion: 2.0.0\n", "Name: {name}\n", "Name: {title}\nVersion: v2.0\n"),
    "Name: {name}\nVersion: 2.0\nRequires-Dist: foo >=*bar\n",
    "Name: {name}\nVersion: 2.0\nRequires-Dist: foo >=*bar; python_version < '3'\n",
    "Name: {name}\nVersion: 2.0\nRequires-Python: >=3.99\n",
    "Name: {name}\nVersion: 2.0\nRequires-Python: nonsense\n",
    "Name: {name}\nVersion: 2.0\nRequires-Python: <4\n",
)


def _metadata_sets() -> Iterator[OddSet]:
    for listed in (True, False):
        for number, text in enumerate(_METADATA):
            name = f"meta{'listed' if listed else 'alone'}{number:02}"
            text = "Metadata-Version: 2.1\n" + text.format(name=name, title=name.title())
            good = _with_metadata(name, "1.0", metadata_text(name, "1.0"), listed=listed)
            files = [good, _with_metadata(name, "2.0", text, listed=listed)]
            yield OddSet(name, files, [name], fetched=files)


# --- hashes ---------------------------------------------------------------------------------------------------


def _hash_sets() -> Iterator[OddSet]:
    def option(file: File, algorithm: str = "sha256") -> str:
        return f"--hash={algorithm}:{hashlib.new(algorithm, file.content).hexdigest()}"

    def page(file: File, **hashes: str) -> tuple[bytes, str]:
        return json.dumps({"files": [{"url": url_of(file), "hashes": hashes}]}).encode(), JSON_PAGE

    wrong = f"--hash=sha256:{ZEROS}"
    for number in range(24):
        name = f"hash{number:02}"
        file = wheel(name, "1.0")
        pinned, good = f"{name}==1.0", option(file)
        made = OddSet(name, [file], fetched=[file])
        made.lines = [
            [f"{pinned} {option(file, 'sha512')}"],
            [f"{pinned} {option(file, 'sha384')}"],
            [f"{pinned} --hash=sha512:{ZEROS * 2}"],
            [f"{pinned} {good}"],
            [f"{pinned} {wrong}"],
            [f"{pinned} {wrong} {good}"],
            [f"{pinned} {wrong} {option(file, 'sha512')}"],
            [f"{name} {good}"],
            [f"{name}>=1 {good}"],
            [pinned, f"absent==1.0 ; python_version < '3' {wrong}"],
            [pinned, f"{name}>=1 {good}"],
            [f"{pinned} {good}", f"{name}>=1"],
            [f"{pinned} {good}", f"{name}>=1 {wrong}"],
            ["--require-hashes", pinned],
            ["--require-hashes", f"{pinned} {good}"],
            [f"{name}==1.* {good}"],
            [f"{pinned} {good.upper().replace('--HASH=SHA256', '--hash=sha256')}"],
        ][number % 17]
        if number >= 17:
            made.page = page(file, **({} if number % 2 else {"md5": hashlib.md5(file.content).hexdigest()}))
        yield made
    for number, (lines, constraints) in enumerate(
        (
            (["{name}==1.0"], ["{name} {good}"]),
            (["{name}"], ["{name} {good}"]),
            (["{name}"], ["{name}==1.0 {wrong}"]),
            (["{name}==1.0"], ["absent {good}"]),
            (["{name}==1.0 {good}"], ["{name}<2"]),
        )
    ):
        name = f"limit{number:02}"
        file = wheel(name, "1.0")
        words = {"name": name, "good": option(file), "wrong": wrong}
        yield OddSet(
            name,
            [file],
            [line.format(**words) for line in lines],
            fetched=[file],
            constraints=[line.format(**words) for line in constraints],
        )
    source = sdist("hashsource", "1.0", backend=True)
    yield OddSet("hashsource", [source], [f"hashsource==1.0 {option(source, 'sha512')}"], fetched=[source])


# --- URLs and constraints -------------------------------------------------------------------------------------


def _direct_sets() -> Iterator[OddSet]:
    cases: tuple[tuple[list[str], list[str]], ...] = (
        (["{name} @ {url}"], []),
        (["{url}"], []),
        (["other @ {url}"], []),
        (["{name} @ {url}", "{name}>=2"], []),
        (["{name} @ {url}", "{name}>=1"], []),
        (["{name} @ {url}"], ["{name}>=2"]),
        (["{name} @ {url}"], ["{name}<2"]),
        (["{name} @ {url}#sha256={hash}"], []),
        (["{name} @ {url}#sha256=" + ZEROS], []),
        (["{name} @ {url}#sha256={hash}", "{name}==1.0"], []),
        (["{name} @ {url} ; python_version < '3'"], []),
        (["{name}"], ["{name}[extra]<2"]),
        (["{name}"], ["{name}[extra]<2 ; python_version < '3'"]),
        (["{name}"], ["{name}<2"]),
        (["{name}"], ["{name}<2 ; python_version < '3'"]),
        (["{name}"], ["{name}<1"]),
        (["{name} @ {foreign}"], []),
        (["{name}<2", "{name}>1.5"], []),
        (["--require-hashes", "{name} @ {url}#sha256={hash}"], []),
        (["--require-hashes", "{name} @ {url}"], []),
        (["{name} @ {source}"], []),
        (["other @ {source}"], []),
        (["{name} @ {source}#sha256=" + ZEROS], []),
        (["{name} @ {source}", "{name}>=2"], []),
    )
    for number, (lines, constraints) in enumerate(cases):
        name = f"direct{number:02}"
        good, newer, foreign = wheel(name, "1.0"), wheel(name, "2.0"), wheel(name, "1.0", "cp27-none-win32")
        source = sdist(name, "1.0", backend=True)
        words = {"name": name, "url": url_of(good), "hash": good.sha256, "foreign": url_of(foreign)}
        words["source"] = url_of(source)
        files = [good, newer, foreign, source]
        made = OddSet(name, files, [line.format(**words) for line in lines], fetched=files)
        made.constraints = [line.format(**words) for line in constraints]
        yield made


# --- pip's settings -------------------------------------------------------------------------------------------


def _setting_sets() -> Iterator[OddSet]:
    cases: tuple[dict[str, str], ...] = (
        *({"PIP_NO_DEPS": "1"}, {"PIP_NO_DEPS": "0"}, {"PIP_IGNORE_REQUIRES_PYTHON": "1"}, {"PIP_PRE": "1"}),
        *({"PIP_ONLY_BINARY": ":all:"}, {"PIP_NO_BINARY": ":all:"}, {"PIP_PREFER_BINARY": "1"}),
        *({"PIP_REQUIRE_HASHES": "1"}, {"PIP_UPLOADED_PRIOR_TO": "2020-01-01"}, {"PIP_NO_INDEX": "1"}),
        *({"PIP_UPLOADED_PRIOR_TO": "P7D"}, {"PIP_ALL_RELEASES": ":all:"}, {"PIP_ONLY_FINAL": ":all:"}),
    )
    for number, environ in enumerate(cases):
        name = f"setting{number:02}"
        needed = wheel(f"{name}need", "1.0")
        files = [
            wheel(name, "1.0", requires=[needed.project]),
            sdist(name, "1.5", backend=True),
            wheel(name, "2.0", requires_python=">=3.99"),
            wheel(name, "3.0rc1"),
        ]
        yield OddSet(name, [*files, needed], [name], fetched=[files[0], needed], environ=environ)
