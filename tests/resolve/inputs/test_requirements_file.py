from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from packaging.version import Version

from pipcache_tui.resolve.inputs.requirements import ANY, InstallOptions, RequirementError
from pipcache_tui.resolve.inputs.requirements_file import RequirementsFile, read_requirements

SHA = "a" * 64


def read(folder: Path, text: str | bytes, environ: dict[str, str] | None = None) -> RequirementsFile:
    path = folder / "requirements.txt"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_requirements(str(path), InstallOptions(("https://index.example/simple",)), environ or {})


def texts(found: RequirementsFile) -> list[str]:
    return [each.text for each in found.requirements]


def test_lines_comments_continuations_and_variables(tmp_path: Path) -> None:
    text = f"""\
# a comment \\
six  # another
attrs>=22,\\
  <24 ; \\
  python_version >= '3'
idna==3.6 --hash=sha256:{SHA} \\
    --hash sha384:{"B" * 96}

${{NAME}}==${{UNSET}}.*\\
"""
    with pytest.raises(RequirementError, match=r"requirements\.txt line 9: .*UNSET"):
        read(tmp_path, text, {"NAME": "numpy"})
    found = read(tmp_path, text.replace("${UNSET}", "2"), {"NAME": "numpy"})
    assert texts(found) == ["six", "attrs>=22,  <24 ;   python_version >= '3'", "idna==3.6", "numpy==2.*"]
    assert [each.where.rpartition(" line ")[2] for each in found.requirements] == ["2", "3", "6", "9"]
    idna = found.requirements[2]
    assert idna.hashes == {("sha256", SHA), ("sha384", "B" * 96)}
    assert idna.has_hash_options
    assert (found.requirements[1].name, str(found.requirements[1].marker)) == ("attrs", 'python_version >= "3"')


def test_options(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    found = read(
        tmp_path,
        """\
--index-url https://user:secret@one.example/simple/
--extra-index-url=https://two.example/simple --trusted-host two.example
-f wheels
--pre
--prefer-binary
--only-binary :all: --no-binary Six,attrs
--require-hashes
--only-final NumPy
""",
    )
    options = found.options
    assert options.index_urls == ("https://one.example/simple", "https://two.example/simple")
    assert options.find_links == (str(tmp_path / "wheels"),)
    assert options.prefer_binary and options.require_hashes
    assert options.formats("six") == {"source"}
    assert options.formats("idna") == {"binary"}
    assert (options.prereleases("numpy", Version("26.0")), options.prereleases("six", Version("26.0"))) == (False, True)
    assert options.prereleases("numpy", Version("25.3")) is True
    assert read(tmp_path, "--no-index\n-i https://late.example").options.index_urls == ()
    assert read(tmp_path, "--no-binary six --only-binary six").options.formats("six") == {"binary"}
    assert read(tmp_path, "--all-releases six,:none:").options.all_releases == frozenset()
    assert read(tmp_path, "--all-releases :all:").options.all_releases == {ANY}


def test_includes_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.txt").write_text("six\n-c ../limits.txt\n--pre\n")
    (tmp_path / "limits.txt").write_text("six<2\n-r more-limits.txt\n")
    (tmp_path / "more-limits.txt").write_text("attrs\n")
    found = read(tmp_path, "-r sub/more.txt\nidna\n-r https://elsewhere.example/r.txt")
    assert texts(found) == ["six", "attrs", "idna", "-r https://elsewhere.example/r.txt"]
    assert [one.text for one in found.constraints] == ["six<2"]
    assert found.options.all_releases == {ANY}
    assert found.requirements[-1].not_checked is not None


def test_a_file_that_includes_itself(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("-r requirements.txt\n")
    with pytest.raises(RequirementError, match="includes itself"):
        read(tmp_path, "-r other.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("six\n=broken=", "line 2: '=broken=' is not a requirement"),
        ("six >", "line 1: "),
        ("six --unheard", "line 1: '--unheard' is not an option of a requirements file"),
        ("--hash", "line 1: --hash needs a value"),
        ("six --hash=md5:0", "line 1: --hash=md5:0: write it as"),
        ("six --hash 'sha256:0", "line 1: options can't be read"),
        ("./absent.whl", "line 1: ./absent.whl: no such file or folder"),
        ("six\x1b[31m>", "line 1: 'six\\x1b[31m>' is not a requirement"),
        ("# coding: unheard\nsix", "says it is in 'unheard', which is not an encoding"),
        (b"# coding: ascii\nsix\n\xff", "line 3: not text in ascii"),
        ("-r absent.txt", "absent.txt: no such file"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(RequirementError) as error:
        read(tmp_path, text)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + b"six\n",
        codecs.BOM_UTF16_LE + "six\n".encode("utf-16-le"),
        codecs.BOM_UTF32_BE + "six\n".encode("utf-32-be"),
        b"# -*- coding: latin-1 -*- \xe4\nsix\n",
    ],
)
def test_encodings(tmp_path: Path, data: bytes) -> None:
    assert texts(read(tmp_path, data)) == ["six"]


def test_what_is_no_plain_requirement(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    found = read(
        tmp_path,
        f"""\
-e ./project
--editable git+https://git.example/a.git#egg=a
git+ssh://git.example/b.git
{tmp_path}/project[extra]
https://files.index.example/six-1.0-py3-none-any.whl#sha256={SHA} ; python_version > '3'
Name[Extra] @ https://user@files.index.example/name-1.0.tar.gz#egg=name
https://files.index.example/download?name=x#egg=Other[a]
""",
    )
    assert [bool(each.not_checked) for each in found.requirements] == [True, True, True, True, False, False, False]
    six, named, other = found.requirements[4:]
    assert (six.name, six.url) == ("six", "https://files.index.example/six-1.0-py3-none-any.whl")
    assert (six.hashes, six.has_hash_options) == (frozenset({("sha256", SHA)}), False)
    assert six.marker is not None
    assert (named.name, named.extras, named.url) == (
        "name",
        frozenset({"extra"}),
        "https://files.index.example/name-1.0.tar.gz",
    )
    assert (other.name, other.url) == ("other", "https://files.index.example/download?name=x")


def test_paths_of_files_are_taken_from_where_pip_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "six-1.0-py3-none-any.whl").write_bytes(b"")
    (requirement,) = read(tmp_path, "./six-1.0-py3-none-any.whl[a,B]").requirements
    assert (requirement.name, requirement.url, requirement.extras) == (
        "six",
        f"file://{tmp_path}/six-1.0-py3-none-any.whl",
        frozenset({"a", "b"}),
    )
