"""Models by name, as the command line takes them: `openai:…`, `local:…`, `offline:tape=…`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from envfactory.errors import EnvFactoryError, UnknownName
from envfactory.models.model import Metered

if TYPE_CHECKING:
    from envfactory.models.openai import Endpoint

FORMS = ("local:FILE.gguf", "offline:tape=FILE", "openai:NAME", "openai:NAME@http://HOST:PORT/v1")
"""How a model is named; characters (`offline:oracle`, …) hold a task and are made with it, in `rollout`."""
_PLACED = re.compile(r"(.+?)@(https?://.+)")
_HOSTED = "https://api.openai.com/v1"


def model_named(name: str, endpoints: Mapping[str, Endpoint] | None = None) -> Metered:
    """The model of that name.

    `openai:NAME` is looked for in `endpoints` (the settings' `[models.NAME]`), then at the address in the environment
    variable OPENAI_BASE_URL; the key is in OPENAI_API_KEY, or in the variable that the endpoint names. Raises
    UnknownName; MissingExtra, FileError and EnvFactoryError where a known kind of model cannot be had.
    """
    provider, _, rest = name.partition(":")
    if provider == "openai" and rest:
        return _served(rest, endpoints or {})
    if provider == "local" and rest:
        from envfactory.models.local import Local

        return Local(Path(rest))
    if provider == "offline" and rest.startswith("tape="):
        from envfactory.models.recorded import Tape

        return Tape(Path(rest.removeprefix("tape=")))
    raise UnknownName("model", name, FORMS, cure=f"write one of {', '.join(FORMS)}")


def _served(name: str, endpoints: Mapping[str, Endpoint]) -> Metered:
    from envfactory.models.openai import Endpoint, OpenAI

    placed = _PLACED.fullmatch(name)
    if placed:
        return OpenAI(Endpoint(model=placed[1], url=placed[2]))
    if name in endpoints:
        return OpenAI(endpoints[name])
    url = os.environ.get("OPENAI_BASE_URL", _HOSTED if os.environ.get("OPENAI_API_KEY") else "")
    if not url:
        known = f" ({', '.join(sorted(endpoints))} are there)" if endpoints else ""
        raise EnvFactoryError(
            f"nobody said where the model {name!r} is served; write openai:{name}@http://HOST:PORT/v1, set "
            f"OPENAI_BASE_URL, or add a table [models.{name}] to the settings{known}"
        )
    return OpenAI(Endpoint(model=name, url=url))
