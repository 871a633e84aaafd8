"""Makes a realistic pip cache in all formats, with dates over several years, to try everything safely."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass

from packaging.tags import interpreter_name, interpreter_version

from pipcache_tui.demo import other_entries
from pipcache_tui.demo.http import INDEX, HttpCache
from pipcache_tui.demo.projects import GIANTS, PRIVATE, PUBLIC, Project, Release
from pipcache_tui.demo.writer import Writer


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the made caches lie: a pip root, the download cache of an old pip, a folder of pip-accel."""

    root: str
    download_cache: str
    pip_accel: str

    @property
    def cache_dirs(self) -> tuple[str, str, str]:
        """All of them, as `--cache-dir` takes them."""
        return (self.root, self.download_cache, self.pip_accel)


def make_demo_cache(
    folder: str,
    *,
    now: float,
    seed: int = 0,
    scale: int = 1,
    sparse: bool = False,
    here: tuple[str, str] | None = None,
) -> Demo:
    """Fill `folder`, which must be empty or not exist, with caches as if used until `now` (seconds since 1970).

    The same `now`, `seed`, `scale` and `here` give the same files, whatever Python makes them. `scale` above 1 adds 100
    small projects each. `here` is the Python, such as ("cp", "313"), that built the wheels which are still of use; None
    is the running one. Wheels are padded to the size such wheels have; `sparse` leaves the padding of all of them,
    not only of the giants, as holes that take no room. Nothing is written outside `folder`. Raises FileExistsError
    where something is in the way.
    """
    os.makedirs(folder, exist_ok=True)
    if os.listdir(folder):
        raise FileExistsError(f"{folder} is not empty: the demo cache is only made in an empty folder")
    demo = Demo(*(os.path.join(folder, name) for name in ("pip", "pip-download-cache", "pip-accel")))
    chance = random.Random(seed)  # noqa: S311  nothing here is secret
    writer = Writer(demo.root, now, chance, allocate=not sparse)
    cache = HttpCache(writer)
    for project in PUBLIC:
        cache.add_public(project)
    for number in range(100 * (scale - 1)):
        release = Release("1.0", chance.randrange(5, 900), ("py3-none-any",), ())
        cache.add_public(Project(f"example-package-{number + 1:05}", 20_000, ">=3.8", (release,)))
    for project in PRIVATE:
        cache.add_private(project)
    if os.name != "nt":  # Windows would allocate every byte of the holes
        for project in GIANTS:
            cache.add_giant(project)
    cache.add_pages()
    for name in ("Django", "Jinja2", "PyYAML", "typing_extensions"):
        cache.add_redirect(f"{INDEX}/simple/{name}/", f"/simple/{name.lower().replace('_', '-')}/")
    here = here or (interpreter_name(), interpreter_version())
    other_entries.add_built_wheels(writer, cache, here)
    other_entries.add_odd_built_wheels(writer, here)
    other_entries.add_selfchecks(writer)
    other_entries.add_broken_entries(writer, cache)
    other_entries.add_download_cache(Writer(demo.download_cache, now, chance))
    other_entries.add_pip_accel(Writer(demo.pip_accel, now, chance))
    return demo
