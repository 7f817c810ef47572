"""Worlds adapted to a story: a few rows more, made like rows that are there, so that looking closely pays.

An addition is a row of some kind like another, under another name: a second list that is called nearly the same, an old
copy of the document. It keeps the other row's columns, so the environment's constraints mostly hold; the database has
the last word. A task stays what it was: gold is played again in the new world, every look-up must still give the rows
it gave, every question have the same answer, every reference resolve to the same row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from envfactory.envgen.stamps import disagreements
from envfactory.environment.environment import Environment
from envfactory.environment.schema import Schema
from envfactory.environment.spec import Entity, EnvSpec
from envfactory.environment.store import Image
from envfactory.errors import StateError
from envfactory.messages import canonical
from envfactory.querygen.brief import Brief, brief, relive
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft
from envfactory.querygen.refine import resolves
from envfactory.querygen.story import Story
from envfactory.querygen.words import noun_for
from envfactory.rollout.task import Setting, Task, state_of

SHARE = 0.4
"""How often a base task's world is adapted to its story without a model; in half of them it can be."""
MOST = 4
"""Rows a world is given for one story, at most."""
_PAPER = re.compile(
    r"file|document|folder|form|spreadsheet|presentation|list|course|playlist|project|collection|article|draft|post|label"
    r"|assignment|calendar|budget|topic|milestone|repository|issue|task|payout|campaign|schedule",
    re.IGNORECASE,
)
_WRITTEN = ("{} (old)", "{} – copy", "{} 2025", "{} (draft)", "{} (archive)", "{} II")
"""Names for what people write or keep in folders, and for other things."""
_OTHERS = ("{} 2", "{} II", "{} B", "{}, the other one", "New {}")
_CODE = re.compile(r"(?!\d{4}-\d\d-\d\d)(?=[^\s@]*\d)[\w:+./-]{4,}")
"""A serial number, an address of a thing: no date, no e-mail address, no word."""
_LEDGER = re.compile(r"amount|balance|total|paid|quantity|count", re.IGNORECASE)
"""Columns that others may be the sum of."""


class Addition(BaseModel, frozen=True, extra="forbid"):
    """A row like another, under another name."""

    kind: str = Field(description="What kind of thing it is, as named in the list of things there are.")
    like: str = Field(description="The name of the existing thing it is like; all else is taken from it.")
    name: str = Field(description="Its own name, which no other has.")
    changes: dict[str, JsonValue] = Field(
        default_factory=dict, description="What else differs from that thing, by property; often nothing."
    )


def with_rows(
    settings: Sequence[Setting], additions: Sequence[Addition], library: Mapping[str, type[Environment]]
) -> tuple[Setting, ...]:
    """The settings with rows added; raises Rejected with what the contract or the database says against one."""
    found = list(settings)
    for addition in additions:
        place, entity, like = _found(found, addition, library)
        setting = found[place]
        row = _row(entity, like, addition, state_of(library[setting.environment], setting).rows.get(entity.table, []))
        added = {**setting.added, entity.table: [*setting.added.get(entity.table, []), row]}
        found[place] = setting.model_copy(update={"added": added})
        _sound(library[setting.environment], found[place], setting)
    return tuple(found)


def _found(
    settings: Sequence[Setting], addition: Addition, library: Mapping[str, type[Environment]]
) -> tuple[int, Entity, Mapping[str, Any]]:
    """The environment, the kind and the row that an addition is like."""
    kinds: list[str] = []
    for place, setting in enumerate(settings):
        spec = library[setting.environment].spec
        for entity in spec.entities if spec else ():
            if not entity.label:
                continue
            kinds.append(entity.name)
            if addition.kind.casefold() not in {entity.name.casefold(), *(word.casefold() for word in entity.words)}:
                continue
            rows = state_of(library[setting.environment], setting).rows.get(entity.table, [])
            if any(row.get(entity.label) == addition.name for row in rows):
                raise Rejected(f"there is a {addition.kind} {addition.name!r} already")
            like = next((row for row in rows if row.get(entity.label) == addition.like), None)
            if like is not None:
                return place, entity, like
    if addition.kind.casefold() not in {kind.casefold() for kind in kinds}:
        raise Rejected(f"there is no kind {addition.kind!r}; there are {', '.join(dict.fromkeys(kinds))}")
    raise Rejected(f"there is no {addition.kind} {addition.like!r} to be like")


def _row(
    entity: Entity, like: Mapping[str, Any], addition: Addition, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    fixed = {entity.key, entity.label, entity.scope}
    known = {a.name for a in entity.attributes if a.name not in fixed and not a.entity and not a.read_only}
    for name in addition.changes:
        if name not in known:
            raise Rejected(f"a {addition.kind} has no property {name!r} to change; it has {', '.join(sorted(known))}")
    row: dict[str, Any] = {**like, **addition.changes, entity.label: addition.name}
    for column in like:
        held = [one.get(column) for one in rows]
        if column == entity.key or (column not in {*fixed, *addition.changes} and _own(held)):
            row[column] = _key(like[column], held, addition.name) if column != entity.label else addition.name
        elif column not in addition.changes and like[column] in (True, 1) and held.count(like[column]) == 1:
            row[column] = type(like[column])(0) if {*map(_truth, held)} <= {0, 1, None} else like[column]
    return row


def _truth(value: Any) -> int | None:
    """0 or 1 for a truth value, None for nothing, 2 for anything else: there is one default list, and it stays one."""
    if value is None:
        return None
    return int(value) if isinstance(value, (bool, int)) and value in (0, 1) else 2


def _own(held: Sequence[Any]) -> bool:
    """Whether every row has its own code or number in a column, as a serial number is."""
    if len(held) < 3 or len({canonical(one) for one in held}) < len(held):
        return False
    if all(isinstance(one, int) and not isinstance(one, bool) for one in held):
        return sorted(held) == list(range(min(held), max(held) + 1))  # an order
    return all(isinstance(one, str) and _CODE.fullmatch(one) for one in held)


def _key(like: Any, taken: Sequence[Any], name: str) -> Any:
    """A key of the same make that no row has."""
    if isinstance(like, int):
        return max(one for one in taken if isinstance(one, int)) + 1
    random = Random(f"{name}/{like}")
    head = re.match(r"(?:.*[:/])?(?:[A-Za-z]+[_-])?", str(like))
    keep = head.end() if head else 0
    letters = "abcdef" if re.fullmatch(r"[0-9a-fA-F-]+", str(like)[keep:]) else "abcdefghijklmnopqrstuvwxyz"
    while True:
        made = str(like)[:keep] + "".join(_another(c, letters, random) for c in str(like)[keep:])
        if made not in taken:
            return made


def _another(character: str, letters: str, random: Random) -> str:
    if character.isdigit():
        return random.choice("0123456789")
    if character.isascii() and character.isalpha():
        letter = random.choice(letters)
        return letter.upper() if character.isupper() else letter
    return character


def _sound(cls: type[Environment], setting: Setting, before: Setting) -> None:
    """Raise Rejected with what the database, or the contract, says against the rows."""
    rows = state_of(cls, setting).rows
    try:
        Image.load(Schema.parse(cls.schema), rows)
    except StateError as error:
        raise Rejected(f"the database says: {error}") from None
    if cls.spec is not None:
        old = set(disagreements(cls.spec, state_of(cls, before).rows))
        wrong = [one for one in disagreements(cls.spec, rows) if one not in old]
        if wrong:
            raise Rejected(f"the contract says: {wrong[0]}")


def resettled(task: Task, told: Brief, settings: Sequence[Setting], library: Mapping[str, type[Environment]]) -> Task:
    """The task in other worlds, with the same words: calls point at where the rows are now, row changes are counted
    anew. Raises Rejected when it would not be the same task there."""
    story = relive(told, task, library, settings=settings)
    try:
        unclear(story, told)
        turns = tuple(
            turn.model_copy(
                update={
                    "calls": tuple(c for c, at in zip(story.calls, story.turns, strict=True) if at == number),
                    "changes": story.changes[number],
                }
            )
            for number, turn in enumerate(task.turns)
        )
    finally:
        story.close()
    if [(c.tool, c.arguments) for turn in turns for c in turn.calls] != [(c.tool, c.arguments) for c in task.calls]:
        raise Rejected("the calls are not the same in this world")
    return task.model_copy(update={"settings": tuple(settings), "turns": turns, "proof": None}).named()


def unclear(story: Story, told: Brief) -> None:
    """Raise Rejected when a reference no longer means exactly one row."""
    wording = told.wording()
    for (number, parameter), way in wording.ways.items():
        if not resolves(story, wording, number, parameter, way):
            raise Rejected("a reference is no longer clear in this world")


def adapt(draft: Draft, *, most: int = MOST) -> Task:
    """The draft's task in a world with 1 to `most` rows that are nearly those it is about; the task as it is where the
    constraints, or the story, allow none. Words and meaning stay; `certify` it afterwards."""
    task, random = draft.task, draft.random
    told = brief(draft.story, draft.wording, task)
    wanted = random.randint(1, most)
    options = _near(draft.story, task, draft.library, random)
    added = 0
    for environment, addition in options:
        if added == wanted:
            break
        try:
            mine = [s for s in task.settings if s.environment == environment]
            changed = {s.environment: s for s in with_rows(mine, [addition], draft.library)}
            settings = [changed.get(s.environment, s) for s in task.settings]
            task = resettled(task, told, settings, draft.library)
        except Rejected:
            continue
        added += 1
    return task


def _near(
    story: Story, task: Task, library: Mapping[str, type[Environment]], random: Random
) -> list[tuple[str, Addition]]:
    """Rows named nearly like those the story is about, each with its environment, shuffled."""
    found: dict[str, tuple[str, Addition]] = {}
    for move in story.moves:
        for referent in move.referents.values():
            entity = referent.entity
            if (
                referent.created
                or not referent.label
                or entity.person
                or not _copied(library[referent.environment].spec, entity)
            ):
                continue
            variants = list(_WRITTEN if _PAPER.search(f"{entity.name} {noun_for(entity, referent.item)}") else _OTHERS)
            random.shuffle(variants)
            for variant in variants[:2]:
                name = variant.format(referent.label)
                addition = Addition(kind=entity.name, like=referent.label, name=name)
                found[canonical([referent.environment, name])] = (referent.environment, addition)
    options = list(found.values())
    random.shuffle(options)
    return options


def _copied(spec: EnvSpec | None, entity: Entity) -> bool:
    """Whether a copy of such a row is nothing odd: nothing is the sum of it, and nobody's address is in it."""
    if spec is None or entity.key == entity.label:
        return False
    own = [a for a in entity.attributes if not a.volatile]
    return not any(_LEDGER.search(a.name) or a.format == "email" or a.format.startswith("milliunits") for a in own)
