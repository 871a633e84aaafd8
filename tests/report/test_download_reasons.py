from __future__ import annotations

from pathlib import Path

import pytest

from pipcache_tui.cache.model import Entry, Files
from pipcache_tui.report.download_reasons import NO_TRACE, why_absent, why_again
from tests.support.index_cache import FILES, make_shop
from tests.support.report_entries import fresh, make_entry, make_judge, owned, wheel

SIX = wheel(1, "six", "1.16.0", url="https://index.example/six-1.16.0-py3-none-any.whl")


def reasons(entry: Entry, *others: Entry) -> list[str]:
    entries = [entry, *others]
    return list(why_again(entry, make_judge(entries), entries))


def test_what_is_here_once_and_fresh_was_not_downloaded_again() -> None:
    assert reasons(SIX, wheel(2, "six", "1.15.0")) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"response": fresh(-0.5)}, "will be: expired 12h ago, and it has no ETag"),
        ({"response": fresh(-1, True)}, "may be: where the server's answer has changed since"),
        ({"kind": "orphan", "response": None}, "will be: half of a pair"),
        ({"response": fresh()._replace(vary=(("Accept", "text/html"),))}, "will be: it varies on Accept"),
        (
            {"response": fresh()._replace(cache_control=None, has_etag=False, date=None)},
            "will be: it has neither Date nor ETag",
        ),
        ({"store": "http", "files": (owned("http/0/0/0/0/0/" + "0" * 56),)}, "will be: pip 25.3 never reads http/"),
    ],
)
def test_what_pip_will_download_again_says_why(fields: dict[str, object], reason: str) -> None:
    (line,) = reasons(make_entry(**fields))  # type: ignore[arg-type]
    assert line.startswith(reason)


def test_what_is_here_twice_says_where_the_other_is() -> None:
    def copied(**fields: object) -> str:
        (line,) = reasons(SIX, SIX._replace(files=wheel(7, "six", "1.16.0").files, **fields))  # type: ignore[arg-type]
        return line

    ending = f": http-v2:{7:056x}"
    url = "https://mirror.example/six-1.16.0-py3-none-any.whl"
    assert copied(url=url) == f"twice here: also from another host, mirror.example{ending}"
    other = "https://index.example/again/six-1.16.0-py3-none-any.whl"
    assert copied(url=other) == f"twice here: also from another address, {other}{ending}"
    assert copied(url=None).startswith("twice here, from two addresses, of which not both are known")
    assert copied(root="/elsewhere") == f"twice here: another cache has it too, /elsewhere{ending}"


def test_a_url_in_two_stores_names_the_pips_that_read_each() -> None:
    old = SIX._replace(store="http", files=Files.of(owned("http/0/0/0/0/0/" + f"{1:056x}")))
    assert reasons(SIX, old)[0].startswith(
        "twice here: http/ is read by pip ≥ 6.0 and < 23.3, http-v2/ by pip ≥ 23.3: http:"
    )


def test_a_wheel_built_twice_says_that_each_python_has_its_own() -> None:
    first, second = (
        make_entry(
            kind="built-wheel",
            store="wheels",
            filename="six-1.0-py3-none-any.whl",
            files=(owned(f"wheels/aa/bb/{digit * 2}/{'d' * 50}/six-1.0-py3-none-any.whl"),),
        )
        for digit in "12"
    )
    assert any("built more than once" in line for line in reasons(first, second))


class TestAbsent:
    def said(self, tmp_path: Path, what: str) -> list[str]:
        shop = make_shop(tmp_path)
        shop.keep(shop.wheel("six", "1.0"))
        shop.wheel("six", "2.0", yanked="broken")
        shop.keep_pages()
        return list(why_absent(what, shop.entries()))

    @pytest.mark.parametrize("what", ["six==2.0", "Six == 2.0.0", "six-2.0-py3-none-any.whl"])
    def test_listed_but_not_fetched(self, tmp_path: Path, what: str) -> None:
        (line,) = self.said(tmp_path, what)
        assert line.startswith("six-2.0-py3-none-any.whl: listed by https://index.example/simple/six/ as of ")
        assert line.endswith(", yanked; not fetched, or not kept")

    def test_a_url_that_is_not_here_says_what_is_known_of_its_file(self, tmp_path: Path) -> None:
        lines = self.said(tmp_path, f"{FILES}six-2.0-py3-none-any.whl#sha256=0")
        assert [lines[0], lines[1].partition(" as of ")[0]] == [
            NO_TRACE,
            "listed by https://index.example/simple/six/",
        ]
        same_name = self.said(tmp_path / "again", "http://mirror.example/six-1.0-py3-none-any.whl")
        assert same_name == [
            f"a file of the same name is here from {FILES}six-1.0-py3-none-any.whl: "
            "pip looks a file up by its address alone",
            "over plain http pip keeps nothing, unless the host is trusted (from pip 20.1 on)",
        ]

    def test_what_left_no_trace_is_unknown(self, tmp_path: Path) -> None:
        assert self.said(tmp_path, "six==9") == [NO_TRACE]
        assert self.said(tmp_path / "again", "sixx") == []
