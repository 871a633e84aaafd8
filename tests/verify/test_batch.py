"""Verifying many entries: the order of verdicts, stopping, and bodies of any bytes."""

from __future__ import annotations

import gzip
import random
import threading
from collections.abc import Iterator

from pipcache_tui.cache.model import Entry
from pipcache_tui.demo import packages
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.examine import Verdict
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.support.cache_root import FILE_HEADERS, Place
from tests.support.verdicts import FILE_HOST, PRIVATE


def test_no_bytes_raise_an_exception(place: Place) -> None:
    chance = random.Random(7)
    noise = {"noise.bin": chance.randbytes(3000), "zeros": bytes(9000)}
    seeds = [packages.make_wheel("pure", "1.0", files=noise), gzip.compress(b'{"files": []}', mtime=0)]
    seeds += [packages.make_sdist("pure", "1.0", form, files=noise) for form in ("tar.gz", "tar.bz2", "tar.xz", "zip")]
    for number in range(300):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 1, 1, 4, 40))] = chance.randbytes(chance.choice((0, 1, 1, 4)))
        place.v2(f"{PRIVATE}{number}", bytes(body), {**FILE_HEADERS, "Content-Encoding": chance.choice(("", "gzip"))})
    entries = place.scan().entries
    states = {
        verdict.state for verdict in verify_entries(entries, gather_known_hashes(entries, file_hosts=[FILE_HOST]))
    }
    assert states == {"consistent", "corrupt"}


def test_verdicts_come_in_the_order_of_the_entries_and_few_are_taken_ahead(place: Place) -> None:
    for number in range(300):
        place.v2(f"{PRIVATE}{number}", b"body %d" % number)
    entries = place.scan().entries
    taken = 0

    def counted() -> Iterator[Entry]:
        nonlocal taken
        for entry in entries:
            taken += 1
            yield entry

    dealt = 0
    lock = threading.Lock()

    def watch(count: int) -> None:
        nonlocal dealt
        with lock:
            dealt += count

    given = []
    for verdict in verify_entries(counted(), KnownHashes(), watch=watch):
        given.append(verdict.entry)
        assert taken - len(given) <= 65
    assert given == list(entries)
    assert dealt == sum(entry.size for entry in entries)


def test_it_stops_when_asked(place: Place) -> None:
    for number in range(200):
        place.v2(f"{PRIVATE}{number}", b"body %d" % number)
    entries = place.scan().entries
    given: list[Verdict] = []
    given.extend(verify_entries(entries, KnownHashes(), stop=lambda: len(given) > 0, workers=2))
    assert len(given) == 0 or len(given) < len(entries)
    before = threading.active_count()
    verifying = verify_entries(entries, KnownHashes())
    next(verifying)
    verifying.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
