"""`schema.sql` from a contract: tables in which a wrong row cannot be written."""

from __future__ import annotations

import re

from envfactory.envgen.layout import WIDTH, plain
from envfactory.envgen.plan import SEQ, Plan, attribute_of
from envfactory.environment.spec import Attribute, Entity
from envfactory.errors import SpecError
from envfactory.messages import canonical

_TYPES = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "REAL",
    "boolean": "INTEGER",
    "object": "TEXT",
    "array": "TEXT",
}

# https://www.sqlite.org/lang_keywords.html
KEYWORDS: frozenset[str] = frozenset(
    re.findall(
        r"\w+",
        """
    abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade
    case cast check collate column commit conflict constraint create cross current current_date current_time
    current_timestamp database default deferrable deferred delete desc detach distinct do drop each else end escape
    except exclude exclusive exists explain fail filter first following for foreign from full generated glob group
    groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull join key
    last left like limit match materialized natural no not nothing notnull null nulls of offset on or order others
    outer over partition plan pragma preceding primary query raise range recursive references regexp reindex release
    rename replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to
    transaction trigger unbounded union unique update using vacuum values view virtual when where window with
    without true false rowid oid""",
    )
)


def sql_name(name: str) -> str:
    """A column or table as SQL names it: quoted only where SQL has another use for the word."""
    return f'"{name}"' if name.lower() in KEYWORDS else name


def sql_text(value: object) -> str:
    """A SQL literal; raises SpecError for what a column cannot hold."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return repr(value)
    if not isinstance(value, str) or "\0" in value:
        raise SpecError(f"{value!r} cannot be written as a SQL value")
    return "'" + value.replace("'", "''") + "'"


def schema_sql(plan: Plan) -> str:
    """The DDL of every table of the contract, each with its index."""
    parts = [f"-- {plain(plan.spec.title)}: compiled from spec.json by EnvFactory; edit that, then build again."]
    parts += [_table(plan, entity) for entity in plan.spec.entities]
    parts += [text for entity in plan.spec.entities for text in _triggers(plan, entity)]
    return "\n\n".join(parts) + "\n"


def _table(plan: Plan, entity: Entity) -> str:
    key = plan.key(entity)
    lines = [_column(plan, entity, attribute) for attribute in entity.attributes]
    if plan.ordered(entity):
        lines.append(f"{SEQ} INTEGER NOT NULL DEFAULT 0")
    lines.append(f"PRIMARY KEY ({', '.join(map(sql_name, key))})")
    for attribute in entity.attributes:
        target = plan.target(attribute)
        if target is None:
            continue
        columns = link(plan, entity, attribute)
        if not columns or _apart(plan, entity, attribute):
            continue
        there = ", ".join(map(sql_name, plan.key(target)))
        here = ", ".join(map(sql_name, columns))
        fate = "CASCADE" if plan.present(entity, attribute) else "SET NULL"
        lines.append(f"FOREIGN KEY ({here}) REFERENCES {sql_name(target.table)} ({there}) ON DELETE {fate}")
    body = ",\n".join(f"    {line}" for line in lines)
    options = "STRICT, WITHOUT ROWID" if entity.attribute(entity.key).type == "string" or len(key) > 1 else "STRICT"
    made = [f"CREATE TABLE {sql_name(entity.table)} (\n{body}\n) {options};"]
    if entity.scope and entity.scope not in key:
        made.append(
            f"CREATE INDEX {entity.table}_by_{entity.scope} ON {sql_name(entity.table)} ({sql_name(entity.scope)});"
        )
    return "\n".join(made)


def _apart(plan: Plan, entity: Entity, attribute: Attribute) -> bool:
    """Whether SET NULL would empty the scope too, so that a trigger must empty the reference alone."""
    return len(link(plan, entity, attribute)) > 1 and not plan.present(entity, attribute)


def _triggers(plan: Plan, entity: Entity) -> list[str]:
    """After every table, for a trigger may only name tables that exist."""
    found: list[str] = []
    for attribute in entity.attributes:
        target = plan.target(attribute)
        if target is not None and _apart(plan, entity, attribute):
            found.append(_forget(entity, attribute, target, link(plan, entity, attribute)))
    return found


def link(plan: Plan, entity: Entity, attribute: Attribute) -> tuple[str, ...]:
    """The columns of `entity` that name the whole key of what `attribute` refers to; () when it lacks one."""
    target = plan.target(attribute)
    if target is None:
        return ()
    key = plan.key(target)
    if len(key) == 1:
        return (attribute.name,)
    if target.name == entity.name:
        return (entity.scope, attribute.name)
    scope = target.attribute(target.scope).entity
    above = [a.name for a in entity.attributes if scope and a.entity == scope and a.type != "array"]
    # A column that callers may set need not agree with the row above it.
    free = {
        attribute_of(p, entity)
        for t in plan.spec.tools
        if t.entity == entity.name
        for p in t.parameters
        if p.role in {"value", "reference"}
    }
    return (above[0], attribute.name) if above and above[0] not in free else ()


def _column(plan: Plan, entity: Entity, attribute: Attribute) -> str:
    name = sql_name(attribute.name)
    parts = [name, _TYPES[attribute.type]]
    if plan.present(entity, attribute):
        parts.append("NOT NULL")
    if attribute.default is not None and attribute.name not in (entity.key, entity.scope):
        parts.append(f"DEFAULT {sql_text(_stored(attribute))}")
    if attribute.type == "boolean":
        parts.append(f"CHECK ({name} IN (0, 1))")
    elif attribute.type in {"object", "array"}:
        parts.append(f"CHECK (json_valid({name}))")
    line = " ".join(parts)
    allowed = plan.allowed(entity, attribute)
    if not allowed:
        return line
    check = f"CHECK ({name} IN ({', '.join(map(sql_text, allowed))}))"
    if len(line) + len(check) + 6 <= WIDTH:
        return f"{line} {check}"
    values: list[str] = [""]
    for value in map(sql_text, allowed):
        if len(values[-1]) + len(value) > WIDTH - 16:
            values.append("")
        values[-1] += f"{value}, "
    inside = "\n            ".join(text.rstrip() for text in values).removesuffix(",")
    return f"{line} CHECK (\n        {name} IN (\n            {inside}\n        )\n    )"


def _stored(attribute: Attribute) -> object:
    """The default as the column holds it; raises SpecError when it is of another type."""
    value = attribute.default
    if attribute.type in {"object", "array"}:
        return canonical(value)
    fits = {"string": str, "integer": int, "number": (int, float), "boolean": bool}[attribute.type]
    if not isinstance(value, fits) or (isinstance(value, bool) and attribute.type != "boolean"):
        raise SpecError(f"the default of {attribute.name}, {value!r}, is no {attribute.type}")
    return value


def _forget(entity: Entity, attribute: Attribute, target: Entity, columns: tuple[str, ...]) -> str:
    """What SET NULL cannot do when the key has two columns: only the reference goes, the scope stays."""
    mine, table = sql_name(attribute.name), sql_name(entity.table)
    where = [f"{sql_name(columns[0])} = OLD.{sql_name(target.scope)}", f"{mine} = OLD.{sql_name(target.key)}"]
    return (
        f"CREATE TRIGGER {entity.table}_forget_{attribute.name} AFTER DELETE ON {sql_name(target.table)} BEGIN\n"
        f"    UPDATE {table} SET {mine} = NULL WHERE {' AND '.join(where)};\n"
        "END;"
    )
