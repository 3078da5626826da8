"""A runbook that is wrong stops the start and names the line; the one that is shipped is right."""

import textwrap
from pathlib import Path

import pytest

from bot import wiring
from bot.engine import runbook
from bot.engine.runbook import RunbookError

ROOT = Path(__file__).parent.parent
KNOWN = frozenset({"mail.look"})
GOOD = """\
    procedures:
      watch:
        title: Watch the mail
        source: Monday Tasks 1
        severity: routine
        steps:
          - name: look
            kind: check
            title: Look at the mail
            source: Monday Tasks 1
            calls: mail.look
          - name: talk
            kind: confirm
            title: Talk about it
            source: Monday Tasks 2
            why_by_hand: people talk
    thresholds:
      bounce_rate: {warning: 3%, critical: 5%}
      complaint_rate: {warning: 0.05%, critical: 0.1%}
      delivery_rate: {critical: 95%}
    """


def write(folder: Path, text: str) -> Path:
    """Write a runbook file."""
    path = folder / "own.yml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    """Return how a runbook is refused."""
    with pytest.raises(RunbookError) as caught:
        runbook.load(write(folder, text), KNOWN, {})
    return str(caught.value).replace(str(folder), "")


def test_the_shipped_runbook_loads_with_what_the_bot_knows() -> None:
    shipped = runbook.load(None, wiring.KNOWN, wiring.REQUIRED)
    assert [step.name for step in shipped.procedures["restriction"].steps] == [
        *("verify", "restrict", "record", "tell", "call", "alert", "ticket", "follow_up")
    ]
    assert {step.calls for one in shipped.procedures.values() for step in one.steps} - {None} <= wiring.KNOWN


def test_a_teams_own_file_is_used_and_its_hash_names_its_text(tmp_path: Path) -> None:
    first = runbook.load(write(tmp_path, GOOD), KNOWN, {})
    assert first.procedures["watch"].steps[1].why_by_hand == "people talk"
    assert runbook.load(write(tmp_path, GOOD), KNOWN, {}).hash == first.hash
    assert runbook.load(write(tmp_path, GOOD.replace("people talk", "people speak")), KNOWN, {}).hash != first.hash


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("calls: mail.look", "calls: mail.lock", 11, "nothing is called 'mail.lock'; known are mail.look"),
        ("        why_by_hand: people talk\n", "", 12, "a confirm step says why_by_hand"),
        ("        calls: mail.look\n", "", 7, "a check step names what it calls"),
        ("name: talk", "name: Talk!", 12, "String should match pattern"),
        ("kind: confirm", "kind: hope", 13, "Input should be 'check', 'show', 'act' or 'confirm'"),
        ("severity: routine", "severity: urgent", 5, "Input should be 'critical', 'high', 'warning' or 'routine'"),
        ("name: talk", "name: look", 3, "two steps have one name"),
        ("title: Look at the mail", "titel: Look at the mail", 9, "Extra inputs are not permitted"),
        ("title: Look at the mail", f"title: {'x' * 81}", 9, "String should have at most 80 characters"),
        ("title: Look at the mail", "title: 12345", 9, "Input should be a valid string"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    indented = f"    {old}" if old.startswith(" ") else old  # a whole line is taken out with its indentation
    assert indented in GOOD
    text = refused(tmp_path, GOOD.replace(indented, new))
    assert f"own.yml:{line}: " in text
    assert words in text


def test_every_wrong_thing_is_named_at_once(tmp_path: Path) -> None:
    text = refused(tmp_path, GOOD.replace("kind: confirm", "kind: hope").replace("severity: routine", "severity: no"))
    assert len(text.splitlines()) == 2


def test_what_the_bot_names_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(RunbookError) as caught:
        runbook.load(write(tmp_path, GOOD), KNOWN, {"watch": ("look", "tell", "decide"), "review": ("look",)})
    assert str(caught.value).replace(str(tmp_path), "").splitlines() == [
        "/own.yml:3: the procedure 'watch' lacks the step 'tell': the bot needs it by this name",
        "/own.yml:3: the procedure 'watch' lacks the step 'decide': the bot needs it by this name",
        "/own.yml: the procedure 'review' is missing: the bot opens it by this name",
    ]


def test_every_step_that_the_code_names_is_required() -> None:
    """But those that are settled or drawn only where a team has them, and words that name something else as well."""
    where_it_is_there = {"ticket", "talk"}
    words = {"decide", "history"}
    folders = (ROOT / "bot/mail", ROOT / "commands")
    source = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    shipped = runbook.load(None, wiring.KNOWN, wiring.REQUIRED)
    steps = {step.name for name in wiring.REQUIRED for step in shipped.procedures[name].steps}
    assert {step for step in steps if f'"{step}"' in source} - where_it_is_there - words == set().union(
        *wiring.REQUIRED.values()
    )
    assert set(shipped.procedures) >= set(wiring.REQUIRED)


def test_a_key_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    twice = GOOD.replace("severity: routine", "severity: routine\n        severity: high")
    assert "own.yml:6: the key 'severity' stands there twice" in refused(tmp_path, twice)
    watch = textwrap.dedent(GOOD).partition("thresholds:")[0]
    procedures = watch + watch.partition("\n")[2]
    assert "the key 'watch' stands there twice" in refused(tmp_path, procedures)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("procedures: [", "is not YAML"),
        ("", "valid dictionary"),
        ("- a", "valid dictionary"),
        ("procedures: {}\nmore: 1", "Extra inputs"),
        ("? [a]\n: 1", "own.yml:1: a key is a word"),
        ("a: &x 1\n<<: *x", "is not YAML"),
        ("a: !!python/object:os.system 1", "is not YAML"),
    ],
)
def test_what_is_no_runbook_at_all_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunbookError, match="cannot be read"):
        runbook.load(tmp_path / "none.yml", KNOWN, {})
    (tmp_path / "own.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(RunbookError, match="cannot be read"):
        runbook.load(tmp_path / "own.yml", KNOWN, {})
