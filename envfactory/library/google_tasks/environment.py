"""Google Tasks: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envfactory.environment.tool import tool

from .entities import TaskListPage
from .overrides import Overrides


class GoogleTasks(Overrides):
    """Personal task lists: tasks with notes, due days and subtasks, kept in an order of the person's own."""

    @tool()
    def tasklists_list(
        self,
        maxResults: Annotated[int, Field(ge=1, le=1000, description="How many lists at most on one page.")] = 1000,
        pageToken: Annotated[
            str | None,
            Field(description="Where to go on: the token that the page before gave."),
        ] = None,
    ) -> TaskListPage:
        """List the person's task lists."""
        rows = self.db.rows("SELECT * FROM task_lists ORDER BY seq, id")
        rows, following = self.page(rows, maxResults, pageToken)
        return TaskListPage.model_validate({"items": rows, "nextPageToken": following})
