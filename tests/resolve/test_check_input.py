from __future__ import annotations

from pathlib import Path

from pipcache_tui.resolve.check_input import read_check_input
from pipcache_tui.resolve.inputs.requirements import InstallOptions
from pipcache_tui.resolve.pip_options import PipOptions


def test_files_are_read_and_the_rest_are_requirements(tmp_path: Path) -> None:
    (tmp_path / "limits").write_text("attrs<2\n")
    (tmp_path / "plain").write_text("attrs\n--index-url https://plain.example/simple\n")
    (tmp_path / "six-1.0-py3-none-any.whl").write_bytes(b"")
    pip = PipOptions(InstallOptions(("https://index.example/simple",)), (str(tmp_path / "limits"),))
    check_input = read_check_input(["six>=1", str(tmp_path / "plain"), str(tmp_path / "six-1.0-py3-none-any.whl")], pip)
    assert [each.name for each in check_input.requirements] == ["six", "attrs", "six"]
    assert [each.text for each in check_input.constraints] == ["attrs<2"]
    assert check_input.options.index_urls == ("https://plain.example/simple",)
