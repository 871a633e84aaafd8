"""Which Python built a wheel, and whether a pip of today finds it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipcache_tui.cache.model import STAMP_BYTES, Entry, Files, Origin
from pipcache_tui.cache.pip.built_wheels import INTERPRETERS, MadeBy, made_by, old_wheel_key, wheel_key
from pipcache_tui.cache.pip.freshness import Forecast, forecast
from pipcache_tui.cache.stores.wheels import parse_origin

URL = (
    "https://localhost:8443/packages/1c/7c/5592e483c3f29382069699b2b1088469e108d6ec354df8b47b997b948450"
    "/sdistpkg-1.0.tar.gz"
)
SHA256 = "d41a69043c08b2b1cb5801578e2ec41e0466fe9e56411b7bfd26b85ad6e806d0"
ORIGIN = Origin(URL, (("sha256", SHA256),))
NAME = "sdistpkg-1.0-py3-none-any.whl"
OLD = MadeBy("old", None, "sha256")
CP38 = MadeBy("interpreter", ("cp", "38"), "sha256")


@dataclass(frozen=True)
class FakePython:
    name: str
    interpreter_name: str
    interpreter_version: str
    tags: frozenset[str]


def python(version: str, *tags: str, name: str = "cp") -> FakePython:
    return FakePython(f"{version[0]}.{version[1:]}", name, version, frozenset(tags or ("py3-none-any",)))


PY38, PY312 = python("38"), python("312")


def folder(key: str) -> str:
    return f"wheels/{key[:2]}/{key[2:4]}/{key[4:6]}/{key[6:]}"


def built(
    key: str, origin: Origin | None = ORIGIN, *, filename: str = NAME, tags: tuple[str, ...] = ("py3-none-any",)
) -> Entry:
    files = Files(f"{folder(key)}/{filename}", ("origin.json",), bytes(2 * STAMP_BYTES))
    return Entry("/root", "wheels", "built-wheel", files, filename=filename, tags=tags, detail=origin)


def forecast_of(entry: Entry, pip: str = "26.3", pythons: Sequence[FakePython] = (PY38, PY312)) -> Forecast:
    return forecast(entry, pip, 0.0, pythons=pythons)


# --- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "made"),
    [  # written by real pips
        ("41/78/15/95a9ee41aa2918d32b9122f8838975a9546831031c67b57e13", OLD),
        (
            "5e/45/42/ea89ebdc138c43a51131704764f21715d948c3286e3909cb7e",
            MadeBy("interpreter", ("cp", "27"), "sha256"),
        ),
        ("99/74/44/7a7d1bce3b24606506181a301fd55488014ebcdf740059d081", CP38),
        ("dd/34/8b/e5612043977404c0c7d81d4e48defbb9d3bedb9c267f72881f", MadeBy("interpreter", ("cp", "38"), None)),
        (
            "21/65/81/1f3bbf44f01539c7fe140e61dbab92a1498954504f16a029e9",
            MadeBy("interpreter", ("cp", "312"), "sha256"),
        ),
        ("21/65/81/1f3bbf44f01539c7fe140e61dbab92a1498954504f16a029ea", None),
    ],
)
def test_the_key_of_a_folder_is_proven(path: str, made: MadeBy | None) -> None:
    assert made_by(f"wheels/{path}/{NAME}", ORIGIN) == made


def pip_key(parts: dict[str, str]) -> str:
    """The key as pip ≥ 20.0 makes it of its parts."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha224(text.encode("ascii")).hexdigest()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    url=TEXT,
    interpreter=st.sampled_from(INTERPRETERS),
    hash_name=st.none() | st.sampled_from(["md5", "sha1", "sha256", "sha512", "blake2b", "zzz"]),
    digest=TEXT,
    subdirectory=st.none() | TEXT,
)
def test_keys_are_made_as_pip_makes_them(
    url: str, interpreter: tuple[str, str], hash_name: str | None, digest: str, subdirectory: str | None
) -> None:
    parts = {"url": url, "interpreter_name": interpreter[0], "interpreter_version": interpreter[1]}
    if hash_name is not None:
        parts[hash_name] = digest
    if subdirectory:
        parts["subdirectory"] = subdirectory
    key = wheel_key(url, interpreter, hash_name=hash_name, digest=digest, subdirectory=subdirectory)
    assert key == pip_key(parts)


def test_each_of_several_hashes_is_tried() -> None:
    origin = replace(ORIGIN, hashes=(("blake2b", "b1"), ("md5", "d5"), ("sha256", SHA256)))
    for name, digest in origin.hashes:
        new = wheel_key(URL, ("pp", "310"), hash_name=name, digest=digest)
        assert made_by(f"{folder(new)}/x.whl", origin) == MadeBy("interpreter", ("pp", "310"), name)
        old = old_wheel_key(URL, hash_name=name, digest=digest)
        assert made_by(f"{folder(old)}/x.whl", origin) == MadeBy("old", None, name)


def test_a_subdirectory_is_part_of_the_key() -> None:
    origin = replace(ORIGIN, subdirectory="python/lib")
    key = wheel_key(URL, ("cp", "312"), hash_name="sha256", digest=SHA256, subdirectory="python/lib")
    assert made_by(f"{folder(key)}/x.whl", origin) == MadeBy("interpreter", ("cp", "312"), "sha256")
    assert made_by(f"{folder(key)}/x.whl", ORIGIN) is None


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://git.example/team/tool.git", "git+https://git.example/team/tool.git"),
        ("ssh://git@git.example/tool", "git+ssh://git@git.example/tool"),
        ("file:///home/me/tool", "git+file:/home/me/tool"),
        ("file:///home/me/tool", "git+file:///home/me/tool"),
    ],
)
def test_a_checkout_is_keyed_by_its_commit(url: str, link: str) -> None:
    commit = "e7b5a27b5a7ac4e8d3e01e9b2a7e4e1d5cf3a5d1"
    origin = Origin(url, vcs="git", commit=commit)
    key = wheel_key(f"{link}@{commit}", ("cp", "313"))
    assert made_by(f"{folder(key)}/tool-1-py3-none-any.whl", origin) == MadeBy("interpreter", ("cp", "313"), None)


def test_an_interpreter_not_known_here_can_be_named() -> None:
    key = wheel_key(URL, ("cp", "399"), hash_name="sha256", digest=SHA256)
    assert made_by(f"{folder(key)}/x.whl", ORIGIN) is None
    assert made_by(f"{folder(key)}/x.whl", ORIGIN, [("cp", "399")]) == MadeBy("interpreter", ("cp", "399"), "sha256")


ANY = st.none() | st.text(max_size=12)
ORIGINS = st.builds(
    Origin,
    url=st.text(max_size=20) | st.just("\ud800"),
    hashes=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=2).map(tuple),
    subdirectory=ANY | st.just("\udfff"),
    vcs=ANY,
    commit=ANY,
    is_folder=st.booleans(),
)


@given(st.text(max_size=80), ORIGINS)
def test_anything_on_disk_is_answered(path: str, origin: Origin) -> None:
    assert made_by(path, origin) is None
    forecast_of(built(KEY_38, origin)._replace(filename=path))


# --- what pip will do ------------------------------------------------------------------------------------

KEY_38 = wheel_key(URL, ("cp", "38"), hash_name="sha256", digest=SHA256)
KEY_OLD = old_wheel_key(URL, hash_name="sha256", digest=SHA256)


@pytest.mark.parametrize(
    ("key", "pip", "expected"),
    [
        (KEY_38, "19.3.1", "never-read"),
        (KEY_38, "20.0", "reuse"),
        (KEY_38, "26.3", "reuse"),
        (KEY_OLD, "7.0", "reuse"),
        (KEY_OLD, "20.3.4", "reuse"),
        (KEY_OLD, "21.0", "never-read"),
        (KEY_OLD, "26.3", "never-read"),
    ],
)
def test_which_keys_a_pip_looks_under(key: str, pip: str, expected: str) -> None:
    assert forecast_of(built(key), pip).pip_will == expected


def test_the_same_interpreter_must_be_here() -> None:
    assert forecast_of(built(KEY_38)) == Forecast("reuse", "built by cp38: pip finds it again on 3.8")
    gone = forecast_of(built(KEY_38), pythons=[PY312, python("38", name="pp")])
    assert gone.pip_will == "never-read"
    assert "cp38" in gone.why


def test_under_an_old_key_any_python_that_accepts_the_tags_will_do() -> None:
    assert forecast_of(built(KEY_OLD), "20.3.4", [PY312]).pip_will == "reuse"
    tagged = built(KEY_OLD, filename="sdistpkg-1.0-cp38-cp38-linux_x86_64.whl", tags=("cp38-cp38-linux_x86_64",))
    assert forecast_of(tagged, "20.3.4", [PY312]).pip_will == "never-read"
    assert forecast_of(tagged, "20.3.4", [python("38", "cp38-cp38-linux_x86_64")]).pip_will == "reuse"


def test_the_tags_must_be_accepted_too() -> None:
    tags = ("cp38-cp38-linux_aarch64",)
    moved = built(KEY_38, filename=f"sdistpkg-1.0-{tags[0]}.whl", tags=tags)
    refused = forecast_of(moved, pythons=[PY38])
    assert refused == Forecast("never-read", "no Python here accepts cp38-cp38-linux_aarch64")
    assert forecast_of(moved, pythons=[python("38", *tags)]).pip_will == "reuse"


def test_many_finders_are_not_all_named() -> None:
    pythons = [replace(PY38, name=f"env{number}") for number in range(5)]
    assert forecast_of(built(KEY_38), pythons=pythons).why.endswith("on env0, env1, env2, …")


def test_without_pythons_only_what_holds_for_all_is_said() -> None:
    assert forecast_of(built(KEY_38), pythons=[]).pip_will is None
    assert forecast_of(built(KEY_OLD), pythons=[]).pip_will == "never-read"
    assert forecast_of(built(KEY_38), "19.0", pythons=[]).pip_will == "never-read"


@pytest.mark.parametrize(
    ("pip", "with_hash", "without"),
    [
        ("20.0", "reuse", None),
        ("22.2.2", "reuse", None),
        ("22.3.1", None, "reuse"),  # leaves the hash out where the page is JSON, as that of the public index is
        ("23.0", "reuse", None),
        ("26.3", "reuse", None),
    ],
)
def test_the_hash_in_the_key(pip: str, with_hash: str | None, without: str | None) -> None:
    """An origin that a pip before 23.0 wrote: it may have left out a hash that later pips put in."""
    legacy = replace(ORIGIN, legacy_hash=True)
    assert forecast_of(built(KEY_38, legacy), pip).pip_will == with_hash
    assert forecast_of(built(wheel_key(URL, ("cp", "38")), legacy), pip).pip_will == without


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/sdistpkg-1.0.tar.gz",
        "https://files.example/get?file=sdistpkg-1.0.tar.gz&token=abc",
        "https://files.example/all%20files/sdistpkg-1.0.tar.gz",
        "https://files.example/all files/sdistpkg-1.0.tar.gz",
    ],
)
def test_a_link_without_a_hash_finds_its_wheel_again(url: str) -> None:
    origin = Origin(url, ORIGIN.hashes)
    found = forecast_of(built(wheel_key(url, ("cp", "38")), origin), "25.3")
    assert found.pip_will == "reuse"
    assert "link without a hash" in found.why
    assert forecast_of(built(wheel_key(url, ("cp", "37")), origin), "25.3").pip_will == "never-read"


def test_a_local_archive_is_found_by_its_name_but_not_by_a_bare_path() -> None:
    url = "file:///home/me/sdistpkg-1.0.tar.gz"
    entry = built(wheel_key(url, ("cp", "38")), Origin(url, ORIGIN.hashes))
    assert forecast_of(entry).pip_will is None
    assert "NAME @ PATH" in forecast_of(entry).why
    assert forecast_of(entry, pythons=[PY312]).pip_will == "never-read"


@pytest.mark.parametrize(("pip", "expected"), [("25.3", "reuse"), ("26.1.2", "reuse"), ("26.2", "never-read")])
def test_local_folders_are_built_each_time_since_26_2(pip: str, expected: str) -> None:
    url = "file:///home/me/sdistpkg-1.0"
    entry = built(wheel_key(url, ("cp", "38")), Origin(url, is_folder=True))
    assert forecast_of(entry, pip).pip_will == expected


@pytest.mark.parametrize(
    ("filename", "to_25_2", "from_25_3"),
    [
        (NAME, "reuse", "reuse"),
        ("sdistpkg-1.0-1-py3-none-any.whl", "reuse", "reuse"),
        ("sdistpkg-1.0_beta_one-py3-none-any.whl", "reuse", "never-read"),
        ("sdist.pkg-1.0-py3-none-any.whl", "reuse", "reuse"),
        ("sdistpkg.whl", "never-read", "never-read"),
    ],
)
def test_file_names_follow_the_standard_since_25_3(filename: str, to_25_2: str, from_25_3: str) -> None:
    entry = built(KEY_38, filename=filename)
    assert (forecast_of(entry, "25.2").pip_will, forecast_of(entry, "25.3").pip_will) == (to_25_2, from_25_3)


def test_without_an_origin_nothing_is_proven_but_tags() -> None:
    entry = built(KEY_38, None)
    assert forecast_of(entry).pip_will is None
    assert forecast_of(entry._replace(tags=("cp27-cp27mu-linux_x86_64",))).pip_will == "never-read"


def test_a_url_with_credentials_finds_its_wheel_again_where_a_python_here_may_have_built_it() -> None:
    """`origin.json` has the URL without them, so that the key can't be proven."""
    key = wheel_key("https://user:secret@files.example/sdistpkg-1.0.tar.gz", ("cp", "38"))
    entry = built(key, Origin("https://files.example/sdistpkg-1.0.tar.gz", ORIGIN.hashes))
    assert forecast_of(entry).pip_will == "reuse"
    assert "credentials" in forecast_of(entry).why
    assert forecast_of(entry, "19.3.1").pip_will == "never-read"
    assert forecast_of(entry, pythons=[python("312", "cp312-cp312-linux_x86_64")]).pip_will == "never-read"
    tags = ("cp38-cp38-linux_x86_64",)
    native = entry._replace(filename=f"sdistpkg-1.0-{tags[0]}.whl", tags=tags)
    assert forecast_of(native, pythons=[python("38", *tags)]).pip_will == "reuse"
    assert forecast_of(native, pythons=[python("312", *tags)]).pip_will is None
    assert forecast_of(entry, pythons=[]).pip_will is None


def test_a_local_file_that_leads_elsewhere_proves_nothing() -> None:
    assert forecast_of(built(KEY_38, Origin("file:///elsewhere/sdistpkg-1.0.tar.gz"))).pip_will is None


def test_an_origin_alone_is_never_read() -> None:
    alone = built(KEY_38)._replace(kind="orphan", filename=None, files=Files.of(*built(KEY_38).files[1:]))
    assert forecast_of(alone).pip_will == "never-read"


def test_pips_before_7_keep_no_wheels() -> None:
    assert forecast_of(built(KEY_OLD), "6.1.1").pip_will == "never-read"


@pytest.mark.parametrize(
    ("archive", "legacy"),
    [
        ({"hash": f"sha256={SHA256}"}, True),  # pip 22.2 and 22.3
        ({"hash": f"sha256={SHA256}", "hashes": {"sha256": SHA256}}, False),
        ({"hashes": {"sha256": SHA256}}, False),
        ({}, False),
    ],
)
def test_an_origin_shows_whether_a_pip_before_23_wrote_it(archive: dict[str, object], legacy: bool) -> None:
    origin = parse_origin({"url": URL, "archive_info": archive})
    assert origin.legacy_hash == legacy
    assert origin.hashes == ((("sha256", SHA256),) if archive else ())
