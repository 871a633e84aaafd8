"""Bodies made to break what looks into archives: bombs, floods of names, false directories, odd tars."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from pipcache_tui.demo import packages
from pipcache_tui.demo.blob import Blob
from tests.support.hostile_cache import FILE_HEADERS, INDEX, Shelf, peak_of

pytestmark = pytest.mark.timeout(20)
URL = f"{INDEX}/files/demo-1.0-py3-none-any.whl"
MB = 1 << 20


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def wheel_with(metadata: bytes, wheel: bytes = b"Tag: py3-none-any\n", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped({"demo-1.0.dist-info/METADATA": metadata, "demo-1.0.dist-info/WHEEL": wheel}, method)


def scan_body(folder: Path, body: bytes) -> str:
    """The body in every store that looks into one; which kind http-v2 says it is."""
    shelf = Shelf(folder)
    key = shelf.pair(URL, body, {**FILE_HEADERS, "Content-Type": "application/octet-stream"})
    shelf.write(f"wheels/{key[:2]}/{key[2:4]}/{key[4:6]}/{key[6:]}/demo-1.0-py3-none-any.whl", body)
    return shelf.entry(key).kind


NAME_10_MB = b"Metadata-Version: 2.1\nName: " + b"x" * (10 * MB) + b"\nVersion: 1.0\n"
METADATA = {
    "a name of 10 MB": NAME_10_MB,
    "10 MB before the name": b"Summary: " + b"x" * (10 * MB) + b"\nName: demo\nVersion: 1.0\n",
    "a name that steers": b"Name: a\x1b]0;x\x07\nVersion: 1\x1b[2J\n",
    "a name that turns round": "Name: \u202egnp\nVersion: 1.0\u202e\n".encode(),
    "a name that climbs": b"Name: ../../etc\nVersion: ../1\n",
    "not UTF-8": b"Name: \xff\xfe\nVersion: \x80\n",
    "a million names": b"Name: demo\n" * 1_000_000,
    "a million blanks": b"Name:" + b" " * 1_000_000 + b"demo\nVersion: 1.0\n",
    "nothing": b"",
    "nothing but new lines": b"\n" * 1_000_000,
    "nothing but returns": b"\r" * 1_000_000,
    "nuls": b"\x00" * 1_000_000,
    "a bomb": b"Name: demo\nVersion: 1.0\n\n" + b"x" * (100 * MB),
}


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_odd_metadata_in_a_wheel_is_no_crash(tmp_path: Path, name: str, method: int) -> None:
    assert scan_body(tmp_path, wheel_with(METADATA[name], method=method)) == "wheel"


@pytest.mark.parametrize("name", METADATA)
def test_odd_metadata_in_an_sdist_is_no_crash(tmp_path: Path, name: str) -> None:
    kind = scan_body(tmp_path, packages.make_sdist("demo", "1.0", metadata=METADATA[name] or b"\n"))
    assert kind in ("sdist", "other", "unreadable")


@pytest.mark.parametrize("name", METADATA)
def test_odd_metadata_alone_is_no_crash(tmp_path: Path, name: str) -> None:
    kind = scan_body(tmp_path, b"Metadata-Version: 2.1\n" + METADATA[name])
    assert kind in ("metadata", "other")


WHEEL_FILES = {
    "tags that multiply": b"".join(
        b"Tag: " + b".".join([b"a%d" % n] * 12) + b"-" + b".".join([b"b"] * 40) + b"-" + b".".join([b"c"] * 40) + b"\n"
        for n in range(2000)
    ),
    "tags that all differ": b"".join(
        b"Tag: %s-%s-%s\n"
        % tuple(b".".join(b"%x%s%d" % (n, sign, m) for m in range(18)) for sign in (b"p", b"a", b"q"))
        for n in range(1000)
    ),
    "a hundred thousand tags": b"".join(b"Tag: py%d-none-any\n" % n for n in range(100_000)),
    "a tag of a megabyte": b"Tag: " + b"a" * MB + b"-none-any\n",
    "tags that steer": b"Tag: py3-none-any\x1b[2J\nTag: \xe2\x80\xae-none-any\nBuild: \x1b[2J\n",
    "tags that climb": b"Tag: ../../x-none-../..\nBuild: ../../../etc/passwd\n",
    "not UTF-8": b"Tag: \xff-\xfe-\xfd\nTag: py3-none-any\n",
    "nothing": b"",
}


@pytest.mark.parametrize("name", WHEEL_FILES)
def test_odd_tags_are_bounded(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path)
    metadata = packages.core_metadata("demo", "1.0")
    keys = [shelf.pair(f"{URL}{n}", wheel_with(metadata, WHEEL_FILES[name])) for n in range(5)]
    for entry in shelf.scan().entries:
        assert entry.id.split(":")[1] in keys
        assert ".." not in (entry.filename or "").split("/")
        assert "/" not in (entry.filename or "")


def central_record(name: bytes, offset: int = 0, packed: int = 10, size: int = 10, method: int = 8) -> bytes:
    values = (0x314, 20, 0, method, 0, 33, 0, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return b"PK\x01\x02" + struct.pack("<HHHHHHLLLHHHHHLL", *values) + name


def directory_of(records: bytes, count: int, before: bytes = b"PK\x03\x04" + bytes(40)) -> bytes:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(records), len(before), 0)
    return before + records + end


def test_a_million_files(tmp_path: Path) -> None:
    records = b"".join(central_record(b"%07d" % number) for number in range(1_000_000))
    assert scan_body(tmp_path, directory_of(records, 1_000_000)) in ("other", "unreadable")


def test_a_million_files_before_a_whole_wheel(tmp_path: Path) -> None:
    wheel = wheel_with(packages.core_metadata("demo", "1.0"))
    start = wheel.index(b"PK\x01\x02")
    records = b"".join(central_record(b"%07d" % number) for number in range(1_000_000))
    records += wheel[start : wheel.rindex(b"PK\x05\x06")]
    assert scan_body(tmp_path, directory_of(records, 1_000_002, wheel[:start])) == "wheel"


def zip64_directory(records: bytes) -> bytes:
    """A directory whose plain end record says it is small, and whose zip64 record says how big it is."""
    before = b"PK\x03\x04" + bytes(40)
    far = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(records), len(before))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(before) + len(records), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 50, len(before), 0)
    return before + records + far + locator + end


def test_a_million_files_that_only_the_zip64_record_counts(tmp_path: Path) -> None:
    records = b"".join(central_record(b"%07d" % number) for number in range(1_000_000))
    body = zip64_directory(records)
    kind, peak = peak_of(lambda: scan_body(tmp_path, body))
    assert kind in ("other", "unreadable")
    assert peak < 100 * MB


def test_a_directory_just_below_the_bound(tmp_path: Path) -> None:
    records = b"".join(central_record(b"%07d" % number) for number in range(300_000))
    body = directory_of(records, 300_000)
    _, peak = peak_of(lambda: scan_body(tmp_path, body))
    assert peak < 200 * MB


ZIPS = {
    "only an end": b"PK\x05\x06" + bytes(18),
    "only a start": b"PK\x03\x04",
    "an end in an end": b"PK\x05\x06" * 20_000,
    "a directory of names": directory_of(b".dist-info/METADATA" * 50_000, 1),
    "a directory of marks": directory_of(b"PK\x01\x02" * 250_000, 1),
    "a directory that says 4 GiB": b"PK\x03\x04PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, 0xFFFFFFFE, 0, 0),
    "a zip64 end without its record": b"PK\x03\x04PK\x05\x06"
    + struct.pack("<4H2LH", 0, 0, 1, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0),
    "members in each other": directory_of(
        central_record(b"demo-1.0.dist-info/METADATA") + central_record(b"demo-1.0.dist-info/WHEEL"), 2
    ),
    "members beyond the end": directory_of(
        central_record(b"demo-1.0.dist-info/METADATA", 1 << 31, 1 << 31, 1 << 31)
        + central_record(b"demo-1.0.dist-info/WHEEL", 1 << 31, 1 << 31, 1 << 31),
        2,
    ),
    "an unknown method": directory_of(
        central_record(b"demo-1.0.dist-info/METADATA", method=99) + central_record(b"demo-1.0.dist-info/WHEEL"), 2
    ),
    "names that climb": zipped({"../../etc/passwd": b"x", "/abs.dist-info/METADATA": b"Name: x"}),
    "no names": zipped({"": b"x"}),
    "a name of 64 kB": zipped({"x" * 65_000 + ".dist-info/METADATA": b"Name: x\n", "x.dist-info/WHEEL": b""}),
    "many dist-info": zipped({f"demo-{n}.dist-info/METADATA": b"Name: demo\nVersion: 1\n" for n in range(2000)}),
    "a name with a new line": zipped(
        {"de\nmo-1.0.dist-info/METADATA": b"", "de\nmo-1.0.dist-info/WHEEL": b"Tag: a-b-c"}
    ),
}


@pytest.mark.parametrize("name", ZIPS)
def test_odd_zips_are_no_crash(tmp_path: Path, name: str) -> None:
    assert scan_body(tmp_path, ZIPS[name]) in ("wheel", "sdist", "other", "unreadable")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_bombs(tmp_path: Path, method: int) -> None:
    bomb = b"Name: demo\nVersion: 1.0\n" + b"x" * (80 * MB)
    body = wheel_with(bomb, method=method)
    kind, peak = peak_of(lambda: scan_body(tmp_path, body))
    assert kind == "wheel"
    assert peak < 20 * MB


def test_an_lzma_member_that_asks_for_gigabytes(tmp_path: Path) -> None:
    body = bytearray(wheel_with(packages.core_metadata("demo", "1.0"), method=zipfile.ZIP_LZMA))
    properties = struct.pack("<BBHB", 9, 4, 5, 0x5D)
    at = -1
    while (at := body.find(properties, at + 1)) >= 0:
        body[at + 5 : at + 9] = b"\xff\xff\xff\xff"  # the size of the dictionary
    _, peak = peak_of(lambda: scan_body(tmp_path, bytes(body)))
    assert peak < 100 * MB


def octal(number: int, width: int) -> bytes:
    return b"%0*o\x00" % (width - 1, number)


def tar_header(name: bytes, kind: bytes = b"0", size: bytes = octal(0, 12), extra: bytes = b"") -> bytes:
    """A tar header, its checksum right, with any size field."""
    header = bytearray(512)
    header[0 : len(name)] = name
    header[100:108] = octal(0o644, 8)
    header[124 : 124 + len(size)] = size
    header[136:148] = octal(0, 12)
    header[148:156] = b" " * 8
    header[156:157] = kind
    header[257:265] = b"ustar\x0000"
    if extra:
        header[257:265] = b"ustar  \x00"
        header[386 : 386 + len(extra)] = extra
    header[148:156] = b"%06o\x00 " % sum(header)
    return bytes(header)


def pax(text: bytes) -> bytes:
    return tar_header(b"pax", b"x", octal(len(text), 12)) + text.ljust(-(-len(text) // 512) * 512, b"\x00")


def base_256(number: int) -> bytes:
    return b"\x80" + number.to_bytes(11, "big") if number >= 0 else (256**12 + number).to_bytes(12, "big")


FILE = tar_header(b"demo-1.0/setup.py")
TARS = {
    "a size of 2**80": tar_header(b"demo-1.0/a", size=base_256(1 << 80)) + FILE,
    "a size of 2**63": tar_header(b"demo-1.0/a", size=base_256(1 << 63)) + FILE,
    "a size of 2**62": tar_header(b"demo-1.0/a", size=base_256(1 << 62)) + FILE,
    "a size below nought": tar_header(b"demo-1.0/a", size=base_256(-512)) + FILE,
    "a size far below nought": tar_header(b"demo-1.0/a", size=base_256(-(1 << 70))) + FILE,
    "a long name without end": tar_header(b"././@LongLink", b"L", octal(1 << 30, 12)) + b"x" * 2000,
    "a long name below nought": tar_header(b"././@LongLink", b"L", base_256(-1)) + FILE,
    "long names of long names": tar_header(b"././@LongLink", b"L", octal(0, 12)) * 1500 + FILE,
    "a pax header without end": pax(b"99999 path=x\n") + FILE,
    "a pax header of nought": pax(b"0 path=x\n") + FILE,
    "a pax size": pax(b"21 size=99999999999999999999999999\n") + FILE,
    "a pax size that is a text": pax(b"14 size=hello\n") + FILE,
    "a pax path that is not UTF-8": pax(b"12 path=\xff\xfe\n") + FILE,
    "a pax sparse map": pax(b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n26 GNU.sparse.name=demo/x\n") + FILE,
    "a pax sparse map of texts": pax(b"23 GNU.sparse.map=a,b,c\n") + FILE,
    "pax of pax": pax(b"11 path=xx\n") * 800 + FILE,
    "a sparse file that ends": tar_header(b"demo-1.0/s", b"S", extra=bytes(96) + b"\x01"),
    "a sparse file without end": tar_header(b"demo-1.0/s", b"S", extra=b"0" * 96 + b"\x01") + b"1" * 512 * 1500,
    "a name of nothing": tar_header(b""),
    "dots": tar_header(b"./") + tar_header(b"../../etc/passwd") + tar_header(b"./."),
    "a PKG-INFO that is a link": tar_header(b"demo-1.0/PKG-INFO", b"2") + tar_header(b"demo-1.0/PKG-INFO", b"1"),
    "a PKG-INFO that is a device": tar_header(b"demo-1.0/PKG-INFO", b"3"),
    "a PKG-INFO longer than the tar": tar_header(b"demo-1.0/PKG-INFO", size=octal(1 << 30, 12)) + b"Name: x\n",
    "a million members": FILE * 60_000,
    "a name that steers": tar_header(b"de\x1b[2Jmo-1.0/x") + tar_header(b"\xff\xfe-1/x"),
    "nothing": bytes(1024),
}


@pytest.mark.parametrize("name", TARS)
def test_odd_tars_are_no_crash(tmp_path: Path, name: str) -> None:
    for number, body in enumerate((TARS[name], gzip.compress(TARS[name], 1), bz2.compress(TARS[name]))):
        assert scan_body(tmp_path / str(number), body) in ("sdist", "other", "unreadable")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_tar_bombs(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("demo-1.0/zeros")
        member.size = 200 * MB
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    body = pack(buffer.getvalue())
    del buffer
    kind, peak = peak_of(lambda: scan_body(tmp_path, body))
    assert kind == "sdist"
    assert peak < 60 * MB


def test_an_xz_that_asks_for_gigabytes(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]
    body = lzma.compress(packages.make_tar({"demo-1.0/PKG-INFO": b"Name: demo\nVersion: 1\n"})[:10], filters=filters)
    assert scan_body(tmp_path, body) in ("other", "unreadable")


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"PK\x03\x04", b"PK\x05\x06", b"{", b"<"])
def test_a_magic_number_alone_is_no_crash(tmp_path: Path, start: bytes) -> None:
    for number, rest in enumerate((b"", b"\x00", b"\xff" * 100, zlib.compress(b"x"))):
        assert scan_body(tmp_path / str(number), start + rest) in ("other", "unreadable")


def test_a_sparse_wheel_of_terabytes(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    key = shelf.pair(URL, b"")
    body = shelf.place("http-v2", URL, body=True)
    body.unlink()
    Blob((b"PK\x03\x04", 1 << 42, packages.make_wheel("demo", "1.0"))).write(str(body))
    assert shelf.entry(key).kind in ("wheel", "unreadable")
