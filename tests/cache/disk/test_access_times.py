"""How far times of last use can be trusted, by what the mounts say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipcache_tui.cache.disk import access_times
from pipcache_tui.cache.disk.access_times import AtimeKeeping, atime_keeping, read_mounts

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 8:2 / /home rw,noatime - ext4 /dev/sda2 rw
31 30 8:3 / /home/me/.cache rw shared:7 master:2 - xfs /dev/sdb1 rw
32 22 8:4 / /media/my\040disk ro,relatime - iso9660 /dev/sr0 ro
33 22 8:5 / /mnt/snap rw,relatime - btrfs /dev/sdc ro,subvol=/snap
34 22 0:50 / /net rw,relatime - nfs4 server:/export rw,vers=4.2
35 22 0:51 / /fuse rw,nosuid,relatime - fuse.sshfs me@host: rw
36 22 8:6 / /twice rw,noatime - ext4 /dev/sdd rw
37 36 8:7 / /twice rw,relatime - ext4 /dev/sde rw
38 22 8:8 / /strict rw,nodiratime - ext4 /dev/sdf rw,noatime_quota
garbage line
39 22 8:9 / /short rw
"""


@pytest.mark.parametrize(
    ("path", "kept", "said"),
    [
        ("/root/.cache/pip", "daily", "/ is mounted relatime: kept to the day"),
        ("/homeless", "daily", "/ is mounted relatime"),
        ("/home", "never", "/home is mounted noatime"),
        ("/home/you/.cache/pip", "never", "/home is mounted noatime"),
        ("/home/me/.cache/pip", "always", "/home/me/.cache keeps every time"),
        ("/home/me/.cached", "never", "/home is mounted noatime"),
        ("/media/my disk/pip", "never", "/media/my disk is mounted read-only"),
        ("/mnt/snap/pip", "never", "/mnt/snap is mounted read-only"),
        ("/net/pip", "unknown", "/net is nfs4"),
        ("/fuse/x", "unknown", "/fuse is fuse.sshfs"),
        ("/twice/pip", "daily", "/twice is mounted relatime"),
        ("/strict/pip", "always", "/strict keeps every time"),
        ("/short/x", "daily", "/ is mounted relatime"),
    ],
)
def test_what_the_mount_keeps(path: str, kept: str, said: str) -> None:
    keeping = read_mounts(MOUNTS, path)
    assert keeping.kept == kept
    assert keeping.words.startswith(said)
    assert keeping.blur == (0 if kept == "always" else 86400)


def test_a_path_below_no_mount() -> None:
    assert read_mounts("", "/x").kept == "unknown"


def test_a_mount_point_with_escapes_is_made_safe() -> None:
    assert read_mounts("1 1 8:1 / /a\x1b[2J rw,noatime - ext4 x rw", "/a\x1b[2J/pip").words.startswith(r"/a\x1b[2J is")


def test_a_system_without_mountinfo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    atime_keeping.cache_clear()
    monkeypatch.setattr(access_times, "_MOUNTINFO", str(tmp_path / "missing"))
    try:
        assert atime_keeping("/somewhere").kept == "unknown"
        assert sys.platform in atime_keeping("/somewhere").words
    finally:
        atime_keeping.cache_clear()


def test_the_real_mount_of_a_link_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    real = os.path.realpath(tmp_path / "real")
    mounts.write_text(f"1 1 8:1 / / rw,relatime - ext4 x rw\n2 1 8:2 / {real} rw,noatime - ext4 y rw\n")
    monkeypatch.setattr(access_times, "_MOUNTINFO", str(mounts))
    atime_keeping.cache_clear()
    try:
        assert atime_keeping(str(tmp_path / "link" / "pip")) == AtimeKeeping(
            "never", f"{real} is mounted noatime, which keeps no time of last use"
        )
    finally:
        atime_keeping.cache_clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what its mounts keep")
def test_here_it_agrees_with_the_flags_of_the_file_system(tmp_path: Path) -> None:
    flags = os.statvfs(tmp_path).f_flag
    keeping = atime_keeping(str(tmp_path))
    if keeping.kept != "unknown":
        assert (keeping.kept == "never") == bool(flags & (os.ST_NOATIME | os.ST_RDONLY))
        assert (keeping.kept == "daily") == bool(flags & os.ST_RELATIME and not flags & os.ST_NOATIME)
