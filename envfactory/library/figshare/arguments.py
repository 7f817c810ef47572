"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import Date, DateTime

from .entities import ArticleId, AuthorId, CategoryId, CollectionId, ProjectId


class AuthorRef(TypedDict):
    """An author that exists."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    id: AuthorId


Type = Literal[
    "figure",
    "media",
    "dataset",
    "poster",
    "journal contribution",
    "presentation",
    "thesis",
    "software",
    "online resource",
    "preprint",
    "book",
    "conference contribution",
]
ArticleKey = Annotated[ArticleId, Field(description="Which article.")]
CollectionKey = Annotated[CollectionId, Field(description="Which collection.")]
ProjectKey = Annotated[ProjectId, Field(description="Which project.")]

# Lists ---------------------------------------------------------------------------------------------------------------

ItemType = Annotated[
    int,
    Field(
        description=(
            "Only one type: 1 figure, 2 media, 3 dataset, 5 poster, 6 journal contribution, 7 presentation, 8 thesis, "
            "9 software, 11 online resource, 12 preprint, 13 book, 14 conference contribution."
        )
    ),
]
InProject = Annotated[ProjectId, Field(description="All articles of this project instead.")]
Since = Annotated[Date, Field(description="Only what became public on this day or later.")]
Order = Annotated[
    Literal["created_date", "published_date", "modified_date"],
    Field(description="What to order by; what has no such date comes last."),
]
Direction = Annotated[Literal["asc", "desc"], Field(description="Latest first, or earliest first.")]
PageSize = Annotated[int, Field(ge=1, le=1000, description="How many at most; 1000 is the most.")]
PageNumber = Annotated[int, Field(ge=1, le=5000, description="Which page of that size, from 1.")]
ArticleWords = Annotated[str, Field(description="Words that title, description or tags contain, in any case.")]
AuthorWords = Annotated[str, Field(description="Words that name or job title contain, in any case.")]
Orcid = Annotated[str, Field(description="Only the author with this ORCID.")]
Storage = Annotated[Literal["individual", "group"], Field(description="Only projects with this storage.")]
Roles = Annotated[
    str,
    Field(
        description="Only projects in which the user has this role, or one of several with commas between.",
    ),
]

# Articles ------------------------------------------------------------------------------------------------------------

Title = Annotated[str, Field(description="3 to 1000 characters.", min_length=3, max_length=1000)]
Kind = Annotated[Type, Field(description="What kind of thing it is.")]
About = Annotated[str, Field(description="What it is; at most 10000 characters.", max_length=10000)]
Categories = Annotated[list[CategoryId], Field(description="Categories by their ids; each at most once.")]
LicenseNumber = Annotated[int, Field(ge=1, le=5, description="1 CC BY 4.0, 2 CC0, 3 MIT, 4 GPL 3.0, 5 Apache 2.0.")]
Tags = Annotated[list[str], Field(description="Keywords.")]
Authors = Annotated[
    list[AuthorRef], Field(min_length=1, max_length=10, description="Authors as `{id}`; at most 10 at once.")
]
Embargoed = Annotated[bool, Field(description="Whether it is to be under embargo.")]
EmbargoType = Annotated[Literal["article", "file"], Field(description="What is held back; needed with an embargo.")]
EmbargoDate = Annotated[Date, Field(description="The day it ends, in the future; needed with an embargo.")]
EmbargoReason = Annotated[str, Field(description="Why.")]
Expiry = Annotated[DateTime, Field(description="When it is to stop working, in the future.")]

# Collections and projects --------------------------------------------------------------------------------------------

Gathered = Annotated[str, Field(description="What it gathers; at most 10000 characters.", max_length=10000)]
Articles = Annotated[list[ArticleId], Field(description="Articles by their ids; each at most once.")]
MoreArticles = Annotated[list[ArticleId], Field(min_length=1, description="Articles by their ids.")]
NoteText = Annotated[str, Field(min_length=3, description="At least 3 characters.")]
Email = Annotated[str, Field(description="The address of the person's account.", json_schema_extra={"format": "email"})]
Role = Annotated[Literal["viewer", "collaborator"], Field(description="What the person may be in it.")]
