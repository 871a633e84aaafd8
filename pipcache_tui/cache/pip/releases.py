"""What each generation of pips reads of its cache, and how it asks for more: one table.

A row holds from its version on, until the next row's. Each fact was read from the source of the pip release that
brought it, which the row names; the interop tests compare the table with real pips.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from pipcache_tui.cache.model import PipWill, Store

#: the newest pip whose source the table was read from
NEWEST_KNOWN_PIP = "26.3"

#: how a pip asks for something: as an index page, as a file to download, or with the headers of every request
AskedAs = Literal["page", "file", "plain"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a stated pip will do with an entry when it next wants it.

    `pip_will` is None where it depends on what is not known; `why` is one line without a full stop, in any case.
    `fresh_until`: when the freshness the response states ends, in seconds since 1970; None where it states none or
    it can't be known (a permanent redirect, no Date, a built wheel).
    """

    pip_will: PipWill | None
    why: str
    fresh_until: float | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """What pips from one version on do with a cache."""

    #: the release the row holds from: (26, 1, 2)
    since: tuple[int, ...]
    stores: frozenset[Store] = frozenset({"downloads"})
    #: the N of `cc=N,` it can decode; the rest it replaces
    formats: frozenset[int] = frozenset()
    #: the max-age it sends when it asks for an index page: its own limit, 0 for "always ask", None for none
    page_max_age: int | None = 600
    #: what it sends as Accept for an index page
    page_accept: str = "text/html"
    #: what some add to "gzip, deflate" where they set no Accept-Encoding themselves: "br" where brotli is installed,
    #: "zstd" on Python 3.14 and newer
    extra_encoding: Literal["br", "zstd"] | None = None
    #: statuses that are always served from the cache, whatever their other headers say
    permanent: frozenset[int] = frozenset()
    #: a stored response with no Date: it "asks" again, or stops with an "error"
    no_date: Literal["asks", "error"] = "asks"
    #: which max-age counts: digits after the directive in "any case", or any whole number after it in "lower" case
    max_age: Literal["any case", "lower"] = "lower"
    #: http:// responses of trusted hosts are cached too
    plain_http: bool = False
    #: metadata without its body: a "miss", or served with an "empty" body
    lone_metadata: Literal["miss", "empty"] = "miss"
    #: it may run on Python 2, where text and bytes compare equal
    python2: bool = True
    #: the selfcheck layout it reads
    selfcheck: Literal["selfcheck.json", "selfcheck/"] | None = None
    #: how the date in it must end: "Z", an offset ("iso"), or either
    selfcheck_date: Literal["Z", "iso", "both"] = "Z"
    #: where it looks for a wheel built from a URL: under the key with the interpreter in it, under the old one
    wheel_keys: frozenset[Literal["interpreter", "old"]] = frozenset()
    #: it leaves the hash out of the key of a link that a JSON index page gave
    hashless_json: bool = False
    #: it looks for wheels built from local folders
    folder_wheels: bool = True
    #: it takes only wheel file names that follow the standard
    strict_wheel_names: bool = False


#: the media types of PEP 691, in pip's order (`index/collector.py`)
_JSON_FIRST = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"

# Each comment names pip's file, and the issue or pull request of pypa/pip that changed it. "CacheControl" is the copy
# in pip/_vendor; its 0.12 line also has a repository of its own, psf/cachecontrol.

# pip/download.py, `unpack_http_url`: with --download-cache, files are kept under their quoted URL
_0 = Generation(since=(0,))
# pip/download.py, `PipSession` mounts CacheControl with `SafeFileCache`, which replaces --download-cache; the
# selfcheck state is `load_selfcheck_statefile` of pip/utils/outdated.py. CacheControl's serialize.py writes pickles,
# cc=1; its controller.py reads headers["date"] unasked, and max-age with `isdigit` after lower-casing
_6_0 = replace(
    _0,
    since=(6, 0),
    stores=frozenset({"http", "selfcheck"}),
    formats=frozenset({1}),
    no_date="error",
    max_age="any case",
    selfcheck="selfcheck.json",
)
# CacheControl 0.11.1, serialize.py: cc=2, since a pickle of one Python is no use to another
_6_0_7 = replace(_6_0, since=(6, 0, 7), formats=frozenset({1, 2}))
# CacheControl 0.11.2 (#2481, #2595), controller.py `cached_request`: a stored 301 is returned at once, and a response
# without Date is not used
_6_1 = replace(_6_0_7, since=(6, 1), permanent=frozenset({301}), no_date="asks")
# pip/wheel.py, `WheelCache` (#2618)
_7_0 = replace(_6_1, since=(7, 0), stores=frozenset({"http", "selfcheck", "wheels"}), wheel_keys=frozenset({"old"}))
# CacheControl 0.12 (#3515): serialize.py writes msgpack, cc=4; controller.py `parse_cache_control` takes directives
# as they are written and their numbers with int()
_10_0 = replace(_7_0, since=(10, 0), formats=frozenset({1, 2, 4}), max_age="lower")
# index.py, `_get_html_page`: "Cache-Control: max-age=0" instead of 600 (#5670)
_18_1 = replace(_10_0, since=(18, 1), page_max_age=0)
# self_outdated_check.py, `SelfCheckState`: a file for each sys.prefix, so that none has to be locked (#6954)
_19_3 = replace(_18_1, since=(19, 3), selfcheck="selfcheck/")
# cache.py, `Cache._get_cache_path_parts`: the interpreter is in the key (#7296); the old key is
# `_get_cache_path_parts_legacy`
_20_0 = replace(_19_3, since=(20, 0), wheel_keys=frozenset({"interpreter", "old"}))
# network/session.py, `InsecureCacheControlAdapter`: trusted hosts are cached too (#7847)
_20_1 = replace(_20_0, since=(20, 1), plain_http=True)
# cache.py without `_get_cache_path_parts_legacy` (#7502); no Python 2 (#6148)
_21_0 = replace(_20_1, since=(21, 0), wheel_keys=frozenset({"interpreter"}), python2=False)
# requests 2.26 (#10174), utils.py `default_headers`: Accept-Encoding is what urllib3's `make_headers` gives, which has
# "br" where brotli can be imported
_21_2 = replace(_21_0, since=(21, 2), extra_encoding="br")
# CacheControl 0.12.10, controller.py: PERMANENT_REDIRECT_STATUSES is 301 and 308
_22_0 = replace(_21_2, since=(22, 0), permanent=frozenset({301, 308}))
# urllib3 in pip/_vendor no longer imports brotli (#10950)
_22_1 = replace(_22_0, since=(22, 1), extra_encoding=None)
# index/collector.py, `_get_simple_response`: Accept as PEP 691 has it (#11158)
_22_2 = replace(_22_1, since=(22, 2), page_accept=_JSON_FIRST)
# models/link.py, `Link.from_json`: the hashes of a JSON page don't reach `Link.hash_name` (#11111)
_22_3 = replace(_22_2, since=(22, 3), hashless_json=True)
# models/link.py: they do again (#11527)
_23_0 = replace(_22_3, since=(23, 0), hashless_json=False)
# network/cache.py, `SafeFileCache` becomes a `SeparateBodyBaseCache` in http-v2/ (#2984), with CacheControl 0.13.1,
# whose `Serializer.loads` reads cc=4 alone; `get_body` of a missing file gives None, and the body an empty one.
# self_outdated_check.py writes dates with `isoformat` and reads them with `fromisoformat` (#12006)
_23_3 = replace(
    _23_0,
    since=(23, 3),
    stores=frozenset({"http-v2", "selfcheck", "wheels"}),
    formats=frozenset({4}),
    lone_metadata="empty",
    selfcheck_date="iso",
)
# network/cache.py, `SafeFileCache.get`: both files must be there (#12361); self_outdated_check.py,
# `_convert_date`: a final Z is read (#12338)
_23_3_1 = replace(_23_3, since=(23, 3, 1), lone_metadata="miss", selfcheck_date="both")
# models/wheel.py, `Wheel`: `parse_wheel_filename` of packaging alone, no `legacy_wheel_file_re` (#13581)
_25_3 = replace(_23_3_1, since=(25, 3), strict_wheel_names=True)
# urllib3 2.6, util/request.py: ",zstd" where `compression.zstd` can be imported, as on Python 3.14
_26_1 = replace(_25_3, since=(26, 1), extra_encoding="zstd")
# network/session.py, `PipSession`: Accept-Encoding is always "gzip, deflate" (#14012)
_26_1_2 = replace(_26_1, since=(26, 1, 2), extra_encoding=None)
# index/collector.py, `_get_simple_response`: max-age=0 only for --refresh-package (#13680); cache.py,
# `SimpleWheelCache.get`: no wheels of folders (#14044)
_26_2 = replace(_26_1_2, since=(26, 2), page_max_age=None, folder_wheels=False)

#: oldest first
GENERATIONS: tuple[Generation, ...] = (
    *(_0, _6_0, _6_0_7, _6_1, _7_0, _10_0, _18_1, _19_3, _20_0, _20_1, _21_0, _21_2),
    *(_22_0, _22_1, _22_2, _22_3, _23_0, _23_3, _23_3_1, _25_3, _26_1, _26_1_2, _26_2),
)


@lru_cache(maxsize=256)
def generation_of(pip_version: str) -> Generation:
    """The row for a pip version; one newer than all known is taken to do as the newest known does.

    Raises ValueError where the text does not begin with a version number.
    """
    release = re.match(r"\d+(?:\.\d+)*", pip_version.strip())
    if release is None:
        raise ValueError(f"not a pip version: {pip_version!r}")
    version = (*map(int, release.group().split(".")), 0, 0)
    return next(row for row in reversed(GENERATIONS) if row.since <= version)


def first_pip(row: Generation) -> str:
    """The release a row holds from, as pip writes it: "26.1.2", "6.0"."""
    return ".".join(map(str, row.since))


def newest_reading(store: Store) -> str:
    """A version of the newest generation of pips that read a store. Raises ValueError where none ever did."""
    for row in reversed(GENERATIONS):
        if store in row.stores:
            return NEWEST_KNOWN_PIP if row is GENERATIONS[-1] else first_pip(row)
    raise ValueError(f"no pip reads {store}")


def pips_reading(store: Store) -> str:
    """Which pips read a store, in words: "pip ≥ 6.0 and < 23.3", "pip ≥ 23.3", "pip < 6.0", "no pip"."""
    rows = [index for index, row in enumerate(GENERATIONS) if store in row.stores]
    if not rows:
        return "no pip"
    bounds = [f"≥ {first_pip(GENERATIONS[rows[0]])}"] if rows[0] else []
    if rows[-1] + 1 < len(GENERATIONS):
        bounds.append(f"< {first_pip(GENERATIONS[rows[-1] + 1])}")
    return f"pip {' and '.join(bounds)}"


#: the second numbers of pip's releases, by the first; from 18 on the first is the year. Source: NEWS.rst of pip
_MINORS: dict[int, range] = {
    0: range(2, 9),
    1: range(6),
    6: range(2),
    7: range(2),
    8: range(2),
    9: range(1),
    10: range(1),
    18: range(2),
    **{year: range(4) for year in range(19, 26)},
}


def may_be_release(version: str) -> bool:
    """Whether there is, or soon may be, a pip of this version; its third number is not looked at.

    Newer ones than `NEWEST_KNOWN_PIP` are taken to exist for two years more.
    """
    numbers = [int(number[:6]) for number in re.findall(r"\d+", version)[:2]]
    major, minor = (*numbers, 0, 0)[:2]
    newest = int(NEWEST_KNOWN_PIP.partition(".")[0])
    if newest <= major <= newest + 2:
        return minor < 10
    return minor in _MINORS.get(major, ())
