"""What no default can know of a repository: who may do what, what publishing needs, DOIs, embargoes and collections."""

from __future__ import annotations

from datetime import timedelta

from envfactory.environment.entropy import rfc3339
from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    About,
    ArticleKey,
    Articles,
    ArticleWords,
    Authors,
    AuthorWords,
    Categories,
    CollectionKey,
    Direction,
    Email,
    EmbargoDate,
    Embargoed,
    EmbargoReason,
    EmbargoType,
    Expiry,
    Gathered,
    InProject,
    ItemType,
    Kind,
    LicenseNumber,
    MoreArticles,
    NoteText,
    Orcid,
    Order,
    PageNumber,
    PageSize,
    ProjectKey,
    Role,
    Roles,
    Since,
    Storage,
    Tags,
    Title,
)
from .deposit import EDITORS, Deposit, mentions, paged
from .entities import Author, Category, PrivateLink, ProjectCollaborator, ProjectNote
from .views import ArticleDetails, ArticleItem, CollectionItem, ProjectItem

ITEM_TYPES = {
    1: "figure",
    2: "media",
    3: "dataset",
    5: "poster",
    6: "journal contribution",
    7: "presentation",
    8: "thesis",
    9: "software",
    11: "online resource",
    12: "preprint",
    13: "book",
    14: "conference contribution",
}
ROLES = ("Owner", "Collaborator", "Viewer")
NEEDED = {
    "title": "a title",
    "description": "a description",
    "defined_type_name": "a type",
    "license": "a licence",
}
"""What an article must say before it is published, apart from its authors and categories."""
LINK_DAYS = 365
"""How long a private link works unless told otherwise."""


class Overrides(Deposit):
    """Tools written by hand."""

    # Articles --------------------------------------------------------------------------------------------------------

    @tool()
    def private_articles_search(
        self,
        search_for: ArticleWords | None = None,
        item_type: ItemType | None = None,
        project_id: InProject | None = None,
        published_since: Since | None = None,
        order: Order = "created_date",
        order_direction: Direction = "desc",
        page_size: PageSize = 100,
        page: PageNumber = 1,
    ) -> list[ArticleItem]:
        """Search the user's own articles, or with `project_id` all articles of a project; the newest first unless
        ordered otherwise."""
        if item_type is not None and item_type not in ITEM_TYPES:
            raise ToolError(f"item_type: there is no type {item_type}", code="invalid_arguments")
        if project_id is None:
            rows = self.db.find("articles", account_id=self.me["id"])
        else:
            rows = self.db.find("articles", project_id=self.project(project_id)["id"])
        rows = [
            row
            for row in rows
            if (search_for is None or mentions(row, ("title", "description", "tags"), search_for))
            and (item_type is None or row["defined_type_name"] == ITEM_TYPES[item_type])
            and (published_since is None or (row["published_date"] or "") >= published_since)
        ]
        dated = [row for row in rows if row[order] is not None]
        dated.sort(key=lambda row: (row[order], row["id"]), reverse=order_direction == "desc")
        rows = dated + [row for row in rows if row[order] is None]
        return [ArticleItem.model_validate(row) for row in paged(rows, page_size, page)]

    @tool()
    def private_article_details(self, article_id: ArticleKey) -> ArticleDetails:
        """Get an article that the user may see: with authors, categories, licence, tags and embargo."""
        return self.shown(self.article(article_id))

    @tool(writes=True)
    def private_article_create(
        self,
        title: Title,
        defined_type: Kind | None = None,
        description: About = "",
        categories: Categories | None = None,
        license: LicenseNumber | None = None,
        tags: Tags | None = None,
    ) -> ArticleDetails:
        """Create an article of the user's own, a draft, with the user as its author."""
        me = self.me
        row: Row = {
            "id": self.db.next_number("articles", "id"),
            "title": title,
            "description": description,
            "defined_type_name": defined_type or "",
            "status": "draft",
            "version": 0,
            "license": license,
            "tags": tags or [],
            "doi": "",
            "group_id": me["group_id"],
            "account_id": me["id"],
            "size": 0,
            "is_embargoed": False,
            "created_date": self.timestamp,
            "modified_date": self.timestamp,
        }
        self.db.insert("articles", row)
        self.add_author(row["id"], me["author_id"])
        self.classify(row["id"], categories or [])
        return self.shown(row)

    @tool(writes=True)
    def private_article_update(
        self,
        article_id: ArticleKey,
        title: Title | None = None,
        defined_type: Kind | None = None,
        description: About | None = None,
        categories: Categories | None = None,
        license: LicenseNumber | None = None,
        tags: Tags | None = None,
    ) -> ArticleDetails:
        """Change what is given of an article; lists are replaced. What is public stays as it is until the article is
        published again."""
        row = self.editable(article_id)
        texts: Row = {"title": title, "defined_type_name": defined_type, "description": description}
        changes = self.given(texts | {"license": license, "tags": tags})
        if not changes and categories is None:
            raise ToolError("say what to change", code="invalid_arguments")
        if categories is not None:
            self.classify(article_id, categories)
        return self.change(row, changes | {"status": "draft"})

    @tool(writes=True)
    def private_article_delete(self, article_id: ArticleKey) -> None:
        """Delete an article that was never published; only its owner can."""
        row = self.owned(article_id)
        if row["version"] > 0:
            raise ToolError(f"{row['title']!r} has been published and cannot be deleted")
        self.db.delete("articles", id=article_id)

    @tool(writes=True)
    def private_article_publish(self, article_id: ArticleKey) -> ArticleDetails:
        """Publish an article as a new public version; only its owner can. It needs a title, a description, a type, an
        author, a category and a licence, and its files must fit the quota of its group."""
        row = self.owned(article_id)
        if row["status"] == "public":
            raise ToolError(f"nothing of {row['title']!r} has changed since version {row['version']}", code="conflict")
        self._check_complete(row)
        self._check_quota(row)
        held_back = row["is_embargoed"] and row["embargo_type"] == "article"
        shown_from = f"{row['embargo_date']}T00:00:00.000Z" if held_back else self.timestamp
        published: Row = {
            "status": "public",
            "version": row["version"] + 1,
            "doi": row["doi"] or doi(row),
            "published_date": max(shown_from, self.timestamp),
        }
        return self.change(row, published)

    @tool(writes=True)
    def private_article_authors_add(self, article_id: ArticleKey, authors: Authors) -> ArticleDetails:
        """Add authors behind those that an article has."""
        row = self.editable(article_id)
        for given in authors:
            author = self.need("authors", "author", id=given["id"])
            if self.db.get("article_authors", article_id=article_id, author_id=author["id"]) is not None:
                raise ToolError(f"{author['full_name']} is an author of {row['title']!r} already", code="conflict")
            self.add_author(article_id, author["id"])
        return self.change(row, {"status": "draft"})

    @tool(writes=True)
    def private_article_reserve_doi(self, article_id: ArticleKey) -> ArticleDetails:
        """Reserve a DOI for an article before it is public; once, and only its owner can."""
        row = self.owned(article_id)
        if row["doi"]:
            raise ToolError(f"{row['title']!r} has the DOI {row['doi']}", code="conflict")
        return self.change(row, {"doi": doi(row)})

    @tool(writes=True)
    def private_article_embargo_update(
        self,
        article_id: ArticleKey,
        is_embargoed: Embargoed,
        embargo_type: EmbargoType | None = None,
        embargo_date: EmbargoDate | None = None,
        embargo_reason: EmbargoReason | None = None,
    ) -> ArticleDetails:
        """Put an article that is not public yet under embargo, change the embargo, or end it with `is_embargoed`
        false; only its owner can."""
        row = self.owned(article_id)
        terms: Row = {"embargo_type": embargo_type, "embargo_date": embargo_date, "embargo_reason": embargo_reason}
        if not is_embargoed:
            if self.given(terms):
                raise ToolError("type, date and reason are for an embargo", code="invalid_arguments")
            if not row["is_embargoed"]:
                raise ToolError(f"{row['title']!r} is not under embargo")
            return self.change(row, terms | {"is_embargoed": False})
        if embargo_type is None or embargo_date is None:
            raise ToolError("an embargo needs embargo_type and embargo_date", code="invalid_arguments")
        if embargo_date <= self.now.date().isoformat():
            raise ToolError("embargo_date: an embargo ends in the future", code="invalid_arguments")
        if row["version"] > 0:
            raise ToolError(f"{row['title']!r} is public already")
        return self.change(row, terms | {"is_embargoed": True})

    @tool(writes=True)
    def private_article_private_link_create(
        self, article_id: ArticleKey, expires_date: Expiry | None = None
    ) -> PrivateLink:
        """Make a link that shows an article to whoever has it, for a year unless told otherwise."""
        self.editable(article_id)
        if expires_date is not None and expires_date <= self.timestamp:
            raise ToolError("expires_date: a link expires in the future", code="invalid_arguments")
        token = self.new_id(length=20)
        row: Row = {
            "id": token,
            "article_id": article_id,
            "is_active": True,
            "expires_date": expires_date or rfc3339(self.now + timedelta(days=LINK_DAYS)),
            "html_location": f"https://figshare.com/s/{token}",
        }
        self.db.insert("private_links", row)
        return PrivateLink.model_validate(row)

    # Authors and categories ------------------------------------------------------------------------------------------

    @tool()
    def private_authors_search(
        self,
        search_for: AuthorWords | None = None,
        orcid: Orcid | None = None,
        page_size: PageSize = 100,
        page: PageNumber = 1,
    ) -> list[Author]:
        """Search the authors that are known, by name, job or ORCID."""
        rows = [
            row
            for row in self.db.rows("SELECT * FROM authors ORDER BY full_name, id")
            if (search_for is None or mentions(row, ("full_name", "job_title"), search_for))
            and (orcid is None or row["orcid_id"] == orcid)
        ]
        return [Author.model_validate(row) for row in paged(rows, page_size, page)]

    @tool()
    def private_categories_list(self) -> list[Category]:
        """List all categories."""
        rows = self.db.rows("SELECT * FROM categories ORDER BY title, id")
        return [Category.model_validate(row) for row in rows]

    # Collections -----------------------------------------------------------------------------------------------------

    @tool()
    def private_collections_list(self, page_size: PageSize = 100, page: PageNumber = 1) -> list[CollectionItem]:
        """List the user's collections, the newest first."""
        rows = self.db.rows(
            "SELECT * FROM collections WHERE account_id = ? ORDER BY created_date DESC, id DESC", [self.me["id"]]
        )
        return [self.collection_shown(row) for row in paged(rows, page_size, page)]

    @tool(writes=True)
    def private_collection_create(
        self, title: Title, description: Gathered = "", articles: Articles | None = None
    ) -> CollectionItem:
        """Create a collection of the user's own, with articles if wanted."""
        row: Row = {
            "id": self.db.next_number("collections", "id"),
            "title": title,
            "description": description,
            "doi": "",
            "account_id": self.me["id"],
            "created_date": self.timestamp,
            "modified_date": self.timestamp,
        }
        self.db.insert("collections", row)
        self.gather(row["id"], articles or [])
        return self.collection_shown(row)

    @tool(writes=True)
    def private_collection_articles_add(self, collection_id: CollectionKey, articles: MoreArticles) -> CollectionItem:
        """Add articles behind those that a collection holds; each is in it once."""
        row = self.need("collections", "collection", id=collection_id)
        if not self.owns(row):
            raise ToolError("this collection is somebody else's", code="forbidden")
        self.gather(collection_id, articles)
        changes: Row = {"modified_date": self.timestamp}
        self.db.update("collections", changes, id=collection_id)
        return self.collection_shown(row | changes)

    # Projects --------------------------------------------------------------------------------------------------------

    @tool()
    def private_projects_list(
        self,
        storage: Storage | None = None,
        roles: Roles | None = None,
        page_size: PageSize = 100,
        page: PageNumber = 1,
    ) -> list[ProjectItem]:
        """List the projects that the user owns or takes part in, the newest first."""
        wanted = ROLES if roles is None else tuple(role.strip().capitalize() for role in roles.split(","))
        if not set(wanted) <= set(ROLES):
            raise ToolError(f"roles: they are {', '.join(ROLES)}", code="invalid_arguments")
        rows = [
            row | {"role": role}
            for row in self.db.rows("SELECT * FROM projects ORDER BY id DESC")
            if (role := self.role(row["id"])) in wanted and storage in (None, row["storage"])
        ]
        return [ProjectItem.model_validate(row) for row in paged(rows, page_size, page)]

    @tool(writes=True)
    def private_project_notes_create(self, project_id: ProjectKey, text: NoteText) -> ProjectNote:
        """Write a note in a project; viewers cannot."""
        project, me = self.project(project_id), self.me
        if project["role"] not in EDITORS:
            raise ToolError(f"viewers cannot write notes in {project['title']!r}", code="forbidden")
        row: Row = {
            "id": self.db.next_number("project_notes", "id"),
            "project_id": project_id,
            "user_id": me["id"],
            "user_name": me["full_name"],
            "text": text,
            "created_date": self.timestamp,
        }
        self.db.insert("project_notes", row)
        return ProjectNote.model_validate(row)

    @tool(writes=True)
    def private_project_collaborators_invite(
        self, project_id: ProjectKey, email: Email, role_name: Role
    ) -> ProjectCollaborator:
        """Invite somebody to a project; only its owner can."""
        project = self.project(project_id)
        if project["role"] != "Owner":
            raise ToolError(f"only the owner of {project['title']!r} invites people", code="forbidden")
        account = self.need("accounts", "account with the address", email=email)
        if self.db.get("project_collaborators", project_id=project_id, user_id=account["id"]) is not None:
            raise ToolError(f"{account['full_name']} is in the project or invited to it already", code="conflict")
        row: Row = {
            "project_id": project_id,
            "user_id": account["id"],
            "name": account["full_name"],
            "role_name": role_name,
            "status": "pending",
        }
        self.db.insert("project_collaborators", row)
        return ProjectCollaborator.model_validate(row)

    # What publishing needs -------------------------------------------------------------------------------------------

    def _check_complete(self, row: Row) -> None:
        lacking = [what for field, what in NEEDED.items() if not row[field]]
        lacking += [] if self.authors(row["id"]) else ["an author"]
        lacking += [] if self.categories(row["id"]) else ["a category"]
        if lacking:
            raise ToolError(f"before it is published, {row['title']!r} needs {', '.join(lacking)}")

    def _check_quota(self, row: Row) -> None:
        """Refuse what does not fit the quota of its group beside all that the group has published."""
        group = self.need("groups", "group", id=row["group_id"])
        used = self.db.value(
            "SELECT coalesce(sum(size), 0) FROM articles WHERE group_id = ? AND version > 0 AND id <> ?",
            [row["group_id"], row["id"]],
        )
        if used + row["size"] > group["quota"]:
            free = group["quota"] - used
            raise ToolError(f"{group['name']} has room for {free} bytes, the files have {row['size']}", code="limit")


def doi(row: Row) -> str:
    """The DOI of an article."""
    return f"10.6084/m9.figshare.{row['id']}"
