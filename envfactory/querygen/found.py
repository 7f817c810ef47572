"""Values in earlier results: where they stand, in which item, and whether people can tell that item from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from envfactory.environment.spec import EnvSpec, Parameter
from envfactory.messages import as_list, as_object


@dataclass(frozen=True)
class Found:
    """A value in an earlier result, and the item it stands in."""

    value: JsonValue
    path: str
    item: Mapping[str, Any]
    listed: tuple[Mapping[str, Any], ...]
    """All items of the list it stands in, this one among them."""

    @property
    def peers(self) -> tuple[Mapping[str, Any], ...]:
        """The others."""
        return tuple(item for item in self.listed if item is not self.item)


def around(parameter: Parameter, key: JsonValue) -> tuple[str, JsonValue]:
    """Where in the argument a key stands, and the argument: some take a list of keys, or of objects that hold one."""
    if parameter.type != "array":
        return "", key
    inside = next(iter((parameter.items or {}).get("properties", {})), "")
    return (f".0.{inside}", [{inside: key}]) if inside else (".0", [key])


def in_state(item: Mapping[str, Any], wanted: Mapping[str, tuple[JsonValue, ...]]) -> bool:
    """Whether a row, as far as it is shown, has one of the values wanted of each attribute; a list has one among its
    own."""
    shown = {name: as_list(item[name]) or [item[name]] for name in wanted if name in item}
    return all(any(value in wanted[name] for value in held) for name, held in shown.items())


def usable(value: Any) -> bool:
    """Whether a value can be an argument."""
    return isinstance(value, (str, int)) and value != ""


def tellable(spec: EnvSpec, parameter: Parameter, found: Found, *, made: bool = False) -> bool:
    """Whether an item will do, and people can tell it from the others: by a name that no other item of the list has,
    or, without a name, because they have just had it `made`."""
    if not parameter.entity:
        return True
    entity = spec.entity(parameter.entity)
    if found.path.rpartition(".")[2] != entity.key or found.item.get(entity.key) != found.value:
        # The item holds another row's key, as a subtask holds its parent's: its name is not that row's. Issue 2 may
        # hold milestone 2: equal numbers do not make it one.
        return False
    if any(found.item.get(name) not in values for name, values in parameter.among.items()):
        return False
    label = found.item.get(entity.label) if entity.label else None
    if not isinstance(label, str) or not label.strip():
        return made and not found.listed
    return sum(other.get(entity.label) == label for other in found.listed) <= 1


def walk(
    node: Any, steps: Sequence[str], trail: str, item: Mapping[str, Any] | None, listed: tuple[Mapping[str, Any], ...]
) -> Iterator[Found]:
    """The values at a path; `*` stands for any element of a list."""
    if not steps:
        yield Found(node, trail, item or as_object(node), listed)
        return
    head, *rest = steps
    if head == "*":
        elements = as_list(node)
        objects = tuple(as_object(element) for element in elements)
        for number, element in enumerate(elements):
            place = f"{trail}.{number}" if trail else str(number)
            yield from walk(element, rest, place, as_object(element) or None, objects)
    elif head in as_object(node):
        here = f"{trail}.{head}" if trail else head
        yield from walk(as_object(node)[head], rest, here, item or as_object(node), listed)
