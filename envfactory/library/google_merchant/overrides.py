"""What no default can know of Merchant Center: who an offer is, what it may say, and what hangs on a return policy."""

from __future__ import annotations

from datetime import timedelta

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
    check_area,
    check_country,
    check_gtin,
    check_period,
    check_price,
    go_together,
    wrong,
)
from .entities import Product, Promotion, Region, ReturnPolicy
from .keeping import Keeping, items
from .shown import ProductStatus, ProductStatuses

_LONGEST = timedelta(days=183)
"""How long a promotion may hold."""


class Overrides(Keeping):
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
        self.check_offer(row)
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
        self.check_offer(row | changes)
        self.db.update("products", changes | {"lastUpdateDate": self.timestamp}, id=productId)
        return Product.model_validate(row | changes)

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
        go_together("percentOff", percentOff, couponValueType == "PERCENT_OFF", couponValueType)
        go_together("moneyOffAmount", moneyOffAmount, couponValueType == "MONEY_OFF", couponValueType)
        go_together("genericRedemptionCode", genericRedemptionCode, offerType == "GENERIC_CODE", offerType)
        filters = itemId or brand or productType
        go_together("a filter", filters, productApplicability == "SPECIFIC_PRODUCTS", productApplicability)
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
        self.check_policy(row)
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
        self.check_policy(after)
        kept = set(items(after["countries"])) if after["label"] == row["label"] else set[str]()
        lost = sorted(self.used_in(row) - kept)
        if lost:
            raise ToolError(f"offers in {', '.join(lost)} use the label {row['label']!r}: it must go on to hold there")
        self.db.update("return_policies", changes, returnPolicyId=returnPolicyId)
        return ReturnPolicy.model_validate(after)

    @tool(writes=True)
    def returnpolicyonline_delete(self, returnPolicyId: PolicyKey) -> None:
        """Delete a return policy that no offer uses."""
        row = self.need("return_policies", "return policy", returnPolicyId=returnPolicyId)
        used = self.used_in(row)
        if used:
            raise ToolError(f"offers in {', '.join(sorted(used))} use {row['name']!r}: it cannot be deleted")
        self.db.delete("return_policies", returnPolicyId=returnPolicyId)

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
