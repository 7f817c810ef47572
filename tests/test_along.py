"""What a whole replacement must repeat: chains look it up, and calls repeat what nobody wishes to change."""

from __future__ import annotations

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.repeat import repeated
from envfactory.rollout.task import GoldCall


def test_a_key_whose_row_must_be_repeated_comes_only_from_results_that_show_it() -> None:
    graph = link({"aws_scheduler": load("aws_scheduler")}, confirm=False)

    def makers(consumer: str) -> set[str]:
        edges = (e for e in graph.dependencies if e.consumer == f"aws_scheduler__{consumer}" and e.parameter == "Name")
        return {e.producer.partition("__")[2] for e in edges if e.typed}

    assert "list_schedules" in makers("delete_schedule")
    assert "get_schedule" in makers("update_schedule")
    assert "list_schedules" not in makers("update_schedule")
    tool = next(t for t in graph.tools if t.tool == "update_schedule")
    assert not next(given for given in tool.inputs if given.name == "Name").asked


def test_the_scope_of_a_row_goes_along_with_its_key() -> None:
    spec = load("aws_scheduler").spec
    assert spec is not None
    rows = [{"Name": "a", "GroupName": "one"}, {"Name": "b", "GroupName": "two"}]
    calls = [GoldCall(tool="aws_scheduler__list_schedules", arguments={}, uses={}, writes=False)]
    found = repeated(spec, spec.tool("delete_schedule"), {"Name": "b"}, calls, [{"Schedules": rows}])
    assert found == {"GroupName": ("two", "0.Schedules.1.GroupName")}
