"""Environments near a benchmark are known as such, and an export can leave them out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envfactory.environment.library import folders
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter, Source, ToolSpec, read_spec
from envfactory.training import overlap
from envfactory.training.overlap import BENCHMARKS, near_benchmarks, overlaps
from tests.test_cli import one_sentence, run

__all__ = ["run"]

HELD = json.loads(Path(overlap.__file__).with_name("benchmark_tools.json").read_text())


def world(name: str, tools: dict[str, list[str]], *, title: str = "") -> EnvSpec:
    """A contract that has these tools and nothing else."""
    thing = Entity(name="thing", table="things", key="id", attributes=(Attribute(name="id", type="string"),))
    listed = tuple(
        ToolSpec(
            name=tool.replace("-", "_"),
            operation=tool,
            description=tool,
            effect="get",
            entity="thing",
            parameters=tuple(Parameter(name=p, type="string") for p in parameters),
        )
        for tool, parameters in tools.items()
    )
    source = Source(kind="python", title=title or name, sha256="0" * 64, licence="MIT")
    return EnvSpec(
        name=name,
        title=title or name,
        domain="utilities",
        description="",
        sources=(source,),
        entities=(thing,),
        tools=listed,
    )


@pytest.mark.parametrize("group", ["bfcl:gorilla_file_system", "tau2:retail", "mcp_atlas:memory"])
def test_a_copy_of_a_benchmarks_tools_is_near_it_whatever_it_is_called(group: str) -> None:
    benchmark, _, name = group.partition(":")
    found = overlaps(world("something_else", HELD[benchmark]["groups"][name]))
    assert found[0].group == group
    assert found[0].near
    assert not found[0].service
    assert found[0].share == 1.0


def test_another_service_with_other_tools_is_near_nothing() -> None:
    spec = world("bakery", {"loaves_bake": ["flour"], "ovens_heat": ["degrees"], "shelves_restock": ["shelf"]})
    assert overlaps(spec) == ()
    assert near_benchmarks(spec) == ()


def test_the_same_service_is_near_even_if_no_tool_is_alike() -> None:
    spec = world("my_mail", {"label_flip": ["label"]}, title="Gmail API")
    assert near_benchmarks(spec) == ("mcp_atlas:google-workspace",)


def test_a_word_that_a_group_happens_to_be_called_by_is_no_service() -> None:
    assert near_benchmarks(world("memory_palace", {"rooms_visit": ["room"]})) == ()


def test_all_benchmarks_of_the_paper_are_compared_with() -> None:
    assert set(HELD) == set(BENCHMARKS)
    assert len(HELD["bfcl"]["groups"]) == 8
    assert {"retail", "airline", "telecom"} <= set(HELD["tau2"]["groups"])
    assert len(HELD["mcp_atlas"]["groups"]) == 36


def test_the_librarys_neighbours_are_found() -> None:
    near = {name: near_benchmarks(read_spec(folder / "spec.json")) for name, folder in folders().items()}
    assert "mcp_atlas:github" in near["github_issues"]
    assert "mcp_atlas:google-workspace" in near["google_calendar"]
    assert near["google_tasks"] == ()


def test_an_export_leaves_out_what_is_near_a_benchmark(run: Any, tmp_path: Path) -> None:
    run("generate", "google_tasks", "google_calendar", "-n", "12", "--output", "t.jsonl", "--json")
    everything = run("export", "t.jsonl", "--output", "a", "--format", "rl", "--json").document
    fewer = run(
        "export", "t.jsonl", "--output", "b", "--format", "rl", "--without-near", "mcp_atlas", "--json"
    ).document
    names = {n for split in everything["environments"].values() for n in split}
    assert "google_calendar" in names
    assert {n for split in fewer["environments"].values() for n in split} == {"google_tasks"}
    same = run("export", "t.jsonl", "--output", "c", "--format", "rl", "--without-near", "bfcl", "--json").document
    assert same["environments"] == everything["environments"]
    one_sentence(run("export", "t.jsonl", "--without-near", "bfccl"), 1, "did you mean 'bfcl'")
