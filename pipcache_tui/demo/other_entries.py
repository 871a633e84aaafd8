"""The other entries of the demo: built wheels, self-checks, orphans, leftovers, damaged entries, older caches."""

from __future__ import annotations

import os
import sys

from pipcache_tui.demo import formats, packages
from pipcache_tui.demo.blob import Blob
from pipcache_tui.demo.http import FILES, INDEX, PRIVATE_INDEX, Fetched, HttpCache
from pipcache_tui.demo.writer import Writer

_GIT = "https://git.example/acme/widgets.git"
_COMMIT = "9fceb02d0ae598e95dc970b74767f19372d61af8"
_LEGACY = f"{PRIVATE_INDEX}/files/acme-legacy-0.7.tar.gz"
_FOLDER = "file:///home/demo/src/widgets"


def add_built_wheels(writer: Writer, cache: HttpCache, here: tuple[str, str]) -> None:
    """Wheels built from the fetched sdists, by this Python and by some that are not installed any more."""
    for file in cache.fetched:
        if file.listed.filename.endswith(".whl"):
            continue
        days = (writer.now - file.stored) / 86400
        if days > 1500:
            _add_built(writer, file, None, 0.2)
        # a dict, because `here` may be 3.12 itself, and each wheel is written once
        for interpreter in dict.fromkeys((("cp", "38"), ("cp", "311")) if days > 900 else (("cp", "312"), here)):
            _add_built(writer, file, interpreter, 0.1)


def add_odd_built_wheels(writer: Writer, here: tuple[str, str]) -> None:
    """Wheels built from a git checkout, from a private index's file, and from a folder."""
    for name, version, days, source, origin in (
        ("acme-widgets", "3.1", 75, f"git+{_GIT}@{_COMMIT}", formats.origin_json(_GIT, vcs=("git", _COMMIT))),
        ("acme-legacy", "0.7", 180, _LEGACY, formats.origin_json(_LEGACY)),
        ("widgets", "0.1", 300, _FOLDER, formats.origin_json(_FOLDER)),
    ):
        stored = writer.days_ago(days)
        folder = formats.built_wheel_folder(source, here)
        writer.write(f"{folder}/{packages.wheel_name(name, version)}", _small_wheel(name, version), stored)
        writer.write(f"{folder}/origin.json", origin, stored)


def _add_built(writer: Writer, file: Fetched, interpreter: tuple[str, str] | None, days_after: float) -> None:
    """`interpreter` None: as pip before 20.0 stored it, under the old key and without origin.json."""
    sha256 = file.listed.sha256 or ""
    stored = min(writer.now, file.stored + days_after * 86400)
    if interpreter is None:
        folder = formats.old_built_wheel_folder(file.listed.url, hash_name="sha256", digest=sha256)
        tags = "py2-none-any"
    else:
        folder = formats.built_wheel_folder(file.listed.url, interpreter, hash_name="sha256", digest=sha256)
        tags = "py3-none-any"
    used = writer.some_use_after(stored)
    wheel = _small_wheel(file.project, file.version, tags, padding=writer.chance.randrange(20_000, 400_000))
    writer.write(f"{folder}/{packages.wheel_name(file.project, file.version, tags)}", wheel, stored, used)
    if interpreter is not None:
        origin = formats.origin_json(file.listed.url, hashes={"sha256": sha256})
        writer.write(f"{folder}/origin.json", origin, stored, used)


def _small_wheel(name: str, version: str, tags: str = "py3-none-any", *, padding: int = 40_000) -> Blob:
    return packages.make_wheel_blob(name, version, tags, padding=padding)


#: an environment that exists, the same on most machines, as the size of a self-check depends on its prefix
_A_PREFIX = "/usr" if os.path.isdir("/usr") else sys.prefix


def add_selfchecks(writer: Writer) -> None:
    """Self-checks of environments that exist, of some that are gone, and the single file of pip before 19.3."""
    for prefix, days, version, with_offset in (
        (_A_PREFIX, 3, "25.2", True),
        ("/home/demo/code/site/.venv", 40, "25.2", True),
        ("/home/demo/.local/pipx/venvs/black", 420, "24.2", True),
        ("/tmp/demo-build-env", 820, "23.2.1", False),  # noqa: S108  only a name, never used
        ("/home/demo/old/venv", 1400, "21.3", False),
    ):
        stored = writer.days_ago(days)
        note = formats.selfcheck_note(prefix, stored, version, with_offset=with_offset)
        writer.write(formats.selfcheck_path(prefix), note, stored)
    stored = writer.days_ago(2100)
    notes = {"/usr": (stored, "19.2.3"), "/home/demo/py27": (stored - 9e6, "19.0.3")}
    writer.write("selfcheck.json", formats.old_selfcheck(notes), stored, mode=0o644)


def add_broken_entries(writer: Writer, cache: HttpCache) -> None:
    """Orphans, leftovers of killed pips, entries that can't be read, a wheel with a wrong byte, a stray text file."""

    def url(number: int) -> str:
        return f"{FILES}/packages/broken/{number}-1.0-py3-none-any.whl"

    def path(number: int, *, body: bool = False) -> str:
        return formats.http_path("http-v2", formats.cache_key(url(number)), body=body)

    def headers(stored: float) -> dict[str, str]:
        return {"Date": formats.http_date(stored), "ETag": '"broken"', "Content-Type": "binary/octet-stream"}

    for number in range(3):
        stored = writer.days_ago(60 + 170 * number)
        writer.write(path(number), formats.encode_cc4(formats.Stored(headers(stored)), inside=False), stored)
        orphan = _small_wheel("orphan", f"1.{number}", padding=700_000 * (number + 1))
        writer.write(path(10 + number, body=True), orphan, stored)
    for number, days, suffix in ((20, 210, "_k3w8x0q"), (21, 95, "a91_ub4z")):
        writer.write(f"{path(number, body=True)}{suffix}.tmp", Blob((b"PK\x03\x04", 3_400_000)), writer.days_ago(days))
    writer.write(f"{path(22)}jz0_61mf.tmp", b"cc=4,", writer.now - 20)  # of a pip that is running now
    old = formats.http_path("http", formats.cache_key(url(23)))
    writer.write(f"{old}.lock", b"", writer.days_ago(1900))

    stored = writer.days_ago(1650)
    whole = formats.encode_cc4(
        formats.Stored(headers(stored), bytes(_small_wheel("cut", "1.0"))), inside=True, keys=formats.KEYS_TO_23_2
    )
    writer.write(formats.http_path("http", formats.cache_key(url(24))), whole[: len(whole) // 2], stored)
    stored = writer.days_ago(333)
    writer.write(path(25), b"\x00" * 700, stored)
    writer.write(path(25, body=True), b"\x00" * 9000, stored)
    resumed = formats.Stored(
        headers(stored), version=0, reason="None", decode_content=True, vary={"Accept-Encoding": "identity"}
    )
    writer.write(path(26), formats.encode_cc4(resumed, inside=False), stored)
    writer.write(path(26, body=True), _small_wheel("resumed", "1.0", padding=5_200_000), stored)
    flipped = bytearray(bytes(_small_wheel("bitrot", "0.3")))
    flipped[30_000] ^= 4
    cache.put(f"{INDEX}/files/bitrot-0.3-py3-none-any.whl", formats.Stored(headers(stored), bytes(flipped)), stored)
    writer.write("http-v2/README.txt", b"The HTTP cache of pip. Check before you delete!\n", stored, mode=0o644)


def add_download_cache(writer: Writer) -> None:
    """What pip 1.5.6 stored with `--download-cache`: quoted URLs, each with a file for its content type."""
    for name, version, days in (("Fabric", "1.8.0", 4380), ("South", "0.8.4", 4420), ("ipython", "1.1.0", 4500)):
        stored = writer.days_ago(days)
        noise = {"data.bin": writer.chance.randbytes(writer.chance.randrange(30_000, 250_000))}
        sdist = packages.make_sdist(name, version, files=noise)
        filename = packages.sdist_name(name, version)
        content, content_type = formats.download_names(f"{INDEX}/packages/source/{name[0]}/{name}/{filename}")
        writer.write(content, sdist, stored, mode=0o644)
        writer.write(content_type, b"application/x-gzip", stored, mode=0o644)


def add_pip_accel(writer: Writer) -> None:
    """What pip-accel stored: built distributions and their sources."""
    for name, version, python, days in (
        ("lxml", "3.4.4", "py2.7", 4000),
        ("lxml", "3.4.4", "py3.4", 3990),
        ("numpy", "1.9.2", "py2.7", 3985),
        ("psycopg2", "2.6.1", "py2.7", 3900),
    ):
        stored = writer.days_ago(days)
        module = f"lib/python{python[2:]}/site-packages/{name}"
        members = {
            f"{module}/__init__.py": b"",
            f"{module}/_native.so": b"\x7fELF" + writer.chance.randbytes(writer.chance.randrange(50_000, 200_000)),
        }
        writer.write(formats.pip_accel_path(name, version, python), packages.make_tar(members), stored, mode=0o644)
        source = f"sources/{packages.sdist_name(name, version)}"
        if not os.path.exists(os.path.join(writer.folder, source)):
            writer.write(source, packages.make_sdist(name, version), stored, mode=0o644)
