"""The prune dialog: every rule with its value and what it would remove, updated while typing; then the review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input, Static
from textual.worker import get_current_worker

from pipcache_tui.remove.plan import Keeper, Plan
from pipcache_tui.select.expression import Expression
from pipcache_tui.select.registry import RuleSpec
from pipcache_tui.text import format_count, format_size, safe_text
from pipcache_tui.tui import commands, messages
from pipcache_tui.tui.model.pruning import FIELDS, Take, Takes, chosen_rules
from pipcache_tui.tui.model.session import Session, matching
from pipcache_tui.tui.widgets.bars import StatusBar, TitleBar
from pipcache_tui.tui.widgets.key_bar import KeyBar
from pipcache_tui.tui.widgets.tick import Tick

#: seconds without a key before the sums are computed
_PAUSE = 0.12


class RuleRow(Horizontal):
    """A rule: whether it is chosen, its value, and what it would remove."""

    def __init__(self, field: RuleSpec) -> None:
        super().__init__(id=f"rule-{field.name}")
        self.field = field

    def compose(self) -> ComposeResult:
        yield Tick(self.field.title, self.field.hint)
        if self.field.start:
            yield Input(self.field.start, compact=True, name=self.field.name)
        yield Static("…", classes="take", markup=False)

    @property
    def value(self) -> str:
        return self.query_one(Input).value if self.field.start else ""

    @property
    def chosen(self) -> bool:
        return self.query_one(Tick).value

    def say(self, take: Take) -> None:
        static = self.query_one(".take", Static)
        self.set_class(take.error is not None, "-error")
        if take.error is not None:
            static.update(Text(f"⚠ {safe_text(take.error)}", no_wrap=True, overflow="ellipsis"))
        else:
            static.update(Text(f"{format_size(take.size):>9}  {format_count(take.count, 'entry'):>14}", no_wrap=True))


class PruneScreen(Screen[None]):
    """Stays open below the review, so that leaving the review comes back to the same choices."""

    BINDINGS: ClassVar[list[BindingType]] = list(commands.bindings("prune"))
    AUTO_FOCUS = "Tick"

    class WorkedOut(Message):
        def __init__(self, takes: Mapping[str, Take], plan: Plan) -> None:
            super().__init__()
            self.takes = takes
            self.plan = plan

    def __init__(self, state: Session, within: Expression | None = None) -> None:
        super().__init__()
        self._state = state
        self._within = within
        judge = state.sure_judge
        indices = matching(state.catalog, range(len(state.catalog)), within, judge)
        is_kept = Keeper(state.workspace.options.keep)
        entries = [state.catalog.entries[index] for index in indices]
        self._takes = Takes(entries, judge, lambda entry: not is_kept(entry))
        self._plan: Plan | None = None
        #: the plan belongs to what the fields say now
        self._current = False
        self._wanted = False

    @property
    def settled(self) -> bool:
        """Whether the sums shown match the values in the fields."""
        return self._current

    def compose(self) -> ComposeResult:
        yield TitleBar(id="title")
        with VerticalScroll(id="rules", can_focus=False):
            for field in FIELDS:
                yield RuleRow(field)
        yield StatusBar(id="status")
        with Horizontal(id="buttons"):
            yield Button("Cancel", id="cancel", compact=True)
            yield Button("Review", id="review", variant="primary", compact=True, disabled=True)
        yield KeyBar("prune")

    def on_resize(self) -> None:
        self.set_class(self.size.height < 25, "-short")
        self.set_class(self.size.width < 76, "-narrow")

    def on_mount(self) -> None:
        title = self.query_one(TitleBar)
        title.left = (("Prune  ", "name"), ("what any chosen rule takes goes", ""))
        if self._within:
            title.left += ((f", within the filter: {safe_text(self._within.words)}", "muted"),)
        else:
            title.left += ((", within the whole cache", "aside"),)
        self._changed()

    @on(Input.Changed)
    @on(Tick.Changed)
    def _changed(self) -> None:
        self._current = False
        self._work_out({row.field.name: row.value for row in self.query(RuleRow)}, self._chosen())

    @on(Input.Changed)
    def _value_edited(self, event: Input.Changed) -> None:
        """Editing a value chooses the rule."""
        if event.input.has_focus:
            row = event.input.parent
            assert isinstance(row, RuleRow)
            row.query_one(Tick).value = True

    def _chosen(self) -> list[str]:
        return [row.field.name for row in self.query(RuleRow) if row.chosen]

    @work(thread=True, exclusive=True, group="takes", exit_on_error=False)
    def _work_out(self, values: Mapping[str, str], chosen: list[str]) -> None:
        import time

        worker = get_current_worker()
        time.sleep(_PAUSE)
        takes = {}
        for field in FIELDS:
            if worker.is_cancelled:
                return
            takes[field.name] = self._takes.of(field, values[field.name])
        made = chosen_rules(values, chosen, takes, self._state.now)
        plan = self._state.workspace.plan(made, self._within)
        if not worker.is_cancelled:
            self.post_message(self.WorkedOut(takes, plan))

    @on(WorkedOut)
    def _show(self, message: WorkedOut) -> None:
        for row in self.query(RuleRow):
            row.say(message.takes[row.field.name])
        self._plan, self._current = message.plan, True
        plan, status = message.plan, self.query_one(StatusBar)
        broken = [name for name in self._chosen() if message.takes[name].error]
        why_nothing = [why for name in self._chosen() if (why := message.takes[name].why_nothing)]
        if not self._chosen():
            status.left = (("no rule chosen; space chooses", "muted"),)
        elif broken:
            status.left = ((f"⚠ {', '.join(broken)}: see the message on its right", "warning"),)
        elif why_nothing and not plan.entries:
            status.left = ((f"nothing to remove: {safe_text(why_nothing[0], 200)}", "muted"),)
        else:
            count = format_count(len(plan.entries), "entry")
            status.left = ((f"together {count}, {format_size(plan.size)}", "strong"), ("  each counted once", "aside"))
        status.right = (("frees ", "muted"), (f"{format_size(plan.frees)} ", "good"))
        self.query_one("#review", Button).disabled = not plan.entries or bool(broken)
        if self._wanted:
            self._wanted = False
            self.action_review()

    @on(Button.Pressed, "#review")
    def action_review(self) -> None:
        """Open the review, as soon as the sums are ready."""
        if not self._current:
            self._wanted = True
        elif self._plan is not None and not self.query_one("#review", Button).disabled:
            self.post_message(messages.ReviewWanted(self._plan))

    def action_tick(self) -> None:
        """If a value or a button has the focus, space goes to it."""

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_review()

    def key_down(self) -> None:
        self.focus_next()

    def key_up(self) -> None:
        self.focus_previous()

    @on(Button.Pressed, "#cancel")
    def action_close(self) -> None:
        self.dismiss(None)
