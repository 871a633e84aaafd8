"""Entries as plain tuples of text, bytes and numbers: how they travel between processes and how they are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from pipcache_tui.cache.model import STAMP_BYTES, Detail, Entry, Files, IndexPage, Origin, Response, SelfCheck

Record: TypeAlias = tuple[Any, ...]

#: to be raised whenever what a record holds, or what is read into it, changes
VERSION = 6

#: where in a record the path of the first file stands, and the stamps of all
PATH, STAMPS = 2, 4

_DETAILS: dict[str, Callable[..., Detail]] = {"page": IndexPage, "origin": Origin, "selfcheck": SelfCheck}


def to_record(entry: Entry) -> Record:
    """All of an entry but its root."""
    _, store, kind, files, *told, response, detail, problems = entry
    return (
        store,
        kind,
        files.path,
        files.beside,
        files.stamps,
        *told,
        None if response is None else tuple(response),
        None if detail is None else _detail_record(detail),
        problems,
    )


def _detail_record(detail: Detail) -> Record:
    if isinstance(detail, IndexPage):
        return ("page", detail.files, detail.form)
    if isinstance(detail, Origin):
        return (
            "origin",
            detail.url,
            detail.hashes,
            detail.subdirectory,
            detail.vcs,
            detail.commit,
            detail.is_folder,
        )
    return ("selfcheck", detail.prefix, detail.last_check, detail.pypi_version)


class Reader:
    """Makes entries of records. Values that many entries share are kept once: memory is what limits a big cache."""

    def __init__(self) -> None:
        self._shared: dict[Any, Any] = {}

    def recalled(self, root: str, record: Record, path: str, stamps: bytes) -> Entry:
        """The entry of a record that lacks path and stamps. Raises as `entry` does."""
        if len(stamps) != STAMP_BYTES * (1 + len(record[PATH + 1])):
            raise ValueError("not as many stamps as files")
        return self.entry(root, (*record[:PATH], path, record[PATH + 1], stamps, *record[STAMPS + 1 :]))

    def entry(self, root: str, record: Record) -> Entry:
        """The entry of a record that `to_record` made; anything else raises TypeError or ValueError."""
        share: Callable[[Any, Any], Any] = self._shared.setdefault
        (
            store,
            kind,
            path,
            beside,
            stamps,
            project,
            version,
            tags,
            filename,
            requires,
            url,
            proof,
            yanked,
            response,
            detail,
            problems,
        ) = record
        return Entry(
            root,
            store,
            kind,
            Files(path, share(beside, beside), stamps),
            share(project, project),
            share(version, version),
            share(tags, tags),
            filename,
            share(requires, requires),
            url,
            proof,
            yanked,
            None if response is None else self._response(response),
            None if detail is None else _DETAILS[detail[0]](*detail[1:]),
            problems,
        )

    def _response(self, values: Record) -> Response:
        share: Callable[[Any, Any], Any] = self._shared.setdefault
        status, date, cache_control, expires, has_etag, vary, location, resumed, form, modified, as_bytes = values
        return Response(
            status,
            date,
            share(cache_control, cache_control),
            share(expires, expires),
            has_etag,
            share(vary, vary),
            location,
            resumed,
            form,
            share(modified, modified),
            as_bytes,
        )
