"""The writers of pip's formats against what pips wrote: known names, and pip's own reading code."""

from __future__ import annotations

import base64
import importlib
import json
import pickletools
import zlib

import msgpack
import pytest

from pipcache_tui.demo import formats
from pipcache_tui.demo.blob import Blob

# pip's own reading and writing code, of whichever pip runs here; it has no types
Serializer = importlib.import_module("pip._vendor.cachecontrol.serialize").Serializer
CacheController = importlib.import_module("pip._vendor.cachecontrol.controller").CacheController
Request = importlib.import_module("pip._vendor.requests").Request

INDEX = "https://localhost:8443"
WHEEL_URL = (
    f"{INDEX}/packages/f8/d7/e6bebb37798cac6b6950f581b438de6efac5431e53cfe584576fdb49e41d/"
    "wheelpkg-1.0-py2.py3-none-any.whl"
)
SDIST_URL = f"{INDEX}/packages/1c/7c/5592e483c3f29382069699b2b1088469e108d6ec354df8b47b997b948450/sdistpkg-1.0.tar.gz"
SDIST_SHA256 = "d41a69043c08b2b1cb5801578e2ec41e0466fe9e56411b7bfd26b85ad6e806d0"
RESPONSE = formats.Stored(
    headers={"Content-Type": "text/html", "ETag": '"abc"', "Cache-Control": "max-age=600, public"},
    body=b"\x00\xffbody",
    vary={"Accept-Encoding": "gzip, deflate", "Accept": None},
)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (f"{INDEX}/simple/wheelpkg/", "82c6dbbed8f2f78b040876f3ea49c010a9e436f2aec3e1b0899ca627"),
        (WHEEL_URL, "163a43c9b023b6c4d18f9175e7b497ef6c3fb6f68c1062ae1ddfe2d3"),
        (WHEEL_URL + ".metadata", "c62dd849d9d4567f799281624a8252c354dd0e2c97a432a0dac1e0b5"),
    ],
)
def test_keys_are_those_real_pips_wrote(url: str, key: str) -> None:
    assert formats.cache_key(url) == key
    assert formats.cache_key(url.replace("https://localhost", "HTTPS://me:secret@LOCALHOST") + "#f=1") == key


@pytest.mark.parametrize("url", ["https://index.example", "https://Index.example/A%2B/?q=1&r", INDEX + "/a?#x"])
def test_urls_are_normalised_as_pip_does(url: str) -> None:
    assert formats.normalise_url(url) == CacheController.cache_url(url)


def test_paths_of_http_entries() -> None:
    key = formats.cache_key(WHEEL_URL)
    assert formats.http_path("http", key) == f"http/1/6/3/a/4/{key}"
    assert formats.http_path("http-v2", key, body=True) == f"http-v2/1/6/3/a/4/{key}.body"


@pytest.mark.parametrize("keys", [formats.KEYS_FROM_23_3, formats.KEYS_TO_23_2, formats.KEYS_TO_23_2[::-1]])
@pytest.mark.parametrize("vary_first", [False, True])
@pytest.mark.parametrize("size", [0, 255, 256, 65535, 65536])
def test_pip_reads_cc4(keys: tuple[str, ...], vary_first: bool, size: int) -> None:
    response = formats.Stored(headers=RESPONSE.headers, body=bytes(size), vary={"Accept-Encoding": "identity"})
    entry = formats.encode_cc4(response, inside=True, keys=keys, vary_first=vary_first)
    # urllib3 2 takes no `strict`, and pip 23.3 and newer write none: the bytes are read as msgpack there
    decoded = msgpack.unpackb(entry.removeprefix(b"cc=4,"))
    assert list(decoded) == (["vary", "response"] if vary_first else ["response", "vary"])
    assert list(decoded["response"]) == list(keys)
    if "strict" in keys:
        return
    request = Request("GET", WHEEL_URL, headers={"Accept-Encoding": "identity"}).prepare()
    read = Serializer().loads(request, entry)
    assert read is not None
    assert dict(read.headers) == RESPONSE.headers
    assert (read.status, read.reason, read.version) == (200, "OK", 11)
    assert read.read() == bytes(size)


def test_pip_compares_what_cc4_varies_on() -> None:
    entry = formats.encode_cc4(RESPONSE, inside=True)
    same = Request("GET", WHEEL_URL, headers={"Accept-Encoding": "gzip, deflate"}).prepare()
    other = Request("GET", WHEEL_URL, headers={"Accept-Encoding": "identity"}).prepare()
    assert Serializer().loads(same, entry) is not None
    assert Serializer().loads(other, entry) is None


def test_pip_writes_the_same_cc4() -> None:
    request = Request("GET", WHEEL_URL, headers={"Accept-Encoding": "identity"}).prepare()
    headers = {"ETag": '"abc"', "Vary": "Accept-Encoding"}
    ours = formats.encode_cc4(
        formats.Stored(headers=headers, body=b"x" * 300, vary={"Accept-Encoding": "identity"}), inside=True
    )
    response = Serializer().loads(request, ours)
    assert response is not None
    written = msgpack.unpackb(Serializer().dumps(request, response, b"x" * 300)[5:])
    written["response"].pop("strict", None)
    assert ours[5:] == msgpack.packb(written)


def test_metadata_of_a_pair_has_no_body() -> None:
    decoded = msgpack.unpackb(formats.encode_cc4(RESPONSE, inside=False)[5:])
    assert decoded["response"]["body"] == b""
    assert decoded["vary"] == {"Accept-Encoding": "gzip, deflate", "Accept": None}


def test_pip_10_on_python_2_wrote_names_in_vary_as_bytes() -> None:
    decoded = msgpack.unpackb(formats.encode_cc4(RESPONSE, inside=True, vary_as_bytes=True)[5:])
    assert decoded["vary"] == {b"Accept-Encoding": "gzip, deflate", b"Accept": None}


def test_a_body_with_a_hole_is_as_if_written_out() -> None:
    blob = Blob((b"PK", 70_000, b"end"))
    sparse = formats.Stored(headers={}, body=blob)
    plain = formats.Stored(headers={}, body=bytes(blob))
    assert bytes(formats.encode_cc4_blob(sparse, inside=True)) == formats.encode_cc4(plain, inside=True)


def test_cc2_is_base64_in_json_in_zlib_body_first() -> None:
    mark, packed = formats.encode_cc2(RESPONSE).split(b",", 1)
    text = zlib.decompress(packed).decode()
    assert (mark, text[:21]) == (b"cc=2", '{"response":{"body":"')
    document = json.loads(text)
    response = document["response"]
    assert base64.b64decode(response["body"]) == RESPONSE.body
    headers = {base64.b64decode(k).decode(): base64.b64decode(v).decode() for k, v in response["headers"].items()}
    assert headers == RESPONSE.headers
    assert base64.b64decode(response["reason"]) == b"OK"
    assert {base64.b64decode(k): v and base64.b64decode(v) for k, v in document["vary"].items()} == {
        b"Accept-Encoding": b"gzip, deflate",
        b"Accept": None,
    }


def test_cc1_is_a_pickle_that_calls_nothing() -> None:
    entry = formats.encode_cc1(RESPONSE)
    assert entry.startswith(b"cc=1,\x80\x02")
    opcodes = list(pickletools.genops(entry[5:]))
    assert opcodes[-1][0].name == "STOP"
    calls = {"GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"}
    assert not calls & {opcode.name for opcode, _, _ in opcodes}
    assert "text/html" in [argument for _, argument, _ in opcodes]


@pytest.mark.parametrize(
    ("interpreter", "hashed", "folder"),
    [
        (("cp", "27"), True, "5e/45/42/ea89ebdc138c43a51131704764f21715d948c3286e3909cb7e"),
        (("cp", "38"), True, "99/74/44/7a7d1bce3b24606506181a301fd55488014ebcdf740059d081"),
        (("cp", "38"), False, "dd/34/8b/e5612043977404c0c7d81d4e48defbb9d3bedb9c267f72881f"),
        (("cp", "312"), True, "21/65/81/1f3bbf44f01539c7fe140e61dbab92a1498954504f16a029e9"),
    ],
)
def test_folders_of_built_wheels(interpreter: tuple[str, str], hashed: bool, folder: str) -> None:
    digest = {"hash_name": "sha256", "digest": SDIST_SHA256} if hashed else {}
    assert formats.built_wheel_folder(SDIST_URL + "#x=1", interpreter, **digest) == f"wheels/{folder}"


def test_folder_of_wheels_built_before_pip_20() -> None:
    folder = formats.old_built_wheel_folder(SDIST_URL, hash_name="sha256", digest=SDIST_SHA256)
    assert folder == "wheels/41/78/15/95a9ee41aa2918d32b9122f8838975a9546831031c67b57e13"


def test_origins() -> None:
    assert json.loads(formats.origin_json(SDIST_URL, hashes={"sha256": SDIST_SHA256})) == {
        "url": SDIST_URL,
        "archive_info": {"hash": f"sha256={SDIST_SHA256}", "hashes": {"sha256": SDIST_SHA256}},
    }
    assert json.loads(formats.origin_json("https://git.example/x", vcs=("git", "a" * 40))) == {
        "url": "https://git.example/x",
        "vcs_info": {"vcs": "git", "commit_id": "a" * 40},
    }


def test_selfcheck_notes_of_all_ages() -> None:
    assert (
        formats.selfcheck_path("/hello/world/venv")
        == "selfcheck/fcd2d5175dd33d5df759ee7b045264230205ef837bf9f582f7c3ada7"
    )
    assert (
        formats.selfcheck_note("/v", 0, "26.3")
        == b'{"key":"/v","last_check":"1970-01-01T00:00:00+00:00","pypi_version":"26.3"}'
    )
    assert b"1970-01-01T00:00:00Z" in formats.selfcheck_note("/v", 0, "23.2", with_offset=False)
    assert (
        formats.old_selfcheck({"/usr": (1.5, "9.0.3")})
        == b'{"/usr":{"last_check":"1970-01-01T00:00:01Z","pypi_version":"9.0.3"}}'
    )


def test_names_of_the_download_cache_and_of_pip_accel() -> None:
    assert formats.download_names("https://index.example/p/a-1.0.tar.gz#md5=1") == (
        "https%3A%2F%2Findex.example%2Fp%2Fa-1.0.tar.gz",
        "https%3A%2F%2Findex.example%2Fp%2Fa-1.0.tar.gz.content-type",
    )
    assert formats.pip_accel_path("lxml", "3.0", "py2.6") == "binaries/v7/lxml:3.0:py2.6.tar.gz"
    assert formats.pip_accel_path("lxml", "3.0", windows=True) == "binaries/v7/lxml$3.0$py2.7.tar.gz"
