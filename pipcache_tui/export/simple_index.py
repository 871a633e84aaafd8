"""A simple index of a folder of distributions, as files that any web server can serve (PEP 503, 691, 592, 658, 700).

`simple/PROJECT/index.html` suits any server; `index.json` next to it is for servers that choose by the Accept header.
The links lead to the files, and each wheel's METADATA is stored next to the wheel.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from pipcache_tui.cache.disk.folders import Folder, NotPlainFile
from pipcache_tui.cache.formats import file_names
from pipcache_tui.cache.formats.identify import identify_file, normalised
from pipcache_tui.cache.formats.metadata import read_fields
from pipcache_tui.cache.formats.responses import FileBody, stream_file
from pipcache_tui.export.file_names import is_distribution
from pipcache_tui.export.new_files import DestinationError, make_folder, new_file, read_existing
from pipcache_tui.text import error_reason, safe_text
from pipcache_tui.verify.integrity import DisagreementError, TooMuchError, read_metadata_member

TOP = "simple"
#: the mark of our own pages, which may be replaced
_MARK_HTML = '<meta name="generator" content="pipcache-tui">'
_MARK_JSON = '"_generator": "pipcache-tui"'


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index was written: numbers of projects and files, and messages, one line each."""

    projects: int
    files: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    project: str
    version: str | None
    sha256: str
    size: int
    requires_python: str | None
    metadata_sha256: str | None
    yanked: str | None


def write_index(folder: str, hashes: Mapping[str, str], yanked: Mapping[str, str]) -> Indexed:
    """Write the index of all distributions in a folder. Files there that are not ours are never replaced.

    Args:
        folder: the folder.
        hashes: the files' sha256 by name, as far as known; others are computed.
        yanked: by file name, the reason why it was yanked.

    Raises:
        DestinationError: the folder can't be written to.
    """
    remarks: list[str] = []
    projects: dict[str, list[_File]] = defaultdict(list)
    try:
        names_there = sorted(os.listdir(folder))
    except OSError as error:
        raise DestinationError(folder, error) from None
    for name in names_there:
        if not is_distribution(name):
            continue
        try:
            file = _describe(folder, name, hashes.get(name), yanked.get(name), remarks)
        except OSError as error:
            remarks.append(f"{safe_text(name)} is not in the index: {error_reason(error)}")
        else:
            projects[file.project].append(file)
    for project, files in sorted(projects.items()):
        where = os.path.join(folder, TOP, project)
        make_folder(where)
        files = _still_yanked(where, files)
        _write_ours(where, "index.html", _project_html(project, files), remarks)
        _write_ours(where, "index.json", _project_json(project, files), remarks)
    names = sorted(projects)
    make_folder(os.path.join(folder, TOP))
    _write_ours(os.path.join(folder, TOP), "index.html", _top_html(names), remarks)
    _write_ours(os.path.join(folder, TOP), "index.json", _top_json(names), remarks)
    return Indexed(len(names), sum(map(len, projects.values())), tuple(remarks))


def _describe(folder: str, name: str, sha256: str | None, yanked: str | None, remarks: list[str]) -> _File:
    with Folder.at(folder) as opened, opened.file(name) as file:
        body = FileBody(file, 0, file.size)
        identity = identify_file(body)
        if sha256 is None:
            digest = hashlib.sha256()
            for piece in stream_file(file, 0, file.size):
                digest.update(piece)
            sha256 = digest.hexdigest()
        try:
            metadata = read_metadata_member(body) if name.endswith(".whl") else None
        except (DisagreementError, TooMuchError):
            metadata = None
    split = file_names.split_filename(name)
    assert split is not None
    of_wheel = name.endswith(".whl")
    return _File(
        name=name,
        # a wheel's name has one reading, an sdist's several
        project=normalised(split[0]) if of_wheel else identity.project or normalised(split[0]),
        version=split[1] if of_wheel else identity.version or split[1],
        sha256=sha256,
        size=file.size,
        requires_python=read_fields(metadata).requires_python if metadata else identity.requires_python,
        metadata_sha256=_place_metadata(folder, name, metadata, remarks) if metadata is not None else None,
        yanked=yanked,
    )


def _place_metadata(folder: str, name: str, metadata: bytes, remarks: list[str]) -> str | None:
    """Write a wheel's METADATA next to it; its sha256, or None if another file has that name."""
    beside = f"{name}.metadata"
    try:
        try:
            same = b"".join(read_existing(folder, beside)) == metadata
        except FileNotFoundError:
            same = _placed(folder, beside, metadata) or b"".join(read_existing(folder, beside)) == metadata
    except NotPlainFile:
        same = False
    except OSError as error:
        remarks.append(f"{safe_text(beside)} can't be read: {error_reason(error)}; the index does not list it")
        return None
    if same:
        return hashlib.sha256(metadata).hexdigest()
    remarks.append(f"{safe_text(beside)} is not ours and stays; the index does not list it")
    return None


def _write_ours(folder: str, name: str, text: str, remarks: list[str]) -> None:
    data = text.encode()
    try:
        there = b"".join(read_existing(folder, name))
    except FileNotFoundError:
        there = None
    except NotPlainFile:
        there = b""
    except OSError as error:
        remarks.append(f"{safe_text(os.path.join(folder, name))} can't be read: {error_reason(error)}; it stays")
        return
    if there == data:
        return
    if there is not None and _MARK_HTML.encode() not in there and _MARK_JSON.encode() not in there:
        remarks.append(f"{safe_text(os.path.join(folder, name))} is not ours and stays")
        return
    if there is None:
        if not _placed(folder, name, data):
            _write_ours(folder, name, text, remarks)  # it appeared meanwhile, perhaps from another export
        return
    with new_file(folder) as new:
        new.write([data])
        new.replace(name)


def _placed(folder: str, name: str, data: bytes) -> bool:
    """Write a new file; False if another file got this name meanwhile."""
    try:
        with new_file(folder) as new:
            new.write([data])
            new.place(name)
    except FileExistsError:
        return False
    return True


def _still_yanked(where: str, files: Sequence[_File]) -> list[_File]:
    """Mark the files that our earlier index called yanked, though this run did not export them."""
    try:
        document: Any = json.loads(b"".join(read_existing(where, "index.json")))
        before = {file["filename"]: file["yanked"] for file in document["files"]}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return list(files)
    return [
        file if file.yanked is not None or not before.get(file.name) else _with_yanked(file, before[file.name])
        for file in files
    ]


def _with_yanked(file: _File, said: object) -> _File:
    return replace(file, yanked=said if isinstance(said, str) else "")


def _project_html(project: str, files: Sequence[_File]) -> str:
    lines = [_head(f"Links for {project}"), f"<h1>Links for {html.escape(project)}</h1>"]
    for file in files:
        attributes = {"href": f"../../{quote(file.name)}#sha256={file.sha256}"}
        if file.requires_python is not None:
            attributes["data-requires-python"] = file.requires_python
        if file.metadata_sha256 is not None:
            attributes["data-dist-info-metadata"] = attributes["data-core-metadata"] = f"sha256={file.metadata_sha256}"
        if file.yanked is not None:
            attributes["data-yanked"] = file.yanked
        written = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
        lines.append(f"<a {written}>{html.escape(file.name)}</a><br>")
    return "\n".join([*lines, "</body></html>", ""])


def _project_json(project: str, files: Sequence[_File]) -> str:
    listed: list[dict[str, object]] = []
    for file in files:
        metadata = {"sha256": file.metadata_sha256} if file.metadata_sha256 else False
        listed.append(
            {
                "filename": file.name,
                "url": f"../../{quote(file.name)}",
                "hashes": {"sha256": file.sha256},
                "size": file.size,
                "requires-python": file.requires_python,
                "core-metadata": metadata,
                "data-dist-info-metadata": metadata,
                "yanked": False if file.yanked is None else file.yanked or True,
            }
        )
    versions = list(dict.fromkeys(file.version for file in files if file.version is not None))
    return _json({"name": project, "versions": versions, "files": listed})


def _top_html(projects: Sequence[str]) -> str:
    links = (f'<a href="{project}/">{project}</a><br>' for project in projects)
    return "\n".join([_head("Simple index"), *links, "</body></html>", ""])


def _top_json(projects: Sequence[str]) -> str:
    return _json({"projects": [{"name": project} for project in projects]})


def _json(content: Mapping[str, object]) -> str:
    return json.dumps({"meta": {"api-version": "1.1", "_generator": "pipcache-tui"}, **content}, indent=1) + "\n"


def _head(title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.1">'
        f"{_MARK_HTML}<title>{html.escape(title)}</title></head><body>"
    )
