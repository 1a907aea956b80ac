"""Writes golden/fits.jsonl: what `fit`, `evaluate` and `predict` of real Keras do with whole models.

Weights before, data, history, scores, predictions and weights after; no dropout and no shuffling, so that every number is
determined. src/models/keras-fits.test.ts builds the same models and compares.
"""

from common import array, output_folder, write_lines  # sets Keras's backend, so it comes first

import keras
import numpy as np

rng = np.random.default_rng(7)


def draw(*shape, low=-1.0, high=1.0):
    return rng.uniform(low, high, shape).astype("float32")


def ids(limit, *shape, low=0):
    return rng.integers(low, limit, shape).astype("int32")


def sequential(*layers):
    return keras.Sequential(list(layers))


L = keras.layers


def classifier():
    return sequential(keras.Input((6,), dtype="int32"), L.Embedding(9, 4, mask_zero=True), L.LSTM(5), L.Dense(3, activation="softmax"))


def binary():
    return sequential(keras.Input((4, 3)), L.GRU(4), L.Dense(1, activation="sigmoid"))


def tagger():
    return sequential(
        keras.Input((5,), dtype="int32"),
        L.Embedding(8, 3, mask_zero=True),
        L.Bidirectional(L.SimpleRNN(4, return_sequences=True)),
        L.TimeDistributed(L.Dense(3, activation="softmax")),
    )


def regression():
    return sequential(keras.Input((7,)), L.Dense(6, activation="relu"), L.Dense(1))


def two_outputs():
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    h = L.Dense(5, activation="tanh", name="h")(L.Concatenate(name="join")([a, b]))
    p = L.Dense(1, activation="sigmoid", name="p")(h)
    q = L.Dense(4, activation="softmax", name="q")(h)
    return keras.Model([a, b], [p, q])


def regularized():
    return sequential(
        keras.Input((4, 3)),
        L.LSTM(4, kernel_regularizer="l2", recurrent_constraint=keras.constraints.MaxNorm(0.9)),
        L.Dense(2, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.02), bias_constraint="non_neg"),
    )


def normalized():
    return sequential(keras.Input((5,)), L.Dense(6), L.BatchNormalization(), L.Activation("relu"), L.Dense(2))


N = 22
CASES = [
    ("classifier", classifier, lambda: ids(9, N, 6), lambda: ids(3, N),
     dict(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]),
     dict(epochs=3, batch_size=8, validation_split=0.25)),
    ("one-hot", classifier, lambda: ids(9, N, 6), lambda: np.eye(3, dtype="float32")[ids(3, N)],
     dict(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["acc", "top_k_categorical_accuracy"]),
     dict(epochs=2, batch_size=5)),
    ("class-weight", binary, lambda: draw(N, 4, 3), lambda: ids(2, N),
     dict(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"]),
     dict(epochs=3, batch_size=6, class_weight={0: 0.5, 1: 2.0})),
    ("sample-weight", binary, lambda: draw(N, 4, 3), lambda: ids(2, N),
     dict(optimizer="nadam", loss="binary_crossentropy", metrics=["mae"], weighted_metrics=["mse"]),
     dict(epochs=2, batch_size=6, sample_weight="draw")),
    ("tagger", tagger, lambda: ids(8, N, 5), lambda: ids(3, N, 5),
     dict(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]),
     dict(epochs=2, batch_size=7, validation_split=0.2)),
    ("mse-accuracy", lambda: sequential(keras.Input((7,)), L.Dense(6, activation="relu"), L.Dense(1, activation="sigmoid")),
     lambda: draw(N, 7), lambda: ids(2, N, 1),
     dict(optimizer="adam", loss="mean_squared_error", metrics=["accuracy"]), dict(epochs=2, batch_size=32)),
    ("regression", regression, lambda: draw(N, 7), lambda: draw(N),
     dict(optimizer="adagrad", loss="mse", metrics=["mae", "root_mean_squared_error"]),
     dict(epochs=3, batch_size=10, validation_split=0.3)),
    ("two-outputs", two_outputs, lambda: [draw(N, 3), draw(N, 2)], lambda: [ids(2, N), ids(4, N)],
     dict(optimizer="adam", loss=["binary_crossentropy", "sparse_categorical_crossentropy"], loss_weights=[0.7, 0.2],
          metrics=[["accuracy"], ["accuracy"]]), dict(epochs=2, batch_size=8, validation_split=0.2)),
    ("regularized", regularized, lambda: draw(N, 4, 3), lambda: draw(N, 2),
     dict(optimizer="sgd", loss="mse"), dict(epochs=3, batch_size=8, validation_split=0.2)),
    ("normalized", normalized, lambda: draw(N, 5), lambda: draw(N, 2),
     dict(optimizer="adam", loss="mse"), dict(epochs=3, batch_size=8, validation_split=0.2)),
]


def many(value):
    return value if isinstance(value, list) else [value]


def run(name, build, make_x, make_y, compile_options, fit_options):
    model = build()
    model.set_weights([draw(*w.shape, low=-0.6, high=0.6) if "variance" not in v.path else draw(*w.shape, low=0.5, high=1.5)
                       for w, v in zip(model.get_weights(), model.weights)])
    before = model.get_weights()
    x, y = make_x(), make_y()
    fit_options = dict(fit_options)
    weight = None
    if fit_options.get("sample_weight") == "draw":
        weight = fit_options["sample_weight"] = draw(N, low=0.2, high=2)
    model.compile(**compile_options)
    history = model.fit(x, y, shuffle=False, verbose=0, **fit_options)
    scores = model.evaluate(x, y, batch_size=9, verbose=0, return_dict=True)
    # On JAX the mask of the predictions gets lost in training (not in evaluation), so that metrics count masked steps too.
    for key in [k for k in history.history if name == "tagger" and not k.startswith("val_") and k != "loss"]:
        del history.history[key]
    predictions = model.predict(x, batch_size=9, verbose=0)
    return {
        "id": name,
        "x": [array(a) for a in many(x)],
        "y": [array(a) for a in many(y)],
        **({} if weight is None else {"sampleWeight": array(weight)}),
        "before": [array(w) for w in before],
        "after": [array(w) for w in model.get_weights()],
        "history": {k: [float(v) for v in vs] for k, vs in history.history.items()},
        "scores": {k: float(v) for k, v in scores.items()},
        "predictions": [array(np.asarray(p)) for p in many(predictions)],
    }


write_lines(output_folder(__doc__) / "fits.jsonl", [run(*case) for case in CASES])
