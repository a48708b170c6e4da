"""Finds layers that exporters write as several operations: x · sigmoid(x), GELU, layer norm, a bias that is added."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import isclose

from cnnlab.backends.imported.onnx_models.constants import Constant
from cnnlab.backends.imported.onnx_models.parsing import Node
from cnnlab.backends.imported.onnx_models.walking import weighty

Known = Callable[[str], Constant | None]


@dataclass(slots=True)
class Fusing:
    """The operations, who makes and who takes each tensor, and which operations another one stands for."""

    nodes: Sequence[Node]
    ends: Sequence[str]
    stored: Known
    makers: dict[str, Node] = field(default_factory=dict)
    takers: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    gone: set[int] = field(default_factory=set)
    instead: dict[int, Node] = field(default_factory=dict)

    def run(self) -> list[Node]:
        """Return the operations with those found put together, in order."""
        self.nodes = [each for node in self.nodes for each in _parts(node)]
        for node in self.nodes:
            self.makers.update(dict.fromkeys(node.outputs, node))
            for name in dict.fromkeys(node.inputs):
                self.takers[name].append(node)
        for node in self.nodes:
            finder = _FINDERS.get(node.op)
            if finder and node.inputs and node.outputs and id(node) not in self.gone and id(node) not in self.instead:
                finder(self, node)
        return [self.instead.get(id(node), node) for node in self.nodes if id(node) not in self.gone]

    def put(self, parts: Sequence[Node], last: Node, op: str, inputs: list[str], **settings: object) -> None:
        """Let one operation stand for several; ``last`` is the one whose output it has."""
        self.gone.update(id(node) for node in parts)
        self.gone.discard(id(last))
        self.instead[id(last)] = Node(op, last.name, inputs, last.outputs[:1], dict(settings))

    def maker(self, name: str, *ops: str) -> Node | None:
        """Return the operation that makes a tensor, if it is one of these and no other has taken it."""
        found = self.makers.get(name)
        if (
            found is None
            or found.op not in ops
            or not found.inputs
            or id(found) in self.gone
            or id(found) in self.instead
        ):
            return None
        return found

    def only(self, node: Node | None, *ops: str) -> Node | None:
        """Return the one operation that takes a node's first output, if it is one of these."""
        if node is None or not node.outputs or node.outputs[0] in self.ends:
            return None
        found = self.takers.get(node.outputs[0], [])
        if len(found) != 1 or found[0].op not in ops or not found[0].outputs:
            return None
        return None if id(found[0]) in self.gone or id(found[0]) in self.instead else found[0]

    def constant(self, name: str) -> Constant | None:
        """Return a constant of the file by its name, also if its type was changed."""
        for _ in range(4):
            found = self.stored(name)
            node = self.makers.get(name)
            if found is not None or node is None or node.op not in ("Cast", "CastLike", "Identity") or not node.inputs:
                return found
            name = node.inputs[0]
        return None

    def number(self, name: str) -> float:
        """Return the number that a tensor is; not a number if it is none or not known."""
        found = self.constant(name)
        return float("nan") if found is None or found.number is None else float(found.number)

    def near(self, name: str, *values: float) -> bool:
        """Return whether a tensor is one of these numbers, with the precision of 16 bits."""
        number = self.number(name)
        return any(isclose(number, value, rel_tol=2e-3) for value in values)


def _parts(node: Node) -> list[Node]:
    """Return the operations that a runtime has put together: a bias and a GELU."""
    if node.op not in ("BiasGelu", "FastGelu") or len(node.inputs) != 2 or not node.outputs:
        return [node]
    between = f"{node.outputs[0]};biased"
    return [
        Node("Add", node.name, node.inputs, [between]),
        Node(node.op, node.name, [between], node.outputs, node.settings),
    ]


def _another(node: Node, name: str) -> str | None:
    """Return the other input of an operation that takes two."""
    if len(node.inputs) != 2 or name not in node.inputs:
        return None
    return node.inputs[1] if node.inputs[0] == name else node.inputs[0]


def _gated(fusing: Fusing, node: Node) -> None:
    """x · sigmoid(x) is swish, with the hard sigmoid of slope 1/6 it is hard swish."""
    product = fusing.only(node, "Mul")
    if product is None or set(product.inputs) != {node.inputs[0], node.outputs[0]}:
        return
    if node.op == "HardSigmoid":
        alpha, beta = node.settings.get("alpha", 0.2), node.settings.get("beta", 0.5)
        if not (isinstance(alpha, float) and isclose(alpha, 1 / 6, rel_tol=2e-3) and beta == 0.5):
            return
    fusing.put([node, product], product, "HardSwish" if node.op == "HardSigmoid" else "Swish", node.inputs[:1])


def _mish(fusing: Fusing, node: Node) -> None:
    """x · tanh(softplus(x))."""
    tanh = fusing.only(node, "Tanh")
    product = fusing.only(tanh, "Mul")
    if tanh is not None and product is not None and set(product.inputs) == {node.inputs[0], tanh.outputs[0]}:
        fusing.put([node, tanh, product], product, "Mish", node.inputs[:1])


def _gelu(fusing: Fusing, node: Node) -> None:
    """x / 2 · (1 + erf(x / √2)), with the half at any place."""
    scaled = fusing.maker(node.inputs[0], "Div", "Mul")
    if scaled is None or len(scaled.inputs) != 2 or fusing.only(scaled, "Erf") is None:
        return
    wanted = 2**0.5 if scaled.op == "Div" else 2**-0.5
    places = [place for place in range(2) if fusing.near(scaled.inputs[place], wanted)]
    if not places or (scaled.op == "Div" and places[0] == 0):
        return
    x = scaled.inputs[1 - places[0]]
    added = fusing.only(node, "Add")
    one = _another(added, node.outputs[0]) if added is not None else None
    if added is None or one is None or not fusing.near(one, 1):
        return
    parts, last, halved, multiplied = [scaled, node, added], added, False, False
    for _ in range(2):
        product = fusing.only(last, "Mul")
        other = _another(product, last.outputs[0]) if product is not None else None
        if product is None or other is None:
            break
        before = fusing.maker(other, "Mul")
        if fusing.near(other, 0.5) and not halved:
            halved = True
        elif other == x and not multiplied:
            multiplied = True
        elif before is not None and not multiplied and not halved and fusing.only(before, "Mul") is product:
            half = _another(before, x)
            if half is None or not fusing.near(half, 0.5):
                break
            halved = multiplied = True
            parts.append(before)
        else:
            break
        parts.append(product)
        last = product
        if halved and multiplied:
            fusing.put(parts, last, "Gelu", [x])
            return


def _layer_norm(fusing: Fusing, node: Node) -> None:
    """(x − mean) / √(variance + ε) along the last axis, then a scale and a shift: up to version 16 of ONNX."""
    x = node.inputs[0]
    taken = [each for each in fusing.takers.get(node.outputs[0], []) if each.op == "Sub" and each.inputs[0] == x]
    axes = node.settings.get("axes")
    if not taken or (axes is None and len(node.inputs) < 2) or node.settings.get("keepdims", 1) != 1:
        return
    if axes is None:
        given = fusing.constant(node.inputs[1])
        axes = given.whole() if given is not None else None
    if axes != [-1]:
        return
    less = taken[0]
    takers = fusing.takers.get(less.outputs[0], [])
    power = next(
        (each for each in takers if each.op == "Pow" or (each.op == "Mul" and len(set(each.inputs)) == 1)), None
    )
    divided = next((each for each in takers if each.op == "Div" and each.inputs[0] == less.outputs[0]), None)
    variance = fusing.only(power, "ReduceMean")
    added = fusing.only(variance, "Add")
    root = fusing.only(added, "Sqrt")
    if divided is None or power is None or variance is None or added is None or root is None:
        return
    if fusing.only(root, "Div") is not divided or len(takers) != 2 or len(taken) != len(fusing.takers[node.outputs[0]]):
        return
    epsilon = next((fusing.number(name) for name in added.inputs if name != variance.outputs[0]), float("nan"))
    parts, last, inputs = [node, less, power, variance, added, root, divided], divided, [x]
    for op in ("Mul", "Add"):
        following = fusing.only(last, op)
        weight = _another(following, last.outputs[0]) if following is not None else None
        found = fusing.constant(weight) if weight is not None else None
        if following is None or weight is None or found is None or len(found.shape or ()) != 1 or not found.stored:
            break
        parts.append(following)
        last = following
        inputs.append(weight)
    fusing.put(parts, last, "LayerNormalization", inputs, axis=-1, epsilon=epsilon if epsilon == epsilon else 1e-5)


def _group_norm(fusing: Fusing, node: Node) -> None:
    """PyTorch's group norm: groups are normalised as if they were channels, then each channel is scaled."""
    before, after = fusing.maker(node.inputs[0], "Reshape"), fusing.only(node, "Reshape")
    if before is None or after is None or len(node.inputs) < 2:
        return
    # The first two sides of the shape are the batch and the groups.
    target = fusing.constant(before.inputs[1]) if len(before.inputs) > 1 else None
    whole = target.whole() if target is not None else None
    if whole is None or len(whole) != 3 or whole[1] < 1 or fusing.only(before, "InstanceNormalization") is None:
        return
    parts, last, inputs = [before, node, after], after, [before.inputs[0]]
    for op in ("Mul", "Add"):
        following = fusing.only(last, op)
        weight = _another(following, last.outputs[0]) if following is not None else None
        found = fusing.constant(weight) if weight is not None else None
        sizes = (found.shape or ()) if found is not None else ()
        if (
            following is None
            or weight is None
            or not found
            or not found.stored
            or len(sizes) < 3
            or set(sizes[-2:]) != {1}
        ):
            break
        parts.append(following)
        last = following
        inputs.append(weight)
    epsilon = node.settings.get("epsilon", 1e-5)
    fusing.put(parts, last, "GroupNormalization", inputs, num_groups=whole[1], epsilon=epsilon)


def _biased(fusing: Fusing, node: Node) -> None:
    """A bias that is added behind a convolution or a product with a matrix."""
    if node.op == "MatMul":
        weight = fusing.constant(node.inputs[1]) if len(node.inputs) == 2 else None
        if weight is None or len(weight.shape or ()) != 2 or not weight.stored:
            return
        width, columns = (weight.shape or ())[1], 1
    else:
        weight = fusing.constant(node.inputs[1]) if len(node.inputs) == 2 else None
        sizes = (weight.shape or ()) if weight is not None else ()
        if len(sizes) < 3:
            return
        width, columns = sizes[0 if node.op == "Conv" else 1], len(sizes) - 1
        if node.op == "ConvTranspose" and node.settings.get("group", 1) != 1:
            return
    added = fusing.only(node, "Add")
    turned = fusing.only(node, "Transpose") if added is None and node.op == "Conv" else None
    if turned is not None and turned.settings.get("perm") == [0, 2, 3, 1]:
        _biased_behind(fusing, node, turned, width)
        return
    bias = _another(added, node.outputs[0]) if added is not None else None
    found = fusing.constant(bias) if bias is not None else None
    if added is None or bias is None or found is None or not found.stored or found.size != width:
        return
    shape = found.shape or ()
    if width > 1:
        fits = sorted(shape) == [*[1] * (len(shape) - 1), width] and len(shape) - shape.index(width) == columns
    else:
        fits = weighty(found) and len(shape) <= columns + 1
    if fits:
        fusing.put([node, added], added, node.op, [*node.inputs, bias], **node.settings)
        fusing.instead[id(added)] = replace(fusing.instead[id(added)], name=node.name or added.name)


def _biased_behind(fusing: Fusing, node: Node, turned: Node, width: int) -> None:
    """A bias that is added once the channels are last again, as TensorFlow does."""
    added = fusing.only(turned, "Add")
    bias = _another(added, turned.outputs[0]) if added is not None else None
    found = fusing.stored(bias) if bias is not None else None
    if added is None or bias is None or found is None or not found.stored or found.shape != (width,):
        return
    if not weighty(found):
        return
    fusing.gone.add(id(turned))
    fusing.instead[id(node)] = replace(node, inputs=[*node.inputs, bias])
    fusing.instead[id(added)] = replace(turned, outputs=added.outputs[:1])


_FINDERS: dict[str, Callable[[Fusing, Node], None]] = {
    "Sigmoid": _gated,
    "HardSigmoid": _gated,
    "Softplus": _mish,
    "Erf": _gelu,
    "ReduceMean": _layer_norm,
    "InstanceNormalization": _group_norm,
    "MatMul": _biased,
    "Conv": _biased,
    "ConvTranspose": _biased,
}
