"""What an expression can ask of an entry: one row a field, from which help, completion and suggestions come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipcache_tui.cache.model import KINDS, PIP_WILL, STORES, URL_PROOFS, Entry
from pipcache_tui.cache.pip.cache_keys import url_host

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

FieldType = Literal["text", "choice", "version", "size", "duration", "date", "yes-no"]
#: attributes of an entry that are numbers
Column = Literal["size", "size_on_disk", "validated"]
Value = str | tuple[str, ...] | int | float | bool | None

#: which comparisons each type of field takes
OPERATORS: Mapping[FieldType, tuple[str, ...]] = {
    "text": ("=", "!=", "~="),
    "choice": ("=", "!=", "~="),
    "version": ("=", "!=", "<", "<=", ">", ">=", "~="),
    "size": ("=", "!=", "<", "<=", ">", ">="),
    "duration": ("<", "<=", ">", ">="),
    "date": ("=", "!=", "<", "<=", ">", ">="),
    "yes-no": ("=", "!="),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A thing to ask. `value` gives None where it is not known, and a tuple where there may be several."""

    key: str
    type: FieldType
    help: str
    value: Callable[[Entry, Judge], Value]
    example: str
    #: all values of a choice
    choices: tuple[str, ...] = ()
    #: how it is called when said back; by default its key
    label: str = ""
    aliases: tuple[str, ...] = ()
    #: the answer depends on more than the entry: where it can't be given, `!=` does not match either
    judged: bool = False
    #: the answer depends on the Pythons of this machine
    needs_pythons: bool = False
    #: the attribute of an entry that alone decides, of which the screen keeps all values side by side
    column: Column | None = None
    #: `value` of a value in that column
    of_column: Callable[[float, Judge], float] = lambda number, _: number

    @property
    def said(self) -> str:
        return self.label or self.key.replace("-", " ")

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.type]


def _used(entry: Entry, judge: Judge) -> float | None:
    return None if judge.atimes(entry).kept == "never" else entry.used


def _stale(entry: Entry, judge: Judge) -> bool:
    return judge.stale(entry) is not None


def _incompatible(entry: Entry, judge: Judge) -> bool:
    return judge.incompatible(entry) is not None


def _superseded(entry: Entry, judge: Judge) -> bool:
    return judge.superseded_by(entry) is not None


def _installed(entry: Entry, judge: Judge) -> bool | None:
    environments = judge.installed_in(entry)
    return None if environments is None else bool(environments)


def _environments(entry: Entry, judge: Judge) -> tuple[str, ...] | None:
    """Each by its name and by its path."""
    environments = judge.installed_in(entry)
    return None if environments is None else tuple(text for each in environments for text in (each.name, each.prefix))


_FIELDS = (
    Field("project", "text", "its project", lambda e, _: e.project, "project=num*", aliases=("name",)),
    Field("version", "version", "its version; ~= is the compatible release", lambda e, _: e.version, "version<2.0"),
    Field("kind", "choice", "what it is", lambda e, _: e.kind, "kind=wheel,sdist", choices=KINDS),
    Field("store", "choice", "the layout that holds it", lambda e, _: e.store, "store=http-v2", choices=STORES),
    Field("size", "size", "bytes in its files", lambda e, _: e.size, "size>100MB", column="size"),
    Field(
        "on-disk",
        "size",
        "bytes allocated for it",
        lambda e, _: e.size_on_disk,
        "on-disk>1GiB",
        label="size on disk",
        aliases=("size-on-disk", "disk"),
        column="size_on_disk",
    ),
    Field(
        "age",
        "duration",
        "since stored or last validated",
        lambda e, j: j.now - e.validated,
        "age>30d",
        column="validated",
        of_column=lambda validated, j: j.now - validated,
    ),
    Field("unused", "duration", "since last read, for sure", lambda e, j: j.unused_for_sure(e), "unused>90d"),
    Field("stored", "date", "when its content was written", lambda e, _: e.stored, "stored<2026-01-31"),
    Field("validated", "date", "when stored or last validated", lambda e, _: e.validated, "validated>=2026-01-31"),
    Field("used", "date", "when last read, if the mount keeps it", _used, "used<2026-01-31"),
    Field(
        "fresh-until",
        "date",
        "until when it is fresh",
        lambda e, j: j.forecast(e).fresh_until,
        "fresh-until<2026-01-31",
        label="fresh",
        judged=True,
    ),
    Field(
        "pip-will",
        "choice",
        "what pip does with it next",
        lambda e, j: j.forecast(e).pip_will,
        "pip-will=revalidate",
        choices=PIP_WILL,
        label="what pip will do",
        judged=True,
    ),
    Field("stale", "yes-no", "its freshness ended, or pip won't use it", _stale, "stale=yes"),
    Field("superseded", "yes-no", "a newer version does its work", _superseded, "superseded=yes", needs_pythons=True),
    Field(
        "superseded-by",
        "version",
        "the newer version",
        lambda e, j: j.superseded_by(e),
        "superseded-by>=2.0",
        label="newer version",
        judged=True,
        needs_pythons=True,
    ),
    Field("incompatible", "yes-no", "no Python accepts it", _incompatible, "incompatible=yes", needs_pythons=True),
    Field(
        "compatible-with",
        "text",
        "the Pythons that accept it",
        lambda e, j: j.compatible_with(e),
        "compatible-with=3.11",
        label="compatible Python",
        aliases=("python", "compatible"),
        judged=True,
        needs_pythons=True,
    ),
    Field("installed", "yes-no", "an environment here has this version", _installed, "installed=no", judged=True),
    Field(
        "environment",
        "text",
        "the environments that have it, by name or path",
        _environments,
        "environment='api/*'",
        aliases=("installed-in",),
        judged=True,
    ),
    Field("yanked", "yes-no", "the index withdrew it", lambda e, _: e.yanked is not None, "yanked=yes"),
    Field("tag", "text", "a platform compatibility tag", lambda e, _: e.tags, "tag=cp311-*", aliases=("tags",)),
    Field(
        "requires-python",
        "text",
        "its Requires-Python",
        lambda e, _: e.requires_python,
        "requires-python='>=3.8'",
        label="Requires-Python",
    ),
    Field("filename", "text", "its file name", lambda e, _: e.filename, "filename~=linux", aliases=("file",)),
    Field("url", "text", "where it came from", lambda e, _: e.url, "url=https://*", label="URL"),
    Field("host", "text", "the host of its URL, with its port", lambda e, _: url_host(e.url), "host=index.example"),
    Field(
        "proof",
        "choice",
        "how its URL is proven",
        lambda e, _: e.url_proof,
        "proof=content",
        choices=URL_PROOFS,
        label="proof of URL",
        aliases=("url-proof",),
    ),
    Field("problems", "text", "what is wrong with it", lambda e, _: e.problems, "problems=*", aliases=("problem",)),
    Field("id", "text", "its id", lambda e, _: e.id, "id=http-v2:163a*"),
    Field("root", "text", "the cache directory it is in", lambda e, _: e.root, "root=/home/*"),
)

#: all fields by key, in the order of help texts
FIELDS: Mapping[str, Field] = {field.key: field for field in _FIELDS}
_BY_ANY_NAME = {name: field for field in _FIELDS for name in (field.key, *field.aliases)}


def find_field(name: str) -> Field | None:
    """The field of that name or alias, in any case, "_" for "-" or not."""
    return _BY_ANY_NAME.get(name.lower().replace("_", "-"))


def nearest(text: str, among: tuple[str, ...] | None = None) -> str | None:
    """The field (or the one of `among`) that was likely meant."""
    from difflib import get_close_matches

    names = among or tuple(_BY_ANY_NAME)
    wanted = text[:40].lower().replace("_", "-")
    near = get_close_matches(wanted, names, 1, cutoff=0.6)
    if not near:
        near = [name for name in names if len(wanted) >= 3 and name.startswith(wanted)][:1]
    return near[0] if near else None
