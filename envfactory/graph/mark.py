"""A hash of what an environment is, so that a graph can tell what has changed since it was linked."""

from __future__ import annotations

import hashlib
import inspect

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash
from envfactory.messages import canonical


def mark(cls: type[Environment]) -> str:
    """SHA-256 of the environment's content: of its folder's files, as its certificate has it.

    For a class without a folder, of its tables, tools, states and contract, and of its code where Python can show it
    (it cannot for code that was typed into a prompt).
    """
    if cls.folder is not None:
        return content_hash(cls.folder)
    tools = {
        name: [tool.description, tool.writes, tool.input_schema, tool.output_schema]
        for name, tool in sorted(cls.tools.items())
    }
    states = {name: state.model_dump(mode="json") for name, state in sorted(cls.states.items())}
    spec = cls.spec.model_dump(mode="json") if cls.spec is not None else None
    content = canonical([cls.name, cls.schema, tools, states, spec, _code(cls)])
    return hashlib.sha256(content.encode()).hexdigest()


def _code(cls: type[Environment]) -> list[str]:
    found: list[str] = []
    for one in cls.__mro__:
        if issubclass(one, Environment) and one is not Environment:
            try:
                found.append(inspect.getsource(one))
            except (OSError, TypeError):
                continue
    return found
