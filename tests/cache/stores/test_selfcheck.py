"""pip's notes of when it last looked for a newer pip."""

from __future__ import annotations

from pipcache_tui.cache.model import SelfCheck
from pipcache_tui.demo import formats
from tests.support.cache_root import Place


def test_self_checks_of_all_pips_are_read(place: Place) -> None:
    path = formats.selfcheck_path("/hello/world/venv")
    assert path == "selfcheck/fcd2d5175dd33d5df759ee7b045264230205ef837bf9f582f7c3ada7"
    place.write(path, formats.selfcheck_note("/hello/world/venv", 1e9, "26.3"))
    place.write("selfcheck.json", formats.old_selfcheck({"/usr": (1e9, "9.0.3")}))
    place.write(formats.selfcheck_path("bad"), b"{")
    place.write("selfcheck/other", b"mine")
    snapshot = place.scan()
    details = [entry.detail for entry in snapshot.entries]
    assert SelfCheck("/hello/world/venv", "2001-09-09T01:46:40+00:00", "26.3") in details
    assert SelfCheck("/usr", "2001-09-09T01:46:40Z", "9.0.3") in details
    assert [entry.kind for entry in snapshot.entries].count("unreadable") == 1
    assert snapshot.foreign_files == 1
