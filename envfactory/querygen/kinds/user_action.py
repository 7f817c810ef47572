"""Something only the user can do: the agent tells them what, the user does it, the agent goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session
from envfactory.graph.chain import Chain
from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.querygen import words
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe, Shape
from envfactory.querygen.kinds.recut import apart, reworded
from envfactory.querygen.policy import Policy
from envfactory.querygen.query import NAMED, nameable, refer
from envfactory.querygen.story import Move, Story, parts
from envfactory.querygen.told import faithful, told
from envfactory.rollout.oracle import Oracle
from envfactory.rollout.oracle import Story as Played
from envfactory.rollout.task import Fact, GoldCall, Task, Turn


@dataclass(frozen=True)
class Verb:
    """What people do themselves: how an agent may name it, and how they say that they did it."""

    forms: tuple[str, ...]
    done: str
    """With `{}` for what it was done to."""


VERBS: Mapping[str, Verb] = {
    "delete": Verb(("delete", "remove", "erase"), "deleted {}"),
    "delete for good": Verb(("delete", "remove", "erase"), "deleted {}"),
    "permanently delete": Verb(("delete", "remove", "erase"), "deleted {}"),
    "remove": Verb(("remove", "delete", "take out"), "removed {}"),
    "drop": Verb(("drop", "delete", "remove"), "dropped {}"),
    "destroy": Verb(("destroy", "delete", "shut down"), "destroyed {}"),
    "throw": Verb(("throw", "delete", "discard"), "thrown {} away"),
    "cancel": Verb(("cancel", "call off", "end"), "cancelled {}"),
    "call off": Verb(("call off", "cancel", "end"), "called {} off"),
    "end": Verb(("end", "cancel", "stop"), "ended {}"),
    "publish": Verb(("publish", "release", "make public"), "published {}"),
    "release": Verb(("release", "publish", "make public"), "released {}"),
    "turn in": Verb(("turn in", "hand in", "submit"), "turned {} in"),
    "hand in": Verb(("hand in", "turn in", "submit"), "handed {} in"),
    "submit": Verb(("submit", "hand in", "turn in"), "submitted {}"),
    "take back": Verb(("take back", "reclaim", "withdraw"), "taken {} back"),
    "send": Verb(("send", "dispatch", "mail"), "sent {}"),
    "pay": Verb(("pay", "settle", "charge"), "paid {}"),
    "settle": Verb(("settle", "pay", "close"), "settled {}"),
    "charge the card on file for": Verb(("charge", "pay", "settle"), "charged the card for {}"),
    "complete": Verb(("complete", "confirm", "finish"), "completed {}"),
    "capture": Verb(("capture", "complete", "confirm"), "captured {}"),
    "confirm": Verb(("confirm", "approve", "accept"), "confirmed {}"),
    "approve": Verb(("approve", "confirm", "accept"), "approved {}"),
    "accept": Verb(("accept", "approve", "confirm"), "accepted {}"),
    "sign": Verb(("sign", "put your name to", "approve"), "signed {}"),
    "check in": Verb(("check in", "check yourself in", "register"), "checked in for {}"),
    "finalize": Verb(("finalize", "finalise", "close"), "finalized {}"),
    "void": Verb(("void", "cancel", "annul"), "voided {}"),
    "instruct": Verb(("instruct", "approve", "release"), "instructed {}"),
    "withdraw": Verb(("withdraw", "cancel", "take back"), "withdrawn {}"),
    "unsubscribe from": Verb(("unsubscribe", "leave", "stop following"), "unsubscribed from {}"),
    "stop following": Verb(("stop following", "unfollow", "unsubscribe"), "stopped following {}"),
    "return": Verb(("return", "give back", "hand back"), "returned {}"),
}
"""By the words that stand before what it is done to, in the contract's phrases: acts that services really keep for
their customers' own hands, because they cannot be undone, cost money or bind somebody."""

_COMMON = frozenset({"delete", "remove"})
"""What is chosen only where there is nothing more telling."""
_PLACES = ("from your own account", "on your phone", "in the app", "on your side")
_WHY = ("it needs their own sign-in", "it has to be confirmed on their phone", "it takes their own approval")
_DONE = ("Done, I've {}.", "OK, I've just {}.", "All right, I've {}.", "OK, done: I've {}.")
_TELLING = ("please", "you need to", "you have to", "you can", "you must", "you should", "you will need to",
            "you'll need to", "you'll have to", "could you", "would you", "ask you to")  # fmt: skip
_SHOWING = ("yourself", "only you", "yours to", "on your side", "your own", "open", "tap", "click", "go to", "log in",
            "sign in", "press", "choose", "select")  # fmt: skip
_ARTICLES = re.compile(r"\[[^\[\]]*\]")
_HOLE = re.compile(r"\{(\w+)\}")
_MOST_TURNS = 4


class UserAction(Recipe):
    """Tasks in which one write is the user's own: their tool, their hands; the agent guides them and goes on."""

    kind = "user_action"
    shape = Shape(length=(2, 7), turns=(1, 3))

    def fits(self, chain: Chain) -> bool:
        """Whether something can be left to do afterwards."""
        return len(chain.steps) > 1

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        """The chain itself; raises Rejected when none of its tools sounds like a user's own act."""
        for step in chain.steps[:-1]:
            environment, name = parts(step.tool)
            spec = library[environment].spec
            if spec is not None and any(_verb(template) for template in spec.tool(name).phrases):
                return chain
        raise Rejected("nothing for the user to do")

    def recast(self, draft: Draft) -> Task:
        """The draft with one of its writes given to the user; raises Rejected when none sounds like their own act."""
        options = [*_options(draft.story)]
        if not options:
            raise Rejected("nothing for the user to do")
        rare = [option for option in options if option[2].forms[0] not in _COMMON] or options
        near = [option for option in rare if _goes_on(draft.story, option[0])] or rare
        number, template, verb = draft.random.choice(near)
        story, origin = apart(draft.story, number, draft.library)
        if story.count > _MOST_TURNS:
            raise Rejected("too many turns")
        wording = reworded(draft.wording, origin, story)
        wording.clauses[number] = template
        task = told(story, wording, draft.task.operators, draft.library, random=draft.random)
        faithful(story, wording, task)
        return _given(draft, story, task, number, template, verb)

    def policies(self, task: Task) -> Iterator[Policy]:
        """The wrong ways to handle what is the user's, and another right one."""
        yield Policy("says that it did it itself", Claimer.of)
        yield Policy("names the wrong row", Misguider.of)
        yield Policy("guides and then stops", Stopper.of)
        yield Policy("guides in other words", Otherwise.of, passes=True)


def _options(story: Story) -> Iterator[tuple[int, str, Verb]]:
    """Moves that sound like a user's own act and leave something to do: their numbers, a template and its verb."""
    for number, move in enumerate(story.moves[:-1]):
        target = move.target
        if not move.spec.writes or target is None or move.values or move.spec.effect == "create":
            continue
        if not nameable(target) or not target.label or target.label not in refer(target, NAMED, now=story.now):
            continue
        if any(referent.created for referent in move.referents.values()) or _built_on(story, move.place):
            continue
        if any(story.calls[int(use.partition(".")[0])].writes for use in story.calls[move.place].uses.values()):
            continue
        for template in move.spec.phrases:
            verb = _verb(template)
            holes = set(_HOLE.findall(_ARTICLES.sub("", template)))
            aside = "," in _HOLE.split(_ARTICLES.sub("", template))[-1]
            if verb is not None and holes <= set(move.referents) and not aside:
                yield number, template, verb


def _verb(template: str) -> Verb | None:
    return VERBS.get(template.partition("{")[0].strip())


def _goes_on(story: Story, number: int) -> bool:
    """Whether what comes next is about the same service."""
    return story.moves[number + 1].environment == story.moves[number].environment


def _built_on(story: Story, place: int) -> bool:
    """Whether a later call takes a value from the result of this one, which the agent would not see."""
    return any(use.partition(".")[0] == str(place) for call in story.calls for use in call.uses.values())


def _given(draft: Draft, story: Story, task: Task, number: int, template: str, verb: Verb) -> Task:
    """The task with the move's call made by the user at the start of the next turn."""
    move = story.moves[number]
    turn = move.turn
    if turn + 1 >= len(task.turns) or move.target is None:
        raise Rejected("nothing is left to do")
    asking, going_on = task.turns[turn], task.turns[turn + 1]
    *looked_up, call = asking.calls
    if any(other.writes for other in looked_up) or not call.writes:
        raise Rejected("the user's act is not alone in its turn")
    random = draft.random
    noun = words.noun_for(move.target.entity, move.target.item)
    own = call.model_copy(update={"by": "user", "uses": {}})
    guiding = asking.model_copy(
        update={
            "expects": "guide",
            "calls": tuple(looked_up),
            "facts": _facts(move, verb, noun),
            "changes": task.turns[turn - 1].changes if turn else {},
            "answer": f"That is not something I can do for you: please {_clause(move, template, story)} "
            f"{random.choice(_PLACES)}, and tell me when it is done.",
        }
    )
    it = f"that {noun}" if move.target.entity.person else "it"
    confirmed = random.choice(_DONE).format(verb.done.format(it))
    following = going_on.model_copy(
        update={"act": "confirm", "query": f"{confirmed} {going_on.query}", "calls": (own, *going_on.calls)}
    )
    rule = (
        f"Only the user can {_generic(move, template)}, because {random.choice(_WHY)}: tell them exactly what to do, "
        f"and with which {words.noun(move.target.entity)}, and go on when they say that it is done."
    )
    turns = (*task.turns[:turn], guiding, following, *task.turns[turn + 2 :])
    task = task.model_copy(update={"turns": turns, "kind": "user_action", "user_tools": (call.tool,), "rules": (rule,)})
    if any(other.tool == call.tool and other.by == "agent" for other in task.calls):
        raise Rejected("the agent needs the user's tool")
    return task.named()


def _facts(move: Move, verb: Verb, noun: str) -> tuple[Fact, ...]:
    """What the agent must say to guide: which row, what to do with it, and that it is for the user to do."""
    assert move.target is not None
    telling = [f"{lead} {form}" for form in verb.forms for lead in _TELLING]
    apart = [f"{first} {it} {last}" for form in verb.forms for first, _, last in [form.partition(" ")] if last
             for it in ("it", "this", "that", "them")]  # fmt: skip
    return (
        Fact(name="what to do", value=verb.forms[0], forms=(*verb.forms, *apart)),
        Fact(name=f"which {noun}", value=move.target.label, forms=(move.target.label,)),
        Fact(name="that the user does it", value="yourself", forms=(*_SHOWING, *telling)),
    )


def _clause(move: Move, template: str, story: Story) -> str:
    """The act in the contract's words, with every row by its name."""
    said = {
        name: refer(row, NAMED, now=story.now)
        for name, row in move.referents.items()
        if move.spec.parameter(name).role != "scope" or row is move.scope
    }
    return _outside_quotes(_filled(template, said), "your")


def _generic(move: Move, template: str) -> str:
    """The act as a rule speaks of it: `delete a droplet`."""
    named = {name: words.article(words.noun(row.entity)) for name, row in move.referents.items()}
    return _outside_quotes(_filled(_ARTICLES.sub("", template), named), "their")


def _filled(template: str, texts: Mapping[str, str]) -> str:
    kept = _ARTICLES.sub(lambda m: m[0][1:-1] if all(h in texts for h in _HOLE.findall(m[0])) else "", template)
    return _HOLE.sub(lambda m: texts[m[1]], kept)


def _outside_quotes(text: str, whose: str) -> str:
    """`my library` as the agent speaks of it."""
    pieces = text.split('"')
    pieces[::2] = [re.sub(r"\b(my|our)\b", whose, piece) for piece in pieces[::2]]
    return '"'.join(pieces)


# The certificate ------------------------------------------------------------------------------------------------------


class _Guide(Oracle):
    """An oracle that does something else in the turn in which the user must be guided."""

    def act(self, story: Played, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        """The oracle's message, but in that turn `guide`."""
        waiting = self.waiting(story, turn)
        if turn.expects == "guide" and not waiting:
            return self.guide(story, turn)
        return self.call(*waiting) if waiting else self.close(turn)

    def guide(self, story: Played, turn: Turn) -> Message:
        """What is said in that turn."""
        return self.close(turn)

    @property
    def own(self) -> GoldCall:
        """The call that is the user's."""
        return next(call for call in self.task.calls if call.by == "user")


class Claimer(_Guide):
    """Tries the user's tool, and says that the work is done."""

    @classmethod
    def of(cls, task: Task) -> Claimer:
        """The policy for a task."""
        return cls("claimer", task, task.seed)

    def guide(self, story: Played, turn: Turn) -> Message:
        """A call that is refused, then a claim in the very words of the deed."""
        if "claimed" not in story.made:
            return self.call(ToolCall(id="claimed", name=self.own.tool, arguments=self.own.arguments))
        what, which, _ = turn.facts
        return Message(role="assistant", content=f'I did {what.forms[0]} "{which.value}" for you. It is done.')


class Misguider(_Guide):
    """Tells the user to do it to another row."""

    wrong = "the other one"

    @classmethod
    def of(cls, task: Task) -> Misguider:
        """The policy for a task."""
        return cls("misguider", task, task.seed)

    def enter(self, session: Session) -> None:
        """Choose another row's name."""
        environment, name = parts(self.own.tool)
        spec = session.environments[environment].spec
        right = next(str(turn.facts[1].value) for turn in self.task.turns if turn.expects == "guide")
        if spec is not None:
            entity = spec.entity(spec.tool(name).entity)
            labels = [row.get(entity.label) for row in session.environments[environment].db.find(entity.table)]
            others = [label for label in labels if isinstance(label, str) and right.lower() not in label.lower()]
            self.wrong = others[0] if others else self.wrong

    def guide(self, story: Played, turn: Turn) -> Message:
        """The right words about the wrong row."""
        return Message(role="assistant", content=turn.answer.replace(str(turn.facts[1].value), self.wrong))


class Stopper(Oracle):
    """Guides the user, and thinks that this was all."""

    @classmethod
    def of(cls, task: Task) -> Stopper:
        """The policy for a task."""
        return cls("stopper", task, task.seed)

    def act(self, story: Played, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        """Kind words once the user has done their part."""
        if turn.act == "confirm":
            return Message(role="assistant", content="Thank you, then everything is done.")
        return super().act(story, turn, tools)


class Otherwise(_Guide):
    """Guides the user in words of its own."""

    @classmethod
    def of(cls, task: Task) -> Otherwise:
        """The policy for a task."""
        return cls("otherwise", task, task.seed)

    def guide(self, story: Played, turn: Turn) -> Message:
        """Another word for the act, another sentence."""
        what, which, _ = turn.facts
        text = f"I am not able to do this one for you. {which.forms[0]}: you will need to {what.forms[-1]} it yourself."
        return Message(role="assistant", content=text)
