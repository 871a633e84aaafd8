"""Checks whether one entry is still what pip stored.

First against hashes recorded outside the body: if one agrees, every byte is proven. Without such a hash, against what
the body says of itself: checksums in archives, its length, its end. That is weaker: `consistent` means that no fault
was found, and that no recorded hash could prove it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pipcache_tui.cache.content import ChangedError, Content, open_content
from pipcache_tui.cache.formats.responses import EnvelopeError
from pipcache_tui.cache.model import UNOPENED, Entry, IndexPage, SelfCheck
from pipcache_tui.cache.pip.cache_keys import entry_key
from pipcache_tui.cache.urls.content_proof import url_by_content
from pipcache_tui.cache.urls.recovery import named
from pipcache_tui.text import error_reason
from pipcache_tui.verify.integrity import (
    DisagreementError,
    Limits,
    OnBytes,
    TooMuchError,
    check_tar,
    check_text,
    check_zip,
    read_metadata_member,
    seekable,
    unpacked,
)
from pipcache_tui.verify.known_hashes import PROOFS, Claim, KnownHashes, Means, header_claims, new_hash

State = Literal["proven", "consistent", "corrupt", "unchecked"]
STATES: tuple[State, ...] = get_args(State)

_LIMITS = Limits()
_HASHED_BY_CONTENT = frozenset({"wheel", "sdist"})
#: what to call each means in a message when it disagrees
_SAID_BY: Mapping[Means, str] = {
    "content-address": "the hash in its URL",
    "index-page": "its index page",
    "origin": "the origin.json of a wheel built from it",
    "header": "a header of its response",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verifying an entry.

    `entry`: the one given, with its URL and file name added if its content proved them. `means`: what agreed. `why`:
    one line each; for `corrupt` what disagrees, for `unchecked` why it could not be checked, for `proven` what
    contradicts the proof. `sha256`: of the body, None if it was not read.
    """

    entry: Entry
    state: State
    means: tuple[Means, ...] = ()
    why: tuple[str, ...] = ()
    sha256: str | None = None
    #: from an earlier run; inode, size and mtime of the files are unchanged since
    remembered: bool = False


def verify_entry(
    entry: Entry,
    known_hashes: KnownHashes,
    watch: OnBytes = lambda _: None,
    *,
    limits: Limits = _LIMITS,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict:
    """Verify one entry. Raises only what `watch` raises.

    Args:
        entry: the entry.
        known_hashes: from `gather_known_hashes`.
        watch: called with the number of bytes just read.
        limits: what takes more is `unchecked`.
        clock: seconds, for the limit of time.
    """
    unjudged = _why_unjudged(entry)
    if unjudged is not None:
        return Verdict(entry, "unchecked", why=(unjudged,))
    try:
        with open_content(entry) as content:
            verdict = _Examination(entry, content, known_hashes, _until(watch, entry, limits, clock), limits).verdict()
    except TooMuchError as error:
        verdict = Verdict(entry, "unchecked", why=(str(error),))
    except ChangedError:
        verdict = Verdict(entry, "unchecked", why=("changed since it was scanned",))
    except FileNotFoundError:
        verdict = Verdict(entry, "unchecked", why=("gone since it was scanned",))
    except OSError as error:
        verdict = Verdict(entry, "unchecked", why=(UNOPENED + error_reason(error),))
    except EnvelopeError as error:
        verdict = Verdict(entry, "corrupt", why=(str(error),))
    return verdict


class _TooLongError(TooMuchError):
    pass


def _until(watch: OnBytes, entry: Entry, limits: Limits, clock: Callable[[], float]) -> OnBytes:
    """The same `watch`, which raises TooMuchError once the entry's time is over."""
    seconds = limits.time(entry.size)
    end = clock() + seconds

    def watch_until(count: int) -> None:
        watch(count)
        if clock() > end:
            raise _TooLongError(f"takes longer than {seconds:.0f} s")

    return watch_until


def _why_unjudged(entry: Entry) -> str | None:
    """Why an entry cannot be verified at all; None if it can."""
    problem = entry.problems[0] if entry.problems else ""
    if entry.kind in ("orphan", "leftover"):
        return problem or "no whole entry"
    if entry.response is not None and entry.response.cache_format == 1:
        return problem or "an old pickle, never opened"
    if entry.kind == "unreadable" and problem.startswith((UNOPENED, "unknown format")):
        return problem
    return None


class _Examination:
    """One open entry, compared with everything known of it."""

    def __init__(
        self, entry: Entry, content: Content, known_hashes: KnownHashes, watch: OnBytes, limits: Limits
    ) -> None:
        self.entry = entry
        self.limits = limits
        #: why the decoded body is not known
        self.too_much: str | None = None
        self.content = content
        self.headers = content.headers
        self.known_hashes = known_hashes
        self.watch = watch
        self.encoding = self.headers.get("content-encoding", "").strip().lower().removeprefix("x-")

    def verdict(self) -> Verdict:
        claims = (*self.known_hashes.of(self.entry), *header_claims(self.headers))
        algorithms = {"sha256", *(claim.algorithm for claim in claims)}
        nameless = self.entry.url is None and entry_key(self.entry) is not None
        if nameless and self.entry.kind in _HASHED_BY_CONTENT:
            algorithms.add("blake2b")
        digests = self._digests(algorithms)
        sent = digests[0]
        agreed, contradicted = _compare(claims, digests)
        entry = self.entry
        if nameless and "blake2b" in sent:
            url = url_by_content(entry, sent["blake2b"], self.known_hashes.address_bases)
            if url is not None:
                entry = named(entry, url, "content")
                agreed["content-address"] = None
        announced, size = self._announced(), self.content.body.size
        if announced == size:
            agreed["content-length"] = None
        sha256 = sent["sha256"]
        if PROOFS & agreed.keys():
            return Verdict(entry, "proven", tuple(agreed), tuple(contradicted), sha256)
        if announced not in (None, size):
            contradicted = {f"{size:,} bytes, where its Content-Length says {announced:,}": None, **contradicted}
        elif self.too_much is not None:  # a hash that is not the stored body's may be the decoded one's
            return Verdict(entry, "unchecked", tuple(agreed), (self.too_much,), sha256)
        if contradicted:
            return Verdict(entry, "corrupt", tuple(agreed), tuple(contradicted), sha256)
        try:
            inside = self._look_inside()
        except DisagreementError as error:
            return Verdict(entry, "corrupt", tuple(agreed), (str(error),), sha256)
        except TooMuchError as error:
            return Verdict(entry, "unchecked", tuple(agreed), (str(error),), sha256)
        if entry.kind == "unreadable":
            return Verdict(entry, "corrupt", tuple(agreed), entry.problems or ("can't be understood",), sha256)
        return Verdict(entry, "proven" if PROOFS & {*inside} else "consistent", (*inside, *agreed), sha256=sha256)

    def _digests(self, algorithms: Iterable[str]) -> tuple[dict[str, str], ...]:
        """Digests of the body as stored and, if it has a Content-Encoding that can be undone, of the decoded body."""
        stored = _Digests(algorithms)
        if not self._is_encoded():
            for piece in self._pieces():
                stored.update(piece)
            return (stored.hex(),)
        decoded = _Digests(algorithms)

        def passing() -> Iterator[bytes]:
            for piece in pieces:
                stored.update(piece)
                yield piece

        pieces = self._pieces()
        try:
            for piece in unpacked(passing(), self.encoding, self._unpacked_limit()):
                decoded.update(piece)
                self.watch(0)
        except _TooLongError:
            raise
        except TooMuchError as error:
            decoded, self.too_much = stored, str(error)
        except DisagreementError:
            decoded = stored
        for piece in pieces:  # bytes after the compressed data
            stored.update(piece)
        return (stored.hex(), decoded.hex())

    def _pieces(self) -> Iterator[bytes]:
        for piece in self.content.stream():
            self.watch(len(piece))
            yield piece

    def _announced(self) -> int | None:
        """The Content-Length; None for a redirect, as pip keeps no body of it."""
        told = self.headers.get("content-length", "").strip()
        return (
            int(told)
            if told.isascii() and told.isdecimal() and len(told) < 19 and self.entry.kind != "redirect"
            else None
        )

    def _look_inside(self) -> tuple[Means, ...]:
        """Check the body by what it says of itself. Raises DisagreementError and TooMuchError."""
        entry, content = self.entry, self.content
        if isinstance(entry.detail, SelfCheck):
            return self._check_selfcheck()
        if entry.kind == "redirect" or content.body.size == 0:
            return ()
        if entry.kind == "metadata":
            return self._compare_with_wheel()
        magic = content.body.read_at(0, 6)
        if magic[:4] in (b"PK\x03\x04", b"PK\x05\x06") or (entry.filename or "").endswith(".whl"):
            with seekable(content, self.watch) as body:
                return check_zip(body, self.watch, self.limits.of_archive(body.size))
        if entry.kind in _HASHED_BY_CONTENT or (entry.kind in ("unreadable", "other") and not self.encoding):
            means = check_tar(content.stream(), magic, self.watch, self.limits.of_archive(content.body.size))
            if means:
                return means
        if self.encoding not in ("", "identity", "gzip", "deflate"):
            return ()  # brotli and zstd are not decompressed here
        means = check_text(self._decoded(), self._form(), self.limits.text)
        return ("compression", *means) if self.encoding == "gzip" else means

    def _decoded(self) -> Iterator[bytes]:
        """The body without its Content-Encoding. Raises DisagreementError if that cannot be undone."""
        pieces = self.content.stream()
        if self._is_encoded():
            pieces = unpacked(pieces, self.encoding, self._unpacked_limit())
        for piece in pieces:
            self.watch(0)
            yield piece

    def _unpacked_limit(self) -> int:
        """How many bytes the body may have without its Content-Encoding."""
        is_archive = self.entry.kind in _HASHED_BY_CONTENT
        return self.limits.of_archive(self.content.body.size) if is_archive else self.limits.text

    def _is_encoded(self) -> bool:
        return self.encoding in ("gzip", "deflate")

    def _form(self) -> str | None:
        if isinstance(self.entry.detail, IndexPage):
            return self.entry.detail.form
        return "json" if "json" in self.headers.get("content-type", "") else None

    def _check_selfcheck(self) -> tuple[Means, ...]:
        detail = self.entry.detail
        assert isinstance(detail, SelfCheck)
        check_text(self.content.stream(), "json", self.limits.text)
        name = self.entry.files.path.rpartition("/")[2]
        if len(name) != 56 or detail.prefix is None:
            return ("json",)
        if hashlib.sha224(detail.prefix.encode("utf-8", "surrogatepass")).hexdigest() != name:
            raise DisagreementError("its name is not the hash of the prefix it names")
        return ("json", "name")

    def _compare_with_wheel(self) -> tuple[Means, ...]:
        """An index serves the same METADATA that is inside the wheel (PEP 658)."""
        wheel = self.known_hashes.wheel_of(self.entry)
        if wheel is None or (wheel.response is not None and wheel.response.cache_format == 2):
            return ()
        try:
            with open_content(wheel) as content, seekable(content, self.watch) as body:
                inside = read_metadata_member(body)
        except (OSError, EnvelopeError, DisagreementError, TooMuchError):
            return ()  # the wheel's own verdict reports it
        if inside is None:
            return ()
        if inside != b"".join(self._decoded()):
            raise DisagreementError(f"it is not the METADATA inside {wheel.filename or 'its wheel'}")
        return ("wheel",)


class _Digests:
    """Several hashes of one stream."""

    def __init__(self, algorithms: Iterable[str]) -> None:
        self._hashes = {algorithm: new_hash(algorithm) for algorithm in sorted(algorithms)}

    def update(self, piece: bytes) -> None:
        for each in self._hashes.values():
            each.update(piece)

    def hex(self) -> dict[str, str]:
        return {algorithm: each.hexdigest() for algorithm, each in self._hashes.items()}


def _compare(claims: Iterable[Claim], digests: tuple[dict[str, str], ...]) -> tuple[dict[Means, None], dict[str, None]]:
    """(what agrees, what contradicts). A claim agrees if one form of the body, stored or decoded, has its hash."""
    agreed: dict[Means, None] = {}
    contradicting: dict[Means, str] = {}
    for claim in claims:
        if any(each[claim.algorithm] == claim.digest for each in digests):
            agreed[claim.means] = None
        elif claim.binding:
            contradicting[claim.means] = f"its {claim.algorithm} is not the one in {_SAID_BY[claim.means]}"
    # one of several pages may be older than the file
    return agreed, {text: None for means, text in contradicting.items() if means not in agreed}
