"""The file name under which an entry is exported. Names from archives and URLs are checked: none can name a path."""

from __future__ import annotations

import re

from pipcache_tui.cache.formats.file_names import SDIST_SUFFIXES, split_filename
from pipcache_tui.cache.model import RESPONSES, Entry

#: file names of distributions as indexes have them: no separator, no leading dot, no special characters but + ! ~
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]{0,250}\Z")
_ODD = re.compile(r"[^A-Za-z0-9._+!]+")
UNPROVEN = {
    "wheel": "its name comes from its METADATA and WHEEL: no index page or proof has it",
    "sdist": "its name comes from its PKG-INFO: no index page or proof has it",
}


def is_distribution(name: str) -> bool:
    """Whether this is a plain file name of a wheel or an sdist."""
    plain = _NAME.match(name) is not None and name.lower().endswith((".whl", *SDIST_SUFFIXES))
    return plain and split_filename(name) is not None


def export_name(entry: Entry) -> tuple[str | None, str]:
    """(the file name, or None if it is not known; a note if it is not proven, else "")."""
    suffixes = SDIST_SUFFIXES if entry.kind == "sdist" else (".whl",)
    name = entry.filename or ""
    fits = is_distribution(name) and name.lower().endswith(suffixes)
    is_proven = entry.url_proof is not None or entry.store not in RESPONSES
    if fits:
        return name, "" if is_proven else UNPROVEN["sdist" if entry.kind == "sdist" else "wheel"]
    made = _name_from_metadata(entry)
    if made is None or not is_distribution(made):
        return None, ""
    return made, UNPROVEN["sdist" if entry.kind == "sdist" else "wheel"]


def _name_from_metadata(entry: Entry) -> str | None:
    """A name from the metadata: NAME-VERSION-TAGS.whl, or NAME-VERSION with the suffix it seems to have."""
    if entry.project is None or entry.version is None:
        return None
    stem = f"{entry.project.replace('-', '_')}-{_ODD.sub('_', entry.version)}"
    if entry.kind != "sdist":
        return f"{stem}-{entry.tag_label}.whl" if entry.tags else None
    written = (entry.filename or "").lower()
    return stem + next((suffix for suffix in SDIST_SUFFIXES if written.endswith(suffix)), ".tar.gz")
