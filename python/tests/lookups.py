"""Cases of training with words that occur several times in a batch, for Keras and for Fanin.

On TensorFlow the gradient of a lookup is one slice for each word looked up; optimizers square
these before they add them up. (Centered RMSprop then takes roots of negative numbers, and Keras
fails.)
"""

import numpy as np

WORDS = 5
OPTIMIZERS = {
    "sgd": lambda o: o.SGD(0.05),
    "sgd: momentum": lambda o: o.SGD(0.05, momentum=0.9),
    "sgd: clipnorm": lambda o: o.SGD(0.05, clipnorm=0.1),
    "sgd: clipvalue": lambda o: o.SGD(0.05, clipvalue=0.01),
    "sgd: global_clipnorm": lambda o: o.SGD(0.05, global_clipnorm=0.1),
    "adam": lambda o: o.Adam(0.01),
    "adam: amsgrad": lambda o: o.Adam(0.01, amsgrad=True),
    "adam: clipnorm": lambda o: o.Adam(0.01, clipnorm=0.05),
    "adam: clipvalue": lambda o: o.Adam(0.01, clipvalue=0.01),
    "adam: global_clipnorm": lambda o: o.Adam(0.01, global_clipnorm=0.1),
    "adam: accumulation": lambda o: o.Adam(0.01, gradient_accumulation_steps=3),
    "adam: accumulation, clipvalue": lambda o: o.Adam(
        0.01, gradient_accumulation_steps=3, clipvalue=0.01
    ),
    "adam: use_ema": lambda o: o.Adam(0.01, use_ema=True, ema_overwrite_frequency=5),
    "adamw": lambda o: o.AdamW(0.01, weight_decay=0.1),
    "rmsprop": lambda o: o.RMSprop(0.01),
    "rmsprop: momentum": lambda o: o.RMSprop(0.01, momentum=0.5),
    "adagrad": lambda o: o.Adagrad(0.05),
    "adagrad: clipvalue": lambda o: o.Adagrad(0.05, clipvalue=0.01),
    "adadelta": lambda o: o.Adadelta(1.0),
    "adadelta: clipnorm": lambda o: o.Adadelta(1.0, clipnorm=0.05),
    "adamax": lambda o: o.Adamax(0.01),
    "adamax: clipvalue": lambda o: o.Adamax(0.01, clipvalue=0.01),
    "nadam": lambda o: o.Nadam(0.01),
    "ftrl": lambda o: o.Ftrl(0.05),
    "ftrl: power": lambda o: o.Ftrl(
        0.05, learning_rate_power=-0.7, l2_shrinkage_regularization_strength=0.1
    ),
    "lion": lambda o: o.Lion(0.001),
    "lion: clipvalue": lambda o: o.Lion(0.001, clipvalue=0.01),
    "lamb": lambda o: o.Lamb(0.01),
    "lamb: clipvalue": lambda o: o.Lamb(0.01, clipvalue=0.01),
    "adafactor": lambda o: o.Adafactor(0.05),
    "adafactor: clip_threshold": lambda o: o.Adafactor(0.05, clip_threshold=0.5),
    "adafactor: clipnorm": lambda o: o.Adafactor(0.05, clipnorm=0.05),
    "muon": lambda o: o.Muon(0.01),
    "muon: clipvalue": lambda o: o.Muon(0.01, clipvalue=0.01),
    "muon: matrix": lambda o: o.Muon(0.01, exclude_embeddings=False),
    "regularized adam: clipvalue": lambda o: o.Adam(0.01, clipvalue=0.01),
    "regularized adamax": lambda o: o.Adamax(0.01),
    "constrained adam": lambda o: o.Adam(0.01),
}


def train(keras, tag):
    """Return the weights after 24 steps."""
    random = np.random.RandomState(1)
    x = random.randint(0, WORDS - 1, (40, 6))
    x[:, 1] = x[:, 0]
    y = random.randn(40, 3).astype("float32")
    weights = [random.randn(WORDS, 4), 0.3 * random.randn(24, 3), np.zeros(3)]
    layers = keras.layers
    table = layers.Embedding(
        WORDS,
        4,
        embeddings_regularizer="l2" if tag.startswith("regularized") else None,
        embeddings_constraint="max_norm" if tag.startswith("constrained") else None,
    )
    model = keras.Sequential([keras.Input((6,)), table, layers.Flatten(), layers.Dense(3)])
    model.set_weights([array.astype("float32") for array in weights])
    model.compile(OPTIMIZERS[tag](keras.optimizers), "mse")
    model.fit(x, y, batch_size=16, epochs=8, shuffle=False, verbose=0)
    return model.get_weights()
