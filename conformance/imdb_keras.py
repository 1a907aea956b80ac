"""The course examples on IMDB in real Keras, on arrays imdb.mjs wrote: imdb_keras.py EXAMPLE FOLDER EPOCHS SEED."""

import json
import os
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

example, folder, epochs, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
keras.utils.set_random_seed(seed)
L = keras.layers
recurrent = {"dropout": 0.2, "recurrent_dropout": 0.2}
length, batch, split, optimizer, layers = {
    "rnn": (500, 128, 0.2, "rmsprop", lambda: [L.Embedding(10000, 32), L.SimpleRNN(32)]),
    "lstm": (80, 32, 0.0, "adam", lambda: [L.Embedding(10000, 128), L.LSTM(128, **recurrent)]),
    "bidirectional": (80, 32, 0.0, "adam", lambda: [L.Embedding(10000, 128), L.Bidirectional(L.LSTM(64, **recurrent))]),
}[example]


def read(name, *shape):
    return np.fromfile(os.path.join(folder, name + ".i32"), dtype="<i4").reshape(-1, *shape)


x_train, y_train = read("xTrain", length), read("yTrain")
x_test, y_test = read("xTest", length), read("yTest")
model = keras.Sequential([*layers(), L.Dense(1, activation="sigmoid")])
model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])
began = time.time()
history = model.fit(x_train, y_train, epochs=epochs, batch_size=batch, validation_split=split, verbose=0)
fitted = time.time()
loss, accuracy = model.evaluate(x_test, y_test, batch_size=batch, verbose=0)
print(history.history, file=sys.stderr)
print(
    json.dumps(
        {
            "who": f"Keras {keras.__version__} on {keras.config.backend()}",
            "accuracy": accuracy,
            "fitSeconds": fitted - began,
            "evaluateSeconds": time.time() - fitted,
        }
    )
)
