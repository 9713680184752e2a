"""Handwritten digits: a classifier with batch normalization, dropout and early stopping.

Needs scikit-learn, for the data. Runs on Keras too: there, write ``import keras``.
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import fanin as keras

keras.utils.set_random_seed(42)

digits = load_digits()
x = digits.images.astype("float32")
y = digits.target
x_train, x_test, y_train, y_test = train_test_split(
    x, y, test_size=0.2, random_state=42, stratify=y
)

model = keras.Sequential(
    [
        keras.layers.Input(shape=(8, 8)),
        keras.layers.Rescaling(1 / 16),
        keras.layers.Flatten(),
        keras.layers.Dense(64, kernel_initializer="he_normal", use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.Activation("relu"),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.summary()

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.003),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top_3")],
)
history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=30,
    validation_split=0.15,
    callbacks=[
        keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=3),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=6, restore_best_weights=True),
    ],
    verbose=2,
)

loss, accuracy, top_3 = model.evaluate(x_test, y_test, verbose=0)
print(f"trained for {len(history.epoch)} epochs")
print(f"test loss {loss:.4f}  accuracy {accuracy:.4f}  top 3 {top_3:.4f}")

predicted = model.predict(x_test, verbose=0).argmax(axis=1)
for digit in range(10):
    rows = y_test == digit
    print(f"digit {digit}: {np.sum(predicted[rows] == digit)} of {np.sum(rows)} right")
