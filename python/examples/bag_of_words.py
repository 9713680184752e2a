"""Bag of words: which of three subjects a sentence is about, learnt from a small corpus.

Runs on Keras too: there, write ``import keras``.
"""

import re

import numpy as np

import fanin as keras

keras.utils.set_random_seed(3)

SUBJECTS = ["weather", "kitchen", "football"]
CORPUS = """
0 heavy rain and strong wind are expected along the coast tonight
0 the morning fog will lift and the afternoon stays sunny and warm
0 a cold front brings snow to the hills and frost to the valleys
0 clouds gather in the west with a chance of thunder by the evening
0 temperatures rise to thirty degrees with no rain before the weekend
0 the storm passed in the night and left clear skies behind
0 light showers in the north while the south stays dry and sunny
0 ice on the roads this morning after the coldest night of the year
0 a mild and cloudy day with a gentle wind from the sea
0 the forecast warns of hail and sudden gusts of wind
0 sunshine all day and a warm breeze in the evening
0 snow turns to rain as the air becomes milder
1 chop the onion and fry it gently in butter until soft
1 whisk the eggs with sugar and fold in the flour
1 simmer the soup for an hour and season it with salt and pepper
1 knead the dough and leave it in a warm place to rise
1 roast the potatoes in a hot oven with rosemary and oil
1 boil the pasta in salted water and drain it well
1 add garlic and tomatoes to the pan and stir until the sauce is thick
1 melt the chocolate slowly and mix it with cream
1 grill the fish with lemon and serve it with rice
1 bake the bread for forty minutes until the crust is golden
1 grate the cheese over the pasta and serve it hot
1 peel the apples and cook them with sugar and butter
2 the striker scored twice in the second half of the match
2 the goalkeeper saved a late penalty to keep the lead
2 the team won the cup after extra time and penalties
2 the coach praised the defence after the goalless draw
2 fans cheered as the captain lifted the trophy
2 a red card left the visitors with ten players for an hour
2 the midfielder passed the ball and the winger scored a goal
2 the club signed a young defender before the new season
2 the referee added five minutes at the end of the match
2 the home team lost the final in front of a full stadium
2 an own goal decided the match in the last minute
2 the players trained for the derby against their old rivals
"""
NEW = [
    "rain and wind tonight with snow in the north",
    "stir the sauce and season the pasta with pepper",
    "the captain scored the winning goal in the final minute",
]

lines = CORPUS.strip().splitlines()
labels = np.array([int(line[0]) for line in lines])
texts = [line[2:] for line in lines]


def words(text):
    """Return the words of a text in lower case."""
    return re.findall(r"[a-z]+", text.lower())


stop_words = set("a an and the in of to with for it is as on by are will at".split())
vocabulary = sorted({word for text in texts for word in words(text)} - stop_words)
index = {word: i for i, word in enumerate(vocabulary)}


def vectorize(sentences):
    """Return how often each word of the vocabulary occurs in each sentence."""
    bags = np.zeros((len(sentences), len(vocabulary)), dtype="float32")
    for row, sentence in enumerate(sentences):
        for word in words(sentence):
            if word in index:
                bags[row, index[word]] += 1
    return bags


order = np.random.permutation(len(texts))
x = vectorize(texts)[order]
y = keras.utils.to_categorical(labels[order], num_classes=len(SUBJECTS))

model = keras.Sequential(
    [
        keras.Input(shape=(len(vocabulary),)),
        keras.layers.UnitNormalization(),
        keras.layers.Dense(
            16, activation="gelu", kernel_regularizer="l2", kernel_initializer="lecun_normal"
        ),
        keras.layers.Dropout(0.5, seed=11),
        keras.layers.Dense(len(SUBJECTS), activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Nadam(learning_rate=0.02, clipnorm=1.0),
    loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    metrics=["accuracy", "kl_divergence"],
)


class Report(keras.callbacks.Callback):
    """Prints every tenth epoch."""

    def on_epoch_end(self, epoch, logs=None):
        """Print the epoch's figures."""
        if (epoch + 1) % 10 == 0:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in sorted(logs.items()))
            print(f"epoch {epoch + 1}: {figures}")


model.fit(
    x,
    y,
    epochs=40,
    batch_size=8,
    callbacks=[
        Report(),
        keras.callbacks.LearningRateScheduler(
            lambda epoch, rate: rate if epoch < 20 else rate * 0.9
        ),
    ],
    verbose=0,
)

for sentence, chances in zip(NEW, model.predict(vectorize(NEW), verbose=0), strict=True):
    print(f"{SUBJECTS[chances.argmax()]} {chances.max():.3f}: {sentence}")
