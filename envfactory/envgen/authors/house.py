"""What holds in every service of the house: the codes of refusals and the sizes, in one place for prompts and checks.

The prompts are the files in `prompts/`; `[[name]]` in one stands for a figure, a table or a text from here.
"""

from __future__ import annotations

import re
from importlib.resources import files

from envfactory.envgen.lists import PAGE_SIZE
from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import DEFAULT_NOW

REFUSALS: dict[str, str] = {
    "invalid_arguments": "the arguments alone (and the clock) show it, whatever the rows are: missing, unknown, of the "
    "wrong type or form, outside limits or choices, at odds with one another",
    "not_found": "an id that no row has, or no row where it was looked for",
    "forbidden": "whoever acts has no right to it, now or ever: somebody else's row, a protected one",
    "conflict": "it exists already or collides: a name that must be unique, a room taken on those nights",
    "failed_precondition": "anything else that rows do not allow: a state, a limit reached, something left to do first",
}
"""When a service refuses with which code, in the order in which it looks. `ToolError` knows more codes; those are
EnvFactory's own."""

TOOLS = (8, 20)
"""How many tools a service has (the paper's environments have 8.7 on average, arXiv:2605.18703; ours reach 20)."""
ROWS = (12, 60)
"""How many rows a small world has."""
CASES = (2, 16)
"""How many cases a tool gets at once."""

_MARK = re.compile(r"\[\[(\w+)\]\]")


def refusals() -> str:
    """The table of codes, as a list for a prompt."""
    return "\n".join(f"  - `{code}`: {when};" for code, when in REFUSALS.items()).removesuffix(";") + "."


def prompt_text(name: str) -> str:
    """A prompt by name, its marks filled; raises KeyError for a mark that stands for nothing."""
    return _MARK.sub(lambda match: _value(match[1]), _read(name))


def _read(name: str) -> str:
    return files("envfactory.envgen.authors").joinpath(f"prompts/{name}.md").read_text(encoding="utf-8")


def _value(mark: str) -> str:
    if mark == "house":
        return prompt_text("house").rstrip()
    known = {
        "refusals": refusals(),
        "codes": ", ".join(REFUSALS),
        "page_size": str(PAGE_SIZE),
        "tools": f"{TOOLS[0]} to {TOOLS[1]}",
        "rows": f"{ROWS[0]} to {ROWS[1]}",
        "cases": f"{CASES[0]} to {CASES[1]}",
        "now": rfc3339(DEFAULT_NOW),
        "weekday": f"{DEFAULT_NOW:%A}",
    }
    return known[mark]
