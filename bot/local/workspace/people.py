"""Who works here: the people, groups and channels that a workspace begins with."""

from dataclasses import dataclass, field

TEAM = "T0FAXI"
"""The workspace's own team id."""
OTHER_TEAM = "T0PARTNER"
"""The team id of the people who come from another workspace."""
DOMAIN = "faxi"
APP_ID = "A0FAXIBOT"
BOT_ID = "B0FAXIBOT"
BOT_USER = "U0FAXIBOT"
BOT_NAME = "faxi-bot"
SLACKBOT = "USLACKBOT"

GROUP_IDS = {
    "operations": "S0OPERATIONS",
    "engineering": "S0ENGINEERING",
    "management": "S0MANAGEMENT",
    "auditors": "S0AUDITORS",
}
"""The user groups by the name the bot's settings give them."""


@dataclass
class Person:
    """Somebody in the workspace; groups and standing may change while it runs."""

    id: str
    handle: str
    name: str
    groups: set[str] = field(default_factory=set)
    guest: bool = False
    deactivated: bool = False
    team: str = TEAM
    zone: str = "Asia/Tokyo"
    zone_label: str = "Japan Standard Time"
    zone_offset: int = 32_400

    @property
    def direct(self) -> str:
        """The id of this person's direct message with the bot."""
        return "D" + self.id[1:]


def starting_people() -> list[Person]:
    """Return the people a fresh workspace has."""
    return [
        Person("U0OP1", "op1", "Aoi Tanaka", {"operations"}),
        Person("U0OP2", "op2", "Ren Mori", {"operations"}),
        Person("U0OP3", "op3", "Yui Kato", {"operations"}),
        Person("U0ENG1", "eng1", "Sota Hayashi", {"engineering"}),
        Person("U0ENG2", "eng2", "Mio Nakagawa", {"engineering"}),
        Person("U0MGR1", "mgr1", "Kenji Ono", {"management"}),
        Person("U0MGR2", "mgr2", "Naomi Fujita", {"management"}),
        Person("U0AUD1", "aud1", "Haruto Ishii", {"auditors"}),
        Person("U0GUEST1", "guest1", "Emi Sakurai", guest=True),
        Person(
            "U0EXT1",
            "ext1",
            "Clara Neumann",
            team=OTHER_TEAM,
            zone="Europe/Berlin",
            zone_label="Central European Time",
            zone_offset=3_600,
        ),
    ]


@dataclass(frozen=True)
class Room:
    """A channel that a fresh workspace has, with the handles of its members."""

    id: str
    name: str
    members: frozenset[str]
    private: bool = False
    bot: bool = True


_STAFF = frozenset({"op1", "op2", "op3", "eng1", "eng2", "mgr1", "mgr2", "aud1"})
_OUTSIDE = frozenset({"guest1", "ext1"})


def starting_rooms() -> list[Room]:
    """Return the channels a fresh workspace has.

    The auditor reads along in the management channel, so that somebody who may not decide
    stands before its buttons; the bot is not in #general.
    """
    return [
        Room("C0ALERTS", "email-alerts", _STAFF),
        Room("C0OPERATIONS", "email-operations", _STAFF | _OUTSIDE),
        Room("C0ENGINEERING", "engineering", _STAFF),
        Room("C0MANAGEMENT", "email-management", frozenset({"mgr1", "mgr2", "aud1"}), private=True),
        Room("C0GENERAL", "general", _STAFF | _OUTSIDE, bot=False),
    ]
