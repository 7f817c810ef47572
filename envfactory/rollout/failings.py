"""Characters with one failing each: they refuse, ask, give up, do things twice, or slip now and then.

`characters.py` says what characters are. `Learner` is the one that may pass: it makes seeded mistakes, so that how hard
a task is can be measured, and sets of attempts be selected, without a model. It is no model, and what it passes says
nothing about one.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from envfactory.environment.faults import faulty
from envfactory.messages import Message, ToolCall, ToolSchema, as_object
from envfactory.rollout.oracle import Oracle, Story, numbered
from envfactory.rollout.task import Turn

MISTAKE = 0.12
"""How likely the learner is to go wrong in one step (a call, or what it says in the end): of tasks with five steps
it passes about half."""


class Refuser(Oracle):
    """Declines whatever it is asked."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        return Message(role="assistant", content="I'm sorry, but I cannot do that for you.")


class Asker(Oracle):
    """Asks back, whatever it is told."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        asked = "Could you tell me more precisely which one you mean, and what exactly you want me to do?"
        return Message(role="assistant", content=asked)


class Quitter(Oracle):
    """Looks things up as the oracle does, and gives up at the first trouble: something that has to be written, told, or
    tried again."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        failed = any("error" in as_object(story.results[name]) for name in story.now)
        waiting = [] if failed else self.waiting(story, turn)
        if waiting and not any(self.task.calls[numbered(call.id)].writes for call in waiting):
            return self.call(*waiting)
        return Message(role="assistant", content="I ran into a problem, so I stopped there.")


class Double(Oracle):
    """Does the work, and makes every call a second time."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        last = story.now[-1] if story.now else ""
        if last.startswith("gold_") and not faulty(story.results[last]):
            made = story.made[last]
            return self.call(ToolCall(id=f"twice_{last}", name=made.name, arguments=made.arguments))
        return super().act(story, turn, tools)


class Learner(Oracle):
    """The oracle with mistakes: in each step, with a chance of `MISTAKE`, it leaves a call out, gets a value wrong, or
    forgets to say what it found. The same seed makes the same mistakes, so that the longer a task, the harder it is."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        while waiting := self.waiting(story, turn):
            calls = [call for call in map(self.tried, waiting) if call is not None]
            if calls:
                return self.call(*calls)
            story = _without(story, waiting)
        slipped = bool(turn.facts) and self.dice(f"turn/{story.turn}").random() < MISTAKE
        return Message(role="assistant", content="That is done.") if slipped else self.close(turn)

    def dice(self, step: str) -> Random:
        """What falls to this step, however often it is asked."""
        return Random(f"{self.seed}/{self.task.id}/{step}")

    def tried(self, call: ToolCall) -> ToolCall | None:
        """The call as it comes out: right, with a wrong value, or not at all."""
        dice = self.dice(str(numbered(call.id)))
        if dice.random() >= MISTAKE:
            return call
        arguments = call.arguments
        names = sorted(name for name, value in as_object(arguments).items() if isinstance(value, str))
        if not names or not isinstance(arguments, dict) or dice.random() < 0.5:
            return None
        name = dice.choice(names)
        return call.model_copy(update={"arguments": {**arguments, name: f"{arguments[name]} (?)"}})


def _without(story: Story, calls: Sequence[ToolCall]) -> Story:
    """The story with these calls made in vain."""
    for call in calls:
        story.made[call.id] = call
        story.results[call.id] = {"error": {"code": "left_out"}}
    return story
