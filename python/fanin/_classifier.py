"""The network that comparisons train and diagnoses look into."""

from collections.abc import Callable
from typing import Any

from .layers import Dense
from .models import Sequential


def classifier(
    initializer: Callable[[], Any], depth: int, units: int, activation: str, classes: int
) -> Sequential:
    """Return ``depth`` times ``Dense(units, activation)`` and ``Dense(classes, "softmax")``.

    `initializer` is called for each kernel.
    """
    # names of their own, so that the caller's next layer is still called dense
    layers = [
        Dense(
            units,
            activation=activation,
            kernel_initializer=initializer(),
            name=f"hidden_{index + 1}",
        )
        for index in range(depth)
    ]
    layers.append(
        Dense(classes, activation="softmax", kernel_initializer=initializer(), name="output")
    )
    return Sequential(layers, name="classifier")
