"""The review cannot be confirmed by accident: not by a double click, a repeated key or a held one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from pipcache_tui.remove.plan import Plan
from pipcache_tui.remove.steps import RemovalStep
from pipcache_tui.tui import commands
from pipcache_tui.tui.app import PipCacheApp
from pipcache_tui.tui.screens.prune import PruneScreen, RuleRow
from pipcache_tui.tui.screens.purge import PurgeScreen
from pipcache_tui.tui.screens.review import DELETE_DELAY, ReviewScreen
from pipcache_tui.tui.widgets.key_bar import KeyBar
from pipcache_tui.tui.widgets.tick import Tick
from tests.support.screen import app_of, opened, settle

WIDTHS = (60, 80, 120, 200)
#: seconds between the clicks of a double click
FAST = 0.05


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """In place of the code that deletes: keeps the plans it was given and deletes nothing."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan, stop: Callable[[], bool]) -> Iterator[RemovalStep]:
        self.plans.append(plan)
        return iter(())


async def to_main(app: PipCacheApp, pilot: Pilot[None]) -> None:
    while app.screen is not app.main:
        app.pop_screen()
    app.main.action_unmark_all()
    await pilot.pause()


async def open_main(app: PipCacheApp, pilot: Pilot[None]) -> None:
    app.main.action_mark_all()
    await pilot.pause()


async def worked_out(screen: PruneScreen, pilot: Pilot[None]) -> None:
    await pilot.pause()
    while not screen.settled:
        await pilot.pause(0.01)


async def open_prune(app: PipCacheApp, pilot: Pilot[None]) -> None:
    app.main.action_prune()
    screen = app.screen
    assert isinstance(screen, PruneScreen)
    await pilot.pause()
    screen.query_one("#rule-larger", RuleRow).query_one(Tick).value = True
    await worked_out(screen, pilot)


async def open_purge(app: PipCacheApp, pilot: Pilot[None]) -> None:
    app.main.action_purge()
    await pilot.pause()
    assert isinstance(app.screen, PurgeScreen)
    app.screen.query_one(Input).value = "purge"
    await pilot.pause()


async def open_review(app: PipCacheApp, pilot: Pilot[None]) -> None:
    app.main.action_mark_all()
    app.main.action_delete()
    await pilot.pause()
    assert isinstance(app.screen, ReviewScreen)


Opener = Callable[[PipCacheApp, Pilot[None]], object]
PLACES: dict[str, Opener] = {"main": open_main, "prune": open_prune, "purge": open_purge, "review": open_review}


def clickable(app: PipCacheApp) -> list[tuple[int, int]]:
    """The middle of every button on the screen, those of the footer included."""
    found = [
        (button.region.x + button.region.width // 2, button.region.y)
        for button in app.screen.query(Button)
        if button.region.width and not button.disabled
    ]
    for bar in app.screen.query(KeyBar):
        for start, end, action in bar._spans:
            if action != commands.Quit.name:
                found.append((bar.region.x + (start + end) // 2, bar.region.y))
    return found


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("width", WIDTHS)
async def test_a_double_click_on_any_button_deletes_nothing(width: int, place: str) -> None:
    recorder, clock = Recorder(), Clock()
    async with opened(size=(width, 30), remover=recorder, monotonic=clock) as pilot:
        app = app_of(pilot)
        await PLACES[place](app, pilot)  # type: ignore[misc]
        count = len(clickable(app))
        assert count >= 3
        start = app.screen
        for number in range(count):
            if app.screen is not start:
                await to_main(app, pilot)
                await PLACES[place](app, pilot)  # type: ignore[misc]
                start = app.screen
            where = clickable(app)[number]
            for _ in range(2):
                await pilot.click(offset=where)
                clock.now += FAST
            await pilot.pause()
            assert recorder.plans == [], where


@pytest.mark.parametrize("place", ["main", "prune", "purge"])
@pytest.mark.parametrize("width", WIDTHS)
async def test_the_delete_button_is_where_no_button_led_to_it(width: int, place: str) -> None:
    async with opened(size=(width, 30)) as pilot:
        app = app_of(pilot)
        await PLACES[place](app, pilot)  # type: ignore[misc]
        before = clickable(app)
        await to_main(app, pilot)
        await open_review(app, pilot)
        delete = app.screen.query_one("#delete", Button).region
        assert delete.right >= width - 2, "at the right edge"
        assert not [point for point in before if delete.contains(*point)]


@pytest.mark.parametrize("place", PLACES)
async def test_any_key_pressed_twice_deletes_nothing(place: str) -> None:
    keys = {key for command in commands.COMMANDS for key in command.key.split(",")} - {commands.Quit.key}
    keys |= {"tab", "shift+tab", "ctrl+r", "y", "n", "D"}
    recorder, clock = Recorder(), Clock()
    async with opened(size=(80, 30), remover=recorder, monotonic=clock) as pilot:
        app = app_of(pilot)
        start = None
        for key in sorted(keys):
            if app.screen is not start:
                await to_main(app, pilot)
                await PLACES[place](app, pilot)  # type: ignore[misc]
                start = app.screen
            for _ in range(2):
                app.simulate_key(key)
                await pilot.pause()
                clock.now += FAST
            assert recorder.plans == [], key
        await settle(pilot)
        assert recorder.plans == []


@pytest.mark.parametrize("confirm", ["key", "click", "enter"])
async def test_deleting_waits_half_a_second_after_the_review_opens(confirm: str) -> None:
    recorder, clock = Recorder(), Clock()
    async with opened(remover=recorder, monotonic=clock) as pilot:
        app = app_of(pilot)
        await open_review(app, pilot)

        async def try_to_delete() -> None:
            if confirm == "click":
                await pilot.click("#delete")
            elif confirm == "enter":
                app.screen.query_one("#delete", Button).focus()
                await pilot.press("enter")
            else:
                await pilot.press("D")
            await settle(pilot)

        await try_to_delete()
        clock.now += DELETE_DELAY - 0.01
        await try_to_delete()
        assert recorder.plans == []
        clock.now += 0.01
        await try_to_delete()
        assert len(recorder.plans) == 1


async def test_leaving_the_review_comes_back_to_the_dialog_with_its_choices() -> None:
    async with opened() as pilot:
        app = app_of(pilot)
        await open_prune(app, pilot)
        prune = app.screen
        assert isinstance(prune, PruneScreen)
        prune.query_one("#rule-larger", RuleRow).query_one(Input).value = "400MB"
        await worked_out(prune, pilot)
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert isinstance(app.screen_stack[-1], ReviewScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen_stack[-1], PruneScreen)
        row = prune.query_one("#rule-larger", RuleRow)
        assert row.chosen
        assert row.value == "400MB"
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert isinstance(app.screen, ReviewScreen), "and from there to the review again"


async def test_after_a_deletion_the_dialog_that_led_to_it_is_closed() -> None:
    recorder = Recorder()
    async with opened(remover=recorder) as pilot:
        app = app_of(pilot)
        await open_prune(app, pilot)
        await pilot.press("ctrl+r")
        await pilot.pause()
        await pilot.press("D")
        await settle(pilot)
        assert len(recorder.plans) == 1
        assert not any(isinstance(screen, PruneScreen) for screen in app.screen_stack)
