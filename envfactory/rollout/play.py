"""Play a task: a user and a model take turns, the model's calls run in a session, everything is written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from envfactory.environment.session import LoggedCall, Session
from envfactory.errors import ToolError
from envfactory.messages import Message, ToolCall, ToolSchema, canonical
from envfactory.models.model import Model, ModelFailed
from envfactory.rollout.task import Changes, Task
from envfactory.rollout.trajectory import Ending, PlayedCall, Trajectory
from envfactory.rollout.user import ScriptedUser, User


async def play(task: Task, model: Model, session: Session, *, user: User | None = None, steps: int = 20) -> Trajectory:
    """One attempt of `model` at `task` in `session` (see `Task.open`), which is left open.

    `user` says the task's own turns unless another is given. `steps` is how many calls a turn may have; the model gets
    one more message to close the turn. Whatever the model does is data and ends up in the trajectory. Calls are those
    of the message's `tool_calls`, never of its text.
    """
    attempt = _Attempt(task, model, session, steps)
    return await attempt.run(user or ScriptedUser(task))


class _Attempt:
    """The conversation so far."""

    def __init__(self, task: Task, model: Model, session: Session, steps: int) -> None:
        self.task = task
        self.model = model
        self.session = session
        self.steps = steps
        self.schemas = session.schemas()
        self.tools = self.given(len(task.turns) - 1)
        self.messages: list[Message] = [Message(role="system", content=instructions(session, task.rules))]
        self.calls: list[PlayedCall] = []
        self.turn_changes: list[Changes] = []
        self.answers: list[str] = []
        self.malformed = 0

    def given(self, turn: int) -> tuple[ToolSchema, ...]:
        """The tools that the agent has in a turn."""
        hidden = self.task.hidden(turn)
        return tuple(schema for schema in self.schemas if schema.name not in hidden)

    async def run(self, user: User) -> Trajectory:
        ending: Ending = "done"
        turn = 0
        while ending == "done":
            try:
                said = await user.say(turn, self.messages, _Hands(self, turn))
                if said is None:
                    break
                self.messages.append(Message(role="user", content=said))
                self.answers.append("")
                ending = await self.turn(turn)
            except ModelFailed:
                ending = "model_failed"
            if len(self.answers) > turn:
                changed = self.session.changes()
                self.turn_changes.append({name: rows for name, rows in sorted(changed.items()) if rows})
            turn += 1
        return Trajectory(
            task=self.task.id,
            model=self.model.name,
            seed=self.task.seed,
            messages=tuple(self.messages),
            tools=self.tools,
            calls=tuple(self.calls),
            turn_changes=tuple(self.turn_changes),
            answers=tuple(self.answers),
            malformed=self.malformed,
            ending=ending,
        )

    async def turn(self, turn: int) -> Ending:
        left = self.steps
        tools = self.given(turn)
        while True:
            message = await self.model.reply(self.messages, tools)
            self.messages.append(message)
            if not message.tool_calls:
                self.answers[turn] = message.content
                return "done"
            unreadable = [call for call in message.tool_calls if isinstance(call.arguments, str)]
            self.malformed += bool(unreadable)
            exhausted = left <= 0
            broken = False
            for call in message.tool_calls:
                if broken or left <= 0:
                    why = "the service failed before this call" if broken else f"no more than {self.steps} calls a turn"
                    self.answer(call, ToolError(why, code="limit").as_result())
                    exhausted = True
                    continue
                left -= 1
                broken = self.call(turn, call)
            if broken:
                return "environment_bug"
            if exhausted:
                return "malformed" if unreadable else "steps"

    def call(self, turn: int, call: ToolCall) -> bool:
        """Make one call and answer it; whether the environment broke."""
        if isinstance(call.arguments, str):
            refusal = ToolError(
                f"the arguments of {call.name!r} are not a JSON object: {call.arguments[:200]!r}",
                code="invalid_arguments",
            )
            self.answer(call, refusal.as_result())
            return False
        if call.name in self.task.hidden(turn):
            logged = _unknown(call.name, call.arguments)
        else:
            logged = self.session.call(call.name, call.arguments)
        self.calls.append(PlayedCall.model_construct(turn=turn, call=logged))
        self.answer(call, logged.result)
        return logged.outcome in ("bug", "timeout", "session_lost")

    def answer(self, call: ToolCall, result: object) -> None:
        self.messages.append(Message(role="tool", content=canonical(result), tool_call_id=call.id, name=call.name))


class _Hands:
    """The user's own tools in one turn."""

    def __init__(self, attempt: _Attempt, turn: int) -> None:
        self._attempt = attempt
        self._turn = turn

    @property
    def schemas(self) -> tuple[ToolSchema, ...]:
        mine = self._attempt.task.user_tools
        return tuple(schema for schema in self._attempt.schemas if schema.name in mine)

    def __call__(self, tool: str, arguments: Mapping[str, Any]) -> LoggedCall:
        attempt = self._attempt
        if tool not in attempt.task.user_tools:
            return _unknown(tool, dict(arguments))
        logged = attempt.session.call(tool, dict(arguments))
        by: Literal["agent", "user"] = "user"
        attempt.calls.append(PlayedCall.model_construct(turn=self._turn, call=logged, by=by))
        return logged


def _unknown(tool: str, arguments: dict[str, Any]) -> LoggedCall:
    refusal = ToolError(f"there is no tool {tool!r}", code="unknown_tool").as_result()
    return LoggedCall(tool=tool, arguments=arguments, outcome="refused", result=refusal)


def instructions(session: Session, rules: tuple[str, ...] = ()) -> str:
    """The system message: who the agent is, what time it is in its worlds, that ids are not for people, and `rules`."""
    clocks = {world.environment.name: world.state.now for world in session.worlds}
    moments = set(clocks.values())
    if len(moments) == 1:
        time = f"It is {_spoken(moments.pop())}."
    else:
        time = " ".join(f"In {name} it is {_spoken(now)}." for name, now in sorted(clocks.items()))
    return (
        "You act for the user through the tools you are given. Look things up rather than guess, do what was asked and "
        "nothing else, and ask when something you need to know cannot be found. When you are done, answer in a few "
        "plain sentences that hold what the user wanted to know. Call things by their names: never show internal ids. "
        + " ".join([time, *rules])
    )


def _spoken(moment: datetime) -> str:
    return f"{moment:%A} {moment.day} {moment:%B %Y}, {moment:%H:%M} UTC"
