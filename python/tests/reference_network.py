"""The dense core in NumPy, written to be read: Keras's formulas in float64, one line each.

What test_network.py and test_trainer.py hold against the native library.
"""

import math

import numpy as np

EPSILON = 1e-7  # keras.backend.epsilon(), to which probabilities are clipped


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


FORWARD = {
    "linear": lambda z: z,
    "relu": lambda z: np.where(z > 0, z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softmax": softmax,
}
# The gradient with respect to z, from that with respect to the output a.
BACKWARD = {
    "linear": lambda a, g: g,
    "relu": lambda a, g: np.where(a > 0, g, 0),
    "tanh": lambda a, g: g * (1 - a * a),
    "sigmoid": lambda a, g: g * a * (1 - a),
    "softmax": lambda a, g: a * (g - (g * a).sum(axis=1, keepdims=True)),
}


def forward(weights, activations, x):
    """Return the outputs of all layers, x first; weights is [(kernel, bias or None), ...]."""
    outputs = [x]
    for (kernel, bias), activation in zip(weights, activations, strict=True):
        z = outputs[-1] @ kernel + (0 if bias is None else bias)
        outputs.append(FORWARD[activation](z))
    return outputs


def sample_losses(kind, y, p, from_logits=False, label_smoothing=0.0):
    """Return each sample's loss and the gradient of it with respect to the prediction p.

    y is rows of targets for every kind; p are probabilities or, `from_logits`, logits.
    """
    units = p.shape[1]
    if kind == "mean_squared_error":
        return ((p - y) ** 2).mean(axis=1), 2 * (p - y) / units
    y = y * (1 - label_smoothing) + label_smoothing / units
    if from_logits:
        q = softmax(p)
        shifted = p - p.max(axis=1, keepdims=True)
        log_q = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        # TensorFlow's gradient, which takes the y of a row to have the sum 1.
        return -(y * log_q).sum(axis=1), q - y
    inside = (p >= EPSILON) & (p <= 1 - EPSILON)
    if kind == "sparse_categorical_crossentropy":
        # TensorFlow: log(clip(p)) is taken for logits.
        clipped = np.clip(p, EPSILON, 1 - EPSILON)
        q = clipped / clipped.sum(axis=1, keepdims=True)
        return -(y * np.log(q)).sum(axis=1), np.where(inside, (q - y) / clipped, 0)
    total = p.sum(axis=1, keepdims=True)
    share = p / total
    inside = (share >= EPSILON) & (share <= 1 - EPSILON)
    clipped = np.clip(share, EPSILON, 1 - EPSILON)
    d_share = np.where(inside, -y / clipped, 0)
    d_p = (d_share - (d_share * share).sum(axis=1, keepdims=True)) / total
    return -(y * np.log(clipped)).sum(axis=1), d_p


def batch_loss(weights, activations, x, y, kind, from_logits=False, label_smoothing=0.0):
    """Return the mean loss and its gradients [(d kernel, d bias), ...]."""
    outputs = forward(weights, activations, x)
    backward = list(activations)
    p = outputs[-1]
    if kind != "mean_squared_error" and activations[-1] in ("softmax", "sigmoid"):
        # Keras takes what goes into these for logits.
        (kernel, bias), from_logits, backward[-1] = weights[-1], True, "linear"
        p = outputs[-2] @ kernel + (0 if bias is None else bias)
    losses, g = sample_losses(kind, y, p, from_logits, label_smoothing)
    g = g / len(x)
    gradients = []
    for index in reversed(range(len(weights))):
        g = BACKWARD[backward[index]](outputs[index + 1], g)
        gradients.append((outputs[index].T @ g, g.sum(axis=0)))
        g = g @ weights[index][0].T
    return losses.mean(), gradients[::-1]


class Rule:
    """One optimizer's update of one parameter; `step` returns what is added to it."""

    def __init__(self, name, config):
        self.name, self.c, self.t = name, config, 0
        self.m = self.v = self.a = self.largest = 0.0
        if name == "Adagrad":
            self.a = config["initial_accumulator_value"]

    def step(self, g):
        c, lr = self.c, self.c["learning_rate"]
        self.t += 1
        if self.name == "SGD":
            self.m = c["momentum"] * self.m - lr * g
            return c["momentum"] * self.m - lr * g if c["nesterov"] else self.m
        if self.name == "Adagrad":
            self.a = self.a + g * g
            return -lr * g / np.sqrt(self.a + c["epsilon"])
        if self.name == "Adam":
            alpha = lr * math.sqrt(1 - c["beta_2"] ** self.t) / (1 - c["beta_1"] ** self.t)
            self.m = self.m + (g - self.m) * (1 - c["beta_1"])
            self.v = self.v + (g * g - self.v) * (1 - c["beta_2"])
            self.largest = np.maximum(self.largest, self.v)
            v = self.largest if c["amsgrad"] else self.v
            return -self.m * alpha / (np.sqrt(v) + c["epsilon"])
        self.v = c["rho"] * self.v + (1 - c["rho"]) * g * g
        self.a = c["rho"] * self.a + (1 - c["rho"]) * g
        v = self.v - self.a**2 if c["centered"] else self.v
        self.m = c["momentum"] * self.m + lr * g / np.sqrt(v + c["epsilon"])
        return -self.m


def train(weights, activations, optimizer, x, y, batch_size, order, kind, **loss):
    """Train one epoch; return the new weights and the mean loss, before each update."""
    name, config = optimizer
    weights = [list(pair) for pair in weights]
    rules = [[Rule(name, config) for _ in pair] for pair in weights]
    total = 0.0
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        mean, gradients = batch_loss(weights, activations, x[rows], y[rows], kind, **loss)
        total += mean * len(rows)
        for pair, pair_rules, pair_gradients in zip(weights, rules, gradients, strict=True):
            for i, rule in enumerate(pair_rules):
                if pair[i] is not None:
                    pair[i] = pair[i] + rule.step(pair_gradients[i])
    return weights, total / len(x)
