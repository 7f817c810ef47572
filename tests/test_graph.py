"""The tool graph: links, their confirmation, chains and their validator, the picture."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from graph_worlds import LIBRARY, Post

from envfactory.environment.library import folders, load
from envfactory.environment.spec import Attribute, Entity, EnvSpec, Parameter, Source, ToolSpec
from envfactory.errors import EnvFactoryError, FileError, UnknownName
from envfactory.graph.alike import WEAK
from envfactory.graph.chain import Binding, Chain, ChainStep, depth, validate
from envfactory.graph.draw import draw
from envfactory.graph.graph import Dependency, ToolGraph, read_graph
from envfactory.graph.link import link
from envfactory.graph.sample import DEEP, random_walk, sample
from envfactory.graph.words import kind, split


@pytest.fixture(scope="module")
def graph() -> ToolGraph:
    return link(LIBRARY)


def edge(graph: ToolGraph, producer: str, consumer: str, parameter: str) -> list[Dependency]:
    return [d for d in graph.producers(consumer, parameter) if d.producer == producer]


def chain(*steps: tuple[str, dict[str, Binding]], turns: tuple[tuple[int, ...], ...] | None = None) -> Chain:
    made = tuple(ChainStep(tool=name, bindings=bindings) for name, bindings in steps)
    return Chain(
        steps=made,
        turns=turns or (tuple(range(len(made))),),
        environments=tuple(sorted({step.tool.partition("__")[0] for step in made})),
        depth=depth(made),
    )


LISTS = ("todo__list_lists", {})
SAID = Binding()


def of(step: int, path: str, item: int = 0) -> Binding:
    return Binding(step=step, path=path, item=item)


# Links ---------------------------------------------------------------------------------------------------------------


def test_a_key_that_one_tool_gives_and_another_takes_is_a_typed_edge(graph: ToolGraph) -> None:
    (found,) = edge(graph, "todo__list_lists", "todo__list_tasks", "list_id")
    assert (found.path, found.entity, found.typed, found.many) == ("items.*.id", "task_list", True, True)


def test_a_key_never_fills_a_parameter_for_another_entity(graph: ToolGraph) -> None:
    assert not edge(graph, "todo__list_lists", "todo__get_task", "task_id")
    assert all(d.entity == "mail" for d in graph.producers("post__delete_mail", "mail_id"))


def test_page_tokens_are_linked_to_nothing(graph: ToolGraph) -> None:
    assert not any("token" in (d.path + d.parameter).lower() for d in graph.dependencies)


def test_equal_kinds_of_value_are_linked_across_names(graph: ToolGraph) -> None:
    (found,) = edge(graph, "post__search_contacts", "post__send_mail", "recipient")
    assert (found.path, found.entity, found.typed, found.trusted) == ("*.email", "email", False, True)


def test_a_text_that_is_written_is_linked_weakly_at_most(graph: ToolGraph) -> None:
    found = [d for d in graph.dependencies if d.parameter in {"title", "subject"}]
    assert found
    assert all(d.score <= WEAK and not d.trusted for d in found)


def test_names_are_split_and_values_have_kinds() -> None:
    assert split("dueDates") == ("due", "date")
    assert split("HTTPServer_id") == ("http", "server", "id")
    assert kind("to", type="string", description="Email addresses of the recipients.") == "email"
    assert kind("displayName", type="string", about="person") == "person"
    assert kind("name", type="string", about="file") == "title"
    assert kind("start", type="string", format="date-time") == "time"


# Confirmation --------------------------------------------------------------------------------------------------------


def test_an_accepted_value_is_evidence_by_execution(graph: ToolGraph) -> None:
    (found,) = edge(graph, "todo__list_tasks", "todo__update_task", "task_id")
    assert found.executed
    assert "'t_milk'" in found.evidence[-1].detail


def test_what_a_writer_made_is_fed_to_the_next_tool(graph: ToolGraph) -> None:
    assert all(d.executed for d in edge(graph, "todo__create_task", "todo__delete_task", "task_id"))


def test_a_filter_that_finds_rows_is_confirmed_and_one_that_finds_none_is_not(graph: ToolGraph) -> None:
    (good,) = edge(graph, "post__search_contacts", "post__list_mails", "recipient")
    assert good.executed
    (wrong,) = edge(graph, "todo__list_lists", "post__search_contacts", "query")
    assert not wrong.executed


def test_a_parameter_that_takes_anything_confirms_nothing(graph: ToolGraph) -> None:
    assert not any(d.executed for d in graph.dependencies if d.parameter in {"title", "subject"})


def test_a_key_with_the_wrong_mark_is_not_confirmed() -> None:
    """Mails and contacts, both marked as contacts: the schema says they fit, the service says they do not."""

    class Mixed(Post):
        """An address book whose mails are marked as contacts."""

    listing = Mixed.tools["list_mails"]
    listing.output_schema["items"]["properties"]["id"]["x-entity"] = "contact"
    (found,) = edge(link({"mixed": Mixed}), "mixed__list_mails", "mixed__get_contact", "contact_id")
    assert found.typed
    assert not found.executed


def test_confirming_leaves_the_curated_states_alone(graph: ToolGraph) -> None:
    assert link(LIBRARY).to_json() == graph.to_json()


# Storage -------------------------------------------------------------------------------------------------------------


def test_a_graph_survives_its_file_with_all_evidence(graph: ToolGraph, tmp_path: Path) -> None:
    graph.write(tmp_path / "new" / "graph.json")
    again = read_graph(tmp_path / "new" / "graph.json")
    assert again.tools == graph.tools
    assert again.dependencies == graph.dependencies
    assert again.to_json() == graph.to_json()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["graph.json"]


@pytest.mark.parametrize("text", ["", "{", '{"tools": []}', '{"tools": 3, "dependencies": []}', "\xff"])
def test_a_damaged_file_is_named_with_the_cure(text: str, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(FileError, match=r"graph\.json .*envfactory graph"):
        read_graph(path)


def test_an_edge_of_no_known_tool_is_damage(graph: ToolGraph, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_text(graph.to_json().replace('"producer":"todo__list_lists"', '"producer":"todo__gone"'))
    with pytest.raises(FileError, match="todo__gone"):
        read_graph(path)


def test_a_missing_file_and_an_unwritable_folder_are_told(graph: ToolGraph, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="envfactory graph"):
        read_graph(tmp_path / "none.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="--output"):
        graph.write(tmp_path / "file" / "graph.json")


# Chains --------------------------------------------------------------------------------------------------------------


def test_every_sampled_chain_is_valid(graph: ToolGraph) -> None:
    problems = [problem for made in sample(graph, LIBRARY, count=600, seed=3) for problem in validate(made, graph)]
    assert problems == []


def test_a_random_walk_is_mostly_not_valid(graph: ToolGraph) -> None:
    walks = list(random_walk(graph, LIBRARY, count=400, seed=3, length=(2, 6)))
    valid = sum(not validate(made, graph) for made in walks)
    assert len(walks) == 400
    assert valid < 100


@pytest.mark.parametrize(
    ("length", "turns", "environments"),
    [((1, 1), (1, 1), (1, 1)), ((4, 4), (2, 2), (2, 2)), ((2, 5), (1, 3), (1, 2)), ((6, 8), (3, 3), (1, 1))],
)
def test_bounds_are_exact(
    graph: ToolGraph, length: tuple[int, int], turns: tuple[int, int], environments: tuple[int, int]
) -> None:
    found = list(sample(graph, LIBRARY, count=80, seed=5, length=length, turns=turns, environments=environments))
    assert len(found) == 80
    for made in found:
        assert length[0] <= len(made.steps) <= length[1]
        assert turns[0] <= len(made.turns) <= turns[1]
        assert environments[0] <= len(made.environments) <= environments[1]
        assert validate(made, graph) == []


def test_enough_chains_are_deep(graph: ToolGraph) -> None:
    for wanted in (0.4, 0.8):
        found = list(sample(graph, LIBRARY, count=200, seed=1, deep=wanted))
        assert sum(made.depth >= DEEP for made in found) >= wanted * 200
    assert not any(made.depth >= DEEP for made in sample(graph, LIBRARY, count=50, length=(1, 2)))


def test_every_tool_is_drawn_and_none_crowds_out_the_others(graph: ToolGraph) -> None:
    drawn: dict[str, int] = dict.fromkeys(graph.nodes, 0)
    for made in sample(graph, LIBRARY, count=300, seed=2):
        for name in made.tools:
            drawn[name] += 1
    assert min(drawn.values()) * 5 >= max(drawn.values())


def test_equal_seeds_give_equal_chains_and_others_do_not(graph: ToolGraph) -> None:
    first = list(sample(graph, LIBRARY, count=40, seed=9))
    assert first == list(sample(graph, LIBRARY, count=40, seed=9))
    assert first != list(sample(graph, LIBRARY, count=40, seed=10))


def test_chains_over_two_environments_pass_values_between_them_where_edges_are_trusted() -> None:
    class Calls(Post):
        """The same address book under another name."""

    both = {"post": Post, "calls": Calls}
    graph = link(both)
    found = list(sample(graph, both, count=100, seed=4, length=(2, 5), environments=(2, 2)))
    crossing = [
        made
        for made in found
        for step in made.steps
        for binding in step.bindings.values()
        if binding.step is not None and made.steps[binding.step].tool.partition("__")[0] != step.tool.partition("__")[0]
    ]
    assert len(crossing) >= 30


def test_bounds_that_contradict_themselves_are_told(graph: ToolGraph) -> None:
    for bounds in ({"length": (3, 2)}, {"length": (1, 2), "turns": (3, 3)}, {"environments": (0, 1)}):
        with pytest.raises(EnvFactoryError):
            next(sample(graph, LIBRARY, count=1, **bounds))  # type: ignore[arg-type]
    with pytest.raises(EnvFactoryError, match="2 environments"):
        next(sample(graph, LIBRARY, count=1, environments=(3, 3)))


def test_a_graph_of_other_tools_is_refused(graph: ToolGraph) -> None:
    with pytest.raises(UnknownName, match="make the graph again"):
        next(sample(graph, {"post": Post}, count=1))


# The validator, by hand ----------------------------------------------------------------------------------------------

TASKS = ("todo__list_tasks", {"list_id": of(0, "items.*.id")})


def test_a_chain_made_by_hand_is_valid(graph: ToolGraph) -> None:
    update = {"list_id": of(0, "items.*.id"), "task_id": of(1, "items.*.id"), "title": SAID}
    assert validate(chain(LISTS, TASKS, ("todo__update_task", update)), graph) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (chain(("todo__list_tasks", {"list_id": SAID})), "the user cannot know list_id"),
        (chain(("todo__list_tasks", {})), "nothing fills list_id"),
        (chain(TASKS, LISTS), "not earlier"),
        (chain(LISTS, ("todo__list_tasks", {"list_id": of(0, "items.*.title")})), "no edge"),
        (chain(LISTS, LISTS, turns=((0,), (1,))), "repeats step 0"),
        (chain(LISTS, ("todo__search_tasks", {"query": SAID})), "nothing uses"),
        (chain(LISTS, TASKS, turns=((0,),)), "turns do not hold"),
        (chain(("todo__fly", {})), "no tool"),
        (
            chain(
                LISTS,
                TASKS,
                ("todo__delete_task", {"list_id": of(0, "items.*.id", 1), "task_id": of(1, "items.*.id")}),
            ),
            "not known to be in the task_list",
        ),
        (
            chain(
                LISTS,
                TASKS,
                ("todo__delete_list", {"list_id": of(0, "items.*.id")}),
                ("todo__delete_task", {"list_id": of(0, "items.*.id"), "task_id": of(1, "items.*.id")}),
            ),
            "was removed before",
        ),
        (
            chain(
                ("todo__create_list", {"title": SAID}),
                ("todo__list_tasks", {"list_id": of(0, "id")}),
                ("todo__delete_task", {"list_id": of(0, "id"), "task_id": of(1, "items.*.id")}),
            ),
            "is empty",
        ),
        (
            chain(
                LISTS,
                TASKS,
                (
                    "todo__move_task",
                    {
                        "list_id": of(0, "items.*.id"),
                        "task_id": of(1, "items.*.id"),
                        "to_list_id": of(0, "items.*.id"),
                    },
                ),
            ),
            "the same task_list",
        ),
    ],
)
def test_the_validator_finds_what_is_wrong(graph: ToolGraph, wrong: Chain, message: str) -> None:
    assert any(message in problem for problem in validate(wrong, graph)), validate(wrong, graph)


def test_a_chain_with_a_false_depth_is_caught(graph: ToolGraph) -> None:
    made = chain(LISTS, TASKS).model_copy(update={"depth": 5})
    assert validate(made, graph) == ["the depth is 2, not 5"]


# The picture ---------------------------------------------------------------------------------------------------------


def test_the_picture_shows_every_tool_and_needs_nothing_from_elsewhere(graph: ToolGraph) -> None:
    text = draw(graph)
    root = ElementTree.fromstring(text)
    labels = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {tool.tool for tool in graph.tools} <= labels
    hovers = " ".join(element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}title"))
    assert "executed 1.00: todo__update_task took 't_milk'" in hovers
    assert not re.search(r"href|url\(|<script|@import", text)
    assert text == draw(graph)


def test_a_graph_without_tools_can_be_drawn_and_is_not_connected() -> None:
    empty = link({})
    assert empty.connected == 0.0
    ElementTree.fromstring(draw(empty))


# With a contract -----------------------------------------------------------------------------------------------------


def test_roles_come_from_the_contract_and_people_can_say_readable_keys() -> None:
    source = Source(kind="prose", title="made for this test", sha256="0" * 64, licence="CC0-1.0")
    key, label = Attribute(name="id", type="string", required=True), Attribute(name="name", type="string")
    contact = Entity(name="contact", table="contacts", key="id", label="name", attributes=(key, label))
    get = ToolSpec(
        name="get_contact",
        operation="contacts.get",
        description="One contact.",
        effect="get",
        entity="contact",
        parameters=(Parameter(name="contact_id", type="string", required=True, role="key", entity="contact"),),
    )

    def asked(entity: Entity) -> bool:
        class Book(Post):
            """An address book with a contract."""

        Book.spec = EnvSpec(
            name="book",
            title="Book",
            domain="office",
            description="Contacts.",
            sources=(source,),
            entities=(entity,),
            tools=(get,),
        )
        (given,) = link({"book": Book}, confirm=False).nodes["book__get_contact"].inputs
        assert (given.role, given.entity, given.required) == ("key", "contact", True)
        return given.asked

    assert not asked(contact)
    assert asked(contact.model_copy(update={"key": "name"}))
    handle = Attribute(name="login", type="string", required=True)
    assert asked(contact.model_copy(update={"key": "login", "attributes": (handle, label)}))


def test_no_hash_seed_changes_graph_or_chains() -> None:
    code = (
        "from graph_worlds import LIBRARY\nfrom envfactory.graph.link import link\n"
        "from envfactory.graph.sample import sample\nfrom envfactory.graph.draw import draw\n"
        "g = link(LIBRARY)\nprint(g.to_json(), [c.model_dump() for c in sample(g, LIBRARY, count=30)], draw(g))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_row_is_looked_up_where_its_name_stands() -> None:
    shop = {"square_orders": load("square_orders")}
    found = {
        (parameter, binding.path.rpartition(".")[2])
        for one in sample(link(shop, confirm=False), shop, count=80, seed=1)
        for step in one.steps
        for parameter, binding in step.bindings.items()
        if parameter in {"customer_id", "order_id", "payment_id"} and binding.step is not None
    }
    assert found == {("customer_id", "id"), ("order_id", "id"), ("payment_id", "id")}


def test_nothing_is_made_only_to_be_removed(graph: ToolGraph) -> None:
    removed = 0
    for made in sample(graph, LIBRARY, count=300, seed=4):
        for step in made.steps:
            node = graph.nodes[step.tool]
            if node.effect != "delete":
                continue
            for item in node.inputs:
                bound = step.bindings.get(item.name) if item.role == "key" else None
                if bound is not None and bound.step is not None:
                    maker = graph.nodes[made.steps[bound.step].tool]
                    assert (maker.effect, maker.entity) != ("create", node.entity)
                    removed += 1
    assert removed > 30


def test_chains_over_the_whole_library_are_valid() -> None:
    library = {name: load(folder) for name, folder in folders().items()}
    linked = link(library, confirm=False)
    assert linked.connected > 0.6
    assert not [chain for chain in sample(linked, library, count=1500, seed=6) if validate(chain, linked)]
