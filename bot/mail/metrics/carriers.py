"""Japan's mobile carriers by the domains of their mail, so that one carrier's trouble is seen as one.

Sources: the carriers' own pages about the addresses of their mail services: NTT docomo (docomo mail),
KDDI (au mail, ezweb until 2018), SoftBank (S! mail with Vodafone's and J-PHONE's regional domains, iPhone
mail, Disney Mobile, Willcom and EMOBILE, which it took over), Y!mobile, UQ mobile, Rakuten Mobile.
"""

import re
from collections.abc import Mapping
from typing import Final

_ADDRESS: Final = re.compile(r"@([^@<>\s\"',;]+?)\.?[>\s\"']*$")
CARRIERS: Final[Mapping[str, tuple[str, ...]]] = {
    "docomo": ("docomo.ne.jp", "mopera.net", "mopera.ne.jp"),
    "au": ("au.com", "ezweb.ne.jp", "ido.ne.jp", "uqmobile.jp"),
    "SoftBank": ("softbank.ne.jp", "softbank.jp", "vodafone.ne.jp", "jp-t.ne.jp", "disney.ne.jp"),
    "Y!mobile": ("ymobile.ne.jp", "ymobile1.ne.jp", "y-mobile.ne.jp", "yahoo.ne.jp", "emnet.ne.jp", "emobile.ne.jp",
                 "willcom.com", "pdx.ne.jp", "wcm.ne.jp"),
    "Rakuten Mobile": ("rakumail.jp",),
}  # fmt: skip
"""The name of each carrier, and the domains of its mail; what ends in one of them belongs to it too."""
_BY_DOMAIN: Final = {domain: carrier for carrier, domains in CARRIERS.items() for domain in domains}


def domain_of(address: str | None) -> str | None:
    """Return the domain of a mail address in lower case; ``None`` when there is none to be read."""
    found = _ADDRESS.search(address) if address else None
    return found[1].lower() if found else None


def carrier_of(domain: str) -> str | None:
    """Return the carrier whose mail a domain is (also ``t.vodafone.ne.jp``, ``i.softbank.jp``), else ``None``."""
    labels = domain.lower().rstrip(".").split(".")
    return next((_BY_DOMAIN[end] for n in range(len(labels)) if (end := ".".join(labels[n:])) in _BY_DOMAIN), None)
