"""The projects in the demo cache: well-known names with realistic sizes and versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipcache_tui.demo.packages import SdistForm

#: name | bytes of a wheel | Requires-Python | releases: version, days ago it was fetched, what was fetched
_PUBLIC = """
asgiref            |     23_000 | >=3.8   | 3.7.2 830 py3, 3.8.1 400 py3, 3.9.1 130 py3
black              |  1_700_000 | >=3.8   | 23.3.0 1010 cp311, 24.8.0 430 cp312, 25.9.0 48 py3
boto3              |    139_000 | >=3.8   | 1.26.90 1120 py3, 1.34.131 700 py3, 1.40.41 60 py3
botocore           |  9_300_000 | >=3.8   | 1.40.41 60 py3
certifi            |    161_000 | >=3.7   | 2022.12.7 1130 py3, 2024.8.30 420 py3, 2025.8.3 70 py3
cffi               |    440_000 | >=3.8   | 1.15.1 1100 cp38 cp311 sdist, 1.17.1 410 cp312 cp313, 2.0.0 50 cp313
charset-normalizer |    142_000 | >=3.7   | 3.1.0 1050 cp311, 3.3.2 720 cp312 py3, 3.4.3 90 cp313 musl313
click              |     98_000 | >=3.7   | 7.1.2 2010 py2.py3, 8.1.7 800 py3, 8.3.0 40 py3
cryptography       |  3_900_000 | >=3.7   | 3.4.8 1490 abi36, 42.0.5 640 abi39, 45.0.7 65 abi37 musl37
django             |  5_900_000 | >=3.8   | 2.2.28 1300 py3, 4.2.16 420 py3, 5.2.6 55 py3
flask              |    102_000 | >=3.8   | 1.1.4 1640 py2.py3, 3.0.3 560 py3, 3.1.2 80 py3
grpcio             |  4_900_000 | >=3.8   | 1.62.2 600 cp311, 1.75.0 34 cp313
idna               |     66_000 | >=3.6   | 2.10 1880 py2.py3, 3.4 1050 py3, 3.10 420 py3
jinja2             |    134_000 | >=3.7   | 2.11.3 1640 py2.py3, 3.1.4 560 py3, 3.1.6 170 py3
lxml               |  4_700_000 | >=3.6   | 4.9.2 1090 cp311, 6.0.1 62 cp313
markupsafe         |     24_000 | >=3.9   | 2.1.5 560 cp311 cp312, 3.0.2 170 cp313 mac313
matplotlib         |  7_600_000 | >=3.10  | 3.8.4 610 cp311, 3.10.6 44 cp313
mypy               |  9_800_000 | >=3.9   | 1.18.1 41 cp313
numpy              | 16_400_000 | >=3.9   | 1.19.5 1690 cp38, 1.24.4 860 cp311, 1.26.4 610 cp311 cp312, 2.3.3 44 cp313
packaging          |     53_000 | >=3.8   | 20.9 1700 py2.py3, 23.2 800 py3, 24.1 430 py3, 25.0 160 py3
pandas             | 11_600_000 | >=3.9   | 2.2.2 600 cp312, 2.3.2 44 cp313
pillow             |  3_300_000 | >=3.9   | 8.4.0 1470 cp38, 10.4.0 430 cp312, 11.3.0 100 cp313 win313
pip                |  1_780_000 | >=3.8   | 20.3.4 1760 py2.py3, 23.2.1 820 py3, 24.2 430 py3, 25.2 95 py3
protobuf           |    311_000 | >=3.9   | 4.25.3 620 abi37, 6.32.1 34 abi39
pydantic           |    423_000 | >=3.8   | 1.10.7 1040 py3, 2.8.2 470 py3, 2.11.9 46 py3
pydantic-core      |  1_950_000 | >=3.8   | 2.20.1 470 cp312, 2.33.2 46 cp313
pytest             |    365_000 | >=3.8   | 6.2.5 1480 py3, 8.3.2 440 py3, 8.4.2 43 py3
pyyaml             |    756_000 | >=3.8   | 5.4.1 1650 cp38 sdist, 6.0.1 830 cp311 cp312, 6.0.2 390 cp313
requests           |     64_600 | >=3.7   | 2.25.1 1880 py2.py3, 2.31.0 880 py3, 2.32.3 420 py3, 2.32.5 70 py3
rich               |    243_000 | >=3.8   | 13.3.5 1030 py3, 13.8.1 415 py3, 14.1.0 105 py3
ruff               |  9_600_000 | >=3.7   | 0.13.1 36 bin
scipy              | 23_700_000 | >=3.9   | 1.13.1 540 cp312
setuptools         |  1_200_000 | >=3.8   | 53.0.0 1750 py3, 68.2.2 800 py3, 75.1.0 410 py3, 80.9.0 150 py3
six                |     11_000 | >=2.7   | 1.15.0 1880 py2.py3, 1.17.0 310 py2.py3
sqlalchemy         |  3_100_000 | >=3.7   | 1.4.46 1080 cp311, 2.0.43 85 cp313
tqdm               |     78_000 | >=3.7   | 4.65.0 1000 py3, 4.67.1 260 py3
typing-extensions  |     37_000 | >=3.8   | 4.5.0 1040 py3, 4.12.2 420 py3, 4.15.0 72 py3
urllib3            |    128_000 | >=3.8   | 1.26.4 1680 py2.py3, 2.0.4 880 py3, 2.2.3 410 py3, 2.5.0 110 py3
wheel              |     72_000 | >=3.8   | 0.36.2 1750 py2.py3, 0.45.1 270 py3
docopt             |          0 |         | 0.6.2 1230 sdist
future             |          0 | >=2.6   | 0.18.2 1720 sdist, 1.0.0 380 sdist
pycparser          |    117_000 | >=3.8   | 2.20 1700 py2.py3, 2.23 50 py3 sdist
simplejson         |          0 | >=2.5   | 3.17.2 1810 zip, 3.20.1 190 sdist
termcolor          |          0 |         | 1.1.0 1860 sdist
"""
#: these lie on an index of their own, under plain paths, and are too big to be hashed for a demo
_GIANTS = """
nvidia-cublas-cu12 | 410_600_000 | >=3     | 12.4.5.8 250 bin
nvidia-cudnn-cu12  | 664_700_000 | >=3     | 9.1.0.70 250 bin
torch              | 2_201_000_000 | >=3.8 | 2.1.2+cu121 655 cp311
torch              | 779_100_000 | >=3.9   | 2.6.0+cu124 250 cp313
"""
#: SHA-256 of that many zero bytes, the content of the giants
GIANT_SHA256 = {
    410_600_000: "55f45d324e7a3c30360667289a14149287d5729cd3fc1911478f4aa6698cba1d",
    664_700_000: "745313900a4f1936d47b02d59ca450fab3f68bd04168fa4240e840663975d217",
    779_100_000: "1c5c6f3d3dbe950764c03dc5cc64da99ee7440cbe2b96fb5905d559aceebfb9f",
    2_201_000_000: "159e1c27ce6d05f4aea744d72abe183aae392789ef0331c78998b6acdeabb53b",
}
_PRIVATE = """
acme-models        |    420_000 | >=3.10  | 0.9.0 210 py3, 1.0.0 33 py3
acme-tools         |     31_000 | >=3.8   | 1.4.0 540 py3, 1.5.2 120 py3, 2.0.0rc1 33 py3
"""
_OLD_LINUX = "manylinux_2_17_x86_64.manylinux2014_x86_64"
_LINUX = "manylinux_2_28_x86_64"
_TAGS = {
    "py3": "py3-none-any",
    "py2.py3": "py2.py3-none-any",
    "bin": f"py3-none-{_OLD_LINUX}",
    "cp38": "cp38-cp38-manylinux2010_x86_64.manylinux_2_12_x86_64",
    "cp311": f"cp311-cp311-{_OLD_LINUX}",
    "cp312": f"cp312-cp312-{_OLD_LINUX}",
    "cp313": f"cp313-cp313-{_LINUX}",
    "mac313": "cp313-cp313-macosx_11_0_arm64",
    "win313": "cp313-cp313-win_amd64",
    "musl313": "cp313-cp313-musllinux_1_2_x86_64",
    "abi36": f"cp36-abi3-{_OLD_LINUX}",
    "abi37": f"cp37-abi3-{_LINUX}",
    "abi39": f"cp39-abi3-{_LINUX}",
    "musl37": "cp37-abi3-musllinux_1_2_x86_64",
}
_SDISTS: dict[str, SdistForm] = {"sdist": "tar.gz", "zip": "zip"}


@dataclass(frozen=True, slots=True)
class Release:
    """One version: how many days ago its files were fetched, and which: tags of wheels, "tar.gz" or "zip"."""

    version: str
    days_ago: int
    wheels: tuple[str, ...]
    sdists: tuple[SdistForm, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """A project, with its releases from old to new. `wheel_size` is in bytes."""

    name: str
    wheel_size: int
    requires_python: str | None
    releases: tuple[Release, ...]


def _parse(table: str) -> tuple[Project, ...]:
    return tuple(_parse_line(line) for line in table.strip().splitlines())


def _parse_line(line: str) -> Project:
    name, size, requires_python, releases = (cell.strip() for cell in line.split("|"))
    return Project(name, int(size), requires_python or None, tuple(map(_parse_release, releases.split(","))))


def _parse_release(cell: str) -> Release:
    version, days_ago, *fetched = cell.split()
    return Release(version, int(days_ago), wheel_tags(fetched), sdist_forms(fetched))


def wheel_tags(words: Iterable[str]) -> tuple[str, ...]:
    """The tags, as in file names, that the tables' words stand for ("cp38", "abi37", …); other words are left out."""
    return tuple(_TAGS[word] for word in words if word in _TAGS)


def sdist_forms(words: Iterable[str]) -> tuple[SdistForm, ...]:
    """The forms of source distributions the tables' words stand for ("sdist", "zip"); others are left out."""
    return tuple(_SDISTS[word] for word in words if word in _SDISTS)


PUBLIC = _parse(_PUBLIC)
GIANTS = _parse(_GIANTS)
PRIVATE = _parse(_PRIVATE)
YANKED = {
    ("urllib3", "2.0.4"): "a fault in its handling of redirects",
    ("markupsafe", "2.1.5"): "",
}
