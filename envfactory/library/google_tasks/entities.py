"""Ids, rows and pages of Google Tasks: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import Key

TaskListId = Annotated[str, Key("task_list", "The id of a task list; `@default` stands for the person's default list.")]
TaskId = Annotated[str, Key("task", "The id of a task.")]
TaskStatus = Literal["needsAction", "completed"]


class TaskList(BaseModel):
    """One list."""

    id: TaskListId
    title: str = Field(description="The name of the list; at most 1024 characters.")
    updated: str = Field(
        description="When the list itself was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Task(BaseModel):
    """One task."""

    id: TaskId
    title: str = Field(description="What is to be done; at most 1024 characters.")
    notes: str | None = Field(default=None, description="The note of the task; at most 8192 characters.")
    status: TaskStatus = Field(description="Whether it is still to be done (`needsAction`) or done (`completed`).")
    due: str | None = Field(
        default=None,
        description="The day it is due, as midnight UTC (RFC 3339); the time of day is not kept.",
        json_schema_extra={"format": "date-time"},
    )
    completed: str | None = Field(
        default=None,
        description="When it was completed (RFC 3339, UTC); absent while it is not.",
        json_schema_extra={"format": "date-time"},
    )
    hidden: bool = Field(description="Whether it was done when its list was last cleared.")
    parent: TaskId | None = Field(default=None, description="The task it is a subtask of; absent at the top level.")
    position: str = Field(
        description="20 digits that sort as the tasks of one parent, or of the top level, are ordered.",
    )
    updated: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class TaskListPage(BaseModel):
    """A page of a list, each item one list."""

    items: list[TaskList]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class TaskPage(BaseModel):
    """A page of a list, each item one task."""

    items: list[Task]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
