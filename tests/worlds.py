"""Two tiny worlds and how to make tasks of them, for tests of whatever plays, scores or trains."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel

from envfactory.environment.environment import Environment, State
from envfactory.environment.session import Session
from envfactory.environment.tool import FromJson, Key, tool
from envfactory.errors import ToolError
from envfactory.models.model import Model
from envfactory.rollout.play import play
from envfactory.rollout.task import Fact, GoldCall, Setting, Task, Turn
from envfactory.rollout.trajectory import Trajectory


class ListRow(BaseModel):
    id: Annotated[str, Key("list")]
    title: str


class TaskRow(BaseModel):
    id: Annotated[str, Key("task")]
    list_id: Annotated[str, Key("list")]
    title: str
    done: bool
    labels: Annotated[list[str], FromJson]


class Lists(BaseModel):
    items: list[ListRow]


class Rows(BaseModel):
    items: list[TaskRow]


class Gone(BaseModel):
    id: str


class Todo(Environment):
    """Lists, and tasks in them; a trigger keeps a log."""

    schema = """
    CREATE TABLE lists (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL) STRICT;
    CREATE TABLE tasks (
        id TEXT NOT NULL PRIMARY KEY,
        list_id TEXT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
        title TEXT NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        labels TEXT NOT NULL DEFAULT '[]'
    ) STRICT;
    CREATE TABLE log (number INTEGER NOT NULL PRIMARY KEY, what TEXT NOT NULL) STRICT;
    CREATE TRIGGER done_log AFTER UPDATE OF done ON tasks
    BEGIN INSERT INTO log (what) VALUES ('done ' || new.id); END;
    """
    states = {
        "small": State(
            rows={
                "lists": [{"id": "lst_home", "title": "Home"}, {"id": "lst_work", "title": "Work"}],
                "tasks": [
                    {"id": "tsk_lamp", "list_id": "lst_home", "title": "Fix the lamp"},
                    {"id": "tsk_tax", "list_id": "lst_work", "title": "File the taxes"},
                    {"id": "tsk_plan", "list_id": "lst_work", "title": "Plan the offsite"},
                ],
            }
        )
    }

    @tool()
    def list_lists(self) -> Lists:
        """All lists."""
        return Lists(items=[ListRow(**row) for row in self.db.find("lists")])

    @tool()
    def list_tasks(self, list_id: Annotated[str, Key("list")]) -> Rows:
        """The tasks of a list."""
        return Rows.model_validate({"items": self.db.find("tasks", list_id=list_id)})

    @tool(writes=True)
    def create_list(self, title: str) -> ListRow:
        """Make a list."""
        row = {"id": self.new_id("lst"), "title": title}
        self.db.insert("lists", row)
        return ListRow(**row)

    @tool(writes=True)
    def create_task(self, list_id: Annotated[str, Key("list")], title: str, labels: list[str] | None = None) -> TaskRow:
        """Add a task to a list."""
        self.need("lists", "list", id=list_id)
        row = {"id": self.new_id("tsk"), "list_id": list_id, "title": title, "labels": labels or []}
        self.db.insert("tasks", row)
        return TaskRow.model_validate(self.db.get("tasks", id=row["id"]))

    @tool(writes=True)
    def complete_task(self, task_id: Annotated[str, Key("task")]) -> TaskRow:
        """Mark a task as done."""
        self.need("tasks", "task", id=task_id)
        self.db.update("tasks", {"done": True}, id=task_id)
        return TaskRow.model_validate(self.db.get("tasks", id=task_id))

    @tool(writes=True)
    def delete_task(self, task_id: Annotated[str, Key("task")]) -> Gone:
        """Delete a task for good."""
        self.need("tasks", "task", id=task_id)
        self.db.delete("tasks", id=task_id)
        return Gone(id=task_id)

    @tool()
    def crash(self) -> Gone:
        """Break."""
        raise RuntimeError("out of order")


class Account(BaseModel):
    owner: str
    balance: int


class Pass(BaseModel):
    token: str


class Bank(Environment):
    """Accounts; whoever logs in gets a token, which nobody checks."""

    schema = """
    CREATE TABLE accounts (owner TEXT NOT NULL PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0)) STRICT;
    """
    states = {"small": State(rows={"accounts": [{"owner": "Ada", "balance": 500}, {"owner": "Bo", "balance": 80}]})}

    @tool()
    def get_balance(self, owner: str) -> Account:
        """What an account holds."""
        return Account(**self.need("accounts", "account of", owner=owner))

    @tool()
    def log_in(self, owner: str) -> Pass:
        """A token for payments."""
        return Pass(token=f"pass-for-{owner.lower()}")

    @tool(writes=True)
    def open_account(self, owner: str) -> Account:
        """Open an account for someone."""
        if self.db.get("accounts", owner=owner):
            raise ToolError(f"{owner} has an account", code="conflict")
        self.db.insert("accounts", {"owner": owner, "balance": 0})
        return Account(owner=owner, balance=0)

    @tool(writes=True)
    def pay(self, owner: str, amount: int, token: str) -> Account:
        """Pay out of an account."""
        held = self.need("accounts", "account of", owner=owner)["balance"]
        if held < amount:
            raise ToolError(f"{owner} has only {held}")
        self.db.update("accounts", {"balance": held - amount}, owner=owner)
        return Account(owner=owner, balance=held - amount)

    @tool(writes=True)
    def close_account(self, owner: str) -> Account:
        """Close an account, whatever it holds."""
        row = self.need("accounts", "account of", owner=owner)
        self.db.delete("accounts", owner=owner)
        return Account(**row)


LIBRARY: dict[str, type[Environment]] = {"todo": Todo, "bank": Bank}

Call = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, str]]


def fact(value: str, *more: str) -> Fact:
    """A fact with its forms."""
    return Fact(name=f"the fact {value}", value=value, forms=(value, *more))


def make_task(
    *turns: tuple[str, Sequence[Call], Sequence[Fact], str], worlds: Sequence[str] = ("todo",), **more: Any
) -> Task:
    """A task whose gold calls were really executed; a turn is (query, calls, facts, answer).

    An argument in a call's third part is filled from an earlier gold call's result, as in `GoldCall.uses`.
    """
    settings = tuple(Setting(environment=name, hash="", state="small") for name in worlds)
    session = Task(id="", settings=settings, seed=7, turns=()).open(LIBRARY)
    results: dict[int, Any] = {}
    made: list[Turn] = []
    for query, calls, facts, answer in turns:
        gold: list[GoldCall] = []
        for name, arguments, *uses in calls:
            call = GoldCall(tool=name, arguments=arguments, uses=uses[0] if uses else {})
            live = call.live(results)
            logged = session.call(name, live)
            assert logged.outcome == "ok", logged
            results[len(results)] = logged.result
            gold.append(call.model_copy(update={"arguments": live, "writes": session.tools[name].writes}))
        changes = {name: rows for name, rows in session.changes().items() if rows}
        made.append(Turn(query=query, calls=tuple(gold), facts=tuple(facts), changes=changes, answer=answer))
    session.close()
    return Task(id="", settings=settings, seed=7, turns=tuple(made), **more).named()


def attempt(task: Task, model: Model, *, library: Mapping[str, type[Environment]] = LIBRARY, **more: Any) -> Trajectory:
    """One attempt in a fresh session."""
    with task.open(library) as session:
        return asyncio.run(play(task, model, session, **more))


def bare(task: Task) -> Session:
    """A fresh session of a task."""
    return task.open(LIBRARY)


SHOPPING = make_task(
    (
        "Make a list called Groceries with milk and bread on it.",
        [
            ("todo__create_list", {"title": "Groceries"}),
            ("todo__create_task", {"title": "milk"}, {"list_id": "0.id"}),
            ("todo__create_task", {"title": "bread"}, {"list_id": "0.id"}),
        ],
        [],
        "Your list Groceries now holds milk and bread.",
    )
)
"""State-changing: three rows, two of which refer to the first."""

QUESTION = make_task(
    (
        "How many tasks are on my work list?",
        [("todo__list_lists", {}), ("todo__list_tasks", {}, {"list_id": "0.items.1.id"})],
        [fact("2", "two")],
        "There are 2 tasks on your work list.",
    )
)
"""Read-only: the answer is all that counts."""

ERRANDS = make_task(
    (
        "Tick off the taxes, please.",
        [
            ("todo__list_tasks", {"list_id": "lst_work"}),
            ("todo__complete_task", {}, {"task_id": "0.items.1.id"}),
        ],
        [],
        "The taxes are ticked off.",
    ),
    (
        "And pay 120 out of Ada's account. What is left?",
        [
            ("bank__log_in", {"owner": "Ada"}),
            ("bank__pay", {"owner": "Ada", "amount": 120}, {"token": "2.token"}),
        ],
        [fact("380")],
        "Done; Ada has 380 left.",
    ),
    worlds=("todo", "bank"),
)
"""Two environments, two turns."""
