from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.resolve.check import check
from pipcache_tui.resolve.check_input import read_check_input
from pipcache_tui.resolve.inputs.lock_files import read_lock
from pipcache_tui.resolve.inputs.requirements import InstallOptions, RequirementError
from pipcache_tui.resolve.pip_options import PipOptions
from tests.support.index_cache import FILES, NOW, PYTHON, Shop, make_python, make_shop

HEAD = 'lock-version = "1.0"\ncreated-by = "tests"\n'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return make_shop(tmp_path / "cache")


def package(shop: Shop, project: str, version: str, *names: str, **fields: str) -> str:
    lines = ["[[packages]]", f'name = "{project}"', f'version = "{version}"']
    lines += [f'{field.replace("_", "-")} = "{value}"' for field, value in fields.items()]
    for name in names:
        kind = "[[packages.wheels]]" if name.endswith(".whl") else "[packages.sdist]"
        size = len(shop.contents[name])
        lines += [kind, f'name = "{name}"', f'url = "{FILES}{name}"', f"size = {size}"]
        lines += [f'hashes = {{sha256 = "{shop.sha256(name)}"}}']
    return "\n".join(lines) + "\n"


def test_each_python_gets_what_is_locked_for_it(shop: Shop, tmp_path: Path) -> None:
    plain, quick = shop.wheel("six", "1.0"), shop.wheel("six", "1.0", "cp312-cp312-linux_x86_64")
    source = shop.sdist("attrs", "2.0")
    shop.keep(quick)
    path = tmp_path / "pylock.toml"
    path.write_text(
        HEAD
        + package(shop, "six", "1.0", plain, quick)
        + package(shop, "attrs", "2.0", source, marker="python_version < '3.13'")
    )
    check_input = read_check_input([str(path)], PipOptions(InstallOptions(("https://index.example/simple",))))
    reports = [
        check(check_input, shop.entries(), str(shop.place.path), python, "26.3", NOW)
        for python in (PYTHON, make_python("3.13.0", ("py3-none-any",)))
    ]
    found = [[(each.project, each.outcome.filename, each.verdict) for each in report.results] for report in reports]
    assert found == [
        [("six", quick, "served"), ("attrs", source, "download")],
        [("six", plain, "download")],
    ]
    assert reports[0].requests == ()  # no index is asked for what is locked
    assert reports[0].results[1].outcome.size == len(shop.contents[source])
    assert reports[0].notes == ()
    older = check(check_input, shop.entries(), str(shop.place.path), PYTHON, "25.3", NOW)
    assert "reads no lock files" in older.notes[0]


def test_what_is_no_file_of_an_index(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(
        HEAD
        + '[[packages]]\nname = "a"\n[packages.vcs]\ntype = "git"\nurl = "https://git.example/a"\ncommit-id = "0"\n'
        + '[[packages]]\nname = "b"\n[packages.directory]\npath = "b"\n'
        + f'[[packages]]\nname = "c"\n[packages.archive]\nurl = "{FILES}c-1.0.tar.gz"\nhashes = {{sha256 = "00"}}\n'
    )
    wanted = list(read_lock(str(path)).chosen_for(PYTHON))
    assert [bool(one.not_checked) for one in wanted] == [True, True, False]
    assert wanted[2].url == f"{FILES}c-1.0.tar.gz"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lock-version =", "not TOML: "),
        ("[project]\nname = 'x'", "not a lock file: "),
        ('lock-version = "9.0"\ncreated-by = "x"\npackages = []\n', "not a lock file: "),
    ],
)
def test_what_is_no_lock_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(text)
    with pytest.raises(RequirementError) as error:
        read_lock(str(path))
    assert str(error.value).startswith(f"{path}: {message}")
    assert "\n" not in str(error.value)


def test_not_for_this_python(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(HEAD + "requires-python = '>=3.13'\npackages = []\n")
    with pytest.raises(RequirementError, match=r"not for Python 3\.12\.1"):
        list(read_lock(str(path)).chosen_for(PYTHON))
