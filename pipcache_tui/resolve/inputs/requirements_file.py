"""Requirements files, read as pip's `req/req_file.py` reads them: comments, variables, includes, options, hashes.

Nothing is fetched: a file that is named by a URL is reported as not read.
"""

from __future__ import annotations

import codecs
import locale
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from pipcache_tui.cache.pip.cache_keys import without_credentials
from pipcache_tui.resolve.inputs.requirements import (
    ANY,
    Digest,
    InstallOptions,
    InstallRequirement,
    RequirementError,
    parse_requirement,
)
from pipcache_tui.text import error_reason, safe_text

#: bytes; far more than anyone writes
_FILE_LIMIT = 32 << 20
_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
_REMOTE = re.compile(r"(?:https?|ftp):", re.IGNORECASE)
_BOMS = (  # a longer one before the shorter one it starts with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HASH_NAMES = frozenset({"sha256", "sha384", "sha512"})
_SHORT = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-i": "--index-url", "-f": "--find-links"}
_ALIASES = {"--pypi-url": "--index-url", "--no-use-wheel": "--no-binary"}
_VALUED = frozenset(
    {
        *_SHORT.values(),
        *("--extra-index-url", "--no-binary", "--only-binary", "--all-releases", "--only-final"),
        *("--hash", "--trusted-host", "--use-feature", "--config-settings", "--config-setting", "-C"),
        *("--global-option", "--build-option", "--install-option"),
    }
)
_PLAIN = frozenset({"--no-index", "--pre", "--prefer-binary", "--require-hashes", "--no-require-hashes"})


@dataclass(slots=True)
class RequirementsFile:
    """What a file and the files it includes say, in order; `options` apply to all of it, as in pip."""

    options: InstallOptions
    requirements: list[InstallRequirement] = field(default_factory=list)
    constraints: list[InstallRequirement] = field(default_factory=list)


def read_requirements(path: str, options: InstallOptions, environ: Mapping[str, str] = os.environ) -> RequirementsFile:
    """Read a requirements file; its options are added to `options`.

    Raises:
        RequirementError: the file or a line of it can't be read; names the file and the line.
    """
    return _Reader(options, environ).read(path)


def read_constraints(path: str, options: InstallOptions, environ: Mapping[str, str] = os.environ) -> RequirementsFile:
    """Read a constraints file, in the same way."""
    return _Reader(options, environ).read(path, constraint=True)


class _Reader:
    def __init__(self, options: InstallOptions, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._found = RequirementsFile(options)

    def read(self, path: str, *, constraint: bool = False) -> RequirementsFile:
        self._read(path, (), constraint)
        return self._found

    def _read(self, path: str, including: tuple[str, ...], constraint: bool) -> None:
        full = os.path.abspath(os.path.expanduser(path))
        if full in including:
            raise RequirementError(f"{safe_text(path)}: includes itself, by {safe_text(including[-1])}")
        for number, line in _logical_lines(_text_of(path)):
            where = f"{safe_text(path)} line {number}"
            line = _VARIABLE.sub(lambda found: self._environ.get(found[1]) or found[0], line)
            requirement, options = _split_options(line, where)
            includes = [(name, value) for name, value in options if name in ("--requirement", "--constraint")]
            if requirement or any(name == "--editable" for name, _ in options):
                self._take(requirement, options, where, constraint)
            elif includes:
                name, value = includes[0]
                self._include(value, name == "--constraint", where, (*including, full), os.path.dirname(path))
            else:
                for name, value in options:
                    self._apply(name, value, path)

    def _include(self, value: str, constraint: bool, where: str, including: tuple[str, ...], folder: str) -> None:
        if _REMOTE.match(value):
            flag = "-c" if constraint else "-r"
            unread = InstallRequirement(
                f"{flag} {value}", where, not_checked="a file on a server: nothing is fetched to check it"
            )
            (self._found.constraints if constraint else self._found.requirements).append(unread)
            return
        path = unquote(urlsplit(value).path) if value.lower().startswith("file:") else value
        self._read(os.path.join(folder, path), including, constraint)

    def _take(self, requirement: str, options: list[tuple[str, str]], where: str, constraint: bool) -> None:
        editable = next((value for name, value in options if name == "--editable"), None) if not requirement else None
        hashes = [_digest(value, where) for name, value in options if name == "--hash"]
        # a path is relative to the folder pip runs in, not to the requirements file
        parsed = parse_requirement(
            requirement or editable or "", where, hashes=hashes, folder=os.getcwd(), editable=editable is not None
        )
        (self._found.constraints if constraint else self._found.requirements).append(parsed)

    def _apply(self, name: str, value: str, path: str) -> None:
        change = partial(replace, self._found.options)
        options = self._found.options
        if name == "--no-index":
            options = change(no_index=True, index_urls=())
        elif name == "--index-url" and not options.no_index:
            options = change(index_urls=(bare_url(value),))
        elif name == "--extra-index-url" and not options.no_index:
            options = change(index_urls=(*(options.index_urls or ()), bare_url(value)))
        elif name == "--find-links":
            local = os.path.join(os.path.dirname(os.path.abspath(path)), value)
            place = local if os.path.exists(local) else value
            options = change(find_links=(*options.find_links, place))
        elif name == "--pre":
            options = change(pre=True, all_releases=options.all_releases | {ANY})
        elif name == "--prefer-binary":
            options = change(prefer_binary=True)
        elif name == "--require-hashes":
            options = change(require_hashes=True)
        elif name in ("--no-binary", "--only-binary"):
            options = with_formats(options, value, binary=name == "--only-binary")
        elif name in ("--all-releases", "--only-final"):
            options = with_releases(options, value, final=name == "--only-final")
        self._found.options = options


def with_formats(options: InstallOptions, value: str, *, binary: bool) -> InstallOptions:
    """The options after `--only-binary` (with `binary`) or `--no-binary` with this value."""
    wide, narrow = (options.only_binary, options.no_binary) if binary else (options.no_binary, options.only_binary)
    wide, narrow = _with_names(value, wide, narrow)
    return replace(options, only_binary=wide if binary else narrow, no_binary=narrow if binary else wide)


def with_releases(options: InstallOptions, value: str, *, final: bool) -> InstallOptions:
    """The options after `--only-final` (with `final`) or `--all-releases` with this value."""
    wide, narrow = (options.only_final, options.all_releases) if final else (options.all_releases, options.only_final)
    wide, narrow = _with_names(value, wide, narrow)
    return replace(options, only_final=wide if final else narrow, all_releases=narrow if final else wide)


def bare_url(url: str) -> str:
    """An index's URL without credentials and final slash."""
    return without_credentials(url).rstrip("/")


def _with_names(value: str, mine: frozenset[str], other: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """`FormatControl.handle_mutual_excludes`: both sets after `value` was added to `mine`."""
    names = value.split(",")
    while ANY in names:
        mine, other = frozenset({ANY}), frozenset()
        names = names[names.index(ANY) + 1 :]
        if ":none:" not in names:
            return mine, other
    for name in names:
        if name == ":none:":
            mine = frozenset()
        elif name:
            normal = canonicalize_name(name)
            mine, other = mine | {normal}, other - {normal}
    return mine, other


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each line that is not empty, with continued lines joined and no comments."""
    joined: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        comment = _COMMENT.match(line)
        if line.endswith("\\") and not comment:
            first = first if joined else number
            joined.append(line.strip("\\"))
            continue
        joined.append(f" {line}" if comment else line)
        if content := _COMMENT.sub("", "".join(joined)).strip():
            yield (first if len(joined) > 1 else number), content
        joined.clear()
    if joined and (content := _COMMENT.sub("", "".join(joined)).strip()):
        yield first, content


def _split_options(line: str, where: str) -> tuple[str, list[tuple[str, str]]]:
    """The requirement of a line, and (long name, value) of each option after it."""
    words = line.split(" ")
    cut = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        tokens = shlex.split(" ".join(words[cut:]))
    except ValueError as error:
        raise RequirementError(f"{where}: options can't be read: {str(error).lower()}") from None
    options: list[tuple[str, str]] = []
    waiting = iter(tokens)
    for token in waiting:
        name, equals, value = token.partition("=") if token.startswith("--") else (token[:2], token[2:], token[2:])
        name = _SHORT.get(name, name)
        name = _ALIASES.get(name, name)
        if name in _PLAIN:
            options.append((name, ""))
        elif name in _VALUED:
            if not equals and (value := next(waiting, "")) == "":
                raise RequirementError(f"{where}: {name} needs a value")
            options.append((name, value))
        else:
            raise RequirementError(f"{where}: '{safe_text(token, 60)}' is not an option of a requirements file")
    return " ".join(words[:cut]).strip(), options


def _digest(value: str, where: str) -> Digest:
    algorithm, _, digest = value.partition(":")
    if algorithm not in _HASH_NAMES or not digest:
        raise RequirementError(f"{where}: --hash={safe_text(value, 40)}: write it as --hash=sha256:…")
    return algorithm, digest


def _text_of(path: str) -> str:
    data = read_bounded(path)
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding, path)
    for line in data.split(b"\n", 2)[:2]:
        if line.startswith(b"#") and (named := _CODING.search(line)):
            return _decoded(data, named[1].decode("ascii"), path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(data, locale.getpreferredencoding(False), path)


def read_bounded(path: str) -> bytes:
    """The bytes of a file that a person named. Raises RequirementError."""
    shown = safe_text(path)
    try:
        if not os.path.isfile(path):
            raise RequirementError(f"{shown}: " + ("not a file" if os.path.exists(path) else "no such file"))
        with open(path, "rb") as file:
            data = file.read(_FILE_LIMIT + 1)
    except OSError as error:
        raise RequirementError(f"{shown}: {error_reason(error)}") from None
    except ValueError:  # a NUL in the name
        raise RequirementError(f"{shown}: no such file") from None
    if len(data) > _FILE_LIMIT:
        raise RequirementError(f"{shown}: over {_FILE_LIMIT >> 20} MiB, which is not a list of requirements")
    return data


def _decoded(data: bytes, encoding: str, path: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise RequirementError(
            f"{safe_text(path)}: says it is in '{safe_text(encoding, 40)}', which is not an encoding"
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RequirementError(f"{safe_text(path)} line {line}: not text in {safe_text(encoding, 40)}") from None
