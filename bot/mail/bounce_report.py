"""What the bounces of a window have in common: kinds, places, reasons, senders, and the pattern if there is one.

Source: runbook "Handling High Bounce Rate Alert" (same domain? same user? specific error codes?). A
domain is named only where mails of three people or more bounced: else it would tell who writes to whom.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, TypeVar
from uuid import UUID

from bot.mail.metrics.bounces import Bounce
from bot.mail.metrics.carriers import carrier_of
from bot.mail.metrics.reasons import Reason

FEWEST_SENDERS: Final = 3
"""People whose mails bounced at a place, from which on it is named."""
MANY: Final = 5
"""Bounces from which on what they share is a pattern, and no chance."""
_SAYS_NOTHING: Final[frozenset[Reason]] = frozenset({"other", "unknown"})
_USUAL: Final[frozenset[Reason]] = frozenset({"mailbox_unknown", "mailbox_full"})
"""Most bounces have these reasons on any day: they are a pattern only when they were not most before."""
_Key = TypeVar("_Key")
What: TypeAlias = Literal["sender", "place", "reason"]


@dataclass(frozen=True, order=True)
class Name:
    """Where mails went: a carrier with all domains of its mail, or one domain."""

    text: str
    carrier: bool


@dataclass(frozen=True)
class Kinds:
    """Bounces by what SES says of them."""

    permanent: int
    transient: int
    undetermined: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.permanent + self.transient + self.undetermined


@dataclass(frozen=True)
class Place:
    """Bounces at one place that may be named."""

    name: Name
    kinds: Kinds
    domains: tuple[tuple[str, int], ...]
    """Of a carrier, those of its domains that may be named, most first."""
    again: bool
    """Whether mail bounced there in the window before, too."""


@dataclass(frozen=True)
class Sender:
    """Bounces of one person's mail."""

    owner: UUID
    kinds: Kinds
    again: bool
    """Whether mail of this person bounced in the window before, too."""


@dataclass(frozen=True)
class Pattern:
    """What more than half of the bounces have in common."""

    what: What
    part: int
    whole: int
    owner: UUID | None = None
    place: str | None = None
    """``None`` also for a place that may not be named."""
    reason: Reason | None = None
    """What more than half of the part gave as the reason, if that says anything."""
    by_reason: int = 0
    """How many of the part gave it."""


@dataclass(frozen=True)
class Repeats:
    """How many of the places or senders had bounces in the window before, too."""

    again: int
    all: int


@dataclass(frozen=True)
class BounceReport:
    """The bounces of a window, taken apart; each part adds up to ``kinds.total``."""

    kinds: Kinds
    places: tuple[Place, ...]
    other_places: int
    other_bounces: int
    """At places that may not be named."""
    nowhere: int
    """Without a domain, because Faxi did not keep it."""
    reasons: tuple[tuple[Reason, int], ...]
    senders: tuple[Sender, ...]
    unknown_owner: int
    place_repeats: Repeats
    sender_repeats: Repeats
    pattern: Pattern | None


def place_of(bounce: Bounce) -> Name | None:
    """Return where a mail went; ``None`` when Faxi did not keep it."""
    if bounce.domain is None:
        return None
    carrier = carrier_of(bounce.domain)
    return Name(bounce.domain, carrier=False) if carrier is None else Name(carrier, carrier=True)


def nameable(bounces: Iterable[Bounce]) -> frozenset[Name]:
    """Return the places and the single domains at which mails of three known people or more bounced."""
    people: dict[Name, set[UUID]] = {}
    for one in bounces:
        if one.owner is None or one.domain is None:
            continue
        for name in (place_of(one), Name(one.domain, carrier=False)):
            if name is not None:
                people.setdefault(name, set()).add(one.owner)
    return frozenset(name for name, owners in people.items() if len(owners) >= FEWEST_SENDERS)


def at_place(bounces: Iterable[Bounce], name: Name) -> tuple[Bounce, ...]:
    """Return the bounces at a carrier, or at one domain, even where that is a carrier's."""
    return tuple(one for one in bounces if (place_of(one) == name if name.carrier else one.domain == name.text))


def of_sender(bounces: Iterable[Bounce], owner: UUID) -> tuple[Bounce, ...]:
    """Return the bounces of one person's mail."""
    return tuple(one for one in bounces if one.owner == owner)


def report(
    bounces: Sequence[Bounce],
    before: Sequence[Bounce],
    named: Collection[Name],
    looked_for: Sequence[What] = ("sender", "place", "reason"),
) -> BounceReport:
    """Take the bounces of a window apart.

    Params:
        bounces: of the window, each message once.
        before: of the window before it, chosen in the same way.
        named: the places that may be named, from :func:`nameable` of all bounces of the window.
        looked_for: what may be a pattern, the first that is one first; of one person's bounces not the sender.
    """
    places = _grouped((place_of(one), one) for one in bounces)
    owners = _grouped((one.owner, one) for one in bounces)
    earlier_places, earlier_owners = {place_of(one) for one in before}, {one.owner for one in before}
    shown = [name for name in places if name in named]
    hidden = [name for name in places if name not in named]
    return BounceReport(
        kinds=kinds_of(bounces),
        places=tuple(
            Place(name, kinds_of(places[name]), _domains(name, places[name], named), again=name in earlier_places)
            for name in sorted(shown, key=lambda name: (-len(places[name]), name))
        ),
        other_places=len(hidden),
        other_bounces=sum(len(places[name]) for name in hidden),
        nowhere=len(bounces) - sum(map(len, places.values())),
        reasons=_counted(one.reason_class for one in bounces),
        senders=tuple(
            Sender(owner, kinds_of(owners[owner]), again=owner in earlier_owners)
            for owner in sorted(owners, key=lambda owner: (-len(owners[owner]), owner))
        ),
        unknown_owner=len(bounces) - sum(map(len, owners.values())),
        place_repeats=Repeats(len(places.keys() & earlier_places), len(places)),
        sender_repeats=Repeats(len(owners.keys() & earlier_owners), len(owners)),
        pattern=_pattern(bounces, before, (places, owners), named, looked_for),
    )


def kinds_of(bounces: Iterable[Bounce]) -> Kinds:
    """Count bounces by kind."""
    counted = Counter(one.kind for one in bounces)
    return Kinds(counted["permanent"], counted["transient"], counted["undetermined"])


def _grouped(pairs: Iterable[tuple[_Key | None, Bounce]]) -> dict[_Key, list[Bounce]]:
    """Return the bounces of each key; what has none is left out."""
    groups: dict[_Key, list[Bounce]] = {}
    for key, one in pairs:
        if key is not None:
            groups.setdefault(key, []).append(one)
    return groups


def _counted(keys: Iterable[_Key]) -> tuple[tuple[_Key, int], ...]:
    """Count what is alike, most first."""
    return tuple(sorted(Counter(keys).items(), key=lambda one: (-one[1], str(one[0]))))


def _domains(name: Name, bounces: Iterable[Bounce], named: Collection[Name]) -> tuple[tuple[str, int], ...]:
    if not name.carrier:
        return ()
    return _counted(one.domain for one in bounces if one.domain and Name(one.domain, carrier=False) in named)


def _pattern(
    bounces: Sequence[Bounce],
    before: Sequence[Bounce],
    grouped: tuple[Mapping[Name, Sequence[Bounce]], Mapping[UUID, Sequence[Bounce]]],
    named: Collection[Name],
    looked_for: Sequence[What],
) -> Pattern | None:
    """Return the first thing that more than half of the bounces share, if those are not too few to tell."""
    whole, (places, owners) = len(bounces), grouped
    for what in looked_for:
        if what == "sender" and (owner := _most(owners, whole)) is not None:
            return _with_reason(Pattern(what, len(owners[owner]), whole, owner=owner), owners[owner])
        if what == "place" and (name := _most(places, whole)) is not None:
            said = _called(name, places[name], named)
            return _with_reason(Pattern(what, len(places[name]), whole, place=said), places[name])
        if what == "reason" and (found := _by_reason(bounces, before)) is not None:
            return found
    return None


def _by_reason(bounces: Sequence[Bounce], before: Sequence[Bounce]) -> Pattern | None:
    """Return the reason of more than half, unless it is what most bounces have on any day."""
    whole = len(bounces)
    found = _with_reason(Pattern("reason", whole, whole), bounces)
    usual = found.reason in _USUAL and _with_reason(Pattern("reason", 0, 0), before).reason == found.reason
    if found.reason is None or found.by_reason < MANY or usual:
        return None
    return Pattern("reason", found.by_reason, whole, reason=found.reason, by_reason=found.by_reason)


def _most(groups: Mapping[_Key, Sequence[Bounce]], whole: int) -> _Key | None:
    """Return the key of more than half of the bounces, if it has many."""
    return next((key for key, found in groups.items() if 2 * len(found) > whole and len(found) >= MANY), None)


def _called(name: Name, bounces: Sequence[Bounce], named: Collection[Name]) -> str | None:
    """Return how a place is called: by its one domain, else as the carrier; ``None`` if it may not be named."""
    domains = {Name(one.domain, carrier=False) for one in bounces if one.domain}
    if len(domains) == 1 and domains <= set(named):
        return next(iter(domains)).text
    return name.text if name in named else None


def _with_reason(pattern: Pattern, bounces: Sequence[Bounce]) -> Pattern:
    """Add the reason that more than half of these gave."""
    reason, by_reason = _counted(one.reason_class for one in bounces)[0] if bounces else ("unknown", 0)
    if reason in _SAYS_NOTHING or 2 * by_reason <= len(bounces):
        return pattern
    return replace(pattern, reason=reason, by_reason=by_reason)
