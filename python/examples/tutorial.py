"""Xavier against He: a Keras tutorial's code, run on Fanin by changing one line.

Run it with ``python tutorial.py``; with ``import keras`` in that line it runs on Keras.
"""

import fanin as keras
from fanin.datasets import digits

keras.utils.set_random_seed(42)


# The tutorial's own code, letter for letter:
# fmt: off
def create_model(initializer):  # noqa: D103
    model = keras.Sequential([
        keras.layers.Dense(64, activation='relu', kernel_initializer=initializer),
        keras.layers.Dense(64, activation='relu', kernel_initializer=initializer),
        keras.layers.Dense(10, activation='softmax', kernel_initializer=initializer)
    ])
    return model
xavier_model = create_model('glorot_uniform')
he_model = create_model('he_uniform')
# fmt: on

(x_train, y_train), (x_test, y_test) = digits.load_data()

for name, model in [("Xavier", xavier_model), ("He", he_model)]:
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x_train, y_train, epochs=10, batch_size=32, verbose=0)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(
        f"{name:6}  training loss {history.history['loss'][0]:.3f} -> "
        f"{history.history['loss'][-1]:.3f}  test loss {loss:.3f}  test accuracy {accuracy:.3f}"
    )
