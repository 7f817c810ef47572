"""A trajectory: what happened in one attempt at a task."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from envfactory.environment.session import LoggedCall
from envfactory.messages import Message, ToolSchema
from envfactory.rollout.task import Changes

Ending = Literal["done", "steps", "malformed", "model_failed", "environment_bug"]
"""How it ended: all turns answered; too many calls in a turn; unreadable messages to the end; the model's endpoint
failed (infrastructure: masked, never scored 0); the environment broke (likewise)."""


class PlayedCall(BaseModel, frozen=True):
    """One call of the executor's log, and the turn it was made in."""

    turn: int
    call: LoggedCall
    by: Literal["agent", "user"] = "agent"


class Trajectory(BaseModel, frozen=True):
    """One attempt: the conversation, and the rows it changed."""

    task: str
    """The task's id."""
    model: str
    seed: int
    messages: tuple[Message, ...]
    """System, user, assistant and tool messages in order."""
    tools: tuple[ToolSchema, ...]
    """What the agent could call."""
    calls: tuple[PlayedCall, ...]
    """The executor's log: the truth about what was called."""
    turn_changes: tuple[Changes, ...]
    """Net row changes since the start, after each turn that was reached."""
    answers: tuple[str, ...]
    """The agent's closing message of each turn that was reached."""
    malformed: int = 0
    """Messages whose calls could not be read."""
    ending: Ending = "done"
    sample: int = 0
    """Which of several attempts of the model at the task, from 0."""

    @property
    def changes(self) -> Changes:
        """Net row changes of each environment, by its name; equal states give equal tuples."""
        return self.turn_changes[-1] if self.turn_changes else {}
