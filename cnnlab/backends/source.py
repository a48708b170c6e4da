"""A graph as Keras source that runs by itself. Imports no Keras: it prints what ``backends.keras`` would do."""

import json
import keyword
import re
from pathlib import Path

from cnnlab.backends.calls import Call, keras_call
from cnnlab.graph import Node, named, outputs, times

LRN_FILE = Path(__file__).with_name("lrn.py")


def keras_source(root: Node, title: str) -> str:
    """A Python file that builds this very network with Keras 3 and prints its summary.

    ``title`` is written into the file's first line and must not contain a line break.
    """
    nodes = named(root)
    variables = _variables(list(nodes))
    names = dict(zip(nodes.values(), variables, strict=True))
    calls = {name: keras_call(node.layer) for name, node in nodes.items()}
    lines, block = [], None
    for name, node in nodes.items():
        above = name.rpartition(".")[0]
        if above != block and above:
            lines.append(f"\n# {above}")
        elif block and not above:
            lines.append("")
        block = above
        arrived = [names[before] for before in node.inputs]
        given = f"({arrived[0] if len(arrived) == 1 else '[' + ', '.join(arrived) + ']'})" if arrived else ""
        lines.append(f"{names[node]} = {_written(calls[name], name)}{given}  # {times(node.shape)}")
    heads = [names[head] for head in outputs(root)]
    inputs = ", ".join(names[node] for node in nodes.values() if not node.inputs)
    custom = _lrn_class() if any(call.custom for call in calls.values()) else ""
    head = heads[0] if len(heads) == 1 else f"[{', '.join(heads)}]"
    return (
        f'"""{title.replace(chr(34), "")}. Made by CNN Lab; needs Keras 3 (pip install tensorflow)."""\n\n'
        "import keras\nfrom keras import layers\n"
        f"{custom}\n" + "\n".join(lines).strip() + f"\n\nmodel = keras.Model({inputs}, {head})\n\n"
        'if __name__ == "__main__":\n    model.summary()\n'
    )


def _variables(names: list[str]) -> list[str]:
    taken: set[str] = set()
    result = []
    for name in names:
        variable = re.sub(r"\W|^(?=\d)", "_", name)
        if keyword.iskeyword(variable) or variable in ("keras", "layers", "model", "input"):
            variable += "s" if variable == "input" else "_"
        while variable in taken:
            variable += "_"
        taken.add(variable)
        result.append(variable)
    return result


def _written(call: Call, name: str) -> str:
    arguments = [*map(_literal, call.args), *(f"{key}={_literal(value)}" for key, value in call.kwargs)]
    prefix = "" if call.custom else "layers."
    return f"{prefix}{call.cls}({', '.join([*arguments, f'name={_literal(name)}'])})"


def _literal(value: object) -> str:
    # Double quotes, as formatters write them; JSON escapes what needs it in the same way as Python.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _lrn_class() -> str:
    """The class as it stands in this project, without its module's head."""
    text = LRN_FILE.read_text(encoding="utf-8")
    return "\n\n" + text[text.index("@keras.saving") :]
