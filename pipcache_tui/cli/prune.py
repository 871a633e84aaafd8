"""The commands that remove: every --prune-… rule, and --purge."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipcache_tui.cli.arguments import UsageError
from pipcache_tui.cli.interrupt import Stopped, stop_on_interrupt
from pipcache_tui.cli.rules import flags_of_rules, rules_of, wait_of
from pipcache_tui.cli.session import Session
from pipcache_tui.report.describe import failed_lines, left_alone_lines, plan_sentences, result_sentence
from pipcache_tui.report.json_output import write_document, write_lines
from pipcache_tui.report.plan import (
    ROWS,
    Pruning,
    left_to_pips_line,
    plan_head,
    plan_lines,
    plan_lists,
    write_plan,
)
from pipcache_tui.report.terminal import is_terminal
from pipcache_tui.text import format_count, safe_text
from pipcache_tui.workspace import NoCacheError

if TYPE_CHECKING:
    from pipcache_tui.remove.plan import Plan
    from pipcache_tui.remove.steps import RemovalResult, RemovalStep
    from pipcache_tui.select.rule import Rule


def prune(session: Session) -> int:
    """Select, plan, check the guard, carry out (or only show), and report the result."""
    from pipcache_tui.remove.steps import RemovalResult
    from pipcache_tui.select.rule import RuleError

    arguments = session.arguments
    within = session.narrowing
    rules = rules_of(arguments, session.workspace.now, within)
    wait = wait_of(arguments)
    if arguments.purge and not (arguments.yes or arguments.dry_run or _can_ask(session)):
        raise UsageError("--purge asks first, and stdin is not a terminal: add --yes")
    if arguments.prune_unneeded and not session.needed_by:
        raise UsageError("--prune-unneeded needs --needed-by FILE, the folder of an environment, or environments")
    session.workspace.require_readable()
    for refusal in session.workspace.check_roots():
        session.streams.warn(refusal)
    warnings = session.snapshot.warnings
    session.warn_of_scan(roots_are_checked=True)
    _warn_of_missing_roots(session)
    if arguments.prune_unneeded:
        from pipcache_tui.select.rules import unneeded

        rules.append(unneeded(session.needed.why, session.needed_by))
        warnings = (*warnings, *session.needed.notes)
    if arguments.prune_corrupt:
        from pipcache_tui.cli.verify import corrupt_rule

        with stop_on_interrupt() as stopped:
            rules.append(corrupt_rule(session, stopped))
        if stopped.is_set():
            session.streams.say("interrupted; nothing removed")
            return stopped.code
    try:
        plan = session.workspace.plan(rules, within)
    except RuleError as error:
        raise UsageError(str(error)) from None
    if arguments.dry_run:
        at_work = _pips_at_work(session, plan, wait)
        if at_work and not session.ids_only:
            session.streams.say(at_work)
        return _report(session, Pruning(plan, warnings=(*warnings, at_work) if at_work else warnings), rules)
    if not plan.entries:
        return _report(session, Pruning(plan, RemovalResult.of(()), warnings=warnings), rules)
    _announce(session, plan)
    if _asks(session) and not _agreed(session, plan):
        session.streams.say("nothing removed")
        return 0
    with stop_on_interrupt() as stopped:
        result = _carry_out(session, plan, wait, stopped)
    code = _report(session, Pruning(plan, result, stopped.is_set(), (*warnings, *result.remarks)))
    if stopped.is_set():
        left = len(plan.entries) - len(result.removed) - len(result.skipped) - len(result.failed)
        session.streams.say(f"interrupted; {format_count(left, 'planned entry', 'planned entries')} not reached")
        return stopped.code
    return code


def _warn_of_missing_roots(session: Session) -> None:
    """Warn about missing folders named in settings: a typo, or a disk that isn't mounted."""
    source = session.config.sources.get("extra-roots")
    for root in session.workspace.roots if source and not session.arguments.quiet else ():
        if root.source == source and not root.exists:
            session.streams.warn(f"{source}: {safe_text(root.path)}: no such folder")


def _pips_at_work(session: Session, plan: Plan, wait: float) -> str | None:
    """How running pips would delay a run; None if no pip is running or nothing would be removed."""
    pips = session.workspace.pips_at_work(plan, force=session.arguments.force)
    if not pips:
        return None
    return f"pip is at work ({pips[0]}): a run waits up to {wait:.0f} s for it, then leaves alone what it may need"


def _announce(session: Session, plan: Plan) -> None:
    """Show what is about to be removed, unless stdout is for data."""
    arguments = session.arguments
    if session.ids_only or arguments.json or arguments.json_lines:
        return
    if session.style.width is not None and not arguments.purge:
        write_plan(session.out, plan, session.judge, session.style, rows=ROWS)
        session.out.flush()
    for sentence in plan_sentences(plan):
        session.streams.say(sentence.text)


def _can_ask(session: Session) -> bool:
    return is_terminal(sys.stdin) and is_terminal(session.streams.err)


def _asks(session: Session) -> bool:
    """Whether to ask before removing: always for --purge; for other rules if stdin and stdout are a terminal."""
    arguments = session.arguments
    if arguments.yes or arguments.purge:
        return not arguments.yes
    for_programs = session.ids_only or arguments.json or arguments.json_lines
    return not for_programs and is_terminal(session.out) and _can_ask(session)


def _agreed(session: Session, plan: Plan) -> bool:
    err = session.streams.err
    what = "everything" if session.arguments.purge else format_count(len(plan.entries), "entry")
    err.write(f"Remove {what}? [y/N] ")
    err.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _carry_out(session: Session, plan: Plan, wait: float, stopped: Stopped) -> RemovalResult:
    from pipcache_tui.remove.guard import GuardError
    from pipcache_tui.remove.steps import RemovalResult

    steps: list[RemovalStep] = []
    try:
        carried_out = session.workspace.remove(
            plan,
            rules=flags_of_rules(session.arguments),
            wait=wait,
            force=session.arguments.force,
            stop=stopped.is_set,
        )
        for step in carried_out:
            _show(session, step, len(steps), len(plan.entries))
            steps.append(step)
    except KeyboardInterrupt:  # Ctrl-C pressed twice: the entry being removed is finished first
        stopped.set()
    except GuardError as error:
        raise NoCacheError(str(error)) from None
    finally:
        session.bar.close()
    return RemovalResult.of(steps)


def _show(session: Session, step: RemovalStep, done: int, total: int) -> None:
    from pipcache_tui.remove.steps import Waiting

    if not isinstance(step, Waiting):
        session.bar.show("Removing", done + 1, total, f"{done + 1:,} of {total:,}")
        return
    session.bar.show("Waiting for pip to end", 0, None, f"{step.seconds_left:.0f} s left; {step.pips[0]}")
    if done == 0 and not session.ids_only and not session.bar.enabled:
        session.streams.say(f"waiting up to {step.seconds_left:.0f} s for pip to end ({step.pips[0]})")


def _why_nothing(session: Session, pruning: Pruning, rules: Sequence[Rule]) -> str:
    """What to add to "nothing to remove"."""
    if not any(root.exists for root in pruning.plan.roots):
        return f": {session.workspace.no_cache_here}"
    if pruning.plan.protected:  # named line by line
        return ""
    entries, judge = session.entries, session.judge
    reasons = [why for rule in rules if entries and (why := rule.why_nothing(entries, judge))]
    return f": {'; '.join(reasons)}" if reasons else ""


def _report(session: Session, pruning: Pruning, rules: Sequence[Rule] = ()) -> int:
    arguments, out = session.arguments, session.out
    plan, result = pruning.plan, pruning.result
    if session.ids_only:
        gone = plan.entries if result is None else [removed.planned for removed in result.removed]
        session.streams.write_names((planned.entry.id for planned in gone), null=arguments.null)
    elif arguments.json:
        write_document(out, plan_head(pruning), plan_lists(pruning))
    elif arguments.json_lines:
        write_lines(out, plan_lines(pruning))
    elif result is None:
        if plan.entries:
            write_plan(out, plan, session.judge, session.style)
            out.flush()
        for sentence in plan_sentences(plan) if plan.entries else ():
            session.streams.say(sentence.text)
    elif plan.entries:
        out.write(result_sentence(result) + "\n")
        out.flush()
    if not session.ids_only:
        if not plan.entries:
            session.streams.say(f"nothing to remove{_why_nothing(session, pruning, rules)}")
        for line in left_alone_lines(pruning.left_alone):
            session.streams.say(line)
        for remark in result.remarks if result else ():
            session.streams.warn(safe_text(remark))
    if result and session.ids_only and (left := left_to_pips_line(result)):
        session.streams.warn(left)  # a budget may be missed, and nothing else reports that
    for line in failed_lines(result) if result else ():
        session.streams.warn(line)
    return 1 if result and result.failed else 0
