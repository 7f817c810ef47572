"""One tool's body while it is written: rows found, references checked, values placed; or why it cannot be."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Sequence

from envfactory.envgen.layout import Code, Text, group, lay, literal, row
from envfactory.envgen.plan import Plan, attribute_of, field_name, stamped
from envfactory.envgen.types import held
from envfactory.environment.spec import Attribute, Entity, Omission, Parameter, ToolSpec

Where = list[tuple[str, str]]
"""Columns and the expressions they must equal."""

_STORES = frozenset({"self", "table", "what", "column", "values"})
"""The parameters of the Store's own methods."""


class Unwritable(Exception):
    """No default body does what the tool says; the message says why."""


class Body:
    """One tool's body while it is written: its lines, and the parameters it could not use."""

    def __init__(self, plan: Plan, tool: ToolSpec) -> None:
        self.plan = plan
        self.tool = tool
        self.entity = plan.spec.entity(tool.entity)
        self.lines: list[str] = []
        self.dropped: list[Omission] = []
        self.kept: list[Parameter] = list(tool.parameters)
        self._names = {field_name(parameter.name) for parameter in tool.parameters}

    # Lines -----------------------------------------------------------------------------------------------------------

    def add(self, *parts: Code, depth: int = 0, tail: str = "") -> None:
        """Append one statement, on as many lines as it needs."""
        self.lines += lay(row(*parts), "        " + "    " * depth, tail)

    def local(self, name: str) -> str:
        """A variable's name that is no parameter's."""
        while name in self._names:
            name = f"{name}_found"
        return name

    def drop(self, parameter: Parameter, why: str) -> None:
        """Leave a parameter out of the signature; raises Unwritable for one that callers must give."""
        if parameter.required and parameter.role != "option":
            raise Unwritable(f"its parameter {parameter.name} {why}")
        self.kept.remove(parameter)
        self.dropped.append(Omission(what=f"{self.tool.name}({parameter.name})", why=why))

    def having(self, *roles: str) -> list[Parameter]:
        """The parameters of these roles that are still kept, in order."""
        return [parameter for parameter in self.kept if parameter.role in roles]

    # Finding rows ----------------------------------------------------------------------------------------------------

    def attribute(self, parameter: Parameter) -> Attribute | None:
        """The attribute a parameter is about."""
        name = attribute_of(parameter, self.entity)
        return self.entity.attribute(name) if name else None

    def scopes(self) -> Where:
        """Check that the rows above exist, from the top; what that says about the entity's own columns."""
        seen: list[Parameter] = []
        where: Where = []
        reached = False
        for parameter in self.having("scope"):
            attribute = self.attribute(parameter)
            if parameter.entity:
                above = self.plan.spec.entity(parameter.entity)
                if above.attribute(above.key).type != parameter.type:
                    raise Unwritable(f"{parameter.name} is no key of a {self.plan.word(above)}: their types differ")
                self.need(above, [*self._within(above, seen), (above.key, field_name(parameter.name))])
                seen.append(parameter)
            if attribute is not None:
                if attribute.type != parameter.type:
                    raise Unwritable(f"its parameter {parameter.name} is of another type than {attribute.name}")
                where.append((attribute.name, field_name(parameter.name)))
            reached = attribute is not None
        if self.having("scope") and not reached:
            last = self.having("scope")[-1].name
            raise Unwritable(f"a {self.plan.word(self.entity)} does not say which {last} it belongs to")
        return where

    def _within(self, entity: Entity, above: Sequence[Parameter]) -> Where:
        found: Where = []
        for parameter in above:
            links = [a.name for a in entity.attributes if a.entity == parameter.entity and a.type != "array"]
            if entity.scope in links:
                links = [entity.scope]
            if len(links) == 1 and entity.name != parameter.entity:
                found.append((links[0], field_name(parameter.name)))
        return found

    def need(self, entity: Entity, where: Where, *, into: str = "", depth: int = 0) -> None:
        """Write the line that finds one row, or refuses."""
        call = group("self.need(", [literal(entity.table), Text(self.plan.word(entity)), *keywords(where)], ")")
        self.add(f"{into} = " if into else "", call, depth=depth)

    def found(self, into: str) -> Where:
        """Write what finds the row that the key names; the columns that name it."""
        keys = self.having("key")
        if len(keys) != 1:
            raise Unwritable("no parameter names the row it acts on" if not keys else "its key has several parts")
        attribute = self.attribute(keys[0])
        if attribute is None or attribute.type != keys[0].type:
            raise Unwritable(f"{keys[0].name} is no attribute of a {self.plan.word(self.entity)}")
        where = [*self.scopes(), (attribute.name, field_name(keys[0].name))]
        self.need(self.entity, where, into=into)
        return where

    # Values ----------------------------------------------------------------------------------------------------------

    def values(self, *, moving: bool = False) -> list[tuple[Attribute, Parameter]]:
        """The attributes that parameters set; those that fit none are dropped."""
        found: list[tuple[Attribute, Parameter]] = []
        for parameter in self.having("value", "reference"):
            attribute = self.attribute(parameter)
            why = self._misfit(parameter, attribute)
            if why and moving:
                raise Unwritable(f"its parameter {parameter.name} {why}")
            if why:
                self.drop(parameter, why)
            elif attribute is not None:
                if any(attribute is other for other, _ in found):
                    raise Unwritable(f"two of its parameters set {attribute.name}")
                found.append((attribute, parameter))
        return found

    def _misfit(self, parameter: Parameter, attribute: Attribute | None) -> str:
        if attribute is None:
            return f"sets no attribute of a {self.plan.word(self.entity)}"
        if parameter.type != attribute.type and (parameter.type, attribute.type) != ("integer", "number"):
            return f"is of another type than {attribute.name}"
        if parameter.type == "array" and held(attribute) not in (held(parameter), "list[Any]"):
            return f"lists other things than {attribute.name}"
        if parameter.entity and attribute.entity and parameter.entity != attribute.entity:
            return f"names a {parameter.entity}, {attribute.name} a {attribute.entity}"
        return ""

    def referred(self, values: Sequence[tuple[Attribute, Parameter]], key: str = "") -> None:
        """Write the checks that every row a value names exists."""
        for attribute, parameter in values:
            if not attribute.entity:
                continue
            name = field_name(parameter.name)
            target = self.plan.spec.entity(attribute.entity)
            within = self._within(target, self.having("scope"))
            if target.name == self.entity.name and self.entity.scope:
                scope = [p for p in self.having("scope") if attribute_of(p, self.entity) == self.entity.scope]
                within = [(self.entity.scope, field_name(p.name)) for p in scope]
            moved = [n for n, (a, _) in enumerate(values) if a.name == self.entity.scope]
            if moved and target.name == self.entity.name and attribute.name != self.entity.scope:
                raise Unwritable(f"{parameter.name} may be in another {self.entity.scope} after it")
            if attribute.type == "array":
                item = self.local("item")
                given = name if parameter.required else f"{name} or []"
                self.add(f"for {item} in {given}:")
                self.need(target, [*within, (target.key, item)], depth=1)
                continue
            if self.plan.target(attribute) is None:
                continue
            depth = 0 if parameter.required else 1
            if depth:
                self.add(f"if {name} is not None:")
            if key and target.name == self.entity.name:
                self.add(f"if {name} == {key}:", depth=depth)
                word = self.plan.word(target)
                text = Text(f"a {word} cannot be its own {attribute.name}")
                refusal = group("raise ToolError(", [text, 'code="invalid_arguments"'], ")")
                self.add(refusal, depth=depth + 1)
            self.need(target, [*within, (target.key, name)], depth=depth)

    def stamps(self, *moments: str, but: Collection[str] = ()) -> list[Code]:
        """Items of a row for the times the service keeps, unless a parameter gives them or they are in `but`."""
        given = set(but) | {attribute_of(p, self.entity) for p in self.having("value", "reference")}
        return [
            f"{literal(a.name)}: {moment(a)}"
            for a in self.entity.attributes
            if stamped(a) in moments and a.name not in given
        ]

    def result(self, value: str) -> None:
        """Write the return, as the tool's shape wants it."""
        if self.tool.returns == "one":
            self.add("return ", f"{self.plan.classes[self.entity.name]}.model_validate({value})")
        elif self.tool.returns != "nothing":
            raise Unwritable(f"what it returns ({self.tool.returns}) follows from no row")
        elif not any(f"{self.local('row')}[" in line for line in self.lines):
            opening = f"        {self.local('row')} = self.need("
            self.lines = [re.sub(f"^{re.escape(opening)}", "        self.need(", line) for line in self.lines]


def keywords(where: Where) -> list[str]:
    """`id=task` for each column; a name that Python or the Store uses goes through a dict."""
    return [f"**{{{literal(c)}: {e}}}" if keyword.iskeyword(c) or c in _STORES else f"{c}={e}" for c, e in where]


def moment(attribute: Attribute) -> str:
    """The expression for the time it is, as the attribute holds it."""
    if attribute.type == "integer":
        return "int(self.now.timestamp())"
    return "self.timestamp[:10]" if attribute.format == "date" else "self.timestamp"
