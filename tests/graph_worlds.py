"""Two tiny worlds the graph's tests link: task lists, and an address book with mail."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from envfactory.environment.environment import Environment, State
from envfactory.environment.tool import Key, tool
from envfactory.errors import ToolError

ListId = Annotated[str, Key("task_list")]
TaskId = Annotated[str, Key("task")]
ContactId = Annotated[str, Key("contact")]
MailId = Annotated[str, Key("mail")]


class TaskList(BaseModel):
    id: ListId
    title: str


class Task(BaseModel):
    id: TaskId
    list_id: ListId
    title: str
    due: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None


class ListPage(BaseModel):
    items: list[TaskList]
    nextPageToken: str | None = None


class TaskPage(BaseModel):
    items: list[Task]
    nextPageToken: str | None = None


class Done(BaseModel):
    pass


class Todo(Environment):
    """Task lists and the tasks in them."""

    domain = "office"
    schema = """
        CREATE TABLE lists (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL) STRICT;
        CREATE TABLE tasks (
            id TEXT PRIMARY KEY NOT NULL,
            list_id TEXT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
            title TEXT NOT NULL,
            due TEXT
        ) STRICT;
    """
    states = {
        "large": State(rows={"lists": [{"id": f"l{n}", "title": f"List {n}"} for n in range(40)]}),
        "small": State(
            rows={
                "lists": [{"id": "l_home", "title": "Home"}, {"id": "l_work", "title": "Work"}],
                "tasks": [
                    {"id": "t_milk", "list_id": "l_home", "title": "Buy milk", "due": "2026-03-04"},
                    {"id": "t_roof", "list_id": "l_home", "title": "Mend the roof"},
                    {"id": "t_plan", "list_id": "l_work", "title": "Write the plan", "due": "2026-03-06"},
                ],
            }
        ),
    }

    def find(self, list_id: str, task_id: str) -> dict[str, object]:
        row = self.db.get("tasks", list_id=list_id, id=task_id)
        if row is None:
            raise ToolError(f"there is no task {task_id!r} in {list_id!r}", code="not_found")
        return row

    @tool()
    def list_lists(self, page_token: str | None = None) -> ListPage:
        """All task lists."""
        rows, after = self.page(self.db.find("lists"), 10, page_token)
        return ListPage.model_validate({"items": rows, "nextPageToken": after})

    @tool(writes=True)
    def create_list(self, title: str) -> TaskList:
        """Make a task list."""
        row = {"id": self.new_id("l"), "title": title}
        self.db.insert("lists", row)
        return TaskList.model_validate(row)

    @tool(writes=True)
    def delete_list(self, list_id: ListId) -> Done:
        """Delete a task list and the tasks in it."""
        self.need("lists", "list", id=list_id)
        self.db.delete("lists", id=list_id)
        return Done()

    @tool()
    def list_tasks(self, list_id: ListId, page_token: str | None = None) -> TaskPage:
        """The tasks of a list."""
        self.need("lists", "list", id=list_id)
        rows, after = self.page(self.db.find("tasks", list_id=list_id), 10, page_token)
        return TaskPage.model_validate({"items": rows, "nextPageToken": after})

    @tool()
    def search_tasks(self, query: str) -> list[Task]:
        """The tasks of all lists whose title holds some words."""
        return [Task.model_validate(row) for row in self.db.find("tasks") if query.lower() in row["title"].lower()]

    @tool()
    def get_task(self, list_id: ListId, task_id: TaskId) -> Task:
        """One task."""
        return Task.model_validate(self.find(list_id, task_id))

    @tool(writes=True)
    def create_task(
        self,
        list_id: ListId,
        title: str,
        due: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None,
    ) -> Task:
        """Add a task to a list."""
        self.need("lists", "list", id=list_id)
        row = {"id": self.new_id("t"), "list_id": list_id, "title": title, "due": due}
        self.db.insert("tasks", row)
        return Task.model_validate(row)

    @tool(writes=True)
    def update_task(self, list_id: ListId, task_id: TaskId, title: str) -> Task:
        """Rename a task."""
        self.find(list_id, task_id)
        self.db.update("tasks", {"title": title}, id=task_id)
        return Task.model_validate(self.find(list_id, task_id))

    @tool(writes=True)
    def delete_task(self, list_id: ListId, task_id: TaskId) -> Done:
        """Delete a task."""
        self.find(list_id, task_id)
        self.db.delete("tasks", id=task_id)
        return Done()

    @tool(writes=True)
    def move_task(self, list_id: ListId, task_id: TaskId, to_list_id: ListId) -> Task:
        """Move a task to another list."""
        self.find(list_id, task_id)
        self.need("lists", "list", id=to_list_id)
        self.db.update("tasks", {"list_id": to_list_id}, id=task_id)
        return Task.model_validate(self.find(to_list_id, task_id))


Email = Annotated[str, Field(description="An e-mail address.", json_schema_extra={"format": "email"})]


class Contact(BaseModel):
    id: ContactId
    name: str
    email: Email
    nickname: str


class Mail(BaseModel):
    id: MailId
    sender: Email
    recipient: Email
    subject: str


class Post(Environment):
    """An address book, and mail to the people in it."""

    domain = "office"
    schema = """
        CREATE TABLE contacts (
            id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL, nickname TEXT NOT NULL
        ) STRICT;
        CREATE TABLE mails (
            id TEXT PRIMARY KEY NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL
        ) STRICT;
    """
    states = {
        "small": State(
            rows={
                "contacts": [
                    {"id": "c_ada", "name": "Ada Berg", "email": "ada@berg.example", "nickname": "addie"},
                    {"id": "c_tom", "name": "Tom Fink", "email": "tom@fink.example", "nickname": "tommy"},
                ],
                "mails": [
                    {"id": "m_1", "sender": "me@home.example", "recipient": "ada@berg.example", "subject": "Hello"}
                ],
            }
        )
    }

    @tool()
    def search_contacts(self, query: str) -> list[Contact]:
        """The contacts whose name holds some words."""
        rows = [row for row in self.db.find("contacts") if query.lower() in row["name"].lower()]
        return [Contact.model_validate(row) for row in rows]

    @tool()
    def get_contact(self, contact_id: ContactId) -> Contact:
        """One contact."""
        return Contact.model_validate(self.need("contacts", "contact", id=contact_id))

    @tool()
    def list_mails(self, recipient: Email | None = None) -> list[Mail]:
        """The mails sent to an address, or all."""
        rows = self.db.find("mails") if recipient is None else self.db.find("mails", recipient=recipient)
        return [Mail.model_validate(row) for row in rows]

    @tool(writes=True)
    def send_mail(self, recipient: Email, subject: str) -> Mail:
        """Send a mail to an address."""
        if "@" not in recipient:
            raise ToolError(f"{recipient!r} is no address", code="invalid_arguments")
        row = {"id": self.new_id("m"), "sender": "me@home.example", "recipient": recipient, "subject": subject}
        self.db.insert("mails", row)
        return Mail.model_validate(row)

    @tool(writes=True)
    def delete_mail(self, mail_id: MailId) -> Done:
        """Delete a mail."""
        self.need("mails", "mail", id=mail_id)
        self.db.delete("mails", id=mail_id)
        return Done()


LIBRARY: dict[str, type[Environment]] = {"todo": Todo, "post": Post}
