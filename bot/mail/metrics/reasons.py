"""Why a mail bounced, as a class, from what the other server said.

Sources: RFC 3463 (enhanced status codes), RFC 5321 section 4.2 (reply codes), RFC 6522; Amazon SES,
"Bounce types" (what SES says itself when it suppresses or gives up). Faxi keeps the first recipient's
diagnostic code, else its status code, else "Unknown bounce reason".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

Reason: TypeAlias = Literal[
    "mailbox_unknown",
    "mailbox_full",
    "domain_unknown",
    "blocked",
    "deferred",
    "too_large",
    "other",
    "unknown",
]
"""``unknown``: nothing was said; ``other``: something was said that is none of these."""
REASONS: Final[tuple[Reason, ...]] = (
    "mailbox_unknown",
    "mailbox_full",
    "domain_unknown",
    "blocked",
    "deferred",
    "too_large",
    "other",
    "unknown",
)

_AS_IF_NOTHING: Final = frozenset({"", "-", "none", "null", "n/a", "undefined", "unknown", "unknown bounce reason"})
_ADDRESS: Final = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")
_ENHANCED: Final = re.compile(r"(?<![\d.])[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY: Final = re.compile(r"(?:[a-z][a-z0-9-]*;\s*)?([45]\d\d)(?![\d.])", re.IGNORECASE)
_LONGEST: Final = 1000

_CODES: Final[Mapping[tuple[int, int], Reason]] = {
    (1, 1): "mailbox_unknown", (1, 3): "mailbox_unknown", (1, 4): "mailbox_unknown", (1, 6): "mailbox_unknown",
    (1, 2): "domain_unknown", (1, 10): "domain_unknown", (1, 7): "blocked", (1, 8): "blocked",
    (2, 1): "mailbox_unknown", (2, 2): "mailbox_full", (2, 3): "too_large", (3, 1): "mailbox_full",
    (3, 4): "too_large", (4, 3): "domain_unknown", (4, 4): "domain_unknown",
}  # fmt: skip
"""What RFC 3463 says surely; where servers use a code for several things, their words are asked first."""
_POLICY: Final = 7
_VAGUE_CODES: Final[Mapping[tuple[int, int], Reason]] = {
    (1, 0): "mailbox_unknown", (2, 0): "mailbox_unknown", (3, 2): "deferred", (4, 1): "deferred",
    (4, 2): "deferred", (4, 5): "deferred", (4, 7): "deferred",
}  # fmt: skip
_REPLIES: Final[Mapping[int, Reason]] = {
    421: "deferred", 450: "deferred", 451: "deferred", 452: "mailbox_full", 550: "mailbox_unknown",
    551: "mailbox_unknown", 552: "mailbox_full", 553: "mailbox_unknown", 554: "blocked",
}  # fmt: skip
_LATER: Final = re.compile(
    r"gr[ae]y-?list|try .{0,20}later|back later|temporar(?:y|il?y) (?:deferr|reject|unavail|fail|block|lookup)"
    r"|too many (?:connections|messages)|rate.?limit|throttl|timed? ?out"
    r"|connection (?:refused|reset|dropped|lost)|^\D{0,12}4\d\d.{0,40}mailbox unavailable",
    re.IGNORECASE,
)
_WORDS: Final[Mapping[Reason, Sequence[str]]] = {
    "mailbox_full": (
        r"mailbox (?:is )?(?:full|exceed)", r"over.?quota", r"quota.{0,20}(?:exceed|full)", r"disk (?:is )?full",
        r"exceed.{0,20}(?:quota|storage)", r"out of storage", r"storage.{0,20}(?:full|exceed)",
        r"insufficient (?:system )?storage",
    ),
    "too_large": (r"message.{0,20}(?:too (?:large|big|long)|size)", r"size (?:limit|exceed)", r"too large"),
    "domain_unknown": (
        r"\b(?:host|domain|dns|mx)\b.{0,25}(?:not found|unknown|not exist|lookup|fail|no such|invalid|unresolv)",
        r"(?:unknown|no such|invalid|unrouteable|bad destination) (?:host|domain|mx|mail ?server)",
        r"\bno (?:mx|route|dns|mail ?server)", r"nxdomain", r"unrouteable", r"null mx",
        r"name (?:service|server) error", r"lookup.{0,10}\bdns\b",
    ),
    "mailbox_unknown": (
        r"(?:user|mailbox|recipient|address|account).{0,25}(?:unknown|not (?:found|exist|valid|here)|invalid)",
        r"(?:user|mailbox|recipient|address|account).{0,25}(?:unavailable|inactive|disabled|suspended)",
        r"(?:unknown|no such|invalid|bad|inactive) (?:user|mailbox|recipient|address|account|destination|person)",
        r"(?:doesn.?t|does not) exist", r"no longer (?:valid|available|in use)", r"address rejected", r"suppress",
    ),
    "blocked": (
        r"spam", r"block", r"black ?list", r"denied", r"reject", r"polic", r"dmarc", r"\bspf\b", r"dkim", r"prohibited",
        r"refused", r"reputation", r"\blisted", r"virus", r"unsolicited", r"unable to relay",
        r"not (?:allowed|authori[sz]ed|permitted|accepted)",
    ),
}  # fmt: skip
"""What servers say in words, in this order: what is surer comes first."""
_BY_WORDS: Final = {reason: re.compile("|".join(words), re.IGNORECASE) for reason, words in _WORDS.items()}


def reason_class(said: str | None) -> Reason:
    """Return the class of what the other server said; what it says of people is not kept.

    Params:
        said: Faxi's ``reason``: ``smtp; 550 5.1.1 user unknown``.
    """
    text = " ".join((said or "")[:_LONGEST].split())
    if text.rstrip(".").lower() in _AS_IF_NOTHING:
        return "unknown"
    if "@" in text:
        text = _ADDRESS.sub("", text)
    if _LATER.search(text):
        return "deferred"
    codes = [(int(found[1]), int(found[2])) for found in _ENHANCED.finditer(text)]
    sure = [_CODES[code] for code in codes if code in _CODES]
    if sure:
        return sure[0]
    if any(subject == _POLICY for subject, _ in codes):
        return "blocked"
    for reason, words in _BY_WORDS.items():
        if words.search(text):
            return reason
    vague = [_VAGUE_CODES[code] for code in codes if code in _VAGUE_CODES]
    if vague:
        return vague[0]
    reply = _REPLY.match(text)
    return _REPLIES.get(int(reply[1]), "other") if reply else "other"
