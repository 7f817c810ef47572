"""A virtual environment with this package and the 1.x line of the MCP SDK, made once in .cache/venvs/mcp1."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".cache/venvs/mcp1"
LINE = "mcp>=1.30,<2"


def python_with_mcp_1() -> Path:
    """Its interpreter; raises CalledProcessError when pip cannot install."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = repr((LINE, sys.version, str(ROOT), project["dependencies"], project["optional-dependencies"]["mcp"]))
    stamp = FOLDER / "stamp"
    python = FOLDER / "bin/python"
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with (FOLDER.parent / "mcp1.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests may run in several processes
        mark = hashlib.sha256(wanted.encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != mark:
            shutil.rmtree(FOLDER, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
            pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            subprocess.run([*pip, "-e", f"{ROOT}[mcp]", LINE], check=True)
            stamp.write_text(mark)
    return python


if __name__ == "__main__":
    python_with_mcp_1()
