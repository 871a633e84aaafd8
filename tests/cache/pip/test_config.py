"""pip's settings: which files and variables count, in which order, and what a file that cannot be used does."""

from __future__ import annotations

import os
import sys

import pytest

from pipcache_tui.cache.roots import find_roots
from tests.support.pip_settings import USER_FILE, USER_SOURCE, Machine

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes as POSIX systems have them")


class TestOrder:
    def test_variables_override_files(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[global]\ncache-dir = /u\n[install]\ncache-dir = /i\n")
        machine.environ["PIP_CACHE_DIR"] = "~/env"
        assert machine.shown() == [("home/env", "PIP_CACHE_DIR")]

    def test_a_variable_counts_in_any_case(self, machine: Machine) -> None:
        machine.environ["PIP_Cache_Dir"] = "~/env"
        assert machine.shown() == [("home/env", "PIP_Cache_Dir")]

    def test_empty_values_are_ignored(self, machine: Machine) -> None:
        machine.environ.update(PIP_CACHE_DIR="", PIP_NO_CACHE_DIR="")
        machine.write(USER_FILE, "[global]\ncache-dir =\nno-cache-dir =\n")
        found = machine.find()
        assert [root.source for root in found.roots] == ["default"]
        assert found.notes == ()

    def test_an_empty_value_hides_those_of_earlier_files(self, machine: Machine) -> None:
        machine.write("etc/pip.conf", "[global]\ncache-dir = /etc-says\n")
        machine.write(USER_FILE, "[global]\ncache-dir =\n")
        assert machine.shown() == [("home/.cache/pip", "default")]

    def test_a_later_file_overrides_earlier_ones(self, machine: Machine) -> None:
        """Each later file overrides the ones before it."""
        files = {
            "etc/xdg/pip/pip.conf": None,
            "etc/pip.conf": None,
            "home/.pip/pip.conf": "~/.pip/pip.conf [global] cache-dir",
            USER_FILE: USER_SOURCE,
            "prefix/pip.conf": None,
        }
        for number, (path, source) in enumerate(files.items()):
            machine.write(path, f"[global]\ncache_dir = {machine.top}/cache{number}\n")
            assert machine.shown() == [(f"cache{number}", source or f"{machine.top}/{path} [global] cache-dir")]

    def test_pip_config_file_overrides_all_and_replaces_the_users_files(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[install]\ncache-dir = /user\n")
        machine.write("prefix/pip.conf", f"[global]\ncache-dir = {machine.top}/site\n")
        override = machine.write("override.conf", "[global]\n")
        machine.environ["PIP_CONFIG_FILE"] = str(override)
        assert [path for path, _ in machine.shown()] == ["site"]
        override.write_text(f"[global]\ncache-dir = {machine.top}/override\n")
        assert [path for path, _ in machine.shown()] == ["override"]

    def test_a_pip_config_file_that_is_missing_is_noted(self, machine: Machine) -> None:
        machine.write(USER_FILE, f"[global]\ncache-dir = {machine.top}/user\n")
        machine.environ["PIP_CONFIG_FILE"] = str(machine.top / "absent.conf")
        assert machine.shown() == [("user", USER_SOURCE)]
        assert any("absent.conf" in note and "not there" in note for note in machine.find().notes)

    @pytest.mark.parametrize(("system", "null"), [("linux", "/dev/null"), ("darwin", "/dev/null"), ("win32", "nul")])
    def test_the_null_device_as_config_file_skips_all_files(self, machine: Machine, system: str, null: str) -> None:
        for path in ("etc/pip.conf", USER_FILE, "prefix/pip.conf", "prefix/pip.ini"):
            machine.write(path, "[global]\ncache-dir = /x\n")
        machine.environ["PIP_CONFIG_FILE"] = null
        assert [source for _, source in machine.shown(system=system)] == ["default"]

    def test_xdg_variables_move_the_files(self, machine: Machine) -> None:
        machine.environ.update(
            XDG_CONFIG_HOME=str(machine.top / "c"), XDG_CONFIG_DIRS=f"{machine.top}/d1:{machine.top}/d2"
        )
        machine.write("d1/pip/pip.conf", f"[global]\ncache-dir = {machine.top}/one\n")
        assert [path for path, _ in machine.shown()] == ["one"]
        machine.write("d2/pip/pip.conf", f"[global]\ncache-dir = {machine.top}/two\n")
        assert [path for path, _ in machine.shown()] == ["two"]
        machine.write("c/pip/pip.conf", f"[global]\ncache-dir = {machine.top}/three\n")
        assert [path for path, _ in machine.shown()] == ["three"]

    def test_the_files_of_macos_in_order(self, machine: Machine) -> None:
        machine.environ["XDG_DATA_DIRS"] = str(machine.top / "share")
        for number, path in enumerate(
            (
                "share/pip/pip.conf",
                "home/.pip/pip.conf",
                "home/.config/pip/pip.conf",
                "home/Library/Application Support/pip/pip.conf",
                "prefix/pip.conf",
            )
        ):
            machine.write(path, f"[global]\ncache-dir = {machine.top}/cache{number}\n")
            assert [path for path, _ in machine.shown(system="darwin")] == [f"cache{number}"]

    def test_the_files_of_windows_in_order(self, machine: Machine) -> None:
        machine.environ.update(PROGRAMDATA=str(machine.top / "data"), APPDATA=str(machine.top / "roaming"))
        for number, path in enumerate(
            ("data/pip/pip.ini", "home/pip/pip.ini", "roaming/pip/pip.ini", "prefix/pip.ini")
        ):
            machine.write(path, f"[global]\ncache-dir = {machine.top}/cache{number}\n")
            assert [path for path, _ in machine.shown(system="win32")] == [f"cache{number}"]

    def test_the_default_section_holds_for_all_commands(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[DEFAULT]\ncache-dir = ~/all\n[global]\ntimeout = 3\n")
        assert machine.shown() == [("home/all", USER_SOURCE)]

    def test_the_file_of_the_active_environment_counts(self, machine: Machine) -> None:
        machine.write("venv/pip.conf", f"[global]\ncache-dir = {machine.top}/of-venv\n")
        machine.environ["VIRTUAL_ENV"] = str(machine.top / "venv")
        found = find_roots(environ=machine.environ, system="linux", home=str(machine.home))
        assert [root.path for root in found.roots] == [str(machine.top / "of-venv")]


class TestUnusableFiles:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"cache-dir = x\n", "no section headers"),
            (b"[global]\ncache-dir = 1\ncache_dir = 2\n", "already exists"),
            (b"[global]\nno value here\n", "parsing errors"),
            (b"[global]\ncache-dir = \xff\xfe\n", "not text in"),
            (b"\0" * 100, "no section headers"),
            (b"# " + b"x" * (1 << 20), "over 1 MiB"),
        ],
    )
    def test_a_file_that_cannot_be_parsed_is_noted(
        self, machine: Machine, content: bytes, words: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("locale.getpreferredencoding", lambda *_: "utf-8")
        machine.write("etc/pip.conf", f"[global]\ncache-dir = {machine.top}/good\n")
        machine.write(USER_FILE, content)
        found = machine.find()
        assert [root.path for root in found.roots] == [str(machine.top / "good")]
        (note,) = found.notes
        assert note.startswith("~/.config/pip/pip.conf: ")
        assert words in note
        assert "\n" not in note

    def test_a_folder_in_place_of_a_file_is_noted(self, machine: Machine) -> None:
        machine.folder(USER_FILE)
        assert machine.find().notes == ("~/.config/pip/pip.conf: not a regular file, left out",)

    @posix_only
    def test_a_pipe_in_place_of_a_file_does_not_block(self, machine: Machine) -> None:
        machine.folder("home/.config/pip")
        os.mkfifo(machine.top / USER_FILE)
        assert machine.find().notes == ("~/.config/pip/pip.conf: not a regular file, left out",)

    @posix_only
    def test_a_file_that_cannot_be_read_is_noted(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        """Root may read everything, so the refusal is made."""
        path = machine.write(USER_FILE, "[global]\ncache-dir = /x\n")
        really_open = open

        def refusing(name: str, *rest: object, **named: object) -> object:
            if name == str(path):
                raise PermissionError(13, "Permission denied", name)
            return really_open(name, *rest, **named)  # type: ignore[call-overload]

        monkeypatch.setattr("builtins.open", refusing)
        found = machine.find()
        assert [root.source for root in found.roots] == ["default"]
        assert found.notes == ("~/.config/pip/pip.conf: permission denied; left out, as pip does",)
