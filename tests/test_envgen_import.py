"""Reading authentic API descriptions into contracts, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from envfactory.envgen.build import build
from envfactory.envgen.check import check
from envfactory.envgen.infer import write_spec
from envfactory.envgen.source import Document, fetch
from envfactory.envgen.words import article, enum_in_prose, participles, plural, singular, words_of
from envfactory.environment.spec import EnvSpec, ToolSpec
from envfactory.errors import SourceError, UnknownName

DESCRIPTIONS = Path(__file__).parent / "descriptions"


@pytest.fixture(scope="module")
def tasks() -> EnvSpec:
    return write_spec(fetch(str(DESCRIPTIONS / "tasks.v1.json")))


@pytest.fixture(scope="module")
def github() -> EnvSpec:
    return write_spec(fetch(str(DESCRIPTIONS / "github_issues.json")), limit=40)


def roles(tool: ToolSpec) -> dict[str, str]:
    return {p.name: p.role for p in tool.parameters}


def why(spec: EnvSpec, what: str) -> str:
    return next(o.why for o in spec.omitted if o.what.startswith(what))


# A tiny OpenAPI document to bend ------------------------------------------------------------------------------------


def order_api(**extra_paths: Any) -> dict[str, Any]:
    order = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string", "enum": ["open", "paid", "cancelled"]},
            "customer_name": {"type": "string"},
            "title": {"type": "string"},
            "total": {"type": "number"},
            "shipped_at": {"type": "string", "format": "date-time"},
            "created_at": {"type": "string", "format": "date-time"},
        },
    }
    ref = {"$ref": "#/components/schemas/Order"}
    given = {
        "type": "object",
        "required": ["title"],
        "properties": {"title": {"type": "string"}, "fax": {"type": "string"}},
    }

    def good(schema: Any) -> dict[str, Any]:
        return {"200": {"content": {"application/json": {"schema": schema}}}}

    key = {"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}
    body = {"content": {"application/json": {"schema": given}}}
    listed = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": ref}, "next_cursor": {"type": "string"}},
    }
    query = [
        {"name": "status", "in": "query", "schema": {"type": "string"}},
        {"name": "created_after", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        {"name": "total[gte]", "in": "query", "schema": {"type": "number"}},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 50}},
        {"name": "fields", "in": "query", "schema": {"type": "string"}},
        {"name": "radius", "in": "query", "schema": {"type": "number"}},
        {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["total", "-created_at", "karma"]}},
    ]
    paths: dict[str, Any] = {
        "/v1/orders": {
            "get": {"operationId": "listOrders", "parameters": query, "responses": good(listed)},
            "post": {
                "operationId": "createOrder",
                "requestBody": body,
                "responses": good({"properties": {"data": ref}}),
            },
        },
        "/v1/orders/{order_id}": {
            "parameters": [key],
            "get": {"operationId": "getOrder", "responses": good({"properties": {"data": ref}})},
            "put": {"operationId": "putOrder", "requestBody": body, "responses": good(ref)},
            "delete": {"operationId": "deleteOrder", "responses": {"204": {"description": "gone"}}},
        },
        "/v1/orders/{order_id}/cancel": {
            "post": {
                "operationId": "cancelOrder",
                "description": "Only orders whose status is open can be cancelled.",
                "parameters": [key],
                "responses": good(ref),
            }
        },
        "/v1/orders/{order_id}/ship": {
            "post": {"operationId": "shipOrder", "parameters": [key], "responses": good(ref)}
        },
        "/v1/orders/{order_id}/frobnicate": {
            "post": {"operationId": "frobnicateOrder", "parameters": [key], "responses": good(ref)}
        },
        **extra_paths,
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "7"},
        "paths": paths,
        "components": {"schemas": {"Order": order}},
    }


def written(tmp_path: Path, data: Any, name: str = "api.json") -> Document:
    path = tmp_path / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return fetch(str(path))


# Google Tasks -------------------------------------------------------------------------------------------------------


def test_every_operation_of_google_tasks_is_understood(tasks: EnvSpec) -> None:
    assert {t.name: t.effect for t in tasks.tools} == {
        "tasklists_delete": "delete",
        "tasklists_get": "get",
        "tasklists_insert": "create",
        "tasklists_list": "list",
        "tasklists_patch": "update",
        "tasklists_update": "replace",
        "tasks_clear": "clear",
        "tasks_delete": "delete",
        "tasks_get": "get",
        "tasks_insert": "create",
        "tasks_list": "list",
        "tasks_move": "move",
        "tasks_patch": "update",
        "tasks_update": "replace",
    }
    assert tasks.sources[0].licence == "Apache-2.0"
    assert tasks.domain == "office"


def test_an_entity_lives_in_the_one_its_path_names(tasks: EnvSpec) -> None:
    task = tasks.entity("task")
    assert (task.key, task.label, task.scope) == ("id", "title", "tasklist")
    held = task.attribute("tasklist")
    assert (held.entity, held.internal, held.required) == ("task_list", True, True)
    assert roles(tasks.tool("tasks_get")) == {"tasklist": "scope", "task": "key"}


def test_a_parent_in_the_prose_is_a_reference_to_the_same_entity(tasks: EnvSpec) -> None:
    assert tasks.entity("task").attribute("parent").entity == "task"
    move = tasks.tool("tasks_move")
    assert roles(move) == {
        "tasklist": "scope",
        "task": "key",
        "destinationTasklist": "reference",
        "parent": "reference",
        "previous": "reference",
    }
    destination = move.parameter("destinationTasklist")
    assert (destination.entity, destination.field) == ("task_list", "tasklist")


def test_what_the_service_sets_is_no_parameter(tasks: EnvSpec) -> None:
    names = roles(tasks.tool("tasks_insert"))
    assert not {"id", "etag", "kind", "selfLink", "updated", "hidden", "position"} & set(names)
    assert names["title"] == "value"
    assert tasks.entity("task").attribute("etag").volatile
    assert why(tasks, "tasks.tasklists.insert, tasks.tasks.insert: id") == "the service sets it"


def test_values_named_in_prose_become_an_enum_and_the_first_state_the_default(tasks: EnvSpec) -> None:
    status = tasks.entity("task").attribute("status")
    assert status.enum == ("needsAction", "completed")
    assert status.default == "needsAction"


def test_bounds_flags_and_pages_of_a_list_are_told_apart(tasks: EnvSpec) -> None:
    listing = tasks.tool("tasks_list")
    due = listing.parameter("dueMin")
    assert (due.role, due.field, due.operator, due.format) == ("filter", "due", "at_least", "date-time")
    assert listing.parameter("completedMax").operator == "at_most"
    hidden = listing.parameter("showHidden")
    assert (hidden.field, hidden.operator, hidden.default) == ("hidden", "include", False)
    size = listing.parameter("maxResults")
    assert (size.role, size.default, size.minimum, size.maximum) == ("page_size", 20, 1, 100)
    assert (listing.returns, listing.envelope, listing.next_page) == ("many", "items", "nextPageToken")


def test_clear_says_which_rows_and_what_becomes_of_them(tasks: EnvSpec) -> None:
    clear = tasks.tool("tasks_clear")
    assert (clear.entity, clear.sets, clear.requires) == ("task", {"hidden": True}, {"status": ("completed",)})


def test_no_sentence_of_the_vendor_is_copied(tasks: EnvSpec) -> None:
    source = (DESCRIPTIONS / "tasks.v1.json").read_text(encoding="utf-8")
    ours = [t.description for t in tasks.tools] + [p.description for t in tasks.tools for p in t.parameters]
    ours += [a.description for e in tasks.entities for a in e.attributes]
    assert all(text for text in ours)
    assert not [text for text in ours if text in source and len(text.split()) > 4]


# GitHub -------------------------------------------------------------------------------------------------------------


def test_parameters_side_by_side_are_entities_inside_one_another(github: EnvSpec) -> None:
    assert github.entity("repo").scope == "owner"
    assert github.entity("issue").scope == "repo"
    assert github.entity("issue").key == "number"
    assert github.entity("issue_comment").scope == "issue_number"
    assert roles(github.tool("issues_list_comments"))["issue_number"] == "scope"


def test_a_comment_under_an_issue_and_one_by_its_id_are_one_entity(github: EnvSpec) -> None:
    effects = {t.name: t.effect for t in github.tools if t.entity == "issue_comment"}
    assert effects == {
        "issues_list_comments": "list",
        "issues_create_comment": "create",
        "issues_get_comment": "get",
        "issues_update_comment": "update",
        "issues_delete_comment": "delete",
    }


def test_lock_and_unlock_set_the_flag_and_keep_their_reason(github: EnvSpec) -> None:
    lock, unlock = github.tool("issues_lock"), github.tool("issues_unlock")
    assert (lock.effect, lock.sets) == ("action", {"locked": True})
    assert (unlock.effect, unlock.sets) == ("action", {"locked": False})
    assert lock.parameter("lock_reason").field == "active_lock_reason"


def test_what_is_set_by_number_is_kept_by_number(github: EnvSpec) -> None:
    milestone = github.entity("issue").attribute("milestone")
    assert (milestone.type, milestone.entity) == ("integer", "milestone")
    given = github.tool("issues_create").parameter("milestone")
    assert (given.role, given.type, given.entity) == ("reference", "integer", "milestone")
    assert "as calls give it" in why(github, "issue.milestone")


def test_adding_to_a_list_inside_an_entity_is_left_out_not_faked(github: EnvSpec) -> None:
    operations = {t.operation for t in github.tools}
    for left in ("issues/add-labels", "issues/remove-label", "issues/add-assignees"):
        assert left not in operations
        assert why(github, left)


def test_a_bare_list_with_page_numbers(github: EnvSpec) -> None:
    listing = github.tool("issues_list_for_repo")
    assert (listing.envelope, listing.next_page) == ("", "")
    assert roles(listing)["page"] == "page_token"
    since = listing.parameter("since")
    assert (since.field, since.operator) == ("updated_at", "at_least")


def test_named_operations_are_used_exactly(github: EnvSpec) -> None:
    document = fetch(str(DESCRIPTIONS / "github_issues.json"))
    spec = write_spec(document, operations=["issues/get", "issues/create", "issues/lock"], name="tracker")
    assert [t.operation for t in spec.tools] == ["issues/get", "issues/create", "issues/lock"]
    assert spec.name == "tracker"
    assert "label" not in {e.name for e in spec.entities}
    with pytest.raises(UnknownName, match="did you mean 'issues/lock'"):
        write_spec(document, operations=["issues/lok"])


@pytest.mark.parametrize("limit", [4, 8, 16])
def test_a_selection_keeps_its_limit_its_writers_and_its_entities_reachable(limit: int) -> None:
    spec = write_spec(fetch(str(DESCRIPTIONS / "github_issues.json")), limit=limit)
    assert len(spec.tools) <= limit
    assert sum(t.writes for t in spec.tools) >= 0.4 * len(spec.tools)
    for entity in {t.entity for t in spec.tools}:
        assert {t.effect for t in spec.tools if t.entity == entity} & {"list", "search", "get"}


# What is understood, on a small document ----------------------------------------------------------------------------


def test_effects_follow_method_path_and_verb(tmp_path: Path) -> None:
    spec = write_spec(written(tmp_path, order_api()))
    assert {t.operation: t.effect for t in spec.tools} == {
        "listOrders": "list",
        "createOrder": "create",
        "getOrder": "get",
        "putOrder": "replace",
        "deleteOrder": "delete",
        "cancelOrder": "action",
        "shipOrder": "action",
    }
    assert spec.tool("cancel_order").sets == {"status": "cancelled"}
    assert spec.tool("cancel_order").requires == {"status": ("open",)}
    assert spec.domain == "commerce"


def test_a_verb_that_matches_nothing_is_left_out_with_the_reason(tmp_path: Path) -> None:
    spec = write_spec(written(tmp_path, order_api()))
    assert why(spec, "frobnicateOrder") == "the verb 'frobnicate' matches no value, flag or time of the order"


def test_a_time_named_after_the_verb_is_stamped(tmp_path: Path) -> None:
    assert write_spec(written(tmp_path, order_api())).tool("ship_order").sets == {"shipped_at": "$now"}


def test_arguments_that_are_not_understood_are_dropped_with_the_reason(tmp_path: Path) -> None:
    spec = write_spec(written(tmp_path, order_api()))
    listing = spec.tool("list_orders")
    assert roles(listing) == {
        "status": "filter",
        "created_after": "filter",
        "total_gte": "filter",
        "cursor": "page_token",
        "limit": "page_size",
        "sort": "sort",
    }
    assert listing.parameter("total_gte").operator == "at_least"
    assert listing.parameter("sort").enum == ("total", "-created_at")
    assert "shows in full" in why(spec, "listOrders: fields")
    assert "no attribute" in why(spec, "listOrders: radius")
    assert "karma" in next(o.what for o in spec.omitted if "sort" in o.what)
    assert "nothing would come of it" in why(spec, "createOrder, putOrder: fax")


def test_an_envelope_of_one_object_is_opened(tmp_path: Path) -> None:
    spec = write_spec(written(tmp_path, order_api()))
    assert spec.entity("order").key == "id"
    assert spec.tool("get_order").returns == "one"
    assert spec.tool("list_orders").envelope == "data"


def test_an_operation_with_a_needed_argument_that_is_not_understood_is_left_out(tmp_path: Path) -> None:
    data = order_api()
    data["paths"]["/v1/orders"]["get"]["parameters"][6]["required"] = True
    spec = write_spec(written(tmp_path, data))
    assert "listOrders" not in {t.operation for t in spec.tools}
    assert why(spec, "listOrders").startswith("it needs 'radius'")


def test_a_delete_called_otherwise_is_read_by_its_name(tmp_path: Path) -> None:
    data = order_api()
    item = data["paths"]["/v1/orders/{order_id}"]
    item["delete"]["operationId"] = "cancelThisOrder"
    assert write_spec(written(tmp_path, data)).tool("cancel_this_order").sets == {"status": "cancelled"}
    item["delete"]["operationId"] = "withdrawOrder"
    assert "may keep the row" in why(write_spec(written(tmp_path, data)), "withdrawOrder")


def test_a_verb_about_something_else_is_no_action_on_the_entity(tmp_path: Path) -> None:
    data = order_api()
    verbs = {"cancel-reminders": "cancelReminders", "update-total": "updateTotal"}
    key = data["paths"]["/v1/orders/{order_id}"]["parameters"]
    answer = data["paths"]["/v1/orders/{order_id}"]["put"]["responses"]
    for path, name in verbs.items():
        operation = {"operationId": name, "parameters": key, "responses": answer}
        data["paths"][f"/v1/orders/{{order_id}}/{path}"] = {"post": operation}
    spec = write_spec(written(tmp_path, data))
    assert not set(verbs.values()) & {t.operation for t in spec.tools}
    assert "matches no value" in why(spec, "cancelReminders")


def test_taking_a_row_off_a_list_is_not_deleting_it(tmp_path: Path) -> None:
    data = order_api()
    paths = data["paths"]
    listing, item = paths["/v1/orders"]["get"], paths["/v1/orders/{order_id}"]
    paths["/v1/user/starred"] = {"get": {**listing, "operationId": "listStarred"}}
    paths["/v1/user/starred/{order_id}"] = {
        method: {**item[method], "operationId": f"{method}Starred", "parameters": item["parameters"]}
        for method in ("get", "put", "delete")
    }
    spec = write_spec(written(tmp_path, data))
    assert {t.operation for t in spec.tools if t.effect in {"delete", "replace"}} == {"deleteOrder", "putOrder"}
    assert "relation" in why(spec, "deleteStarred")


def test_a_name_in_the_path_is_the_key_where_the_id_is_a_number(tmp_path: Path) -> None:
    data = order_api()
    properties = data["components"]["schemas"]["Order"]["properties"]
    properties["id"] = {"type": "integer"}
    properties["name"] = {"type": "string"}
    text = json.dumps(data).replace("{order_id}", "{order}").replace('"order_id"', '"order"')
    assert write_spec(written(tmp_path, json.loads(text))).entity("order").key == "name"


@pytest.mark.parametrize(("given", "role"), [("integer", "reference"), ("string", "value")])
def test_what_is_linked_is_a_reference_only_when_given_by_its_key(tmp_path: Path, given: str, role: str) -> None:
    data = order_api()
    customer = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    ref = {"$ref": "#/components/schemas/Customer"}
    data["components"]["schemas"]["Customer"] = customer
    data["components"]["schemas"]["Order"]["properties"]["buyer"] = ref
    answer = {"200": {"content": {"application/json": {"schema": ref}}}}
    key = {"name": "customer_id", "in": "path", "required": True, "schema": {"type": "integer"}}
    data["paths"]["/v1/customers/{customer_id}"] = {
        "get": {"operationId": "getCustomer", "parameters": [key], "responses": answer}
    }
    body = data["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["properties"]["buyer"] = {"type": given}
    spec = write_spec(written(tmp_path, data), operations=["createOrder", "getOrder", "getCustomer"])
    buyer = spec.tool("create_order").parameter("buyer")
    assert (buyer.role, buyer.type) == (role, given)
    assert spec.entity("order").attribute("buyer").entity == ("customer" if role == "reference" else "")


def test_a_path_that_ends_in_a_parameter_may_still_be_a_collection(tmp_path: Path) -> None:
    data = order_api()
    paths = data["paths"]
    shop = {"name": "shop", "in": "path", "required": True, "schema": {"type": "string"}}
    paths["/v1/orders/{shop}"] = {**paths.pop("/v1/orders"), "parameters": [shop]}
    paths["/v1/orders/{shop}/{order_id}"] = paths.pop("/v1/orders/{order_id}")
    paths["/v1/orders/{shop}/{order_id}"]["parameters"].append(shop)
    spec = write_spec(written(tmp_path, data))
    assert spec.tool("create_order").effect == "create"
    assert roles(spec.tool("get_order")) == {"shop": "scope", "order_id": "key"}
    assert spec.entity("order").scope == "shop"


def test_references_in_circles_are_read(tmp_path: Path) -> None:
    data = order_api()
    data["components"]["schemas"]["Order"]["properties"]["parent_order"] = {"$ref": "#/components/schemas/Order"}
    data["components"]["schemas"]["Loop"] = {"$ref": "#/components/schemas/Loop"}
    data["components"]["schemas"]["Order"]["properties"]["loop"] = {"$ref": "#/components/schemas/Loop"}
    assert write_spec(written(tmp_path, data)).entity("order").attribute("parent_order").type == "object"


def test_parts_joined_by_all_of_are_one_entity(tmp_path: Path) -> None:
    data = order_api()
    schemas = data["components"]["schemas"]
    schemas["Base"] = schemas["Order"]
    schemas["Order"] = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"note": {"type": "string"}}}]}
    names = {a.name for a in write_spec(written(tmp_path, data)).entity("order").attributes}
    assert {"id", "title", "note"} <= names


def test_equal_descriptions_give_equal_contracts_to_the_byte() -> None:
    for name in ("tasks.v1.json", "github_issues.json"):
        first, second = (write_spec(fetch(str(DESCRIPTIONS / name))).to_json() for _ in range(2))
        assert first == second
        assert EnvSpec.model_validate_json(first).to_json() == first


# Sources ------------------------------------------------------------------------------------------------------------


def test_an_installed_package_is_named_with_its_version() -> None:
    pytest.importorskip("googleapiclient")
    document = fetch("pypi:google-api-python-client/tasks.v1")
    assert document.kind == "discovery"
    assert document.source.package == "pypi:google-api-python-client"
    assert document.source.file.endswith("documents/tasks.v1.json")
    assert len(document.source.sha256) == 64


def test_a_file_of_a_node_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "@shop" / "openapi"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text('{"version": "2.1.0"}')
    (folder / "api.json").write_text(json.dumps(order_api()))
    monkeypatch.setenv("ENVFACTORY_NODE_MODULES", str(tmp_path))
    source = fetch("npm:@shop/openapi/api.json").source
    assert (source.package, source.version, source.licence) == ("npm:@shop/openapi", "2.1.0 (7)", "not stated")
    with pytest.raises(SourceError, match="no file inside the package"):
        fetch("npm:@shop/openapi/../../secret.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"swaggerVersion": "1.2"}', "Swagger 1.2, which is not supported"),
        ('{"hello": 1}', "none of Google Discovery, OpenAPI 3"),
        ("[1, 2]", "is not an API description"),
        ("{", "is not valid JSON"),
        ('{"openapi": "3.0.0", "info": {"title": "Empty"}, "paths": {}}', "Empty describes no operations"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_with_the_cure(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=sentence) as refusal:
        write_spec(fetch(str(path)))
    assert ";" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("no/such/file.json", "cannot read no/such/file.json"),
        ("pypi:no-such-package-here/x", "pip install no-such-package-here"),
        ("npm:no-such-package/x.json", "npm install no-such-package"),
    ],
)
def test_a_source_that_is_not_there_says_how_to_get_it(reference: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        fetch(reference)


def test_an_api_of_which_nothing_is_understood_is_refused(tmp_path: Path) -> None:
    answer = {"200": {"content": {"application/json": {"schema": {"type": "number"}}}}}
    paths = {"/v1/add": {"get": {"operationId": "add", "responses": answer}}}
    data = {"openapi": "3.1.0", "info": {"title": "Sums"}, "paths": paths}
    with pytest.raises(SourceError, match="no operation of Sums is understood without a model"):
        write_spec(written(tmp_path, data))


# Words --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "many"),
    [("task", "tasks"), ("category", "categories"), ("box", "boxes"), ("address", "addresses"), ("person", "people"),
     ("task_list", "task_lists"), ("warehouse", "warehouses"), ("key", "keys"), ("status", "statuses")],
)  # fmt: skip
def test_number(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one


def test_names_and_prose_are_taken_apart() -> None:
    assert words_of("destinationTaskList") == ("destination", "task", "list")
    assert words_of("HTMLUrl_v2") == ("html", "url", "v2")
    assert participles("cancel") == ("canceled", "cancelled")
    assert participles("archive") == ("archived",)
    assert article("issue") == "an issue"
    assert article("user") == "a user"
    assert enum_in_prose('The role. Possible values are:\n- "reader" - may read\n- "owner" - owns') == (
        "reader",
        "owner",
    )
    assert enum_in_prose('A name such as "foo" or "bar".') == ()


def _wrapped_api(answer: dict[str, Any], key: str = "string") -> dict[str, Any]:
    """An API of accounts whose answers come in `answer`; `ACCOUNT` stands for one."""
    fields = {"id": {"type": key}, "name": {"type": "string"}, "note": {"type": "string"}}
    account = {"type": "object", "properties": fields}
    text = json.dumps(answer).replace('"ACCOUNT"', '{"$ref": "#/components/schemas/Account"}')
    schema = json.loads(text)
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    one = {"200": {"description": "ok", "content": {"application/json": {"schema": {
        "type": "object", "properties": {"account": {"$ref": "#/components/schemas/Account"},
                                         "errors": {"type": "array", "items": {"type": "string"}}}}}}}}  # fmt: skip
    place = [{"name": "account_id", "in": "path", "required": True, "schema": {"type": key}}]
    return {
        "openapi": "3.0.0",
        "info": {"title": "Accounts", "version": "1"},
        "components": {"schemas": {"Account": account}},
        "paths": {
            "/accounts": {"get": {"operationId": "listAccounts", "responses": ok}},
            "/accounts/{account_id}": {"get": {"operationId": "getAccount", "parameters": place, "responses": one}},
        },
    }


def test_a_list_in_two_envelopes_and_one_object_beside_its_errors_are_understood(tmp_path: Path) -> None:
    nested = {"type": "object", "properties": {"data": {"type": "object", "properties": {
        "accounts": {"type": "array", "items": "ACCOUNT"}, "server_knowledge": {"type": "integer"}}}}}  # fmt: skip
    (tmp_path / "accounts.json").write_text(json.dumps(_wrapped_api(nested)))
    spec = write_spec(fetch(str(tmp_path / "accounts.json")))
    tools = {tool.operation: tool for tool in spec.tools}
    assert (tools["listAccounts"].returns, tools["listAccounts"].envelope) == ("many", "accounts")
    assert (tools["getAccount"].returns, tools["getAccount"].entity) == ("one", "account")


def test_a_key_that_is_a_number_is_a_whole_one(tmp_path: Path) -> None:
    plain = {"type": "array", "items": "ACCOUNT"}
    (tmp_path / "accounts.json").write_text(json.dumps(_wrapped_api(plain, key="number")))
    built = build(str(tmp_path / "accounts.json"), output=tmp_path)
    assert built.spec.entities[0].attribute("id").type == "integer"
    assert check(built.folder, only=("static", "schema", "contract", "laws")).verdict == "draft"
