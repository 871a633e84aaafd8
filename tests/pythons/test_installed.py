"""What is installed in a folder: names, versions, who installed it and from where."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipcache_tui.pythons.installed import BrokenDistribution, Distribution, read_files, read_site


class TestRecords:
    def read(self, folder: Path, *names: str) -> list[tuple[str, str]]:
        for name in names:
            (folder / name).mkdir()
        return [(each.project, each.version) for each in read_site(str(folder))[0]]

    @pytest.mark.parametrize(
        ("name", "project", "version"),
        [
            ("Some_Project-1.0.dist-info", "some-project", "1.0"),
            ("zope.interface-7.0.post1.dist-info", "zope-interface", "7.0.post1"),
            ("torch-2.6.0+cu124.dist-info", "torch", "2.6.0+cu124"),
            ("torch-2.6.0_cu124.dist-info", "torch", "2.6.0+cu124"),
            ("epoch-1!2.0.dist-info", "epoch", "1!2.0"),
            ("old-1.0-py2.7.egg-info", "old", "1.0"),
            ("old-1.0-py2.7-linux-x86_64.egg", "old", "1.0"),
            ("older-1.0.egg-info", "older", "1.0"),
            ("odd-yesterday.dist-info", "odd", "yesterday"),
        ],
    )
    def test_project_and_version_come_from_the_name(
        self, tmp_path: Path, name: str, project: str, version: str
    ) -> None:
        assert self.read(tmp_path, name, "six", "six.py", "__pycache__") == [(project, version)]

    def test_a_develop_install_has_the_name_in_its_metadata(self, tmp_path: Path) -> None:
        (tmp_path / "mine.egg-info").mkdir()
        (tmp_path / "mine.egg-info/PKG-INFO").write_text("Metadata-Version: 2.1\nName: Mine\nVersion: 3.0\n\nName: x\n")
        assert self.read(tmp_path) == [("mine", "3.0")]

    def test_the_files_say_who_installed_it_and_from_where(self, tmp_path: Path) -> None:
        info = tmp_path / "mine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\nRequires-Dist: six>=1\n\n")
        (info / "INSTALLER").write_text("uv\n")
        (info / "direct_url.json").write_text(json.dumps({"url": "file:///src/mine", "dir_info": {"editable": True}}))
        files = read_files(Distribution("mine", "1.0", str(info)))
        assert (files.installer, files.url, files.is_editable) == ("uv", "file:///src/mine", True)
        assert files.metadata.requires == ("six>=1",)

    @pytest.mark.parametrize("text", ["", "[]", "{", '{"url": 1, "dir_info": []}', "[" * 50_000])
    def test_a_broken_direct_url_is_named(self, tmp_path: Path, text: str) -> None:
        info = tmp_path / "mine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: mine\n\n")
        (info / "direct_url.json").write_text(text)
        distribution = Distribution("mine", "1.0", str(info))
        if not text:
            assert read_files(distribution).url is None
            return
        with pytest.raises(BrokenDistribution, match=r"its direct_url\.json can't be read"):
            read_files(distribution)
