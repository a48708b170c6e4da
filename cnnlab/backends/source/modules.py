"""Writes steps and functions as classes of PyTorch: what is made in ``__init__``, what is computed in ``forward``."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cnnlab.backends.source.functions import Expression, Function, Param, Part
from cnnlab.backends.source.grouping import heading, runs
from cnnlab.backends.source.loops import Write, loop_lines
from cnnlab.backends.source.steps import (
    CHANNELS,
    FUNCTION,
    LATER_CHANNELS,
    NUMBER,
    REPEATS,
    RESERVED,
    Callee,
    Step,
)
from cnnlab.backends.source.text import INDENT, WIDTH, bracketed, literal, literals, plus_one
from cnnlab.backends.source.variables import Variables, identifier
from cnnlab.backends.torch_calls import JOINS
from cnnlab.graph import Node, Shape, outputs, times

INNER = INDENT * 2
# What ``dir(nn.Sequential())`` has; no layer may be named like it.
TAKEN = {
    "T_destination", "add_module", "append", "apply", "bfloat16", "buffers", "call_super_init", "children", "compile",
    "cpu", "cuda", "double", "dump_patches", "eval", "extend", "extra_repr", "float", "forward", "get_buffer",
    "get_extra_state", "get_parameter", "get_submodule", "half", "insert", "ipu", "load_state_dict", "modules",
    "mtia", "named_buffers", "named_children", "named_modules", "named_parameters", "parameters", "pop",
    "register_backward_hook", "register_buffer", "register_forward_hook", "register_forward_pre_hook",
    "register_full_backward_hook", "register_full_backward_pre_hook", "register_load_state_dict_post_hook",
    "register_load_state_dict_pre_hook", "register_module", "register_parameter", "register_state_dict_post_hook",
    "register_state_dict_pre_hook", "requires_grad_", "set_extra_state", "set_submodule", "share_memory",
    "state_dict", "to", "to_empty", "train", "training", "type", "xpu", "zero_grad",
}  # fmt: skip
UNNAMED = {"nn.Linear": "dense", "DepthwiseConv2d": "depthwise"}
"""The attribute of a unit's main layer, which has the unit's name in the graph; a convolution otherwise."""
WRITTEN = {"Softmax": "nn.Softmax(dim=1)", "LeakyReLU": "nn.LeakyReLU(0.2)"}
"""What is made where the class is no parameter: then the file needs no class of its own."""


def is_join(callee: Any) -> bool:
    """Return whether a step is an expression in ``forward`` and no layer."""
    return isinstance(callee, Callee) and callee.name in JOINS


def _attribute(text: str, taken: Collection[str]) -> str:
    name = identifier(text, hides=False)
    while name in taken or name in TAKEN:
        name += "_"
    return name


def _made(callee: Any, values: Mapping[str, str], indent: str, head: str, tail: str = "") -> list[str]:
    """Return the lines that make a layer; ``values`` are source text already."""
    if isinstance(callee, Callee) and "activation" in values:
        made = WRITTEN.get(values["activation"], f"{values['activation']}()")
        return [f"{indent}{head}{made}{tail}"]
    frozen = values.get("requires_grad", "True") if isinstance(callee, Callee) else "True"
    arguments = [values[arg] for arg in callee.positional]
    arguments += [
        f"{arg}={value}"
        for arg, value in values.items()
        if arg not in callee.positional
        and arg not in (REPEATS, LATER_CHANNELS)
        and not (arg == "requires_grad" and isinstance(callee, Callee))
        and [value] != [literal(each) for each in callee.default(arg)]
    ]
    if frozen != "True":
        tail = f".requires_grad_({frozen}){tail}"
    return bracketed(f"{indent}{head}{callee.name}(", arguments, f"){tail}", indent)


def _added(callee: Any, values: Mapping[str, str], indent: str, head: str) -> list[str]:
    """Return the lines that make a layer and add it to others: ``head`` is the call that adds, up to the layer."""
    lines = _made(callee, values, indent, head, ")")
    if len(lines) == 1:
        return lines
    return [*_made(callee, values, indent, "module = "), f"{indent}{head}module)"]


def _joined(callee: Callee, arrived: Sequence[str], head: str) -> list[str]:
    """Return the lines that join tensors."""
    before, between, behind = JOINS[callee.name]
    line = f"{INNER}{head}{before}{between.join(arrived)}{behind}"
    if len(line) <= WIDTH:
        return [line]
    if before:
        return bracketed(f"{INNER}{head}{before}", arrived, behind, INNER)
    first, *others = arrived
    return [
        f"{INNER}{head}(",
        f"{INNER}{INDENT}{first}",
        *[f"{INNER}{INDENT}{between.lstrip()}{each}" for each in others],
        f"{INNER})",
    ]


def _text(expression: Expression, prefix: str = "", names: Mapping[Param, str] | None = None) -> str:
    return "".join(
        prefix + (names[each] if names else each.name) if isinstance(each, Param) else str(each) for each in expression
    )


def class_lines(function: Function, docstring: str) -> list[str]:
    """Return the definition of a class; one whose layers stand in a row is an ``nn.Sequential``."""
    layers = [part for part in function.parts if not is_join(part.callee)]
    attributes = _attributes(layers)
    before = [0, *(part.key for part in layers)]
    chain = len(layers) == len(function.parts) and all(
        part.inputs == (place,) for part, place in zip(layers, before, strict=False)
    )
    chain = chain and function.externals == 1 and function.output == before[-1]
    parameters = [
        "self",
        *[param.name for param in function.params if not param.default],
        *[f"{param.name}={literal(param.default[0])}" for param in function.params if param.default],
    ]
    lines = [
        f"class {function.name}(nn.{'Sequential' if chain else 'Module'}):",
        f'{INDENT}"""{docstring}"""',
        "",
        *bracketed(f"{INDENT}def __init__(", parameters, "):", INDENT),
        f"{INNER}super().__init__()",
        *[f"{INNER}{each.name} = {_text(each.derived)}" for each in function.derived],
    ]
    kept: dict[Param, str] = {}
    for part in function.parts:
        if not is_join(part.callee):
            lines += _layer_lines(part, attributes[part.key], chain)
        for each in part.condition:
            if is_join(part.callee) and isinstance(each, Param) and each not in kept:
                kept[each] = _attribute(each.name, {*attributes.values(), *kept.values()})
                lines.append(f"{INNER}self.{kept[each]} = {each.name}")
    return lines if chain else [*lines, "", *_forward_lines(function, attributes, kept)]


def _attributes(parts: Iterable[Part]) -> dict[str, str]:
    """Return the attribute of each layer of a class."""
    found: dict[str, str] = {}
    for part in parts:
        key = part.key.strip("._").rstrip(NUMBER)
        if key.endswith(FUNCTION):
            key = "act"
        found[part.key] = _attribute(key or UNNAMED.get(part.callee.name, "conv"), found.values())
    return found


def _layer_lines(part: Part, attribute: str, chain: bool) -> list[str]:
    """Return the lines that make a layer, or several in a row; none, or one that does nothing, if it is absent."""
    values = {arg: _text(expression) for arg, expression in part.values.items()}
    condition = _text(part.condition)
    lines = _part_lines(part, values, attribute, INNER + INDENT * bool(condition))
    if not condition:
        return lines
    if chain:
        return [f"{INNER}if {condition}:", *lines]
    short = f"{lines[0].removeprefix(INDENT)} if {condition} else nn.Identity()"
    if len(lines) == 1 and len(short) <= WIDTH:
        return [short]
    return [f"{INNER}self.{attribute} = nn.Identity()", f"{INNER}if {condition}:", *lines]


def _part_lines(part: Part, values: dict[str, str], attribute: str, indent: str) -> list[str]:
    repeats = values.get(REPEATS, "1")
    if repeats == "1":
        return _made(part.callee, values, indent, f"self.{attribute} = ")
    later = values.get(LATER_CHANNELS)
    counter = "_"
    over = f"range({repeats})"
    if later != values.get(CHANNELS):
        counter, over = "number", f"range(1, {plus_one(repeats)})"
        values = values | {CHANNELS: f"{values[CHANNELS]} if number == 1 else {later}"}
    return [
        f"{indent}self.{attribute} = nn.Sequential()",
        f"{indent}for {counter} in {over}:",
        *_added(part.callee, values, indent + INDENT, f"self.{attribute}.append("),
    ]


def _forward_lines(function: Function, attributes: Mapping[str, str], kept: Mapping[Param, str]) -> list[str]:
    given: dict[str | int, str] = {
        number: "x" if number == 0 else f"x{number + 1}" for number in range(function.externals)
    }
    flow = [(part.key, part.inputs, is_join(part.callee) and bool(part.condition)) for part in function.parts]
    variables = Variables[str | int](flow, given, [function.output], RESERVED - {"x", "y"}, str)
    lines = [f"{INDENT}def forward(self, {', '.join(given.values())}):"]
    for part in function.parts:
        target, taken = variables[part.key], [variables[ref] for ref in part.inputs]
        condition = _text(part.condition, "self.", kept) if is_join(part.callee) else ""
        last = part is function.parts[-1] and function.output == part.key and not condition
        head = "return " if last else f"{target} = "
        made = (
            _joined(part.callee, taken, head)
            if is_join(part.callee)
            else [f"{INNER}{head}self.{attributes[part.key]}({', '.join(taken)})"]
        )
        if condition:
            if part.key in variables.copied:
                lines.append(f"{INNER}{target} = {variables[part.inputs[0]]}")
            made = [f"{INNER}if {condition}:", *[f"{INDENT}{line}" for line in made]]
        lines += made
    if not lines[-1].startswith(f"{INNER}return ") and not any(line.startswith(f"{INNER}return ") for line in lines):
        lines.append(f"{INNER}return {variables[function.output]}")
    return lines


@dataclass
class Network:
    """Writes the class of a whole network."""

    root: Node
    steps: Sequence[Step]
    functions: Sequence[Function]
    init: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    names: dict[Node, str] = field(default_factory=dict)
    containers: dict[int, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the definition of the class ``Network``."""
        users = Counter(before for step in self.steps for before in step.inputs)
        heads = outputs(self.root)
        users.update(heads)
        loops = runs(self.steps, users, lambda step: _writer(step.callee, "blocks"))
        entries = [step for step in self.steps if not step.inputs]
        given = {step.output: f"x{number or ''}" for number, step in enumerate(entries, len(entries) > 1)}
        flow = [(step.output, step.inputs, False) for step in self.steps if step.inputs]
        words = {step.output: step.name for step in self.steps}
        variables = Variables[Node](flow, given, heads, RESERVED - {"x", "y"}, words.__getitem__)
        for step in self.steps:
            self.names[step.output] = _attribute(step.name, self.names.values())
        block, place, noted = "", 0, ""
        while place < len(self.steps):
            step, length = self.steps[place], loops.get(place, 1)
            run = self.steps[place : place + length]
            block, comment = heading(step, block)
            if comment and length == 1:
                noted = comment
            if step.inputs:
                arrived = [variables[before] for before in step.inputs]
                if length == 1 and not is_join(step.callee) and not step.output.weights_of and noted:
                    self.init.append(f"{INNER}# {noted}"[:WIDTH].rstrip())
                    noted = ""
                last = place + length == len(self.steps) and heads == (run[-1].output,)
                self._step(run, "return " if last else f"{variables[run[-1].output]} = ", arrived)
            place += length
        if len(heads) > 1 or heads != (self.steps[-1].output,) or not self.steps[-1].inputs:
            self.forward.append(f"{INNER}return {', '.join(variables[head] for head in heads)}")
        return [
            "class Network(nn.Module):",
            f'{INDENT}"""The network with new random weights."""',
            "",
            f"{INDENT}def __init__(self):",
            f"{INNER}super().__init__()",
            *self.init,
            "",
            f"{INDENT}def forward(self, {', '.join(given.values())}):",
            *self.forward,
        ]

    def _step(self, run: Sequence[Step], head: str, arrived: Sequence[str]) -> None:
        step, shape = run[0], run[-1].output.shape
        if is_join(step.callee):
            lines = _joined(step.callee, arrived, head)
        else:
            name = self.names[step.output.weights_of or step.output]
            if len(run) > 1:
                name = self._container(run)
                named = [replace(each, name=self.names[each.output]) for each in run]
                self.init.append(f"{INNER}self.{name} = nn.Sequential()")
                self.init += loop_lines(named, _writer(step.callee, name), INNER)
            elif not step.output.weights_of:
                self.init += _made(step.callee, literals(step), INNER, f"self.{name} = ")
            lines = [f"{INNER}{head}self.{name}({', '.join(arrived)})"]
        commented = f"{lines[-1]}  # {times(channels_first(shape))}"
        self.forward += [*lines[:-1], commented if len(commented) <= WIDTH else lines[-1]]

    def _container(self, run: Sequence[Step]) -> str:
        """Return the attribute of blocks in a row: what their names begin with, in the plural."""
        names = [self.names[step.output] for step in run]
        low, high = min(names), max(names)
        length = next((at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))
        word = low[:length].rstrip("0123456789_")
        name = _attribute(f"{word}s" if word else "blocks", {*self.names.values(), *self.containers.values()})
        self.containers[len(self.containers)] = name
        return name


def channels_first(shape: Shape) -> Shape:
    """Return a shape in PyTorch's order."""
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _writer(callee: Any, attribute: str) -> Write:
    """Return what writes one of a loop's calls, which adds a block to those in a row."""

    def write(values: Mapping[str, str], name: str, indent: str) -> list[str]:
        return _added(callee, values, indent, f"self.{attribute}.add_module({name}, ")

    return write
