"""Every rule on a real network: what it says keeps the variances, and what it warns of does not."""

import json
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fanin
from fanin import initializers, layers
from fanin.recommendation import (
    FACTOR,
    RULES,
    WHOLE,
    Choice,
    Network,
    Rule,
    recommend,
)

WIDTH = 256
BATCH = 32
BY_NAME = {rule.name: rule for rule in RULES}

# networks that the rules of the hidden layers are for; without a depth, with the rule's reach
NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("siren", {"activation": "sine"}),
    ("linear", {"activation": "linear"}),
    ("linear, drawn", {"activation": "linear"}),
    ("relu", {"activation": "relu"}),
    ("leaky relu", {"activation": "leaky_relu", "negative_slope": 0.3}),
    ("selu", {"activation": "selu"}),
    ("tanh", {"activation": "tanh"}),
    ("sigmoid", {"activation": "sigmoid"}),
    ("gain", {"activation": "softplus"}),
    ("gain", {"activation": "elu", "depth": 50}),
    ("gain", {"activation": "gelu", "depth": 10}),
    ("gain", {"activation": "silu", "depth": 7}),
    ("gain", {"activation": "mish", "depth": 10}),
    ("gain", {"activation": "tanh", "depth": 10}),
    ("edge of chaos", {"activation": "tanh"}),
    ("edge of chaos", {"activation": "softsign"}),
    ("edge of chaos", {"activation": "selu"}),
    ("edge of chaos", {"activation": "elu"}),
    ("edge of chaos", {"activation": "gelu"}),
    ("edge of chaos", {"activation": "silu"}),
    ("edge of chaos", {"activation": "mish"}),
    ("edge of chaos", {"activation": "sine"}),
    ("batch normalization", {"activation": "relu", "normalization": "batch"}),
    ("layer normalization", {"activation": "relu", "normalization": "layer"}),
    ("layer normalization", {"activation": "relu", "normalization": "rms"}),
    ("zero gamma", {"activation": "relu", "normalization": "batch", "residual": True}),
    ("fixup", {"activation": "relu", "residual": True}),
    ("scaled branches", {"activation": "relu", "residual": True}),
    ("gpt-2", {"task": "language", "normalization": "layer", "width": WIDTH}),
    ("small init", {"task": "transformer", "normalization": "layer", "width": WIDTH}),
    ("t-fixup", {"task": "transformer", "width": WIDTH}),
]
# what the numbers of the other rules are tested by
OTHERS = {
    "several units at once", "embeddings", "embeddings without normalization", "recurrent",
    "recurrent, relu", "prior", "zero output", "icnr", "lsuv", "autoinit", "relu, narrow",
}  # fmt: skip


def test_every_rule_is_tested() -> None:
    assert {name for name, _ in NETWORKS} | OTHERS == set(BY_NAME)
    assert not {name for name, _ in NETWORKS} & OTHERS
    assert len(BY_NAME) == len(RULES)
    for rule in RULES:
        assert any(
            word.isdigit() and len(word) == 4 for word in rule.source.replace(",", " ").split()
        )


# -- A network in NumPy, forward and backward ------------------------------------------------------


class Layer:
    """y = f(x) with a derivative by x."""

    def forward(self, x: Any) -> Any:
        raise NotImplementedError

    def backward(self, dy: Any) -> Any:
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, kernel: Any, bias: Any) -> None:
        self.kernel, self.bias = np.asarray(kernel, float), np.asarray(bias, float)

    def forward(self, x: Any) -> Any:
        return x @ self.kernel + self.bias

    def backward(self, dy: Any) -> Any:
        return dy @ self.kernel.T


class Activate(Layer):
    def __init__(self, f: Any) -> None:
        self.f = f

    def forward(self, x: Any) -> Any:
        h = 1e-6 * max(x.std(), 1e-300)
        self.slope = (self.f(x + h) - self.f(x - h)) / (2 * h)
        return self.f(x)

    def backward(self, dy: Any) -> Any:
        return dy * self.slope


class Normalize(Layer):
    """Over an axis: 0 of the batch, 1 of the units; without the mean for "rms"."""

    def __init__(self, kind: str, gamma: Any) -> None:
        self.axis = 0 if kind == "batch" else 1
        self.centered = kind != "rms"
        self.epsilon = 1e-6 if kind == "rms" else 1e-3
        self.gamma = np.asarray(gamma, float)

    def forward(self, x: Any) -> Any:
        mean = x.mean(self.axis, keepdims=True) if self.centered else 0
        variance = np.square(x - mean).mean(self.axis, keepdims=True)
        self.scale = 1 / np.sqrt(variance + self.epsilon)
        self.normal = (x - mean) * self.scale
        return self.gamma * self.normal

    def backward(self, dy: Any) -> Any:
        dn = dy * self.gamma
        along = (dn * self.normal).mean(self.axis, keepdims=True)
        mean = dn.mean(self.axis, keepdims=True) if self.centered else 0
        return self.scale * (dn - mean - self.normal * along)


class Residual(Layer):
    """x plus a branch."""

    def __init__(self, branch: list[Layer]) -> None:
        self.branch = branch

    def forward(self, x: Any) -> Any:
        y = x
        for layer in self.branch:
            y = layer.forward(y)
        return x + y

    def backward(self, dy: Any) -> Any:
        dx = dy
        for layer in reversed(self.branch):
            dx = layer.backward(dx)
        return dy + dx


def network_of(choice: Choice) -> list[Layer]:
    """Return the network that a choice is for, with its initial weights."""
    network = choice.network
    width = network.width or WIDTH
    f = network.function

    def dense(initializer: Any) -> Dense:
        return Dense(initializer((width, width)), choice.bias((width,)))

    def normal(initializer: Any) -> list[Layer]:
        return [Normalize(network.normalization, initializer((width,)))] * bool(
            network.normalization
        )

    ones = initializers.Ones()
    if network.is_transformer:
        return [
            Residual([*normal(ones), dense(choice.initializer), Activate(f), dense(choice.last)])
            for _ in range(network.branches)
        ]
    if network.residual:
        return [
            Residual(
                [
                    *(dense(choice.initializer), *normal(ones), Activate(f)),
                    *(dense(choice.last), *normal(choice.gamma)),
                ]
            )
            for _ in range(network.branches)
        ]
    chain: list[Layer] = []
    for index in range(network.depth):
        chain += [dense(choice.initializer if index else choice.first), *normal(ones), Activate(f)]
    return chain


def extremes(choice: Choice) -> tuple[float, float]:
    """Return how far variances go from the first, as a factor above 1, forward and backward."""
    fanin.utils.set_random_seed(11)
    network = choice.network
    chain = network_of(choice)
    rng = np.random.default_rng(5)
    width = network.width or WIDTH
    x = rng.standard_normal((BATCH, width))
    if network.name == "sine":
        x = rng.uniform(-1, 1, (BATCH, width))
    # of plain networks the pre-activations, of others what each block gives
    plain = not network.residual
    variances, squares = [], []
    with np.errstate(all="ignore"):
        for layer in chain:
            x = layer.forward(x)
            if isinstance(layer, (Residual, Dense)):
                variances.append(float(x.var()))
        gradient = rng.standard_normal(x.shape)
        for layer in reversed(chain):
            gradient = layer.backward(gradient)
            if isinstance(layer, (Residual, Activate)):
                squares.append(float(np.square(gradient).mean()))
    if choice.rule.first is not None:
        # the first layer brings its inputs where they shall be
        del variances[0]
    if plain:
        assert len(squares) == network.depth
    return spread(variances), spread(squares)


def spread(values: list[float]) -> float:
    ratios = np.array(values) / values[0]
    if not np.isfinite(ratios).all() or (ratios <= 0).any():
        return math.inf
    return float(max(ratios.max(), 1 / ratios.min()))


def fitting(rule: Rule, **known: Any) -> Choice:
    """Return what is recommended by a rule for the network, which `recommend` has to find."""
    found = recommend(**{"depth": rule.reach, **known})
    return next(choice for choice in found.choices if choice.rule is rule)


def wrong(choice: Choice) -> Choice:
    """Return the same with the rule's wrong initializer, and nothing that goes with the right."""
    rule = choice.rule
    values = {field: getattr(rule, field) for field in rule.__dataclass_fields__}
    values |= {"initializer": rule.wrong, "bias": None, "first": None, "last": None, "gamma": None}
    return Choice(Rule(**values), choice.network, None)


@pytest.mark.parametrize(("name", "known"), NETWORKS, ids=[f"{n}-{k}" for n, k in NETWORKS])
def test_variances_are_kept_through_the_rules_reach(name: str, known: dict[str, Any]) -> None:
    """Forward and backward within a factor of 10; with the wrong initializer not both."""
    choice = fitting(BY_NAME[name], **known)
    forward, backward = extremes(choice)
    assert choice.kept
    assert max(forward, backward) < FACTOR, (forward, backward)
    bad = extremes(wrong(choice))
    assert max(bad) > FACTOR, bad


# -- The other rules: what their papers say of them ------------------------------------------------


def test_narrow_networks_wander_less_with_orthogonal_weights() -> None:
    """The logarithm of E[x²] at the end has variance 5 depth / width, or about 3.

    Of 150 values a variance has a relative standard error of √(2 / 150) = 12 %.
    """
    choice = fitting(BY_NAME["relu, narrow"], activation="relu", depth=30, width=32)
    fanin.utils.set_random_seed(1)
    logs: dict[str, list[float]] = {"orthogonal": [], "he": []}
    for name, make in (
        ("orthogonal", lambda: choice.initializer),
        ("he", initializers.HeNormal),
    ):
        for _ in range(150):
            x = np.random.default_rng(len(logs[name])).standard_normal((1, 32))
            kernels = [np.asarray(make()((32, 32)), float) for _ in range(30)]
            start = np.square(x @ kernels[0]).mean()
            for kernel in kernels:
                z = x @ kernel
                x = np.maximum(z, 0)
            logs[name].append(math.log(np.square(z).mean() / start))
    steps = 29 / 32
    assert np.var(logs["he"]) == pytest.approx(5 * steps, rel=0.36)
    assert np.var(logs["orthogonal"]) == pytest.approx(3.2 * steps, rel=0.36)
    assert np.var(logs["orthogonal"]) < np.var(logs["he"])


def gradient_through(activation: str, kernel: Any) -> float:
    """Return the mean square of a softmax's derivatives over what it is at equal logits."""
    x = np.random.default_rng(0).standard_normal((200, WIDTH))
    p = getattr(fanin.activations, activation)(x @ np.asarray(kernel, float))
    jacobian = p[:, :, None] * (np.eye(p.shape[1]) - p[:, None, :])
    flat = (np.eye(10) - 0.1) / 10
    return float(np.square(jacobian).sum() / len(x) / np.square(flat).sum())


def test_softmax_keeps_its_gradient() -> None:
    choice = fitting(BY_NAME["several units at once"], activation="softmax")
    fanin.utils.set_random_seed(2)
    assert gradient_through("softmax", choice.initializer((WIDTH, 10))) > 1 / FACTOR
    bad = wrong(choice).initializer((WIDTH, 10))
    # logits of variance 256: saturated
    assert gradient_through("softmax", bad) < 0.6 * gradient_through(
        "softmax", choice.initializer((WIDTH, 10))
    )


def turned(rows: Any) -> float:
    """Return by how much an Adam step of 1e-3 in each value turns rows."""
    step = 1e-3 * np.sign(np.random.default_rng(0).standard_normal(rows.shape))
    moved = rows + step
    cosine = (rows * moved).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(moved, axis=1)
    return float(np.arccos(cosine).mean())


def test_embeddings_can_be_turned() -> None:
    choice = fitting(BY_NAME["embeddings"], task="language", normalization="layer")
    fanin.utils.set_random_seed(3)
    assert turned(choice.initializer((100, 64))) > FACTOR * turned(
        wrong(choice).initializer((100, 64))
    )


def test_embeddings_without_normalization_have_the_branches_size() -> None:
    choice = fitting(
        BY_NAME["embeddings without normalization"], task="transformer", depth=16, width=64
    )
    fanin.utils.set_random_seed(4)
    square = np.square(choice.initializer((200, 64))).sum(1).mean()
    # of 200 · 64 squares
    assert square == pytest.approx(1 / 12, rel=5 * math.sqrt(2 / 12800))
    assert np.square(wrong(choice).initializer((200, 64))).sum(1).mean() > FACTOR * square


@pytest.mark.parametrize("name", ["recurrent", "recurrent, relu"])
def test_recurrent_kernels_keep_the_state(name: str) -> None:
    """For 50 steps with one matrix; of tanh a small state, of ReLU a positive one."""
    relu = name == "recurrent, relu"
    choice = fitting(BY_NAME[name], task="recurrent", activation="relu" if relu else "tanh")
    fanin.utils.set_random_seed(5)
    f: Callable[..., Any] = (lambda x: np.maximum(x, 0)) if relu else np.tanh

    def after(kernel: Any) -> tuple[float, float]:
        start = np.random.default_rng(1).standard_normal((BATCH, WIDTH))
        h = np.abs(start) if relu else 0.1 * start
        first, gradient, slopes = float(np.square(h).mean()), start, []
        for _ in range(50):
            z = h @ kernel
            h = f(z)
            slopes.append((z > 0) if relu else 1 - h**2)
        for s in reversed(slopes):
            gradient = (gradient * s) @ kernel.T
        return float(np.square(h).mean()) / first, float(np.square(gradient).mean())

    for ratio in after(np.asarray(choice.initializer((WIDTH, WIDTH)), float)):
        assert 1 / FACTOR < ratio < FACTOR
    assert min(after(np.asarray(wrong(choice).initializer((WIDTH, WIDTH)), float))) < 1 / FACTOR


def outputs(choice: Choice, units: int) -> Any:
    fanin.utils.set_random_seed(6)
    x = np.maximum(math.sqrt(2) * np.random.default_rng(2).standard_normal((500, WIDTH)), 0)
    return x @ np.asarray(choice.initializer((WIDTH, units)), float) + choice.bias((units,))


def test_the_prior_is_what_is_predicted_at_the_start() -> None:
    choice = fitting(BY_NAME["prior"], task="binary", positives=0.01)
    predicted = fanin.activations.sigmoid(outputs(choice, 1))
    assert predicted.mean() == pytest.approx(0.01, rel=0.1)
    assert fanin.activations.sigmoid(outputs(wrong(choice), 1)).mean() > 0.1


def test_zero_outputs_start_at_the_loss_of_no_knowledge() -> None:
    choice = fitting(BY_NAME["zero output"], task="classification")
    labels = np.random.default_rng(3).integers(0, 10, 500)
    losses = [
        -np.log(fanin.activations.softmax(outputs(c, 10))[np.arange(500), labels]).mean()
        for c in (choice, wrong(choice))
    ]
    assert losses[0] == pytest.approx(math.log(10), rel=1e-6)
    assert losses[1] > 1.2 * math.log(10)


def test_sub_pixels_start_alike() -> None:
    choice = fitting(BY_NAME["icnr"], task="super_resolution")
    kernel = np.asarray(choice.initializer((3, 3, 8, 16)))
    groups = [len({values.tobytes() for values in np.moveaxis(k, -1, 0)}) for k in (
        kernel, np.asarray(wrong(choice).initializer((3, 3, 8, 16)))
    )]  # fmt: skip
    assert groups == [4, 16]


@pytest.mark.parametrize(("name", "width"), [("lsuv", 32), ("autoinit", WIDTH)])
def test_whole_models_are_adapted(name: str, width: int) -> None:
    choice = fitting(BY_NAME[name], activation="relu", width=width)
    assert choice.rule.place == WHOLE
    x = np.random.default_rng(4).standard_normal((200, width)).astype(np.float32)
    before, after = [], []
    # chance alone moves the logarithm by √(5 depth / width), 2.8 in the narrow network
    for seed in range(6):
        fanin.utils.set_random_seed(seed)
        model = relu_model(choice.network.depth, width, choice.rule.wrong.make(choice.network))

        def last(model: Any = model) -> float:
            y: Any = x
            for layer in model.layers[:-1]:
                y = layer(y)
            return float(np.var(np.asarray(y) @ np.asarray(model.layers[-1].kernel), dtype=float))

        before.append(last())
        choice.initializer.adapt(model, x)
        after.append(last())
    assert not all(1 / FACTOR < variance < FACTOR for variance in before)
    assert all(1 / FACTOR < variance < FACTOR for variance in after)


def relu_model(depth: int, width: int, kernel: Any) -> Any:
    model = fanin.Sequential(
        [layers.Dense(width, "relu", kernel_initializer=kernel.clone()) for _ in range(depth)]
    )
    model.build((None, width))
    return model


# -- The recommendation ----------------------------------------------------------------------------


def test_what_is_best_depends_on_depth_and_activation() -> None:
    def best(**known: Any) -> str:
        found = recommend(**known)
        assert found.initializer.get_config() == found.choices[0].initializer.get_config()
        return found.choices[0].rule.name

    assert best() == "relu"
    assert best(activation="tanh") == "tanh"
    assert best(activation="tanh", depth=50) == "edge of chaos"
    assert best(activation="selu", depth=30) == "selu"
    assert best(activation="selu", depth=50) == "edge of chaos"
    # a function of one's own is judged by its values, whatever it is called
    assert best(activation=np.tanh, depth=3) == "gain"
    assert best(activation="relu", depth=50, width=32) == "relu, narrow"
    assert best(normalization="batch", residual=True, depth=50) == "zero gamma"
    assert best(residual=True) == "fixup"
    assert best(task="language", normalization="layer") == "gpt-2"
    assert isinstance(recommend().initializer, initializers.HeNormal)


def test_predictions_are_those_of_the_model() -> None:
    """Of a chain as wide everywhere, without a model and with one."""
    plain = recommend(activation="gelu", depth=6, width=64)
    model = fanin.Sequential(
        [*(layers.Dense(64, "gelu") for _ in range(5)), layers.Dense(64, name="end")]
    )
    model.build((None, 64))
    built = recommend(model)
    assert built.network.depth == 6
    assert [c.rule.name for c in built.choices][:2] == [c.rule.name for c in plain.choices][:2]
    one, other = plain.choices[0].reach, built.choices[0].reach
    assert one is not None and other is not None
    # the output layer keeps its own, Glorot's, of gain 1 instead of 2.35
    assert other.variance == pytest.approx(one.variance / 2.351722, rel=1e-5)
    assert built.present is not None
    # five times 1 / 2.35 and what is lost by the smaller variance
    assert built.present.variance < 1 / 2.35**5
    assert not built.present.kept


def test_the_first_layer_and_the_outputs_of_a_model() -> None:
    """The first layer brings the signal to the fixed point; outputs of zero are no harm."""
    model = fanin.Sequential(
        [
            *(layers.Dense(64, "silu") for _ in range(30)),
            layers.Dense(10, "softmax", kernel_initializer="zeros"),
        ]
    )
    model.build((None, 64))
    found = recommend(model).choices[0]
    assert found.rule.name == "edge of chaos"
    assert found.reach is not None
    assert found.reach.gradient == pytest.approx(1, rel=1e-6)
    assert found.reach.variance == 0
    assert found.kept


def test_a_model_tells_what_it_is() -> None:
    model = fanin.Sequential(
        [
            layers.Dense(32),
            layers.LayerNormalization(),
            layers.LeakyReLU(0.25),
            layers.Dropout(0.5),
            layers.Dense(32),
            layers.PReLU(alpha_initializer=initializers.Constant(0.25)),
            layers.Dense(16),
            layers.LeakyReLU(0.25),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.build((None, 8))
    before = [np.array(w) for w in model.get_weights()]
    state = random.getstate()
    found = recommend(model, positives=0.1)
    assert random.getstate() == state
    assert found.network == Network(
        "leaky_relu", 0.25, 4, 32, "layer", False, "binary", positives=0.1
    )
    assert [c.rule.name for c in found.choices] == ["layer normalization", "prior"]
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert recommend(model, task="regression").network.task == "regression"


def test_warnings_where_nothing_helps() -> None:
    assert recommend(activation="softplus", depth=50).warnings
    assert not recommend(activation="softplus", depth=2).warnings
    assert "residual" in recommend(normalization="batch", depth=50).warnings[0]
    assert not recommend(depth=50).warnings


@pytest.mark.parametrize(
    "known",
    [
        {"activation": "tanh", "depth": 50, "width": 40},
        {"task": "binary", "positives": 0.01},
        {"residual": True, "normalization": "batch"},
        {"task": "transformer", "width": 64},
        {"activation": "softplus", "depth": 50},
        {"activation": "sine"},
        {"activation": np.tanh},
    ],
)
def test_it_shows_itself(known: dict[str, Any]) -> None:
    found = recommend(**known)
    for shown in (repr(found), found._repr_html_()):
        assert "{" not in shown
        for choice in found.choices:
            assert choice.rule.source.split(",")[0] in shown
    fields = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(fields["choices"]) == len(found.choices)
    assert fields["choices"][0]["initializers"]["kernel"] in repr(found)
    assert fields["warnings"] == found.warnings


@pytest.mark.parametrize(
    ("known", "error", "message"),
    [
        ({"activation": "nothing"}, ValueError, "Could not interpret activation"),
        ({"activation": 3}, TypeError, "`activation` must be a name or a function"),
        ({"activation": lambda x: 0 * x}, ValueError, "`activation` must have a mean square"),
        ({"depth": 0}, ValueError, "`depth` must be at least 1"),
        ({"width": 2.5}, TypeError, "`width` must be an integer"),
        ({"normalization": "group"}, ValueError, "`normalization` must be one of batch"),
        ({"task": "translation"}, ValueError, "`task` must be one of classification"),
        ({"residual": 1}, TypeError, "`residual` must be True or False"),
        ({"task": "language", "residual": False}, ValueError, "must be True for a language"),
        ({"task": "language", "normalization": "batch"}, ValueError, '"layer", "rms" or None'),
        ({"positives": 0.1}, ValueError, '`positives` is for the task "binary"'),
        ({"positives": 1.0, "task": "binary"}, ValueError, "above 0 and below 1"),
        ({"negative_slope": 0.1}, ValueError, "`negative_slope` is for the activations leaky"),
        ({"model": "m"}, TypeError, "`model` must be a model"),
        ({"model": fanin.Sequential([layers.Dense(2)])}, ValueError, "that is built"),
        ({"model": "m", "depth": 3}, TypeError, "may stand beside it. Received: depth"),
    ],
)
def test_bad_arguments(known: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        recommend(**known)


def test_a_model_without_a_dense_layer() -> None:
    model = fanin.Sequential([layers.Flatten()])
    model.build((None, 2, 2))
    with pytest.raises(ValueError, match="must have a dense layer"):
        recommend(model)
