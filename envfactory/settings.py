"""The settings: one TOML file that says where models are served, and each stage's arguments.

    [models.desk]                       # then: --model openai:desk
    model = "desk"
    url = "http://127.0.0.1:8777/v1"
    key_variable = "DESK_KEY"           # the variable that holds the key; never the key itself
    timeout = 900
    options = { temperature = 0.7, max_tokens = 4096 }

    [generate]                          # arguments of `envfactory generate`, unless given there
    limit = 500

The file is the one named, else that in the environment variable ENVFACTORY_SETTINGS, else `envfactory.toml` in the
working folder, else there are none.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from envfactory.errors import FileError
from envfactory.models.openai import Endpoint

VARIABLE = "ENVFACTORY_SETTINGS"
FILE = "envfactory.toml"
STAGES = [
    "bench",
    "build",
    "check",
    "eval",
    "export",
    "generate",
    "graph",
    "play",
    "sample",
    "search",
    "serve",
    "train",
    "view",
]
"""The stages that may have arguments: the commands that do work."""

_SECRETS = frozenset({"key", "api_key", "token", "secret"})


class Settings(BaseModel):
    """What the file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: dict[str, Endpoint] = {}
    stages: dict[str, dict[str, JsonValue]] = {}

    def arguments(self, stage: str) -> dict[str, JsonValue]:
        """The arguments of a stage; none when the file says nothing of it."""
        return dict(self.stages.get(stage, {}))


def read_settings(path: Path | None = None) -> Settings:
    """The settings; raises FileError for a file that was named and is not there, or that says what nothing knows."""
    named = path or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    where = named or Path(FILE)
    if named is None and not where.exists():
        return Settings()
    try:
        read = tomllib.loads(where.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"cannot read the settings {where}: {error.strerror}; name a file that is there") from error
    except ValueError as error:
        raise FileError(f"{where} is no TOML: {error}; mend that line") from error
    models = read.pop("models", {})
    for name, value in read.items():
        if name not in STAGES or not isinstance(value, dict):
            near = difflib.get_close_matches(name, [*STAGES, "models"], n=1)
            hint = f"did you mean [{near[0]}]?" if near else f"there are: models, {', '.join(STAGES)}"
            raise FileError(f"{where}: [{name}] is no table of the settings; {hint}")
    try:
        return Settings.model_validate({"models": models, "stages": read})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        secret = [each for each in found if each["loc"] and str(each["loc"][-1]) in _SECRETS]
        item = (secret or found)[0]
        place = ".".join(map(str, item["loc"]))
        if secret:
            raise FileError(
                f"{where}: {place}: a key does not belong in a file; put it in an environment variable and name that "
                "one with key_variable"
            ) from None
        raise FileError(f"{where}: {place}: {item['msg']}; mend it") from None
