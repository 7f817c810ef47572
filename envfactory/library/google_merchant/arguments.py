"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .entities import (
    ProductAvailability,
    ProductChannel,
    ProductCondition,
    ProductContentLanguage,
    ProductId,
    ProductPrice,
    ProductTargetCountry,
    PromotionCouponValueType,
    PromotionOfferType,
    PromotionProductApplicability,
    PromotionPromotionEffectiveTimePeriod,
    RegionId,
    RegionPostalCodeArea,
    ReturnPolicyId,
    ReturnPolicyPolicy,
)

StatusPage = Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")]
PageToken = Annotated[str, Field(description="`nextPageToken` of the page before.")]
_NAME = r"^[A-Za-z0-9_-]{1,50}$"

ProductKey = Annotated[ProductId, Field(description="Which offer.")]
OfferId = Annotated[
    str, Field(min_length=1, max_length=50, description="The merchant's own number for it; at most 50 characters.")
]
Channel = Annotated[ProductChannel, Field(description="Whether it is sold online or in local shops.")]
TextLanguage = Annotated[ProductContentLanguage, Field(description="Two letters for the language of its texts.")]
Country = Annotated[ProductTargetCountry, Field(description="Two letters for the country it is sold in.")]
Title = Annotated[str, Field(min_length=1, max_length=150, description="What it is called; at most 150 characters.")]
Description = Annotated[
    str, Field(min_length=1, max_length=5000, description="What is said about it; at most 5000 characters.")
]
Link = Annotated[str, Field(pattern="^https?://[^ ]+$", description="Its page on the website.")]
ImageLink = Annotated[str, Field(pattern="^https?://[^ ]+$", description="The address of its picture.")]
Price = Annotated[ProductPrice, Field(description="What it costs, in the currency of its country.")]
SalePrice = Annotated[ProductPrice, Field(description="What it costs while it is on sale: less than the price.")]
SalePeriod = Annotated[
    str, Field(description="From when to when the sale price holds: two times with a slash between them.")
]
Availability = Annotated[ProductAvailability, Field(description="Whether it can be bought.")]
Condition = Annotated[ProductCondition, Field(description="The state it is in.")]
Brand = Annotated[str, Field(min_length=1, max_length=70, description="Who makes it.")]
Gtin = Annotated[str, Field(description="Its Global Trade Item Number, with a right check digit.")]
Mpn = Annotated[str, Field(min_length=1, max_length=70, description="The maker's own part number.")]
Identified = Annotated[bool, Field(description="False where there is neither a GTIN nor a part number.")]
ProductTypes = Annotated[list[str], Field(description="The categories of the merchant.")]
PromotionIds = Annotated[list[str], Field(max_length=10, description="The `promotionId` of up to 10 promotions.")]
PolicyLabel = Annotated[str, Field(description="The label of a return policy that holds in its country.")]
Mask = Annotated[
    str, Field(description="Names of fields with commas between them: `salePrice,salePriceEffectiveDate`.")
]

PromotionName = Annotated[
    str, Field(pattern=_NAME, description="The merchant's own name for it: letters, digits, `-` and `_`, at most 50.")
]
Language = Annotated[str, Field(pattern="^[a-z]{2}$", description="Two letters for its language, in lower case.")]
PromotionCountry = Annotated[
    str,
    Field(
        description="Two letters for the country it is to hold in; promotions are there for AU, BR, CA, DE, ES, FR, "
        "GB, IN, IT, JP, KR, NL and US."
    ),
]
Channels = Annotated[
    list[Literal["ONLINE", "IN_STORE"]],
    Field(min_length=1, description="Where it can be used: `ONLINE`, `IN_STORE` or both."),
]
LongTitle = Annotated[str, Field(min_length=1, max_length=60, description="What shoppers read; at most 60 characters.")]
Applicability = Annotated[
    PromotionProductApplicability,
    Field(description="Whether it holds for all products or for those that the filters name."),
]
ItemIds = Annotated[
    list[str], Field(min_length=1, description="Filter: the offer ids of products that are sold in the country.")
]
Brands = Annotated[list[str], Field(min_length=1, description="Filter: brands.")]
Types = Annotated[list[str], Field(min_length=1, description="Filter: product types.")]
OfferType = Annotated[PromotionOfferType, Field(description="Whether shoppers need a code.")]
Code = Annotated[
    str, Field(min_length=1, max_length=20, description="The code, where one is needed: at most 20 characters.")
]
ValueType = Annotated[PromotionCouponValueType, Field(description="What shoppers get.")]
Percent = Annotated[int, Field(ge=5, le=95, description="How many percent off, for `PERCENT_OFF`.")]
MoneyOff = Annotated[
    ProductPrice, Field(description="How much money off, for `MONEY_OFF`, in the currency of the country.")
]
Minimum = Annotated[
    ProductPrice, Field(description="What must be bought for at least, in the currency of the country.")
]
Period = Annotated[
    PromotionPromotionEffectiveTimePeriod,
    Field(description="From when to when it holds: it ends in the future, after at most 183 days."),
]

PolicyKey = Annotated[ReturnPolicyId, Field(description="Which return policy.")]
PolicyName = Annotated[str, Field(min_length=1, description="What it is to be called.")]
NewLabel = Annotated[
    str,
    Field(
        min_length=1,
        description="The name that offers use for it; not one that another policy has in one of the countries.",
    ),
]
Label = Annotated[
    str, Field(min_length=1, description="The name that offers use for it; it stays while an offer uses it.")
]
NewCountries = Annotated[
    list[str], Field(min_length=1, description="Two letters for each country of sale that it holds in.")
]
Countries = Annotated[
    list[str],
    Field(min_length=1, description="The countries of sale that it holds in; those of offers that use it stay."),
]
NewWindow = Annotated[
    ReturnPolicyPolicy,
    Field(description="How long things may come back; days only with `NUMBER_OF_DAYS_AFTER_DELIVERY`."),
]
Window = Annotated[ReturnPolicyPolicy, Field(description="How long things may come back.")]
_Methods = list[Literal["BY_MAIL", "IN_STORE", "AT_A_KIOSK"]]
_Conditions = list[Literal["NEW", "USED"]]
NewMethods = Annotated[_Methods, Field(description="How things come back; none with `NO_RETURNS` only.")]
Methods = Annotated[_Methods, Field(description="How things come back.")]
NewConditions = Annotated[_Conditions, Field(description="What is taken back; none with `NO_RETURNS` only.")]
Conditions = Annotated[_Conditions, Field(description="What is taken back.")]
PolicyPage = Annotated[str, Field(pattern="^https?://[^ ]+$", description="The page that states it.")]

RegionKey = Annotated[RegionId, Field(description="Which region.")]
RegionName = Annotated[
    RegionId, Field(pattern=_NAME, description="Its id: letters, digits, `-` and `_`, at most 50; nobody else's.")
]
DisplayName = Annotated[str, Field(min_length=1, description="What it is to be called.")]
NewArea = Annotated[
    RegionPostalCodeArea, Field(description="The postal codes that it covers; ranges that do not overlap.")
]
Area = Annotated[RegionPostalCodeArea, Field(description="The postal codes that it covers from now on.")]
