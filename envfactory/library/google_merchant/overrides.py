"""What no default can know of Merchant Center: who an offer is, what it may say, and what hangs on a return policy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from envfactory.environment.entropy import utc
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    Applicability,
    Area,
    Availability,
    Brand,
    Brands,
    Channel,
    Channels,
    Code,
    Condition,
    Conditions,
    Countries,
    Country,
    Description,
    DisplayName,
    Gtin,
    Identified,
    ImageLink,
    ItemIds,
    Label,
    Language,
    Link,
    LongTitle,
    Mask,
    Methods,
    Minimum,
    MoneyOff,
    Mpn,
    NewArea,
    NewConditions,
    NewCountries,
    NewLabel,
    NewMethods,
    NewWindow,
    OfferId,
    OfferType,
    PageToken,
    Percent,
    Period,
    PolicyKey,
    PolicyLabel,
    PolicyName,
    PolicyPage,
    Price,
    ProductKey,
    ProductTypes,
    PromotionCountry,
    PromotionIds,
    PromotionName,
    RegionKey,
    RegionName,
    SalePeriod,
    SalePrice,
    StatusPage,
    TextLanguage,
    Title,
    Types,
    ValueType,
    Window,
)
from .checking import (
    PROMOTED_IN,
    SOLD_IN,
    amount,
    check_area,
    check_country,
    check_gtin,
    check_period,
    check_price,
    wrong,
)
from .entities import Product, Promotion, Region, ReturnPolicy
from .shown import Judging, ProductStatus, ProductStatuses

_LONGEST = timedelta(days=183)
"""How long a promotion may hold."""


class Overrides(Judging):
    """Tools written by hand."""

    # Offers ----------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def products_insert(
        self,
        offerId: OfferId,
        channel: Channel,
        contentLanguage: TextLanguage,
        targetCountry: Country,
        title: Title | None = None,
        description: Description | None = None,
        link: Link | None = None,
        imageLink: ImageLink | None = None,
        price: Price | None = None,
        salePrice: SalePrice | None = None,
        salePriceEffectiveDate: SalePeriod | None = None,
        availability: Availability | None = None,
        condition: Condition | None = None,
        brand: Brand | None = None,
        gtin: Gtin | None = None,
        mpn: Mpn | None = None,
        identifierExists: Identified | None = None,
        productTypes: ProductTypes | None = None,
        promotionIds: PromotionIds | None = None,
        returnPolicyLabel: PolicyLabel | None = None,
    ) -> Product:
        """Insert an offer. One with the same channel, language, country and offer id is replaced as a whole: what is
        not given is emptied."""
        if not offerId.strip():
            raise wrong("an offer id is more than blanks")
        said: Row = {
            "offerId": offerId.strip(),
            "channel": channel,
            "contentLanguage": contentLanguage,
            "targetCountry": targetCountry,
            "title": title,
            "description": description,
            "link": link,
            "imageLink": imageLink,
            "price": price,
            "salePrice": salePrice,
            "salePriceEffectiveDate": salePriceEffectiveDate,
            "availability": availability,
            "condition": condition,
            "brand": brand,
            "gtin": gtin,
            "mpn": mpn,
            "identifierExists": identifierExists,
            "productTypes": productTypes,
            "promotionIds": promotionIds,
            "returnPolicyLabel": returnPolicyLabel,
            "lastUpdateDate": self.timestamp,
        }
        key = f"{channel}:{contentLanguage}:{targetCountry}:{said['offerId']}"
        row = _written(said, targetCountry)
        self._check_offer(row)
        if self.db.get("products", id=key) is None:
            new: Row = {"id": key, "creationDate": self.timestamp, "seq": self.db.next_number("products", "seq")}
            self.db.insert("products", new | row)
        else:
            self.db.update("products", row, id=key)
        return Product.model_validate({"id": key} | row)

    @tool(writes=True)
    def products_update(
        self,
        productId: ProductKey,
        title: Title | None = None,
        description: Description | None = None,
        link: Link | None = None,
        imageLink: ImageLink | None = None,
        price: Price | None = None,
        salePrice: SalePrice | None = None,
        salePriceEffectiveDate: SalePeriod | None = None,
        availability: Availability | None = None,
        condition: Condition | None = None,
        brand: Brand | None = None,
        gtin: Gtin | None = None,
        mpn: Mpn | None = None,
        identifierExists: Identified | None = None,
        productTypes: ProductTypes | None = None,
        promotionIds: PromotionIds | None = None,
        returnPolicyLabel: PolicyLabel | None = None,
        updateMask: Mask | None = None,
    ) -> Product:
        """Change what is given of an offer. With `updateMask` only what it names is changed, and what it names and is
        not given is emptied."""
        row = self.need("products", "offer", id=productId)
        said: Row = {
            "title": title,
            "description": description,
            "link": link,
            "imageLink": imageLink,
            "price": price,
            "salePrice": salePrice,
            "salePriceEffectiveDate": salePriceEffectiveDate,
            "availability": availability,
            "condition": condition,
            "brand": brand,
            "gtin": gtin,
            "mpn": mpn,
            "identifierExists": identifierExists,
            "productTypes": productTypes,
            "promotionIds": promotionIds,
            "returnPolicyLabel": returnPolicyLabel,
        }
        changes = _written(_chosen(said, updateMask), row["targetCountry"])
        if not changes:
            raise wrong("say what to change of the offer")
        self._check_offer(row | changes)
        self.db.update("products", changes | {"lastUpdateDate": self.timestamp}, id=productId)
        return Product.model_validate(row | changes)

    def _check_offer(self, row: Row) -> None:
        """A sale price is below the price, a period belongs to one, and a return policy is there."""
        price, sale = amount(row["price"]), amount(row["salePrice"])
        if sale is not None and (price is None or sale >= price):
            raise ToolError(f"a sale price is below the price: {sale} is not below {price}")
        if row["salePriceEffectiveDate"] is not None and sale is None:
            raise ToolError("a sale period belongs to a sale price, and there is none")
        label, country = row["returnPolicyLabel"], row["targetCountry"]
        if label is not None and not self._policies(label, {country}):
            raise ToolError(f"there is no return policy labelled {label!r} for {country}", code="not_found")

    @tool()
    def productstatuses_list(self, maxResults: StatusPage = 250, pageToken: PageToken | None = None) -> ProductStatuses:
        """List for every offer whether it is approved, pending or disapproved, and what is wrong with it."""
        rows, following = self.page(self.db.rows("SELECT * FROM products ORDER BY seq, id"), maxResults, pageToken)
        return ProductStatuses(resources=[self.status(row) for row in rows], nextPageToken=following)

    @tool()
    def productstatuses_get(self, productId: ProductKey) -> ProductStatus:
        """Tell whether an offer is approved, pending or disapproved, what is wrong with it, and when it expires."""
        return self.status(self.need("products", "offer", id=productId))

    # Promotions ------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def promotions_create(
        self,
        promotionId: PromotionName,
        contentLanguage: Language,
        targetCountry: PromotionCountry,
        redemptionChannel: Channels,
        longTitle: LongTitle,
        productApplicability: Applicability,
        offerType: OfferType,
        couponValueType: ValueType,
        promotionEffectiveTimePeriod: Period,
        itemId: ItemIds | None = None,
        brand: Brands | None = None,
        productType: Types | None = None,
        genericRedemptionCode: Code | None = None,
        percentOff: Percent | None = None,
        moneyOffAmount: MoneyOff | None = None,
        minimumPurchaseAmount: Minimum | None = None,
    ) -> Promotion:
        """Create a promotion. One with the same channel, language, country and promotion id is replaced as a whole."""
        check_country(targetCountry, PROMOTED_IN, "with promotions")
        self._check_period(promotionEffectiveTimePeriod["startTime"], promotionEffectiveTimePeriod["endTime"])
        _go_together("percentOff", percentOff, couponValueType == "PERCENT_OFF", couponValueType)
        _go_together("moneyOffAmount", moneyOffAmount, couponValueType == "MONEY_OFF", couponValueType)
        _go_together("genericRedemptionCode", genericRedemptionCode, offerType == "GENERIC_CODE", offerType)
        filters = itemId or brand or productType
        _go_together("a filter", filters, productApplicability == "SPECIFIC_PRODUCTS", productApplicability)
        for offer in itemId or []:
            if self.db.get("products", offerId=offer, targetCountry=targetCountry) is None:
                raise ToolError(f"there is no offer {offer!r} in {targetCountry}", code="not_found")
        where = [name for name in ("ONLINE", "IN_STORE") if name in redemptionChannel]
        key = f"{'_'.join(where).lower()}:{contentLanguage}:{targetCountry}:{promotionId}"
        row: Row = {
            "promotionId": promotionId,
            "contentLanguage": contentLanguage,
            "targetCountry": targetCountry,
            "redemptionChannel": where,
            "longTitle": longTitle,
            "productApplicability": productApplicability,
            "itemId": itemId,
            "brand": brand,
            "productType": productType,
            "offerType": offerType,
            "genericRedemptionCode": genericRedemptionCode,
            "couponValueType": couponValueType,
            "percentOff": percentOff,
            "moneyOffAmount": moneyOffAmount and check_price(moneyOffAmount, targetCountry),
            "minimumPurchaseAmount": minimumPurchaseAmount and check_price(minimumPurchaseAmount, targetCountry),
            "promotionEffectiveTimePeriod": promotionEffectiveTimePeriod,
        }
        if self.db.get("promotions", id=key) is None:
            self.db.insert("promotions", {"id": key, "seq": self.db.next_number("promotions", "seq")} | row)
        else:
            self.db.update("promotions", row, id=key)
        return Promotion.model_validate({"id": key} | row)

    def _check_period(self, start: str, end: str) -> None:
        first, last = utc(start), utc(end)
        if first >= last:
            raise wrong("the promotion ends before it begins")
        if last <= self.now:
            raise wrong("the promotion would be over already")
        if last - first > _LONGEST:
            raise wrong(f"a promotion holds for at most {_LONGEST.days} days")

    # Return policies -------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def returnpolicyonline_create(
        self,
        name: PolicyName,
        label: NewLabel,
        countries: NewCountries,
        policy: NewWindow,
        returnMethods: NewMethods | None = None,
        itemConditions: NewConditions | None = None,
        returnPolicyUri: PolicyPage | None = None,
    ) -> ReturnPolicy:
        """Create a return policy."""
        row: Row = {
            "returnPolicyId": str(self.random.randrange(10**9, 10**10)),
            "name": name,
            "label": label,
            "countries": countries,
            "policy": policy,
            "returnMethods": returnMethods or None,
            "itemConditions": itemConditions or None,
            "returnPolicyUri": returnPolicyUri,
            "seq": self.db.next_number("return_policies", "seq"),
        }
        self._check_policy(row)
        self.db.insert("return_policies", row)
        return ReturnPolicy.model_validate(row)

    @tool(writes=True)
    def returnpolicyonline_patch(
        self,
        returnPolicyId: PolicyKey,
        name: PolicyName | None = None,
        label: Label | None = None,
        countries: Countries | None = None,
        policy: Window | None = None,
        returnMethods: Methods | None = None,
        itemConditions: Conditions | None = None,
        returnPolicyUri: PolicyPage | None = None,
    ) -> ReturnPolicy:
        """Change what is given of a return policy."""
        row = self.need("return_policies", "return policy", returnPolicyId=returnPolicyId)
        said = {
            "name": name,
            "label": label,
            "countries": countries,
            "policy": policy,
            "returnMethods": returnMethods,
            "itemConditions": itemConditions,
            "returnPolicyUri": returnPolicyUri,
        }
        changes = self.given(said)
        if not changes:
            raise wrong("say what to change of the return policy")
        for column in ("returnMethods", "itemConditions"):
            if changes.get(column) == []:
                changes[column] = None
        after = row | changes
        self._check_policy(after)
        kept = set(_items(after["countries"])) if after["label"] == row["label"] else set[str]()
        lost = sorted(self._used_in(row) - kept)
        if lost:
            raise ToolError(f"offers in {', '.join(lost)} use the label {row['label']!r}: it must go on to hold there")
        self.db.update("return_policies", changes, returnPolicyId=returnPolicyId)
        return ReturnPolicy.model_validate(after)

    @tool(writes=True)
    def returnpolicyonline_delete(self, returnPolicyId: PolicyKey) -> None:
        """Delete a return policy that no offer uses."""
        row = self.need("return_policies", "return policy", returnPolicyId=returnPolicyId)
        used = self._used_in(row)
        if used:
            raise ToolError(f"offers in {', '.join(sorted(used))} use {row['name']!r}: it cannot be deleted")
        self.db.delete("return_policies", returnPolicyId=returnPolicyId)

    def _check_policy(self, row: Row) -> None:
        """Known countries, a window that makes sense, methods and conditions, and a label of its own."""
        countries = _items(row["countries"])
        for code in countries:
            check_country(code, SOLD_IN, "that the shop sells in")
        window: Any = json.loads(row["policy"]) if isinstance(row["policy"], str) else row["policy"]
        counted, days = window["type"] == "NUMBER_OF_DAYS_AFTER_DELIVERY", window.get("days")
        if counted != (days is not None):
            raise wrong("`days` are given with NUMBER_OF_DAYS_AFTER_DELIVERY, and only with it")
        if days is not None and not (days.isascii() and days.isdigit() and 1 <= int(days) <= 365):
            raise wrong(f"{days!r} is no number of days from 1 to 365")
        for column in ("returnMethods", "itemConditions"):
            if (row[column] is None) != (window["type"] == "NO_RETURNS"):
                raise wrong(f"{column} are given unless nothing is taken back, and only then not")
        for other in self._policies(row["label"], set(countries)):
            if other["returnPolicyId"] != row["returnPolicyId"]:
                raise ToolError(f"{other['name']!r} has the label {row['label']!r} in a country of it", code="conflict")

    def _policies(self, label: str, countries: set[str]) -> list[Row]:
        """The policies with a label that hold in one of the countries."""
        return [
            row for row in self.db.find("return_policies", label=label) if countries & set(_items(row["countries"]))
        ]

    def _used_in(self, row: Row) -> set[str]:
        """The countries with offers that use a policy."""
        offers = self.db.find("products", returnPolicyLabel=row["label"])
        return {offer["targetCountry"] for offer in offers} & set(_items(row["countries"]))

    # Regions ---------------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def regions_create(
        self, regionId: RegionName, postalCodeArea: NewArea, displayName: DisplayName | None = None
    ) -> Region:
        """Create a region."""
        if self.db.get("regions", regionId=regionId) is not None:
            raise ToolError(f"there is a region {regionId!r} already", code="conflict")
        row: Row = {
            "regionId": regionId,
            "displayName": displayName,
            "postalCodeArea": check_area(postalCodeArea),
            "seq": self.db.next_number("regions", "seq"),
        }
        self.db.insert("regions", row)
        return Region.model_validate(row)

    @tool(writes=True)
    def regions_patch(
        self, regionId: RegionKey, displayName: DisplayName | None = None, postalCodeArea: Area | None = None
    ) -> Region:
        """Change the name or the postal codes of a region; the codes are replaced as a whole."""
        row = self.need("regions", "region", regionId=regionId)
        area = None if postalCodeArea is None else check_area(postalCodeArea)
        changes = self.given({"displayName": displayName, "postalCodeArea": area})
        if not changes:
            raise wrong("say what to change of the region")
        self.db.update("regions", changes, regionId=regionId)
        return Region.model_validate(row | changes)


def _written(said: Row, country: str) -> Row:
    """What was said of an offer as it is kept."""
    row = dict(said)
    for column in ("price", "salePrice"):
        if row.get(column) is not None:
            row[column] = check_price(row[column], country)
    if row.get("gtin") is not None:
        check_gtin(row["gtin"])
    if row.get("salePriceEffectiveDate") is not None:
        row["salePriceEffectiveDate"] = check_period(row["salePriceEffectiveDate"])
    return row


def _chosen(said: Row, mask: str | None) -> Row:
    """What is to be changed: what was given, or what the mask names."""
    if mask is None:
        return {name: value for name, value in said.items() if value is not None}
    names = [name.strip() for name in mask.split(",")]
    unknown = [name for name in names if name not in said]
    if unknown:
        raise wrong(f"an offer has no field {unknown[0]!r} that can be changed")
    return {name: said[name] for name in names}


def _go_together(what: str, value: Any, wanted: bool, why: str) -> None:
    """A value is given where another asks for it, and only there."""
    if wanted and value is None:
        raise wrong(f"{why} needs {what}")
    if value is not None and not wanted:
        raise wrong(f"{what} does not go with {why}")


def _items(value: Any) -> Sequence[str]:
    """A list as given or as the database keeps it."""
    return cast("list[str]", json.loads(value) if isinstance(value, str) else value)
