"""What `--check` says of generated requirement sets is what real pips then do, as the index sees it."""

from __future__ import annotations

import json
import os
import pathlib
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import pytest

from pipcache_tui.cache.model import Root
from pipcache_tui.cache.pip.config import Place
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.pythons.interpreters import Python, find_pythons
from pipcache_tui.resolve.check import CheckReport, check
from pipcache_tui.resolve.check_input import CheckInput, read_check_input
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.inputs.requirements_file import read_requirements
from pipcache_tui.resolve.pip_options import pip_options
from tests.conftest import Figure
from tests.interop.conftest import PipOf
from tests.interop.index_server import Authority, IndexServer, Seen
from tests.interop.odd_sets import OddSite, odd_sets, url_of
from tests.interop.packages import File
from tests.interop.pip_process import Installed, PipProcess
from tests.interop.pips import NEWEST, Generation, Pip, Run
from tests.interop.requirement_sets import RequirementSet, failing_sets, hashed_sets, plain_sets, prerelease_sets
from tests.interop.test_compatibility import make_environment

#: sets that each generation is asked; together far more than fifty
PLAIN = {NEWEST: 48, "23.2.1": 24, "22.3.1": 24}
HASHED, PRE = 10, 6
GENERATIONS = (Generation(NEWEST, "3.13"), Generation("23.2.1", "3.8"), Generation("22.3.1", "3.7"))


class Bench:
    """One pip, an index with the projects of all sets, and a cache."""

    def __init__(self, pip: Pip, python: Python, server: IndexServer, folder: pathlib.Path) -> None:
        self.pip, self.python, self.server, self.folder = pip, python, server, folder
        self.cache_dir = str(folder / "pip")

    def fetch(self, sets: Sequence[RequirementSet]) -> None:
        """Put into the cache what the sets say, under the lives they say."""
        for made in sets:
            for path, override in made.overrides.items():
                self.server.override(path, override)
        for number in range(max(len(made.fetched) for made in sets)):
            lines = [line for made in sets for line in made.fetched[number : number + 1] if line]
            if lines:
                self._install(self._file("fetched", lines)).check()
        for made in sets:
            for path in made.overrides:
                self.server.override(path, None)

    def check(self, lines: Iterable[str]) -> CheckReport:
        """What is said, of the cache as it is now."""
        snapshot = take_snapshot([Root(self.cache_dir, "--cache-dir", True)], index_urls=[self.server.index_url])
        found = read_requirements(self._file("asked", lines), InstallOptions((self.server.index_url.rstrip("/"),)))
        ask = CheckInput(found.options, found.requirements, found.constraints)
        return check(ask, snapshot.entries, self.cache_dir, self.python, self.pip.version, time.time())

    def install(self, lines: Iterable[str]) -> tuple[Run, list[Seen], dict[str, str]]:
        """What pip then did: how it ended, its requests, and by project the address of the file it took."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        with self.server.recording() as seen:
            run = self._install(self._file("asked", lines), "--report", str(report))
        taken = {}
        if report.exists():
            for one in json.loads(report.read_text("utf-8"))["install"]:
                taken[one["metadata"]["name"]] = one["download_info"]["url"]
        return run, seen, taken

    def _install(self, path: str, *options: str) -> Run:
        return self.pip.install("-r", path, cache_dir=self.cache_dir, server=self.server, options=options)

    def _file(self, name: str, lines: Iterable[str]) -> str:
        path = self.folder / f"{name}.txt"
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        return str(path)


def ways(seen: Sequence[Seen]) -> dict[str, str]:
    """By address: how pip first asked for it."""
    found: dict[str, str] = {}
    for request in seen:
        found.setdefault(request.url, "revalidate" if request.conditional else "download")
    return found


def said_ways(report: CheckReport) -> dict[str, str]:
    """By address: how it was said that pip would ask, where it would ask at all."""
    said: dict[str, str | None] = {request.url: request.way for request in report.requests}
    for pick in report.outcomes("served", "asks", "download"):
        if not pick.built and pick.url:
            said[pick.url] = {"served": "reuse", "asks": "revalidate", "download": "download"}[pick.verdict]
    return {url: way for url, way in said.items() if way != "reuse" and way is not None}


def about(url: str, projects: set[str]) -> bool:
    name = re.split(r"-\d", url.rstrip("/").rpartition("/")[2])[0]
    return name in projects


def compare(report: CheckReport, bench: Bench, lines: Sequence[str]) -> tuple[list[str], Counter[str], int]:
    """Differences between what was said and what pip did; the verdicts compared; how many addresses."""
    run, seen, taken = bench.install(lines)
    run.check()
    # a set's projects never disagree, so that what is said of one holds whatever is unknown of another
    projects = {answer.project for answer in report.applicable if answer.project and answer.verdict != "unknown"}
    done, said = ways(seen), said_ways(report)
    differences = [
        f"{url}: said {said.get(url, 'reuse')}, done {done.get(url, 'reuse')}"
        for url in sorted({*done, *said})
        if about(url, projects) and said.get(url) != done.get(url)
    ]
    compared: Counter[str] = Counter()
    for answer in report.applicable:
        if answer.project not in projects:
            continue
        pick = answer.outcome
        compared[f"{pick.verdict}, built here" if pick.built else pick.verdict] += 1
        if taken.get(answer.project) != pick.url:
            differences.append(f"{answer.project}: said {pick.url}, taken {taken.get(answer.project)}")
        name = os.path.basename(pick.entry.files[0].path) if pick.built and pick.entry else pick.filename or ""
        printed = re.search(rf"(Using cached|Downloading) (?:\S*/)?{re.escape(name)}(?=\s|\Z)", run.output)
        expected = "Downloading" if pick.verdict == "download" else "Using cached"
        if printed is None or printed[1] != expected:
            differences.append(f"{name}: said {pick.verdict}, pip printed {printed and printed[0]!r}")
    missing = taken.keys() & projects ^ projects
    differences += [f"{name}: said to be needed, not installed" for name in sorted(missing)]
    for answer in report.applicable:
        if answer.verdict == "unknown":
            compared["unknown, as its page had to be fetched"] += 1
            pages = [page.url for page in answer.outcome.pages if page.way == "download"]
            if not pages or not all(done.get(page) == "download" for page in pages):
                differences.append(f"{answer.project}: unknown without need: {answer.outcome.why}")
    return differences, compared, len({*done, *said})


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_pip_does_what_check_said(
    generation: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    pip = pip_of(generation)
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    assert python.pip_version == pip.version
    plain = list(plain_sets(PLAIN[generation.pip], python.ranked_tags, seed=7))
    hashed = list(hashed_sets(HASHED, seed=7, of_sources_alone=generation.pip != "22.3.1"))
    pre = list(prerelease_sets(PRE, seed=7))
    failing = list(failing_sets())
    files: list[File] = [file for made in (*plain, *hashed, *pre, *failing) for file in made.files]
    compared: Counter[str] = Counter()
    differences: list[str] = []
    addresses = 0
    with IndexServer(files, authority=authority) as server:
        bench = Bench(pip, python, server, tmp_path)
        bench.fetch([*plain, *pre, *failing])
        bench.fetch(hashed)
        for group, options in ((plain, []), (hashed, []), (pre, ["--pre"])):
            lines = [*options, *(line for made in group for line in made.lines)]
            wrong, counted, number = compare(bench.check(lines), bench, lines)
            differences += wrong
            compared += counted
            addresses += number
        for made in failing:
            (answer,) = bench.check(made.lines).results
            compared[answer.verdict] += 1
            run, _, _ = bench.install(made.lines)
            if (answer.verdict == "nothing") != (run.returncode != 0):
                differences.append(f"{made.name}: said {answer.verdict}, pip ended with {run.returncode}")
    assert differences == []
    assert {"served", "asks", "download", "served, built here"} <= compared.keys()
    sets = len(plain) + len(hashed) + len(pre) + len(failing)
    figure(
        f"{sets} requirement sets, {compared.total()} answers as pip then did: {dict(compared)}; {addresses} addresses"
    )


def compare_alone(report: CheckReport, done: Installed) -> list[str]:
    """Differences between what was said of one set and what pip did."""
    results = report.applicable
    if any(result.verdict == "unknown" for result in results):
        return [f"unknown: {result.outcome.why}" for result in results if result.verdict == "unknown"]
    stops = [result.outcome.why for result in results if result.verdict == "nothing"]
    fetched = [result for result in results if result.verdict == "download"]
    fetched += [result for result in results if result.outcome.metadata and result.outcome.metadata.way == "download"]
    if fetched and "DO NOT MATCH THE HASHES" in done.output:
        return []  # that the server sends another file than it lists is not known before
    if stops or done.code:
        last = done.output.strip().splitlines()[-1:]
        return [] if stops and done.code else [f"said {stops or 'installed'}, pip ended with {done.code}: {last}"]
    said, seen = said_ways(report), ways(done.seen)
    differences = [
        f"{url}: said {said.get(url, 'reuse')}, done {seen.get(url, 'reuse')}"
        for url in sorted({*said, *seen})
        if said.get(url) != seen.get(url) and not url.endswith("/simple/foo/")  # of a requirement that old pips read
    ]
    taken = sorted(url for url in done.taken.values())
    chosen = sorted({result.outcome.url or "" for result in results})
    return differences + ([] if taken == chosen else [f"said {chosen}, taken {taken}"])


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_pip_does_what_check_said_of_odd_pages_and_requirements(
    generation: Generation, pip_of: PipOf, authority: Authority, tmp_path: pathlib.Path, figure: Figure
) -> None:
    pip = pip_of(generation)
    environment = make_environment(pip.python, tmp_path / "env", pip.path)
    (python,) = find_pythons([str(environment)], memory="")
    sets = list(odd_sets(seed=11))
    differences: list[str] = []
    with IndexServer([], authority=authority) as server, PipProcess(pip, server, tmp_path) as process:
        server.site = OddSite(server, sets)
        pages = [server.page_url(name) for name in dict.fromkeys(file.project for each in sets for file in each.files)]
        process.fetch(pages, [url_of(file) for each in sets for file in each.fetched])
        snapshot = take_snapshot([Root(process.cache_dir, "--cache-dir", True)], index_urls=[server.index_url])
        for each in sets:
            lines = list(each.lines)
            if each.constraints:
                limits = tmp_path / f"{each.name}-limits.txt"
                limits.write_text("".join(f"{line}\n" for line in each.constraints), "utf-8")
                lines.append(f"-c {limits}")
            path = tmp_path / f"{each.name}.txt"
            path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
            environ = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": server.index_url, **each.environ}
            place = Place(environ, sys.platform, str(tmp_path), str(tmp_path))
            check_input = read_check_input([str(path)], pip_options(place), environ={})
            now = time.time()
            report = check(check_input, snapshot.entries, process.cache_dir, python, pip.version, now)
            done = process.install(str(path), each.environ)
            differences += [f"{each.name}: {difference}" for difference in compare_alone(report, done)]
    assert not differences, "\n".join(differences)
    figure(f"{len(sets)} odd requirement sets, each as pip then did")
