"""The shop's search syntax: words, `field:value`, `-` and `NOT`, `OR`, quotes, and prices that compare.

After https://shopify.dev/docs/api/usage/search-syntax, without parentheses.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from envfactory.errors import ToolError

from .money import ore

_TERM = re.compile(r'(?P<no>-)?(?:(?P<field>[a-z_.]+):)?(?P<way><=|>=|<|>)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_WAYS: Mapping[str, Callable[[int, int], bool]] = {
    "": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Term:
    """One condition: what `field` says of a thing must fit `value`, or must not."""

    field: str
    way: str
    value: str
    no: bool

    def fits(self, thing: Mapping[str, Any]) -> bool:
        """Whether a product, with its `prices`, or a collection fits; raises ToolError for an unknown field."""
        return self._holds(thing) is not self.no

    def _holds(self, thing: Mapping[str, Any]) -> bool:
        wanted = self.value.lower()
        match self.field:
            case "":
                told = [thing["title"], thing.get("productType", ""), thing.get("vendor", ""), *thing.get("tags", ())]
                return any(wanted.removesuffix("*") in text.lower() for text in told)
            case "title":
                return wanted in thing["title"].lower()
            case "product_type" if "productType" in thing:
                return thing["productType"].lower() in [kind.strip() for kind in wanted.split(",")]
            case "vendor" if "vendor" in thing:
                return thing["vendor"].lower() == wanted
            case "tag" if "tags" in thing:
                return wanted in thing["tags"]
            case "tag_not" if "tags" in thing:
                return wanted not in thing["tags"]
            case "available_for_sale" if wanted in {"true", "false"} and "availableForSale" in thing:
                return bool(thing["availableForSale"]) is (wanted == "true")
            case "variants.price" if _PRICE.fullmatch(wanted) and "prices" in thing:
                than = ore({"amount": wanted})
                return any(_WAYS[self.way](price, than) for price in thing["prices"])
            case _:
                raise ToolError(f"query: {self.field}:{self.value} is nothing to search by", code="invalid_arguments")


def terms_of(query: str) -> list[list[Term]]:
    """The terms of a query: of each list one must fit; raises ToolError for what is no query."""
    found: list[list[Term]] = []
    joined = negated = False
    for match in _TERM.finditer(query):
        word = match[0]
        if word == "OR" and found:
            joined = True
        elif word == "NOT":
            negated = True
        elif word != "AND":
            if "(" in word or ")" in word:
                raise ToolError("query: parentheses are not understood", code="invalid_arguments")
            term = _term(match, negated=negated)
            if joined:
                found[-1].append(term)
            else:
                found.append([term])
            joined = negated = False
    if query.count('"') % 2:
        raise ToolError("query: a quotation mark is left open", code="invalid_arguments")
    return found


def _term(match: re.Match[str], *, negated: bool) -> Term:
    field, way = match["field"] or "", match["way"] or ""
    value = match["plain"] if match["quoted"] is None else match["quoted"]
    if way and field != "variants.price":
        raise ToolError(f"query: only variants.price compares, not {match[0]!r}", code="invalid_arguments")
    return Term(field, way, value, no=bool(match["no"]) is not negated)


def fits(terms: list[list[Term]], thing: Mapping[str, Any]) -> bool:
    """Whether a thing fits a query."""
    return all(any(term.fits(thing) for term in either) for either in terms)
