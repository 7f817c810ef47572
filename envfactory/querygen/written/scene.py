"""Director: who asks, why now, in a world that fits the story, and how much is said. Execution has the last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from random import Random

from pydantic import BaseModel, Field

from envfactory.envgen.authors.author import Author
from envfactory.environment.environment import Environment
from envfactory.querygen import words
from envfactory.querygen.adapt import Addition, unclear, with_rows
from envfactory.querygen.brief import Brief, Thing, brief, made_and_changed, moved, relive
from envfactory.querygen.certify import Rejected, certify
from envfactory.querygen.query import IMPLICIT, NAMED, OMITTED, demand, edge_words
from envfactory.querygen.refine import resolves
from envfactory.querygen.saying import flat, holds, read
from envfactory.querygen.story import Story
from envfactory.querygen.told import faithful, readable, told
from envfactory.rollout.task import Setting, Task, state_of

NAMES = 10
"""How many names of each kind of thing a director is shown."""
ADDED = 3
"""How many rows a director may add."""


class Way(BaseModel, frozen=True, extra="forbid"):
    """How a thing is referred to."""

    request: int = Field(description="The number of the request.")
    thing: str = Field(description="The thing, by the word it is listed under.")
    way: str = Field(description="One of the ways listed for it.")


class Scene(BaseModel, frozen=True, extra="forbid"):
    """The scene of a conversation."""

    persona: str = Field(min_length=4, max_length=100)
    story: str = Field(min_length=20, max_length=500)
    tone: str = Field(min_length=3, max_length=80)
    additions: list[Addition] = Field(default_factory=list[Addition], max_length=ADDED)
    turns: list[list[int]] = Field(
        default_factory=list[list[int]], description="Request numbers by turn; empty to leave the turns as they are."
    )
    ways: list[Way] = Field(default_factory=list[Way])


@dataclass(frozen=True)
class Set:
    """A task that is ready for its words: the scene, and the same task told by the grammar in it."""

    scene: Scene
    task: Task
    told: Brief


def prompt(name: str) -> str:
    """A prompt of this folder."""
    return files("envfactory.querygen.written").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


def free(task: Task, plan: Brief) -> bool:
    """Whether turns, references and worlds may change: not where a kind rests on them, or a turn reacts to another."""
    return bool(plan.requests) and task.kind == "base" and not plan.fixed


async def direct(author: Author, task: Task, plan: Brief, library: Mapping[str, type[Environment]]) -> Set:
    """A scene for a task, carried out; raises `authors.author.Rejected` when the model gives none that works out."""
    made: dict[str, Set] = {}

    def check(scene: Scene) -> list[str]:
        problems = _plain(scene, task, library)
        if not problems:
            try:
                made[scene.model_dump_json()] = staged(scene, task, plan, library)
            except Rejected as reason:
                problems = [str(reason)]
        return problems

    context = _context(task, plan, library)
    scene = await author.answer("director", "scenario", Scene, context, check=check, text=prompt("scenario"))
    return made[scene.model_dump_json()]


def staged(scene: Scene, task: Task, plan: Brief, library: Mapping[str, type[Environment]]) -> Set:
    """The task in that scene, told by the grammar and certified; raises Rejected with the reason, for its writer."""
    if not free(task, plan):
        if scene.additions or scene.turns or scene.ways:
            raise Rejected("additions, turns and ways must be empty: in this task they cannot change")
        return Set(scene, task, plan)
    settings = with_rows(task.settings, scene.additions, library) if scene.additions else task.settings
    changed = moved(plan, _turns(scene.turns, plan)) if scene.turns else plan
    changed = _referred(changed, scene.ways, task, library)
    if changed == plan and settings == task.settings:
        return Set(scene, task, plan)
    story = relive(changed, task, library, settings=settings)
    try:
        if made_and_changed(story) and scene.turns:
            raise Rejected("turns: what is made and then changed must be in different turns")
        wording = changed.wording()
        for (number, name), way in wording.ways.items():
            if not resolves(story, wording, number, name, way):
                noun = words.noun(story.moves[number].referents[name].entity)
                raise Rejected(f"request {number + 1}: the {noun} as {way!r} does not mean exactly one in that place")
        unclear(story, changed)
        random = Random(f"{task.id}/scene")
        new = told(story, wording, _operators(story, changed, task), library, random=random)
        faithful(story, wording, new)
        readable(new)
        after = brief(story, wording, new)
    finally:
        story.close()
    return Set(scene, certify(new, library, random=Random(f"{new.id}/certificate")), after)


def _turns(turns: Sequence[Sequence[int]], plan: Brief) -> list[list[int]]:
    said = [number for turn in turns for number in turn]
    if said != list(range(1, len(plan.requests) + 1)) or not all(turns):
        raise Rejected(f"turns: each request from 1 to {len(plan.requests)} once, in this order, no turn empty")
    return [[number - 1 for number in turn] for turn in turns]


def _referred(plan: Brief, ways: Sequence[Way], task: Task, library: Mapping[str, type[Environment]]) -> Brief:
    requests = list(plan.requests)
    for way in ways:
        number = way.request - 1
        if not 0 <= number < len(requests):
            raise Rejected(f"ways: there is no request {way.request}")
        names = nouns_of(task, requests[number].place, requests[number].things, library)
        name = next((name for name, noun in names.items() if noun == way.thing), None)
        if name is None:
            raise Rejected(
                f"ways: request {way.request} has no {way.thing!r}; it has {', '.join(names.values()) or 'none'}"
            )
        if way.way not in {NAMED, IMPLICIT, OMITTED} and not way.way.startswith(("first:", "last:")):
            raise Rejected(f"ways: {way.way!r} is no way to refer to anything")
        thing = requests[number].things[name].model_copy(update={"way": way.way})
        things = {**requests[number].things, name: thing}
        requests[number] = requests[number].model_copy(update={"things": things})
    return plan.model_copy(update={"requests": tuple(requests)})


def nouns_of(
    task: Task, place: int, things: Mapping[str, Thing], library: Mapping[str, type[Environment]]
) -> dict[str, str]:
    """What the things of a request are called, by parameter; those of one kind are numbered."""
    environment = task.calls[place].tool.partition("__")[0]
    spec = library[environment].spec
    found: dict[str, str] = {}
    for name, thing in things.items():
        noun = words.noun(spec.entity(thing.entity)) if spec else thing.entity
        number = sum(one == noun or one.startswith(f"{noun} (") for one in found.values())
        found[name] = f"{noun} ({number + 1})" if number else noun
    return found


def _operators(story: Story, plan: Brief, task: Task) -> tuple[str, ...]:
    """The names of the refinements that the words have now."""
    ways = [thing.way for request in plan.requests for thing in request.things.values()]
    found = {
        "implicit_reference": IMPLICIT in ways,
        "omitted_parameter": OMITTED in ways,
        "compressed": bool(plan.pressed),
        "ambiguity": any(":" in way for way in ways),
        "merged": story.count < len(task.turns),
    }
    return tuple(name for name, there in found.items() if there)


def _plain(scene: Scene, task: Task, library: Mapping[str, type[Environment]]) -> list[str]:
    """What is wrong with a scene before anything is executed."""
    text = flat(f"{scene.persona}. {scene.story}")
    known = flat(" ".join(turn.query for turn in task.turns))
    mine = read(text)
    problems = [f"story: it must not say {code!r}" for code in sorted(mine.codes)]
    problems += [f"story: it must not say the figure {number:g}" for number in sorted(mine.numbers)]
    problems += ["story: it must not say a date"] if mine.dates else []
    for setting in task.settings:
        spec = library[setting.environment].spec
        for entity in spec.entities if spec else ():
            for row in state_of(library[setting.environment], setting).rows.get(entity.table, []):
                label = row.get(entity.label) if entity.label else None
                if isinstance(label, str) and " " in label and label in text and not holds(known, flat(label)):
                    problems.append(f"story: {label!r} is a {words.noun(entity)} that the requests are not about")
    return problems


def _context(task: Task, plan: Brief, library: Mapping[str, type[Environment]]) -> str:
    """What a director is shown: services, requests with the ways to refer to things, and names of what exists."""
    services: list[str] = []
    for setting in task.settings:
        spec = library[setting.environment].spec
        if spec is not None:
            services.append(f"- {spec.title}: {spec.description}")
    parts = ["The services:\n\n" + "\n".join(services), f"It is now {plan.now:%A} {plan.now.day} {plan.now:%B %Y}."]
    if not free(task, plan):
        said = "\n".join(f"Turn {n}: {turn.query}" for n, turn in enumerate(task.turns, 1))
        return "\n\n".join([*parts, f"What is wanted, as it might be said:\n\n{said}", _FIXED])
    story = relive(plan, task, library)
    try:
        wanted = requests_of(story, plan, task, library)
    finally:
        story.close()
    turns = "; ".join(f"turn {n}: {', '.join(str(one + 1) for one in turn)}" for n, turn in enumerate(plan.turns, 1))
    parts += [f"The requests:\n\n{wanted}", f"The turns as they are: {turns}."]
    parts.append(_names(task.settings, plan, library))
    return "\n\n".join(parts)


_FIXED = "The turns, references and rows of this task cannot change: leave `additions`, `turns` and `ways` empty."


def requests_of(story: Story, plan: Brief, task: Task, library: Mapping[str, type[Environment]]) -> str:
    """The requests as numbered lines, with the ways in which each thing can be referred to."""
    lines: list[str] = []
    wording = plan.wording()
    for number, move in enumerate(story.moves):
        lines.append(f"{number + 1}. {demand(story, move, random=Random(f'{task.id}/{number}'))}")
        things = plan.requests[number].things
        names = nouns_of(task, move.place, things, library)
        for name, noun in names.items():
            entity = move.referents[name].entity
            options = [NAMED] if move.referents[name].label else []
            options += [way for way in (IMPLICIT, OMITTED) if resolves(story, wording, number, name, way)]
            if move.spec.parameter(name).role == "key":
                for attribute in entity.attributes:
                    for side in ("first", "last"):
                        way = f"{side}:{attribute.name}"
                        if move.question != f"field:{attribute.name}" and resolves(story, wording, number, name, way):
                            options.append(f"{way} (the {edge_words(attribute, side)})")
            lines.append(f"   - {noun}: now {things[name].way}; ways: {'; '.join(options)}")
    return "\n".join(lines)


def _names(settings: Sequence[Setting], plan: Brief, library: Mapping[str, type[Environment]]) -> str:
    """Names of rows that exist, the kinds of the requests first."""
    known = " ".join(thing.text for request in plan.requests for thing in request.things.values())
    near = {thing.entity for request in plan.requests for thing in request.things.values()}
    lines: list[str] = []
    for setting in settings:
        spec = library[setting.environment].spec
        rows = state_of(library[setting.environment], setting).rows
        for entity in spec.entities if spec else ():
            labels = [row.get(entity.label) for row in rows.get(entity.table, [])] if entity.label else []
            named = list(dict.fromkeys(label for label in labels if isinstance(label, str) and label))
            if entity.name in near and named:
                fixed = {entity.key, entity.label, entity.scope}
                named.sort(key=lambda label: label not in known)  # those of the requests first
                own = [a.name for a in entity.attributes if a.name not in fixed and not (a.entity or a.read_only)]
                more = f", and {len(named) - NAMES} more" if len(named) > NAMES else ""
                listed = ", ".join(f'"{one}"' for one in named[:NAMES])
                lines.append(f"- {entity.name}: {listed}{more} (properties: {', '.join(own[:8]) or 'none to change'})")
    return "Things that exist, which an addition can be like, by kind:\n\n" + ("\n".join(lines) or "none")
