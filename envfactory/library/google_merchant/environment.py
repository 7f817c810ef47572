"""Content API for Shopping: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envfactory.environment.tool import tool

from .entities import Product, ProductId, ProductPage, PromotionPage, RegionId, RegionPage, ReturnPolicyPage
from .overrides import Overrides


class GoogleMerchant(Overrides):
    """The Merchant Center account of Fernhill's stationery shop in Copenhagen: its offers in four countries and what is
    wrong with them, promotions, return policies and delivery regions.
    """

    @tool()
    def products_list(
        self,
        maxResults: Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")] = 250,
        pageToken: Annotated[str | None, Field(description="`nextPageToken` of the page before.")] = None,
    ) -> ProductPage:
        """List the offers of the shop, in the order in which they were first inserted."""
        rows = self.db.rows("SELECT * FROM products ORDER BY seq, id")
        rows, following = self.page(rows, maxResults, pageToken)
        return ProductPage.model_validate({"resources": rows, "nextPageToken": following})

    @tool()
    def products_get(self, productId: ProductId) -> Product:
        """Get one offer."""
        row = self.need("products", "product", id=productId)
        return Product.model_validate(row)

    @tool(writes=True)
    def products_delete(self, productId: ProductId) -> None:
        """Delete an offer."""
        self.need("products", "product", id=productId)
        self.db.delete("products", id=productId)

    @tool()
    def promotions_list(
        self,
        countryCode: Annotated[
            str | None,
            Field(description="Only those that hold in this country: two letters."),
        ] = None,
        languageCode: Annotated[str | None, Field(description="Only those in this language: two letters.")] = None,
        pageSize: Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")] = 100,
        pageToken: Annotated[str | None, Field(description="`nextPageToken` of the page before.")] = None,
    ) -> PromotionPage:
        """List the promotions."""
        rows = self.db.rows(
            """
            SELECT * FROM promotions
            WHERE (:countryCode IS NULL OR targetCountry = :countryCode)
              AND (:languageCode IS NULL OR contentLanguage = :languageCode)
            ORDER BY seq, id
            """,
            {"countryCode": countryCode, "languageCode": languageCode},
        )
        rows, following = self.page(rows, pageSize, pageToken)
        return PromotionPage.model_validate({"promotions": rows, "nextPageToken": following})

    @tool()
    def returnpolicyonline_list(self) -> ReturnPolicyPage:
        """List the return policies, in the order in which they were made."""
        rows = self.db.rows("SELECT * FROM return_policies ORDER BY seq, returnPolicyId")
        return ReturnPolicyPage.model_validate({"returnPolicies": rows})

    @tool()
    def regions_list(
        self,
        pageSize: Annotated[int, Field(ge=1, le=1000, description="How many at most on one page.")] = 50,
        pageToken: Annotated[str | None, Field(description="`nextPageToken` of the page before.")] = None,
    ) -> RegionPage:
        """List the regions, in the order in which they were made."""
        rows = self.db.rows("SELECT * FROM regions ORDER BY seq, regionId")
        rows, following = self.page(rows, pageSize, pageToken)
        return RegionPage.model_validate({"regions": rows, "nextPageToken": following})

    @tool(writes=True)
    def regions_delete(self, regionId: RegionId) -> None:
        """Delete a region."""
        self.need("regions", "region", regionId=regionId)
        self.db.delete("regions", regionId=regionId)
