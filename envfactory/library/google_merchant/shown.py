"""Whether an offer is shown to shoppers, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, Field

from envfactory.environment.entropy import rfc3339, utc
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row

from .checking import amount, within

_NEEDED = {
    "title": "title",
    "description": "description",
    "link": "link",
    "imageLink": "image link",
    "price": "price",
    "availability": "availability",
}
EXPIRES = timedelta(days=30)
"""An offer expires so long after it was last inserted or updated."""


class Issue(BaseModel):
    """One thing that is wrong with an offer."""

    code: str
    attributeName: str = Field(description="The attribute at fault.")
    servability: Literal["disapproved", "demoted"] = Field(
        description="What comes of it: the offer is not shown, or shown less."
    )
    description: str
    detail: str


class ProductStatus(BaseModel):
    """How the service sees an offer."""

    productId: str = Field(description="The id of the offer.")
    title: str | None = None
    link: str | None = None
    status: Literal["approved", "pending", "disapproved"]
    itemLevelIssues: list[Issue] = Field(description="What is wrong with it.")
    creationDate: str = Field(description="When it was first inserted.", json_schema_extra={"format": "date-time"})
    lastUpdateDate: str = Field(
        description="When it was last inserted or updated.", json_schema_extra={"format": "date-time"}
    )
    googleExpirationDate: str = Field(
        description="When it expires unless it is updated before.", json_schema_extra={"format": "date-time"}
    )


class ProductStatuses(BaseModel):
    """A page of them."""

    resources: list[ProductStatus]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class Judging(Environment):
    """How offers are judged: worked out from what they say now, so that mending one shows at once."""

    def status(self, row: Row) -> ProductStatus:
        """The status of an offer."""
        found = self._issues(row)
        verdict = "approved" if row["reviewed"] else "pending"
        if any(issue.servability == "disapproved" for issue in found):
            verdict = "disapproved"
        return ProductStatus(
            productId=row["id"],
            title=row["title"],
            link=row["link"],
            status=verdict,
            itemLevelIssues=found,
            creationDate=row["creationDate"],
            lastUpdateDate=row["lastUpdateDate"],
            googleExpirationDate=rfc3339(utc(row["lastUpdateDate"]) + EXPIRES),
        )

    def _issues(self, row: Row) -> list[Issue]:
        found = [
            _issue("item_missing_required_attribute", name, f"Missing value: {name}", f"Add the attribute {name}.")
            for column, name in _NEEDED.items()
            if row[column] is None
        ]
        if row["gtin"] is None and (row["brand"] is None or row["mpn"] is None) and row["identifierExists"] != 0:
            detail = "Add a GTIN, or brand and part number, or say that there is no identifier."
            found.append(_issue("missing_gtin", "gtin", "Missing product identifier", detail))
        landing, price = row["landingPagePrice"], self._charged(row)
        if landing is not None and price is not None and amount(landing) != price:
            detail = f"The page says {amount(landing)}, the offer {price}."
            found.append(_issue("price_mismatch", "price", "Mismatched price", detail))
        if row["title"] is not None and row["title"].isupper():
            detail = "Write the title without capitals throughout."
            found.append(_issue("title_all_caps", "title", "Capitals in title", detail, "demoted"))
        return found

    def _charged(self, row: Row) -> object:
        """What shoppers pay now."""
        on_sale = row["salePrice"] is not None and within(row["salePriceEffectiveDate"], self.now)
        return amount(row["salePrice"] if on_sale else row["price"])


def _issue(
    code: str,
    attribute: str,
    description: str,
    detail: str,
    servability: Literal["disapproved", "demoted"] = "disapproved",
) -> Issue:
    return Issue(code=code, attributeName=attribute, servability=servability, description=description, detail=detail)
