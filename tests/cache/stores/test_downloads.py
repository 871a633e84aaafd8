"""The download cache of pip 1.5.6 and earlier."""

from __future__ import annotations

from pipcache_tui.demo import formats, packages
from tests.support.cache_root import FILES, Place

WHEEL = packages.make_wheel("Demo.Pkg", "1.0", "py2.py3-none-any", requires_python=">=3.6")


def test_a_download_cache_names_its_files_by_their_quoted_urls(place: Place) -> None:
    url = FILES + "Demo.Pkg-1.0-py2.py3-none-any.whl"
    content, sidecar = formats.download_names(url)
    place.write(content, WHEEL)
    place.write(sidecar, b"application/octet-stream")
    alone, _ = formats.download_names(FILES + "lib-3.0.tar.gz")
    place.write(alone, packages.make_sdist("lib", "3.0"))
    _, described = formats.download_names(FILES + "gone-1.tar.gz")
    place.write(described, b"text/plain")
    place.write("photo.jpg", b"mine")
    entries = place.entries()
    whole = entries[f"downloads:{content}"]
    assert (whole.kind, whole.project, whole.url, whole.url_proof) == ("wheel", "demo-pkg", url, "file-name")
    assert [file.path for file in whole.files] == [sidecar, content]
    assert entries[f"downloads:{alone}"].kind == "orphan"
    assert entries[f"downloads:{described}"].kind == "orphan"
    assert len(entries) == 3
