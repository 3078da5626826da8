"""A demo that cannot be started says in a sentence why, before it starts anything."""

import subprocess
from pathlib import Path

from bot.local.folders import working_folder
from tests.support.demo import COMMAND


def _refused(folder: Path, *arguments: str) -> tuple[int, str]:
    """Start a demo that cannot be; return its exit code and what it says. It prints no address."""
    ended = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        cwd=folder,
        env={"HOME": str(folder), "TMPDIR": str(folder)},
    )
    assert ended.stdout == ""
    assert list(folder.glob("faxi-demo-*")) == []
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def test_what_is_no_port_is_said(tmp_path: Path) -> None:
    for wrong in ("80000", "-1", "eighty"):
        code, said = _refused(tmp_path, f"--port={wrong}")
        assert code == 2
        assert f"{wrong} is no port" in said


def test_a_folder_that_another_demo_keeps_its_data_in_is_said(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    with working_folder("other", keep):
        code, said = _refused(tmp_path, "--keep", str(keep))
    assert code == 1
    assert "is in use by a demo that is running" in said
