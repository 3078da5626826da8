"""Each record of the audit as one plain sentence: when, who, what, on which case, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from bot.engine import audit_search, cases
from bot.engine.access import HOLDERS, Right
from bot.engine.audit_search import Entry
from bot.engine.team import Team
from bot.slack import refusals, text
from bot.slack.text import Mrkdwn, md

Joiner = Literal[" ", ", ", " for ", " of ", " about "]


@dataclass(frozen=True)
class Sentence:
    """How one tag is told.

    Attributes:
        did: what was done, such as ``approved the restriction``.
        tried: the same after "tried to".
        joiner: what stands between it and the case's number.
        results: how a result is told where the usual words do not fit.
    """

    did: str
    tried: str
    joiner: Joiner = ", "
    results: Mapping[str, str] = field(default_factory=dict)


_WAITING = {"asked": "waiting for management"}
_UNCHANGED = "nothing was changed"
_REQUESTS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "restriction": ("restriction", "restrict an account", {"approved": "account restricted"}),
    "lift": ("lift", "lift a restriction", {"approved": "restriction lifted"}),
    "error": ("undoing", "undo a restriction as our error", {"approved": "restriction undone"}),
}
"""What each kind of request is called, what it asks for, and how it ends when it is granted."""


def _of_request(kind: str) -> Mapping[str, Sentence]:
    noun, what, results = _REQUESTS[kind]
    return {
        f"{kind}:look": Sentence(f"looked at an account to {what}", f"look at an account to {what}"),
        f"{kind}:form": Sentence(f"opened the form to {what}", f"open the form to {what}"),
        f"{kind}:ask": Sentence(f"asked to {what}", f"ask to {what}", results=_WAITING),
        f"{kind}:approve": Sentence(f"approved the {noun}", f"approve the {noun}", " ", results),
        f"{kind}:deny_form": Sentence(f"opened the form to deny the {noun}", f"open the form to deny the {noun}", " "),
        f"{kind}:deny": Sentence(f"denied the {noun}", f"deny the {noun}", " ", {"denied": _UNCHANGED}),
        f"{kind}:withdraw": Sentence(f"withdrew the {noun}", f"withdraw the {noun}", " ", {"withdrawn": _UNCHANGED}),
        f"{kind}:expire": Sentence(f"ended the request to {what}", "end a request", results={"expired": "not decided"}),
        f"{kind}:void": Sentence(
            f"ended the request to {what}", "end a request", results={"void": "its reason is gone"}
        ),
        f"{kind}:remind": Sentence("called management", "call management", " about ", {"called": "done"}),
        f"{kind}:take_up": Sentence("went on with what was done by hand", "go on with what was done by hand"),
    }


SENTENCES: Mapping[str, Sentence] = {
    **_of_request("restriction"),
    **_of_request("lift"),
    **_of_request("error"),
    "restriction:by_hand": Sentence("restricted an account in the database", "restrict an account in the database"),
    "restriction:not_enforced": Sentence(
        "found mail of a restricted account", "look at the mail", results={"told": "team told"}
    ),
    "lift:by_hand": Sentence("lifted a restriction in the database", "lift a restriction in the database"),
    "lift:anyway_form": Sentence("opened the form to lift anyway", "open the form to lift anyway"),
    "lift:watched": Sentence("looked at an account after its lift", "look at an account after its lift"),
    "lift:complaint": Sentence(
        "found a complaint after a lift", "look at the complaints", results={"reopened": "case open again"}
    ),
    "error:undo": Sentence("undid a restriction as our error", "undo a restriction as our error"),
    "fax:show": Sentence("looked at the fax before it goes", "look at the fax before it goes"),
    "fax:again": Sentence("sent a fax again", "send a fax again"),
    "fax:read": Sentence("read the fax of what was done by hand", "read the fax of what was done by hand"),
    "fax:send": Sentence("let the fax go out", "let a fax go out"),
    "fax:accept": Sentence("handed over the fax", "hand over the fax", " ", {"accepted": "Telnyx has it"}),
    "fax:deliver": Sentence("sent the fax", "send the fax", " "),
    "fax:fail": Sentence("tried to send the fax", "send the fax", " "),
    "fax:unknown": Sentence("sent the fax", "send the fax", " ", {"unknown": "unknown, no answer"}),
    "fax:cancel": Sentence("took back the fax", "take back the fax", " "),
    "account:show": Sentence("looked at an account", "look at an account", results={"shown": "shown, masked"}),
    "account:history": Sentence(
        "looked at the history of an account", "look at the history of an account", results={"shown": "shown, masked"}
    ),
    "account:activity": Sentence(
        "looked at the mail of an account", "look at the mail of an account", results={"shown": "shown, masked"}
    ),
    "account:find_form": Sentence("opened the form to find an account", "open the form to find an account"),
    "account:reveal": Sentence("saw a whole number", "see a whole number", results={"shown": "shown for 5 minutes"}),
    "account:reveal_form": Sentence("opened the form for a whole number", "open the form for a whole number"),
    "account:hide": Sentence(
        "hid a number again", "hide a number", results={"hidden": "done", "closed": "closed before"}
    ),
    "account:contact_form": Sentence("opened the form for a contact", "open the form for a contact"),
    "account:contact": Sentence("recorded a contact", "record a contact"),
    "checklist:show": Sentence("looked at the lists", "look at the lists", " of "),
    "checklist:start": Sentence("started a list", "start a list", results={"started": "done"}),
    "checklist:answer_form": Sentence("opened an item of a list", "open an item of a list"),
    "checklist:answer": Sentence("answered an item of a list", "answer an item of a list", results={"noted": "a note"}),
    "checklist:open": Sentence("opened a list", "open a list", results={"late": "later than planned"}),
    "checklist:call": Sentence(
        "called for what is open on a list",
        "call for a list",
        ", ",
        {"called": "at half time", "end_of_day": "at the end of the day"},
    ),
    "checklist:missed": Sentence("missed lists, being down", "begin a list", results={"missed": "said in the channel"}),
    "checklist:end": Sentence("ended a list", "end a list", results={"ended": "the next one came"}),
    "case:look": Sentence("looked at the checks", "look at the checks", " of "),
    "case:show": Sentence("looked at the case", "look at the case", " "),
    "case:list": Sentence("looked at the open cases", "look at the open cases"),
    "case:answer_form": Sentence("opened a step", "open a step", " of "),
    "case:answer": Sentence("answered a step", "answer a step", " of ", {"failed": "cannot be done"}),
    "case:open_form": Sentence("opened the form for a case", "open the form for a case"),
    "case:open": Sentence("opened a case", "open a case", results={"opened": "done", "there": "it was open already"}),
    "case:acknowledge": Sentence("took the case", "take the case", " ", {"acknowledged": "done"}),
    "case:run": Sentence("had a step shown", "have a step shown", " of "),
    "case:look_again": Sentence(
        "had the bot look again", "have the bot look again", " for ", {"asked_to_look": "the bot looks"}
    ),
    "case:propose": Sentence(
        "started what fits a check", "start what fits a check", " of ", {"there": "it was open already"}
    ),
    "case:note_form": Sentence("opened the form for a note", "open the form for a note", " of "),
    "case:note": Sentence("wrote a note", "write a note", " of ", {"noted": "done"}),
    "case:handover_form": Sentence("opened the form to hand over", "open the form to hand over", " "),
    "case:handover": Sentence("handed over the case", "hand over the case", " ", {"handed_over": "done"}),
    "case:close_form": Sentence("opened the form to close", "open the form to close", " "),
    "case:close": Sentence("closed the case", "close the case", " ", {"closed": "done"}),
    "case:reopen_form": Sentence("opened the form to reopen", "open the form to reopen", " "),
    "case:reopen": Sentence("opened the case again", "open the case again", " ", {"reopened": "done"}),
    "case:record": Sentence("looked at the record", "look at the record", " of "),
    "procedure:show": Sentence("looked at the runbook's procedures", "look at the procedures"),
    "procedure:form": Sentence("opened the form to start a procedure", "open the form to start a procedure"),
    "procedure:start": Sentence("started a procedure", "start a procedure"),
    "handbook:contacts": Sentence("looked at whom to reach", "look at whom to reach"),
    "feedback:form": Sentence("opened the form for feedback", "open the form for feedback"),
    "feedback:give": Sentence("gave feedback", "give feedback", results={"given": "case opened"}),
    "runbook:change": Sentence("found another runbook file", "read the runbook", results={"read": "changes noted"}),
    "review:open": Sentence("opened the review of a restriction", "open a review", results={"opened": "done"}),
    "review:call": Sentence(
        "called for a review", "call for a review", results={"called": "after the night", "late": "it is late"}
    ),
    "flagged:open": Sentence(
        "flagged an account",
        "flag an account",
        results={"opened": "review opened", "covered": "the review is still open"},
    ),
    "flagged:list": Sentence("looked at the flagged accounts", "look at the flagged accounts"),
    "flagged:see_fax": Sentence("read the warning before it goes", "read the warning before it goes"),
    "flagged:warn": Sentence("let the warning go out", "let a warning go out"),
    "watch:begin": Sentence("began to watch the mail", "watch the mail", results={"counted": "done"}),
    "retention:run": Sentence("deleted what was kept long enough", "delete what was kept long enough"),
    "outage:database": Sentence("noted that the database was away", "note an outage", results={"over": "it is back"}),
    "oncall:show": Sentence("asked who is on call", "see who is on call"),
    "oncall:take": Sentence("took over on call", "take over on call", results={"unchanged": "was on call already"}),
    "handoff:open": Sentence(
        "asked for the handoff", "open the handoff", results={"drafted": "drafted", "shown": "shown"}
    ),
    "handoff:draft": Sentence(
        "drafted the handoff", "draft the handoff", results={"missed": "too late", "under_way": "one was under way"}
    ),
    "handoff:send": Sentence("handed over", "hand over"),
    "handoff:claim": Sentence("took over on call, since nobody was", "take over on call", results={"taken": "done"}),
    "handoff:take": Sentence("took an item of the handoff", "take an item of the handoff", results={"taken": "done"}),
    "handoff:accept": Sentence("accepted the handoff", "accept a handoff", results={"accepted": "is on call"}),
    "handoff:form": Sentence("opened a form about the handoff", "open a form about the handoff"),
    "handoff:note": Sentence("wrote a note for the handoff", "write a note for the handoff"),
    "handoff:change": Sentence("changed the draft of the handoff", "change the draft of the handoff"),
    "handoff:ask": Sentence("asked something about the handoff", "ask something about the handoff"),
    "handoff:show": Sentence("looked at the items of the handoff", "look at the items of the handoff"),
    "handoff:past": Sentence("looked at earlier handoffs", "look at earlier handoffs"),
    "handoff:remind": Sentence("called for the handoff", "call for the handoff", results={"called": "done"}),
    "handoff:raise": Sentence("called management", "call management", " about ", {"called": "done"}),
    "status:show": Sentence("asked for the status", "see the status"),
    "bounces:show": Sentence("looked at the bounces", "look at the bounces"),
    "complaints:show": Sentence(
        "looked at the complaints", "look at the complaints", results={"shown": "shown, masked"}
    ),
    "blocklists:list": Sentence(
        "looked at the blocklists", "look at the blocklists", results={"shown": "shown, masked"}
    ),
    "report:share": Sentence("shared a report with management", "share a report", " of ", {"shared": "posted there"}),
    "restrictions:criteria": Sentence(
        "looked at what restrictions can be lifted",
        "look at what restrictions can be lifted",
        results={"shown": "shown, masked"},
    ),
    "restrictions:list": Sentence("looked at the restricted accounts", "look at the restricted accounts"),
    "audit:search": Sentence("searched the records", "search the records"),
    "audit:form": Sentence("opened a filter of the records", "open a filter of the records"),
    "audit:export": Sentence("exported records", "export records", results={"asked": "a file for them alone"}),
    "audit:send": Sentence("sent the file with records", "send a file with records"),
    "help:show": Sentence("asked for help", "read help"),
    "home:open": Sentence("opened the home page", "open the home page", results={"other_tab": "messages shown"}),
    "link:open": Sentence("followed a link", "follow a link"),
    "mention:read": Sentence("wrote to faxi-bot", "write to faxi-bot"),
    "unknown:click": Sentence("used something that is not there any more", "use something that is not there any more"),
}
"""Every tag that the bot records, in words."""
_RESULTS: Mapping[str, str] = {
    "form": "form opened",
    "shown": "shown",
    "listed": "shown",
    "offered": "form offered",
    "opened": "done",
    "recorded": "done",
    "taken": "done",
    "no_access": "in no group, so nothing was shown",
    "not_applicable": "not applicable",
    "covered": "a request waits already",
    "not_asked": "not asked again",
    "busy": "failed, the database was busy",
}
_WHY: Mapping[str, str] = {
    "outsider": "not for guests or other workspaces",
    "in_no_group": "in none of Faxi's groups",
    "not_here": "not in this channel",
    "rights_unknown": "Slack did not say who may",
    "unknown_button": "the button was old",
    "old_button": "the button was old",
    "stale_form": "the form was old",
    "unknown_command": "no such command",
    "unknown_word": "a word was not known",
    "form": "the form was not complete",
    "private_words": "the words named a number or an address",
    "empty": "nothing was given",
    "not_found": "nothing was found",
    "gone": "the account is gone",
    "own_request": "it was their own request",
    "not_yours": "it was somebody else's request",
    "facts_moved": "the facts had changed",
    "why_missing": "no reason given",
    "nobody_can_approve": "nobody could approve it",
    "not_ours": "not restricted by faxi-bot",
    "no_contact": "no contact is recorded",
    "no_such_contact": "no such contact",
    "not_e164": "the number is not whole",
    "void": "its reason was gone",
    "state": "it had ended already",
    "unfit": "no fax can go there",
    "none": "there is no complaint any more",
    "told": "it was sent already",
    "bots": "the bot answers it",
    "answered": "it was answered already",
    "not_concerned": "it is for others to say",
    "had": "somebody has it already",
    "not_now": "it was not its turn",
    "no_procedure": "the runbook has no such procedure",
    "by_command": "a command of its own starts it",
    "no_account": "no account was given",
    "closed": "the case is closed",
    "not_on_call": "they were not on call",
    "unknown_figures": "the figures were unknown",
    "limit": "they had seen twenty numbers that day",
    "no_such_case": "there is no such case",
    "others_records": "the records of others are for management and auditors",
}
"""Why something was refused, where the code's own words do not say it."""
_BOT_FAX = "fax"


def sign(entry: Entry) -> Mrkdwn:
    """Return the sign of how it ended: done, refused or failed, or not known."""
    if not entry.allowed or _failed(entry):
        return Mrkdwn(":no_entry_sign:")
    return Mrkdwn(":grey_question:" if entry.result == "unknown" else ":white_check_mark:")


def _failed(entry: Entry) -> bool:
    return entry.result in {"busy", "failed"} or entry.result.startswith("error")


def ending(entry: Entry, rights: Mapping[str, Right]) -> str:
    """Say how it ended, in words."""
    kind, _, why = entry.result.partition(":")
    if kind == "refused":
        return f"refused, {_why(entry, why, rights)}"
    if kind == "error":
        return "failed, nothing was changed"
    own = SENTENCES[entry.action].results if entry.action in SENTENCES else {}
    return own.get(entry.result) or _RESULTS.get(entry.result) or _readable(entry.result)


def _why(entry: Entry, why: str, rights: Mapping[str, Right]) -> str:
    if why == "not_allowed" and (right := rights.get(entry.action)) is not None:
        return f"only {refusals.group_names(HOLDERS[right])} may"
    return _WHY.get(why) or _readable(why) or "without a reason"


def _readable(code: str) -> str:
    return code.replace("_", " ")


def actor(entry: Entry, names: Mapping[str, str]) -> str:
    """Name who did it."""
    return "Somebody at the database" if entry.actor == audit_search.BY_HAND else names.get(entry.actor, entry.actor)


def said(
    entry: Entry,
    names: Mapping[str, str],
    masked: Mapping[UUID, str],
    rights: Mapping[str, Right],
    *,
    plain: bool = False,
) -> tuple[str, str, str]:
    """Return who, what (with the case, or else the account, masked) and how it ended.

    Parameters:
        plain: without anything of an account, for what leaves Slack.
    """
    sentence = SENTENCES.get(entry.action)
    if sentence is None:
        words = _readable(entry.action.partition(":")[2] or entry.action)
        sentence = Sentence(f"did “{words}”", f"do “{words}”")
    tried = not entry.allowed or entry.result == "busy" or entry.result.startswith("error")
    what = f"tried to {sentence.tried}" if tried else sentence.did
    fax = entry.parameters.get(_BOT_FAX)
    if isinstance(fax, str):
        what += f"{sentence.joiner}{fax}"
    elif entry.case_id is not None:
        what += f"{sentence.joiner}{cases.number(entry.case_id)}"
    elif entry.subject is not None and not plain:
        what += f", {masked.get(entry.subject, 'an account that is gone')}"
    return actor(entry, names), what, ending(entry, rights)


def line(
    entry: Entry,
    names: Mapping[str, str],
    masked: Mapping[UUID, str],
    rights: Mapping[str, Right],
    *,
    today: bool,
    team: Team,
) -> Mrkdwn:
    """Draw one record: sign, time, who, what, how it ended."""
    who, what, end = said(entry, names, masked, rights)
    return md(
        "{sign} {at} *{who}* {what}: {end}.",
        sign=sign(entry),
        at=text.instant(entry.at, team.zone, "time" if today else "date_time"),
        who=who,
        what=what,
        end=end,
    )
