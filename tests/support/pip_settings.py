"""A made home, prefix and /etc for pip's settings, and the caches they name."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipcache_tui.cache.roots import Found, find_roots

USER_FILE = "home/.config/pip/pip.conf"
USER_SOURCE = "~/.config/pip/pip.conf [global] cache-dir"


@dataclass
class Machine:
    """A made home, prefix and /etc, in which nothing of the real machine is seen."""

    top: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.top / "home"

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def folder(self, path: str) -> Path:
        (self.top / path).mkdir(parents=True, exist_ok=True)
        return self.top / path

    def find(self, *cache_dirs: str, system: str = "linux") -> Found:
        return find_roots(
            cache_dirs, environ=self.environ, system=system, home=str(self.home), prefix=str(self.top / "prefix")
        )

    def shown(self, *cache_dirs: str, system: str = "linux") -> list[tuple[str, str]]:
        """(path below the machine's top, source) of each root found."""
        found = self.find(*cache_dirs, system=system)
        return [(os.path.relpath(root.path, self.top), root.source) for root in found.roots]
