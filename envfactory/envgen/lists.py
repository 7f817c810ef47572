"""Bodies of tools that list and search: every filter in one SQL statement, then a page of it."""

from __future__ import annotations

import re

from envfactory.envgen.body import Body, Unwritable
from envfactory.envgen.ddl import sql_name, sql_text
from envfactory.envgen.layout import Code, group, literal
from envfactory.envgen.plan import Plan, field_name
from envfactory.envgen.types import is_name
from envfactory.environment.spec import Attribute, Entity, Parameter, ToolSpec

PAGE_SIZE = 20
"""Rows on a page when neither caller nor contract says how many: what most list operations start from."""

_COMPARED = {"at_least": ">=", "at_most": "<=", "after": ">", "before": "<"}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_DIRECTIONS = {"asc": "ASC", "ascending": "ASC", "desc": "DESC", "descending": "DESC"}


def list_of(plan: Plan, tool: ToolSpec) -> Body:
    """The body of a tool that lists; raises Unwritable."""
    body = Body(plan, tool)
    if tool.returns != "many":
        raise Unwritable(f"what it returns ({tool.returns}) is no list of rows")
    if not all(is_name(name) for name in (tool.envelope, tool.next_page) if name):
        raise Unwritable(f"the names of its page, {tool.envelope!r} and {tool.next_page!r}, cannot be fields")
    for parameter in body.having("option", "value", "key"):
        body.drop(parameter, "changes nothing that a default could know")
    where = body.scopes()
    conditions = [f"{sql_name(column)} = :{_unescaped(name)}" for column, name in where]
    bound: list[Code] = [f"{literal(_unescaped(name))}: {name}" for _, name in where]
    for parameter in body.having("filter", "reference"):
        try:
            condition, value = _condition(body, parameter)
        except Unwritable as problem:
            body.drop(parameter, str(problem))
            continue
        always = parameter.required or parameter.default is not None
        conditions.append(condition if always else f"(:{parameter.name} IS NULL OR {condition})")
        bound.append(f"{literal(parameter.name)}: {value}")
    order, formatted = _order(body)
    _paging(body)
    _select(body, conditions, bound, order, formatted)
    _return(body)
    return body


def _unescaped(name: str) -> str:
    return name.removesuffix("_")


def _condition(body: Body, parameter: Parameter) -> tuple[str, str]:
    """A condition and the expression bound to its parameter; raises Unwritable, whose message goes on about it."""
    name, value = f":{parameter.name}", field_name(parameter.name)
    attribute = body.attribute(parameter)
    operator = parameter.operator or "equals"
    if attribute is None and operator == "contains" and not parameter.field and parameter.type == "string":
        texts = [f"instr(lower({sql_name(a.name)}), lower({name})) > 0" for a in _texts(body.entity)]
        if texts:
            return (f"({' OR '.join(texts)})" if len(texts) > 1 else texts[0]), value
    if attribute is None:
        raise Unwritable(f"compares no attribute of a {body.plan.word(body.entity)}")
    column = sql_name(attribute.name)
    if operator == "include":
        return _included(parameter, attribute, name, column), value
    if attribute.type == "object":
        raise Unwritable(f"compares {attribute.name}, whose value has parts")
    if operator in _COMPARED:
        return _compared(parameter, attribute, name, column, _COMPARED[operator]), value
    if operator == "in":
        return _among(parameter, attribute, name, column, value)
    if parameter.type == "array":
        if operator != "equals":
            raise Unwritable("takes a list")
        return _among(parameter, attribute, name, column, value)
    if attribute.type == "array":
        if operator == "not_equals":
            return f"NOT EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {name})", value
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {name})", value
    if operator == "contains":
        if attribute.type != "string" or parameter.type != "string":
            raise Unwritable(f"looks for text in {attribute.name}, which is none")
        return f"instr(lower({column}), lower({name})) > 0", value
    return _equal(parameter, attribute, name, column, operator), value


def _word(value: str) -> str:
    """A choice as SQL text inside Python text: nothing that either would read otherwise."""
    if not _PLAIN.fullmatch(value):
        raise Unwritable(f"has a choice that is no plain word, {value!r}")
    return sql_text(value)


def _texts(entity: Entity) -> list[Attribute]:
    """Where a free-text search looks: text that people write."""
    return [
        a
        for a in entity.attributes
        if a.type == "string"
        and not (a.entity or a.enum or a.format or a.internal or a.read_only)
        and a.name not in (entity.key, entity.scope)
    ]


def _equal(parameter: Parameter, attribute: Attribute, name: str, column: str, operator: str) -> str:
    if parameter.type != attribute.type and {parameter.type, attribute.type} != {"integer", "number"}:
        raise Unwritable(f"is of another type than {attribute.name}")
    if operator == "not_equals":
        return f"{column} IS NOT {name}"
    if attribute.format == "date-time" and parameter.format == "date-time":
        return f"julianday({column}) = julianday({name})"
    every = [v for v in parameter.enum if v.lower() in {"all", "any"} and v not in attribute.enum]
    if every:
        return f"({name} = {_word(every[0])} OR {column} = {name})"
    return f"{column} = {name}"


def _compared(parameter: Parameter, attribute: Attribute, name: str, column: str, sign: str) -> str:
    times = {"date-time", "date"}
    if attribute.format in times and attribute.type == "string":
        if parameter.format not in times:
            raise Unwritable(f"is no time, but {attribute.name} is one")
        return f"julianday({column}) {sign} julianday({name})"
    if attribute.type not in {"integer", "number"} or parameter.type not in {"integer", "number"}:
        raise Unwritable(f"has no order in common with {attribute.name}")
    return f"{column} {sign} {name}"


def _included(parameter: Parameter, attribute: Attribute, name: str, column: str) -> str:
    if parameter.type != "boolean":
        raise Unwritable("is no flag")
    if attribute.type == "boolean":
        return f"({name} OR NOT coalesce({column}, 0))"
    meant = [v for v in attribute.enum if v.lower().replace("_", "") in parameter.name.lower().replace("_", "")]
    if len(meant) == 1:
        return f"({name} OR {column} IS NOT {_word(meant[0])})"
    if attribute.enum or attribute.required:
        raise Unwritable(f"lets in rows of some {attribute.name}, and nothing says which")
    return f"({name} OR {column} IS NULL)"


def _among(parameter: Parameter, attribute: Attribute, name: str, column: str, value: str) -> tuple[str, str]:
    given = f"SELECT value FROM json_each({name})"
    if parameter.type == "string":
        if "comma" not in parameter.description.lower():
            raise Unwritable("takes several values in one text, and nothing says what stands between them")
        value = f'{value}.split(",")' if parameter.required else f'{value} and {value}.split(",")'
    elif parameter.type != "array":
        raise Unwritable("takes one value where several are compared")
    if attribute.type == "array":
        return f"EXISTS (SELECT 1 FROM json_each({column}) AS held WHERE held.value IN ({given}))", value
    return f"{column} IN ({given})", value


def _order(body: Body) -> tuple[str, bool]:
    """The ORDER BY and whether it holds parts to be filled in; writes the lines that choose those parts."""
    usual = ", ".join(map(sql_name, body.plan.order(body.entity)))
    sorts = body.having("sort")
    direction = next((p for p in sorts if p.enum and all(v.lower() in _DIRECTIONS for v in p.enum)), None)
    chosen: Parameter | None = None
    columns: dict[str, str] = {}
    for parameter in sorts:
        if parameter is direction:
            continue
        columns = {} if chosen else {v: c for v in parameter.enum if (c := _column(body.entity, v))}
        if chosen is None and columns and len(columns) == len(parameter.enum):
            chosen = parameter
            continue
        body.drop(parameter, "sorts by something that no attribute holds")
    if chosen is not None:
        columns = {v: _column(body.entity, v) for v in chosen.enum}
    if direction is not None and any(" " in column for column in columns.values()):
        raise Unwritable("two of its parameters give the direction of the order")
    first = body.plan.order(body.entity)[0]
    order, way = body.local("order"), body.local("way")
    if chosen is not None:
        name = field_name(chosen.name)
        items = [f"{literal(v)}: {literal(c)}" for v, c in columns.items()]
        if chosen.required or chosen.default is not None:
            body.add(f"{order} = ", group("{", items, "}"), f"[{name}]")
        else:
            body.add(f"{order} = ", group("{", items, "}"), f'.get({name} or "", {literal(sql_name(first))})')
    if direction is not None:
        name = field_name(direction.name)
        down = [v for v in direction.enum if _DIRECTIONS[v.lower()] == "DESC"]
        test = f"{name} == {literal(down[0])}" if len(down) == 1 else f"{name} in ({', '.join(map(literal, down))},)"
        body.add(f'{way} = "DESC" if {test} else "ASC"')
    column = f"{{{order}}}" if chosen is not None else sql_name(first)
    if chosen is None and direction is None:
        return usual, False
    return f"{column}{f' {{{way}}}' if direction is not None else ''}, {usual}", True


def _column(entity: Entity, value: str) -> str:
    """The column that a sort value names, with DESC when it says so; empty when there is none."""
    bare = value.strip()
    down = bare.startswith("-")
    bare = bare.lstrip("+-")
    for ending in ("_desc", " desc", ":desc", ".desc", "_asc", " asc", ":asc", ".asc"):
        if bare.lower().endswith(ending):
            down = down or "desc" in ending
            bare = bare[: -len(ending)]
            break

    def simple(name: str) -> str:
        return name.replace("_", "").replace(" ", "").lower()

    scalar = [a for a in entity.attributes if a.type not in {"object", "array"}]
    same = [a for a in scalar if simple(a.name) == simple(bare)]
    near = [a for a in scalar if simple(a.name) in {simple(bare) + "at", simple(bare) + "time", simple(bare) + "date"}]
    found = (same or near)[:1]
    return f"{sql_name(found[0].name)} DESC" if found and down else sql_name(found[0].name) if found else ""


def _paging(body: Body) -> None:
    """Drop the page parameters that lead nowhere."""
    for parameter in body.having("page_size"):
        if parameter.type != "integer" or parameter is not body.having("page_size")[0]:
            body.drop(parameter, "is no number of rows")
    for parameter in body.having("page_token"):
        if parameter is not body.having("page_token")[0]:
            body.drop(parameter, "is a second way to ask for a page")
        elif parameter.type == "string" and not (body.tool.next_page and body.tool.envelope):
            body.drop(parameter, "takes a token that no result gives")
        elif parameter.type not in {"string", "integer"}:
            body.drop(parameter, "is no token")


def _select(body: Body, conditions: list[str], bound: list[Code], order: str, formatted: bool) -> None:
    table = sql_name(body.entity.table)
    rows = body.local("rows")
    mark = "f" if formatted else ""
    short = f"SELECT * FROM {table} ORDER BY {order}"
    if not conditions and len(short) < 80:
        body.add(f"{rows} = self.db.rows({mark}{literal(short)})")
        return
    margin = "            "
    lines = [f"SELECT * FROM {table}"]
    for number, condition in enumerate(conditions):
        text = condition.replace("{", "{{").replace("}", "}}") if formatted else condition
        lines += _wrapped(f"{'WHERE' if number == 0 else '  AND'} {text}")
    lines.append(f"ORDER BY {order}")
    body.lines.append(f"        {rows} = self.db.rows(")
    body.lines.append(f'{margin}{mark}"""')
    body.lines += [margin + line for line in lines]
    body.lines.append(f'{margin}"""' + ("," if bound else ""))
    if bound:
        body.add(group("{", bound, "}"), depth=1, tail=",")
    body.lines.append("        )")


def _wrapped(condition: str) -> list[str]:
    """A condition on several lines when it is long: broken before OR."""
    if len(condition) < 100:
        return [condition]
    return condition.replace(" OR ", "\n        OR ").split("\n")


def _return(body: Body) -> None:
    """Write the page and the return."""
    tool, cls = body.tool, body.plan.classes[body.entity.name]
    rows = body.local("rows")
    size = next(iter(body.having("page_size")), None)
    token = next(iter(body.having("page_token")), None)
    limit = ""
    if size is not None or token is not None:
        limit = _limit(body, size)
    following = ""
    if limit and token is not None and token.type == "integer":
        _numbered(body, rows, limit, token)
    elif limit and tool.envelope and tool.next_page:
        given = field_name(token.name) if token is not None else "None"
        following = body.local("following")
        body.add(f"{rows}, {following} = self.page({rows}, {limit}, {given})")
    elif limit:
        body.add(f"{rows} = {rows}[:{limit}]")
    if not tool.envelope:
        body.add(f"return [{cls}.model_validate(row) for row in {rows}]")
        return
    items: list[Code] = [f"{literal(tool.envelope)}: {rows}"]
    if following:
        items.append(f"{literal(tool.next_page)}: {following}")
    page = body.plan.pages[tool.name][0]
    body.add(f"return {page}.model_validate(", group("{", items, "}"), ")")


def _limit(body: Body, size: Parameter | None) -> str:
    if size is None:
        return str(PAGE_SIZE)
    name = field_name(size.name)
    if size.required or size.default is not None:
        return name
    usual = min(PAGE_SIZE, int(size.maximum)) if size.maximum is not None else PAGE_SIZE
    limit = body.local("limit")
    body.add(f"{limit} = {usual} if {name} is None else {name}")
    return limit


def _numbered(body: Body, rows: str, limit: str, token: Parameter) -> None:
    """Pages counted from 1, or rows to skip when the parameter is an offset."""
    name = field_name(token.name)
    skipped = any(word in token.name.lower() for word in ("offset", "skip", "start"))
    given = token.required or token.default is not None
    if skipped:
        start = name if given else f"{name} or 0"
    else:
        start = f"({name} - 1) * {limit}" if given else f"(({name} or 1) - 1) * {limit}"
    first = body.local("start")
    body.add(f"{first} = {start}")
    body.add(f"{rows} = {rows}[{first} : {first} + {limit}]")
