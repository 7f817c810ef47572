"""Every code block of the README and the docs runs, as a reader would run it, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks() -> list[tuple[str, str, str]]:
    """Page, language and text of every block."""
    return [
        (f"{page.name}-{number}", language, text)
        for page in PAGES
        for number, (language, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")))
    ]


def run(command: list[str], folder: Path, given: str) -> str:
    """The block's output; the test fails with it when the block fails."""
    binaries = str(Path(sys.executable).parent)
    kept = ("HOME", "LANG", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment["PATH"] = f"{binaries}:{os.environ['PATH']}"
    for name in ("examples", "tests"):
        (folder / name).symlink_to(ROOT / name)
    done = subprocess.run(
        command, input=given, cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, f"{given}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("name", "language", "text"), [pytest.param(*b, id=b[0]) for b in blocks()])
def test_a_block_runs(name: str, language: str, text: str, tmp_path: Path) -> None:
    assert language in {"bash", "python", "json", "text"}, f"{name}: say what language it is"
    if language == "python":
        run([sys.executable, "-"], tmp_path, text)
    elif language == "bash":
        # the two commands of a fresh clone would set this very suite going again: their rules are only shown
        script = re.sub(r"^make ", f"make --dry-run -C {ROOT} ", text, flags=re.MULTILINE)
        run(["bash", "-euo", "pipefail"], tmp_path, script)
    elif language == "json":
        json.loads(text)


def test_the_first_block_a_reader_can_run_comes_early() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert "```bash" in lines[:20]


def test_every_folder_of_the_package_has_its_page() -> None:
    rooms = {p.name for p in (ROOT / "envfactory").iterdir() if p.is_dir() and not p.name.startswith("_")}
    pages = {p.stem for p in PAGES}
    assert rooms <= pages, "docs/FOLDER.md is missing"


def test_pages_refer_to_files_that_exist() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} refers to {target}"
