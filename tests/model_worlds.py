"""Models behind a server with faults, for tests that wait for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from faulty_provider import Provider

from envfactory.messages import Message, ToolSchema
from envfactory.models.openai import Endpoint, OpenAI

HELLO = (Message(role="user", content="Hello 7"),)
WEATHER = ToolSchema(name="weather", description="The weather.", parameters={"type": "object", "properties": {}})
KEY = "sk-test-0123456789abcdef"


class Clock:
    """Sleeps are written down and take no time."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


def at(provider: Provider, clock: Clock | None = None, key: str = KEY, **knobs: Any) -> OpenAI:
    endpoint = Endpoint.model_validate({"model": "m", "url": provider.url, "timeout": 5} | knobs)
    return OpenAI(endpoint, key=key, random=Random(1), sleep=(clock or Clock()).sleep)


def listed(*faults: str) -> Callable[[int], str]:
    return lambda number: faults[number] if number < len(faults) else ""
