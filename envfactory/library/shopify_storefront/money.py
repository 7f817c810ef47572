"""Money as the shop writes it, and as it is reckoned with: whole øre."""

from __future__ import annotations

import json
from typing import Any

CURRENCY = "DKK"
"""What the shop sells in."""


def money(ore: int) -> dict[str, str]:
    """An amount as the service shows it: `{"amount": "149.50", "currencyCode": "DKK"}`."""
    return {"amount": f"{ore // 100}.{ore % 100:02d}", "currencyCode": CURRENCY}


def ore(value: Any) -> int:
    """What an amount comes to in øre; 0 when there is none."""
    parts: Any = json.loads(value) if isinstance(value, str) else value
    if not parts:
        return 0
    whole, _, rest = str(parts["amount"]).partition(".")
    return int(whole) * 100 + int(rest[:2].ljust(2, "0"))
