"""Writes surface.json and surface.npz: what Keras on TensorFlow makes of many short runs.

Run with TensorFlow 2.21 and Keras 3.15, on a CPU:

    PYTHONPATH=python python python/tests/golden/make_surface.py [part of a tag]

RUNS are descriptions that `surface.run` follows; VALUES are single calls, for `surface.value`. With
a part of a tag, the others keep what was written before.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import surface  # noqa: E402

RUNS = {}
VALUES = {}


def new(path, /, **arguments):
    return {"new": path, **arguments}


def layer(kind, **arguments):
    return new(f"layers.{kind}", **arguments)


def dense(units, activation=None, **arguments):
    return layer("Dense", units=units, activation=activation, **arguments)


def given(shape=(64,), **arguments):
    return layer("Input", shape=list(shape), **arguments)


def step(path, *positional, **named):
    return [path, list(positional), named]


SGD = new("optimizers.SGD", learning_rate=0.1)
SPARSE = "sparse_categorical_crossentropy"
COMPILE = {
    "optimizer",
    "loss",
    "loss_weights",
    "metrics",
    "weighted_metrics",
    "steps_per_execution",
}
HIDDEN = [given(), dense(16, "relu"), dense(10, "softmax")]


def tell(tag, layers=HIDDEN, steps=None, *, x="$x", y="$labels", seed=42, **settings):
    """Describe a run: compile, fit, evaluate and predict, but for what the settings change."""
    compiling = {"optimizer": "adam", "loss": SPARSE, "metrics": ["accuracy"]}
    fitting = {"epochs": 2, "batch_size": 32, "shuffle": False, "validation_split": 0.2}
    for name, value in settings.items():
        (compiling if name in COMPILE else fitting)[name] = value
    fitting = {name: value for name, value in fitting.items() if value is not None}
    RUNS[tag] = {
        "seed": seed,
        "layers": layers,
        "steps": steps
        or [
            step("compile", **compiling),
            step("fit", x, y, **fitting),
            step("evaluate", x, y),
            step("predict", f"{x}:0:8"),
        ],
    }


def show(tag, of, *calls):
    """Describe single calls of an object or a function."""
    VALUES[tag] = {"of": of, "calls": list(calls)}


def layers():
    def between(tag, *extra, **settings):
        tell(
            f"layer:{tag}",
            [given(), dense(16, use_bias=False), *extra, dense(10, "softmax")],
            **settings,
        )

    normal = layer("BatchNormalization")
    between("batch_normalization", normal, layer("Activation", activation="relu"))
    between(
        "batch_normalization:options",
        layer(
            "BatchNormalization",
            momentum=0.9,
            epsilon=1e-2,
            center=False,
            gamma_regularizer=new("regularizers.L2", l2=0.01),
        ),
        layer("ReLU"),
    )
    between("batch_normalization:no_scale", layer("BatchNormalization", scale=False), epochs=3)
    between("batch_normalization:frozen", layer("BatchNormalization", trainable=False))
    tell(
        "layer:batch_normalization:first",
        [given(), normal, dense(16, "relu"), normal, dense(10, "softmax")],
        batch_size=50,
        shuffle=True,
    )
    tell(
        "layer:batch_normalization:images",
        [given((8, 8)), normal, dense(6, "tanh"), normal, layer("Flatten"), dense(10, "softmax")],
        x="$images",
    )
    tell(
        "layer:batch_normalization:axis",
        [
            given((8, 8)),
            layer("BatchNormalization", axis=1),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        x="$images",
    )
    between("layer_normalization", layer("LayerNormalization"), layer("ReLU"))
    between(
        "layer_normalization:options",
        layer("LayerNormalization", epsilon=1e-5, center=False, scale=True),
    )
    between("layer_normalization:plain", layer("LayerNormalization", center=False, scale=False))
    tell(
        "layer:layer_normalization:axes",
        [
            given((8, 8)),
            layer("LayerNormalization", axis=[1, 2]),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        x="$images",
    )
    between("rms_normalization", layer("RMSNormalization"), layer("ReLU"))
    between("unit_normalization", layer("UnitNormalization"))
    between("dropout", layer("Dropout", rate=0.5), epochs=3)
    between("dropout:0.2", layer("ReLU"), layer("Dropout", rate=0.2, seed=7), shuffle=True)
    between("dropout:0", layer("Dropout", rate=0.0))
    between("dropout:noise_shape", layer("Dropout", rate=0.4, noise_shape=[None, 1]))
    tell(
        "layer:dropout:first",
        [
            given(),
            layer("Dropout", rate=0.1),
            dense(16, "relu"),
            layer("Dropout", rate=0.3),
            dense(10, "softmax"),
        ],
        batch_size=48,
    )
    between("gaussian_noise", layer("GaussianNoise", stddev=0.3))
    between("gaussian_dropout", layer("GaussianDropout", rate=0.3), layer("ReLU"))
    between(
        "alpha_dropout", layer("Activation", activation="selu"), layer("AlphaDropout", rate=0.2)
    )
    between("relu", layer("ReLU", max_value=1.5, negative_slope=0.1, threshold=0.2))
    between("leaky_relu", layer("LeakyReLU"))
    between("leaky_relu:0.1", layer("LeakyReLU", negative_slope=0.1))
    between("prelu", layer("PReLU"), epochs=3)
    between(
        "prelu:options",
        layer(
            "PReLU",
            alpha_initializer=new("initializers.Constant", value=0.25),
            alpha_regularizer="l1",
            alpha_constraint="non_neg",
        ),
    )
    tell(
        "layer:prelu:shared",
        [
            given((8, 8)),
            dense(4),
            layer("PReLU", shared_axes=[1], alpha_initializer="glorot_uniform"),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        x="$images",
    )
    between("elu", layer("ELU", alpha=0.7))
    tell("layer:softmax", [given(), dense(16, "relu"), dense(10), layer("Softmax")])
    tell(
        "layer:activation:softmax", [given(), dense(10), layer("Activation", activation="softmax")]
    )
    between("softmax:between", layer("Softmax"))
    tell(
        "layer:softmax:axis",
        [given((8, 8)), layer("Softmax", axis=1), layer("Flatten"), dense(10, "softmax")],
        x="$images",
    )
    tell(
        "layer:embedding",
        [
            given((12,), dtype="int32"),
            layer("Embedding", input_dim=17, output_dim=4),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        x="$tokens",
        epochs=3,
        # Keras's Adam on TensorFlow squares the gradient of each occurrence of a token by itself.
        optimizer=new("optimizers.SGD", learning_rate=0.5, momentum=0.9),
    )
    tell(
        "layer:embedding:options",
        [
            given((12,), dtype="int32"),
            layer(
                "Embedding",
                input_dim=17,
                output_dim=4,
                embeddings_initializer="glorot_normal",
                embeddings_regularizer=new("regularizers.L2", l2=1e-3),
                embeddings_constraint=new("constraints.MaxNorm", max_value=0.5, axis=1),
            ),
            dense(3, "relu"),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        x="$tokens",
        optimizer=new("optimizers.Adagrad", learning_rate=0.05),
    )
    tell(
        "layer:normalization",
        [layer("Normalization"), dense(16, "relu"), dense(10, "softmax")],
        [
            step("layers.0.adapt", "$x"),
            step("compile", optimizer="adam", loss=SPARSE, metrics=["accuracy"]),
            step("fit", "$x", "$labels", epochs=2, shuffle=False),
            step("evaluate", "$x", "$labels"),
            step("predict", "$x:0:8"),
        ],
    )
    tell(
        "layer:normalization:given",
        [
            given(),
            layer("Normalization", mean=0.3, variance=0.5),
            dense(16, "relu"),
            layer("Normalization", mean=0.5, variance=2.0, invert=True),
            dense(10, "softmax"),
        ],
    )
    tell(
        "layer:normalization:images",
        [
            given((8, 8)),
            layer("Normalization", axis=None),
            layer("Flatten"),
            dense(10, "softmax"),
        ],
        [
            step("layers.0.adapt", "$images"),
            step("compile", optimizer="adam", loss=SPARSE),
            step("fit", "$images", "$labels", shuffle=False),
            step("predict", "$images:0:8"),
        ],
    )
    tell(
        "layer:rescaling",
        [
            given(),
            layer("Rescaling", scale=2.0, offset=-1.0),
            dense(16, "relu"),
            dense(10, "softmax"),
        ],
    )
    tell(
        "layer:flatten",
        [given((8, 8)), layer("Flatten"), dense(16, "relu"), dense(10, "softmax")],
        x="$images",
    )
    tell(
        "layer:reshape",
        [
            given(),
            layer("Reshape", target_shape=[8, -1]),
            dense(5, "relu"),
            layer("Reshape", target_shape=[40]),
            dense(10, "softmax"),
        ],
    )
    tell(
        "layer:dense:rank_3",
        [given((8, 8)), dense(6, "tanh"), dense(4, "gelu"), layer("Flatten"), dense(10, "softmax")],
        x="$images",
    )
    tell(
        "layer:dense:rank_3:output",
        [given((8, 8)), dense(12, "relu"), dense(10, "softmax")],
        x="$images",
        y="$rows_of_labels",
    )
    tell("layer:dense:no_bias", [given(), dense(16, "tanh", use_bias=False), dense(10, "softmax")])
    tell("layer:identity", [given(), layer("Identity"), dense(10, "softmax")])
    between("activity_regularization", layer("ActivityRegularization", l1=1e-3, l2=1e-2))
    tell(
        "layer:dense:log_softmax",
        [given(), dense(16, "log_softmax"), dense(10, "softmax")],
    )
    for name in ("sparsemax", "softmax"):
        tell(f"layer:dense:{name}", [given(), dense(8, name), dense(10, "softmax")])
    for name in (
        "celu",
        "exponential",
        "hard_shrink",
        "hard_silu",
        "hard_tanh",
        "log_sigmoid",
        "mish",
        "soft_shrink",
        "sparse_plus",
        "sparse_sigmoid",
        "squareplus",
        "tanh_shrink",
    ):
        tell(f"activation:{name}", [given(), dense(16, name), dense(10, "softmax")], epochs=1)


def penalties():
    def kernel(tag, **settings):
        tell(tag, [given(), dense(16, "relu", **settings), dense(10, "softmax")])

    for name, made in {
        "l1": "l1",
        "l2": "l2",
        "l1l2": new("regularizers.L1L2", l1=1e-3, l2=1e-2),
        "l1_l2": new("regularizers.l1_l2", l1=0.002, l2=0.0),
        "orthogonal": new("regularizers.OrthogonalRegularizer", factor=0.1),
        "orthogonal_columns": new("regularizers.OrthogonalRegularizer", factor=0.1, mode="columns"),
    }.items():
        kernel(f"regularizer:{name}", kernel_regularizer=made)
    kernel("regularizer:bias", bias_regularizer="l2", bias_initializer="ones")
    kernel("regularizer:activity", activity_regularizer=new("regularizers.L2", l2=1e-2))
    kernel("regularizer:activity_l1", activity_regularizer="l1", kernel_regularizer="l2")
    tell(
        "regularizer:sum",
        [given(), dense(16, "relu", kernel_regularizer="l2"), dense(10, "softmax")],
        optimizer=SGD,
        loss=new("losses.SparseCategoricalCrossentropy", reduction="sum"),
        loss_weights=0.05,
    )
    for name, made in {
        "max_norm": new("constraints.MaxNorm", max_value=0.7),
        "min_max_norm": new("constraints.MinMaxNorm", min_value=0.5, max_value=0.8, rate=0.6),
        "unit_norm": "unit_norm",
        "non_neg": "non_neg",
        "unit_norm_axis": new("constraints.UnitNorm", axis=1),
    }.items():
        kernel(f"constraint:{name}", kernel_constraint=made)
    kernel("constraint:bias", bias_constraint="NonNeg")
    for tag, kind in {
        "l1": new("regularizers.L1", l1=0.3),
        "l2": new("regularizers.L2", l2=0.3),
        "l1l2": new("regularizers.L1L2", l1=0.1, l2=0.2),
        "orthogonal": new("regularizers.OrthogonalRegularizer", factor=0.4),
    }.items():
        show(f"regularizer:{tag}", kind, step("", "$grid"))
    for tag, kind in {
        "max_norm": new("constraints.MaxNorm", max_value=3.0, axis=1),
        "min_max_norm": new("constraints.MinMaxNorm", min_value=2.0, max_value=3.0, rate=0.5),
        "non_neg": new("constraints.NonNeg"),
        "unit_norm": new("constraints.UnitNorm", axis=[0, 1]),
    }.items():
        show(f"constraint:{tag}", kind, step("", "$grid"))


def optimizers():
    def by(tag, kind, **arguments):
        tell(f"optimizer:{tag}", optimizer=new(f"optimizers.{kind}", **arguments), epochs=3)

    by("sgd:decay", "SGD", learning_rate=0.1, weight_decay=0.01, momentum=0.5)
    by("sgd:clipnorm", "SGD", learning_rate=0.2, clipnorm=0.3)
    by("sgd:clipvalue", "SGD", learning_rate=0.2, clipvalue=0.02)
    by("sgd:global_clipnorm", "SGD", learning_rate=0.2, global_clipnorm=0.4)
    by("sgd:accumulation", "SGD", learning_rate=0.2, gradient_accumulation_steps=3)
    by("sgd:ema", "SGD", learning_rate=0.2, use_ema=True, ema_momentum=0.8)
    by("adam:options", "Adam", learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-4)
    by("adam:amsgrad:clip", "Adam", amsgrad=True, global_clipnorm=0.5, weight_decay=0.02)
    by("adam:accumulation", "Adam", learning_rate=0.01, gradient_accumulation_steps=4)
    by(
        "adam:ema",
        "Adam",
        learning_rate=0.01,
        use_ema=True,
        ema_momentum=0.9,
        ema_overwrite_frequency=5,
    )
    by("adam:accumulation:ema", "Adam", use_ema=True, gradient_accumulation_steps=2, clipnorm=0.1)
    by("adam:loss_scale", "Adam", loss_scale_factor=8.0)
    by("adamw", "AdamW", learning_rate=0.005, weight_decay=0.1)
    by("nadam", "Nadam", learning_rate=0.01, beta_1=0.8, weight_decay=0.01)
    by("adamax", "Adamax", learning_rate=0.01, beta_2=0.9)
    by("rmsprop", "RMSprop", learning_rate=0.005, rho=0.8, momentum=0.3, clipvalue=0.01)
    by("rmsprop:centered", "RMSprop", learning_rate=0.003, centered=True, epsilon=1e-3)
    by("adagrad", "Adagrad", learning_rate=0.05, initial_accumulator_value=0.01, clipnorm=0.5)
    by("adadelta", "Adadelta", learning_rate=1.0, rho=0.9, epsilon=1e-5)
    by("ftrl", "Ftrl", learning_rate=0.1)
    by(
        "ftrl:options",
        "Ftrl",
        learning_rate=0.1,
        learning_rate_power=-0.6,
        l1_regularization_strength=0.001,
        l2_regularization_strength=0.01,
        l2_shrinkage_regularization_strength=0.01,
        beta=0.1,
    )
    by("lion", "Lion", learning_rate=0.001, weight_decay=0.1)
    by("lamb", "Lamb", learning_rate=0.01, weight_decay=0.01)
    # A hidden unit that is 0 for a whole batch makes Keras's Adafactor divide 0 by 0.
    smooth = [given(), dense(16, "tanh"), dense(10, "softmax")]
    for tag, arguments in {
        "adafactor": {},
        "adafactor:absolute": {"relative_step": False, "beta_2_decay": -0.6},
    }.items():
        optimizer = new("optimizers.Adafactor", learning_rate=0.05, **arguments)
        tell(f"optimizer:{tag}", smooth, optimizer=optimizer, epochs=3)
    by("muon", "Muon", learning_rate=0.01)
    by("muon:options", "Muon", learning_rate=0.02, momentum=0.9, nesterov=False, weight_decay=0.1)
    tell("optimizer:string:lion", optimizer="Lion")
    tell("optimizer:string:rmsprop", optimizer="rmsprop", epochs=1)
    tell(
        "optimizer:constraint:accumulation",
        [
            given(),
            dense(16, "relu", kernel_regularizer="l2", kernel_constraint="max_norm"),
            dense(10, "softmax", kernel_constraint="unit_norm"),
        ],
        optimizer=new("optimizers.Adam", gradient_accumulation_steps=2, global_clipnorm=1.0),
    )
    tell(
        "optimizer:learning_rate",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE),
            step("fit", "$x", "$labels", epochs=1, shuffle=False),
            step("set", "optimizer.learning_rate", 0.01),
            step("fit", "$x", "$labels", epochs=1, shuffle=False),
            step("predict", "$x:0:8"),
        ],
    )


def schedules():
    for tag, kind in {
        "exponential": new(
            "ExponentialDecay", initial_learning_rate=0.1, decay_steps=7, decay_rate=0.5
        ),
        "exponential:staircase": new(
            "ExponentialDecay",
            initial_learning_rate=0.1,
            decay_steps=7,
            decay_rate=0.5,
            staircase=True,
        ),
        "piecewise": new("PiecewiseConstantDecay", boundaries=[4, 9], values=[0.1, 0.05, 0.01]),
        "polynomial": new(
            "PolynomialDecay",
            initial_learning_rate=0.1,
            decay_steps=12,
            end_learning_rate=0.01,
            power=2.0,
        ),
        "polynomial:cycle": new(
            "PolynomialDecay", initial_learning_rate=0.1, decay_steps=6, cycle=True
        ),
        "inverse_time": new(
            "InverseTimeDecay", initial_learning_rate=0.1, decay_steps=5, decay_rate=0.7
        ),
        "inverse_time:staircase": new(
            "InverseTimeDecay",
            initial_learning_rate=0.1,
            decay_steps=5,
            decay_rate=0.7,
            staircase=True,
        ),
        "cosine": new("CosineDecay", initial_learning_rate=0.1, decay_steps=14, alpha=0.1),
        "cosine:warmup": new(
            "CosineDecay",
            initial_learning_rate=0.01,
            decay_steps=12,
            warmup_target=0.1,
            warmup_steps=4,
        ),
        "cosine_restarts": new(
            "CosineDecayRestarts",
            initial_learning_rate=0.1,
            first_decay_steps=4,
            t_mul=1.5,
            m_mul=0.8,
            alpha=0.05,
        ),
    }.items():
        kind = {**kind, "new": f"optimizers.schedules.{kind['new']}"}
        tell(f"schedule:{tag}", optimizer=new("optimizers.SGD", learning_rate=kind))
        for at in (0, 1, 5, 9, 40):
            show(f"schedule:{tag}:{at}", kind, step("", at))
    decay = new("optimizers.schedules.CosineDecay", initial_learning_rate=0.01, decay_steps=20)
    tell("schedule:adamw", optimizer=new("optimizers.AdamW", learning_rate=decay))


def losses():
    ten = [given(), dense(16, "relu"), dense(10, "softmax")]
    signs = [given(), dense(16, "relu"), dense(10, "tanh")]
    three = [given(), dense(16, "relu"), dense(3, "softplus")]
    free = [given(), dense(16, "relu"), dense(10)]
    one = [given(), dense(16, "relu"), dense(1, "sigmoid")]
    logit = [given(), dense(16, "relu"), dense(1)]
    mae = new("metrics.MeanAbsoluteError")

    def by(tag, layers, y, loss, metrics=("accuracy",), **settings):
        tell(f"loss:{tag}", layers, y=y, loss=loss, metrics=list(metrics), **settings)

    def kind(name, **arguments):
        return new(f"losses.{name}", **arguments)

    for name in (
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
        "cosine_similarity",
        "poisson",
        "kl_divergence",
        "mse",
        "MAE",
    ):
        by(name, three, "$targets", name, [mae])
    by("huber:0.3", three, "$targets", kind("Huber", delta=0.3), [mae])
    by("cosine:axis", three, "$targets", kind("CosineSimilarity", axis=-1), [mae])
    for name in ("hinge", "squared_hinge", "categorical_hinge"):
        by(name, signs, "$onehot" if name.startswith("cat") else "$signs", name)
    by("hinge:bits", signs, "$onehot", "hinge")
    by("categorical", ten, "$onehot", "categorical_crossentropy")
    by("categorical:smooth", ten, "$onehot", kind("CategoricalCrossentropy", label_smoothing=0.2))
    by("categorical:logits", free, "$onehot", kind("CategoricalCrossentropy", from_logits=True))
    by("sparse:logits", free, "$labels", kind("SparseCategoricalCrossentropy", from_logits=True))
    by("sparse:ignore", ten, "$ignored", kind("SparseCategoricalCrossentropy", ignore_class=3))
    by("sparse:column", ten, "$column", SPARSE)
    by("binary", one, "$odd", "binary_crossentropy")
    by("binary:column", one, "$odd_column", "bce")
    by("binary:logits", logit, "$odd", kind("BinaryCrossentropy", from_logits=True))
    by("binary:smooth", one, "$odd_column", kind("BinaryCrossentropy", label_smoothing=0.1))
    by("binary:many", [given(), dense(10, "sigmoid")], "$onehot", "binary_crossentropy")
    by("binary:hard", [given(), dense(1, "hard_sigmoid")], "$odd", "binary_crossentropy")
    by("binary_focal", one, "$odd_column", "binary_focal_crossentropy")
    by(
        "binary_focal:options",
        one,
        "$odd_column",
        kind("BinaryFocalCrossentropy", apply_class_balancing=True, alpha=0.4, gamma=1.5),
    )
    by(
        "binary_focal:logits",
        logit,
        "$odd_column",
        kind("BinaryFocalCrossentropy", from_logits=True, label_smoothing=0.1),
    )
    by("categorical_focal", ten, "$onehot", "categorical_focal_crossentropy")
    by(
        "categorical_focal:options",
        free,
        "$onehot",
        kind("CategoricalFocalCrossentropy", alpha=0.4, gamma=1.0, from_logits=True),
    )
    by("dice", ten, "$onehot", kind("Dice", axis=-1))
    by("tversky", ten, "$onehot", kind("Tversky", alpha=0.3, beta=0.7, axis=-1))
    by("generalized", ten, "$labels", kind("CategoricalGeneralizedCrossEntropy", q=0.7))
    by("crossentropy:sparse", ten, "$labels", "crossentropy")
    by("crossentropy:onehot", ten, "$onehot", "ce")
    by("crossentropy:binary", one, "$odd", "crossentropy")
    by("function", ten, "$labels", {"get": f"losses.{SPARSE}"})
    by(
        "sum",
        ten,
        "$labels",
        kind("SparseCategoricalCrossentropy", reduction="sum"),
        optimizer=new("optimizers.SGD", learning_rate=0.002),
    )
    by(
        "mean_with_sample_weight",
        ten,
        "$labels",
        kind("SparseCategoricalCrossentropy", reduction="mean_with_sample_weight"),
        sample_weight="$weights",
    )
    by("loss_weights", ten, "$labels", SPARSE, loss_weights=[0.3], optimizer=SGD)
    by("softmax:mse", ten, "$onehot", "mse")
    by("sigmoid:mae", one, "$odd", "mae")

    pairs = {
        "MeanSquaredError": {},
        "MeanAbsoluteError": {},
        "MeanAbsolutePercentageError": {},
        "MeanSquaredLogarithmicError": {},
        "Huber": {"delta": 0.5},
        "LogCosh": {},
        "CosineSimilarity": {},
        "KLDivergence": {},
        "Poisson": {},
        "Hinge": {},
        "SquaredHinge": {},
        "CategoricalHinge": {},
        "BinaryCrossentropy": {"label_smoothing": 0.1},
        "CategoricalCrossentropy": {},
        "BinaryFocalCrossentropy": {},
        "CategoricalFocalCrossentropy": {},
        "Tversky": {},
        "Dice": {},
    }
    for name, arguments in pairs.items():
        for reduction in ("none", "sum", "mean_with_sample_weight"):
            if name in ("Dice", "Tversky") and reduction == "none":
                continue
            show(
                f"loss:{name}:{reduction}",
                kind(name, reduction=reduction, **arguments),
                step(
                    "",
                    "$bits",
                    "$chances",
                    **({} if name in ("Dice", "Tversky") else {"sample_weight": "$eight"}),
                ),
            )


def metrics():
    def of(kind, /, **arguments):
        return new(f"metrics.{kind}", **arguments)

    tell(
        "metrics:onehot",
        y="$onehot",
        loss="categorical_crossentropy",
        metrics=[
            "categorical_accuracy",
            of("TopKCategoricalAccuracy", k=3),
            of("Precision"),
            of("Recall", thresholds=0.3),
            of("Precision", top_k=2, name="precision_top"),
            of("Recall", class_id=4, name="recall_4"),
            of("AUC"),
            of("F1Score", average="macro"),
            of("FBetaScore", beta=0.5, average="weighted", threshold=0.2),
            of("F1Score", average="micro", name="micro"),
            of("CategoricalCrossentropy", label_smoothing=0.1),
            "cosine_similarity",
            "mse",
            "mae",
            of("RootMeanSquaredError"),
            "kl_divergence",
            "poisson",
            of("LogCoshError"),
            of("CategoricalHinge"),
            of("R2Score"),
            of("OneHotIoU", num_classes=10, target_class_ids=[0, 3]),
            of("OneHotMeanIoU", num_classes=10),
            {"get": "metrics.mean_absolute_percentage_error"},
        ],
    )
    tell(
        "metrics:auc:multi_label",
        [given(), dense(10, "sigmoid")],
        y="$onehot",
        loss="binary_crossentropy",
        metrics=[
            of("AUC", multi_label=True, num_labels=10, num_thresholds=30),
            "binary_accuracy",
            "accuracy",
            "binary_crossentropy",
        ],
    )
    tell(
        "metrics:sparse",
        metrics=[
            "acc",
            "sparse_categorical_accuracy",
            of("SparseTopKCategoricalAccuracy", k=2),
            of("SparseCategoricalCrossentropy"),
            of("MeanIoU", num_classes=10, sparse_y_pred=False),
            of("IoU", num_classes=10, target_class_ids=[1, 2], sparse_y_pred=False),
        ],
    )
    tell(
        "metrics:binary",
        [given(), dense(16, "relu"), dense(1, "sigmoid")],
        y="$odd_column",
        loss="binary_crossentropy",
        seed=3,
        metrics=[
            "accuracy",
            of("BinaryAccuracy", threshold=0.3),
            of("BinaryCrossentropy"),
            "Precision",
            of("Recall", thresholds=0.7),
            of("AUC", name="roc"),
            of("AUC", curve="PR", name="pr"),
            of("AUC", num_thresholds=50, summation_method="minoring", name="minor"),
            of("AUC", num_thresholds=50, summation_method="majoring", name="major"),
            of("AUC", thresholds=[0.2, 0.5, 0.6], name="given"),
            of("TruePositives"),
            of("TrueNegatives"),
            of("FalsePositives"),
            of("FalseNegatives", thresholds=0.4),
            of("PrecisionAtRecall", recall=0.6),
            of("RecallAtPrecision", precision=0.6),
            of("SensitivityAtSpecificity", specificity=0.6),
            of("SpecificityAtSensitivity", sensitivity=0.6),
            of("BinaryIoU", target_class_ids=[0, 1], threshold=0.4),
            of("F1Score", threshold=0.5, average="micro"),
            "hinge",
            "squared_hinge",
        ],
    )
    tell(
        "metrics:logits",
        [given(), dense(16, "relu"), dense(1)],
        y="$odd_column",
        loss=new("losses.BinaryCrossentropy", from_logits=True),
        seed=3,
        metrics=[
            of("AUC", from_logits=True),
            of("BinaryCrossentropy", from_logits=True),
            of("BinaryAccuracy", threshold=0.0),
        ],
    )
    tell(
        "metrics:regression",
        [given(), dense(16, "relu"), dense(3)],
        y="$targets",
        loss="mse",
        metrics=[
            "mse",
            "mae",
            "mape",
            "msle",
            of("RootMeanSquaredError"),
            of("R2Score"),
            of("R2Score", class_aggregation="variance_weighted_average", name="r2_weighted"),
            of("CosineSimilarity"),
            of("LogCoshError"),
            of("PearsonCorrelation"),
            of("ConcordanceCorrelation"),
        ],
    )
    tell(
        "metrics:weighted",
        HIDDEN,
        [
            step(
                "compile",
                optimizer="adam",
                loss=SPARSE,
                metrics=["accuracy", "sparse_categorical_crossentropy"],
                weighted_metrics=["accuracy", of("SparseTopKCategoricalAccuracy", k=2)],
            ),
            step("fit", "$x", "$labels", sample_weight="$weights", validation_split=0.2),
            # As a list, it would hold Keras's first weighted metric twice.
            step("evaluate", "$x", "$labels", return_dict=True),
        ],
    )
    tell(
        "metrics:weighted:binary",
        [given(), dense(1, "sigmoid")],
        y="$odd_column",
        loss="binary_crossentropy",
        metrics=None,
        weighted_metrics=[of("AUC"), of("Precision"), of("F1Score", threshold=0.5), "mae"],
        sample_weight="$weights",
    )
    for name, y, pred, arguments in (
        ("Accuracy", "$bits", "$bits", {}),
        ("BinaryAccuracy", "$bits", "$chances", {"threshold": 0.1}),
        ("CategoricalAccuracy", "$bits", "$chances", {}),
        ("TopKCategoricalAccuracy", "$bits", "$chances", {"k": 3}),
        ("AUC", "$bits", "$chances", {}),
        ("Precision", "$bits", "$chances", {"thresholds": [0.05, 0.1, 0.2]}),
        ("F1Score", "$bits", "$chances", {}),
        ("FBetaScore", "$bits", "$chances", {"beta": 2.0, "threshold": 0.1}),
        ("R2Score", "$bits", "$chances", {"class_aggregation": None}),
        ("R2Score", "$bits", "$grid", {"num_regressors": 4}),
        ("RootMeanSquaredError", "$bits", "$chances", {}),
        ("PearsonCorrelation", "$bits", "$chances", {}),
        ("MeanAbsoluteError", "$bits", "$chances", {}),
        ("KLDivergence", "$bits", "$chances", {}),
        ("LogCoshError", "$bits", "$grid", {}),
    ):
        calls = [step("update_state", y, pred), step("update_state", pred, y)]
        if name in ("Accuracy", "AUC", "Precision", "F1Score", "FBetaScore"):
            calls = calls[:1]
        show(f"metric:{name}:{''.join(arguments)}", of(name, **arguments), *calls, step("result"))
    show(
        "metric:Mean",
        of("Mean"),
        step("update_state", [1.0, 2.0, 6.0], [1.0, 1.0, 2.0]),
        step("result"),
    )
    show("metric:Sum", of("Sum"), step("update_state", [1.0, 2.0, 6.0]), step("result"))


def activations():
    for name in (
        "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
        "leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink "
        "softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh "
        "tanh_shrink"
    ).split():
        show(f"activation:{name}", {"get": f"activations.{name}"}, step("", "$grid"))
    for name, arguments in (
        ("threshold", {"threshold": 0.5, "default_value": -1.0}),
        ("gelu", {"approximate": True}),
        ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
        ("leaky_relu", {"negative_slope": 0.3}),
        ("elu", {"alpha": 0.5}),
        ("softmax", {"axis": 0}),
    ):
        show(
            f"activation:{name}:options",
            {"get": f"activations.{name}"},
            step("", "$grid", **arguments),
        )


def training():
    tell("fit:shuffle", shuffle=True, epochs=3)
    tell("fit:shuffle:seed", shuffle=True, seed=7, batch_size=50, optimizer=SGD)
    tell("fit:shuffle:batch", shuffle="batch", seed=1)
    tell("fit:sample_weight", sample_weight="$weights")
    tell("fit:class_weight", class_weight={"0": 2.0, "3": 0.5, "7": 4.0})
    tell(
        "fit:class_weight:onehot",
        y="$onehot",
        loss="categorical_crossentropy",
        class_weight={"0": 2.0, "9": 0.25},
    )
    tell(
        "fit:class_weight:binary",
        [given(), dense(1, "sigmoid")],
        y="$odd",
        loss="binary_crossentropy",
        class_weight={"0": 1.0, "1": 3.0},
        shuffle=True,
    )
    tell(
        "fit:validation_data",
        validation_split=None,
        validation_data=["$x:200:320", "$labels:200:320"],
        validation_batch_size=50,
    )
    tell(
        "fit:validation_freq",
        validation_freq=2,
        epochs=5,
    )
    tell("fit:initial_epoch", initial_epoch=2, epochs=4)
    tell("fit:float64", x="$x64")
    tell("fit:batch_size:1000", batch_size=1000)
    tell("fit:steps_per_execution", steps_per_execution=4)
    tell("fit:no_loss_metrics", metrics=None)
    tell(
        "fit:callbacks",
        epochs=8,
        optimizer=new("optimizers.SGD", learning_rate=0.5),
        callbacks=[
            new("callbacks.ReduceLROnPlateau", patience=1, factor=0.5, min_delta=0.05),
            new("callbacks.EarlyStopping", patience=2, restore_best_weights=True, min_delta=0.02),
        ],
    )
    tell(
        "fit:early_stopping",
        epochs=8,
        optimizer=new("optimizers.Adam", learning_rate=0.05),
        callbacks=[
            new(
                "callbacks.EarlyStopping",
                monitor="val_accuracy",
                patience=1,
                restore_best_weights=True,
                start_from_epoch=1,
            ),
            new("callbacks.TerminateOnNaN"),
        ],
    )
    tell(
        "fit:nan",
        optimizer=new("optimizers.SGD", learning_rate=1e30),
        loss="mse",
        y="$onehot",
        layers=[given(), dense(10)],
        callbacks=[new("callbacks.TerminateOnNaN")],
        epochs=4,
        metrics=None,
    )
    tell(
        "fit:twice",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE, metrics=["accuracy"]),
            step("fit", "$x", "$labels", epochs=2),
            step("fit", "$x", "$labels", epochs=1, shuffle=False, validation_split=0.25),
            step("compile", optimizer="sgd", loss=SPARSE, metrics=["accuracy"]),
            step("fit", "$x", "$labels"),
            step("predict", "$x:0:8", batch_size=3),
        ],
    )
    both = [
        step("evaluate", "$x", "$labels"),
        step("predict", "$x:0:8"),
    ]
    for kind in ("generator", "sequence"):
        source = {"rows": [kind, "$x", "$labels", 30]}
        named = {"steps_per_epoch": 11} if kind == "generator" else {}
        tell(
            f"fit:{kind}",
            HIDDEN,
            [
                step("compile", optimizer="adam", loss=SPARSE, metrics=["accuracy"]),
                step(
                    "fit",
                    source,
                    epochs=2,
                    shuffle=False,
                    validation_data=["$x:0:50", "$labels:0:50"],
                    **named,
                ),
                step("evaluate", source, **({"steps": 4} if named else {})),
                *both,
            ],
        )
    tell(
        "fit:generator:weights",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE, weighted_metrics=["accuracy"]),
            step(
                "fit",
                {"rows": ["generator", "$x", "$labels", 64, "$weights"]},
                epochs=3,
                steps_per_epoch=4,
            ),
            *both,
        ],
    )
    tell(
        "fit:steps_per_epoch",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE, metrics=["accuracy"]),
            step("fit", "$x", "$labels", epochs=2, steps_per_epoch=5, shuffle=False),
            *both,
        ],
    )
    weights = {"sample_weight": "$weights:0:40"}
    tell(
        "batch",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE, metrics=["accuracy"]),
            step("train_on_batch", "$x:0:40", "$labels:0:40"),
            step("train_on_batch", "$x:40:80", "$labels:40:80"),
            step("train_on_batch", "$x:0:40", "$labels:0:40", return_dict=True, **weights),
            step(
                "train_on_batch",
                "$x:0:40",
                "$labels:0:40",
                class_weight={"1": 3.0},
                return_dict=True,
            ),
            step("test_on_batch", "$x:40:80", "$labels:40:80"),
            step("test_on_batch", "$x:40:80", "$labels:40:80", return_dict=True),
            step("reset_metrics"),
            step("test_on_batch", "$x:40:80", "$labels:40:80"),
            step("predict_on_batch", "$x:0:8"),
            step("evaluate", "$x", "$labels", return_dict=True),
        ],
    )
    tell(
        "batch:noise",
        [
            given(),
            dense(16),
            layer("BatchNormalization"),
            layer("Dropout", rate=0.3),
            dense(10, "softmax"),
        ],
        [
            step("compile", optimizer="sgd", loss=SPARSE),
            *[step("train_on_batch", "$x:0:64", "$labels:0:64") for _ in range(4)],
            *both,
        ],
    )
    tell(
        "evaluate:weights",
        HIDDEN,
        [
            step("compile", optimizer="adam", loss=SPARSE, weighted_metrics=["accuracy"]),
            step("fit", "$x", "$labels", shuffle=False),
            step("evaluate", "$x", "$labels", sample_weight="$weights", batch_size=50),
            step("evaluate", "$x", "$labels", steps=3),
            step("predict", "$x:0:8"),
        ],
    )
    frozen = [
        given(),
        dense(16, "relu"),
        layer("BatchNormalization"),
        dense(12, "tanh", trainable=False),
        dense(10, "softmax"),
    ]
    tell("frozen:layer", frozen)
    tell(
        "frozen:later",
        frozen,
        [
            step("compile", optimizer="adam", loss=SPARSE),
            step("fit", "$x", "$labels", shuffle=False),
            step("set", "layers.0.trainable", False),
            step("set", "layers.1.trainable", False),
            step("set", "layers.2.trainable", True),
            step("compile", optimizer="rmsprop", loss=SPARSE),
            step("fit", "$x", "$labels", shuffle=False),
            step("set", "trainable", False),
            step("evaluate", "$x", "$labels"),
            step("predict", "$x:0:8"),
        ],
    )
    wide = [
        given(dtype="float64"),
        dense(16, "relu", dtype="float64"),
        layer("BatchNormalization", dtype="float64"),
        layer("Dropout", rate=0.2, dtype="float64"),
        dense(10, "softmax", dtype="float64"),
    ]
    tell("float64", wide, x="$x64")
    tell(
        "float64:normal",
        [
            given(dtype="float64"),
            dense(10, "gelu", kernel_initializer="he_normal", dtype="float64"),
            dense(10, "softmax", dtype="float64"),
        ],
        x="$x64",
        optimizer=SGD,
    )
    tell(
        "deferred",
        [dense(16, "relu"), layer("BatchNormalization"), layer("Dropout", rate=0.2), dense(10)],
        loss=new("losses.SparseCategoricalCrossentropy", from_logits=True),
        shuffle=True,
    )
    tell(
        "deep",
        [
            given((8, 8)),
            layer("Rescaling", scale=1.5),
            layer("Flatten"),
            dense(24, kernel_initializer="he_normal", use_bias=False),
            layer("BatchNormalization"),
            layer("LeakyReLU", negative_slope=0.1),
            layer("Dropout", rate=0.3),
            dense(12, "selu", kernel_initializer="lecun_normal", kernel_regularizer="l2"),
            layer("LayerNormalization"),
            layer("GaussianNoise", stddev=0.1),
            dense(10, "softmax"),
        ],
        x="$images",
        shuffle=True,
        optimizer=new("optimizers.AdamW", learning_rate=0.01, clipnorm=1.0),
    )


def main(part):
    for describe in (
        layers,
        penalties,
        optimizers,
        schedules,
        losses,
        metrics,
        activations,
        training,
    ):
        describe()
    before = json.loads((HERE / "surface.json").read_text()) if part else {}
    arrays_before = dict(np.load(HERE / "surface.npz")) if part else {}
    arrays, runs, failed = {}, {}, []
    for tag, description in {**RUNS, **{f"value|{t}": v for t, v in VALUES.items()}}.items():
        of_value = tag.startswith("value|")
        if part not in tag:
            arrays |= {
                k: v for k, v in arrays_before.items() if k.rpartition("|")[0] == tag or k == tag
            }
            if not of_value:
                runs[tag] = before["runs"][tag]
            continue
        try:
            if of_value:
                arrays[tag] = surface.value(keras, description)
                continue
            hashes, results = surface.run(keras, description)
        except Exception as error:
            failed.append(f"{tag}: {type(error).__name__} {error}")
            continue
        for i, result in enumerate(results):
            if isinstance(result, np.ndarray):
                arrays[f"{tag}|{i}"] = result
                results[i] = "array"
        runs[tag] = {**description, "initial": hashes, "results": results}
    if failed:
        raise SystemExit("\n".join(failed))
    text = {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "runs": runs,
        "values": VALUES,
    }
    (HERE / "surface.json").write_text(json.dumps(text, separators=(",", ":")) + "\n")
    np.savez_compressed(HERE / "surface.npz", **arrays)


main("".join(sys.argv[1:]))
