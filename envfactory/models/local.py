"""Weights on this machine, through llama.cpp: `local:FILE.gguf`. Needs the extra `local`.

What llama.cpp's chat format does not parse is read from the text, as for any server. One request runs at a time: a
second one would only take the first one's cores (on two busy cores two threads gave a twelfth of the tokens of one).
"""

from __future__ import annotations

import asyncio
import importlib
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from envfactory.errors import FileError, MissingExtra
from envfactory.messages import Message, ToolSchema, as_object, canonical
from envfactory.models.model import Allowance, ModelFailed, Reply, Request, Usage
from envfactory.models.wire import read, written


class Local:
    """A model in a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md)."""

    def __init__(
        self,
        path: Path,
        *,
        context: int = 8192,
        threads: int | None = None,
        options: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """`context` is the longest conversation in tokens; `options` go to llama.cpp as they are (temperature, …).

        Raises MissingExtra without llama-cpp-python, FileError for a file that is no model.
        """
        try:
            llama: Any = importlib.import_module("llama_cpp")
        except ImportError as error:
            raise MissingExtra("a model on this machine", "local") from error
        if not path.is_file():
            raise FileError(f"there is no file {path}; give local: the path of a GGUF file")
        try:
            self._llama = llama.Llama(model_path=str(path), n_ctx=context, n_threads=threads, verbose=False)
        except (ValueError, RuntimeError) as error:
            raise FileError(f"{path} cannot be loaded as a GGUF model: {error}") from error
        self.name = f"local:{path.stem}"
        self._options: dict[str, JsonValue] = {"temperature": 0.0, "max_tokens": 1024} | dict(options or {})
        most = self._options["max_tokens"]
        self.allowance = Allowance(reply_tokens=most if isinstance(most, int) else context)
        self._one = threading.Lock()

    @property
    def identity(self) -> str:
        """The file's name and the options."""
        return f"{self.name} {canonical(self._options)}"

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message; raises ModelFailed."""
        return (await self.respond(Request(messages=tuple(messages), tools=tuple(tools)))).message

    async def respond(self, request: Request) -> Reply:
        """The reply with its tokens and seconds; raises ModelFailed (refused) when the conversation is too long."""
        return await asyncio.to_thread(self._respond, request)

    def _respond(self, request: Request) -> Reply:
        body = written(request, self.name, options=self._options, stream=False, leave_out=frozenset({"model"}))
        if request.form is not None:
            body["response_format"] = {"type": "json_object", "schema": request.form}  # llama.cpp's own spelling
        with self._one:
            begun = time.monotonic()
            try:
                made = self._llama.create_chat_completion(**body)
            except ValueError as error:
                raise ModelFailed(f"{self.name} did not take the request: {error}", kind="refused") from error
            seconds = time.monotonic() - begun
        reply = read(as_object(made), request, lenient=True)
        usage = Usage(tokens_in=reply.usage.tokens_in, tokens_out=reply.usage.tokens_out, seconds=seconds)
        return reply.model_copy(update={"usage": usage})
