"""Wheels that pip built here: which key each is stored under, and whether a given pip still looks there.

pip's `SimpleWheelCache` (`cache.py`, pip 7.0, #2618) stores a built wheel under the SHA-224 of a key made from its
source's URL. Since 20.0 (#7296) the key includes the interpreter, so hashing the URL in `origin.json` (22.2, #11137)
with one interpreter after another proves which Python built the wheel.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha224
from itertools import product
from typing import Literal, Protocol

from pipcache_tui.cache.model import Entry, Origin
from pipcache_tui.cache.pip.releases import Forecast, Generation

_CP = (27, *range(34, 40), *range(310, 317))
_PP = (27, *range(35, 40), *range(310, 313))
#: (name, version) of every interpreter that a pip with such keys ran on or may soon run on, as `interpreter_name` and
#: `interpreter_version` of packaging.tags give them: ("cp", "312")
INTERPRETERS: tuple[tuple[str, str], ...] = (
    *(("cp", str(version)) for version in _CP),
    *(("pp", str(version)) for version in _PP),
    *(("graalpy", str(version)) for version in (38, 39, *range(310, 313))),
    *(("ip", "27"), ("ip", "34"), ("jy", "27")),
)
_INTERPRETER_TAG = re.compile(r"(cp|pp)(\d{2,3})\Z")
#: what pips before 25.3 take for a wheel's name besides the standard form: `legacy_wheel_file_re` of `models/wheel.py`
_LEGACY_NAME = re.compile(r"[^\s-]+-[^\s-]*(?:-\d[^-]*)?-[^\s-]+-[^\s-]+-[^\s-]+\.whl\Z")
_UNMARKED = '"interpreter_name":"","interpreter_version":""'


class Interpreter(Protocol):
    """A Python that may look for built wheels. The keys know no ABI: a free-threaded 3.13 is cp 313 as well."""

    @property
    def name(self) -> str: ...
    @property
    def interpreter_name(self) -> str: ...
    @property
    def interpreter_version(self) -> str: ...
    @property
    def tags(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The key that leads to a wheel's folder, proven by its hash."""

    #: "old": the key of pips before 20.0, which names no interpreter
    key: Literal["interpreter", "old"]
    #: ("cp", "312"); None under an old key
    interpreter: tuple[str, str] | None
    #: the algorithm of the hash in the key; None where the key holds none
    hash_name: str | None


def wheel_key(
    url: str,
    interpreter: tuple[str, str],
    *,
    hash_name: str | None = None,
    digest: str | None = None,
    subdirectory: str | None = None,
) -> str:
    """The key of pip ≥ 20.0 for a link, 56 hex digits: `Cache._get_cache_path_parts` of `cache.py` (#7296, #7333).

    Args:
        url: of the source, without fragment, as the requirement or the index page has it (credentials included).
        interpreter: name and version, ("cp", "312").
        hash_name: the algorithm of the link's hash; None where the link has none.
        digest: the link's hash, in hex.
        subdirectory: of the link's `#subdirectory=` fragment.
    """
    head, tail = _around_interpreter(url, hash_name, digest, subdirectory)
    return _hash_around(head, interpreter, tail)


def old_wheel_key(url: str, *, hash_name: str | None = None, digest: str | None = None) -> str:
    """The key of pips before 20.0 for a link, 56 hex digits (`_get_cache_path_parts_legacy`); `url` has no fragment."""
    link = url if hash_name is None else f"{url}#{hash_name}={digest}"
    return sha224(link.encode("utf-8", "surrogatepass")).hexdigest()  # origin.json may contain lone surrogates


def made_by(wheel_path: str, origin: Origin, first: Iterable[tuple[str, str]] = ()) -> MadeBy | None:
    """The key that leads to a wheel at a path below the root ("wheels/99/74/44/7a…/x.whl"); None if none is found.

    Tried are the interpreters in `first`, then all of `INTERPRETERS`. A key made from a URL with credentials can't be
    found again, for `origin.json` has the URL without them (PEP 610; `DirectUrl.redacted_url`).
    """
    key = "".join(wheel_path.split("/")[1:5])
    ordered = tuple(dict.fromkeys((*first, *INTERPRETERS)))
    return _made_by(key, _link_urls(origin), origin.hashes, origin.subdirectory, ordered)


def _link_urls(origin: Origin) -> tuple[str, ...]:
    """The link of an origin as pip writes it; a checkout is cached only if its link names the commit (#6640)."""
    if origin.vcs is None or origin.commit is None:
        return (origin.url,)
    url = f"{origin.vcs}+{origin.url}@{origin.commit}"
    if not origin.url.startswith("file://"):
        return (url,)
    # `urlunsplit` of some Pythons leaves out an empty host where it doesn't know the scheme
    return (f"{origin.vcs}+file:{origin.url.removeprefix('file://')}@{origin.commit}", url)


@lru_cache(maxsize=4096)
def _made_by(
    key: str,
    urls: tuple[str, ...],
    hashes: tuple[tuple[str, str], ...],
    subdirectory: str | None,
    interpreters: tuple[tuple[str, str], ...],
) -> MadeBy | None:
    choices: tuple[tuple[str | None, str | None], ...] = (*hashes, (None, None))
    for url, (hash_name, digest) in product(urls, choices):
        head, tail = _around_interpreter(url, hash_name, digest, subdirectory)
        for interpreter in interpreters:
            if _hash_around(head, interpreter, tail) == key:
                return MadeBy("interpreter", interpreter, hash_name)
        if old_wheel_key(url, hash_name=hash_name, digest=digest) == key:
            return MadeBy("old", None, hash_name)
    return None


def _around_interpreter(
    url: str, hash_name: str | None, digest: str | None, subdirectory: str | None
) -> tuple[str, str]:
    """The key's JSON before and after the interpreter, which is all that differs from one Python to the next."""
    parts = {"url": url, "interpreter_name": "", "interpreter_version": ""}
    if hash_name is not None and digest is not None:
        parts[hash_name] = digest
    if subdirectory:
        parts["subdirectory"] = subdirectory
    head, _, tail = json.dumps(parts, sort_keys=True, separators=(",", ":")).partition(_UNMARKED)
    return head, tail


def _hash_around(head: str, interpreter: tuple[str, str], tail: str) -> str:
    name, version = interpreter
    marked = f'{head}"interpreter_name":"{name}","interpreter_version":"{version}"{tail}'
    return sha224(marked.encode()).hexdigest()


def wheel_forecast(entry: Entry, row: Generation, pip_version: str, pythons: Sequence[Interpreter]) -> Forecast:
    """Whether the pip of that version finds a built wheel again on any of the Pythons.

    It follows `SimpleWheelCache.get` of pip's `cache.py`: the folder of the link's key, then in it wheels whose name
    can be read and whose tags the Python supports. It assumes that pip is asked for the source as it was then.
    """
    if entry.kind == "orphan":
        return Forecast("never-read", "an origin.json without a wheel")
    if not _is_wheel_name(entry.filename or "", row.strict_wheel_names):
        return Forecast("never-read", f"pip {pip_version} does not take its file name for a wheel's")
    origin = entry.detail if isinstance(entry.detail, Origin) else None
    if origin is not None and origin.is_folder and not row.folder_wheels:
        return Forecast("never-read", f"built from a local folder, which pip {pip_version} always builds again")
    accepting = [python for python in pythons if not python.tags.isdisjoint(entry.tags)]
    if pythons and not accepting:
        return Forecast("never-read", f"no Python here accepts {entry.tag_label or 'its tags'}")
    if origin is None:
        return Forecast(None, "it has no origin.json that says what it was built from")
    made = made_by(entry.files.path, origin, _likely(entry, pythons))
    if made is None:
        return _under_unknown_key(entry, origin, row, pip_version, accepting)
    if made.key not in row.wheel_keys:
        when = "before 20.0" if made.key == "old" else "since 20.0"
        return Forecast("never-read", f"under a key of pips {when}: pip {pip_version} does not look there")
    return _found_by(made, origin, row, pip_version, pythons, accepting)


def _found_by(
    made: MadeBy,
    origin: Origin,
    row: Generation,
    pip_version: str,
    pythons: Sequence[Interpreter],
    accepting: Sequence[Interpreter],
) -> Forecast:
    built = "built"
    finders = accepting
    if made.interpreter is not None:
        built = f"built by {''.join(made.interpreter)}"
        finders = [p for p in accepting if (p.interpreter_name, p.interpreter_version) == made.interpreter]
    if not pythons:
        return Forecast(None, f"{built}; no Python is known here that could look for it")
    if not finders:
        return Forecast("never-read", f"{built}, and no such Python here accepts it")
    if origin.url.startswith("file:") and origin.vcs is None and not origin.is_folder:
        # `SimpleWheelCache.get` looks for nothing where a requirement has no name, as with a bare path
        return Forecast(None, f"{built} from a local archive: pip finds it again by NAME @ PATH, not by the path alone")
    names = ", ".join(python.name for python in finders[:3]) + (", …" if len(finders) > 3 else "")
    if origin.hashes and made.hash_name is None and not row.hashless_json:
        if origin.legacy_hash:  # a pip that left the hash out of the key may have built it: 22.3 (#11111) to 23.0
            return Forecast(None, f"{built} from a link without a hash: pip {pip_version} finds it by such a link only")
        return Forecast("reuse", f"{built} from a link without a hash: by the same link pip finds it again on {names}")
    if made.hash_name is not None and row.hashless_json:
        return Forecast(None, f"{built}; pip {pip_version} does not find it where the index page is JSON")
    return Forecast("reuse", f"{built}: pip finds it again on {names}")


def _under_unknown_key(
    entry: Entry, origin: Origin, row: Generation, pip_version: str, accepting: Sequence[Interpreter]
) -> Forecast:
    """A wheel whose key can't be made from its origin, in which pip leaves out credentials.

    `origin.json` is younger than the keys with an interpreter, so it is such a key, of one of the Pythons that can
    have built a wheel with these tags.
    """
    unknown = "its folder is no known key of the URL in origin.json, as with a URL with credentials"
    builders = [python for python in accepting if _may_have_built(entry.tags, python)]
    if "interpreter" not in row.wheel_keys:
        return Forecast("never-read", f"under a key of pips since 20.0: pip {pip_version} does not look there")
    if origin.url.startswith("file:") or not builders:
        return Forecast(None, unknown)
    names = ", ".join(python.name for python in builders[:3]) + (", …" if len(builders) > 3 else "")
    return Forecast("reuse", f"{unknown}: by the same URL pip finds it again, if {names} built it")


def _may_have_built(tags: Sequence[str], python: Interpreter) -> bool:
    """Whether the tags name no interpreter, or this one."""
    named = {found.groups() for tag in tags if (found := _INTERPRETER_TAG.match(tag.partition("-")[0]))}
    return not named or (python.interpreter_name, python.interpreter_version) in named


def _likely(entry: Entry, pythons: Sequence[Interpreter]) -> tuple[tuple[str, str], ...]:
    """What to try first: the interpreters in the wheel's tags, then those found here."""
    tagged = (_INTERPRETER_TAG.match(tag.partition("-")[0]) for tag in entry.tags)
    here = ((python.interpreter_name, python.interpreter_version) for python in pythons)
    return tuple(dict.fromkeys((*((m[1], m[2]) for m in tagged if m), *here)))


@lru_cache(maxsize=4096)
def _is_wheel_name(filename: str, strict: bool) -> bool:
    if not strict and _LEGACY_NAME.match(filename):
        return True
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return False
    return True
