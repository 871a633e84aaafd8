"""Responses in the demo cache: files, their metadata, index pages and redirects, in the format of their time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import quote

from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.blob import Blob
from pipcache_tui.demo.projects import GIANT_SHA256, YANKED, Project, Release
from pipcache_tui.demo.writer import DAY, Writer

INDEX = "https://index.example"
FILES = "https://files.index.example"
PRIVATE_INDEX = "https://pkgs.corp.example"
GIANT_INDEX = "https://wheels.example/whl"

#: days ago: pip 23.3 brought http-v2, pip 10 brought cc=4, indexes gained core metadata (PEP 658)
_V2_SINCE, _CC4_SINCE, _CC2_SINCE = 900, 1700, 2000
_METADATA_SINCE = 700
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
_PAGE_VARY = {"Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
_WORDS = (
    *("the", "this", "library", "tool", "which", "reads", "writes", "parses", "fast", "small", "typed", "tested"),
    *("documented", "pure", "Python", "API", "data", "files", "streams", "requests", "errors", "options", "usage"),
    *("example", "changes", "licence", "support", "versions", "of", "in", "for", "with", "and", "to", "a"),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file an index lists, as it was fetched."""

    project: str
    version: str
    listed: packages.Listed
    stored: float


class HttpCache:
    """Adds entries to a root and remembers what the pages have to list."""

    def __init__(self, writer: Writer, *, never_fetched: tuple[int, int] = (3, 25)) -> None:
        """`never_fetched`: how many other files a page lists for each one fetched, from (included) and to."""
        self.writer = writer
        self.never_fetched = never_fetched
        self.fetched: list[Fetched] = []

    # --- one entry --------------------------------------------------------------------------------------------

    def put(self, url: str, response: formats.Stored, stored: float, *, validated: float | None = None) -> list[str]:
        """Store a response as the pip of that day did; `validated` by a later 304. The paths of its files."""
        key = formats.cache_key(url)
        age = (self.writer.now - stored) / DAY
        used = self.writer.some_use_after(validated or stored)
        if age <= _V2_SINCE:
            head, body = (formats.http_path("http-v2", key, body=part) for part in (False, True))
            metadata = formats.encode_cc4(response, inside=False)
            self.writer.write(head, metadata, validated or stored, used)
            self.writer.write(body, response.body, stored, used)
            return [head, body]
        path = formats.http_path("http", key)
        entry: bytes | Blob
        if age <= _CC4_SINCE:
            entry = formats.encode_cc4_blob(response, inside=True, keys=formats.KEYS_TO_23_2)
        else:
            entry = formats.encode_cc2(response) if age <= _CC2_SINCE else formats.encode_cc1(response)
        self.writer.write(path, entry, validated or stored, used)
        return [path]

    def add_redirect(self, url: str, target: str) -> None:
        """A permanent redirect, which pip always follows without asking the server."""
        stored = self.writer.days_ago(self.writer.chance.randrange(20, 800))
        headers = {"Date": formats.http_date(stored), "Location": target, "Content-Length": "0"}
        response = formats.Stored(headers, status=301, reason="Moved Permanently")
        self.put(url, response, stored)

    # --- files ------------------------------------------------------------------------------------------------

    def add_public(self, project: Project) -> None:
        """All releases, under URLs made of the content's own hash."""
        for release in project.releases:
            for tags in release.wheels:
                metadata = self._metadata(project, release)
                # few sizes a project: what is padded alike is hashed once
                padding = int(project.wheel_size * (0.93 if release.days_ago > 600 else 1))
                body = packages.make_wheel_blob(project.name, release.version, tags, metadata=metadata, padding=padding)
                filename = packages.wheel_name(project.name, release.version, tags)
                self._add_public_file(project, release, filename, body, metadata)
            for form in release.sdists:
                metadata = self._metadata(project, release)
                noise = self.writer.chance.randbytes(self.writer.chance.randrange(9_000, 300_000))
                sdist = packages.make_sdist(
                    project.name, release.version, form, metadata=metadata, files={"tests/data.bin": noise}
                )
                filename = packages.sdist_name(project.name, release.version, form)
                self._add_public_file(project, release, filename, Blob((sdist,)), metadata)

    def _add_public_file(self, project: Project, release: Release, filename: str, body: Blob, metadata: bytes) -> None:
        content = body.hex_digest("blake2b-256")
        url = f"{FILES}/packages/{content[:2]}/{content[2:4]}/{content[4:]}/{quote(filename)}"
        stored = self.writer.days_ago(release.days_ago)
        is_wheel = filename.endswith(".whl")
        headers = _file_headers(stored, body.size, "binary/octet-stream" if is_wheel else "application/x-tar")
        headers |= {
            "x-pypi-file-python-version": filename.split("-")[-3] if is_wheel else "source",
            "x-pypi-file-version": release.version,
            "x-pypi-file-package-type": "bdist_wheel" if is_wheel else "sdist",
            "x-pypi-file-project": project.name,
        }
        self.put(url, formats.Stored(headers, body, vary={}), stored)
        has_metadata = is_wheel and release.days_ago <= _METADATA_SINCE
        listed = packages.Listed(
            filename,
            url,
            sha256=body.hex_digest("sha256"),
            size=body.size,
            requires_python=project.requires_python,
            yanked=YANKED.get((project.name, release.version)),
            metadata_sha256=hashlib.sha256(metadata).hexdigest() if has_metadata else None,
            upload_time=_upload_time(stored - 20 * DAY),
        )
        self.fetched.append(Fetched(project.name, release.version, listed, stored))
        if has_metadata:
            described = formats.Stored(_file_headers(stored, len(metadata), "binary/octet-stream"), metadata)
            self.put(url + ".metadata", described, stored)

    def add_private(self, project: Project) -> None:
        """A company's own index: plain paths, relative links, short lives, no ETag on files."""
        links = []
        for release in project.releases:
            (tags,) = release.wheels
            filename = packages.wheel_name(project.name, release.version, tags)
            body = packages.make_wheel_blob(
                project.name,
                release.version,
                tags,
                metadata=self._metadata(project, release),
                padding=project.wheel_size,
            )
            stored = self.writer.days_ago(release.days_ago)
            headers = {
                "Server": "index/2",
                "Date": formats.http_date(stored),
                "content-type": "application/octet-stream",
                "cache-control": "max-age=3600",
                "last-modified": formats.http_date(stored - DAY),
            }
            self.put(f"{PRIVATE_INDEX}/files/{filename}", formats.Stored(headers, body), stored)
            links.append(packages.Listed(filename, f"../../files/{filename}", sha256=body.hex_digest("sha256")))
        stored = self.writer.days_ago(min(release.days_ago for release in project.releases))
        headers = {
            "Date": formats.http_date(stored),
            "Content-Type": "text/html; charset=utf-8",
            "ETag": f'W/"{self.writer.chance.randrange(1 << 32):x}"',
        }
        page = packages.index_page_html(project.name, links)
        self.put(f"{PRIVATE_INDEX}/simple/{project.name}/", formats.Stored(headers, page), stored)

    def add_giant(self, project: Project) -> None:
        """Files of gigabytes on an index of their own, which lists them without hashes."""
        (release,) = project.releases
        (tags,) = release.wheels
        filename = packages.wheel_name(project.name, release.version, tags)
        body = packages.make_wheel_blob(
            project.name,
            release.version,
            tags,
            metadata=self._metadata(project, release),
            padding=project.wheel_size,
            padding_sha256=GIANT_SHA256[project.wheel_size],
        )
        url = f"{GIANT_INDEX}/{project.name}/{quote(filename)}"
        stored = self.writer.days_ago(release.days_ago)
        self.put(url, formats.Stored(_file_headers(stored, body.size, "binary/octet-stream"), body), stored)
        listed = packages.Listed(filename, url)
        self.fetched.append(Fetched(project.name, release.version, listed, stored))

    def _metadata(self, project: Project, release: Release) -> bytes:
        words = self.writer.chance.choices(_WORDS, k=self.writer.chance.randrange(100, 700))
        return packages.core_metadata(
            project.name,
            release.version,
            requires_python=project.requires_python,
            summary=" ".join(words[:7]),
            description=" ".join(words),
        )

    # --- index pages ------------------------------------------------------------------------------------------

    def add_pages(self) -> None:
        """A page for each project that was fetched, and for what was fetched long ago an old one as well."""
        by_project: dict[str, list[Fetched]] = {}
        for file in self.fetched:
            by_project.setdefault(file.project, []).append(file)
        for number, (project, files) in enumerate(by_project.items()):
            if project == "idna":
                continue  # so that its URLs can only be proven by hashing what was fetched
            oldest = min(file.stored for file in files)
            if self.writer.now - oldest > _CC4_SINCE * DAY or number % 4 == 0:
                old = [file for file in files if file.stored - oldest < 200 * DAY]
                last = max(file.stored for file in old)
                if self.writer.now - last > _V2_SINCE * DAY:
                    self._add_page(project, old, last, form="html")
            stored = max(file.stored for file in files)
            # the best known ones were asked for again since, one a moment ago
            validated = self.writer.now - 200.0 if project == "numpy" else None
            if validated is None and number % 3 == 0:
                validated = stored + (self.writer.now - stored) * self.writer.chance.random()
            if self.writer.now - stored <= _V2_SINCE * DAY:
                form = "html" if number % 5 == 0 else "json"
                self._add_page(project, files, stored, form=form, validated=validated)

    def _add_page(
        self, project: str, files: list[Fetched], stored: float, *, form: str, validated: float | None = None
    ) -> None:
        giant = files[0].listed.url.startswith(GIANT_INDEX)
        listed = [] if giant else self._never_fetched(project, len(files))
        listed += [file.listed for file in files]
        if form == "json":
            versions = list(dict.fromkeys(file.version for file in files))
            page = packages.index_page_json(project, listed, versions=versions)
            content_type = "application/vnd.pypi.simple.v1+json"
        else:
            page = packages.index_page_html(project, listed)
            content_type = "text/html; charset=UTF-8"
        headers = {
            "Date": formats.http_date(validated or stored),
            "Content-Type": content_type,
            "ETag": f'"{hashlib.blake2b(page, digest_size=16).hexdigest()}"',
            "Cache-Control": "max-age=600, public",
            "Vary": "Accept, Accept-Encoding",
        }
        if self.writer.chance.random() < 0.5:
            page = packages.gzipped(page)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(page))
        base = f"{GIANT_INDEX}/simple" if giant else f"{INDEX}/simple"
        response = formats.Stored(headers, page, vary=_PAGE_VARY)
        self.put(f"{base}/{project}/", response, stored, validated=validated)

    def _never_fetched(self, project: str, factor: int) -> list[packages.Listed]:
        """The other files of a project's page, as on any index: most of what is listed nobody fetched."""
        chance = self.writer.chance
        listed = []
        for number in range(chance.randrange(*self.never_fetched) * factor):
            digest = chance.randbytes(32).hex()
            filename = packages.sdist_name(packages.file_name_part(project), f"0.{number}")
            listed.append(
                packages.Listed(
                    filename,
                    f"{FILES}/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{filename}",
                    sha256=chance.randbytes(32).hex(),
                    size=chance.randrange(5_000, 900_000),
                    upload_time=_upload_time(self.writer.now - chance.uniform(2000, 3000) * DAY),
                )
            )
        return listed


def _file_headers(stored: float, size: int, content_type: str) -> dict[str, str]:
    digest = hashlib.blake2b(f"{stored} {size}".encode(), digest_size=16).hexdigest()
    return {
        "Connection": "keep-alive",
        "Content-Length": str(size),
        "Content-Type": content_type,
        "ETag": f'"{digest}"',
        "Last-Modified": formats.http_date(stored - 20 * DAY),
        "Cache-Control": "max-age=365000000, immutable, public",
        "Accept-Ranges": "bytes",
        "Date": formats.http_date(stored),
    }


def _upload_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
