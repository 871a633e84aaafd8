"""The entries of a scan whose URL is not known yet, by the key that a URL is compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, islice

from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.pip.cache_keys import entry_key
from pipcache_tui.cache.urls.page_search import Key


def key_of(entry: Entry) -> Key | None:
    """What a URL is compared with: the hash of an HTTP entry, or the path of a built wheel without an origin."""
    if entry.kind == "built-wheel" and entry.detail is None:
        return entry.files.path
    key = entry_key(entry)
    return None if key is None else bytes.fromhex(key)


class UnnamedEntries:
    """Each entry is put in with its key, and taken out by the first URL with that key."""

    def __init__(self) -> None:
        #: a list only if a key is in `http/` and in `http-v2/`, or in two roots: there may be a hundred thousand
        self._entries: dict[Key, Entry | list[Entry]] = {}
        self._keys: dict[str, list[Key]] = defaultdict(list)
        self._nameless: dict[Key, None] = {}

    def __iter__(self) -> Iterator[Entry]:
        """One entry of each key, of those without a URL now."""
        for there in list(self._entries.values()):
            yield there[0] if isinstance(there, list) else there

    def put(self, key: Key, entry: Entry) -> None:
        """Add an entry whose URL can only be guessed."""
        there = self._entries.get(key)
        if there is None:
            self._entries[key] = entry
        else:
            self._entries[key] = [*there, entry] if isinstance(there, list) else [there, entry]

    def put_for_pages(self, key: Key, entry: Entry) -> None:
        """Add an entry that pages of its project may list, or any page if its project is not known."""
        self.put(key, entry)
        if entry.project is None:
            self._nameless[key] = None
        else:
            self._keys[entry.project].append(key)

    def take(self, key: Key) -> list[Entry]:
        """Take out the entries with a key."""
        there = self._entries.pop(key, None)
        if there is None:
            return []
        return there if isinstance(there, list) else [there]

    def of_project(self, project: str | None) -> list[Key]:
        """The keys that a project's pages may have."""
        return [key for key in self._keys.get(project or "", ()) if key in self._entries]

    def of_any_project(self, most: int) -> list[Key]:
        """Up to so many of the keys that the page of some project, or a page of several, may have."""
        keys = chain.from_iterable(self._keys.values())
        return list(islice((key for key in keys if key in self._entries and isinstance(key, bytes)), most))

    def nameless(self, most: int) -> list[Key]:
        """Up to so many of the keys that any page may have."""
        return list(islice((key for key in self._nameless if key in self._entries), most))

    def discard(self, project: str | None) -> None:
        """Forget the keys of a project that were found."""
        keys = self._keys.get(project or "")
        if keys is not None:
            keys[:] = [key for key in keys if key in self._entries]
