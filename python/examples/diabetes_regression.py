"""Diabetes progression: regression with adapted normalization, L2 and a decaying learning rate.

Needs scikit-learn, for the data. Runs on Keras too: there, write ``import keras``.
"""

from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import fanin as keras

keras.utils.set_random_seed(7)

x, y = load_diabetes(return_X_y=True, scaled=False)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)

normalizer = keras.layers.Normalization(axis=-1)
normalizer.adapt(x_train)


def build_model(learning_rate):
    """Return the compiled model."""
    model = keras.Sequential(
        [
            normalizer,
            keras.layers.Dense(
                32, activation="relu", kernel_regularizer=keras.regularizers.L2(0.5)
            ),
            keras.layers.Dense(16, activation="elu", kernel_regularizer=keras.regularizers.L2(0.5)),
            keras.layers.Dense(1),
        ],
        name="diabetes",
    )
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate),
        loss="mean_squared_error",
        metrics=["mae", keras.metrics.RootMeanSquaredError(name="rmse"), keras.metrics.R2Score()],
    )
    return model


model = build_model(
    keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=100, decay_rate=0.8)
)
history = model.fit(
    x_train, y_train.reshape(-1, 1), epochs=60, validation_split=0.2, batch_size=16, verbose=0
)
for name in ("loss", "val_loss", "val_mae", "val_r2_score"):
    values = history.history[name]
    print(f"{name:12} {values[0]:10.3f} -> {values[-1]:10.3f}")

results = model.evaluate(x_test, y_test.reshape(-1, 1), verbose=0, return_dict=True)
print("test:", ", ".join(f"{name} {value:.3f}" for name, value in results.items()))

for guess, truth in zip(model.predict(x_test[:5], verbose=0)[:, 0], y_test[:5], strict=True):
    print(f"predicted {guess:6.1f}  true {truth:5.0f}")
