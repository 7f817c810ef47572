"""The outside yardstick counts what it says it counts: on a data set small enough to count by hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def pairs() -> ModuleType:
    path = Path(__file__).parent.parent / "benchmarks" / "graph_pairs.py"
    spec = importlib.util.spec_from_file_location("graph_pairs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["graph_pairs"] = module
    spec.loader.exec_module(module)
    return module


def tool(name: str, takes: list[str], gives: list[str]) -> dict[str, Any]:
    def listed(names: list[str]) -> dict[str, Any]:
        return {one: {"type": "string", "description": "", "required": True} for one in names}

    return {"name": name, "description": "", "query_parameters": listed(takes), "output_parameters": listed(gives)}


def call(name: str, label: str, **arguments: str) -> dict[str, Any]:
    return {"name": name, "label": label, "arguments": arguments}


@pytest.fixture
def wheel(tmp_path: Path, pairs: ModuleType) -> Path:
    """Gold by name: find_hotel → book_hotel, find_hotel → rate_hotel, get_weather → book_hotel."""
    tools = [
        tool("find_hotel", ["city"], ["hotel_id"]),
        tool("book_hotel", ["hotel_id", "when"], ["booking_id"]),
        tool("rate_hotel", ["hotel_id"], ["stars"]),
        tool("get_weather", ["place"], ["sky"]),
    ]
    tasks = [
        {
            "output": [
                call("find_hotel", "a"),
                call("book_hotel", "b", hotel_id="$a.hotel_id$"),
                call("var_result", "", x="$b$"),
            ]
        },
        {"output": [call("find_hotel", "a"), call("rate_hotel", "b", hotel_id="$a.hotel_id$")]},
        {"output": [call("get_weather", "a"), call("book_hotel", "b", when="$a.sky$"), call("find_hotel", "c")]},
    ]
    for number, name in enumerate(pairs.SETS.values()):
        for kind, held in (("spec", tools), ("data", tasks)):
            path = tmp_path / "data_v1" / f"{name}-{kind}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(held if number == 0 else []))
    return tmp_path


def test_pairs_are_counted_as_the_page_says(wheel: Path, pairs: ModuleType) -> None:
    found = pairs.measure(wheel)
    assert (found["gold"], found["measured"]) == (3, 2)
    # Even: find_hotel → book_hotel, get_weather → book_hotel. Judged: those, get_weather → find_hotel and
    # book_hotel → find_hotel, which a task calls in that order; find_hotel → rate_hotel is of the other half.
    assert found["judged_pairs"] == 4
    assert found["ours"] == {"proposed": 1, "hits": 1, "precision": 1.0, "recall": 0.5}
    assert found["equal_names"] == {"proposed": 1, "hits": 1, "precision": 1.0, "recall": 0.5}
    odd = pairs.measure(wheel, odd=True)
    assert (odd["measured"], odd["judged_pairs"], odd["ours"]["recall"]) == (1, 1, 1.0)


def test_the_odd_half_is_never_listed(wheel: Path, pairs: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    pairs.measure(wheel, odd=True, show=True)
    assert capsys.readouterr().out == ""
    pairs.measure(wheel, show=True)
    assert capsys.readouterr().out.splitlines() == ["hit  find_hotel book_hotel", "MISS get_weather book_hotel"]
