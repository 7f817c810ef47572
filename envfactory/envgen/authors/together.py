"""Several questions at once, none of which is left alone when another fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


async def together(*asked: Awaitable[Answer]) -> list[Answer]:
    """All answers in order; when some fail, the first failure is raised once all others are through.

    So a reply that is paid for is waited for and kept, and nothing goes on asking behind the back of a failed build.
    """
    ended = await asyncio.gather(*asked, return_exceptions=True)
    answers: list[Answer] = []
    for one in ended:
        if isinstance(one, BaseException):
            raise one
        answers.append(one)
    return answers
