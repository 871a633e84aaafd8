"""Whatever stands in an environment is read without a crash, and what can't be read is said in one line."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipcache_tui.cache.pip.config import Place
from pipcache_tui.pythons.environments import find_environments, read_environment
from pipcache_tui.pythons.installed import BrokenDistribution, read_files
from pipcache_tui.text import safe_text

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names with any byte in them")

names = st.builds(
    lambda stem, suffix: stem.translate({0: "", 47: ""})[:60] + suffix,
    st.text(st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"]))
    | st.sampled_from(["a-1.0", "~b-1", "c-", "-"]),
    st.sampled_from([".dist-info", ".egg-info", ".egg", ""]),
).filter(lambda name: name not in ("", ".", ".."))
contents = st.binary(max_size=300) | st.sampled_from([b"Name: x\nVersion: 1\n\n", b"Name: \x1b[31m\nVersion: 1\n\n"])
records = st.dictionaries(
    names,
    st.none()
    | contents
    | st.dictionaries(st.sampled_from(["METADATA", "PKG-INFO", "direct_url.json", "INSTALLER"]), contents),
)


@given(records=records, config=contents)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_names_and_bytes_are_read(records: dict[str, object], config: bytes, tmp_path: Path) -> None:
    prefix = tmp_path / "env"
    shutil.rmtree(prefix, ignore_errors=True)
    site = prefix / "lib/python3.12/site-packages"
    site.mkdir(parents=True)
    (prefix / "pyvenv.cfg").write_bytes(config)
    for name, content in records.items():
        if isinstance(content, bytes):
            (site / name).write_bytes(content)
            continue
        (site / name).mkdir(exist_ok=True)
        for file, data in content.items() if isinstance(content, dict) else ():
            (site / name / file).write_bytes(data)
    found = read_environment(str(prefix))
    for line in found.warnings:
        assert safe_text(line) == line
    for distribution in found.found[0].distributions:
        assert found.having(distribution.project, distribution.version)
        try:
            read_files(distribution)
        except BrokenDistribution as why:
            assert "\n" not in str(why)


def test_a_current_folder_that_is_gone_is_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    place = Place.of({"HOME": str(tmp_path)}, home=str(tmp_path), prefix="/nowhere")
    assert not [each for each in find_environments(place=place).found if each.prefix.startswith(str(tmp_path))]


def test_what_blocks_or_leads_elsewhere_is_not_opened(tmp_path: Path) -> None:
    site = tmp_path / "env/lib/python3.12/site-packages"
    site.mkdir(parents=True)
    os.mkfifo(tmp_path / "env/pyvenv.cfg")
    for name in ("fifo.dist-info", "link.dist-info", "device.dist-info"):
        (site / name).mkdir()
    os.mkfifo(site / "fifo.dist-info/METADATA")
    os.symlink("/etc/passwd", site / "link.dist-info/METADATA")
    os.symlink("/dev/zero", site / "device.dist-info/METADATA")
    os.symlink(site / "fifo.dist-info", site / "loop.egg-info")
    found = read_environment(str(tmp_path / "env"))
    assert found.found[0].distributions == ()
    assert "4 records of installed projects can't be read" in found.warnings[-1]
