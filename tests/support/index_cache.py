"""A made cache of an index: projects whose pages and files are, or are not, in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.releases import generation_of
from pipcache_tui.demo.formats import built_wheel_folder, origin_json
from pipcache_tui.demo.packages import (
    Listed,
    core_metadata,
    index_page_html,
    index_page_json,
    make_sdist,
    make_wheel,
    sdist_name,
    wheel_name,
)
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.resolve.check import CheckReport, Result, check
from pipcache_tui.resolve.check_input import CheckInput
from pipcache_tui.resolve.inputs.requirements import InstallOptions, parse_requirement
from pipcache_tui.resolve.inputs.requirements_file import read_requirements
from tests.support.cache_root import DATE, FILE_HEADERS, INDEX, Place

NOW = 1_795_232_400.0  # 2026-11-21T03:40:00Z, forty minutes behind DATE
FILES = "https://files.index.example/packages/"
EXPIRED = {**FILE_HEADERS, "Cache-Control": "max-age=60"}
GONE = {"Date": DATE, "Cache-Control": "max-age=60"}
TAGS = ("cp312-cp312-linux_x86_64", "cp312-abi3-linux_x86_64", "py3-none-linux_x86_64", "py3-none-any")


def make_python(version: str = "3.12.1", tags: Sequence[str] = TAGS, **fields: str) -> Python:
    name = version.rpartition(".")[0]
    digits = name.replace(".", "")
    implementation = fields.get("implementation", "cpython")
    return Python(
        f"/usr/bin/python{name}",
        version,
        implementation,
        name,
        frozenset(tags),
        "25.3",
        "/usr",
        "cp",
        digits,
        tuple(tags),
    )


PYTHON = make_python()


@dataclass
class Shop:
    """An index with a page a project, and the cache of a pip that asked for some of it."""

    place: Place
    #: whose stores are filled
    pip: str = "25.3"
    listed: dict[str, list[Listed]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)

    def wheel(
        self,
        project: str,
        version: str,
        tags: str = "py3-none-any",
        *,
        requires: Sequence[str] = (),
        extras: Sequence[str] = (),
        inside_python: str | None = None,
        build: str = "",
        beside: bool = False,
        inside: tuple[str, str] | None = None,
        **listing: object,
    ) -> str:
        """Lists a wheel; gives its file name. `beside`: its metadata is served too; `inside`: name, version in it."""
        metadata = core_metadata(*(inside or (project, version)), requires_python=inside_python, requires=requires)
        metadata += "".join(f"Provides-Extra: {each}\n" for each in extras).encode()
        name = wheel_name(project, version, tags)
        if build:
            name = name.replace(f"-{version}-", f"-{version}-{build}-")
        body = make_wheel(project, version, tags, metadata=metadata)
        if beside:
            self.contents[f"{name}.metadata"] = metadata
            listing.setdefault("metadata_sha256", hashlib.sha256(metadata).hexdigest())
        return self._list(project, name, body, listing)

    def sdist(self, project: str, version: str, *, content: bytes | None = None, **listing: object) -> str:
        return self._list(project, sdist_name(project, version), content or make_sdist(project, version), listing)

    def _list(self, project: str, name: str, body: bytes, listing: Mapping[str, object]) -> str:
        digest = hashlib.sha256(body).hexdigest()
        listed = Listed(name, FILES + name, **{"sha256": digest, "size": len(body), **listing})  # type: ignore[arg-type]
        self.listed.setdefault(project, []).append(listed)
        self.contents[name] = body
        return name

    def sha256(self, name: str) -> str:
        return hashlib.sha256(self.contents[name]).hexdigest()

    def keep(self, *names: str, headers: Mapping[str, str] = FILE_HEADERS) -> None:
        """Files (or their ".metadata") are in the cache."""
        for name in names:
            self.put(FILES + name, self.contents[name], headers)

    def keep_pages(
        self, *projects: str, form: str | None = None, index: str = INDEX, life: str = "max-age=600"
    ) -> None:
        """The pages of these projects, else of all, are in the cache as they are now; JSON where the pip reads it."""
        form = form or ("json" if "json" in generation_of(self.pip).page_accept else "html")
        for project in projects or tuple(self.listed):
            listed = self.listed.get(project, [])
            page = index_page_json(project, listed) if form == "json" else index_page_html(project, listed)
            kind = "application/vnd.pypi.simple.v1+json" if form == "json" else "text/html"
            headers = {"Date": DATE, "ETag": '"page"', "Cache-Control": life, "Content-Type": kind}
            self.put(f"{index}{project}/", page, headers)

    def keep_built(self, source: str, wheel: str, *, interpreter: tuple[str, str] = ("cp", "312")) -> None:
        """A wheel built from a source archive; both are named as files of the index."""
        url, digest = FILES + source, self.sha256(source)
        folder = built_wheel_folder(url, interpreter, hash_name="sha256", digest=digest)
        project, version = wheel.split("-")[:2]
        self.place.write(f"{folder}/{wheel}", make_wheel(project, version, wheel.removesuffix(".whl").split("-", 2)[2]))
        self.place.write(f"{folder}/origin.json", origin_json(url, hashes={"sha256": digest}))

    def put(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """An answer is in the cache."""
        put = self.place.v2 if "http-v2" in generation_of(self.pip).stores else self.place.v1
        put(url, body, headers)

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self.place.scan(index_urls=[INDEX]).entries)

    def ask(
        self,
        *requirements: str,
        python: Python = PYTHON,
        pip: str | None = None,
        options: InstallOptions | None = None,
        dependencies: bool = True,
        constraints: Sequence[str] = (),
    ) -> CheckReport:
        """Check requirements as they stand on a command line."""
        ask = CheckInput(options or InstallOptions((INDEX.rstrip("/"),)), dependencies=dependencies)
        ask.requirements += [parse_requirement(text, "on the command line") for text in requirements]
        ask.constraints += [parse_requirement(text, "constraints.txt line 1") for text in constraints]
        return check(ask, self.entries(), os.fspath(self.place.path), python, pip or self.pip, NOW)

    def check_lines(self, *lines: str, pip: str = "25.3") -> list[tuple[str, str | None]]:
        """(verdict, file name) of each result for a requirements file of these lines."""
        path = self.place.path / "requirements.txt"
        path.write_text("\n".join(lines))
        found = read_requirements(str(path), InstallOptions((INDEX.rstrip("/"),)))
        check_input = CheckInput(found.options, found.requirements, found.constraints)
        report = check(check_input, self.entries(), os.fspath(self.place.path), PYTHON, pip, NOW)
        return [(result.verdict, result.outcome.filename) for result in report.results]

    def one(self, requirement: str, **how: object) -> Result:
        """The answer for the requirement alone."""
        return self.ask(requirement, **how).results[0]  # type: ignore[arg-type]


def make_shop(path: Path, pip: str = "25.3") -> Shop:
    return Shop(Place(path), pip)
