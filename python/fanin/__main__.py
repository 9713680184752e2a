"""The command line: ``python -m fanin compare|recommend|explain|check|diagnose|bench``."""

import argparse
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn
from zipfile import BadZipFile

import numpy as np

from . import initializers, saving, utils
from ._classifier import classifier
from ._inputs import split
from ._numbers import count
from .checking import check
from .comparison import Comparison
from .datasets import digits
from .diagnosis import diagnose
from .recommendation import recommend

_MODELS = (".keras", ".h5")
# Arguments of `recommend`.
_OF_A_NETWORK = (
    *("activation", "negative_slope", "depth", "width", "normalization", "residual"),
    *("task", "positives"),
)
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    0: done; 1: weights are not what they should be, a network is not healthy, or a benchmark found
    an answer of Fanin's wrong; 2: an argument is wrong; 130: interrupted, with what was finished
    kept.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    code: int = options.run(parser, options)
    return code


def _require_extras(parser: _Parser) -> None:
    for module in ("tqdm", "matplotlib"):
        if find_spec(module) is None:
            parser.error(f"{module} is not installed; install it with `pip install fanin[plot]`")


def _explain(parser: _Parser, options: argparse.Namespace) -> int:
    try:
        explained = initializers.get(options.initializer).explain(options.shape)
    except (TypeError, ValueError) as error:
        parser.error(" ".join(str(error).split()))
    _show(explained, options.json)
    return 0


def _check(parser: _Parser, options: argparse.Namespace) -> int:
    try:
        if options.file.suffix in _MODELS:
            checked = check(saving.load_model(options.file), options.initializer)
        else:
            checked = check(np.load(options.file, allow_pickle=False), options.initializer)
    except (OSError, EOFError, TypeError, ValueError, ImportError) as error:
        parser.error(f"{options.file}: {' '.join(str(error).split())}")
    _show(checked, options.json)
    return 0 if checked.ok else 1


def _recommend(parser: _Parser, options: argparse.Namespace) -> int:
    given = {name: value for name in _OF_A_NETWORK if (value := getattr(options, name)) is not None}
    try:
        model = None if options.file is None else saving.load_model(options.file)
        recommended = recommend(model, **given)
    except (OSError, EOFError, TypeError, ValueError, ImportError) as error:
        parser.error(" ".join(str(error).split()))
    _show(recommended, options.json)
    return 0


def _diagnose(parser: _Parser, options: argparse.Namespace) -> int:
    try:
        for name in ("depth", "units", "rows"):
            count(name, getattr(options, name))
        train = None if options.data is None else split(_load(options.data))[0]
        if options.file is not None:
            model = saving.load_model(options.file)
            sample_shape = model.input_shape[1:]
            if train is None:
                x = initializers.RandomNormal(stddev=1.0, seed=0)((options.rows, *sample_shape))
            else:
                x = train[0][: options.rows].reshape(-1, *sample_shape)
            found = diagnose(model, x)
        else:
            x, y = train or split(digits.load_data())[0]
            utils.set_random_seed(options.seed)
            model = classifier(
                lambda: initializers.get(options.initializer),
                options.depth,
                options.units,
                options.activation,
                1 + int(y.max()),
            )
            model.compile(loss="sparse_categorical_crossentropy")
            found = diagnose(model, x[: options.rows], y[: options.rows])
    except (OSError, EOFError, TypeError, ValueError, ImportError, NotImplementedError) as error:
        parser.error(" ".join(str(error).split()) or type(error).__name__)
    _show(found, options.json)
    if options.picture is not None:
        _require_extras(parser)
        found.figure().savefig(options.picture, dpi=150)
    return 0 if found.verdict == "healthy" else 1


def _show(result: Any, as_json: bool) -> None:
    print(json.dumps(result.to_dict(), indent=1, allow_nan=False) if as_json else result)


def _compare(parser: _Parser, options: argparse.Namespace) -> int:
    _require_extras(parser)
    try:
        comparison = Comparison(
            options.initializers,
            data=None if options.data is None else _load(options.data),
            epochs=options.epochs,
            seeds=options.seeds,
            depth=options.depth,
            units=options.units,
            activation=options.activation,
            optimizer=options.optimizer,
            learning_rate=options.learning_rate,
            batch_size=options.batch_size,
        )
        options.out.mkdir(parents=True, exist_ok=True)
    except (OSError, TypeError, ValueError, NotImplementedError, MemoryError) as error:
        parser.error(" ".join(str(error).split()) or type(error).__name__)
    code = 0
    try:
        comparison.run()
        written: Sequence[Path] = comparison.save(options.out)
    except KeyboardInterrupt:
        if not comparison.runs:
            print("Interrupted before the first training was finished.", file=sys.stderr)
            return _INTERRUPTED
        written = [comparison.save_json(options.out)]
        code = _INTERRUPTED
    _show(comparison, options.json)
    # where the JSON goes to a program, nothing else may
    told = sys.stderr if options.json else sys.stdout
    begin = "Interrupted; wrote" if code else "Wrote"
    print(f"\n{begin} {', '.join(map(str, written))}", file=told)
    return code


def _bench(parser: _Parser, options: argparse.Namespace) -> int:
    _require_extras(parser)
    from .bench.benchmark import Benchmark  # needs tqdm

    try:
        benchmark = Benchmark(options.only, options.quick, options.largest, options.threads)
        options.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    code = 0
    try:
        benchmark.run()
        written = benchmark.save(options.out)
    except KeyboardInterrupt:
        if not benchmark.measured:
            print("Interrupted before anything was measured.", file=sys.stderr)
            return _INTERRUPTED
        written = benchmark.save_tables(options.out)
        print("Interrupted.", file=sys.stderr)
        code = _INTERRUPTED
    # where the JSON goes to a program, nothing else may
    print(written[0 if options.json else 1].read_text(encoding="utf-8"))
    print("Wrote " + ", ".join(map(str, written)), file=sys.stderr)
    return code or int(not benchmark.fanin_is_right)


def _parser() -> _Parser:
    parser = _Parser(
        prog="fanin", description="Weight initialization, compared by training and measured."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _add_compare(commands)
    _add_recommend(commands)
    _add_explain(commands)
    _add_check(commands)
    _add_diagnose(commands)
    _add_bench(commands)
    return parser


def _add_compare(commands: "argparse._SubParsersAction[_Parser]") -> None:
    compare = commands.add_parser(
        "compare",
        help="train models that differ in the initializer, and compare them",
        description=(
            "Trains one classifier for each initializer, depth, activation, optimizer and seed on "
            "handwritten digits, several at once, prints a table and writes comparison.html (the "
            "report), comparison.png and comparison.json."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    compare.add_argument(
        "--initializers",
        nargs="+",
        metavar="NAME",
        default=["glorot_uniform", "he_uniform"],
        help="Keras's names",
    )
    compare.add_argument("--epochs", type=int, default=10, metavar="N", help="passes over the data")
    compare.add_argument("--seeds", type=int, default=5, metavar="N", help="runs of each setting")
    compare.add_argument(
        "--depth", type=int, nargs="+", default=[2], metavar="N", help="hidden layers"
    )
    compare.add_argument("--units", type=int, default=64, metavar="N", help="of a hidden layer")
    compare.add_argument(
        "--activation", nargs="+", default=["relu"], metavar="NAME", help="of the hidden layers"
    )
    compare.add_argument(
        "--optimizer", nargs="+", default=["adam"], metavar="NAME", help="Keras's names"
    )
    compare.add_argument(
        "--learning-rate", type=float, metavar="X", help="the optimizer's own if not given"
    )
    compare.add_argument("--batch-size", type=int, default=32, metavar="N", help="rows in a step")
    compare.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="x_train, y_train, x_test, y_test as in Keras's mnist.npz; the digits if not given",
    )
    compare.add_argument("--json", action="store_true", help="print the JSON, not the table")
    compare.add_argument(
        "--out", type=Path, default=Path("."), metavar="DIR", help="where the files go"
    )
    compare.set_defaults(run=_compare)


def _add_recommend(commands: "argparse._SubParsersAction[_Parser]") -> None:
    recommend = commands.add_parser(
        "recommend",
        help="say which initializers suit a network, and why",
        description="For a network that is described, or a model in a file.",
    )
    recommend.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", help="a model (.keras, .h5)"
    )
    recommend.add_argument(
        "--activation", metavar="NAME", help="of the hidden layers: Keras's name"
    )
    recommend.add_argument(
        "--negative-slope", type=float, metavar="X", help="of leaky_relu and prelu"
    )
    recommend.add_argument("--depth", type=int, metavar="N", help="layers, or blocks")
    recommend.add_argument("--width", type=int, metavar="N", help="units of the hidden layers")
    recommend.add_argument("--normalization", metavar="KIND", help="batch, layer or rms")
    recommend.add_argument(
        "--residual",
        action=argparse.BooleanOptionalAction,
        help="whether there are residual branches",
    )
    recommend.add_argument(
        "--task",
        metavar="NAME",
        help="classification, binary, regression, transformer, language, recurrent or "
        "super_resolution",
    )
    recommend.add_argument(
        "--positives", type=float, metavar="X", help="their share in a binary task"
    )
    recommend.add_argument("--json", action="store_true", help="print JSON, not text")
    recommend.set_defaults(run=_recommend)


def _add_explain(commands: "argparse._SubParsersAction[_Parser]") -> None:
    explain = commands.add_parser(
        "explain",
        help="say what an initializer does: formula, fans, bound, standard deviation, source",
    )
    explain.add_argument("initializer", metavar="NAME", help="Keras's name")
    explain.add_argument("shape", type=int, nargs="+", metavar="SIZE", help="of the weights")
    explain.add_argument("--json", action="store_true", help="print JSON, not text")
    explain.set_defaults(run=_explain)


def _add_check(commands: "argparse._SubParsersAction[_Parser]") -> None:
    check = commands.add_parser(
        "check",
        help="say whether weights in a file are what an initializer gives",
        description="Exit code 0: they can be; 1: they are not.",
    )
    check.add_argument(
        "file", type=Path, metavar="FILE", help="an array (.npy) or a model (.keras, .h5)"
    )
    check.add_argument(
        "initializer", metavar="NAME", nargs="?", help="of a model's kernels their own by default"
    )
    check.add_argument("--json", action="store_true", help="print JSON, not text")
    check.set_defaults(run=_check)


def _add_diagnose(commands: "argparse._SubParsersAction[_Parser]") -> None:
    diagnose = commands.add_parser(
        "diagnose",
        help="say what goes through a network: variances, gradients, dead and saturated units",
        description=(
            "Sends a batch through a model in a file, or through a new network on handwritten "
            "digits. Exit code 0: it is healthy; 1: it is not."
        ),
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    diagnose.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        nargs="?",
        help="a model (.keras, .h5); its inputs are drawn from N(0, 1) if no data is given",
    )
    diagnose.add_argument(
        "--initializer", metavar="NAME", default="glorot_uniform", help="of a new network"
    )
    diagnose.add_argument("--activation", default="relu", help="of its hidden layers")
    diagnose.add_argument("--depth", type=int, default=2, metavar="N", help="hidden layers")
    diagnose.add_argument("--units", type=int, default=64, metavar="N", help="of each")
    diagnose.add_argument("--seed", type=int, default=0, metavar="N", help="of its weights")
    diagnose.add_argument("--rows", type=int, default=256, metavar="N", help="of the batch")
    diagnose.add_argument(
        "--data",
        type=Path,
        metavar="FILE.npz",
        help="x_train, y_train, x_test, y_test as in Keras's mnist.npz",
    )
    diagnose.add_argument("--json", action="store_true", help="print JSON, not text")
    diagnose.add_argument("--picture", type=Path, metavar="FILE.png", help="draw it, too")
    diagnose.set_defaults(run=_diagnose)


def _add_bench(commands: "argparse._SubParsersAction[_Parser]") -> None:
    bench = commands.add_parser(
        "bench",
        help="measure the speed, beside whatever rivals are installed",
        description=(
            "Measures fills, small calls and training beside whichever of NumPy, PyTorch, JAX, "
            "TensorFlow, Keras, mkl_random and scikit-learn are installed; prints a report and "
            "writes benchmark.md, benchmark.json and benchmark.png. The answers are checked."
        ),
    )
    bench.add_argument(
        "--quick", action="store_true", help="fewer sizes and rounds: about a minute with NumPy"
    )
    bench.add_argument("--only", choices=("fill", "small", "train"), help="one part of it")
    bench.add_argument(
        "--largest",
        type=int,
        default=28,
        metavar="EXP",
        help="at most 2 ** EXP numbers are made at once (default: 28)",
    )
    bench.add_argument(
        "--threads",
        type=int,
        nargs="+",
        metavar="N",
        help="the largest is used for everything, the others for 16 Mi numbers "
        "(default: 1, 2, 4, ... to all)",
    )
    bench.add_argument("--json", action="store_true", help="print the JSON, not the report")
    bench.add_argument(
        "--out", type=Path, default=Path("."), metavar="DIR", help="where the files go (default: .)"
    )
    bench.set_defaults(run=_bench)


def _load(path: Path) -> tuple[Any, Any]:
    """Return the four arrays of an npz file, or raise ValueError with a sentence."""
    if not path.exists():
        raise ValueError(f"{path} does not exist")
    try:
        with path.open("rb") as stream:
            # what is no archive is tried as a pickle, which is refused with ValueError
            file = np.load(stream, allow_pickle=False)
            arrays = dict(file) if isinstance(file, Mapping) else {}
    except (ValueError, OSError, EOFError, BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} can't be read: {error}") from None
    missing = {"x_train", "y_train", "x_test", "y_test"} - set(arrays)
    if missing:
        raise ValueError(f"{path} lacks {', '.join(sorted(missing))}")
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


if __name__ == "__main__":
    sys.exit(main())
