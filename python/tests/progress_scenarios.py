"""What a progress bar prints, by a clock of our own.

``python progress_scenarios.py`` (with Keras) writes golden/progress.json.
"""

import contextlib
import io
import json
import pathlib

FILE = pathlib.Path(__file__).parent / "golden" / "progress.json"


def both(loss, accuracy):
    return [("loss", loss), ("accuracy", accuracy)]


# Times that the clock shows, steps in all, verbose, and the arguments of each update.
SCENARIOS = {
    "bar": (
        [0, 0.5, 0.52, 1.0, 2.4],
        (10, 1),
        [
            (1, both(2.5, 0.1)),
            (2, both(2.4, 0.2)),
            (5, both(9e-4, 0.35)),
            (10, both(1.2, 0.5), True),
        ],
    ),
    "becomes shorter": (
        [0, 100.0, 300.0, 7500.0],
        (200, 1),
        [(1, both(2.5, 0.1)), (3, both(1e-5, 0.2)), (200, [("loss", 1.0)], True)],
    ),
    "hours": ([0, 30.0], (500, 1), [(1, both(-2.5, -0.0001))]),
    "unknown": (
        [0, 0.004, 0.1, 0.2],
        (None, 1),
        [(1, both(2.5, 0.1)), (2, both(2.0, 0.1)), (3, both(2.0, 0.1), True)],
    ),
    "line": ([0, 0.004, 3.7], (12, 2), [(1, both(2.5, 0.1)), (12, both(-2.0, 0.0001), True)]),
    "means": (
        [0, 1, 2, 3],
        (3, 1, None),
        [(1, [("loss", 1.0)]), (2, [("loss", 3.0)]), (3, [("loss", 8.0)])],
    ),
    "microseconds": ([0, 0.0004], (4, 2), [(4, [("loss", 1.0)])]),
    "nothing done": ([0, 0, 0], (4, 1), [(0, []), (4, [("loss", 0.0)])]),
    "silent": ([0, 1], (4, 0), [(4, [("loss", 1.0)])]),
}


def printed(module, times, arguments, updates):
    """Return what the class Progbar of a module prints."""
    clock = iter(times)

    class Time:
        @staticmethod
        def time():
            return next(clock)

    original, module.time = module.time, Time
    target, verbose, stateless = (*arguments, ())[:3]
    text = io.StringIO()
    try:
        with contextlib.redirect_stdout(text):
            bar = module.Progbar(target, verbose=verbose, stateless_metrics=stateless)
            for update in updates:
                bar.update(*update)
    finally:
        module.time = original
    return text.getvalue()


if __name__ == "__main__":
    import keras.src.utils.progbar as keras_module

    FILE.write_text(
        json.dumps(
            {name: printed(keras_module, *each) for name, each in SCENARIOS.items()}, indent=1
        )
        + "\n"
    )
