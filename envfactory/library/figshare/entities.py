"""Ids, rows and pages of Figshare: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

GroupId = Annotated[int, Key("group", "The id of a group.")]
AccountId = Annotated[int, Key("account", "The id of an account.")]
AuthorId = Annotated[int, Key("author", "The id of an author.")]
CategoryId = Annotated[int, Key("category", "The id of a category.")]
ProjectId = Annotated[int, Key("project", "The id of a project.")]
ProjectCollaboratorUserId = Annotated[int, Key("project_collaborator", "The account.")]
ProjectNoteId = Annotated[int, Key("project_note", "The id of a note.")]
ArticleId = Annotated[int, Key("article", "The id of an article.")]
ArticleAuthorAuthorId = Annotated[int, Key("article_author", "The author.")]
ArticleCategoryCategoryId = Annotated[int, Key("article_category", "The category.")]
PrivateLinkId = Annotated[str, Key("private_link", "The token of a private link.")]
CollectionId = Annotated[int, Key("collection", "The id of a collection.")]
CollectionArticleArticleId = Annotated[int, Key("collection_article", "The article.")]
ProjectStorage = Literal["individual", "group"]
ProjectCollaboratorRoleName = Literal["owner", "collaborator", "viewer"]
ProjectCollaboratorStatus = Literal["active", "pending"]
ArticleDefinedTypeName = Literal[
    "",
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
ArticleStatus = Literal["draft", "public"]
ArticleEmbargoType = Literal["article", "file"]


class Group(BaseModel):
    """One group."""

    id: GroupId
    name: str = Field(description="What it is called.")


class Account(BaseModel):
    """One account."""

    id: AccountId
    full_name: str = Field(description="First and last name.")
    email: str = Field(description="The e-mail address.", json_schema_extra={"format": "email"})
    group_id: GroupId = Field(description="The group it belongs to.")


class Author(BaseModel):
    """One author."""

    id: AuthorId
    full_name: str = Field(description="First and last name.")
    orcid_id: str = Field(description="The ORCID; empty when there is none.")
    job_title: str = Field(description="What the author does, and where.")
    is_active: bool = Field(description="Whether the author has published items.")


class Category(BaseModel):
    """One category."""

    id: CategoryId
    title: str = Field(description="What it is called.")
    parent_id: int = Field(description="The category above; 0 for the topmost.")


class Project(BaseModel):
    """One project."""

    id: ProjectId
    title: str = Field(description="What it is called.")
    storage: ProjectStorage = Field(description="Whose quota its files count against.")
    published_date: str | None = Field(
        default=None,
        description="When it was made public; none while it is private.",
        json_schema_extra={"format": "date-time"},
    )


class ProjectCollaborator(BaseModel):
    """One collaborator."""

    user_id: ProjectCollaboratorUserId
    name: str = Field(description="First and last name.")
    role_name: ProjectCollaboratorRoleName = Field(description="What the person is in the project.")
    status: ProjectCollaboratorStatus = Field(description="Where the invitation stands.")


class ProjectNote(BaseModel):
    """One note."""

    id: ProjectNoteId
    user_id: AccountId = Field(description="Who wrote it.")
    user_name: str = Field(description="The name of who wrote it.")
    text: str = Field(description="What it says.")
    created_date: str = Field(description="When it was written.", json_schema_extra={"format": "date-time"})


class Article(BaseModel):
    """One article."""

    id: ArticleId
    title: str = Field(description="What it is called; 3 to 1000 characters.")
    description: str = Field(description="What it is; empty when nothing is said.")
    defined_type_name: ArticleDefinedTypeName = Field(description="What kind of thing it is; empty while that is open.")
    status: ArticleStatus = Field(
        description="`public` when the newest version shows all, `draft` while something is unpublished.",
    )
    version: int = Field(description="The newest public version; 0 while there is none.")
    license: int | None = Field(
        default=None,
        description="1 CC BY 4.0, 2 CC0, 3 MIT, 4 GPL 3.0, 5 Apache 2.0; none while it is open.",
    )
    tags: Annotated[list[str], FromJson] = Field(description="Keywords.")
    doi: str = Field(description="The DOI, reserved or public; empty while there is none.")
    group_id: GroupId = Field(description="The group whose quota its files count against.")
    size: int = Field(description="Bytes of its files.")
    is_embargoed: bool = Field(description="Whether it is under embargo.")
    embargo_type: ArticleEmbargoType | None = Field(
        default=None,
        description="What is held back: the whole article or its files.",
    )
    embargo_date: str | None = Field(
        default=None,
        description="The day the embargo ends.",
        json_schema_extra={"format": "date"},
    )
    embargo_reason: str | None = Field(default=None, description="Why it is under embargo.")
    created_date: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})
    modified_date: str = Field(description="When it was last changed.", json_schema_extra={"format": "date-time"})
    published_date: str | None = Field(
        default=None,
        description="When the newest version became public; none before.",
        json_schema_extra={"format": "date-time"},
    )


class ArticleAuthor(BaseModel):
    """One article author."""

    article_id: ArticleId = Field(description="The article.")
    author_id: ArticleAuthorAuthorId


class ArticleCategory(BaseModel):
    """One article category."""

    article_id: ArticleId = Field(description="The article.")
    category_id: ArticleCategoryCategoryId


class PrivateLink(BaseModel):
    """One private link."""

    id: PrivateLinkId
    is_active: bool = Field(description="Whether it still works.")
    expires_date: str = Field(description="When it stops to work.", json_schema_extra={"format": "date-time"})
    html_location: str = Field(description="The address to hand out.", json_schema_extra={"format": "uri"})


class Collection(BaseModel):
    """One collection."""

    id: CollectionId
    title: str = Field(description="What it is called; 3 to 1000 characters.")
    description: str = Field(description="What it gathers; empty when nothing is said.")
    doi: str = Field(description="The DOI; empty while there is none.")
    created_date: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})
    modified_date: str = Field(description="When it was last changed.", json_schema_extra={"format": "date-time"})
    published_date: str | None = Field(
        default=None,
        description="When it became public; none before.",
        json_schema_extra={"format": "date-time"},
    )


class CollectionArticle(BaseModel):
    """One collection article."""

    collection_id: CollectionId = Field(description="The collection.")
    article_id: CollectionArticleArticleId
