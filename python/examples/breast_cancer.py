"""Breast cancer: binary classification with class weights, a checkpoint and ROC figures.

Needs scikit-learn, for the data, and h5py. Runs on Keras too: there, write ``import keras``.
"""

import os
import tempfile

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import fanin as keras

keras.utils.set_random_seed(1)

x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, random_state=1)
scaler = StandardScaler().fit(x_train)
x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)

malignant, benign = np.bincount(y_train)
total = malignant + benign
class_weight = {0: total / (2 * malignant), 1: total / (2 * benign)}

model = keras.models.Sequential()
model.add(keras.Input(shape=(x_train.shape[1],)))
model.add(keras.layers.GaussianNoise(0.1))
model.add(
    keras.layers.Dense(
        24, activation="relu", kernel_constraint=keras.constraints.MaxNorm(3), name="hidden"
    )
)
model.add(keras.layers.LayerNormalization())
model.add(keras.layers.Dropout(0.5))
model.add(keras.layers.Dense(1, activation="sigmoid", name="benign"))

epochs, batch_size = 25, 32
steps = epochs * -(-len(x_train) // batch_size)
model.compile(
    optimizer=keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(0.01, decay_steps=steps), weight_decay=0.01
    ),
    loss=keras.losses.BinaryCrossentropy(),
    metrics=[
        "accuracy",
        keras.metrics.AUC(name="auc"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
    ],
)

with tempfile.TemporaryDirectory() as folder:
    best = os.path.join(folder, "best.weights.h5")
    model.fit(
        x_train,
        y_train,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=(x_test, y_test),
        class_weight=class_weight,
        callbacks=[
            keras.callbacks.ModelCheckpoint(
                best, monitor="val_auc", mode="max", save_best_only=True, save_weights_only=True
            )
        ],
        verbose=0,
    )
    print("last:", *(f"{value:.4f}" for value in model.evaluate(x_test, y_test, verbose=0)))
    model.load_weights(best)
print("best:", *(f"{value:.4f}" for value in model.evaluate(x_test, y_test, verbose=0)))

chances = model.predict(x_test, verbose=0).ravel()
print(f"threshold 0.5: {np.sum((chances > 0.5) != y_test)} of {len(y_test)} wrong")
