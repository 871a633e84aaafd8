"""What the details pane says of an entry and of a group."""

from __future__ import annotations

from pipcache_tui.tui.model.details import describe, summarize
from pipcache_tui.tui.model.session import Session
from tests.support.screen import NOW, entry, launch, some_entries


def test_details_of_an_entry_say_what_is_known() -> None:
    one = entry(
        1, "torch", "2.0", size=5_000_000, url="https://f.example/t.whl", url_proof="content", requires_python=">=3.9"
    )
    session = Session(launch())
    judge = session.make_judge([one])
    session.use(judge)
    lines = list(describe(one, judge, NOW, session.plan_alone(one), summary="Tensors"))
    sentences = [line.text for line in lines if line.tone is not None]
    assert sentences[0].startswith("pip 26.3 will ask the server, and download it again only if it has changed")
    assert sentences[-1] == "Deleting it frees 5.0 MB; if it is wanted, pip downloads 5.0 MB again."
    said = {line.label: line.text for line in lines}
    assert said["about"] == "Tensors"
    assert said["from"] == "https://f.example/t.whl"
    assert said["requires"] == "Python >=3.9"
    assert said["root"] == one.root
    text = "\n".join(line.text for line in lines)
    assert "proven by the hash of its content" in text
    assert "cache-control: max-age=365000000" in text
    assert one.files[0].path in text


def test_details_of_a_group_add_up() -> None:
    entries = some_entries()
    said = {line.label: line.text for line in summarize("all", entries, None, NOW, 10 * sum(e.size for e in entries))}
    assert said["holds"].startswith("9 entries, 2.4 GB, 10% of all")
