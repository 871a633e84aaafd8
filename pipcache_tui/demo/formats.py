"""What pips of all generations write below their cache root, made byte by byte.

Pure functions: paths are relative, with "/" between; nothing here touches a disk. The reading side
(`pipcache_tui.cache`) shares no code with this one, so that each proves the other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Literal
from urllib.parse import quote, urlsplit

import msgpack

from pipcache_tui.demo.blob import Blob

#: the keys of a cc=4 response in the order CacheControl writes them; `strict` is gone from pip 23.3 on
KEYS_FROM_23_3 = ("body", "headers", "status", "version", "reason", "decode_content")
KEYS_TO_23_2 = ("body", "headers", "status", "version", "reason", "strict", "decode_content")


@dataclass(frozen=True, slots=True)
class Stored:
    """A response as pip stores it; `vary`: what the request had for each header the response varies on."""

    headers: Mapping[str, str]
    body: bytes | Blob = b""
    status: int = 200
    reason: str = "OK"
    version: int = 11
    decode_content: bool = False
    vary: Mapping[str, str | None] = field(default_factory=dict)


def http_date(seconds: float) -> str:
    """Seconds since 1970 as HTTP writes them ("Sat, 21 Nov 2026 03:00:00 GMT")."""
    return formatdate(seconds, usegmt=True)


# --- HTTP entries ----------------------------------------------------------------------------------------


def normalise_url(url: str) -> str:
    """The URL as pip keys it: scheme and host lower-cased, "/" for no path, no fragment, no credentials."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme.lower()}://{host.lower()}{parts.path or '/'}{query}"


def cache_key(url: str) -> str:
    """The name under which pip caches the response of `url`: 56 hex digits."""
    return hashlib.sha224(normalise_url(url).encode()).hexdigest()


def http_path(store: Literal["http", "http-v2"], key: str, *, body: bool = False) -> str:
    """Where an entry lies below the root; `body` for the second file of an http-v2 entry."""
    return "/".join((store, *key[:5], key)) + (".body" if body else "")


def encode_cc4(
    response: Stored,
    *,
    inside: bool,
    keys: Sequence[str] = KEYS_FROM_23_3,
    vary_first: bool = False,
    vary_as_bytes: bool = False,
) -> bytes:
    """A cc=4 entry: with its body `inside` (http/), or the metadata file of a pair (http-v2/).

    pips on Python 2 wrote the keys in any order (`keys`, `vary_first`), and 10.0.x there the names in
    `vary` as bytes.
    """
    blob = encode_cc4_blob(response, inside=inside, keys=keys, vary_first=vary_first, vary_as_bytes=vary_as_bytes)
    return bytes(blob)


def encode_cc4_blob(
    response: Stored,
    *,
    inside: bool,
    keys: Sequence[str] = KEYS_FROM_23_3,
    vary_first: bool = False,
    vary_as_bytes: bool = False,
) -> Blob:
    """As `encode_cc4`, for a body with holes."""
    pack = msgpack.Packer(use_bin_type=True).pack
    body: tuple[bytes | int, ...] = (b"",)
    if inside:
        body = (response.body,) if isinstance(response.body, bytes) else response.body.pieces
    fields = {
        "headers": dict(response.headers),
        "status": response.status,
        "version": response.version,
        "reason": response.reason,
        "strict": 0,
        "decode_content": response.decode_content,
    }
    packed: list[bytes | int] = [pack("response"), _map_header(len(keys))]
    for key in keys:
        packed.append(pack(key))
        if key == "body":
            packed += [_bin_header(Blob(body).size), *body]
        else:
            packed.append(pack(fields[key]))
    vary = {(name.encode() if vary_as_bytes else name): value for name, value in response.vary.items()}
    packed_vary = [pack("vary"), pack(vary)]
    halves = [*packed_vary, *packed] if vary_first else [*packed, *packed_vary]
    return Blob((b"cc=4,", _map_header(2), *halves))


def _map_header(count: int) -> bytes:
    return bytes((0x80 | count,))  # msgpack's fixmap: up to 15 keys


def _bin_header(size: int) -> bytes:
    if size < 1 << 8:
        return b"\xc4" + size.to_bytes(1, "big")
    if size < 1 << 16:
        return b"\xc5" + size.to_bytes(2, "big")
    return b"\xc6" + size.to_bytes(4, "big")


def encode_cc2(response: Stored) -> bytes:
    """An entry of pip 6.0.7 to 9.0.3: zlib over JSON, its strings in base64."""
    document = {
        "response": {
            "body": _base64(bytes(response.body)),
            "headers": {_base64(name): _base64(value) for name, value in response.headers.items()},
            "status": response.status,
            "version": response.version,
            "reason": _base64(response.reason),
            "strict": 0,
            "decode_content": response.decode_content,
        },
        "vary": {_base64(name): None if value is None else _base64(value) for name, value in response.vary.items()},
    }
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    return b"cc=2," + zlib.compress(text.encode())


def _base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def encode_cc1(response: Stored) -> bytes:
    """An entry of pip 6.0 to 6.0.6: a pickle, of plain dictionaries, strings and numbers only."""
    document = {
        "response": {
            "body": bytes(response.body),
            "headers": dict(response.headers),
            "status": response.status,
            "version": response.version,
            "reason": response.reason,
            "strict": 0,
            "decode_content": response.decode_content,
        },
        "vary": dict(response.vary),
    }
    return b"cc=1,\x80\x02" + _pickle_two(document) + b"."


def _pickle_two(value: object) -> bytes:
    """The opcodes of pickle's protocol 2 for plain data; bytes as the byte strings of Python 2."""
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"J" + value.to_bytes(4, "little", signed=True)
    if isinstance(value, bytes):
        return b"T" + len(value).to_bytes(4, "little") + value
    if isinstance(value, str):
        text = value.encode()
        return b"X" + len(text).to_bytes(4, "little") + text
    if isinstance(value, dict):
        items = b"".join(_pickle_two(key) + _pickle_two(item) for key, item in value.items())
        return b"}(" + items + b"u"
    raise TypeError(f"not plain data: {value!r}")


# --- wheels built here -----------------------------------------------------------------------------------


def built_wheel_folder(
    url: str,
    interpreter: tuple[str, str],
    *,
    hash_name: str | None = None,
    digest: str | None = None,
    subdirectory: str | None = None,
) -> str:
    """The folder of the wheels pip ≥ 20.0 built from `url` with an interpreter such as ("cp", "312")."""
    parts = {
        "url": url.partition("#")[0],
        "interpreter_name": interpreter[0],
        "interpreter_version": interpreter[1],
    }
    if hash_name and digest:
        parts[hash_name] = digest
    if subdirectory:
        parts["subdirectory"] = subdirectory
    return _wheel_folder(json.dumps(parts, sort_keys=True, separators=(",", ":")))


def old_built_wheel_folder(url: str, *, hash_name: str | None = None, digest: str | None = None) -> str:
    """The folder of the wheels that pips before 20.0 built from `url`; from 21.0 on no pip reads it."""
    fragment = f"#{hash_name}={digest}" if hash_name and digest else ""
    return _wheel_folder(url.partition("#")[0] + fragment)


def _wheel_folder(key: str) -> str:
    name = hashlib.sha224(key.encode("ascii")).hexdigest()
    return "/".join(("wheels", name[:2], name[2:4], name[4:6], name[6:]))


def origin_json(url: str, *, hashes: Mapping[str, str] | None = None, vcs: tuple[str, str] | None = None) -> bytes:
    """The `origin.json` next to a built wheel (PEP 610): of an archive, or of a `vcs` (name, commit)."""
    document: dict[str, object] = {"url": url}
    if vcs:
        document["vcs_info"] = {"vcs": vcs[0], "commit_id": vcs[1]}
    else:
        archive: dict[str, object] = {}
        if hashes:
            name, digest = next(iter(hashes.items()))
            archive = {"hash": f"{name}={digest}", "hashes": dict(hashes)}
        document["archive_info"] = archive
    return json.dumps(document, sort_keys=True).encode()


# --- notes about newer pips ------------------------------------------------------------------------------


def selfcheck_path(prefix: str) -> str:
    """Where pip ≥ 19.3 of the environment at `prefix` (its sys.prefix) notes the newest pip it saw."""
    return "selfcheck/" + hashlib.sha224(prefix.encode()).hexdigest()


def selfcheck_note(prefix: str, last_check: float, pypi_version: str, *, with_offset: bool = True) -> bytes:
    """Such a note; the date ends in "+00:00" (`with_offset`, pip ≥ 23.3), in "Z" before."""
    return _compact_json(
        {"key": prefix, "last_check": _check_date(last_check, with_offset), "pypi_version": pypi_version}
    )


def old_selfcheck(notes: Mapping[str, tuple[float, str]]) -> bytes:
    """The `selfcheck.json` of pip 6.0 to 19.2: for each sys.prefix, when it looked and which pip it saw."""
    return _compact_json(
        {
            prefix: {"last_check": _check_date(last_check, False), "pypi_version": version}
            for prefix, (last_check, version) in notes.items()
        }
    )


def _check_date(seconds: float, with_offset: bool) -> str:
    moment = datetime.fromtimestamp(int(seconds), tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return moment + ("+00:00" if with_offset else "Z")


def _compact_json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


# --- before pip 6, and pip-accel -------------------------------------------------------------------------


def download_names(url: str) -> tuple[str, str]:
    """The two files of pip ≤ 1.5.6 for `url` in its download cache: the content, and its content type."""
    name = quote(url.partition("#")[0], safe="")
    return name, name + ".content-type"


def pip_accel_path(name: str, version: str, python: str = "py2.7", *, windows: bool = False) -> str:
    """Where pip-accel keeps a built distribution, below its own root."""
    separator = "$" if windows else ":"
    return f"binaries/v7/{separator.join((name, version, python))}.tar.gz"
