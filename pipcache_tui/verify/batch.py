"""Verifies many entries on all cores, with the memory of a few, and remembers the good verdicts.

`pipcache_tui.verify.examine` verifies one entry, `pipcache_tui.verify.known_hashes` collects what is known of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from pipcache_tui.cache.model import Entry
from pipcache_tui.cache.urls.recovery import named
from pipcache_tui.cache.workers import usable_cores
from pipcache_tui.verify.examine import Verdict, verify_entry
from pipcache_tui.verify.known_hashes import KnownHashes
from pipcache_tui.verify.verdict_memory import VerdictMemory

#: how many entries may be in work or done ahead of the next one to yield
_AHEAD = 64


class _Stopped(Exception):
    pass


def verify_entries(
    entries: Iterable[Entry],
    known_hashes: KnownHashes,
    *,
    stop: Callable[[], bool] = lambda: False,
    watch: Callable[[int], None] | None = None,
    workers: int | None = None,
    memory: str | None = None,
) -> Iterator[Verdict]:
    """Verify entries. Nothing on disk makes this raise.

    Args:
        entries: what to verify.
        known_hashes: from `gather_known_hashes`.
        stop: asked often; once true, no further verdict is given.
        watch: called from any thread with numbers of bytes dealt with, in total about the entries' `size`.
        workers: threads; by default one per core, as most of the work releases the interpreter lock.
        memory: the folder of `pipcache_tui.verify.verdict_memory`; None to remember nothing.

    Returns:
        A verdict for each entry, in their order, as soon as it and those before it are known.
    """
    ended = Event()
    kept = VerdictMemory(memory)

    def look(count: int) -> None:
        if watch is not None and count:
            watch(count)
        if ended.is_set() or stop():
            raise _Stopped

    def work(entry: Entry, token: bytes) -> tuple[Verdict, bytes]:
        streamed = 0

        def look_at(count: int) -> None:
            nonlocal streamed
            streamed += count
            look(count)

        verdict = verify_entry(entry, known_hashes, look_at)
        look(max(0, entry.size - streamed))  # headers, and bytes that were not read
        return verdict, token

    waiting: deque[Verdict | Future[tuple[Verdict, bytes]]] = deque()

    def finished() -> Verdict:
        first = waiting.popleft()
        if isinstance(first, Verdict):
            return first
        verdict, token = first.result()
        kept.note(verdict.entry, token, verdict.state, verdict.means, verdict.why, verdict.sha256)
        return verdict

    with ThreadPoolExecutor(workers or usable_cores(), thread_name_prefix="verify") as pool:
        try:
            for entry in entries:
                look(0)
                token = _token(entry, known_hashes)
                known = _recalled(kept, entry, token)
                if known is None:
                    waiting.append(pool.submit(work, entry, token))
                else:
                    waiting.append(known)
                    look(entry.size)
                while waiting and (len(waiting) > _AHEAD or isinstance(waiting[0], Verdict) or waiting[0].done()):
                    yield finished()
            while waiting:
                yield finished()
        except _Stopped:
            pass
        finally:
            ended.set()
            pool.shutdown(wait=True, cancel_futures=True)
            kept.save()


def _token(entry: Entry, known_hashes: KnownHashes) -> bytes:
    """A digest of everything a verdict depends on: the state of the files, and the hashes known of them."""
    wheel = known_hashes.wheel_of(entry)
    said = [(claim.means, claim.algorithm, claim.digest) for claim in known_hashes.of(entry)]
    bases = known_hashes.address_bases if entry.url is None else ()
    rest = json.dumps([entry.store, entry.kind, entry.url, said, bases]).encode("ascii")
    digest = hashlib.blake2b(rest, digest_size=16)
    for file in (*entry.files, *(wheel.files if wheel else ())):
        digest.update(file.identity)
    return digest.digest()


def _recalled(memory: VerdictMemory, entry: Entry, token: bytes) -> Verdict | None:
    known = memory.recall(entry, token)
    if known is None:
        return None
    if known.url is not None and entry.url is None:
        entry = named(entry, known.url, "content")
    return Verdict(entry, known.state, known.means, known.why, known.sha256, remembered=True)
