"""Whether a name is enough: the other rows that go by the words a user says for one, in the whole world.

Gold acts on a row it found in a list; the user has only the row's name. Where another row of the same kind goes by that
name (a file "Notes" in two folders, of which none is said), nobody could tell which one is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.spec import Entity, ToolSpec
from envfactory.querygen import words
from envfactory.querygen.query import NAMED, Wording, nameable
from envfactory.querygen.story import Move, Referent, Story, parts

_HOLE = re.compile(r"\{(\w+)\}")


def unclear(story: Story, wording: Wording) -> Iterator[tuple[int, str, int]]:
    """The moves and parameters that name a row by words which other rows share, and how many do, when nothing else that
    is said tells them apart. What points back to the conversation is settled by `refine.resolves`."""
    for number, move in enumerate(story.moves):
        if move.turn >= len(story.moments) or move.act != "request":
            continue
        for parameter, referent in move.referents.items():
            if wording.way(number, parameter) != NAMED or not nameable(referent):
                continue
            environment = story.moments[move.turn].environments[move.environment]
            rows = namesakes(environment, story.known_as(number, referent))
            if rows and not _all_seen(story, move, parameter):
                rows = [row for row in rows if _fits(row, move, parameter)]
                if rows:
                    yield number, parameter, len(rows)


def namesakes(environment: Environment, referent: Referent) -> list[Mapping[str, Any]]:
    """The other rows of an entity that people would call as they call this one."""
    entity, item = referent.entity, referent.item
    columns = environment.db.schema.tables[entity.table].names
    called = [name for name in _HOLE.findall(entity.called) if name in item]
    if not set(called) <= set(columns):  # some of it is worked out for the answer: only the list shows it
        return [peer for peer in referent.peers if all(_plain(peer.get(name)) == _plain(item[name]) for name in called)]
    said = called or ([entity.label] if entity.label in columns and entity.label in item else [])
    if not said:
        return []
    noun = words.noun_for(entity, item)
    alike = [
        row
        for row in environment.db.find(entity.table)
        if all(_plain(row[name]) == _plain(item[name]) for name in said)
        and (entity.kind not in columns or words.noun_for(entity, row) == noun)
    ]
    own = next((row for row in alike if row[entity.key] == referent.key and _at_home(entity, row, referent)), None)
    return [row for row in alike if row is not own]


def _at_home(entity: Entity, row: Mapping[str, Any], referent: Referent) -> bool:
    return not entity.local or referent.home is None or row.get(entity.scope) == referent.home


def _plain(value: Any) -> Any:
    return value.casefold().strip() if isinstance(value, str) else value


def _fits(row: Mapping[str, Any], move: Move, parameter: str) -> bool:
    """Whether what else is known of a move allows a row: the place it is in, also where it goes unsaid because it is
    known, or because another row of the move is there; and the state it must be in."""
    entity = move.referents[parameter].entity
    own = move.spec.parameter(parameter)
    if any(row.get(name) not in values for name, values in own.among.items() if name in row):
        return False
    if own.role == "key" and any(row[name] not in values for name, values in move.spec.requires.items() if name in row):
        return False
    for other, place in move.referents.items():
        if other == parameter or not entity.scope:
            continue
        said = move.spec.parameter(other)
        inner = said.role == "scope" and entity.scope in {said.field, other}
        if row.get(entity.scope) != (place.key if inner else place.item.get(entity.scope, row.get(entity.scope))):
            return False
    return True


def _all_seen(story: Story, move: Move, parameter: str) -> bool:
    """Whether the look-up behind a row listed all there is: what else goes by the name is not shown to anybody, as what
    lies in the bin."""
    source = next(
        (use for name, use in story.calls[move.place].uses.items() if name.partition(".")[0] == parameter), ""
    )
    if not source:
        return False
    call = story.calls[int(source.partition(".")[0])]
    environment, name = parts(call.tool)
    spec = story.moments[move.turn].environments[environment].spec
    if spec is None or not move.referents[parameter].peers:
        return False
    tool = spec.tool(name)
    return tool.returns == "many" and not _narrowed(tool, call.arguments)


def _narrowed(tool: ToolSpec, arguments: Mapping[str, Any]) -> bool:
    return any(p.name in arguments and p.role in {"scope", "key", "reference", "filter"} for p in tool.parameters)
