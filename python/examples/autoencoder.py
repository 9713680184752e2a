"""A denoising autoencoder of the digits: functional models that share their layers.

Needs scikit-learn, for the data. Runs on Keras too: there, write ``import keras``.
"""

import numpy as np
from sklearn.datasets import load_digits

import fanin as keras

keras.utils.set_random_seed(5)

x = load_digits().data.astype("float32") / 16
x_train, x_test = x[:1500], x[1500:]

inputs = keras.Input(shape=(64,), name="image")
noisy = keras.layers.GaussianNoise(0.2)(inputs)
hidden = keras.layers.Dense(48)(noisy)
hidden = keras.layers.LeakyReLU(negative_slope=0.1)(hidden)
code = keras.layers.Dense(8, activation="tanh", name="code")(hidden)
hidden = keras.layers.Dense(48, activation="selu", kernel_initializer="lecun_normal")(code)
outputs = keras.layers.Dense(64, activation="sigmoid", name="pixels")(hidden)

autoencoder = keras.Model(inputs, outputs, name="autoencoder")
encoder = keras.Model(inputs, code, name="encoder")
code_inputs = keras.Input(shape=(8,), name="code_input")
decoder = keras.Model(
    code_inputs, autoencoder.layers[-1](autoencoder.layers[-2](code_inputs)), name="decoder"
)
autoencoder.summary()

autoencoder.compile(
    optimizer=keras.optimizers.Adam(0.003, use_ema=True, ema_momentum=0.95),
    loss="binary_crossentropy",
    metrics=["mse"],
)
history = autoencoder.fit(
    x_train,
    x_train,
    epochs=15,
    batch_size=50,
    shuffle=True,
    validation_data=(x_test, x_test),
    verbose=0,
)
print(f"training loss {history.history['loss'][0]:.4f} -> {history.history['loss'][-1]:.4f}")
loss, error = autoencoder.evaluate(x_test, x_test, verbose=0)
print(f"test loss {loss:.4f}  mean squared error {error:.5f}")
print(f"without a code: {np.mean((x_test - x_train.mean(axis=0)) ** 2):.5f}")

codes = encoder.predict(x_test, verbose=0)
decoded = decoder.predict(codes, verbose=0)
print("codes", codes.shape, "first:", np.round(codes[0], 3))
print(
    "decoder and autoencoder agree:", np.allclose(decoded, autoencoder.predict(x_test, verbose=0))
)

shades = " .:-=+*#%@"
for row in np.concatenate([x_test[0].reshape(8, 8), decoded[0].reshape(8, 8)], axis=1):
    print("".join(2 * shades[int(round(9 * float(v)))] for v in row))
