"""The URL of a body from its content: found where the entry's key agrees, however the name is written."""

from __future__ import annotations

import hashlib

import pytest

from pipcache_tui.cache.model import STAMP_BYTES, Entry, Files
from pipcache_tui.cache.pip.cache_keys import cache_key
from pipcache_tui.cache.urls.content_proof import url_by_content

HOST = "https://files.index.example"
DIGEST = hashlib.blake2b(b"content", digest_size=32).hexdigest()


def url_of(name: str, host: str = HOST) -> str:
    return f"{host}/packages/{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST[4:]}/{name}"


def entry(url: str, **fields: object) -> Entry:
    key = cache_key(url)
    files = Files("/".join(("http-v2", *key[:5], key)), ("/.body",), bytes(2 * STAMP_BYTES))
    made = Entry("/pip", "http-v2", "wheel", files, project="some-lib", version="1.0+l.2")
    return made._replace(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("some_lib-1.0+l.2-py3-none-any.whl", ("py3-none-any",)),
        ("Some.Lib-1.0+l.2-py2.py3-none-any.whl", ("py3-none-any", "py2-none-any")),
        ("some_lib-1.0_l.2-7-py3-none-any.whl", ("py3-none-any",)),
        ("some-lib-1.0+l.2.tar.gz", ()),
        ("some.lib-1.0+l.2.zip", ()),
    ],
)
def test_a_name_written_in_any_usual_way_is_found(name: str, tags: tuple[str, ...]) -> None:
    filename = name.replace("py2.py3", "py3.py2") if tags else None
    found = entry(url_of(name), tags=tags, filename=filename)
    assert url_by_content(found, DIGEST, ["https://elsewhere.example", HOST]) == url_of(name)


def test_another_content_host_or_name_is_no_proof() -> None:
    name = "some_lib-1.0+l.2-py3-none-any.whl"
    found = entry(url_of(name), tags=("py3-none-any",))
    assert url_by_content(found, "0" * 64, [HOST]) is None
    assert url_by_content(found, DIGEST, ["https://elsewhere.example"]) is None
    assert url_by_content(found, DIGEST, []) is None
    assert url_by_content(found._replace(project="other"), DIGEST, [HOST]) is None
    assert url_by_content(found._replace(version=None), DIGEST, [HOST]) is None


def test_an_entry_without_a_key_has_no_url() -> None:
    built = Entry("/pip", "wheels", "built-wheel", Files("wheels/ab/x-1.0-py3-none-any.whl", (), bytes(STAMP_BYTES)))
    assert url_by_content(built._replace(project="x", version="1.0", tags=("py3-none-any",)), DIGEST, [HOST]) is None
