"""The content of an entry that a scan has found, opened once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pipcache_tui.cache.disk.folders import File, Folder, open_folder_of
from pipcache_tui.cache.formats import archives, index_pages, metadata, tar_sdists
from pipcache_tui.cache.formats.responses import (
    Body,
    Envelope,
    EnvelopeError,
    FileBody,
    read_envelope,
    read_metadata,
    stream_body,
    stream_file,
)
from pipcache_tui.cache.formats.zips import ArchiveError
from pipcache_tui.cache.model import LAYOUTS, Entry, IndexPage, OwnedFile, pack_stamp


class ChangedError(OSError):
    """The file is not the one that was scanned."""


@dataclass(frozen=True, slots=True)
class Content:
    """An entry's open content. `body` reads in places, `stream` all of it; both only while it is open."""

    body: Body
    envelope: Envelope | None
    file: File

    @property
    def headers(self) -> Mapping[str, str]:
        """Of the stored response, names in lower case; empty where there was none."""
        return self.envelope.headers if self.envelope else {}

    def stream(self) -> Iterator[bytes]:
        """The body in pieces of at most 1 MiB."""
        if isinstance(self.body, FileBody):
            return stream_file(self.body.file, self.body.offset, self.body.size)
        assert self.envelope is not None
        return stream_body(self.file, self.envelope)


@contextmanager
def open_content(entry: Entry) -> Iterator[Content]:
    """Open an entry's body; raises OSError (ChangedError where it was replaced since) and EnvelopeError."""
    form = LAYOUTS[entry.store].response
    envelope: Envelope | None = None
    with open_folder_of(entry.root, entry.body.path) as (folder, _):  # all files of a response lie in one
        if form == "pair" and len(entry.files) == 2:
            with _open(folder, entry.files[0]) as metadata:
                envelope = read_metadata(metadata)
        with _open(folder, entry.body) as file:
            body: Body = FileBody(file, 0, file.size)
            if form == "whole":
                envelope, body = read_envelope(file)
            yield Content(body, envelope, file)


def read_headers(entry: Entry) -> Mapping[str, str]:
    """The stored response's headers, empty if there are none or they can't be read."""
    form = LAYOUTS[entry.store].response
    if form is None:
        return {}
    try:
        with open_folder_of(entry.root, entry.files.path) as (folder, _), _open(folder, entry.files[0]) as file:
            return read_metadata(file).headers if form == "pair" else read_envelope(file)[0].headers
    except (OSError, EnvelopeError):
        return {}


def read_index_page(page: Entry) -> bytes:
    """An index page without its Content-Encoding, its text as it was sent.

    Raises OSError, EnvelopeError and PageError.
    """
    with open_content(page) as content:
        return index_pages.unpack(content.body, content.headers.get("content-encoding", ""))


def read_page_links(page: Entry) -> Iterator[index_pages.Link]:
    """The files an index page lists; none if it is not an index page or can't be read."""
    if not isinstance(page.detail, IndexPage):
        return  # damaged, so that not even its form is known
    try:
        text = read_index_page(page)
    except (OSError, EnvelopeError, index_pages.PageError):
        return
    yield from index_pages.read_links(index_pages.to_utf8(text), page.detail.form, page.url)


def read_core_metadata(entry: Entry) -> metadata.CoreMetadata | None:
    """The core metadata of a wheel, a built wheel or a `.metadata`; None for anything else, or if it can't be read."""
    if entry.kind not in ("wheel", "built-wheel", "metadata"):
        return None
    try:
        with open_content(entry) as content:
            body = content.body
            if entry.kind == "metadata":
                data: bytes | None = body.read_at(0, min(body.size, metadata.METADATA_LIMIT))
            else:
                data = archives.read_wheel_metadata(body)
    except (OSError, EnvelopeError, ArchiveError):
        return None
    return None if data is None else metadata.parse_core_metadata(data)


def read_summary(entry: Entry) -> str | None:
    """The Summary in a distribution's core metadata, found in one bounded read; None if there is none."""
    if entry.kind not in ("wheel", "built-wheel", "sdist", "metadata"):
        return None
    try:
        with open_content(entry) as content:
            return _summary(content.body)
    except (OSError, EnvelopeError, ArchiveError):
        return None


def _summary(body: Body) -> str | None:
    magic = body.read_at(0, 6)
    if magic[:2] == b"PK":
        return archives.read_zip(body).fields.summary
    if magic.startswith(b"Metada"):
        return metadata.read_fields(body.read_at(0, metadata.FIELDS_LIMIT)).summary
    return tar_sdists.read_tar(body, magic).fields.summary


@contextmanager
def _open(folder: Folder, owned: OwnedFile) -> Iterator[File]:
    with folder.file(owned.path.rpartition("/")[2]) as file:
        if OwnedFile(owned.path, pack_stamp(file.status)).identity != owned.identity:
            raise ChangedError(116, "changed since it was scanned", owned.path)
        yield file
