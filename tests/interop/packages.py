"""The small projects that the local index serves, built in memory and the same on every run.

Each is there for one thing a cache can hold: a pure wheel in several versions, wheels shaped like C extensions for
many Pythons, projects with a source archive only, a dependency, a yanked and a too new release, and a file that the
index reaches through a redirect. All of them can be installed by any pip from 1.5.6 on.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import itertools
import platform
import random
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

ARCHITECTURE = platform.machine()
#: the moment all archives say they were made: 2021-06-07 08:09:10 UTC, in seconds since 1970
MADE = 1_623_053_350
_ZIP_DATE = (2021, 6, 7, 8, 9, 10)


@dataclass(frozen=True)
class File:
    """One file of a project on the index. `tags` is compressed, as in a wheel's name; "" for a source archive."""

    project: str
    version: str
    filename: str
    kind: Literal["wheel", "sdist"]
    content: bytes
    tags: str = ""
    requires_python: str | None = None
    #: the index's reason for a yanked file; None: not yanked
    yanked: str | None = None
    #: the METADATA inside a wheel, which the index serves beside it (PEP 658)
    metadata: bytes | None = None
    #: the index lists this file under an address that answers 301
    moved: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def path(self) -> str:
        """Where the public index's file host would keep it: by the BLAKE2b-256 of its content."""
        digest = hashlib.blake2b(self.content, digest_size=32).hexdigest()
        return f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{self.filename}"


def expand_tags(tags: str) -> tuple[str, ...]:
    """ "py2.py3-none-any" → ("py2-none-any", "py3-none-any")."""
    columns = [column.split(".") for column in tags.split("-")] if tags else []
    return tuple("-".join(parts) for parts in itertools.product(*columns)) if columns else ()


def metadata_text(
    project: str, version: str, *, requires: Sequence[str] = (), requires_python: str | None = None
) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}", f"Summary: {project} for tests"]
    if requires_python is not None:
        lines.append(f"Requires-Python: {requires_python}")
    extras = dict.fromkeys(re.findall(r"extra == ['\"]([\w.-]+)", " ".join(requires)))
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join(lines) + "\n"


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def tar_gz_bytes(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(content), MADE, 0o644
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=MADE)


def wheel(
    project: str,
    version: str,
    tags: str = "py2.py3-none-any",
    *,
    requires: Sequence[str] = (),
    requires_python: str | None = None,
    yanked: str | None = None,
    moved: bool = False,
    payload: int = 0,
) -> File:
    """A wheel with one module; `payload` adds that many bytes which do not compress."""
    metadata = metadata_text(project, version, requires=requires, requires_python=requires_python).encode()
    info = f"{project}-{version}.dist-info"
    pure = tags.endswith("-any")
    wheel_text = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(pure).lower()}\n"
    wheel_text += "".join(f"Tag: {tag}\n" for tag in expand_tags(tags))
    files = {f"{project}.py": f"version = {version!r}\n".encode()}
    if payload:
        seed = random.Random(f"{project} {version} {tags}")  # the same bytes on every run
        files[f"{project}_data.bin"] = seed.randbytes(payload)
    files[f"{info}/METADATA"] = metadata
    files[f"{info}/WHEEL"] = wheel_text.encode()
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},"
        f"{len(content)}\n"
        for name, content in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    return File(
        project,
        version,
        f"{project}-{version}-{tags}.whl",
        "wheel",
        zip_bytes(files),
        tags=tags,
        requires_python=requires_python,
        yanked=yanked,
        metadata=metadata,
        moved=moved,
    )


_SETUP = "from setuptools import setup\nsetup(name={project!r}, version={version!r}, py_modules=[{project!r}])\n"
# No requirements and a backend inside the tree: pip >= 20 builds it in isolation without any network, pip 10 to 18
# reads only `requires` and runs setup.py, older pips never look at this file. (pip 19 knows no backend-path.)
_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_BACKEND = """\
import os, sys, sysconfig, zipfile
PROJECT, VERSION, METADATA = {project!r}, {version!r}, {metadata!r}
INFO = PROJECT + "-" + VERSION + ".dist-info"
# As a wheel with compiled code would be named; only where no system version belongs in the name.
TAG = "py2.py3-none-any"
if {platform_tag!r} and sys.platform.startswith("linux"):
    TAG = "cp%d%d-none-%s" % (sys.version_info[:2] + (sysconfig.get_platform().replace("-", "_").replace(".", "_"),))

def files():
    wheel = "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: " + TAG + "\\n"
    return {{INFO + "/METADATA": METADATA, INFO + "/WHEEL": wheel}}

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    os.mkdir(os.path.join(folder, INFO))
    for name, content in files().items():
        with open(os.path.join(folder, name), "w") as stream:
            stream.write(content)
    return INFO

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "%s-%s-%s.whl" % (PROJECT, VERSION, TAG)
    content = dict(files(), **{{PROJECT + ".py": open(PROJECT + ".py").read()}})
    content[INFO + "/RECORD"] = "".join("%s,,\\n" % path for path in list(content) + [INFO + "/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return name

def build_sdist(folder, config_settings=None):
    raise NotImplementedError
"""


def sdist(
    project: str, version: str, form: Literal["tar.gz", "zip"] = "tar.gz", *, backend: bool, platform_tag: bool = False
) -> File:
    """A source archive with a setup.py; with `backend` also a build backend inside, which needs no setuptools."""
    top = f"{project}-{version}"
    metadata = metadata_text(project, version)
    texts = {
        "PKG-INFO": metadata,
        "setup.py": _SETUP.format(project=project, version=version),
        f"{project}.py": f"version = {version!r}\n",
    }
    if backend:
        texts["pyproject.toml"] = _PYPROJECT
        texts["backend.py"] = _BACKEND.format(
            project=project, version=version, metadata=metadata, platform_tag=platform_tag
        )
    files = {f"{top}/{name}": text.encode() for name, text in texts.items()}
    content = zip_bytes(files) if form == "zip" else tar_gz_bytes(files)
    return File(project, version, f"{top}.{form}", "sdist", content)


def c_extension_tags() -> Iterator[str]:
    """The wheel names of a project with compiled code, from Python 2.7 to 3.14."""
    yield from (f"cp27-cp27m{wide}-manylinux1_{ARCHITECTURE}" for wide in ("", "u"))
    yield f"cp27-none-linux_{ARCHITECTURE}"  # all that pip < 8.1 can take
    for minor in range(5, 8):
        yield f"cp3{minor}-cp3{minor}m-manylinux2014_{ARCHITECTURE}"
    for minor in range(8, 15):
        yield f"cp3{minor}-cp3{minor}-manylinux_2_17_{ARCHITECTURE}.manylinux2014_{ARCHITECTURE}"
    yield f"cp313-cp313t-manylinux_2_28_{ARCHITECTURE}"
    yield f"cp312-cp312-musllinux_1_2_{ARCHITECTURE}"
    yield "cp312-cp312-macosx_11_0_arm64"
    yield "cp312-cp312-win_amd64"
    yield f"pp310-pypy310_pp73-manylinux_2_17_{ARCHITECTURE}.manylinux2014_{ARCHITECTURE}"


def project_files() -> tuple[File, ...]:
    """All files of all projects of the index."""
    abi3 = f"cp32-abi3-manylinux_2_17_{ARCHITECTURE}.manylinux2014_{ARCHITECTURE}"
    return (
        wheel("purepkg", "1.0"),
        wheel("purepkg", "1.1"),
        wheel("purepkg", "2.0"),
        *(wheel("cextpkg", "1.0", tags, payload=40_000) for tags in c_extension_tags()),
        # Where no name above suits (other systems), and what a C project's stable ABI looks like.
        wheel("cextpkg", "1.0"),
        wheel("abipkg", "3.2.1", abi3, payload=20_000, requires_python=">=2.6"),
        wheel("abipkg", "3.2.1", requires_python=">=2.6"),
        sdist("sdistpkg", "1.0", backend=False),
        sdist("backendpkg", "1.0", backend=True, platform_tag=True),
        sdist("zipsdist", "0.5", "zip", backend=True),
        wheel("deppkg", "1.0", requires=["purepkg>=1.0,<2"]),
        wheel("movedpkg", "1.0", moved=True),
        wheel("pickypkg", "1.0"),
        wheel("pickypkg", "1.5", yanked="loses <data> & more"),
        wheel("pickypkg", "2.0", "py3-none-any", requires_python=">=3.99"),
        wheel("pip", "99.0"),  # what the self-check finds; never installed
    )
