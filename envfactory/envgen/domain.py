"""Guess which of the paper's seven domains an API belongs to (arXiv:2605.18703), by the words of its entities."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.envgen.words import singular, words_of
from envfactory.environment.spec import Domain

_WORDS: dict[Domain, str] = {
    "commerce": "product order cart shop store shipment shipping checkout catalog inventory merchant sku seller item "
    "warehouse fulfillment carrier rate coupon commerce marketplace",
    "finance": "invoice payment account transaction bank ledger charge refund payout balance currency tax budget card "
    "billing subscription quote accounting credit debit loan wallet portfolio trade",
    "travel": "flight hotel trip booking reservation airport airline itinerary traveler travel destination car vehicle "
    "device geofence route passenger train driver location",
    "office": "task calendar event document file folder meeting email mail gmail message project issue comment note "
    "spreadsheet slide workspace contact crm ticket board repository team draft thread milestone channel conversation",
    "lifestyle": "recipe workout song playlist video movie book blog post photo album music podcast game restaurant "
    "food fitness health pet artist track bookshelf volume show season",
    "academia": "course student teacher classroom paper citation author journal coursework submission grade "
    "lecture assignment university research dataset school topic guardian",
    "utilities": "flag server domain dns log metric monitor weather timer job dag pipeline webhook deployment build",
}


def guess_domain(title: str, entities: Sequence[str]) -> Domain:
    """The domain with most words in common, the title counting double; `utilities` when none has any."""
    said = [singular(w) for w in words_of(title)] * 2 + [w for e in entities for w in e.split("_")]
    scores: dict[Domain, int] = {
        domain: sum(said.count(word) for word in words.split()) for domain, words in _WORDS.items()
    }
    best: Domain = max(scores, key=lambda domain: scores[domain])
    return best if scores[best] else "utilities"
