"""An environment in a few lines, a session on it, a fork, and what a refusal leaves behind: nothing."""

from __future__ import annotations

from envfactory.environment.environment import Environment, State
from envfactory.environment.session import Session, World
from envfactory.environment.tool import tool
from envfactory.errors import ToolError


class Library(Environment):
    """Books that people borrow."""

    schema = """
    CREATE TABLE book (
        id TEXT NOT NULL PRIMARY KEY,
        title TEXT NOT NULL,
        borrower TEXT
    ) STRICT;
    """

    @tool()
    def list_books(self) -> list[dict[str, str | None]]:
        """List all books and who has them."""
        return self.db.find("book")

    @tool(writes=True)
    def borrow(self, title: str, borrower: str) -> str:
        """Lend a book to a person."""
        book = self.need("book", "book called", title=title)
        if book["borrower"] is not None:
            raise ToolError(f"{title!r} is with {book['borrower']}")
        self.db.update("book", {"borrower": borrower}, id=book["id"])
        return f"{borrower} has {title!r}"


TWO = State(rows={"book": [{"id": "b1", "title": "Emma"}, {"id": "b2", "title": "Middlemarch"}]})

with Session([World(Library, TWO)], seed=7) as session, session.fork() as other:
    print("tools: ", ", ".join(session.tools))
    for person in ("Ada", "Jonas"):
        call = session.call("library__borrow", {"title": "Emma", "borrower": person})
        print(f"{person}: {call.outcome}, {call.result}")
    for arguments in ({"title": "Emma"}, {"title": "Emma", "borrower": 3}, {"title": "Emma", "to": "Mei"}):
        print("wrong: ", session.call("library__borrow", arguments).result)
    (change,) = session.changes()["library"]
    print(f"session: {change.op} {change.table} {change.key}: {change.before} -> {change.after}")
    print("fork:   ", other.changes()["library"], other.call("library__list_books", {}).result)
