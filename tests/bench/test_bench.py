"""The benchmark runs to its end on small tables, finds the same as slow queries do, and prints its tables."""

import subprocess
import sys
from pathlib import Path

import pytest

FAXI_BOT = Path(sys.executable).with_name("faxi-bot")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_benchmark_runs_to_its_end_and_prints_its_tables(tmp_path: Path) -> None:
    command = [str(FAXI_BOT), "bench", "--rows", "20000,40000"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert run.returncode == 0, run.stderr
    head, *rows = [line for line in run.stdout.splitlines() if line.startswith("| ")]
    assert [cell.strip() for cell in head.split("|")[1:5]] == ["first / second", "20,000 rows", "40,000 rows", "goal"]
    (crowd,) = [row for row in rows if row.startswith("| 20 people at once / one ")]
    assert crowd.split("|")[-2].strip() == "met"
    assert any(row.startswith("| bounces of 24 hours ") for row in rows)
    assert any(row.startswith("| a case with 12 checks stands in Slack / its slowest check ") for row in rows)
    assert sum(row.startswith("| a tick in which ") for row in rows) == 2
    assert run.stderr.count("the same in ") == 2


def test_the_benchmark_refuses_numbers_of_rows_that_make_no_sense(tmp_path: Path) -> None:
    for given in ("10", "1e6", "", "1000000,"):
        refused = subprocess.run(
            [str(FAXI_BOT), "bench", "--rows", given],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert refused.returncode == 2
        assert "give numbers of 10000 or more" in refused.stderr
