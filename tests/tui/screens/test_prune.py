"""The prune dialog counts what each rule takes, and leads to the review."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Button, Input

from pipcache_tui.tui.model.pruning import FIELDS
from pipcache_tui.tui.screens.prune import PruneScreen, RuleRow
from pipcache_tui.tui.screens.review import ReviewScreen
from pipcache_tui.tui.widgets.bars import StatusBar
from pipcache_tui.tui.widgets.tick import Tick
from tests.support.cache_root import Place
from tests.support.screen import app_of, lines, names, opened, settle, some_entries
from tests.support.screen_on_disk import ended, on


async def worked_out(pilot: Pilot[None]) -> PruneScreen:
    screen = pilot.app.screen
    assert isinstance(screen, PruneScreen)
    for _ in range(300):
        await pilot.pause(0.01)
        if screen.settled:
            return screen
    raise AssertionError("the rules were not worked out")


def taken(screen: PruneScreen, name: str) -> str:
    from textual.widgets import Static

    return str(screen.query_one(f"#rule-{name}", RuleRow).query_one(".take", Static).render())


async def test_the_dialog_counts_while_values_are_edited_and_opens_the_review(place: Place) -> None:
    async with on(place) as pilot:
        app = app_of(pilot)
        await pilot.press("p")
        screen = await worked_out(pilot)
        assert "1 entry" in taken(screen, "orphans")
        assert "0 entries" in taken(screen, "larger")
        row = screen.query_one("#rule-larger", RuleRow)
        field = row.query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "50kB"
        screen = await worked_out(pilot)
        assert "3 entries" in taken(screen, "larger")
        assert row.query_one(Tick).value, "who edits a value wants the rule"
        assert "together 3 entries" in screen.query_one(StatusBar).text
        screen.query_one("#rule-orphans", RuleRow).query_one(Tick).focus()
        await pilot.press("space")
        screen = await worked_out(pilot)
        assert "together 4 entries" in screen.query_one(StatusBar).text
        await pilot.press("enter")
        await pilot.pause()
        review = app.screen
        assert isinstance(review, ReviewScreen)
        assert len(review.plan.entries) == 4
        assert {c.entry.project for c in review.plan.entries} == {"gamma", None}
        reasons = {reason for planned in review.plan.entries for reason in planned.reasons}
        assert any(reason.startswith("larger than 50 kB") for reason in reasons)
        await pilot.press("D")
        await ended(pilot)
        assert names(app) == ["beta", "alpha", "built"]


async def test_a_wrong_value_is_explained_next_to_its_rule(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("p")
        screen = await worked_out(pilot)
        field = screen.query_one("#rule-older", RuleRow).query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "soon"
        screen = await worked_out(pilot)
        assert "⚠" in taken(screen, "older")
        assert screen.query_one("#review", Button).disabled
        await pilot.press("enter")
        await pilot.pause()
        assert app_of(pilot).screen is screen
        await pilot.press("escape")
        await pilot.pause()
        assert app_of(pilot).screen is app_of(pilot).main


async def test_prune_stays_within_the_filter(place: Place) -> None:
    async with on(place) as pilot:
        await pilot.press("slash", *"beta", "enter")
        await settle(pilot)
        await pilot.press("p")
        screen = await worked_out(pilot)
        field = screen.query_one("#rule-larger", RuleRow).query_one(Input)
        field.focus()
        await pilot.pause()
        field.value = "1kB"
        screen = await worked_out(pilot)
        assert "3 entries" in taken(screen, "larger")
        assert "named like beta" in lines(app_of(pilot))[0]
        await pilot.press("ctrl+r")
        await pilot.pause()
        review = app_of(pilot).screen
        assert isinstance(review, ReviewScreen)
        assert {c.entry.project for c in review.plan.entries} == {"beta"}


async def test_every_rule_says_what_it_takes() -> None:
    async with opened(some_entries()) as pilot:
        await pilot.press("p")
        screen = await worked_out(pilot)
        assert "1 entry" in taken(screen, "orphans")
        assert "no Python is known" in taken(screen, "incompatible")
        assert "2.4 GB" in taken(screen, "larger")
        assert "1 entry" in taken(screen, "older"), "torch 2.0 is 400 days old"


async def test_the_rules_do_not_count_kept_projects() -> None:
    """The one thing older than 180 days is torch."""
    shown = []
    for keep in ((), ("torch",)):
        async with opened(keep=keep) as pilot:
            await pilot.press("p")
            screen = pilot.app.screen
            assert isinstance(screen, PruneScreen)
            for _ in range(200):
                await pilot.pause(0.01)
                if screen.settled:
                    break
            shown.append(screen._takes.of(next(field for field in FIELDS if field.name == "older"), "180d"))
    assert [(take.count, take.size) for take in shown] == [(1, 900_000_000), (0, 0)]
