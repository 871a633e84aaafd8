"""A pip cache on disk, and the screen opened on it."""

from __future__ import annotations

import os
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from textual.pilot import Pilot

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.roots import Found
from pipcache_tui.demo.formats import built_wheel_folder, origin_json
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.tui.screens.progress import ProgressScreen
from tests.support.cache_root import FILES, Place
from tests.support.screen import opened, settle

PROJECTS = ("alpha", "beta", "gamma")


def fill(folder: Path) -> Place:
    """Three projects with three wheels each, a built wheel, half a pair, and a note of someone's."""
    place = Place(folder / "pip")
    for number, project in enumerate(PROJECTS, 1):
        for version in ("1.0", "2.0", "3.0"):
            content = make_wheel(project, version, padding=20_000 * number)
            place.v2(f"{FILES}{wheel_name(project, version)}", content)
    url = f"{FILES}built-1.0.tar.gz"
    leaf = built_wheel_folder(url, ("cp", "312"))
    place.write(f"{leaf}/{wheel_name('built', '1.0')}", make_wheel("built", "1.0"))
    place.write(f"{leaf}/origin.json", origin_json(url))
    place.raw("http-v2", "ab" * 28, b"half of a pair", ".body")
    place.write("http-v2/0/README", b"someone's note")
    return place


def files_of(place: Place) -> set[str]:
    return {
        os.path.relpath(os.path.join(folder, name), place.path)
        for folder, _, files in os.walk(place.path)
        for name in files
    }


def on(place: Place, **more: object) -> AbstractAsyncContextManager[Pilot[None]]:
    found = Found((Root(str(place.path), "--cache-dir", True),), (), (), ())
    return opened(None, scanner=None, found=found, **more)  # type: ignore[arg-type]


async def ended(pilot: Pilot[None]) -> None:
    for _ in range(400):
        await pilot.pause(0.01)
        screen = pilot.app.screen
        if not isinstance(screen, ProgressScreen) or screen.done:
            break
    await settle(pilot)
