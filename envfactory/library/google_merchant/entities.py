"""Ids, rows and pages of Content API for Shopping: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import DateTime, FromJson, Key

ProductId = Annotated[
    str,
    Key(
        "product",
        (
            "The id of an offer: channel, language, country and offer id with colons between them, as "
            "`online:en:DK:HN-101`."
        ),
    ),
]
PromotionId = Annotated[
    str,
    Key(
        "promotion",
        (
            "The id of a promotion: channel, language, country and promotion id, as `online:de:DE:SPRING-10`; the "
            "channel is `online`, `in_store` or `online_in_store`."
        ),
    ),
]
ReturnPolicyId = Annotated[str, Key("return_policy", "The id of a return policy.")]
RegionId = Annotated[str, Key("region", "The id of a region, chosen by the merchant.")]
ProductChannel = Literal["online", "local"]
ProductContentLanguage = Literal["da", "de", "en", "es", "fr", "nl", "no", "sv"]
ProductTargetCountry = Literal["DK", "DE", "SE", "GB", "NO", "NL", "FR", "US"]
ProductAvailability = Literal["in stock", "out of stock", "preorder", "backorder"]
ProductCondition = Literal["new", "refurbished", "used"]
PromotionProductApplicability = Literal["ALL_PRODUCTS", "SPECIFIC_PRODUCTS"]
PromotionOfferType = Literal["NO_CODE", "GENERIC_CODE"]
PromotionCouponValueType = Literal["MONEY_OFF", "PERCENT_OFF", "FREE_SHIPPING_STANDARD"]


class ProductPrice(TypedDict):
    """Price of one product, as a caller gives it."""

    value: str
    currency: str


class PromotionPromotionEffectiveTimePeriod(TypedDict):
    """Promotion effective time period of one promotion, as a caller gives it."""

    startTime: DateTime
    endTime: DateTime


class ReturnPolicyPolicy(TypedDict):
    """Policy of one return policy, as a caller gives it."""

    type: Literal["NUMBER_OF_DAYS_AFTER_DELIVERY", "NO_RETURNS", "LIFETIME_RETURNS"]
    days: NotRequired[str]


class RegionPostalCodeAreaPostalCodes(TypedDict):
    """Postal codes of postal code area of one region, as a caller gives it."""

    begin: str
    end: NotRequired[str]


class RegionPostalCodeArea(TypedDict):
    """Postal code area of one region, as a caller gives it."""

    regionCode: str
    postalCodes: list[RegionPostalCodeAreaPostalCodes]


class Product(BaseModel):
    """One product."""

    id: ProductId
    offerId: str = Field(description="The merchant's own number for it; unique for a channel, language and country.")
    channel: ProductChannel = Field(description="Whether it is sold online or in local shops.")
    contentLanguage: ProductContentLanguage = Field(description="Two letters for the language of its texts.")
    targetCountry: ProductTargetCountry = Field(description="Two letters for the country it is sold in.")
    title: str | None = Field(default=None, description="What it is called.")
    description: str | None = Field(default=None, description="What is said about it.")
    link: str | None = Field(default=None, description="Its page on the website.", json_schema_extra={"format": "uri"})
    imageLink: str | None = Field(
        default=None,
        description="The address of its picture.",
        json_schema_extra={"format": "uri"},
    )
    price: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description='What it costs, as `{"value": "149.50", "currency": "DKK"}`.',
    )
    salePrice: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What it costs while it is on sale.",
    )
    salePriceEffectiveDate: str | None = Field(
        default=None,
        description="From when to when the sale price holds: two ISO 8601 times with a slash between; absent: always.",
    )
    availability: ProductAvailability | None = Field(default=None, description="Whether it can be bought.")
    condition: ProductCondition | None = Field(default=None, description="The state it is in.")
    brand: str | None = Field(default=None, description="Who makes it.")
    gtin: str | None = Field(
        default=None,
        description="Its Global Trade Item Number: 8, 12, 13 or 14 digits, the last of which checks the others.",
    )
    mpn: str | None = Field(default=None, description="The maker's own part number.")
    identifierExists: bool | None = Field(
        default=None,
        description="False where there is neither a GTIN nor a part number, as with things made by hand.",
    )
    productTypes: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="The categories of the merchant.",
    )
    promotionIds: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="The `promotionId` of promotions that it belongs to.",
    )
    returnPolicyLabel: str | None = Field(
        default=None,
        description="The label of the return policy that holds for it; absent: none in particular.",
    )


class Promotion(BaseModel):
    """One promotion."""

    id: PromotionId
    promotionId: str = Field(description="The merchant's own name for it; unique for a channel, language and country.")
    contentLanguage: str = Field(description="Two letters for its language.")
    targetCountry: str = Field(description="Two letters for the country it holds in.")
    redemptionChannel: Annotated[list[str], FromJson] = Field(
        description="Where it can be used: `ONLINE`, `IN_STORE` or both.",
    )
    longTitle: str = Field(description="What shoppers read; at most 60 characters.")
    productApplicability: PromotionProductApplicability = Field(
        description="Whether it holds for all products or for those that its filters name.",
    )
    itemId: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="Filter: the offer ids of products.",
    )
    brand: Annotated[list[str] | None, FromJson] = Field(default=None, description="Filter: brands.")
    productType: Annotated[list[str] | None, FromJson] = Field(default=None, description="Filter: product types.")
    offerType: PromotionOfferType = Field(description="Whether shoppers need a code.")
    genericRedemptionCode: str | None = Field(default=None, description="The code, where one is needed.")
    couponValueType: PromotionCouponValueType = Field(description="What shoppers get.")
    percentOff: int | None = Field(default=None, description="How many percent off: 5 to 95.")
    moneyOffAmount: Annotated[dict[str, Any] | None, FromJson] = Field(default=None, description="How much money off.")
    minimumPurchaseAmount: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What must be bought for at least.",
    )
    promotionEffectiveTimePeriod: Annotated[dict[str, Any], FromJson] = Field(
        description='From when to when it holds, as `{"startTime": ..., "endTime": ...}`.',
    )


class ReturnPolicy(BaseModel):
    """One return policy."""

    returnPolicyId: ReturnPolicyId
    name: str = Field(description="What it is called in Merchant Center.")
    label: str = Field(description="The name that offers use for it; unique in each country.")
    countries: Annotated[list[str], FromJson] = Field(
        description="Two letters for each country of sale that it holds in.",
    )
    policy: Annotated[dict[str, Any], FromJson] = Field(
        description=(
            'How long things may come back, as `{"type": "NUMBER_OF_DAYS_AFTER_DELIVERY", "days": "30"}`, or a `type` '
            "of `NO_RETURNS` or `LIFETIME_RETURNS` without days."
        ),
    )
    returnMethods: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="How things come back: `BY_MAIL`, `IN_STORE`, `AT_A_KIOSK`.",
    )
    itemConditions: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="What is taken back: `NEW`, `USED`.",
    )
    returnPolicyUri: str | None = Field(
        default=None,
        description="The page that states it.",
        json_schema_extra={"format": "uri"},
    )


class Region(BaseModel):
    """One region."""

    regionId: RegionId
    displayName: str | None = Field(default=None, description="What it is called.")
    postalCodeArea: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description=(
            'The postal codes it covers: `{"regionCode": "DK", "postalCodes": [{"begin": "2100", "end": "2150"}]}`; '
            "`begin` alone is one code, and `21*` means all that begin so."
        ),
    )


class ProductPage(BaseModel):
    """A page of a list, each item one product."""

    resources: list[Product]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PromotionPage(BaseModel):
    """A page of a list, each item one promotion."""

    promotions: list[Promotion]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ReturnPolicyPage(BaseModel):
    """A page of a list, each item one return policy."""

    returnPolicies: list[ReturnPolicy]


class RegionPage(BaseModel):
    """A page of a list, each item one region."""

    regions: list[Region]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
