"""What no default can know of Google Tasks: places among siblings, due days, completion, and the default list."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import DateTime, tool
from envfactory.errors import ToolError

from .entities import Task, TaskId, TaskList, TaskListId, TaskPage, TaskStatus

DEFAULT = "@default"
"""What callers may write for the id of the default list."""
FIRST = 10**15
"""The position of the first task among siblings; those that follow or precede lie `STEP` apart."""
STEP = 10**6
ROOM = 10**20
"""Positions have 20 digits."""

Title = Annotated[str, Field(max_length=1024, description="What is to be done; at most 1024 characters.")]
Notes = Annotated[
    str,
    Field(max_length=8192, description="The note; at most 8192 characters. An empty text removes the note."),
]
ListTitle = Annotated[str, Field(max_length=1024, description="The name of the list; at most 1024 characters.")]
Due = Annotated[DateTime, Field(description="The day it is due (RFC 3339); only the day in UTC is kept.")]
Status = Annotated[
    TaskStatus,
    Field(description="`completed` stamps the time; `needsAction` takes it away and shows the task again."),
]
Parent = Annotated[TaskId, Field(description="The task it is to be a subtask of; without it: the top level.")]
Previous = Annotated[TaskId, Field(description="The task it is to follow, of the same parent; without it: first.")]


class Overrides(Environment):
    """Tools written by hand."""

    # Lists -----------------------------------------------------------------------------------------------------------

    @tool()
    def tasklists_get(self, tasklist: TaskListId) -> TaskList:
        """Get one task list."""
        return TaskList.model_validate(self._list(tasklist))

    @tool(writes=True)
    def tasklists_insert(self, title: ListTitle) -> TaskList:
        """Create a task list."""
        row: Row = {
            "id": self.new_id(length=22),
            "title": title,
            "updated": self.timestamp,
            "isDefault": False,
            "seq": self.db.next_number("task_lists", "seq"),
        }
        self.db.insert("task_lists", row)
        return TaskList.model_validate(row)

    @tool(writes=True)
    def tasklists_patch(self, tasklist: TaskListId, title: ListTitle | None = None) -> TaskList:
        """Rename a task list."""
        row = self._list(tasklist)
        changes = self.given({"title": title, "updated": self.timestamp})
        self.db.update("task_lists", changes, id=row["id"])
        return TaskList.model_validate(row | changes)

    @tool(writes=True)
    def tasklists_update(self, tasklist: TaskListId, title: ListTitle) -> TaskList:
        """Replace what a task list says of itself, which is its name."""
        row = self._list(tasklist)
        changes: Row = {"title": title, "updated": self.timestamp}
        self.db.update("task_lists", changes, id=row["id"])
        return TaskList.model_validate(row | changes)

    @tool(writes=True)
    def tasklists_delete(self, tasklist: TaskListId) -> None:
        """Delete a task list and every task in it; the default list cannot be deleted."""
        row = self._list(tasklist)
        if row["isDefault"]:
            raise ToolError(f"the list {row['title']!r} is the default list, which cannot be deleted")
        self.db.delete("task_lists", id=row["id"])

    # Tasks -----------------------------------------------------------------------------------------------------------

    @tool()
    def tasks_list(
        self,
        tasklist: TaskListId,
        completedMin: Annotated[
            DateTime | None,
            Field(description="Only tasks completed at this time or later."),
        ] = None,
        completedMax: Annotated[
            DateTime | None,
            Field(description="Only tasks completed at this time or earlier."),
        ] = None,
        dueMin: Annotated[DateTime | None, Field(description="Only tasks due at this time or later.")] = None,
        dueMax: Annotated[DateTime | None, Field(description="Only tasks due at this time or earlier.")] = None,
        updatedMin: Annotated[DateTime | None, Field(description="Only tasks changed at this time or later.")] = None,
        showCompleted: Annotated[bool, Field(description="Whether completed tasks are among them.")] = True,
        showHidden: Annotated[
            bool,
            Field(description="Whether hidden tasks are among them: those that were cleared."),
        ] = False,
        maxResults: Annotated[int, Field(ge=1, le=100, description="How many tasks at most on one page.")] = 20,
        pageToken: Annotated[
            str | None,
            Field(description="Where to go on: the token that the page before gave."),
        ] = None,
    ) -> TaskPage:
        """List the tasks of a list in their order, each followed by its subtasks. Hidden tasks are left out unless
        asked for."""
        rows = self.db.rows(
            """
            SELECT task.* FROM tasks AS task LEFT JOIN tasks AS above ON above.id = task.parent
            WHERE task.tasklist = :tasklist
              AND (:completedMin IS NULL OR task.completed >= :completedMin)
              AND (:completedMax IS NULL OR task.completed <= :completedMax)
              AND (:dueMin IS NULL OR task.due >= :dueMin)
              AND (:dueMax IS NULL OR task.due <= :dueMax)
              AND (:updatedMin IS NULL OR task.updated >= :updatedMin)
              AND (:showCompleted OR task.status <> 'completed')
              AND (:showHidden OR NOT task.hidden)
            ORDER BY coalesce(above.position, task.position), coalesce(above.id, task.id), above.id IS NOT NULL,
                task.position, task.id
            """,
            {
                "tasklist": self._list(tasklist)["id"],
                "completedMin": completedMin,
                "completedMax": completedMax,
                "dueMin": dueMin,
                "dueMax": dueMax,
                "updatedMin": updatedMin,
                "showCompleted": showCompleted,
                "showHidden": showHidden,
            },
        )
        rows, following = self.page(rows, maxResults, pageToken)
        return TaskPage.model_validate({"items": rows, "nextPageToken": following})

    @tool()
    def tasks_get(self, tasklist: TaskListId, task: TaskId) -> Task:
        """Get one task of a list."""
        return Task.model_validate(self._task(self._list(tasklist), task))

    @tool(writes=True)
    def tasks_insert(
        self,
        tasklist: TaskListId,
        title: Title | None = None,
        notes: Notes | None = None,
        due: Due | None = None,
        status: Status = "needsAction",
        parent: Parent | None = None,
        previous: Previous | None = None,
    ) -> Task:
        """Create a task in a list: first among the tasks of its parent, or of the top level, unless it is told to
        follow another."""
        home = self._list(tasklist)
        self._check_parent(home, parent)
        row: Row = {
            "id": self.new_id(length=22),
            "tasklist": home["id"],
            "title": title or "",
            "notes": notes or None,
            "due": _day(due),
            "parent": parent,
            "position": self._place(home, parent, previous),
            "updated": self.timestamp,
            "hidden": False,
            **self._marked({"completed": None}, status),
        }
        self.db.insert("tasks", row)
        return Task.model_validate(row)

    @tool(writes=True)
    def tasks_patch(
        self,
        tasklist: TaskListId,
        task: TaskId,
        title: Title | None = None,
        notes: Notes | None = None,
        due: Due | None = None,
        status: Status | None = None,
    ) -> Task:
        """Change what is given of a task; everything else stays."""
        row = self._task(self._list(tasklist), task)
        changes = self.given({"title": title, "due": _day(due), "updated": self.timestamp})
        if notes is not None:
            changes["notes"] = notes or None
        if status is not None:
            changes |= self._marked(row, status)
        self.db.update("tasks", changes, id=task)
        return Task.model_validate(row | changes)

    @tool(writes=True)
    def tasks_update(
        self,
        tasklist: TaskListId,
        task: TaskId,
        title: Title | None = None,
        notes: Notes | None = None,
        due: Due | None = None,
        status: Status = "needsAction",
    ) -> Task:
        """Replace a task: a title, note or due day that is not given is emptied, and without a status it is to be done
        again."""
        row = self._task(self._list(tasklist), task)
        changes: Row = {
            "title": title or "",
            "notes": notes or None,
            "due": _day(due),
            "updated": self.timestamp,
            **self._marked(row, status),
        }
        self.db.update("tasks", changes, id=task)
        return Task.model_validate(row | changes)

    @tool(writes=True)
    def tasks_delete(self, tasklist: TaskListId, task: TaskId) -> None:
        """Delete a task and its subtasks."""
        row = self._task(self._list(tasklist), task)
        self.db.delete("tasks", parent=row["id"])
        self.db.delete("tasks", id=row["id"])

    @tool(writes=True)
    def tasks_move(
        self,
        tasklist: TaskListId,
        task: TaskId,
        parent: Parent | None = None,
        previous: Previous | None = None,
        destinationTasklist: Annotated[
            TaskListId | None,
            Field(description="The list it is to go to: its id, or `@default`; without it the task stays in its list."),
        ] = None,
    ) -> Task:
        """Move a task, with its subtasks, to another place: first among the tasks of the new parent, or of the top
        level, unless it is told to follow another."""
        source = self._list(tasklist)
        row = self._task(source, task)
        target = source if destinationTasklist is None else self._list(destinationTasklist)
        if row["hidden"] and (parent is not None or previous is not None):
            raise ToolError("a hidden task can only go to the first place of the top level")
        if task in (parent, previous):
            raise ToolError("a task cannot go under or behind itself")
        self._check_parent(target, parent)
        if parent is not None and self.db.get("tasks", parent=task) is not None:
            raise ToolError(f"the task {row['title']!r} has subtasks and cannot become one itself")
        changes: Row = {
            "tasklist": target["id"],
            "parent": parent,
            "position": self._place(target, parent, previous, moving=task),
            "updated": self.timestamp,
        }
        self.db.update("tasks", changes, id=task)
        self.db.update("tasks", {"tasklist": target["id"]}, parent=task)
        return Task.model_validate(row | changes)

    @tool(writes=True)
    def tasks_clear(self, tasklist: TaskListId) -> None:
        """Clear the completed tasks of a list: they become hidden."""
        changes: Row = {"hidden": True, "updated": self.timestamp}
        self.db.update("tasks", changes, tasklist=self._list(tasklist)["id"], status="completed", hidden=False)

    # What they share -------------------------------------------------------------------------------------------------

    def _list(self, tasklist: str) -> Row:
        """A list by its id, or the default one; raises ToolError."""
        if tasklist == DEFAULT:
            tasklist = self.db.value("SELECT id FROM task_lists WHERE isDefault") or tasklist
        return self.need("task_lists", "task list", id=tasklist)

    def _task(self, home: Row, task: str) -> Row:
        """A task of a list; raises ToolError."""
        return self.need("tasks", f"task of the list {home['title']!r} with the id", tasklist=home["id"], id=task)

    def _check_parent(self, home: Row, parent: str | None) -> None:
        """Raise ToolError unless a task of the list may have subtasks."""
        if parent is None:
            return
        row = self._task(home, parent)
        if row["hidden"]:
            raise ToolError(f"the task {row['title']!r} is hidden and cannot have subtasks")
        if row["parent"] is not None:
            raise ToolError(f"the task {row['title']!r} is a subtask and cannot have subtasks")

    def _place(self, home: Row, parent: str | None, previous: str | None, *, moving: str = "") -> str:
        """The position right after `previous`, or before all siblings; raises ToolError when it is none of them."""
        siblings = self.db.rows(
            """
            SELECT id, title, hidden, position FROM tasks
            WHERE tasklist = :tasklist AND parent IS :parent AND id <> :moving ORDER BY position, id
            """,
            {"tasklist": home["id"], "parent": parent, "moving": moving},
        )
        place = 0
        if previous is not None:
            before = self._task(home, previous)
            if before["hidden"]:
                raise ToolError(f"the task {before['title']!r} is hidden and cannot be followed")
            if before["parent"] != parent:
                raise ToolError(f"the task {before['title']!r} has another parent and cannot be followed")
            place = [sibling["id"] for sibling in siblings].index(previous) + 1
        taken = [int(sibling["position"]) for sibling in siblings]
        number = _between(taken, place)
        if number is None:  # no room is left: the siblings are spread out anew
            for step, sibling in enumerate(siblings):
                taken[step] = FIRST + step * STEP
                self.db.update("tasks", {"position": _digits(taken[step])}, id=sibling["id"])
            number = _between(taken, place)
        assert number is not None
        return _digits(number)

    def _marked(self, row: Row, status: TaskStatus) -> Row:
        """What a status makes of a task: when it was completed, and whether it may stay hidden."""
        if status == "completed":
            return {"status": status, "completed": row["completed"] or self.timestamp}
        return {"status": status, "completed": None, "hidden": False}


def _between(taken: list[int], place: int) -> int | None:
    """A free number before the one at `place` and after those before it; None when there is none."""
    low = taken[place - 1] if place > 0 else -1
    high = taken[place] if place < len(taken) else ROOM
    if not taken:
        return FIRST
    if place == 0:
        number = high - STEP
    elif place == len(taken):
        number = low + STEP
    else:
        number = (low + high) // 2
    return number if low < number < high else None


def _digits(number: int) -> str:
    return f"{number:020d}"


def _day(due: str | None) -> str | None:
    """Midnight UTC of the day of a time."""
    return None if due is None else f"{due[:10]}T00:00:00.000Z"
