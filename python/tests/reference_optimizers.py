"""Keras's optimizers in NumPy, in float64: written from its equations, to judge the library by."""

import numpy as np


def _adam(state, g, t, lr, beta_1, beta_2, epsilon):
    m = state["m"] = state.get("m", 0) * beta_1 + (1 - beta_1) * g
    v = state["v"] = state.get("v", 0) * beta_2 + (1 - beta_2) * g**2
    hat = v
    if state.get("amsgrad"):
        hat = state["hat"] = np.maximum(state.get("hat", 0), v)
    return lr * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(hat) + epsilon)


def sgd(o, state, w, g, t, lr):
    if o.momentum == 0:
        return w - lr * g
    m = state["m"] = o.momentum * state.get("m", 0) - lr * g
    return w + (o.momentum * m - lr * g if o.nesterov else m)


def adam(o, state, w, g, t, lr):
    state["amsgrad"] = o.amsgrad
    return w - _adam(state, g, t, lr, o.beta_1, o.beta_2, o.epsilon)


adamw = adam


def nadam(o, state, w, g, t, lr):
    def u(i):
        return o.beta_1 * (1 - 0.5 * 0.96**i)

    product = np.prod([u(i) for i in range(1, t + 1)])
    m = state["m"] = state.get("m", 0) * o.beta_1 + (1 - o.beta_1) * g
    v = state["v"] = state.get("v", 0) * o.beta_2 + (1 - o.beta_2) * g**2
    mean = u(t + 1) * m / (1 - product * u(t + 1)) + (1 - u(t)) * g / (1 - product)
    return w - lr * mean / (np.sqrt(v / (1 - o.beta_2**t)) + o.epsilon)


def adamax(o, state, w, g, t, lr):
    m = state["m"] = state.get("m", 0) * o.beta_1 + (1 - o.beta_1) * g
    u = state["u"] = np.maximum(o.beta_2 * state.get("u", 0), np.abs(g))
    return w - lr * m / ((1 - o.beta_1**t) * (u + o.epsilon))


def lamb(o, state, w, g, t, lr):
    m = state["m"] = state.get("m", 0) * o.beta_1 + (1 - o.beta_1) * g
    v = state["v"] = state.get("v", 0) * o.beta_2 + (1 - o.beta_2) * g**2
    u = m / (1 - o.beta_1**t) / (np.sqrt(v / (1 - o.beta_2**t)) + o.epsilon)
    size, direction = np.sqrt((w**2).sum()), np.sqrt((u**2).sum())
    return w - lr * u * (size / direction if size > 0 and direction > 0 else 1)


def rmsprop(o, state, w, g, t, lr):
    v = state["v"] = o.rho * state.get("v", 0) + (1 - o.rho) * g**2
    if o.centered:
        a = state["a"] = o.rho * state.get("a", 0) + (1 - o.rho) * g
        v = v - a**2
    m = state["m"] = o.momentum * state.get("m", 0) + lr * g / np.sqrt(v + o.epsilon)
    return w - m


def adagrad(o, state, w, g, t, lr):
    a = state["a"] = state.get("a", o.initial_accumulator_value) + g**2
    return w - lr * g / np.sqrt(a + o.epsilon)


def adadelta(o, state, w, g, t, lr):
    a = state["a"] = o.rho * state.get("a", 0) + (1 - o.rho) * g**2
    d = state.get("d", 0)
    change = np.sqrt(d + o.epsilon) * g / np.sqrt(a + o.epsilon)
    state["d"] = o.rho * d + (1 - o.rho) * change**2
    return w - lr * change


def ftrl(o, state, w, g, t, lr):
    old = state.get("n", o.initial_accumulator_value)
    n = state["n"] = old + g**2
    power = -o.learning_rate_power
    z = state.get("z", 0) + g + 2 * o.l2_shrinkage_regularization_strength * w
    z = state["z"] = z - (n**power - old**power) / lr * w
    l1 = o.l1_regularization_strength
    quadratic = n**power / lr + 2 * (o.l2_regularization_strength + o.beta / (2 * lr))
    return (np.clip(z, -l1, l1) - z) / quadratic


def lion(o, state, w, g, t, lr):
    m = state.get("m", 0)
    state["m"] = o.beta_2 * m + (1 - o.beta_2) * g
    return w - lr * np.sign(o.beta_1 * m + (1 - o.beta_1) * g)


def adafactor(o, state, w, g, t, lr):
    beta = 1 - t**o.beta_2_decay
    square = g**2 + o.epsilon_1
    if w.ndim < 2:
        v = state["v"] = beta * state.get("v", 0) + (1 - beta) * square
    else:
        r = state["r"] = beta * state.get("r", 0) + (1 - beta) * square.mean(axis=-1)
        c = state["c"] = beta * state.get("c", 0) + (1 - beta) * square.mean(axis=-2)
        v = np.outer(r / r.mean(), c)
    u = g / np.sqrt(v)
    u = u / max(1, np.sqrt((u**2).mean()) / o.clip_threshold)
    return w - max(o.epsilon_2, np.sqrt((w**2).mean())) * min(lr, t**-0.5) * u


def muon(o, state, w, g, t, lr):
    if w.ndim != 2:
        lr = lr * o.adam_lr_ratio
        return w - _adam(state, g, t, lr, o.adam_beta_1, o.adam_beta_2, o.epsilon)
    m = state["m"] = o.momentum * state.get("m", 0) + g
    x = g + o.momentum * m if o.nesterov else m
    x = x if w.shape[0] <= w.shape[1] else x.T
    x = x / (np.sqrt((x**2).sum()) + 1e-7)
    for _ in range(o.ns_steps):
        a = x @ x.T
        x = o.muon_a * x + (o.muon_b * a + o.muon_c * a @ a) @ x
    x = x if w.shape[0] <= w.shape[1] else x.T
    return w - lr * x * (1 if o.rms_rate is None else np.sqrt(max(w.shape)) * o.rms_rate)


def _decay(o, w):
    return o.adam_weight_decay if type(o).__name__ == "Muon" and w.ndim != 2 else o.weight_decay


def train(o, weights, gradients, rates, exempt=()):
    """Return the weights and their averages after a step for each rate.

    Parameters
    ----------
    o : Optimizer
    weights : list of ndarray
    gradients : callable
        Given the weights and the batch's number.
    rates : sequence of float
    exempt : collection of int
        The weights that don't decay.
    """
    weights = [w.copy() for w in weights]
    averages = [np.zeros_like(w) for w in weights]
    states = [{} for _ in weights]
    every = o.gradient_accumulation_steps or 1
    sums = [0 for _ in weights]
    rule = globals()[type(o).__name__.lower()]
    for batch, lr in enumerate(rates):
        sums = [s + g for s, g in zip(sums, gradients(weights, batch), strict=True)]
        done = batch // every
        if (batch + 1) % every == 0:
            grads = [s / every for s in sums]
            sums = [0 for _ in weights]
            norms = [np.sqrt((g**2).sum()) for g in grads]
            if (o.clipnorm or 0) > 0:
                grads = [
                    g * o.clipnorm / max(n, o.clipnorm) for g, n in zip(grads, norms, strict=True)
                ]
            if o.global_clipnorm:
                norm = np.sqrt(np.square(norms).sum())
                grads = [g * min(1, o.global_clipnorm / norm) for g in grads]
            if o.clipvalue:
                grads = [np.clip(g, -o.clipvalue, o.clipvalue) for g in grads]
            for i, g in enumerate(grads):
                decay = 0 if i in exempt else _decay(o, weights[i]) or 0
                w = weights[i] * (1 - decay * lr)
                weights[i] = rule(o, states[i], w, g, done + 1, lr)
        if o.use_ema:
            mu = o.ema_momentum if done else 0
            averages = [mu * a + (1 - mu) * w for a, w in zip(averages, weights, strict=True)]
            if o.ema_overwrite_frequency and (done + 1) % o.ema_overwrite_frequency == 0:
                weights = [a.copy() for a in averages]
    return weights, averages
