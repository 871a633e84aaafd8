"""Every command of the screen, declared once.

A class here defines a command's key, its place in the footer, its entry in the command palette, its row in the help,
and the name by which settings give it another key. Its action is `action_<name>` of its scope's widget or screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal

from textual.binding import Binding

Scope = Literal["table", "main", "review", "progress", "overview", "prune", "dialog"]
Section = Literal["Move", "Look", "Choose", "Free space", "Program"]
SECTIONS: tuple[Section, ...] = ("Free space", "Choose", "Look", "Move", "Program")


class Command:
    """One command. The first line of the docstring is its help."""

    name: ClassVar[str]
    #: keys as textual names them, separated by commas
    key: ClassVar[str]
    #: one or two words for the footer
    label: ClassVar[str]
    scope: ClassVar[Scope] = "main"
    section: ClassVar[Section] = "Look"
    #: its rank in the footer, the lowest first; 0: not shown there
    footer: ClassVar[int] = 0
    palette: ClassVar[bool] = True
    #: it leads to deleting, and is not offered if nothing may be deleted
    deletes: ClassVar[bool] = False

    @classmethod
    def help(cls) -> str:
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def keys(cls, keymap: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """The keys it has, as a person would name them: "/", "space", "↓"."""
        text = (keymap or {}).get(cls.name, cls.key)
        return tuple(_SHOWN.get(key, key) for key in text.split(","))

    @classmethod
    def shown_key(cls, keymap: Mapping[str, str] | None = None) -> str:
        return cls.keys(keymap)[0]


class Movement(Command):
    scope: ClassVar[Scope] = "table"
    section: ClassVar[Section] = "Move"
    palette = False


class Down(Movement):
    """One row down."""

    name, key, label = "down", "j,down", "Down"


class Up(Movement):
    """One row up."""

    name, key, label = "up", "k,up", "Up"


class Right(Movement):
    """Open the group, or go into it."""

    name, key, label = "right", "l,right", "Open"


class Left(Movement):
    """Close the group, or go out of it."""

    name, key, label = "left", "h,left", "Close"


class First(Movement):
    """To the first row."""

    name, key, label = "first", "g,home", "First"


class Last(Movement):
    """To the last row."""

    name, key, label = "last", "G,end", "Last"


class PageDown(Movement):
    """One page down."""

    name, key, label = "page_down", "pagedown", "Page down"


class PageUp(Movement):
    """One page up."""

    name, key, label = "page_up", "pageup", "Page up"


class Open(Movement):
    """Open or close the group; show an entry's details on the whole screen."""

    name, key, label = "open", "enter", "Open"


class Mark(Command):
    """Mark or unmark this row and go one down; a group with all below it."""

    name, key, label, section, footer = "mark", "space", "Mark", "Choose", 1


class Range(Command):
    """Start a range here; again, or space, marks all rows from there to the cursor."""

    name, key, label, section = "range", "v", "Range", "Choose"


class MarkAll(Command):
    """Mark everything that is shown; with a filter, everything that matches."""

    name, key, label, section, footer = "mark_all", "ctrl+a", "All", "Choose", 12


class Invert(Command):
    """Mark what is not marked and unmark what is, of everything shown."""

    name, key, label, section = "invert", "*", "Invert", "Choose"


class UnmarkAll(Command):
    """Unmark everything, hidden rows too."""

    name, key, label, section, footer = "unmark_all", "u", "None", "Choose", 13


class Filter(Command):
    """Show only what matches: words of a name, size>100MB, age>30d, kind=wheel and so on."""

    name, key, label, footer, section = "filter", "/", "Filter", 3, "Choose"


class Delete(Command):
    """Review what is marked (or this row, if nothing is), then delete it."""

    name, key, label, section, footer, deletes = "delete", "d", "Delete", "Free space", 2, True


class Prune(Command):
    """Choose by rules: old, unused, stale, superseded, … with what each would free; then review."""

    name, key, label, section, footer, deletes = "prune", "p", "Prune", "Free space", 4, True


class Purge(Command):
    """Delete the whole cache; asks for a word to confirm."""

    name, key, label, section, deletes = "purge", "P", "Purge", "Free space", True


class Overview(Command):
    """Charts of where the space is, and what the rules would free."""

    name, key, label, footer = "overview", "o", "Overview", 5


class Details(Command):
    """Show or hide the details of the row under the cursor."""

    name, key, label, footer = "details", "i", "Details", 6


class DetailsDown(Command):
    """Scroll the details down."""

    name, key, label, section, palette = "details_down", "J", "Details down", "Move", False


class DetailsUp(Command):
    """Scroll the details up."""

    name, key, label, section, palette = "details_up", "K", "Details up", "Move", False


class GroupBy(Command):
    """Change the grouping: project, kind, store, Python tag, index host, none."""

    name, key, label, footer = "group", "t", "Group", 7


class Sort(Command):
    """Sort by the next column."""

    name, key, label, footer = "sort", "s", "Sort", 8


class Reverse(Command):
    """Sort the other way round."""

    name, key, label = "reverse", "S", "Reverse"


class ApparentSize(Command):
    """Switch between space taken on disk and bytes in the files."""

    name, key, label = "apparent_size", "a", "Disk or file size"


class Copy(Command):
    """Copy something of this row: URL, path, hash or name==version."""

    name, key, label = "copy", "y", "Copy"


class Verify(Command):
    """Verify what is marked, or this row, and mark what is corrupt."""

    name, key, label, section = "verify", "V", "Verify", "Look"


class Export(Command):
    """Copy the wheels and sdists of what is marked, or of this row, to a folder."""

    name, key, label, section = "export", "e", "Export", "Look"


class StopWork(Command):
    """Stop verifying or exporting; results so far are kept."""

    name, key, label, section = "stop_work", "x", "Stop", "Look"


class Rescan(Command):
    """Read the cache again; marks stay."""

    name, key, label, footer = "rescan", "r", "Rescan", 14


class Back(Command):
    """Close the filter, a range or a dialog; never quits."""

    name, key, label, section, palette = "back", "escape", "Back", "Program", False


class Theme(Command):
    """Choose the colours; the choice is remembered."""

    name, key, label, section = "theme", "T", "Theme", "Program"


class Help(Command):
    """All keys and what they do."""

    name, key, label, section, footer = "help", "?", "Help", "Program", 9


class Quit(Command):
    """Leave the program."""

    name, key, label, section, footer = "quit_program", "q", "Quit", "Program", 10


class ReviewDelete(Command):
    """Delete what is listed. Ignored for half a second after the review opens."""

    # Not in the footer: a double click on "Delete" in the footer of the main screen would land there.
    name, key, label, scope, palette = "delete_now", "D", "Delete", "review", False
    section = "Free space"


class ReviewDrop(Command):
    """Take this row off the list, or put it back."""

    name, key, label, scope, footer, palette = "drop", "space", "Unmark", "review", 3, False
    section = "Free space"


class ReviewCancel(Command):
    """Delete nothing and go back."""

    name, key, label, scope, footer, palette = "cancel", "escape,n,q", "Cancel", "review", 1, False
    section = "Free space"


class ProgressStop(Command):
    """Stop after the current file; files already deleted are gone."""

    name, key, label, scope, footer, palette = "stop", "escape,c", "Stop", "progress", 1, False
    section = "Free space"


class OverviewClose(Command):
    """Back to the table."""

    name, key, label, scope, footer, palette = "close", "escape,o,q", "Back", "overview", 1, False


class OverviewPick(Command):
    """Show these entries in the table."""

    name, key, label, scope, footer, palette = "pick", "enter", "Show in the table", "overview", 2, False


class PruneReview(Command):
    """Review what the chosen rules select."""

    name, key, label, scope, footer, palette = "review", "enter,ctrl+r", "Review", "prune", 2, False
    section = "Free space"


class PruneTick(Command):
    """Choose the rule or leave it out."""

    name, key, label, scope, footer, palette = "tick", "space", "Choose", "prune", 1, False
    section = "Free space"


class PruneClose(Command):
    """Back, nothing changed."""

    name, key, label, scope, footer, palette = "close", "escape", "Cancel", "prune", 3, False
    section = "Free space"


class DialogClose(Command):
    """Close this."""

    name, key, label, scope, footer, palette = "close", "escape,q,question_mark", "Close", "dialog", 1, False


COMMANDS: tuple[type[Command], ...] = (
    *(Down, Up, Right, Left, First, Last, PageDown, PageUp, Open),
    *(Mark, Range, MarkAll, Invert, UnmarkAll, Filter),
    *(Delete, Prune, Purge),
    *(
        Overview,
        Details,
        DetailsDown,
        DetailsUp,
        GroupBy,
        Sort,
        Reverse,
        ApparentSize,
        Copy,
        Verify,
        Export,
        StopWork,
        Rescan,
    ),
    *(Back, Theme, Help, Quit),
    *(ReviewDelete, ReviewDrop, ReviewCancel, ProgressStop),
    *(OverviewClose, OverviewPick, PruneTick, PruneReview, PruneClose, DialogClose),
)

_SHOWN: Mapping[str, str] = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "escape": "esc",
    "home": "Home",
    "end": "End",
    "ctrl+a": "^a",
    "ctrl+r": "^r",
    "question_mark": "?",
}


def of_scope(scope: Scope) -> Iterator[type[Command]]:
    return (command for command in COMMANDS if command.scope == scope)


def binding_id(command: type[Command]) -> str:
    """The name under which settings give it another key: unique, also among scopes."""
    return command.name if command.scope in ("table", "main") else f"{command.scope}.{command.name}"


def bindings(scope: Scope) -> Iterator[Binding]:
    """The BINDINGS of a widget or screen of that scope."""
    for command in of_scope(scope):
        yield Binding(
            command.key,
            command.name,
            command.label,
            show=bool(command.footer),
            tooltip=command.help(),
            id=binding_id(command),
        )
