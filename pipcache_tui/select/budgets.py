"""Budgets: rules that remove as much as is needed and no more.

What costs least to get again goes first: what pip will not use again, then what it can download, and last the wheels
built here, which it must compile. Within each of these three, the least recently used goes first; if the mount keeps
no access times, the one stored or validated longest ago.

A budget depends on what else goes and on what stays in any case, so `choose` is given both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from pipcache_tui.cache.model import Entry, OwnedFile
from pipcache_tui.quantities import Share, size_in_words
from pipcache_tui.select.rule import Rule, RuleError, Selected, day_of
from pipcache_tui.text import error_reason, format_size, safe_text

if TYPE_CHECKING:
    from pipcache_tui.select.judge import Judge

_LOSSES = (
    (0, "pip won't use it again"),
    (1, "pip can download it again"),
    (1, "no Python here uses it; another would build it again"),
    (2, "pip must build it again"),
)


class Budget(Rule, Protocol):
    """A rule that stops as soon as enough goes."""

    def choose(
        self, entries: Sequence[Entry], judge: Judge, *, staying: Iterable[Entry] = (), going: Iterable[Entry] = ()
    ) -> Iterator[Selected]:
        """As many of the entries as it takes. Raises RuleError.

        Args:
            entries: Those that may go.
            judge: What is known of them.
            staying: Others, which count but may not go.
            going: Others, which go by another rule.
        """
        ...


@dataclass(frozen=True, slots=True)
class MaxSize:
    """Entries go until the rest takes at most `size` bytes on disk, each inode counted once."""

    size: int

    def choose(
        self,
        entries: Sequence[Entry],
        judge: Judge,
        *,
        staying: Iterable[Entry] = (),
        going: Iterable[Entry] = (),  # noqa: ARG002 - what goes already takes no space
    ) -> Iterator[Selected]:
        weights = _Weights((*entries, *staying))
        why = f"the cache is over {size_in_words(self.size)} in all"
        return _until(weights.total - self.size, entries, judge, weights, why)

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:  # noqa: ARG002
        return f"all takes {format_size(_Weights(entries).total)} on disk"


@dataclass(frozen=True, slots=True)
class MinFree:
    """Entries go until the file system that holds them has that much free; each file system on its own.

    Only blocks that come back count: a file with a link elsewhere frees nothing.
    """

    share: Share

    def choose(
        self,
        entries: Sequence[Entry],
        judge: Judge,
        *,
        staying: Iterable[Entry] = (),  # noqa: ARG002 - what is free is asked of the system
        going: Iterable[Entry] = (),
    ) -> Iterator[Selected]:
        gone = _by_device(going)
        for device, together in _by_device(entries).items():
            root = together[0].root
            try:
                space = judge.disk_space(together[0])
            except OSError as error:
                why = error_reason(error, "the system does not say")
                raise RuleError(f"the free space of the disk of {safe_text(root, 200)} is not known: {why}") from None
            missing = self.share.of(space.total) - space.free - _Weights(gone.get(device, ()), links=True).total
            why = f"{format_size(space.free)} of the disk are free, not {self.share.words}"
            yield from _until(missing, together, judge, _Weights(together, links=True), why)

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:  # noqa: ARG002
        return f"each disk has {self.share.words} free"


@dataclass(frozen=True, slots=True)
class Free:
    """Entries go until that many bytes come back to the disk, those of other rules included.

    Only blocks that come back count: a file with a link elsewhere frees nothing.
    """

    size: int

    def choose(
        self,
        entries: Sequence[Entry],
        judge: Judge,
        *,
        staying: Iterable[Entry] = (),  # noqa: ARG002 - what stays frees nothing
        going: Iterable[Entry] = (),
    ) -> Iterator[Selected]:
        gone = list(going)
        weights = _Weights((*gone, *entries), links=True)
        missing = self.size - sum(map(weights.take_off, gone))
        return _until(missing, entries, judge, weights, f"to free {size_in_words(self.size)}")

    def why_nothing(self, entries: Sequence[Entry], judge: Judge) -> str | None:  # noqa: ARG002
        return "no entry gives space back" if self.size else "0 bytes are free already"


def max_size(size: int) -> Budget:
    """What costs least to get again goes until the rest takes at most `size` bytes on disk."""
    return MaxSize(size)


def min_free(share: Share) -> Budget:
    """The same until as much of the disk is free."""
    return MinFree(share)


def free(size: int) -> Budget:
    """The same until `size` bytes are really freed."""
    return Free(size)


_BUDGETS = (MaxSize, MinFree, Free)


def choose_all(
    rules: Sequence[Rule],
    entries: Sequence[Entry],
    judge: Judge,
    *,
    may_go: Callable[[Entry], bool] = lambda _: True,
) -> dict[tuple[str, str], tuple[Entry, list[str]]]:
    """What any of the rules selects, by entry key, with all reasons. Raises RuleError.

    Budgets come last and count what the other rules take. Those also select entries that may not go, so that a plan
    can say why they stay; a budget never does.
    """
    chosen: dict[tuple[str, str], tuple[Entry, list[str]]] = {}

    def take(found: Iterable[Selected]) -> None:
        for entry, reason in found:
            reasons = chosen.setdefault(entry.key, (entry, []))[1]
            if reason not in reasons:
                reasons.append(reason)

    for rule in rules:
        if not isinstance(rule, _BUDGETS):
            take(rule.choose(entries, judge))
    for rule in rules:
        if isinstance(rule, _BUDGETS):
            going = [entry for entry, _ in chosen.values() if may_go(entry)]
            keys = {entry.key for entry in going}
            left = [entry for entry in entries if entry.key not in keys]
            staying = [entry for entry in left if not may_go(entry)]
            open_ = [entry for entry in left if may_go(entry)]
            take(rule.choose(open_, judge, staying=staying, going=going))
    return chosen


class _Weights:
    """Allocated bytes of entries, and how many of them each entry takes with it.

    A file with several names counts once, for the entry that takes the last of them. With `links`, a file that also
    has a name elsewhere counts nothing.
    """

    def __init__(self, entries: Iterable[Entry], *, links: bool = False) -> None:
        self.total = 0
        self._names: Counter[tuple[int, int]] = Counter()
        self._weights: dict[tuple[int, int], int] = {}
        linked: list[OwnedFile] = []
        for entry in entries:
            for file in entry.files:
                if file.links <= 1:
                    self.total += file.size_on_disk
                else:
                    linked.append(file)
                    self._names[file.device, file.inode] += 1
        for file in linked:
            inode = (file.device, file.inode)
            self._weights[inode] = file.size_on_disk if not links or self._names[inode] >= file.links else 0
        self.total += sum(self._weights.values())

    def counts(self, entry: Entry) -> bool:
        """Whether the entry weighs anything, alone or together with others."""
        return any(
            self._weights[file.device, file.inode] if file.links > 1 else file.size_on_disk for file in entry.files
        )

    def take_off(self, entry: Entry) -> int:
        """The bytes that go with an entry; to be called once for each that goes, in order."""
        freed = 0
        for file in entry.files:
            if file.links <= 1:
                freed += file.size_on_disk
            else:
                inode = (file.device, file.inode)
                self._names[inode] -= 1
                freed += self._weights[inode] if not self._names[inode] else 0
        return freed


def _until(missing: int, entries: Sequence[Entry], judge: Judge, weights: _Weights, why: str) -> Iterator[Selected]:
    """The cheapest entries, until `missing` bytes are freed; what frees nothing stays."""
    if missing <= 0:
        return
    ranked = []
    for entry in entries:
        is_kept = judge.atimes(entry).kept != "never"
        last = entry.used if is_kept else entry.validated
        ranked.append((*_LOSSES[_loss_of(entry, judge)], last, entry.root, entry.files.path, is_kept, entry))
    ranked.sort(key=itemgetter(0, 2, 3, 4))
    for _, loss_in_words, last, _, _, is_kept, entry in ranked:
        if weights.counts(entry):
            event = "last read" if is_kept else "stored"
            yield entry, f"{why}; {loss_in_words} ({event} {day_of(last)})"
            missing -= weights.take_off(entry)
            if missing <= 0:
                return


def _loss_of(entry: Entry, judge: Judge) -> int:
    """Which of `_LOSSES` it is to remove an entry."""
    is_built = entry.kind == "built-wheel"
    if judge.usable(entry):
        return 3 if is_built else 1
    return 2 if is_built and judge.usable_elsewhere(entry) else 0


def _by_device(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    devices: dict[int, list[Entry]] = {}
    for entry in entries:
        devices.setdefault(entry.files[0].device, []).append(entry)
    return devices
