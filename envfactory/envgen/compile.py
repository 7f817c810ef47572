"""A contract becomes code, with no model: `schema.sql`, `entities.py` and `environment.py` of an environment's folder.

Equal contracts give equal bytes. What no default can do right is left out and said so; it is never faked.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from envfactory.envgen.behaviour import body_of
from envfactory.envgen.body import Body, Unwritable
from envfactory.envgen.ddl import schema_sql
from envfactory.envgen.layout import Code, Text, docstring, exploded, group, lay, literal, plain, row
from envfactory.envgen.lists import list_of
from envfactory.envgen.plan import Plan, field_name, method_name
from envfactory.envgen.types import entities_py, given, imports
from envfactory.environment.spec import EnvSpec, Omission, Parameter, ToolSpec
from envfactory.errors import SpecError


@dataclass(frozen=True)
class Compiled:
    """The text of each file, and what the contract asks for that the code does not do."""

    files: dict[str, str]
    omitted: tuple[Omission, ...]
    """Each tool (`tasks_move`) and parameter (`tasks_list(fields)`) left out, and why."""

    @property
    def tools_omitted(self) -> tuple[str, ...]:
        """The names of the tools left out."""
        return tuple(o.what for o in self.omitted if "(" not in o.what and "." not in o.what)

    @property
    def parameters_omitted(self) -> tuple[str, ...]:
        """The parameters left out, as `tasks_list(fields)`."""
        return tuple(o.what for o in self.omitted if "(" in o.what)

    @property
    def attributes_relaxed(self) -> tuple[str, ...]:
        """The attributes that may be missing although the contract wants them in every row, as `task.etag`."""
        return tuple(o.what for o in self.omitted if "." in o.what)


def compile(spec: EnvSpec, *, overridden: Collection[str] | None = None) -> Compiled:
    """The code for a contract; `overridden` are the tools that an `overrides.py` defines, None without such a file.

    Raises SpecError for a contract that names things in ways no code can.
    """
    plan = Plan(spec, overridden or ())
    omitted: list[Omission] = []
    methods: list[str] = []
    bodies: list[Body] = []
    for tool in spec.tools:
        if tool.name in plan.overridden:
            continue
        try:
            body = list_of(plan, tool) if tool.effect in {"list", "search"} else body_of(plan, tool)
        except Unwritable as problem:
            omitted.append(Omission(what=tool.name, why=str(problem)))
            continue
        omitted += body.dropped
        bodies.append(body)
        methods += ["", *_method(plan, body)]
    omitted += _relaxed(plan)
    files = {
        "schema.sql": schema_sql(plan),
        "entities.py": entities_py(plan),
        "environment.py": _environment_py(plan, methods, "Environment" if overridden is None else "Overrides"),
    }
    return Compiled(files, tuple(omitted))


def header(spec: EnvSpec, tool: ToolSpec) -> str:
    """Decorator, signature and docstring of one tool, as the compiler would write them: how an override begins."""
    plan = Plan(spec)
    lines = _method(plan, Body(plan, tool))
    text = "\n".join(line[4:] for line in lines)
    if tool.returns != "other":
        return text
    return re.sub(r"-> [\w\[\], ]+:$", "-> dict[str, Any]:", text, count=1, flags=re.MULTILINE)


def overridden_in(source: str) -> tuple[str, ...]:
    """The names of the tools that an `overrides.py` defines, read without running it; raises SpecError."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise SpecError(f"overrides.py, line {error.lineno}: {error.msg}") from error
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Overrides"]
    if not classes:
        raise SpecError("overrides.py defines no class Overrides(Environment)")
    return _marked(classes[-1])


def beside_overrides(source: str) -> tuple[str, ...]:
    """The names of the tools in any class of a file that stands beside `overrides.py`, for its class to inherit."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()  # loading the folder will say so
    return tuple(name for node in tree.body if isinstance(node, ast.ClassDef) for name in _marked(node))


def _marked(defined: ast.ClassDef) -> tuple[str, ...]:
    found: list[str] = []
    for method in defined.body:
        if isinstance(method, ast.FunctionDef):
            for mark in method.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "tool":
                    names = [k.value for k in mark.keywords if k.arg == "name"]
                    named = [str(v.value) for v in names if isinstance(v, ast.Constant) and v.value is not None]
                    found += named or [method.name]
    return tuple(found)


def _relaxed(plan: Plan) -> list[Omission]:
    """The attributes that the contract wants in every row and that a tool creates rows without."""
    return [
        Omission(
            what=f"{entity.name}.{attribute.name}",
            why="may be missing from a row: a tool that creates one has nothing to set it to",
        )
        for entity in plan.spec.entities
        for attribute in entity.attributes
        if attribute.required and not plan.present(entity, attribute)
    ]


def _environment_py(plan: Plan, methods: list[str], base: str) -> str:
    spec = plan.spec
    cls = [f"class {plan.class_name}({base}):", *docstring(spec.description, "    "), *methods]
    own = [*plan.classes.values(), *plan.id_types.values(), *plan.choices.values()]
    modules: dict[str, Sequence[str]] = {
        "typing": ("Annotated", "Any", "Literal"),
        "pydantic": ("Field",),
        "envfactory.environment.environment": ("Environment",),
        "envfactory.environment.store": ("Row",),
        "envfactory.environment.tool": ("Date", "DateTime", "tool"),
        "envfactory.errors": ("ToolError",),
        ".entities": [*own, *(name for name, _ in plan.pages.values()), *plan.shapes],
        ".overrides": ("Overrides",),
    }
    head = docstring(f"{plain(spec.title)}: compiled from spec.json by EnvFactory; change that, or overrides.py.", "")
    head += ["", "from __future__ import annotations", "", *imports("\n".join(cls), modules), "", ""]
    return "\n".join([*head, *cls]) + "\n"


def _method(plan: Plan, body: Body) -> list[str]:
    tool = body.tool
    name = method_name(tool.name)
    marks = ["writes=True"] if tool.writes else []
    if name != tool.name:
        marks.append(f"name={literal(tool.name)}")
    required = [p for p in body.kept if p.required]
    optional = [p for p in body.kept if not p.required]
    parameters: list[Code] = ["self", *(_parameter(plan, body, p) for p in [*required, *optional])]
    returned = _returned(plan, tool)
    signature = row(f"def {name}", group("(", parameters, ")"), f" -> {returned}:")
    lines = lay(signature, "    ")
    if len(lines) > 1:
        lines = exploded(group(f"def {name}(", parameters, ")"), "    ", f" -> {returned}:")
    return [f"    @tool({', '.join(marks)})", *lines, *docstring(tool.description, "        "), *body.lines]


def _returned(plan: Plan, tool: ToolSpec) -> str:
    if tool.returns == "nothing":
        return "None"
    cls = plan.classes[tool.entity]
    if tool.returns == "many":
        return plan.pages[tool.name][0] if tool.envelope else f"list[{cls}]"
    return cls


def _parameter(plan: Plan, body: Body, parameter: Parameter) -> Code:
    """One parameter of a method: name, type, what it means, default."""
    kind, known = _kind(plan, body, parameter)
    default = parameter.default if _fits(parameter) else None
    free = not parameter.required and default is None
    options: list[Code] = []
    low, high = parameter.minimum, parameter.maximum
    if parameter.type in {"integer", "number"} and not known:
        if parameter.role == "page_size" or (parameter.role == "page_token" and not _counts_from_0(parameter)):
            low = max(1, low or 1)
        elif parameter.role == "page_token":
            low = max(0, low or 0)
        whole = parameter.type == "integer"
        options += [f"ge={int(low) if whole else low}"] if low is not None else []
        options += [f"le={int(high) if whole else high}"] if high is not None else []
    text = plain(parameter.description)
    if text and (not known or free):
        options.append(row("description=", Text(text)))
    whole_kind: Code = row(kind, " | None") if free else kind
    typed: Code = group("Annotated[", [whole_kind, group("Field(", options, ")")], "]") if options else whole_kind
    ending = " = None" if free else "" if parameter.required else f" = {literal(default)}"
    return row(f"{field_name(parameter.name)}: ", typed, ending)


def _counts_from_0(parameter: Parameter) -> bool:
    return any(word in parameter.name.lower() for word in ("offset", "skip", "start"))


def _kind(plan: Plan, body: Body, parameter: Parameter) -> tuple[Code, bool]:
    """The type of a parameter, and whether that type brings its own description."""
    attribute = body.attribute(parameter)
    owner = parameter.entity or (attribute.entity if attribute is not None and parameter.role == "value" else "")
    if not owner and attribute is not None and attribute.name == body.entity.key:
        owner = body.entity.name
    if owner:
        entity = plan.spec.entity(owner)
        if parameter.type == entity.attribute(entity.key).type:
            return plan.id_types[owner], True
        if parameter.type == "array":
            return f"list[{plan.id_types[owner]}]", False
    if attribute is not None and parameter.type == "string":
        allowed = plan.allowed(body.entity, attribute)
        if allowed and set(parameter.enum or allowed) == set(allowed):
            return plan.choices[body.entity.name, attribute.name], False
    if parameter.enum and parameter.type == "string":
        return group("Literal[", [literal(value) for value in parameter.enum], "]"), False
    if parameter.type == "string" and parameter.format in {"date-time", "date"}:
        return "DateTime" if parameter.format == "date-time" else "Date", False
    return given(plan, parameter), False


def _fits(parameter: Parameter) -> bool:
    """Whether the default is of the parameter's type; objects and lists have none, being shared between calls."""
    value = parameter.default
    match parameter.type:
        case "string":
            return isinstance(value, str) and (not parameter.enum or value in parameter.enum)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return False
