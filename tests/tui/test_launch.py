"""The settings the screen keeps between runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipcache_tui.tui.launch import Settings, load_settings, save_settings


def test_saved_settings_are_loaded_again(tmp_path: Path) -> None:
    path = str(tmp_path / "deep" / "settings.json")
    save_settings(path, Settings("nord"))
    assert load_settings(path) == Settings("nord")
    assert [name.name for name in (tmp_path / "deep").iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"theme": 7}', '{"keys": []}'])
def test_broken_or_missing_settings_count_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content)
    assert load_settings(str(path)) == Settings()
    assert load_settings(str(tmp_path / "missing")) == Settings()


def test_settings_that_cannot_be_written_raise_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    save_settings(str(tmp_path / "file" / "settings.json"), Settings("nord"))
    save_settings(None, Settings("nord"))
    assert json.dumps(load_settings(None).theme) == "null"
