"""Bodies of tools that a contract says all about: create, get, update, replace, delete, move, action, clear.

A body that would have to guess is not written: `Unwritable` says why, and the tool is left for an override.
"""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.envgen.body import Body, Unwritable, Where, keywords, moment
from envfactory.envgen.layout import Code, Text, flat, group, literal
from envfactory.envgen.plan import SEQ, Plan, field_name, stamped
from envfactory.environment.spec import Attribute, Parameter, ToolSpec


def body_of(plan: Plan, tool: ToolSpec) -> Body:
    """The body of one tool that acts on one row; raises Unwritable."""
    body = Body(plan, tool)
    for parameter in body.having("option"):
        body.drop(parameter, "changes nothing that a default could know")
    writers = {
        "get": _get,
        "create": _create,
        "update": _update,
        "replace": _replace,
        "delete": _delete,
        "move": _move,
        "action": _action,
        "clear": _clear,
    }
    if tool.effect not in writers:
        raise Unwritable(f"no default knows how to {tool.effect}")
    if tool.effect != "action" and tool.effect != "clear" and (tool.sets or tool.requires):
        raise Unwritable(f"a {tool.effect} that also sets or requires something has no default")
    for parameter in body.having("filter", "sort", "page_size", "page_token"):
        body.drop(parameter, f"has no meaning in a default {tool.effect}")
    writers[tool.effect](body)
    return body


def _get(body: Body) -> None:
    for parameter in body.having("value", "reference"):
        body.drop(parameter, "sets something, and this tool only reads")
    found = body.local("row")
    body.found(found)
    body.result(found)


def _create(body: Body) -> None:
    plan, entity = body.plan, body.entity
    if body.having("key"):
        raise Unwritable("it names the row that it is to create")
    where = body.scopes()
    values = body.values()
    body.referred(values)
    given = {attribute.name: parameter for attribute, parameter in values}
    above = dict(where)
    key = entity.attribute(entity.key)
    items: list[Code] = []
    for attribute in entity.attributes:
        name = attribute.name
        if name in above:
            value = above[name]
        elif name == entity.key:
            value = _key(body, given.get(name), [(c, e) for c, e in where if c == entity.scope], key)
        elif name in given:
            value = field_name(given[name].name)
            start = _start(attribute)
            if start is not None and not given[name].required and given[name].default is None:
                value = f"{literal(start)} if {value} is None else {value}"
        elif stamped(attribute):
            value = moment(attribute)
        elif _start(attribute) is not None:
            value = literal(_start(attribute))
        elif name == entity.scope:
            raise Unwritable(f"nothing says which {name} a new {plan.word(entity)} belongs to")
        else:
            continue
        items.append(f"{literal(name)}: {value}")
    if plan.ordered(entity):
        items.append(f'"{SEQ}": self.db.next_number({literal(entity.table)}, "{SEQ}")')
    made = body.local("row")
    opened = group("{", items, "}")
    body.add(f"{made}: Row = ", opened)
    body.add(f"self.db.insert({literal(entity.table)}, {made})")
    body.result(made)


def _start(attribute: Attribute) -> object:
    """What an attribute is in a new row when nobody says: its default, else the first of its choices if it must be."""
    if attribute.default is not None:
        return attribute.default
    return attribute.enum[0] if attribute.required and attribute.enum and attribute.type == "string" else None


def _key(body: Body, given: Parameter | None, scope: Where, key: Attribute) -> str:
    entity = body.entity
    table = literal(entity.table)
    if key.type == "integer":
        fresh = flat(group("self.db.next_number(", [table, literal(key.name), *keywords(scope)], ")"))
    else:
        fresh = f"self.new_id({literal(entity.name)})"
    if given is None:
        return fresh
    name = field_name(given.name)
    where = [*scope, (key.name, name)] if len(body.plan.key(entity)) > 1 else [(key.name, name)]
    there = flat(group("self.db.get(", [table, *keywords(where)], ")"))
    known = f"{name} is not None and " if not given.required else ""
    body.add(f"if {known}{there} is not None:")
    text = f"there is already a {body.plan.word(entity)} "
    quoted = text.replace("{", "{{").replace("}", "}}")
    message = "f" + literal(quoted)[:-1] + f"{{{name}!r}}" + literal(quoted)[-1]
    body.add(group("raise ToolError(", [message, 'code="conflict"'], ")"), depth=1)
    return name if given.required else f"{fresh} if {name} is None else {name}"


def _changed(body: Body, items: Sequence[Code], where: Where, *, only_given: bool, extra: Sequence[Code] = ()) -> None:
    """Write the update of the row found, and the return."""
    found, changes = body.local("row"), body.local("changes")
    if only_given:
        body.add(f"{changes} = ", group("self.given(", [group("{", [*items, *extra], "}")], ")"))
    else:
        body.add(f"{changes}: Row = ", group("{", [*items, *extra], "}"))
    target = keywords(where)
    body.add(group("self.db.update(", [literal(body.entity.table), changes, *target], ")"))
    body.result(f"{found} | {changes}")


def _update(body: Body) -> None:
    found = body.local("row")
    where = body.found(found)
    values = body.values()
    if not values:
        raise Unwritable("nothing says what it changes")
    body.referred(values, where[-1][1])
    items = [f"{literal(a.name)}: {field_name(p.name)}" for a, p in values]
    _changed(body, items, where, only_given=True, extra=body.stamps("updated"))


def _replace(body: Body) -> None:
    found = body.local("row")
    where = body.found(found)
    values = body.values()
    if not values:
        raise Unwritable("nothing says what it changes")
    body.referred(values, where[-1][1])
    items: list[Code] = []
    for attribute, parameter in values:
        value = name = field_name(parameter.name)
        if not parameter.required and parameter.default is None:
            if attribute.default is not None:
                value = f"{literal(attribute.default)} if {name} is None else {name}"
            elif body.plan.present(body.entity, attribute):
                value = f"{found}[{literal(attribute.name)}] if {name} is None else {name}"
        items.append(f"{literal(attribute.name)}: {value}")
    _changed(body, items, where, only_given=False, extra=body.stamps("updated"))


def _delete(body: Body) -> None:
    for parameter in body.having("value", "reference"):
        body.drop(parameter, "sets something, and this tool deletes")
    found = body.local("row")
    where = body.found(found if body.tool.returns == "one" else "")
    body.add(group("self.db.delete(", [literal(body.entity.table), *keywords(where)], ")"))
    body.result(found)


def _move(body: Body) -> None:
    found = body.local("row")
    where = body.found(found)
    values = body.values(moving=True)
    if not values or any(not attribute.entity for attribute, _ in values):
        raise Unwritable("it changes an order, which no attribute holds")
    if body.entity.scope in body.plan.key(body.entity) and any(a.name == body.entity.scope for a, _ in values):
        raise Unwritable("its number would have to change with its place")
    body.referred(values, where[-1][1])
    items = [f"{literal(a.name)}: {field_name(p.name)}" for a, p in values]
    _changed(body, items, where, only_given=True, extra=body.stamps("updated"))


def _action(body: Body) -> None:
    tool = body.tool
    found = body.local("row")
    where = body.found(found)
    values = body.values()
    if not tool.sets and not values:
        raise Unwritable("nothing says what it changes")
    for name, accepted in tool.requires.items():
        if not accepted:
            continue
        options = ", ".join(map(literal, accepted))
        wrong = f"!= {options}" if len(accepted) == 1 else f"not in ({options})"
        if accepted[0] is None and len(accepted) == 1:
            wrong = "is not None"
        body.add(f"if {found}[{literal(_known(body, name))}] {wrong}:")
        text = Text(f"the {body.plan.word(body.entity)} cannot be changed so: its {name} does not allow it")
        body.add(group("raise ToolError(", [text, 'code="failed_precondition"'], ")"), depth=1)
    body.referred(values, where[-1][1])
    items: list[Code] = [f"{literal(a.name)}: {field_name(p.name)}" for a, p in values]
    fixed: list[Code] = [f"{literal(_known(body, name))}: {written(body, name)}" for name in tool.sets]
    stamps = body.stamps("updated", but=tool.sets)
    _changed(body, items or fixed, where, only_given=bool(items), extra=[*(fixed if items else []), *stamps])


def _known(body: Body, name: str) -> str:
    if all(attribute.name != name for attribute in body.entity.attributes):
        raise Unwritable(f"it speaks of {name!r}, which is no attribute of a {body.plan.word(body.entity)}")
    return name


def written(body: Body, name: str) -> str:
    """What an action writes into one attribute, as an expression."""
    value = body.tool.sets[name]
    attribute = body.entity.attribute(name)
    if value == "$now":
        return moment(attribute)
    if isinstance(value, str) and value.startswith("$"):
        raise Unwritable(f"it writes {value!r}, and only $now has a meaning")
    allowed = body.plan.allowed(body.entity, attribute)
    if allowed and value is not None and value not in allowed:
        raise Unwritable(f"it writes {value!r} into {name}, whose values are {', '.join(allowed)}")
    if value is None and body.plan.present(body.entity, attribute):
        raise Unwritable(f"it empties {name}, which every row must have")
    return literal(value)


def _clear(body: Body) -> None:
    tool = body.tool
    if body.having("value", "reference", "key"):
        raise Unwritable("a default clears all rows that its contract names, and no others")
    where = body.scopes()
    if not tool.sets:
        raise Unwritable("nothing says what clearing writes")
    if tool.returns != "nothing":
        raise Unwritable(f"what it returns ({tool.returns}) follows from no row")
    if any(len(accepted) != 1 for accepted in tool.requires.values()):
        raise Unwritable("rows in one of several states are to be cleared, and the default compares with one")
    where += [(_known(body, name), literal(accepted[0])) for name, accepted in tool.requires.items()]
    fixed = [f"{literal(_known(body, name))}: {written(body, name)}" for name in tool.sets]
    changes = group("{", [*fixed, *body.stamps("updated", but=tool.sets)], "}")
    body.add(group("self.db.update(", [literal(body.entity.table), changes, *keywords(where)], ")"))
