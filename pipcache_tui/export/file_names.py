"""Under which file name an entry is exported. Nothing that stands in an archive or a URL names a path."""

from __future__ import annotations

import re

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, split_filename
from pipcache_tui.cache.model import RESPONSES, Entry

#: file names of distributions, as indexes have them: no separators, no leading dot, nothing to be quoted but + ! ~
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]{0,250}\Z")
_ODD = re.compile(r"[^A-Za-z0-9._+!]+")
MADE_UP = {
    "wheel": "its name is made of its METADATA and WHEEL: no index page or proof tells it",
    "sdist": "its name is made of its PKG-INFO: no index page or proof tells it",
}


def is_distribution(name: str) -> bool:
    """Whether this is a plain file name of a wheel or an sdist."""
    plain = _NAME.match(name) is not None and name.lower().endswith((".whl", *SDIST_SUFFIXES))
    return plain and split_filename(name) is not None


def file_name(entry: Entry) -> tuple[str | None, str]:
    """The name, None where nothing tells one; and, where it is not proven, a note that says so."""
    suffixes = SDIST_SUFFIXES if entry.kind == "sdist" else (".whl",)
    name = entry.filename or ""
    fits = is_distribution(name) and name.lower().endswith(suffixes)
    told = entry.url_proof is not None or entry.store not in RESPONSES
    if fits:
        return name, "" if told else MADE_UP["sdist" if entry.kind == "sdist" else "wheel"]
    made = _made_up(entry)
    if made is None or not is_distribution(made):
        return None, ""
    return made, MADE_UP["sdist" if entry.kind == "sdist" else "wheel"]


def _made_up(entry: Entry) -> str | None:
    """NAME-VERSION-TAGS.whl, or NAME-VERSION with the suffix it seems to have."""
    if entry.project is None or entry.version is None:
        return None
    stem = f"{entry.project.replace('-', '_')}-{_ODD.sub('_', entry.version)}"
    if entry.kind != "sdist":
        return f"{stem}-{entry.tag_label}.whl" if entry.tags else None
    written = (entry.filename or "").lower()
    return stem + next((suffix for suffix in SDIST_SUFFIXES if written.endswith(suffix)), ".tar.gz")
