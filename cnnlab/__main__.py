"""The command line: the content of the pages, without a server.

python -m cnnlab list
python -m cnnlab cost resnet50 --input-size 160 --csv
python -m cnnlab train
python -m cnnlab export 20261121-180326-0a1b2c3d-4e5f60 --to files
"""

import argparse
import io
import sys
from typing import TYPE_CHECKING

from cnnlab import zoo
from cnnlab.graph import example, times
from cnnlab.network import Network
from cnnlab.units import at_most, full, plain, short, size

if TYPE_CHECKING:
    from cnnlab.costs import Totals

ALWAYS = {"macs", "flops"}  # counting conventions that are printed anyhow


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code. A mistake is one sentence on standard error and code 2."""
    parser = argparse.ArgumentParser(prog="python -m cnnlab", description="What convolutional networks cost.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the networks of the catalogue")
    cost = commands.add_parser(
        "cost",
        help="every layer's shape, parameters and MACs",
        allow_abbrev=False,
        description="Every layer's shape, parameters and MACs. `list` shows the knobs of each network.",
    )
    for name in sorted({name for case in zoo.CASES.values() for name in case.knobs}):
        cost.add_argument("--" + name.replace("_", "-"), dest=f"knob {name}", metavar="VALUE")
    cost.add_argument(
        "--count-as",
        metavar="CONVENTION",
        default="macs",
        help="macs, flops, or a tool; an unknown name lists them all",
    )
    cost.add_argument("network", help="a name from the list, or a reference such as resnet50?input_size=160")
    for command in (listing, cost):
        form = command.add_mutually_exclusive_group()
        form.add_argument("--csv", action="store_true", help="comma-separated values, raw numbers")
        form.add_argument("--json", action="store_true", help="one JSON document, raw numbers")
    training = commands.add_parser(
        "train",
        help="a training run: its accuracy, and the folder with the model",
        description="Train the run of a spec, or the default run: the built-in backbone on eight textures.",
    )
    training.add_argument("spec", nargs="?", help="a spec as JSON; see “spec.json” in the folder of any run")
    export = commands.add_parser("export", help="files of a trained run: model, TFLite, history, report, Keras script")
    export.add_argument("run", help="a run's name, or the path of its folder")
    export.add_argument(
        "--to",
        metavar="FOLDER",
        help="the folder to write to; by default one with the run's name, in the current folder",
    )
    export.add_argument("--only", metavar="KIND", help="one kind of file; an unknown kind lists them all")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console that knows no ×
    try:
        if options.command == "train":
            return _train(options)
        text = {"list": _list, "cost": _cost, "export": _export}[options.command](options)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{place}{error.strerror or error}; name another folder", file=sys.stderr)
        return 2
    try:
        print(text, end="" if text.endswith("\n") else "\n", flush=True)
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        sys.stdout = None
    return 0


def _train(options: argparse.Namespace) -> int:
    from cnnlab.training import command

    return command.train(command.read(options.spec))


def _list(options: argparse.Namespace) -> str:
    import pandas as pd

    from cnnlab import costs

    rows = []
    for case in zoo.CASES.values():
        total = costs.totals(case.build())
        knobs = " ".join(f"--{knob.replace('_', '-')}" for knob in case.knobs)
        rows.append((case.name, case.title, case.paper.year, total.params, total.macs, knobs))
    table = pd.DataFrame(rows, columns=["network", "title", "year", "params", "macs", "knobs"])
    if options.csv:
        return str(table.to_csv(index=False, lineterminator="\n"))
    if options.json:
        return str(table.to_json(orient="records", indent=1))
    lines = [f"{'network':<18}{'year':>5}{'parameters':>14}{'MACs':>17}  knobs"]
    lines += [f"{row[0]:<18}{row[2]:>5}{full(row[3]):>14}{full(row[4]):>17}  {row[5]}" for row in rows]
    return "\n".join(lines)


def _cost(options: argparse.Namespace) -> str:
    import pandas as pd

    from cnnlab import costs

    network = Network.parse(options.network)
    given = {
        name.removeprefix("knob "): text
        for name, text in vars(options).items()
        if name.startswith("knob ") and text is not None
    }
    knobs = {name: network.case.knob(name).parse(text) for name, text in given.items()}
    network = network.replace(**knobs)
    root = network.graph()
    table = costs.layer_table(root)
    total = costs.totals(root, table)
    convention, quantities = costs.convention(options.count_as), costs.quantity_table(root)
    counted = costs.totals_by_convention(quantities)
    if convention.name not in table:
        table[convention.name] = costs.count(quantities, convention)
    if options.csv:
        return costs.to_csv(table)
    if options.json:
        return costs.to_json(str(network), total, costs.plain_table(table), counted)
    bounds = zip(table["receptive_field"].tolist(), table["receptive_field_at_most"].tolist(), strict=True)
    fields = [at_most(None if pd.isna(field) else field, bound) for field, bound in bounds]
    wide = max(17, 2 + max(map(len, fields)))
    head = [
        f"{network.title} ({network})",
        costs.notice(root, network.subject),
        "",
        f"parameters           {full(total.params)} ({short(total.params)}), {full(total.trainable_params)} trainable",
        f"MACs                 {full(total.macs)} ({short(total.macs)}), {example(root)}",
        f"FLOPs                {full(total.flops)} = 2 × MACs",
        *(
            []
            if convention.name in ALWAYS
            else [f"{convention.noun:<21}{full(counted[convention.name])} ({short(counted[convention.name])})"]
        ),
        f"activations          {full(total.activations)} numbers; at most {full(total.peak_activations)} in memory "
        f"at once, {size(total.peak_bytes())} in fp32, at {total.peak_layer}",
        f"weights              {full(total.weight_bytes())} bytes in fp32",
        f"depth                {total.depth} convolutions and dense layers, {total.layers} layers in all",
        f"receptive field      {_receptive_field(total)}",
        "",
        f"{'layer':<32}{'kind':<20}{'settings':<36}{'output':>15}{'parameters':>13}{convention.noun:>21}"
        f"{'receptive field':>{wide}}",
    ]
    rows = table[["layer", "kind", "settings", "output_shape", "params", convention.name]]
    lines = [
        f"{layer:<32}{kind:<20}{settings:<36}{times(shape):>15}{full(params):>13}{full(count):>21}{field:>{wide}}"
        for (layer, kind, settings, shape, params, count), field in zip(
            rows.itertuples(index=False), fields, strict=True
        )
    ]
    return "\n".join([*head, *lines])


def _receptive_field(total: "Totals") -> str:
    field = at_most(total.receptive_field, total.receptive_field_at_most)
    if total.receptive_field is None:
        return f"{field}: it does not depend on an image"
    stride = total.effective_stride
    pixels = f"{field} pixel{'s' * (total.receptive_field != 1)}"
    if stride is None:
        return pixels if total.receptive_field_at_most else f"{pixels}: the whole image"
    return f"{pixels}, effective stride {plain(stride)}"


def _export(options: argparse.Namespace) -> str:
    from cnnlab.training.export import command as files

    return files.main(options.run, options.to, options.only)


if __name__ == "__main__":
    sys.exit(main())
