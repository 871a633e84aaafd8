"""Compatibility tags in a few words."""

from __future__ import annotations

import pytest

from pipcache_tui.tui.model.tag_text import platform_texts, python_range, python_texts


@pytest.mark.parametrize(
    ("tags", "short", "full"),
    [
        (("cp311-cp311-linux_x86_64",), "cp311", "cp311"),
        (("py3-none-any",), "py3", "py3"),
        (("py2-none-any", "py3-none-any"), "py2+3", "py2.py3"),
        (("cp38-abi3-win_amd64",), "cp38+", "cp38-abi3"),
        (("cp313-cp313t-macosx_11_0_arm64",), "cp313-cp313t", "cp313-cp313t"),
        ((), "", ""),
    ],
)
def test_the_pythons_of_tags(tags: tuple[str, ...], short: str, full: str) -> None:
    assert python_texts(tags) == (short, full)


@pytest.mark.parametrize(
    ("platforms", "short", "full"),
    [
        (("any",), "any", "any"),
        (("manylinux_2_17_x86_64", "manylinux2014_x86_64"), "linux x86_64", "linux x86_64 2.17"),
        (("manylinux1_i686",), "linux i686", "linux i686 2.5"),
        (("manylinux_2_28_aarch64",), "linux aarch64", "linux aarch64 2.28"),
        (("musllinux_1_2_x86_64",), "musl x86_64", "musl x86_64 1.2"),
        (
            ("macosx_10_9_x86_64", "macosx_11_0_arm64"),
            "macOS x86_64, macOS arm64",
            "macOS x86_64 10.9, macOS arm64 11.0",
        ),
        (("linux_armv7l",), "linux armv7l", "linux armv7l"),
        (("win_amd64",), "Windows amd64", "Windows amd64"),
        (("win32",), "Windows x86", "Windows x86"),
        (("ios_13_0_arm64_iphoneos",), "ios_13_0_arm64_iphoneos", "ios_13_0_arm64_iphoneos"),
    ],
)
def test_the_platforms_of_tags(platforms: tuple[str, ...], short: str, full: str) -> None:
    assert platform_texts(tuple(f"cp311-cp311-{platform}" for platform in platforms)) == (short, full)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("3.8", "3.9", "3.10"), "3.8–3.10"),
        (("3.8", "3.10"), "3.8, 3.10"),
        (("3.8", "3.10", "3.11"), "3.8, 3.10–3.11"),
        ((), ""),
    ],
)
def test_runs_of_pythons_are_shortened(names: tuple[str, ...], said: str) -> None:
    assert python_range(names, ("3.8", "3.9", "3.10", "3.11")) == said
