"""The words agents, users and environments exchange; the shapes are those of the OpenAI chat format."""

from __future__ import annotations

import json
from typing import Any, Literal, cast

from pydantic import BaseModel, JsonValue

Role = Literal["system", "user", "assistant", "tool"]


def canonical(value: object) -> str:
    """JSON text that is equal for equal values: sorted keys, no spaces, no escapes of plain letters."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def as_object(value: object) -> dict[str, Any]:
    """The JSON object a value is; empty for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The JSON array a value is; empty for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


class ToolCall(BaseModel, frozen=True):
    """One call an agent wants made; `arguments` is the decoded object, or the text as it came when it is not one."""

    id: str
    name: str
    arguments: dict[str, JsonValue] | str


class Message(BaseModel, frozen=True):
    """One message of a conversation."""

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    """For `role="tool"`: the call this answers."""
    name: str | None = None
    """For `role="tool"`: the tool's name."""

    def as_openai(self) -> dict[str, Any]:
        """The message in the OpenAI chat format (arguments as JSON text)."""
        message: dict[str, Any] = {"role": self.role, "content": self.content}
        if self.tool_calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {
                        "name": call.name,
                        "arguments": call.arguments if isinstance(call.arguments, str) else canonical(call.arguments),
                    },
                }
                for call in self.tool_calls
            ]
        if self.role == "tool":
            message["tool_call_id"] = self.tool_call_id
            message["name"] = self.name
        return message


class ToolSchema(BaseModel, frozen=True):
    """What an agent is told about one tool."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments object."""

    def as_openai(self) -> dict[str, Any]:
        """The tool in the OpenAI chat format."""
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": self.parameters},
        }
