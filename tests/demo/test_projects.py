"""The table of the demo's projects: names, versions and tags that pip would accept."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from pipcache_tui.demo.projects import GIANTS, PRIVATE, PUBLIC, YANKED, Project, sdist_forms, wheel_tags

ALL = (*PUBLIC, *GIANTS, *PRIVATE)


@pytest.mark.parametrize("project", ALL, ids=[project.name for project in ALL])
def test_a_project_has_releases_from_old_to_new_each_with_a_file(project: Project) -> None:
    assert canonicalize_name(project.name) == project.name
    SpecifierSet(project.requires_python or "")
    versions = [Version(release.version) for release in project.releases]
    assert versions == sorted(set(versions))
    days = [release.days_ago for release in project.releases]
    assert days == sorted(days, reverse=True)
    for release in project.releases:
        assert release.wheels or release.sdists, release
        assert not release.wheels or project.wheel_size > 0
        for tags in release.wheels:
            assert parse_tag(tags)


def test_every_release_is_there_once() -> None:
    releases = [(project.name, release.version) for project in ALL for release in project.releases]
    assert len(set(releases)) == len(releases)


def test_yanked_releases_are_among_the_projects() -> None:
    assert YANKED.keys() <= {(project.name, release.version) for project in ALL for release in project.releases}


def test_a_word_stands_for_a_wheel_or_for_a_source_archive() -> None:
    words = ("cp313", "sdist", "py3", "zip", "unknown")
    assert [tag.split("-")[0] for tag in wheel_tags(words)] == ["cp313", "py3"]
    assert sdist_forms(words) == ("tar.gz", "zip")
