"""Caches of real pips, as they left them: none of their entries is called corrupt, and what can be proven is."""

from __future__ import annotations

import os

import pytest

from pipcache_tui.cache.model import Entry, Root
from pipcache_tui.cache.scan import take_snapshot
from pipcache_tui.verify.batch import verify_entries
from pipcache_tui.verify.known_hashes import KnownHashes, gather_known_hashes
from tests.conftest import Figure
from tests.interop.conftest import FilledBy
from tests.interop.fill import Filled
from tests.interop.pips import GENERATIONS, Generation

FILE_HOST = "https://files.index.example"


def entries_of(filled: Filled) -> tuple[Entry, ...]:
    snapshot = take_snapshot([Root(filled.cache_dir, "test", exists=True)], index_urls=[filled.index_url])
    return tuple(snapshot.entries)


@pytest.mark.parametrize("generation", GENERATIONS, ids=str)
def test_none_is_called_corrupt_and_every_file_is_proven(
    filled_by: FilledBy, generation: Generation, figure: Figure
) -> None:
    filled = filled_by(generation)
    entries = entries_of(filled)
    verdicts = list(verify_entries(entries, gather_known_hashes(entries)))
    assert [verdict for verdict in verdicts if verdict.state in ("corrupt", "unchecked")] == []
    by_url = {verdict.entry.url: verdict for verdict in verdicts if verdict.entry.store != "wheels"}
    proven = 0
    for url, served in filled.served.items():
        if served.kind in ("wheel", "sdist", "metadata"):
            verdict = by_url[url]
            assert verdict.state == "proven", url
            assert verdict.sha256 == served.sha256
            if served.kind != "metadata":
                assert "content-address" in verdict.means
            if filled.at_least("6.1"):  # before it none kept pages, or redirects from what pages list
                assert "index-page" in verdict.means
            proven += 1
    assert proven >= 8
    figure(f"{len(verdicts)} entries of pip {filled.pip}: {proven} files proven, none called corrupt")


@pytest.mark.parametrize("generation", [each for each in GENERATIONS if each.pip != "1.5.6"], ids=str)
def test_without_any_page_the_content_brings_back_url_and_name(copy_by: FilledBy, generation: Generation) -> None:
    filled = copy_by(generation)
    for entry in entries_of(filled):
        if entry.kind in ("index-page", "redirect") or entry.store == "wheels":
            for file in entry.files:
                os.unlink(os.path.join(filled.cache_dir, file.path))
    entries = take_snapshot([Root(filled.cache_dir, "test", exists=True)]).entries
    files = [entry for entry in entries if entry.kind in ("wheel", "sdist")]
    assert {entry.url for entry in files} == {None}
    verdicts = list(verify_entries(files, KnownHashes(address_bases=(FILE_HOST,))))
    expected = {url: one.filename for url, one in filled.served.items() if one.kind in ("wheel", "sdist")}
    assert {verdict.entry.url: verdict.entry.filename for verdict in verdicts} == expected
    assert {(verdict.state, verdict.entry.url_proof) for verdict in verdicts} == {("proven", "content")}
