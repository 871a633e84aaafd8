"""What the local index holds at each path: pages (HTML and JSON), files, metadata, redirects."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from pipcache_tui.cache.model import Kind
from tests.interop.packages import File, expand_tags

JSON_PAGE = "application/vnd.pypi.simple.v1+json"
HTML_PAGE = "application/vnd.pypi.simple.v1+html"
OLD_PAGE = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Resource:
    """An answer in full, and what a scan of a cache that holds it should say of it."""

    kind: Kind
    body: bytes
    content_type: str
    status: int = HTTPStatus.OK
    project: str | None = None
    file: File | None = None
    location: str | None = None
    #: how many files a page lists
    links: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_page(self) -> bool:
        """Pages are sent with a short life, compressed and varied; all else is a file."""
        return self.kind in ("index-page", "other")


class Site:
    """Finds the answer to a path. `index_host` and `file_host` begin with a scheme."""

    def __init__(
        self, files: Sequence[File], index_host: str, file_host: str, *, json_pages: bool, naming_headers: bool
    ) -> None:
        self._index_host, self._file_host = index_host, file_host
        self._json_pages, self._naming_headers = json_pages, naming_headers
        self._by_path = {file.path: file for file in files}
        self._projects: dict[str, list[File]] = {}
        for file in files:
            self._projects.setdefault(normalised(file.project), []).append(file)

    def listed_url(self, file: File) -> str:
        return f"{self._index_host}/redirect{file.path}" if file.moved else f"{self._file_host}{file.path}"

    def find(self, path: str, accept: str) -> Resource:
        """What is at a path, of whichever host; a 404 where nothing is."""
        path = path.partition("?")[0]
        if path.startswith("/redirect/"):
            target = path.removeprefix("/redirect")
            return self._redirect(self._file_host + target, self._by_path.get(target.removesuffix(".metadata")))
        if path.startswith("/packages/"):
            return self._file(path)
        if match := re.fullmatch(r"/simple/([^/]+)(/?)", path):
            name = normalised(match[1])
            if name in self._projects and path != f"/simple/{name}/":
                return self._redirect(f"{self._index_host}/simple/{name}/")
            return self._page(name, accept)
        if match := re.fullmatch(r"/pypi/([^/]+)/json", path):
            return self._project_json(match[1])
        return _missing()

    def _redirect(self, location: str, file: File | None = None) -> Resource:
        moved, project = HTTPStatus.MOVED_PERMANENTLY, file.project if file else None
        return Resource("redirect", b"", OLD_PAGE, status=moved, project=project, file=file, location=location)

    def _file(self, path: str) -> Resource:
        file = self._by_path.get(path.removesuffix(".metadata"))
        if file is None:
            return _missing()
        headers = {}
        if self._naming_headers:
            kind = "bdist_wheel" if file.kind == "wheel" else "sdist"
            python = file.tags.partition("-")[0] or "source"
            headers = {
                "x-pypi-file-project": file.project,
                "x-pypi-file-version": file.version,
                "x-pypi-file-package-type": kind,
                "x-pypi-file-python-version": python,
            }
        octets = "application/octet-stream"
        if path.endswith(".metadata"):
            if file.metadata is None:
                return _missing()
            return Resource("metadata", file.metadata, octets, project=file.project, file=file, headers=headers)
        return Resource(file.kind, file.content, octets, project=file.project, file=file, headers=headers)

    def _page(self, project: str, accept: str) -> Resource:
        files = self._projects.get(project)
        if files is None:
            return _missing()
        if self._json_pages and JSON_PAGE in accept:
            content_type, body = JSON_PAGE, self._json_page(project, files)
        else:
            content_type = HTML_PAGE if HTML_PAGE in accept else OLD_PAGE
            body = self._html_page(project, files)
        return Resource("index-page", body, content_type, project=project, links=len(files))

    def _html_page(self, project: str, files: Sequence[File]) -> bytes:
        lines = ["<!DOCTYPE html>", f"<html><head><title>Links for {project}</title></head><body>"]
        for file in files:
            attributes = {"href": f"{self.listed_url(file)}#sha256={file.sha256}"}
            if file.requires_python is not None:
                attributes["data-requires-python"] = file.requires_python
            if file.metadata is not None:
                attributes["data-dist-info-metadata"] = f"sha256={_sha256(file.metadata)}"
                attributes["data-core-metadata"] = f"sha256={_sha256(file.metadata)}"
            if file.yanked is not None:
                attributes["data-yanked"] = file.yanked
            written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
            lines.append(f"<a {written}>{file.filename}</a><br />")
        return "\n".join([*lines, "</body></html>", ""]).encode()

    def _json_page(self, project: str, files: Sequence[File]) -> bytes:
        listed = []
        for file in files:
            metadata: bool | dict[str, str] = False
            if file.metadata is not None:
                metadata = {"sha256": _sha256(file.metadata)}
            listed.append(
                {
                    "filename": file.filename,
                    "url": self.listed_url(file),
                    "hashes": {"sha256": file.sha256},
                    "requires-python": file.requires_python,
                    "yanked": False if file.yanked is None else file.yanked,
                    "core-metadata": metadata,
                    "data-dist-info-metadata": metadata,
                    "size": len(file.content),
                    "upload-time": "2021-06-07T08:09:10.000000Z",
                }
            )
        versions = list(dict.fromkeys(file.version for file in files))
        page = {"meta": {"api-version": "1.1"}, "name": project, "versions": versions, "files": listed}
        return json.dumps(page).encode()

    def _project_json(self, project: str) -> Resource:
        """The older JSON interface, of which pips before 10 ask only pip's own, to see whether it is current."""
        files = self._projects.get(project)
        if files is None:
            return _missing()
        releases = {file.version: [{"filename": file.filename, "url": self.listed_url(file)}] for file in files}
        content = {"info": {"name": project, "version": files[-1].version}, "releases": releases}
        return Resource("other", json.dumps(content).encode(), "application/json", project=project)


@dataclass(frozen=True, slots=True)
class Served:
    """What an address answered, in the words a scan should use for it."""

    url: str
    status: int
    kind: Kind
    project: str | None = None
    version: str | None = None
    tags: tuple[str, ...] = ()
    filename: str | None = None
    sha256: str | None = None
    #: bytes of the body, before any compression in transit
    size: int = 0
    requires_python: str | None = None
    yanked: str | None = None
    #: pages only
    form: Literal["html", "json"] | None = None
    #: pages only: how many files it lists
    links: int = 0
    #: redirects only: where to
    location: str | None = None


def describe(url: str, resource: Resource) -> Served:
    """A resource as a scan should see it."""
    file, page = resource.file, resource.kind == "index-page"
    return Served(
        url=url,
        status=resource.status,
        kind=resource.kind,
        project=None if resource.project is None else normalised(resource.project),
        version=file.version if file else None,
        tags=expand_tags(file.tags) if file else (),
        filename=url.rpartition("/")[2] if file else None,
        sha256=_sha256(resource.body),
        size=len(resource.body),
        requires_python=file.requires_python if file else None,
        yanked=file.yanked if file else None,
        form=("json" if resource.content_type == JSON_PAGE else "html") if page else None,
        links=resource.links,
        location=resource.location,
    )


def normalised(name: str) -> str:
    """A project's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _missing() -> Resource:
    return Resource("other", b"not found\n", "text/plain", status=HTTPStatus.NOT_FOUND)
