"""Generated requirement sets: each with projects of its own, what is fetched of them before, and what is asked then."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.interop.index_server import Override
from tests.interop.packages import File, sdist, wheel

VERSIONS = ("1.0", "1.1", "1.5rc1", "2.0", "2.0.post1", "2.1", "3.0a1")
FOREIGN_TAGS = ("cp27-none-win_amd64", "cp313-cp313-macosx_99_0_arm64", "py2-none-any")
#: what a file's answers are kept with, besides as the public index sends them
EXPIRED = Override({"Cache-Control": "max-age=0"})
EXPIRED_FOR_GOOD = Override({"Cache-Control": "max-age=1", "ETag": None, "Last-Modified": None})
NOT_KEPT = Override({"Cache-Control": "no-cache", "ETag": None, "Last-Modified": None})
LIVES = (None, None, None, EXPIRED, EXPIRED_FOR_GOOD, NOT_KEPT)


@dataclass(slots=True)
class RequirementSet:
    """`fetched` are requirements that pip is given before, a round each (None: nothing in that round)."""

    name: str
    files: list[File] = field(default_factory=list)
    fetched: tuple[str | None, ...] = ()
    lines: list[str] = field(default_factory=list)
    overrides: dict[str, Override] = field(default_factory=dict)
    #: pip stops: it can't be asked together with others
    fails: bool = False


def plain_sets(count: int, ranked_tags: Sequence[str], seed: int) -> Iterator[RequirementSet]:
    """Sets that one pip can be given together: pins, ranges, extras, markers, yanked and too new files, sources."""
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        name = f"set{number:02}"
        made = RequirementSet(name)
        _add_needed(made, chance)
        versions = sorted(chance.sample(VERSIONS, chance.randint(2, 6)), key=VERSIONS.index)
        final = [version for version in versions if "a" not in version and "rc" not in version]
        if not final:
            final = ["2.0"]
            versions.append("2.0")
        yanked = chance.choice(final) if len(final) > 1 and chance.random() < 0.3 else None
        for version in versions:
            made.files.extend(
                _release(made, version, ranked_tags, chance, yanked="broken" if version == yanked else None)
            )
        usable = [version for version in final if version != yanked and _is_usable(made, version)]
        if not usable:
            made.files.append(wheel(name, "2.2", "py3-none-any"))
            usable = ["2.2"]
        made.lines.append(_requirement(made, usable, yanked, chance))
        if chance.random() < 0.25:
            made.lines.append(f"{name}-missing; python_version < '3.0'")
        rounds = [f"{name}=={chance.choice(usable)}" if chance.random() < 0.75 else None for _ in range(2)]
        made.fetched = (made.lines[0] if chance.random() < 0.35 else None, *rounds)
        for file in made.files:
            life = chance.choice(LIVES)
            if life is not None:
                made.overrides[file.path] = life
        yield made


def hashed_sets(count: int, seed: int, *, of_sources_alone: bool) -> Iterator[RequirementSet]:
    """Pinned with hashes: of the wheel, of both, or of the source archive alone."""
    for number in range(count):
        chance = random.Random(f"{seed} hashed {number}")
        name = f"hashed{number:02}"
        files = [wheel(name, version, "py3-none-any") for version in ("1.0", "2.0")]
        files += [sdist(name, version, backend=True) for version in ("1.0", "2.0")]
        version = chance.choice(("1.0", "2.0"))
        released = [file for file in files if file.version == version]
        wanted = chance.choice((released[:1], released[1:] if of_sources_alone else released, released))
        hashes = " ".join(f"\\\n    --hash=sha256:{file.sha256}" for file in wanted)
        made = RequirementSet(name, files, lines=[f"{name}=={version} {hashes}"])
        made.fetched = tuple(chance.choice((made.lines[0], None)) for _ in range(2))
        yield made


def prerelease_sets(count: int, seed: int) -> Iterator[RequirementSet]:
    """Asked for with --pre."""
    for number in range(count):
        chance = random.Random(f"{seed} pre {number}")
        name = f"pre{number:02}"
        versions = chance.sample(VERSIONS, 4)
        files = [wheel(name, version, "py3-none-any") for version in versions]
        made = RequirementSet(name, files, lines=[f"{name}{chance.choice(('', '>=1.0', '<9'))}"])
        made.fetched = (None, chance.choice((f"{name}=={chance.choice(versions)}", None)))
        yield made


def failing_sets(foreign: str = FOREIGN_TAGS[0]) -> Iterator[RequirementSet]:
    """What no pip can do, and two that only some can: take a version by its hash, find a source archive by its hash."""

    def made(name: str, files: list[File], line: str, fetched: str | None = None) -> RequirementSet:
        return RequirementSet(name, files, (None, fetched), [line], fails=True)

    yield made(
        "onlyforeign",
        [wheel("onlyforeign", "1.0", foreign), wheel("onlyforeign", "0.5")],
        "onlyforeign==1.0",
        "onlyforeign==0.5",
    )
    yield made(
        "toonew", [wheel("toonew", "1.0"), wheel("toonew", "2.0", requires_python=">=3.99")], "toonew>=2", "toonew"
    )
    yield made(
        "yankedrange",
        [wheel("yankedrange", "1.0", yanked="bad"), wheel("yankedrange", "0.5")],
        "yankedrange>=1",
        "yankedrange==0.5",
    )
    wrong = wheel("wronghash", "1.0")
    yield made("wronghash", [wrong], f"wronghash==1.0 --hash=sha256:{'0' * 64}", "wronghash")
    yield made(
        "unpinned", [wheel("unpinned", "1.0")], f"unpinned --hash=sha256:{wheel('unpinned', '1.0').sha256}", "unpinned"
    )
    source = sdist("sourcehash", "1.0", backend=True)
    hashed = f"sourcehash==1.0 --hash=sha256:{source.sha256}"
    yield made("sourcehash", [wheel("sourcehash", "1.0"), source], hashed, "sourcehash")


def _add_needed(made: RequirementSet, chance: random.Random) -> None:
    """A project that the set's own may need, in three versions."""
    for version in ("1.0", "1.2", "2.0"):
        made.files.append(wheel(f"{made.name}need", version, chance.choice(("py3-none-any", "py2.py3-none-any"))))


def _release(
    made: RequirementSet, version: str, ranked_tags: Sequence[str], chance: random.Random, yanked: str | None
) -> Iterator[File]:
    """The files of a version: wheels for this Python and others, a source archive, or several of them."""
    needed = f"{made.name}need"
    requires = chance.choice(
        (
            [],
            [f"{needed}>=1.1"],
            [f"{needed}<2", f"{needed}>=2; python_version < '3'"],
            [f"{needed}==1.0; extra == 'more'"],
        )
    )
    requires_python = ">=3.99" if chance.random() < 0.15 else chance.choice((None, ">=3.6"))
    with_wheel = chance.random() < 0.8
    if with_wheel:
        tags = {"py3-none-any"} if chance.random() < 0.6 else set()
        tags.update(chance.sample(ranked_tags, chance.randint(0, 2)))
        tags.update(chance.sample(FOREIGN_TAGS, chance.randint(0, 1)))
        for each in sorted(tags) or ["py3-none-any"]:
            yield wheel(made.name, version, each, requires=requires, requires_python=requires_python, yanked=yanked)
    if not with_wheel or chance.random() < 0.3:
        source = sdist(made.name, version, backend=True, platform_tag=chance.random() < 0.5)
        yield dataclasses.replace(source, requires_python=requires_python, yanked=yanked)


def _is_usable(made: RequirementSet, version: str) -> bool:
    """Whether pip on any Python 3 can install this version of the set's own project."""
    return any(
        file.version == version
        and file.project == made.name
        and file.requires_python != ">=3.99"
        and (file.kind == "sdist" or file.tags not in FOREIGN_TAGS)
        for file in made.files
    )


def _requirement(made: RequirementSet, usable: Sequence[str], yanked: str | None, chance: random.Random) -> str:
    name, version = made.name, chance.choice(usable)
    extra = chance.choice(("", "", "[more]", "[unheard_of]"))
    if yanked is not None and _is_usable(made, yanked) and chance.random() < 0.5:
        return f"{name}{extra}=={yanked}"
    specifier = chance.choice(
        (
            "",
            f"=={version}",
            f"=={version}",
            f"==={version}",
            f">={version}",
            f"<={version}",
            f"<={version},>=1.0",
            f"=={version.split('.')[0]}.*",
            f">={version},!=9",
            ">=1.0rc1",
        )
    )
    marker = chance.choice(("", "", "; python_version >= '3.6'", " ; sys_platform != 'win32'  # here"))
    return f"{name}{extra}{specifier}{marker}"
