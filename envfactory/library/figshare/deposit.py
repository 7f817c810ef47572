"""What the tools share: who the user is, what they may see and change, and what belongs to an article."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .views import LICENSES, ArticleDetails, CollectionItem

EDITORS = ("Owner", "Collaborator")
"""Those who may change what is in a project."""


class Deposit(Environment):
    """Articles, collections and projects of one researcher; the tools stand in `overrides.py`."""

    # People ----------------------------------------------------------------------------------------------------------

    @property
    def me(self) -> Row:
        """The account that makes the requests."""
        return self.need("accounts", "account", is_me=True)

    def role(self, project: int) -> str | None:
        """What the user is in a project; None for who is not, or not yet, in it."""
        member = self.db.get("project_collaborators", project_id=project, user_id=self.me["id"], status="active")
        return None if member is None else str(member["role_name"]).capitalize()

    def project(self, project: int) -> Row:
        """A project that the user takes part in; raises ToolError."""
        row = self.need("projects", "project", id=project)
        role = self.role(project)
        if role is None:
            raise ToolError("you do not take part in this project", code="forbidden")
        return row | {"role": role}

    # Articles --------------------------------------------------------------------------------------------------------

    def owns(self, row: Row) -> bool:
        """Whether an article or collection is the user's own."""
        return bool(row["account_id"] == self.me["id"])

    def article(self, article: int) -> Row:
        """An article that the user may see: their own, or one of a project they take part in; raises ToolError."""
        row = self.need("articles", "article", id=article)
        shared = row["project_id"] is not None and self.role(row["project_id"]) is not None
        if not shared and not self.owns(row):
            raise ToolError("this article is somebody else's", code="forbidden")
        return row

    def editable(self, article: int) -> Row:
        """An article that the user may change; raises ToolError for viewers."""
        row = self.article(article)
        if not self.owns(row) and self.role(row["project_id"]) not in EDITORS:
            raise ToolError(f"viewers of a project cannot change {row['title']!r}", code="forbidden")
        return row

    def owned(self, article: int) -> Row:
        """An article of the user's own; raises ToolError."""
        row = self.article(article)
        if not self.owns(row):
            raise ToolError(f"only its owner can do this with {row['title']!r}", code="forbidden")
        return row

    def change(self, row: Row, changes: Row) -> ArticleDetails:
        """Write changes of an article, with their time, and show it."""
        changes = changes | {"modified_date": self.timestamp}
        self.db.update("articles", changes, id=row["id"])
        return self.shown(row | changes)

    def authors(self, article: int) -> list[Row]:
        """The authors of an article, in order."""
        return self.db.rows(
            "SELECT a.* FROM authors a JOIN article_authors l ON l.author_id = a.id WHERE l.article_id = ? "
            "ORDER BY l.position, a.id",
            [article],
        )

    def categories(self, article: int) -> list[Row]:
        """The categories of an article, by title."""
        return self.db.rows(
            "SELECT c.* FROM categories c JOIN article_categories l ON l.category_id = c.id WHERE l.article_id = ? "
            "ORDER BY c.title, c.id",
            [article],
        )

    def shown(self, row: Row) -> ArticleDetails:
        """An article as its details show it."""
        chosen = row["license"]
        license = None if chosen is None else {"value": chosen, "name": LICENSES[chosen][0], "url": LICENSES[chosen][1]}
        article = row["id"]
        belongs: Row = {"license": license, "authors": self.authors(article), "categories": self.categories(article)}
        return ArticleDetails.model_validate(row | belongs)

    def add_author(self, article: int, author: int) -> None:
        """Put an author behind those of an article."""
        place = self.db.next_number("article_authors", "position", article_id=article)
        self.db.insert("article_authors", {"article_id": article, "author_id": author, "position": place})

    def classify(self, article: int, categories: Sequence[int]) -> None:
        """Give an article these categories and no others; raises ToolError for one that is unknown or given twice."""
        for category in categories:
            self.need("categories", "category", id=category)
        check_once(categories, "category")
        self.db.delete("article_categories", article_id=article)
        for category in categories:
            self.db.insert("article_categories", {"article_id": article, "category_id": category})

    # Collections -----------------------------------------------------------------------------------------------------

    def collection_shown(self, row: Row) -> CollectionItem:
        """A collection with the number of its articles."""
        held = self.db.find("collection_articles", collection_id=row["id"])
        return CollectionItem.model_validate(row | {"articles_count": len(held)})

    def gather(self, collection: int, articles: Sequence[int]) -> None:
        """Put articles behind those of a collection; raises ToolError for one that is there or not for the user."""
        check_once(articles, "article")
        for article in articles:
            row = self.article(article)
            if self.db.get("collection_articles", collection_id=collection, article_id=article) is not None:
                raise ToolError(f"{row['title']!r} is in the collection already", code="conflict")
            place = self.db.next_number("collection_articles", "position", collection_id=collection)
            held: Row = {"collection_id": collection, "article_id": article, "position": place}
            self.db.insert("collection_articles", held)


def check_once(ids: Sequence[int], what: str) -> None:
    """Refuse a list that names something twice; raises ToolError."""
    if len(set(ids)) < len(ids):
        raise ToolError(f"each {what} can be given once", code="invalid_arguments")


def paged(rows: Sequence[Row], page_size: int, page: int) -> list[Row]:
    """One page of some rows, from 1."""
    return list(rows[(page - 1) * page_size : page * page_size])


def mentions(row: Row, fields: Sequence[str], text: str) -> bool:
    """Whether every word of a text stands in one of the fields, in any case."""
    said = " ".join(str(row[field]) for field in fields).casefold()
    return all(word in said for word in text.casefold().split())
