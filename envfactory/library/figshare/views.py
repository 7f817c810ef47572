"""What the tools show: rows together with what belongs to them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from .entities import Article, ArticleId, Collection, Project

LICENSES = {
    1: ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    2: ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    3: ("MIT", "https://opensource.org/licenses/MIT"),
    4: ("GPL 3.0", "https://www.gnu.org/licenses/gpl-3.0.html"),
    5: ("Apache 2.0", "https://www.apache.org/licenses/LICENSE-2.0.html"),
}
"""Name and address of each licence, by its number."""


class License(BaseModel):
    """A licence."""

    value: int
    name: str
    url: str


class ArticleItem(BaseModel):
    """An article as a search shows it."""

    id: ArticleId
    title: str
    defined_type_name: str = Field(description="What kind of thing it is; empty while that is open.")
    status: str = Field(description="`public` when the newest version shows all, `draft` otherwise.")
    version: int = Field(description="The newest public version; 0 while there is none.")
    doi: str
    created_date: str = Field(json_schema_extra={"format": "date-time"})
    modified_date: str = Field(json_schema_extra={"format": "date-time"})
    published_date: str | None = Field(default=None, json_schema_extra={"format": "date-time"})


class ArticleAuthor(BaseModel):
    """An author of an article."""

    id: int = Field(description="The id of the author.")
    full_name: str
    orcid_id: str
    is_active: bool


class ArticleCategory(BaseModel):
    """A category of an article."""

    id: int = Field(description="The id of the category.")
    title: str
    parent_id: int


class ArticleDetails(Article):
    """An article with its authors, categories and licence."""

    license: License | None = None  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    authors: list[ArticleAuthor]
    categories: list[ArticleCategory]


class ProjectItem(Project):
    """A project, and what the user is in it."""

    role: Literal["Owner", "Collaborator", "Viewer"] = Field(description="What the user is in it.")


class CollectionItem(Collection):
    """A collection, and how much is in it."""

    articles_count: int = Field(description="How many articles it holds.")
