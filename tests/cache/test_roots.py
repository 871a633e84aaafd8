"""Where the caches are: every rule on made settings. That real pips agree is tested in tests/interop/test_roots.py."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from pipcache_tui.cache import roots
from pipcache_tui.cache.pip.default_index import DefaultIndex
from pipcache_tui.cache.roots import RootError, find_roots
from tests.support.pip_settings import USER_FILE, USER_SOURCE, Machine

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes as POSIX systems have them")


class TestDefault:
    def test_unix(self, machine: Machine) -> None:
        assert machine.shown() == [("home/.cache/pip", "default")]
        assert machine.find().roots[0].exists is False
        machine.folder("home/.cache/pip")
        assert machine.find().roots[0].exists is True

    def test_unix_xdg(self, machine: Machine) -> None:
        machine.environ["XDG_CACHE_HOME"] = str(machine.top / "xdg")
        assert machine.shown() == [("xdg/pip", "XDG_CACHE_HOME")]

    @pytest.mark.parametrize("value", ["", "  "])
    def test_unix_empty_xdg(self, machine: Machine, value: str) -> None:
        machine.environ["XDG_CACHE_HOME"] = value
        assert machine.shown() == [("home/.cache/pip", "default")]

    def test_unix_relative_xdg_is_an_older_pips(self, machine: Machine) -> None:
        machine.environ["XDG_CACHE_HOME"] = "rel"
        assert machine.shown() == [("home/.cache/pip", "default")]
        machine.folder("work/rel/pip")
        assert machine.shown() == [
            ("home/.cache/pip", "default"),
            ("work/rel/pip", "XDG_CACHE_HOME, relative: used by pip before 26.3, from where it is run"),
        ]

    def test_macos(self, machine: Machine) -> None:
        assert machine.shown(system="darwin") == [("home/Library/Caches/pip", "default")]

    def test_macos_xdg_since_26_2(self, machine: Machine) -> None:
        machine.environ["XDG_CACHE_HOME"] = str(machine.top / "xdg")
        assert machine.shown(system="darwin") == [("xdg/pip", "XDG_CACHE_HOME")]
        machine.folder("home/Library/Caches/pip")
        sources = machine.shown(system="darwin")
        assert [path for path, _ in sources] == ["xdg/pip", "home/Library/Caches/pip"]
        assert "before 26.2" in sources[1][1]

    def test_windows(self, machine: Machine) -> None:
        assert machine.shown(system="win32") == [("home/AppData/Local/pip/Cache", "default")]
        machine.environ["LOCALAPPDATA"] = str(machine.top / "local")
        assert machine.shown(system="win32") == [("local/pip/Cache", "default")]

    def test_home_of_the_environment(self, machine: Machine) -> None:
        machine.environ["HOME"] = str(machine.top / "elsewhere")
        found = find_roots(environ=machine.environ, system="linux")
        assert found.roots[0].path == str(machine.top / "elsewhere" / ".cache" / "pip")


class TestNamed:
    def test_repeated_and_nothing_else(self, machine: Machine) -> None:
        machine.environ["PIP_CACHE_DIR"] = str(machine.top / "from-env")
        machine.folder("home/.pip-accel")
        assert machine.shown("~/a", "b", str(machine.top / "c")) == [
            ("home/a", "--cache-dir"),
            ("work/b", "--cache-dir"),
            ("c", "--cache-dir"),
        ]

    def test_same_folder_once(self, machine: Machine) -> None:
        machine.folder("c")
        (machine.top / "link").symlink_to("c")
        assert machine.shown(str(machine.top / "c"), str(machine.top / "link"), "../c/") == [("c", "--cache-dir")]

    @pytest.mark.parametrize("given", ["", "a\0b"])
    def test_no_name(self, machine: Machine, given: str) -> None:
        with pytest.raises(RootError, match="give the path of a pip cache"):
            machine.find(given)

    def test_a_file(self, machine: Machine) -> None:
        file = machine.write("file", "text")
        with pytest.raises(RootError) as caught:
            machine.find(str(file))
        assert "not a folder" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_current_folder_gone(self, machine: Machine) -> None:
        gone = machine.folder("gone")
        os.chdir(gone)
        gone.rmdir()
        assert [root.exists for root in machine.find("relative").roots] == [False]


class TestSections:
    def test_sections_of_commands(self, machine: Machine) -> None:
        machine.write(
            USER_FILE,
            "[global]\ncache-dir = ~/all\n[install]\ncache-dir = ~/mine\n"
            "[wheel]\ncache-dir = ~/all\n[no-command]\ncache-dir = ~/none\n",
        )
        assert machine.shown() == [
            ("home/all", USER_SOURCE),
            ("home/mine", "~/.config/pip/pip.conf [install] cache-dir"),
        ]
        assert machine.find().notes == (
            "pip install has its own cache: ~/.config/pip/pip.conf [install] cache-dir = ~/mine",
        )

    def test_a_command_with_its_own_cache_adds_a_root(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[download]\ncache-dir = ~/mine\n")
        assert [path for path, _ in machine.shown()] == ["home/.cache/pip", "home/mine"]

    def test_left_behind_default_is_pointed_at(self, machine: Machine) -> None:
        machine.environ["PIP_CACHE_DIR"] = "~/new"
        machine.folder("home/.cache/pip")
        assert machine.find().notes == ()
        machine.folder("home/.cache/pip/http")
        (note,) = machine.find().notes
        assert "--cache-dir ~/.cache/pip" in note


class TestNotes:
    @pytest.mark.parametrize("value", ["1", "0", "false", "on", "anything"])
    def test_no_cache(self, machine: Machine, value: str) -> None:
        machine.environ["PIP_NO_CACHE_DIR"] = value
        found = machine.find()
        assert [root.source for root in found.roots] == ["default"]
        (note,) = found.notes
        assert note.startswith("pip keeps no cache: PIP_NO_CACHE_DIR is set")

    def test_no_cache_for_one_command(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[install]\nno-cache-dir = false\n")
        (note,) = machine.find().notes
        assert note.startswith("pip install keeps no cache: ~/.config/pip/pip.conf [install] no-cache-dir is set")

    @pytest.mark.parametrize("value", ["false", "False", "no", "0"])
    def test_a_folder_named_false(self, machine: Machine, value: str) -> None:
        machine.write(USER_FILE, f"[global]\ncache-dir = {value}\n")
        assert machine.shown() == [(f"work/{value}", USER_SOURCE)]
        (note,) = machine.find().notes
        assert "does not turn the cache off" in note

    def test_relative(self, machine: Machine) -> None:
        machine.environ["PIP_CACHE_DIR"] = "here"
        assert machine.shown() == [("work/here", "PIP_CACHE_DIR")]
        (note,) = machine.find().notes
        assert "is relative" in note

    def test_names_a_file(self, machine: Machine) -> None:
        machine.environ["PIP_CACHE_DIR"] = str(machine.write("file", ""))
        found = machine.find()
        assert [root.exists for root in found.roots] == [False]
        assert "which is not a folder" in found.notes[0]

    def test_hostile_values_stay_on_one_safe_line(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[global]\ncache-dir = \x1b[31m/red\u202e\n  next\n")
        found = machine.find()
        for text in (*found.notes, *(root.source for root in found.roots)):
            assert text.isprintable()

    def test_null_character(self, machine: Machine) -> None:
        machine.write(USER_FILE, "[global]\ncache-dir = a\0b\n")
        assert machine.find().roots == ()
        assert "not a folder's name" in machine.find().notes[0]


@posix_only
class TestOwners:
    @pytest.fixture
    def as_user(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
        return lambda user: monkeypatch.setattr("os.geteuid", lambda: user)

    def owned(self, monkeypatch: pytest.MonkeyPatch, owner: int) -> None:
        monkeypatch.setattr(roots, "_owner", lambda _path: owner)

    def test_root_in_anothers_folder(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch, as_user: Callable[[int], None]
    ) -> None:
        as_user(0)
        self.owned(monkeypatch, 1000)
        (note,) = machine.find(system=sys.platform).notes
        assert note.startswith("pip run by root keeps no cache in ~/")
        assert "belongs to user 1000" in note

    def test_root_in_its_own(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch, as_user: Callable[[int], None]
    ) -> None:
        as_user(0)
        self.owned(monkeypatch, 0)
        assert machine.find(system=sys.platform).notes == ()

    def test_user_who_may_not_write(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch, as_user: Callable[[int], None]
    ) -> None:
        """It is the nearest folder that is there that counts."""
        as_user(1000)
        monkeypatch.setattr("os.access", lambda path, mode: path != str(machine.home))
        (note,) = machine.find(system=sys.platform).notes
        assert note.startswith("pip keeps no cache in ~/")
        assert "may not be written to" in note
        machine.folder("home/.cache/pip")
        machine.folder("home/Library/Caches/pip")
        assert machine.find(system=sys.platform).notes == ()

    def test_sudo(self, machine: Machine, monkeypatch: pytest.MonkeyPatch, as_user: Callable[[int], None]) -> None:
        import pwd

        as_user(0)
        self.owned(monkeypatch, 0)
        entry = pwd.struct_passwd(("alice", "x", 1000, 1000, "", str(machine.top / "alice"), "/bin/sh"))
        monkeypatch.setattr("pwd.getpwnam", {"alice": entry}.__getitem__)
        machine.environ["SUDO_USER"] = "alice"
        (note,) = machine.find().notes
        assert f"--cache-dir {machine.top}/alice/.cache/pip" in note
        assert machine.find(f"{machine.top}/alice/.cache/pip").notes == ()
        machine.environ["SUDO_USER"] = "nobody-known"
        assert machine.find().notes == ()


class TestOlder:
    def test_download_cache(self, machine: Machine) -> None:
        machine.environ["PIP_DOWNLOAD_CACHE"] = "~/downloads"
        assert machine.shown() == [("home/.cache/pip", "default")]
        machine.folder("home/downloads")
        assert machine.shown() == [("home/.cache/pip", "default"), ("home/downloads", "PIP_DOWNLOAD_CACHE")]

    def test_download_cache_of_files(self, machine: Machine) -> None:
        machine.write("home/.pip/pip.conf", "[global]\ndownload_cache = ~/one\n[install]\ndownload-cache = ~/two\n")
        machine.folder("home/one")
        machine.folder("home/two")
        assert machine.shown()[1:] == [
            ("home/one", "~/.pip/pip.conf [global] download-cache"),
            ("home/two", "~/.pip/pip.conf [install] download-cache"),
        ]

    def test_pip_accel(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.environ["PIP_ACCEL_CACHE"] = "~/accel"
        for path in ("home/accel", "home/.pip-accel", "var/cache/pip-accel"):
            machine.folder(path)
        monkeypatch.setattr(roots, "_effective_user", lambda: 1000)
        users = [("home/accel", "PIP_ACCEL_CACHE"), ("home/.pip-accel", "pip-accel's default")]
        assert machine.shown()[1:] == users
        monkeypatch.setattr(roots, "_effective_user", lambda: 0)
        assert machine.shown()[1:] == [*users, ("var/cache/pip-accel", "pip-accel's default for root")]

    def test_download_cache_in_the_cache_is_one_root(self, machine: Machine) -> None:
        machine.folder("home/.cache/pip")
        machine.environ["PIP_DOWNLOAD_CACHE"] = "~/.cache/pip"
        assert machine.shown() == [("home/.cache/pip", "default")]


class TestIndexes:
    @pytest.fixture(autouse=True)
    def ignorant_pip(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            roots,
            "pip_knowledge",
            lambda environ: DefaultIndex(("https://index.example/simple",), ("https://files.example",)),
        )

    def test_pips_own(self, machine: Machine) -> None:
        found = machine.find()
        assert found.index_urls == ("https://index.example/simple",)
        assert found.file_hosts == ("https://files.example",)

    def test_configured_without_credentials(self, machine: Machine) -> None:
        machine.environ["PIP_INDEX_URL"] = "https://me:secret@mirror.example:8443/simple/"
        machine.environ["PIP_EXTRA_INDEX_URL"] = "https://token@two.example/a  http://localhost:3141/root/pypi/+simple/"
        machine.write(
            USER_FILE,
            "[global]\nindex-url = https://three.example/simple\n"
            "[install]\nextra-index-url =\n  https://four.example/x\n  file:///srv/simple\n  https://[broken\n",
        )
        assert machine.find("somewhere").index_urls == (
            "https://mirror.example:8443/simple",
            "https://two.example/a",
            "http://localhost:3141/root/pypi/+simple",
            "https://three.example/simple",
            "https://four.example/x",
            "https://index.example/simple",
        )
