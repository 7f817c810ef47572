"""A ticket desk, its contract by hand, and a crew that plays every role from a script: for the tests of the loop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from envfactory.envgen.authors.house import prompt_text
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter, Rule, Source, ToolSpec
from envfactory.messages import Message
from envfactory.models.model import Allowance, Reply, Request, Usage

ROLES = {
    "proposer": "propose",
    "things": "things",
    "tools": "tools",
    "rules": "rules",
    "coder": "code",
    "world": "world",
    "tester": "cases",
    "judge": "judge",
}
_ID = Parameter(name="id", type="string", required=True, role="key", entity="ticket")
_TITLE = Parameter(name="title", type="string", required=True, role="value", field="title")
SPEC = EnvSpec(
    name="tickets",
    title="Tickets",
    domain="office",
    description="A desk that keeps tickets.",
    sources=(Source(kind="prose", title="a note", sha256="0" * 64, licence="Apache-2.0"),),
    entities=(
        Entity(
            name="ticket",
            plural="tickets",
            table="tickets",
            key="id",
            label="title",
            attributes=(
                Attribute(name="id", type="string", required=True, read_only=True),
                Attribute(name="title", type="string", required=True, examples=("New badge", "Lost key", "Cold")),
                Attribute(
                    name="state", type="string", required=True, enum=("open", "closed"), default="open", read_only=True
                ),
                Attribute(name="closed_at", type="string", format="date-time", read_only=True),
            ),
        ),
    ),
    tools=(
        ToolSpec(
            name="list_tickets", operation="list", description="List tickets.", effect="list", entity="ticket",
            returns="many", envelope="items",
            parameters=(
                Parameter(
                    name="state", type="string", role="filter", field="state", operator="equals",
                    enum=("open", "closed"),
                ),
            ),
        ),
        ToolSpec(
            name="create_ticket", operation="create", description="Open a ticket.", effect="create", entity="ticket",
            parameters=(_TITLE,),
        ),
        ToolSpec(
            name="close_ticket", operation="close", description="Close a ticket.", effect="action", entity="ticket",
            sets={"state": "closed", "closed_at": "$now"}, requires={"state": ("open",)}, parameters=(_ID,),
        ),
        ToolSpec(
            name="rename_ticket", operation="rename", description="Rename a ticket.", effect="update", entity="ticket",
            parameters=(_ID, _TITLE),
        ),
    ),
    rules=(Rule(text="A closed ticket cannot be renamed.", tools=("rename_ticket",), where="Renaming"),),
)  # fmt: skip

GOOD = '''@tool(writes=True)
def rename_ticket(self, id: TicketId, title: str) -> Ticket:
    """Rename an open ticket."""
    row = self.need("tickets", "ticket", id=id)
    if row["state"] == "closed":
        raise ToolError("a closed ticket cannot be renamed")
    self.db.update("tickets", {"title": title}, id=id)
    return Ticket.model_validate(row | {"title": title})
'''
WRONG = GOOD.replace('row["state"] == "closed"', 'row["state"] == "lost"')
"""Loads, runs, and lets closed tickets be renamed."""

_STATES = [("open", None)] * 8 + [("closed", "2026-02-20T10:00:00.000Z")] * 5
WORLD = {
    "note": "The desk of a small office.",
    "rows": {
        "tickets": [
            {"id": f"tk_{n:02d}x", "title": f"Ticket about {n} chairs", "state": s, "closed_at": c, "seq": n + 1}
            for n, (s, c) in enumerate(_STATES)
        ]
    },
}


THINGS = {
    "entities": [
        {
            "name": "ticket", "plural": "tickets", "label": "title",
            "attributes": [
                {
                    "name": a.name, "type": a.type, "description": "x", "required": a.required,
                    "read_only": a.read_only, "enum": list(a.enum), "format": a.format, "default": a.default,
                    "examples": list(a.examples),
                }
                for a in SPEC.entities[0].attributes
            ],
        }
    ]
}  # fmt: skip
"""The desk's entity as a designer drafts it."""


def _drafted(name: str, effect: str = "") -> dict[str, Any]:
    """A tool of the desk, or one like `close_ticket` with another effect, as a designer drafts it."""
    tool = SPEC.tool("close_ticket" if effect else name)
    kept = {"name", "type", "description", "required", "role", "entity", "field", "operator", "enum"}
    return {
        "name": name, "description": "It does.", "effect": effect or tool.effect, "entity": "ticket",
        "returns": tool.returns, "parameters": [p.model_dump(mode="json", include=kept) for p in tool.parameters],
    }  # fmt: skip


TOOLS = [
    *(_drafted(tool.name) for tool in SPEC.tools),
    _drafted("drop_ticket", "delete"), _drafted("get_ticket", "get"),
    _drafted("show_ticket", "get"), _drafted("remove_ticket", "delete"),
]  # fmt: skip


def case(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    """A stored case on the small state."""
    return {"name": name, "sentence": name, "state": "small", "steps": list(steps)}


def step(tool: str, arguments: dict[str, Any], **expected: Any) -> dict[str, Any]:
    """One step of a case."""
    return {"tool": tool, "arguments": arguments, **expected}


OPEN, CLOSED = "tk_00x", "tk_09x"
NOW = "2026-03-02T09:00:00.000Z"
CASES: dict[str, list[dict[str, Any]]] = {
    "list_tickets": [
        case(
            "closed ones only",
            step(
                "list_tickets",
                {"state": "closed"},
                result={"items": [{"id": f"tk_{n:02d}x", "state": "closed"} for n in range(8, 13)]},
            ),
        ),
        case("all in order", step("list_tickets", {}, result={"items": [{"id": f"tk_{n:02d}x"} for n in range(13)]})),
        case("no such state", step("list_tickets", {"state": "lost"}, error="invalid_arguments")),
    ],
    "create_ticket": [
        case(
            "a new ticket is open and comes last",
            step(
                "create_ticket",
                {"title": "Cold office"},
                result={"id": "$any", "title": "Cold office", "state": "open", "closed_at": "$absent"},
                changes=[
                    {"table": "tickets", "op": "insert", "after": {"title": "Cold office", "state": "open", "seq": 14}}
                ],
            ),
            step("list_tickets", {}, result={"items": [*[{"id": "$any"}] * 13, {"id": "$0.id"}]}),
        ),
        case("a title is needed", step("create_ticket", {}, error="invalid_arguments")),
    ],
    "close_ticket": [
        case(
            "closing stamps the time",
            step(
                "close_ticket",
                {"id": OPEN},
                result={"state": "closed", "closed_at": NOW},
                changes=[
                    {
                        "table": "tickets", "op": "update", "key": [OPEN],
                        "before": {"state": "open"}, "after": {"state": "closed", "closed_at": NOW},
                    }
                ],
            ),
        ),
        case("twice is refused", step("close_ticket", {"id": CLOSED}, error="failed_precondition", changes=[])),
        case("unknown is refused", step("close_ticket", {"id": "tk_zz"}, error="not_found")),
    ],
    "rename_ticket": [
        case(
            "an open ticket is renamed",
            step(
                "rename_ticket",
                {"id": OPEN, "title": "New"},
                result={"id": OPEN, "title": "New", "state": "open"},
                changes=[{"table": "tickets", "op": "update", "key": [OPEN], "after": {"title": "New"}}],
            ),
        ),
        case(
            "a closed one is not",
            step("rename_ticket", {"id": CLOSED, "title": "New"}, error="failed_precondition", changes=[]),
        ),
        case("nor one that is not there", step("rename_ticket", {"id": "tk_zz", "title": "New"}, error="not_found")),
    ],
}  # fmt: skip


def role_of(request: Request) -> str:
    """Who is asked, by the prompt."""
    system = request.messages[0].content
    for role, prompt in ROLES.items():
        if system.startswith(prompt_text(prompt).rstrip()[:80]):
            return role
    raise AssertionError(system[:200])


class Crew:
    """A metered model that answers by role: `script` makes the answer from the role and the request."""

    name = "scripted:crew"
    identity = "scripted:crew"
    allowance = Allowance(reply_tokens=200)

    def __init__(self, script: Callable[[str, Request], Any]) -> None:
        self.script = script
        self.asked: list[str] = []
        """The role of every request that reached the model."""

    async def reply(self, messages: Any, tools: Any) -> Message:
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools)))).message

    async def respond(self, request: Request) -> Reply:
        role = role_of(request)
        self.asked.append(role)
        answer = self.script(role, request)
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Reply(message=Message(role="assistant", content=text), usage=Usage(tokens_in=100, tokens_out=50))


def asked_about(request: Request) -> str:
    """The tool a tester is asked about."""
    return request.messages[1].content.split("The tool to test: ")[1].split("\n")[0]


def good(role: str, request: Request) -> Any:
    """The answers of a careful crew."""
    if role == "world":
        return WORLD
    if role == "coder":
        return {"keep": False, "method": GOOD, "why": "closed tickets stay as they are"}
    if role == "tester":
        return {"cases": CASES[asked_about(request)]}
    raise AssertionError(role)
