"""What no default can know of Google Drive: places, rights that folders pass on, the trash, searches and threads."""

from __future__ import annotations

import re

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    Action,
    Address,
    CommentKey,
    CommentsPage,
    CopyDescription,
    CopyHome,
    CopyName,
    Description,
    Discovery,
    Domain,
    End,
    Endless,
    Entering,
    FileKey,
    FilesPage,
    Grantee,
    Guarded,
    Home,
    Kind,
    Leaving,
    Name,
    NewDescription,
    NewEnd,
    NewGuarded,
    NewName,
    NewSharing,
    NewText,
    OrderBy,
    PageToken,
    PermissionKey,
    PermissionsPage,
    Query,
    Quoted,
    ReplyText,
    Role,
    Sharing,
    Since,
    Starred,
    Text,
    Transfer,
    Trashed,
    WithComments,
    WithDeleted,
)
from .drive import Drive, permission_id, wrote
from .entities import Reply
from .search import order, parse
from .tree import FOLDER, OWNER, READER, ROLES, WRITER
from .views import CommentList, CommentView, FileList, FileView, PermissionList, PermissionView, shown

_ADDRESS = re.compile(r"[^@\s<>,]+@[^@\s<>,.]+(\.[^@\s<>,.]+)+")


class Overrides(Drive):
    """Tools written by hand."""

    # Files -----------------------------------------------------------------------------------------------------------

    @tool()
    def files_list(
        self,
        q: Query | None = None,
        orderBy: OrderBy | None = None,
        pageSize: FilesPage = 100,
        pageToken: PageToken | None = None,
    ) -> FileList:
        """List the files and folders that the user can see, also those in the trash unless `q` excludes them, in a
        short form. Those changed last come first."""
        tree = self.tree()
        rows = [
            shown(tree, row)
            for row in tree.files.values()
            if not row["isRoot"] and tree.role(row, listed=True) is not None
        ]
        if q is not None and q.strip():
            fits = parse(q)
            rows = [row for row in rows if fits(row)]
        if orderBy:
            rows = order(rows, orderBy)
        rows, following = self.page(rows, pageSize, pageToken)
        lines = [row | {"parents": row["parents"] or None} for row in rows]
        return FileList.model_validate({"files": lines, "nextPageToken": following})

    @tool()
    def files_get(self, fileId: FileKey) -> FileView:
        """Get one file or folder with all that is known of it."""
        return self.file(fileId)

    @tool(writes=True)
    def files_create(
        self,
        mimeType: Kind,
        name: Name = "Untitled",
        parents: Home | None = None,
        description: Description | None = None,
        starred: Starred = False,
        writersCanShare: Sharing = True,
        copyRequiresWriterPermission: Guarded = False,
    ) -> FileView:
        """Create a folder, or an empty file of one of Drive's editors; the user owns it."""
        tree = self.tree()
        home = self.place(tree, parents) or tree.root
        key = self.add(
            {
                "name": name,
                "mimeType": mimeType,
                "parents": [home["id"]],
                "description": description or None,
                "starred": starred,
                "size": None if mimeType == FOLDER else "0",
                "writersCanShare": writersCanShare,
                "copyRequiresWriterPermission": copyRequiresWriterPermission,
            }
        )
        return self.file(key)

    @tool(writes=True)
    def files_update(
        self,
        fileId: FileKey,
        name: NewName | None = None,
        description: NewDescription | None = None,
        starred: Starred | None = None,
        trashed: Trashed | None = None,
        addParents: Entering | None = None,
        removeParents: Leaving | None = None,
        writersCanShare: NewSharing | None = None,
        copyRequiresWriterPermission: NewGuarded | None = None,
    ) -> FileView:
        """Change what is given of a file or folder: its name, description, star, place or sharing, or put it into the
        trash and take it out again. To move it, add its new folder and remove the one it is in."""
        tree = self.tree()
        owners = self.given(
            {
                "trashed": trashed,
                "writersCanShare": writersCanShare,
                "copyRequiresWriterPermission": copyRequiresWriterPermission,
            }
        )
        edits: Row = self.given({"name": name})
        if description is not None:
            edits["description"] = description or None
        moves = addParents is not None or removeParents is not None
        row = tree.change(fileId, OWNER if owners else WRITER if edits or moves else READER)
        if trashed is False and any(above["trashed"] for above in tree.path(row)[1:]):
            raise ToolError(f"{row['name']!r} lies in a folder that is in the trash; take that out, or move it first")
        changes = owners | edits | self.given({"starred": starred})
        if moves:
            changes |= self.moved(tree, row, addParents, removeParents)
        if edits:
            changes |= self.changed()
        self.db.update("files", changes, id=row["id"])
        after = self.tree()
        if after.role(after.files[row["id"]]) is None:
            raise ToolError(f"you see {row['name']!r} only by the folder it is in; ask its owner to move it")
        return self.file(row["id"])

    @tool(writes=True)
    def files_copy(
        self,
        fileId: FileKey,
        name: CopyName | None = None,
        parents: CopyHome | None = None,
        description: CopyDescription | None = None,
        copyComments: WithComments = False,
    ) -> FileView:
        """Copy a file; the user owns the copy. Folders cannot be copied."""
        tree = self.tree()
        row = tree.need(fileId)
        if row["mimeType"] == FOLDER:
            raise ToolError(f"{row['name']!r} is a folder, and folders cannot be copied")
        if row["copyRequiresWriterPermission"]:
            tree.need(fileId, WRITER)
        home = self.place(tree, parents)
        beside = [tree.files[key] for key in tree.parents(row)]
        if home is None and beside and ROLES.index(tree.role(beside[0]) or READER) >= ROLES.index(WRITER):
            home = tree.folder(beside[0]["id"])
        key = self.add(
            {
                "name": f"Copy of {row['name']}" if name is None else name,
                "mimeType": row["mimeType"],
                "parents": [(home or tree.root)["id"]],
                "description": row["description"] if description is None else description or None,
                "size": row["size"],
            }
        )
        if copyComments:
            self.copy_comments(row["id"], key)
        return self.file(key)

    @tool(writes=True)
    def files_delete(self, fileId: FileKey) -> None:
        """Delete a file for good, without the trash; a folder goes with all that the user owns in it. Only the owner
        may."""
        tree = self.tree()
        row = tree.change(fileId, OWNER)
        self.erase(tree, [row["id"], *(below["id"] for below in tree.below(row) if tree.mine(below))])

    @tool(writes=True)
    def files_empty_trash(self) -> None:
        """Delete for good all of the user's files that are in the trash."""
        tree = self.tree()
        self.erase(tree, [row["id"] for row in tree.files.values() if tree.trashed(row) and tree.mine(row)])

    # Permissions -----------------------------------------------------------------------------------------------------

    @tool()
    def permissions_list(
        self,
        fileId: FileKey,
        pageSize: PermissionsPage = 100,
        pageToken: PageToken | None = None,
    ) -> PermissionList:
        """List who may do what with a file or folder, also by the folders it is in."""
        tree = self.tree()
        rows, following = self.page(tree.grants(tree.share(fileId)), pageSize, pageToken)
        return PermissionList.model_validate({"permissions": rows, "nextPageToken": following})

    @tool(writes=True)
    def permissions_create(
        self,
        fileId: FileKey,
        type: Grantee,
        role: Role,
        emailAddress: Address | None = None,
        domain: Domain | None = None,
        allowFileDiscovery: Discovery | None = None,
        expirationTime: End | None = None,
        transferOwnership: Transfer = False,
    ) -> PermissionView:
        """Share a file or folder. Whoever has a permission on it already gets the new role instead."""
        tree = self.tree()
        row = tree.share(fileId)
        whom = {"user": emailAddress, "domain": domain, "anyone": None}[type]
        if (emailAddress is not None) != (type == "user") or (domain is not None) != (type == "domain"):
            needed = {"user": "emailAddress alone", "domain": "domain alone", "anyone": "no emailAddress and no domain"}
            raise ToolError(f"the type {type} takes {needed[type]}", code="invalid_arguments")
        whom = whom.strip().casefold() if whom is not None else None
        if type == "user" and not _ADDRESS.fullmatch(whom or ""):
            raise ToolError(f"emailAddress: {emailAddress!r} is no e-mail address", code="invalid_arguments")
        if type == "user" and allowFileDiscovery is not None:
            raise ToolError("allowFileDiscovery goes only with domain or anyone", code="invalid_arguments")
        self.check_end(type, expirationTime)
        _check_transfer(role, expirationTime, transferOwnership)
        if role == OWNER:
            if type != "user" or whom is None:
                raise ToolError("only a user can own a file", code="invalid_arguments")
            return self.permission(row["id"], self.hand_over(tree, row, whom))
        self.check_role(tree, row, permission_id(type, whom), role)
        name = self.name_of(whom) if type == "user" and whom is not None else whom
        found: bool | None = None if type == "user" else bool(allowFileDiscovery)
        values: Row = {"role": role, "expirationTime": expirationTime, "allowFileDiscovery": found}
        return self.permission(row["id"], self.allow(row["id"], type, whom, name, values))

    @tool(writes=True)
    def permissions_update(
        self,
        fileId: FileKey,
        permissionId: PermissionKey,
        role: Role | None = None,
        expirationTime: NewEnd | None = None,
        removeExpiration: Endless = False,
        transferOwnership: Transfer = False,
    ) -> PermissionView:
        """Change what a permission on a file or folder allows, or until when."""
        tree = self.tree()
        row = tree.share(fileId)
        held = self.held(tree, row, permissionId)
        if removeExpiration and expirationTime is not None:
            raise ToolError("give expirationTime or removeExpiration, not both", code="invalid_arguments")
        self.check_end(held["type"], expirationTime)
        _check_transfer(role, expirationTime, transferOwnership)
        if role == OWNER:
            if held["type"] != "user":
                raise ToolError("only a user can own a file", code="invalid_arguments")
            return self.permission(row["id"], self.hand_over(tree, row, held["emailAddress"]))
        self.check_role(tree, row, permissionId, role or held["role"])
        changes = self.given({"role": role, "expirationTime": expirationTime})
        if removeExpiration:
            changes["expirationTime"] = None
        self.db.update("permissions", changes, fileId=row["id"], id=permissionId)
        return self.permission(row["id"], permissionId)

    @tool(writes=True)
    def permissions_delete(self, fileId: FileKey, permissionId: PermissionKey) -> None:
        """Take a permission on a file or folder away."""
        tree = self.tree()
        own = permissionId == permission_id("user", tree.user)
        row = tree.change(fileId, READER) if own else tree.share(fileId)
        if self.held(tree, row, permissionId)["role"] == OWNER:
            raise ToolError("the owner cannot be removed; hand the file over first", code="forbidden")
        self.db.delete("permissions", fileId=row["id"], id=permissionId)

    # Comments --------------------------------------------------------------------------------------------------------

    @tool()
    def comments_list(
        self,
        fileId: FileKey,
        includeDeleted: WithDeleted = False,
        startModifiedTime: Since | None = None,
        pageSize: CommentsPage = 20,
        pageToken: PageToken | None = None,
    ) -> CommentList:
        """List the comments on a file with their replies, the oldest first. Deleted ones are left out unless asked
        for."""
        rows = self.db.rows(
            """
            SELECT * FROM comments
            WHERE fileId = :fileId AND (:deleted OR NOT deleted) AND (:since IS NULL OR modifiedTime >= :since)
            ORDER BY createdTime, seq, id
            """,
            {"fileId": self.tree().need(fileId)["id"], "deleted": includeDeleted, "since": startModifiedTime},
        )
        rows, following = self.page(rows, pageSize, pageToken)
        return CommentList(comments=[self.thread(row) for row in rows], nextPageToken=following)

    @tool(writes=True)
    def comments_create(self, fileId: FileKey, content: Text, quotedFileContent: Quoted | None = None) -> CommentView:
        """Comment on a file."""
        row: Row = {
            "id": self.new_id(length=11),
            "fileId": self.discussed(fileId)["id"],
            "author": self.author(),
            "content": content,
            "quotedFileContent": quotedFileContent,
            "createdTime": self.timestamp,
            "modifiedTime": self.timestamp,
            "seq": self.db.next_number("comments", "seq"),
        }
        self.db.insert("comments", row)
        return self.thread(self.need("comments", "comment", id=row["id"]))

    @tool(writes=True)
    def comments_update(self, fileId: FileKey, commentId: CommentKey, content: NewText) -> CommentView:
        """Change the text of a comment; only its author may."""
        row = self.comment(self.discussed(fileId), commentId)
        if not wrote(row):
            raise ToolError("only its author may change a comment", code="forbidden")
        changes: Row = {"content": content, "modifiedTime": self.timestamp}
        self.db.update("comments", changes, id=commentId)
        return self.thread(row | changes)

    @tool(writes=True)
    def comments_delete(self, fileId: FileKey, commentId: CommentKey) -> None:
        """Delete a comment: it stays, without its text. Only its author and the owner of the file may."""
        tree = self.tree()
        file = tree.need(fileId)
        row = self.comment(file, commentId)
        if not wrote(row) and not tree.mine(file):
            raise ToolError("only its author and the owner of the file may delete a comment", code="forbidden")
        changes: Row = {"deleted": True, "content": None, "quotedFileContent": None, "modifiedTime": self.timestamp}
        self.db.update("comments", changes, id=commentId)

    @tool(writes=True)
    def replies_create(
        self,
        fileId: FileKey,
        commentId: CommentKey,
        content: ReplyText | None = None,
        action: Action | None = None,
    ) -> Reply:
        """Reply to a comment, resolve it, or open it again."""
        file = self.discussed(fileId)
        comment = self.comment(file, commentId)
        if not content and action is None:
            raise ToolError("a reply needs a content or an action", code="invalid_arguments")
        changes: Row = {"modifiedTime": self.timestamp}
        if action is not None:
            if not wrote(comment):
                self.tree().need(fileId, WRITER)
            if comment["resolved"] == (action == "resolve"):
                raise ToolError(f"the comment {'is resolved already' if comment['resolved'] else 'is still open'}")
            changes["resolved"] = action == "resolve"
        row: Row = {
            "id": self.new_id(length=11),
            "fileId": file["id"],
            "commentId": commentId,
            "author": self.author(),
            "content": content or None,
            "action": action,
            "createdTime": self.timestamp,
            "seq": self.db.next_number("replies", "seq"),
        }
        self.db.insert("replies", row)
        self.db.update("comments", changes, id=commentId)
        return Reply.model_validate(row)


def _check_transfer(role: str | None, end: str | None, transfer: bool) -> None:
    """Raise ToolError unless a change of the owner is confirmed, and only that."""
    if (role == OWNER) != transfer:
        raise ToolError("the role owner and transferOwnership go together", code="invalid_arguments")
    if role == OWNER and end is not None:
        raise ToolError("expirationTime: an owner stays the owner", code="invalid_arguments")
