"""The screen's application: its threads, its screens, its themes, and the line it prints at the end."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from textual import on, work
from textual.app import App, SystemCommand
from textual.filter import LineFilter, NoColor
from textual.screen import Screen
from textual.worker import get_current_worker

from pipcache_tui.text import format_count, format_size, safe_text
from pipcache_tui.tui import commands, glyphs, messages, themes
from pipcache_tui.tui.launch import Launch, load_settings, save_settings
from pipcache_tui.tui.model.session import Session, read_cache, reclaimable_of
from pipcache_tui.tui.screens.main import MainScreen
from pipcache_tui.tui.widgets.plain import AsciiFilter

if TYPE_CHECKING:
    from pipcache_tui.cache import scan
    from pipcache_tui.cache.model import Entry
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.remove.steps import RemovalResult, RemovalStep
    from pipcache_tui.verify.examine import Verdict

Scanner: TypeAlias = "Callable[[], Iterator[scan.ScanEvent]]"
#: carries out a plan until it is asked to stop
Remover: TypeAlias = "Callable[[Plan, Callable[[], bool]], Iterator[RemovalStep]]"


#: seconds after which a working thread must let the event loop run
_SWITCH = 0.0005
#: from this many entries on, the garbage collector skips them
_MANY = 20_000


class PipCacheApp(App[None]):
    """Holds the session; every change to it happens on the event loop."""

    CSS_PATH = "app.tcss"
    TITLE = "pipcache-tui"

    def __init__(
        self,
        launch: Launch,
        scanner: Scanner | None = None,
        remover: Remover | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plain = bool(os.environ.get("NO_COLOR"))
        super().__init__(ansi_color=True if self._plain else None)
        self.no_color = self._plain
        self.state = Session(launch)
        self.no_delete = launch.workspace.options.no_delete
        self.settings = load_settings(launch.settings_path)
        self._scanner = scanner or self.state.workspace.scan
        self._remover = remover or self._remove
        self._monotonic = monotonic
        self._run = 0
        self._judge_serial = 0
        self._verifying: list[Verdict] = []
        self._usual_switch = sys.getswitchinterval()
        self._kept_marks: set[tuple[str, str]] = set()
        self._ascii = AsciiFilter() if glyphs.needs_ascii(os.environ) else None
        for theme in themes.OWN:
            self.register_theme(theme)
        self._choose_theme(launch.theme or self.settings.theme)
        self.keymap: Mapping[str, str] = dict(launch.keys)
        self.set_keymap(self.keymap)

    def _choose_theme(self, name: str | None) -> None:
        if self._plain:
            name = themes.PLAIN
        self.theme = name if name in self.available_themes else themes.DARK.name

    def _keep_theme(self, name: str) -> None:
        if not self._plain and name not in (self.state.launch.theme, self.settings.theme):
            self.settings = replace(self.settings, theme=name)
            save_settings(self.state.launch.settings_path, self.settings)

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = list(super().get_line_filters())
        if self.current_theme.ansi and not self.no_color:
            filters.append(NoColor())  # the terminal's colours are unknown: use bold, dim and reverse
        return [*filters, self._ascii] if self._ascii else filters

    def get_default_screen(self) -> Screen[None]:
        return MainScreen(self.state, self.keymap)

    def _remove(self, plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        return self.state.workspace.remove(plan, stop=stop)

    def on_unmount(self) -> None:
        sys.setswitchinterval(self._usual_switch)
        gc.enable()

    @property
    def main(self) -> MainScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def on_ready(self) -> None:
        """Called after the first frame: start reading the disk."""
        sys.setswitchinterval(_SWITCH)
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.start_scan()
        self._find_pythons()

    # ------------------------------------------------------------------ threads

    def start_scan(self) -> None:
        """Read the cache (again). Marks are kept for entries that are still there."""
        if self.state.scanning and self._run:
            return
        self._run += 1
        self._kept_marks = {entry.key for entry in self.state.catalog.marked_entries()}
        self.state.begin()
        self.main.begin_scan()
        # A scan leaves no garbage, and collecting among a million new objects would freeze the screen.
        gc.disable()
        self._judge_serial += 1
        self._scan(self._run, self._judge_serial)

    @work(thread=True, group="scan", exit_on_error=False)
    def _scan(self, run: int, serial: int) -> None:
        worker = get_current_worker()
        error: str | None = None
        self.state.look_at_disk()
        self.post_message(messages.Judged(serial, self.state.make_judge(())))
        try:
            for reading in read_cache(self._scanner(), stopped=lambda: worker.is_cancelled):
                self.post_message(messages.Read(run, reading))
        except OSError as failure:
            error = safe_text(str(failure))
        self.post_message(messages.ScanEnded(run, error))

    @work(thread=True, group="pythons", exit_on_error=False)
    def _find_pythons(self) -> None:
        from pipcache_tui.workspace import OptionError

        try:
            pythons, error = self.state.workspace.pythons, None
        except (OptionError, OSError) as failure:
            pythons, error = (), safe_text(str(failure))
        self.post_message(messages.PythonsFound(pythons, error))
        try:
            self.state.workspace.environments  # noqa: B018 - found here, in a thread, and kept
        except (OptionError, OSError) as failure:
            self.notify(safe_text(str(failure)), title="Environments", severity="warning", markup=False)
        else:
            self.post_message(messages.EnvironmentsFound())

    def _judge_when_shown(self) -> None:
        """Judging keeps the processor busy for a while, so show the rows first."""
        if self.main.busy:
            self.set_timer(0.02, self._judge_when_shown)
        else:
            self._judge_again()

    def _judge_again(self) -> None:
        self._judge_serial += 1
        self._judge(self._judge_serial)

    @work(thread=True, group="judge", exit_on_error=False)
    def _judge(self, serial: int) -> None:
        entries = () if self.state.scanning else tuple(self.state.catalog.entries)
        judge = self.state.make_judge(entries)
        reclaimable = reclaimable_of(entries, judge) if entries else None
        self.post_message(messages.Judged(serial, judge, reclaimable))
        if not self.state.scanning:
            self.state.workspace.record_sizes()

    @on(messages.RescanWanted)
    def _rescan(self) -> None:
        self.start_scan()

    @on(messages.StopWanted)
    def _stop_work(self) -> None:
        """Stop verifying and exporting; results so far are kept."""
        for group in ("verify", "export"):
            self.workers.cancel_group(self, group)

    @on(messages.VerifyWanted)
    def _verify_wanted(self, message: messages.VerifyWanted) -> None:
        self._verify(message.entries)

    @work(thread=True, group="verify", exclusive=True, exit_on_error=False)
    def _verify(self, chosen: Sequence[Entry]) -> None:
        """Show the verdict on each entry as it arrives."""
        worker = get_current_worker()
        for verdict in self.state.workspace.verify(chosen, stop=lambda: worker.is_cancelled):
            self.post_message(messages.Verified(verdict))
        self.post_message(messages.Verified(None, stopped=worker.is_cancelled))

    @on(messages.Verified)
    def _verified(self, message: messages.Verified) -> None:
        verdict = message.verdict
        if verdict is not None:
            self.state.verdicts[verdict.entry.key] = verdict
            self._verifying.append(verdict)
            return
        counts = Counter(verdict.state for verdict in self._verifying)
        said = ", ".join(
            f"{counts[state]:,} {state}" for state in ("proven", "consistent", "corrupt", "unchecked") if counts[state]
        )
        severity = "warning" if counts["corrupt"] else "information"
        title = "Verifying stopped" if message.stopped else "Verified"
        self.notify(said or "nothing to check", title=title, severity=severity, markup=False)  # type: ignore[arg-type]
        corrupt = [verdict.entry.key for verdict in self._verifying if verdict.state == "corrupt"]
        self._verifying.clear()
        indices = [index for key in corrupt if (index := self.state.catalog.index_of(key)) is not None]
        if indices:  # corrupt entries get marked
            self.state.catalog.mark(list(self.state.catalog.marked_indices()), False)
            self.state.catalog.mark(indices, True)
        self.main.verified()

    @on(messages.Read)
    def _read(self, message: messages.Read) -> None:
        if message.run != self._run:
            return
        main = self.main
        if self.state.take(message.reading, main.view.grouping.levels):
            main.renamed()

    @on(messages.ScanEnded)
    def _scan_ended(self, message: messages.ScanEnded) -> None:
        if message.run != self._run:
            return
        state = self.state
        if len(state.catalog) > _MANY:
            gc.freeze()
        gc.enable()
        if message.error:
            state.warnings.append(message.error)
        state.end()
        kept = (state.catalog.index_of(key) for key in self._kept_marks)
        state.catalog.mark([index for index in kept if index is not None], True)
        state.catalog.forget_keys()
        self.main.scan_ended()
        self._judge_when_shown()

    @on(messages.PythonsFound)
    def _pythons_found(self, message: messages.PythonsFound) -> None:
        self.state.pythons = message.pythons
        if message.error:
            self.notify(message.error, title="Pythons", severity="warning", markup=False)
        self._judge_again()

    @on(messages.EnvironmentsFound)
    def _environments_found(self) -> None:
        self.state.environments_known = True
        if not self.state.scanning:
            self._judge_when_shown()

    @on(messages.Judged)
    def _judged(self, message: messages.Judged) -> None:
        if message.serial == self._judge_serial:
            self.state.use(message.judge)
            self.state.reclaimable = message.reclaimable
            self.main.judged()

    # ------------------------------------------------------------------ screens

    @on(messages.ReviewWanted)
    def _review(self, message: messages.ReviewWanted) -> None:
        """Show a plan in the review, the only screen that can delete."""
        from pipcache_tui.tui.screens.review import ReviewScreen

        plan = message.plan
        if isinstance(self.screen, ReviewScreen):
            return  # requested twice
        if not plan.entries:
            why = safe_text(plan.protected[0].why, 200) if plan.protected else "Nothing is selected."
            self.notify(why, markup=False)
            return
        self.push_screen(ReviewScreen(self.state, plan, self._monotonic), self._reviewed)

    def _reviewed(self, plan: Plan | None) -> None:
        from pipcache_tui.tui.screens.progress import ProgressScreen

        if plan is not None:
            while self.screen is not self.main:  # the dialog that led to the review
                self.pop_screen()
            progress = ProgressScreen(plan, self._remover)
            self.push_screen(progress, lambda result: self._deleted(result, progress.leave_afterwards))

    def _deleted(self, result: RemovalResult | None, leave: bool) -> None:
        if result is None:
            return
        self.state.freed.add(result)
        if leave:
            self.exit()
            return
        gone = [step for step in result.skipped if step.gone]
        left = len(result.skipped) - len(gone)
        self.state.look_at_disk()
        self.state.forget([step.planned for step in result.removed] + [step.planned for step in gone])
        self.main.removed()
        self._judge_again()
        parts = [f"Freed {format_size(result.freed)}, {format_count(result.files_removed, 'file')} gone."]
        if gone:
            parts.append(f"{format_count(len(gone), 'entry')} gone before.")
        if left:
            parts.append(f"{format_count(left, 'entry')} left alone.")
        if result.failed:
            parts.append(f"{format_count(len(result.failed), 'entry')} could not be deleted.")
        severity = "warning" if result.failed or result.skipped else "information"
        self.notify(" ".join(parts), title="Done", severity=severity, markup=False, timeout=8)  # type: ignore[arg-type]

    @on(messages.ExportWanted)
    def _export_wanted(self, message: messages.ExportWanted) -> None:
        self._export(message.entries, os.path.expanduser(message.folder))

    @work(thread=True, group="export", exclusive=True, exit_on_error=False)
    def _export(self, chosen: Sequence[Entry], folder: str) -> None:
        from pipcache_tui.export.copies import ExportError, ExportResult

        worker = get_current_worker()
        try:
            steps = self.state.workspace.export(chosen, folder, stop=lambda: worker.is_cancelled)
            result = ExportResult.of(steps)
        except ExportError as error:
            self.notify(safe_text(str(error)), title="Not exported", severity="error", markup=False)
            return
        said = f"{format_count(len(result.exported), 'file')} to {safe_text(folder, 200)}"
        if result.left or result.refused:
            said += f"; {len(result.left):,} were there, {len(result.refused):,} refused"
        title = "Export stopped" if worker.is_cancelled else "Exported"
        self.notify(said, title=title, markup=False, timeout=8)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The commands in the palette: those of the program, then textual's."""
        if isinstance(screen, MainScreen):
            for command in commands.of_scope("main"):
                if command.palette and not (command.deletes and self.no_delete):
                    action = getattr(screen, f"action_{command.name}")
                    key = command.shown_key(self.keymap)
                    yield SystemCommand(f"{command.label} ({key})", command.help(), action)

    async def action_quit(self) -> None:
        """Quit. A running deletion is stopped first, so that its result can be printed."""
        from pipcache_tui.tui.screens.progress import ProgressScreen

        if isinstance(self.screen, ProgressScreen) and not self.screen.done:
            self.screen.leave_afterwards = True
            self.screen.action_stop()
            return
        self.exit()

    @property
    def last_words(self) -> str | None:
        """The line for stdout after the screen has closed; None if nothing was deleted."""
        freed = self.state.freed
        if not freed.files:
            return None
        return f"Freed {format_size(freed.size)} ({format_count(freed.files, 'file')})"

    @property
    def exit_code(self) -> int:
        """0; 1 if something could not be deleted or the screen crashed; 3 if no cache could be read."""
        if self.state.freed.failed or self.return_code:
            return 1
        if not len(self.state.catalog) and not self.state.freed.files and self.state.warnings:
            return 3
        return 0


def run(launch: Launch) -> int:
    """Run the screen until it is closed; returns the exit code. Prints at most one line to stdout at the end."""
    app = PipCacheApp(launch)
    app.run()
    words = app.last_words
    if words is not None:
        print(words)  # noqa: T201
    return app.exit_code
