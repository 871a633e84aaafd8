"""What is set for every run: the file, the variables, the flags, and what each kind of slip is answered with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.config import SETTINGS, Config, default_path, load_config
from pipcache_tui.demo.packages import make_wheel, wheel_name
from pipcache_tui.tui import app
from pipcache_tui.tui.launch import Launch
from tests.cli.conftest import Cache, Run
from tests.support.cache_root import FILES, Place

WHOLE = """\
theme = "nord"
group = "kind"
columns = ["size", "age"]
extra-roots = ["~/old"]
environments = ["~/src"]
keep = ["torch*", "numpy"]
needed-by = ["environments", "~/src/requirements.txt"]
pip-version = "25.3"

[keys]
delete = "X"
down = ["n", "down"]
"""
ALL_FLAGS = ("out", "err", "in")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is read without being named, in a home that was empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path / "config"))
    path = Path(default_path())
    path.parent.mkdir(parents=True)
    return path


def load(text: str, path: Path, **variables: str) -> Config:
    path.write_text(text, encoding="utf-8")
    return load_config({"PIPCACHE_TUI_CONFIG": os.fspath(path), **variables})


def shown(config: Config) -> dict[str, Any]:
    return {setting.name: getattr(config, setting.attribute) for setting in SETTINGS}


def test_every_setting_of_the_file(tmp_path: Path) -> None:
    assert shown(load(WHOLE, tmp_path / "c.toml")) == {
        "theme": "nord",
        "group": "kind",
        "columns": ("size", "age"),
        "keys": {"delete": "X", "down": "n,down"},
        "extra-roots": (os.path.expanduser("~/old"),),
        "environments": (os.path.expanduser("~/src"),),
        "keep": ("torch*", "numpy"),
        "needed-by": ("environments", os.path.expanduser("~/src/requirements.txt")),
        "pip-version": "25.3",
    }


def test_every_setting_has_a_variable_that_goes_before_the_file_and_protections_add_up(tmp_path: Path) -> None:
    variables = {
        "PIPCACHE_TUI_THEME": "dracula",
        "PIPCACHE_TUI_GROUP": "host",
        "PIPCACHE_TUI_COLUMNS": "pip, size",
        "PIPCACHE_TUI_KEYS": "mark=m down=n,f2",
        "PIPCACHE_TUI_EXTRA_ROOTS": os.pathsep.join(["/a", "/b c"]),
        "PIPCACHE_TUI_ENVIRONMENTS": "/src",
        "PIPCACHE_TUI_KEEP": "six, scipy",
        "PIPCACHE_TUI_NEEDED_BY": "environments",
        "PIPCACHE_TUI_PIP_VERSION": "24.0",
    }
    assert {setting.variable for setting in SETTINGS} == set(variables)
    config = load(WHOLE, tmp_path / "c.toml", **variables)
    assert shown(config) == {
        "theme": "dracula",
        "group": "host",
        "columns": ("pip", "size"),
        "keys": {"mark": "m", "down": "n,f2"},
        "extra-roots": ("/a", "/b c"),
        "environments": ("/src",),
        "keep": ("torch*", "numpy", "six", "scipy"),
        "needed-by": ("environments", os.path.expanduser("~/src/requirements.txt"), "environments"),
        "pip-version": "24.0",
    }
    assert set(config.sources.values()) == set(variables)
    assert shown(load(WHOLE, tmp_path / "c.toml", **dict.fromkeys(variables, ""))) == shown(
        load(WHOLE, tmp_path / "c.toml")
    ), "an empty variable sets nothing"


def test_no_file_sets_nothing_and_an_empty_name_reads_none(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_config() == Config()
    file.write_text('theme = "nord"')
    assert load_config().theme == "nord"
    monkeypatch.setenv("PIPCACHE_TUI_CONFIG", "")
    assert load_config() == Config()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kepe = ['a']", "kepe: no such setting; did you mean keep?"),
        ("wholly-other = 1", "wholly-other: no such setting; there are theme, "),
        ("keep = 'torch*'", "keep: must be a list"),
        ("keep = ['a', 3]", "keep: must be a list"),
        ("keep = [''] ", "keep: must be a list"),
        ("theme = 3", "theme: must be a text"),
        ("theme = ''", "theme: must be a text"),
        ("group = 'prject'", "group: 'prject' is none of project, kind, store, python, host, flat; project?"),
        ("columns = ['size', 'sise']", "columns: 'sise' is none of size, "),
        ("extra-roots = ['pip']", "extra-roots: 'pip' must be a whole path"),
        ("pip-version = 'new'", "pip-version: 'new' is no version"),
        ("pip-version = '99'", "pip-version: there is no pip 99"),
        ("pip-version = 25.3", "pip-version: must be a text in quotes"),
        ("keys = 'd'", "keys: must be a table"),
        ("[keys]\ndelete = 3", "keys.delete: must be a key"),
        ("[keys]\ndelete = ['D', 1]", "keys.delete: must be a key"),
        ("[keys]\ndelete = ''", "keys.delete: must be a key"),
        ("theme = ", "Invalid value"),
        ("theme = 'a'\ntheme = 'b'\n", "Cannot overwrite a value"),
        ("x = " + "[" * 5000, ""),
    ],
)
def test_a_slip_in_the_file_is_answered_with_file_and_key(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    with pytest.raises(UsageError) as raised:
        load(text, path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"PIPCACHE_TUI_GROUP": "colour"}, "PIPCACHE_TUI_GROUP: 'colour' is none of"),
        ({"PIPCACHE_TUI_KEYS": "delete"}, "PIPCACHE_TUI_KEYS: 'delete' must be a command and its key"),
        ({"PIPCACHE_TUI_KEPE": "torch"}, "PIPCACHE_TUI_KEPE: no such variable; did you mean PIPCACHE_TUI_KEEP?"),
        ({"PIPCACHE_TUI_CONFIG": "/no/such/file"}, "PIPCACHE_TUI_CONFIG: /no/such/file: no such file"),
        ({"PIPCACHE_TUI_CONFIG": "/"}, "/: is a directory"),
    ],
)
def test_a_slip_in_a_variable_is_answered_with_its_name(variables: Mapping[str, str], says: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_config({"PIPCACHE_TUI_CONFIG": "", **variables})
    assert str(raised.value).startswith(says)


@pytest.mark.parametrize("name", ["CACHE_DIR", "PYTHON", "WAIT", "NO_MEMORY", "FOO"])
def test_a_variable_that_would_do_nothing_stops_a_run(name: str) -> None:
    """With one such as PIPCACHE_TUI_CACHE_DIR passed over, another cache would be pruned."""
    with pytest.raises(UsageError, match=f"PIPCACHE_TUI_{name}: no such variable; there are PIPCACHE_TUI_CONFIG, "):
        load_config({"PIPCACHE_TUI_CONFIG": "", f"PIPCACHE_TUI_{name}": "1"})


def test_a_closed_folder_of_settings_is_no_file(file: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a service's user with the HOME of another; a file that is there and closed stops the run."""
    real, refused = os.lstat, []

    def lstat(path: Any, **named: Any) -> os.stat_result:
        if os.fspath(path) == os.fspath(file):
            refused.append(path)
            raise PermissionError(13, "Permission denied", path)
        return real(path, **named)

    file.write_text("kepe = ['a']")
    monkeypatch.setattr(os, "lstat", lstat)
    config = load_config()
    assert (config.keep, len(config.warnings), len(refused)) == ((), 1, 1)
    assert "closed to this user, so no settings are read" in config.warnings[0]
    assert "closed to this user" in run("--forget").err
    assert run("--forget", "-q").err == ""


def test_a_user_without_a_home_has_no_settings_and_no_memory(
    cache: Cache, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(*_: Any, **__: Any) -> str:
        raise RuntimeError("Could not determine home directory.")

    cache.add("a", days=1)
    for name in ("user_config_dir", "user_cache_dir"):
        monkeypatch.setattr(f"platformdirs.{name}", homeless)
    assert load_config({}) == Config()
    for argv in (["--info"], ["--list"], ["--prune-older", "30d"], ["--verify"], ["--forget"]):
        answer = run(cache.flag, *argv)
        assert (answer.code, "home" in answer.err) == (0, False), argv


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b'theme = "\xff"')
    with pytest.raises(UsageError, match="utf-8"):
        load_config({"PIPCACHE_TUI_CONFIG": os.fspath(path)})


def test_a_broken_file_stops_a_run_before_anything_goes(file: Path, cache: Cache, run: Run) -> None:
    cache.add("a", days=99)
    file.write_text("kepe = ['a']")
    answer = run(cache.flag, "--purge", "--yes")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f"pipcache-tui: {file}: kepe: no such setting; did you mean keep?\n"
    assert len(cache.files()) == 2


@pytest.mark.parametrize("how", ["file", "variable", "flag"])
@pytest.mark.parametrize("rule", [["--purge", "--yes"], ["--prune-older", "1d"], ["--prune", "--filter", "size>0"]])
def test_no_rule_touches_what_is_to_be_kept(
    how: str, rule: list[str], file: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path / "cache")
    for project in ("torch_vision", "six"):
        name = wheel_name(project, "1.0")
        place.v2(FILES + name, make_wheel(project, "1.0"))
    for path in (tmp_path / "cache").rglob("*"):
        os.utime(path, (0, 0))
    flags: list[str] = []
    if how == "file":
        file.write_text("keep = ['Torch*']")
    elif how == "variable":
        monkeypatch.setenv("PIPCACHE_TUI_KEEP", "Torch*")
    else:
        flags = ["--keep", "Torch*"]
    answer = run(f"--cache-dir={tmp_path / 'cache'}", *rule, *flags, "--force")
    assert answer.code == 0, answer.err
    assert [entry.project for entry in place.scan().entries] == ["torch-vision"]
    assert "kept: its project matches Torch*" in answer.err


def test_extra_roots_are_read_along_with_pips_own_and_say_who_named_them(
    file: Path, tmp_path: Path, cache: Cache, run: Run
) -> None:
    entry = cache.add("a", days=1)
    file.write_text(f"extra-roots = ['{cache.path}']")
    roots = run("--info", "--json").json["roots"]
    assert [(root["path"], root["source"]) for root in roots[1:]] == [(str(cache.path), f"{file}: extra-roots")]
    assert roots[0]["source"] == "default"
    assert run("--list", "-q").out == f"{entry}\n"
    other = tmp_path / "other"
    other.mkdir()
    assert run("--list", "-q", f"--cache-dir={other}").out == "", "--cache-dir goes before the file"


def test_an_extra_root_that_is_not_a_folder_is_reported(file: Path, tmp_path: Path, run: Run) -> None:
    file.write_text(f"extra-roots = ['{file}']")
    assert "which is not a folder" in run("--info").out


def test_the_pip_version_of_the_file_is_shown_unless_a_flag_names_another(file: Path, cache: Cache, run: Run) -> None:
    cache.add("a", days=1)
    file.write_text("pip-version = '1.5.4'")
    told = [run(cache.flag, "--info", *flag).out for flag in ([], ["--pip-version", "26.3"])]
    assert "1.5.4" in told[0]
    assert "1.5.4" not in told[1]


class TestScreen:
    @pytest.fixture
    def launches(self, monkeypatch: pytest.MonkeyPatch) -> list[Launch]:
        seen: list[Launch] = []

        def opened(launch: Launch) -> int:
            seen.append(launch)
            return 0

        monkeypatch.setattr(app, "run", opened)
        return seen

    def test_all_reaches_it(self, file: Path, cache: Cache, run: Run, launches: list[Launch]) -> None:
        file.write_text(WHOLE)
        assert run(cache.flag, "--theme", "gruvbox", "--keep", "six", terminals=ALL_FLAGS).code == 0
        (launch,) = launches
        assert (launch.theme, launch.group, launch.columns) == ("gruvbox", "kind", ("size", "age"))
        assert launch.keys == {"delete": "X", "down": "n,down"}
        assert launch.workspace.options.keep == ("torch*", "numpy", "six")
        assert launch.workspace.options.pip_version == "25.3"

    @pytest.mark.parametrize(
        ("text", "argv", "says"),
        [
            ("theme = 'gruvbux'", [], "{file}: theme: 'gruvbux' is not a theme; did you mean gruvbox?"),
            ("", ["--theme", "gruvbux"], "--theme: 'gruvbux' is not a theme; did you mean gruvbox?"),
            ("keys.delte = 'D'", [], "{file}: keys.delte: no such command; did you mean delete?"),
            ("keys.delete = 'V'", [], "{file}: keys.delete: 'V' is the key of verify; give that another too"),
        ],
    )
    def test_an_unknown_theme_or_key_is_refused_before_it_opens(
        self, text: str, argv: list[str], says: str, file: Path, cache: Cache, run: Run, launches: list[Launch]
    ) -> None:
        file.write_text(text)
        answer = run(cache.flag, *argv, terminals=ALL_FLAGS)
        assert (answer.code, launches) == (2, [])
        assert answer.err == f"pipcache-tui: {says.format(file=file)}\n"

    @pytest.mark.parametrize("argv", [["--list", "--keep", "a"], ["--list", "--theme", "nord"]])
    def test_flags_that_would_do_nothing_are_refused(self, argv: list[str], run: Run) -> None:
        assert run(*argv).code == 2
