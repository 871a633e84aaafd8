"""The rules of a prune, one row each, the source of flags, `--help`, prune dialog, man page and docs/rules.md.

To add a rule, write a function that makes it (in `rules`, or in `budgets` if it weighs all entries together), and a
row here. `--help` and `--version` load this module, so it imports the others only when a rule is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pipcache_tui.select.rule import Rule

#: What a rule takes. "filter", "needs" and "verdicts" are not typed after the flag: the first is what the filters say,
#: the second what is needed by what --needed-by names, the third what verifying found.
ValueKind: TypeAlias = Literal["none", "age", "size", "size-or-percent", "count", "filter", "needs", "verdicts"]

#: how `--help` writes the values that are typed
_METAVARS: dict[ValueKind, str] = {"age": "AGE", "size": "SIZE", "size-or-percent": "SIZE|%", "count": "N"}


class RuleSpec(NamedTuple):
    """All that is known of a rule before it has a value."""

    #: with its dashes
    flag: str
    value: ValueKind
    #: the module of this folder and its function that makes the rule, "rules.older": called with the parsed value,
    #: with nothing where there is none
    maker: str
    #: what goes, on one line of `--help`
    help: str
    #: what it takes to get back what it removes
    cost: str
    #: what goes, in full, for the man page and docs/rules.md; "": `help` says it all
    about: str = ""
    #: its label in the prune dialog; "": not offered there
    title: str = ""
    #: the rest of its label
    hint: str = ""
    #: what its field in the dialog holds at first
    start: str = ""
    #: what goes depends on the Pythons found on this machine
    needs_pythons: bool = False
    #: names, sizes and times of files decide, so nothing has to be opened for it
    names_suffice: bool = False

    @property
    def name(self) -> str:
        """What the program calls it: "older"."""
        return self.flag[2:].removeprefix("prune-")

    @property
    def attribute(self) -> str:
        """Where the parsed command line holds it: `prune_older`."""
        return self.flag[2:].replace("-", "_")

    @property
    def metavar(self) -> str | None:
        """How `--help` writes its value; None where none is typed after the flag."""
        return _METAVARS.get(self.value)

    def parse(self, text: str, now: float) -> Rule:
        """The rule with the value that someone typed ("" where it takes none); `now` in seconds since 1970.

        Raises:
            QuantityError: It is not such a value.
            RuleError: The value makes no sense, such as a date to come.
        """
        from pipcache_tui import quantities

        if self.value == "none":
            return self.make()
        if self.value == "age":
            return self.make(quantities.parse_span(text, now))
        if self.value == "count":
            return self.make(quantities.parse_count(text))
        return self.make(quantities.parse_size(text) if self.value == "size" else quantities.parse_share(text))

    def make(self, *value: object) -> Rule:
        """The rule with a value that is parsed already, if it takes one. Raises RuleError."""
        from importlib import import_module

        module, _, function = self.maker.partition(".")
        rule: Rule = getattr(import_module(f"pipcache_tui.select.{module}"), function)(*value)
        return rule


_DOWNLOAD = "a download; for wheels built here, a compile"

#: in the order in which `--help`, the dialog and docs/rules.md show them
RULES: tuple[RuleSpec, ...] = (
    RuleSpec(
        "--prune-stale",
        "none",
        "rules.stale",
        help="its freshness is over, or pip never reads it",
        about="what no pip found here would reuse as it is: out of date (index pages mostly, which --check answers "
        "from), unreadable, or for an environment that is gone",
        cost='at most one full download where a "not modified" would have done; a compile for a wheel built by a '
        "Python that isn't found here and comes back",
        title="Stale",
        hint="pip asks or downloads again anyway",
        needs_pythons=True,
    ),
    RuleSpec(
        "--prune-superseded",
        "none",
        "rules.superseded",
        help="a newer version is here, for the same Pythons",
        about="files whose project is here in a newer version for the same Pythons",
        cost="a download, if you go back to the older one",
        title="Superseded",
        hint="a newer version is here too",
        needs_pythons=True,
    ),
    RuleSpec(
        "--prune-incompatible",
        "none",
        "rules.incompatible",
        help="no Python here (or none of --python) accepts it",
        cost="a download, or for wheels built here a compile, if that Python comes back",
        title="Incompatible",
        hint="no Python here accepts it",
        needs_pythons=True,
    ),
    RuleSpec(
        "--prune-orphans",
        "none",
        "rules.orphans",
        help="halves of pairs, leftovers of stopped pips",
        about="halves of pairs, temporary and lock files left behind",
        cost="nothing",
        title="Orphans",
        hint="half entries, leftovers of aborted runs",
    ),
    RuleSpec(
        "--prune-corrupt",
        "verdicts",
        "rules.corrupt",
        help="what --verify finds to be corrupt",
        cost="a download, which pip would need anyway",
    ),
    RuleSpec(
        "--prune-unneeded",
        "needs",
        "rules.unneeded",
        help="what nothing in --needed-by needs",
        about="what pip would not use for anything named with --needed-by; what can't be judged stays and is reported",
        cost="a download, or for wheels built here a compile, if something else needs it",
        needs_pythons=True,
    ),
    RuleSpec(
        "--prune-older",
        "age",
        "rules.older",
        help="stored or validated before: 30d 2w 6mo 1y 2026-01-31",
        cost=_DOWNLOAD,
        title="Older than",
        hint="since it was stored",
        start="180d",
        names_suffice=True,
    ),
    RuleSpec(
        "--prune-unused",
        "age",
        "rules.unused",
        help="not read since; needs a disk that keeps atime",
        about="not read for so long; on a disk mounted noatime it refuses (exit 2), and then no other rule of that run "
        "removes anything either",
        cost=_DOWNLOAD,
        title="Not read for",
        hint="as the disk keeps count",
        start="90d",
        names_suffice=True,
    ),
    RuleSpec(
        "--prune-larger",
        "size",
        "rules.larger",
        help="larger than: 500MB, 2GiB",
        cost=f"a large {_DOWNLOAD[2:]}",
        title="Larger than",
        hint="each by itself",
        start="500MB",
        names_suffice=True,
    ),
    RuleSpec(
        "--keep-latest",
        "count",
        "rules.keep_latest",
        help="all but the N newest versions of a project",
        about="all but the N newest versions of each project, whatever their tags; pre-releases count only if there is "
        "no release",
        cost="a download, if you go back to an older one",
        title="All but the latest",
        hint="versions kept",
        start="2",
    ),
    RuleSpec(
        "--max-size",
        "size",
        "budgets.max_size",
        help="the least recently used, until all fits, on disk",
        about="what pip won't use, then the least recently used, until the rest of all caches together takes no more "
        "on disk; built wheels last",
        cost=_DOWNLOAD,
        title="Shrink to",
        hint="least recently used first",
        start="5GB",
    ),
    RuleSpec(
        "--min-free",
        "size-or-percent",
        "budgets.min_free",
        help="the same, until the disk has so much free",
        about="in the same order, until the disk has so much free",
        cost=_DOWNLOAD,
        title="Keep free",
        hint="of the disk, in the same order",
        start="10%",
    ),
    RuleSpec(
        "--free",
        "size",
        "budgets.free",
        help="the same, until that much is freed",
        about="in the same order, until that much is really freed: what has a link elsewhere frees nothing",
        cost=_DOWNLOAD,
        title="Free",
        hint="in the same order",
        start="1GB",
    ),
    RuleSpec(
        "--prune",
        "filter",
        "rules.matching",
        help="all that the filters let through",
        cost="as chosen",
    ),
    RuleSpec(
        "--purge",
        "none",
        "rules.everything",
        help="everything; asks, or needs --yes",
        about="everything; asks in a terminal, needs --yes elsewhere",
        cost="everything",
        names_suffice=True,
    ),
)
