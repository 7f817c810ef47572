"""What the commands about tasks read first: environments and tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envfactory.errors import EnvFactoryError


def verified(names: list[str] | None, extra: list[Path] | None, *, unverified: bool = False) -> dict[str, Any]:
    """The classes of the environments named, or of all; raises Unverified for one whose certificate does not hold."""
    from envfactory.environment.library import find, folders, load, require_verified, status

    paths = {Path(n).name: find(n, extra or ()) for n in names} if names else folders(extra or ())
    if not unverified and names:
        for path in paths.values():
            require_verified(path)
    kept = {name: path for name, path in paths.items() if unverified or status(path) == "verified"}
    if not kept:
        raise EnvFactoryError("no verified environment was found; run: envfactory check --all")
    return {name: load(path) for name, path in sorted(kept.items())}


def classes_for(tasks: list[Any], library: list[Path] | None) -> dict[str, Any]:
    """The environments that tasks are played in; raises EnvFactoryError when one has changed since they were made."""
    from envfactory.environment.library import content_hash

    wanted = sorted({setting.environment for task in tasks for setting in task.settings})
    classes = verified(wanted, library, unverified=True)
    held = {name: content_hash(cls.folder) for name, cls in classes.items() if cls.folder}
    for task in tasks:
        for setting in task.settings:
            if setting.hash != held.get(setting.environment, setting.hash):
                raise EnvFactoryError(
                    f"{setting.environment} has changed since the tasks were made; make them again: envfactory generate"
                )
    return classes


def read(path: Path) -> list[Any]:
    """The tasks of a file; raises FileError and, when there are none, EnvFactoryError."""
    from envfactory.rollout.task import read_tasks

    tasks = list(read_tasks(path))
    if not tasks:
        raise EnvFactoryError(f"{path} holds no tasks; make some: envfactory generate --output {path}")
    return tasks
