"""The manifest says what the bot declares, in Slack's own form, and asks for no scope that nothing needs."""

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot import wiring
from bot.__main__ import main
from bot.base.database import shipped
from bot.local.workspace.limits import METHODS

ROOT = Path(__file__).parents[1]
SLACK = Path(__file__).parents[2] / "shared" / "slack"
FOR_THE_APP = {"commands", "app_mentions:read"}
"""Scopes that no method needs: slash commands, and the event of a mention."""


def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load(shipped("manifest.yml").read_text(encoding="utf-8")))


def methods_in_the_code() -> set[str]:
    """Return the Web API methods that the bot's code can call: `client.chat_postMessage(...)` and the like."""
    known = {name.replace(".", "_"): name for name in METHODS}
    sources = [*(ROOT / "bot" / "slack").glob("*.py"), ROOT / "bot" / "app.py", *(ROOT / "commands").glob("*.py")]
    found = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and "client" in ast.unparse(node.value):
                name = node.attr
                if name in known:
                    found.add(known[name])
                elif re.fullmatch(r"(?:chat|views|users|conversations|usergroups|files|apps|api|auth)_\w+", name):
                    pytest.fail(f"{source.name} calls {name}, which the local workspace does not know")
    return found


def needed_by(method: str) -> set[str]:
    return set(METHODS[method].scopes)


def test_the_file_is_what_faxi_bot_manifest_prints(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["manifest"])
    assert capsys.readouterr().out == shipped("manifest.yml").read_text(encoding="utf-8")


def test_it_has_the_form_that_slack_asks_for() -> None:
    schema = SLACK / "slack_manifest.schema.2.0.0.json"
    if not schema.exists():
        warnings.warn("SLACK'S SCHEMA IS NOT HERE: THE MANIFEST'S FORM WAS NOT CHECKED", stacklevel=1)
        pytest.skip("SLACK'S SCHEMA IS NOT HERE: THE MANIFEST'S FORM WAS NOT CHECKED")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        checker = jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
        assert [error.message for error in checker.iter_errors(manifest())] == []
        broken = manifest()
        broken["features"]["slash_commands"][0]["command"] = "no-slash and blanks"
        broken["settings"]["event_subscriptions"]["bot_events"] = "app_mention"
        assert list(checker.iter_errors(broken)), "the schema checks nothing"


def test_commands_shortcuts_and_events_are_those_declared() -> None:
    declared = list(wiring.catalogue())
    made = manifest()
    commands = {one["command"]: one for one in made["features"]["slash_commands"]}
    assert set(commands) == {one.name for one in declared if one.kind == "command"}
    for one in declared:
        if one.kind == "command":
            assert one.help is not None
            told = commands[one.name]
            assert told["description"].lower() == one.help.does.lower()
            assert told.get("usage_hint", "") == one.help.hint
            assert told["should_escape"] is True
    shortcuts = {one["callback_id"] for one in made["features"].get("shortcuts", [])}
    assert shortcuts == {one.name for one in declared if one.kind == "shortcut"}
    events = made["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(events) == sorted(one.name for one in declared if one.kind == "event")
    assert made["settings"]["interactivity"]["is_enabled"] is True
    assert made["features"]["app_home"]["home_tab_enabled"] is True


def test_the_scopes_are_exactly_those_that_the_methods_in_use_need() -> None:
    scopes = set(manifest()["oauth_config"]["scopes"]["bot"])
    called = methods_in_the_code()
    assert {"chat.postMessage", "views.open", "users.info"} <= called, "the code was not read"
    for method in called:
        assert not needed_by(method) or needed_by(method) & scopes, f"{method} needs one of {needed_by(method)}"
    useful = FOR_THE_APP | {scope for method in called for scope in needed_by(method)}
    assert scopes <= useful, f"nothing needs {sorted(scopes - useful)}"
    for scope in scopes - FOR_THE_APP - {"channels:read", "groups:read"}:
        without = scopes - {scope}
        assert any(needed_by(method) and not needed_by(method) & without for method in called), f"{scope} is not needed"
    assert not [scope for scope in scopes if scope.endswith(":history")]
    assert list(manifest()["oauth_config"]["scopes"]["bot"]) == sorted(scopes)


def test_public_and_private_channels_are_listed_so_both_scopes_are_needed() -> None:
    source = (ROOT / "bot" / "slack" / "people.py").read_text(encoding="utf-8")
    assert 'types="public_channel,private_channel"' in source


def test_the_workspace_offers_what_the_bot_calls() -> None:
    by_the_sdk = {"apps.connections.open"}
    assert set(METHODS) == methods_in_the_code() | by_the_sdk


def test_the_workspaces_scopes_are_slacks() -> None:
    table = SLACK / "slack_methods.json"
    if not table.exists():
        warnings.warn("SLACK'S TABLE OF METHODS IS NOT HERE: THE SCOPES WERE NOT COMPARED", stacklevel=1)
        pytest.skip("SLACK'S TABLE OF METHODS IS NOT HERE: THE SCOPES WERE NOT COMPARED")
    slacks = json.loads(table.read_text(encoding="utf-8"))["methods"]
    for method in METHODS:
        assert needed_by(method) == set(slacks[method]["bot_scopes_any_of"]), method
