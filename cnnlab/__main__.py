"""The command line: the content of the pages, without a server.

python -m cnnlab list
python -m cnnlab cost resnet50 --input-size 160 --csv
python -m cnnlab cost model.keras --batch-size 32
python -m cnnlab compare resnet50 mobilenet_v1 model.h5 --markdown
python -m cnnlab train
python -m cnnlab export 20261121-180326-0a1b2c3d-4e5f60 --to files
"""

import io
import sys
from collections.abc import Callable, Sequence

from cnnlab import __version__
from cnnlab.command_line.options import PROGRAM, Options, misspelt, none_of
from cnnlab.units import listed


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code. A mistake is one sentence on standard error and code 2."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console that knows no ×
    try:
        done = _run(given)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{place}{error.strerror or error}; name another folder", file=sys.stderr)
        return 2
    if isinstance(done, int):
        return done
    try:
        print(done, end="" if done.endswith("\n") else "\n", flush=True)
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        sys.stdout = None
    return 0


def _run(arguments: Sequence[str]) -> str | int:
    """Return the text of a command, or the exit code of one that prints by itself."""
    if not arguments:
        raise ValueError(f"name a command: {listed(list(COMMANDS), 'or')}; `{PROGRAM} --help` describes them")
    name, *rest = arguments
    if name in ("-h", "--help"):
        return _help()
    if name == "--version":
        return f"CNN Lab {__version__}"
    if name.startswith("-"):
        raise misspelt("option", name.partition("=")[0], ("--help", "--version"), f"{PROGRAM} --help")
    if name not in COMMANDS:
        raise misspelt("command", name, COMMANDS, f"{PROGRAM} --help")
    return COMMANDS[name][0](rest)


def _help() -> str:
    lines = [f"  {name:<10}{what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join(
        [
            f"usage: {PROGRAM} COMMAND [arguments]",
            "",
            "What convolutional networks cost.",
            "",
            *lines,
            "",
            f"`{PROGRAM} COMMAND --help` describes a command; --version prints the version.",
        ]
    )


def _list(arguments: Sequence[str]) -> str:
    from cnnlab.command_line import listing

    return listing.run(arguments)


def _cost(arguments: Sequence[str]) -> str:
    from cnnlab.command_line import cost

    return cost.run(arguments)


def _compare(arguments: Sequence[str]) -> str:
    from cnnlab.command_line import compare

    return compare.run(arguments)


def _train(arguments: Sequence[str]) -> str | int:
    what = "Train the run of a spec, or the default run: the built-in backbone on eight textures."
    parser = Options("train", "[SPEC]", f"{what} SPEC is a file of JSON: “spec.json” in the folder of any run.")
    options, rest = parser.read(arguments)
    if options.help:
        return parser.format_help()
    none_of(rest[1:], "train")
    from cnnlab.training import command

    return command.train(command.read(rest[0] if rest else None))


def _export(arguments: Sequence[str]) -> str:
    parser = Options(
        "export", "RUN [options]", "Files of a trained run. RUN is a run's name, or the path of its folder."
    )
    parser.add_argument(
        "--to",
        metavar="FOLDER",
        help="the folder to write to; by default one with the run's name, in the current folder",
    )
    parser.add_argument("--only", metavar="KIND", help="one kind of file; an unknown kind lists them all")
    options, rest = parser.read(arguments)
    if options.help:
        return parser.format_help()
    if not rest:
        raise ValueError("export needs a run: its name, or the path of its folder")
    none_of(rest[1:], "export")
    from cnnlab.training.export import command as files

    return files.main(rest[0], options.to, options.only)


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], str | int], str]] = {
    "list": (_list, "the networks of the catalogue"),
    "cost": (_cost, "every layer's shape, parameters and MACs, of a network or a file"),
    "compare": (_compare, "two to six networks or files side by side, with ratios"),
    "train": (_train, "a training run: its accuracy, and the folder with the model"),
    "export": (_export, "files of a trained run: model, TFLite, history, report, Keras script"),
}
"""The commands by name, with what each gives."""


if __name__ == "__main__":
    sys.exit(main())
