"""The four tables and the manifest: what the rooms below are given by name, so that they need not import it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.base.clock import Clock
from bot.base.database import Connection, Pool
from bot.duty import checklist_calls, checklists, contact_calls, duty_checks, handoff_calls, handoffs, list_runs
from bot.duty.status import Status
from bot.engine import anchoring, audit, checks, effects, retention
from bot.engine.audit import Head
from bot.engine.due import Due, Handler
from bot.engine.team import Team
from bot.mail import (
    after_lift,
    by_hand,
    contacts,
    faxes,
    flagged,
    lift_outcomes,
    lifts,
    mail_checks,
    previews,
    requests,
    restricted_senders,
    restriction_errors,
    restriction_outcomes,
    restrictions,
    reveals,
    review_calls,
    thresholds,
    watching,
    weekly_checks,
)
from bot.mail.fax_sending import FaxSender
from bot.mail.fax_unset import NoFaxes
from bot.mail.preview_drawing import Eraser, Previewer
from bot.mail.request_kinds import Kind
from bot.slack.homes import Homes
from bot.slack.interactions import Catalogue
from bot.slack.people import Directory
from bot.slack.sender import Renderer
from commands import (
    account_pages,
    acts,
    audit_export,
    audit_search,
    audit_trail,
    by_hand_messages,
    case_messages,
    case_thread,
    change_messages,
    checklist_messages,
    fax_messages,
    flagged_messages,
    handoff_thread,
    home_view,
    lift_messages,
    missed_lists,
    restriction_decisions,
    restriction_error_messages,
    restriction_messages,
    restriction_thread,
    reveal_hiding,
    review_messages,
    routing,
    shows,
    watch_messages,
    weekly_shows,
)
from commands import accounts as account_commands
from commands import blocklists as blocklist_commands
from commands import bounces as bounce_commands
from commands import cases as case_commands
from commands import checklists as checklist_commands
from commands import complaints as complaint_commands
from commands import contacts as contact_commands
from commands import fax_previews as fax_preview_commands
from commands import faxes as fax_commands
from commands import feedback as feedback_commands
from commands import flagged as flagged_commands
from commands import flagged_list as flagged_list_commands
from commands import handoffs as handoff_commands
from commands import help as help_commands
from commands import home as home_commands
from commands import lift_review as lift_review_commands
from commands import lifts as lift_commands
from commands import list_forms as list_form_commands
from commands import oncall as oncall_commands
from commands import procedures as procedure_commands
from commands import restriction_errors as restriction_error_commands
from commands import restriction_list as restriction_list_commands
from commands import restrictions as restriction_commands
from commands import reveals as reveal_commands
from commands import status as status_commands
from commands import team_contacts as team_contact_commands

CHECKS: Mapping[str, checks.Check] = {**mail_checks.CHECKS, **duty_checks.CHECKS, **weekly_checks.CHECKS}
"""What the bot looks at for a step that is a check, by the name that a runbook calls."""
BY_FAX = frozenset({"faxes.send"})
"""What a runbook calls that needs faxes; while they are not set up, a person does it."""
KNOWN = BY_FAX.union(CHECKS, shows.SHOWS, weekly_shows.SHOWS, acts.ACTS) | frozenset(
    {
        "restrictions.complaints",
        "restrictions.restrict",
        "restrictions.record",
        "restrictions.alert",
        "restrictions.follow_up",
        "restrictions.since",
        "lifts.criteria",
        "lifts.lift",
        "lifts.record",
        "lifts.document",
        "lifts.watch",
        "flagged.watch",
    }
)
"""The checks, shows and acts that a runbook may call."""
REQUIRED: Mapping[str, Sequence[str]] = {
    restrictions.ACTION: ("verify", "restrict", "record", "tell", "alert", "follow_up"),
    "review": ("look",),
    flagged.PROCEDURE: flagged.STEPS,
    lifts.ACTION: ("verify", "update", "record", "tell", "call", "document", "watch"),
}
"""The procedures that the bot opens by name, with the steps that it settles or draws by name."""
SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "commands",
    "files:write",
    "groups:read",
    "im:write",
    "usergroups:read",
    "users:read",
)
"""What the bot may ask of Slack: the scopes of the methods it calls, and no history."""


_ENDINGS = ("approved", "denied", "withdrawn", "expired", "void")
KINDS = (restriction_outcomes.KIND, lift_outcomes.KIND, restriction_errors.KIND)
"""The kinds of requests to management."""
_Work = Callable[[Connection, Team, Due, datetime], Awaitable[None]]
_RequestWork = Callable[[Connection, Team, Kind, Due, datetime], Awaitable[None]]


def catalogue() -> Catalogue:
    """Return everything a person can do, declared."""
    made: list[Catalogue] = []
    status = Status()
    declared = (
        *status_commands.declarations(lambda: made[0], status),
        *oncall_commands.declarations(),
        *restriction_commands.declarations(),
        *restriction_decisions.declarations(),
        *lift_commands.declarations(),
        *restriction_error_commands.declarations(),
        *fax_commands.declarations(),
        *by_hand_messages.declarations(),
        *fax_preview_commands.declarations(),
        *flagged_commands.declarations(),
        *account_commands.declarations(lambda: made[0]),
        *contact_commands.declarations(lambda: made[0]),
        *reveal_commands.declarations(),
        *account_pages.declarations(),
        *case_commands.declarations(),
        *checklist_commands.declarations(),
        *list_form_commands.declarations(),
        *lift_review_commands.declarations(),
        *handoff_commands.declarations(),
        *bounce_commands.declarations(),
        *complaint_commands.declarations(lambda: made[0]),
        *flagged_list_commands.declarations(lambda: made[0]),
        *restriction_list_commands.declarations(lambda: made[0]),
        *blocklist_commands.declarations(lambda: made[0]),
        *audit_search.declarations(lambda: made[0]),
        *audit_export.declarations(),
        *procedure_commands.declarations(lambda: made[0]),
        *team_contact_commands.declarations(),
        *feedback_commands.declarations(),
        *help_commands.declarations(lambda: made[0]),
        *home_commands.declarations(lambda: made[0], status),
        *routing.declarations(),
    )
    made.append(Catalogue(declared, routing.route))
    return made[0]


def renderers(signing_key: str | None) -> Mapping[str, Renderer]:
    """Return what draws each kind of live message and post."""
    decided = {f"restriction.{state}": restriction_thread.decided for state in _ENDINGS}
    return {
        restriction_outcomes.KIND.request: restriction_messages.request,
        restriction_outcomes.KIND.direct: restriction_messages.direct,
        "restriction.asked": restriction_thread.asked,
        "restriction.reminder": restriction_thread.reminder,
        "restriction.alert": restriction_thread.alert,
        **decided,
        restriction_outcomes.REVIEW: case_messages.live,
        case_messages.RENDERERS["procedure"]: case_messages.live,
        **lift_messages.renderers(),
        **restriction_error_messages.renderers(),
        **fax_messages.renderers(),
        **by_hand_messages.renderers(),
        **flagged_messages.renderers(),
        **review_messages.renderers(),
        **watch_messages.renderers(),
        **handoff_thread.renderers(),
        **missed_lists.renderers(),
        **change_messages.renderers(),
        **feedback_commands.renderers(),
        **checklist_messages.renderers(),
        **case_thread.renderers(),
        **shows.SHOWS,
        **weekly_shows.SHOWS,
        "oncall.taken": oncall_commands.taken,
        audit_export.LOST: audit_export.lost,
        anchoring.THREAD: audit_trail.thread,
        anchoring.POST: audit_trail.anchor(_anchor_line(signing_key)),
    }


def _anchor_line(signing_key: str | None) -> Callable[[Head], str]:
    if signing_key is None:
        return audit.unsigned_line
    key = audit.signing_key(signing_key)
    return lambda head: audit.anchor_line(head, key)


def due_handlers(team: Team) -> Mapping[str, Handler]:
    """Return what is done about each kind of due row."""

    def of(work: _Work) -> Handler:
        return lambda connection, row, now: work(connection, team, row, now)

    def of_request(work: _RequestWork, kind: Kind) -> Handler:
        return lambda connection, row, now: work(connection, team, kind, row, now)

    about_requests: dict[str, Handler] = {}
    for kind in KINDS:
        about_requests[kind.expire] = of_request(requests.expire, kind)
        about_requests[kind.remind] = of_request(requests.remind, kind)
        about_requests[kind.tell] = of_request(requests.tell, kind)
    return {
        **about_requests,
        restrictions.FOLLOW_UP: of(restriction_outcomes.follow_up),
        lifts.WATCHED: of(lift_outcomes.watched),
        lift_outcomes.ENDED: of(restriction_errors.ended),
        restriction_errors.UNDONE: of(restriction_errors.tell),
        watching.LOOK: of(watching.look),
        flagged.REACHED: of(flagged.reached),
        review_calls.MORNING: of(review_calls.call_in_the_morning),
        review_calls.LATE: of(review_calls.call_when_late),
        thresholds.REACHED: of(thresholds.reached),
        thresholds.AGAIN: of(thresholds.again),
        restricted_senders.SENT: of(restricted_senders.tell),
        restricted_senders.CALL: of(restricted_senders.call),
        after_lift.COMPLAINED: of(after_lift.complained),
        after_lift.CALL_LATER: of(after_lift.call),
        faxes.CALL: of(contacts.call_after_night),
        by_hand.TAKE_UP: of(by_hand.take_up),
        by_hand.CALL: of(by_hand.call),
        checklists.HALF: of(checklist_calls.half_time),
        contact_calls.KIND: of(contact_calls.call),
        checklists.END: of(checklist_calls.end_of_day),
        handoff_calls.DRAFT: of(handoff_calls.draft),
        handoff_calls.REMIND: of(handoff_calls.remind),
        handoff_calls.RAISE: of(handoff_calls.raise_),
        handoffs.LOOK: of(handoff_calls.look),
        anchoring.KIND: of(anchoring.anchor),
        retention.KIND: of(retention.run),
        list_runs.KIND: of(list_runs.run),
    }


def effect_handlers(
    fax_sender: FaxSender | NoFaxes,
    previewer: Previewer | None,
    eraser: Eraser,
    exporter: audit_export.Exporter,
    hider: reveal_hiding.Hider,
    looker: checks.Looker,
) -> Mapping[str, effects.Handler]:
    """Return how each kind of effect is brought on; a kind that is not set up waits."""
    handlers: dict[str, effects.Handler] = {
        previews.DELETE: eraser,
        audit_export.KIND: exporter,
        reveals.HIDE: hider,
        checks.KIND: looker,
        faxes.KIND: fax_sender,
    }
    if previewer is not None:
        handlers[previews.KIND] = previewer
    return handlers


def looker(pool: Pool, team: Team, clock: Clock) -> checks.Looker:
    """Return what looks for the checks of cases."""

    async def looked(connection: Connection, case_id: int, now: datetime) -> None:
        await checklists.looked(connection, team, case_id, now)

    return checks.Looker(
        pool, team, clock, CHECKS, renderer=lambda case: case_messages.RENDERERS[case.kind], looked=looked
    )


def exporter(
    pool: Pool, team: Team, clock: Clock, client: AsyncWebClient, directory: Directory, *, pace: float
) -> audit_export.Exporter:
    """Return what sends people the records that they export."""
    rights = {one.tag: one.right for one in catalogue()}
    return audit_export.Exporter(pool, team, clock, client, directory, rights, pace=pace)


def homes(pool: Pool, team: Team, clock: Clock, client: AsyncWebClient, directory: Directory, *, pace: float) -> Homes:
    """Return what lets opened App Homes follow what they show."""
    found = catalogue()
    return Homes(pool, client, directory, home_view.drawer(lambda: found, Status()), team, clock, pace=pace)


def manifest() -> str:
    """Return the Slack app's manifest, made from the declarations."""
    found = catalogue()
    url = "https://faxi-bot.example/slack/events"
    events = sorted({one.name for one in found if one.kind == "event"})
    data = {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "faxi-bot",
            "description": "The operations runbook of Faxi's mail, in Slack",
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "faxi-bot", "always_online": True},
            "slash_commands": [
                {
                    "command": one.name,
                    "url": url,
                    "description": one.help.does[:1].upper() + one.help.does[1:],
                    **({"usage_hint": one.help.hint} if one.help.hint else {}),
                    "should_escape": True,
                }
                for one in found.commands
                if one.help is not None
            ],
            "shortcuts": [
                {
                    "name": one.offered.name,
                    "type": "message",
                    "callback_id": one.name,
                    "description": one.offered.does,
                }
                for one in found.shortcuts
                if one.offered is not None
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"request_url": url, "bot_events": events},
            "interactivity": {"is_enabled": True, "request_url": url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
    text = "# Made by `faxi-bot manifest` from what the bot declares. For HTTP, put your own address for both URLs,\n"
    text += "# and set socket_mode_enabled to false.\n"
    return text + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120)
