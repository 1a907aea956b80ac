"""Writes golden/keras-2.12/: models saved by TF-Keras 2 (HDF5, weights alone, .keras), listed in golden/models.jsonl.

It runs in an environment of its own, requirements-keras2.txt. What the files say means what it meant then: hard_sigmoid is
clip(0.2 x + 0.5). With TensorFlow 2.13 or 2.15 installed in its place it writes the .keras files into golden/keras-2.13/ or
golden/keras-2.15/; those were made once: up to 2.13 the weights are under _layer_checkpoint_dependencies, numbered with
gaps, then under layers.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import h5py
import numpy as np
import tensorflow as tf
from common import Draws, array, merge_lines, output_folder, settle

keras, layers = tf.keras, tf.keras.layers
draws = Draws(41)
version = ".".join(tf.__version__.split(".")[:2])
folder_name = f"keras-{version}"


class Named:
    """What `Draws.weight` wants of a variable."""

    def __init__(self, variable):
        self.path, self.shape, self.dtype = variable.name, variable.shape, variable.dtype.name


def fill(model):
    model.set_weights([draws.weight(Named(w)) for w in model.weights])


def reviews():
    parts = layers.Embedding(8, 3, mask_zero=True), layers.LSTM(3), layers.Dense(1, activation="sigmoid")
    model = keras.Sequential([layers.InputLayer((4,)), *parts])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    ids = draws.ids(3, 4, below=8)
    ids[1, 2:] = 0
    return model, [ids], np.array([[0.0], [1.0], [1.0]])


def bidirectional():
    wrapped = layers.Bidirectional(layers.LSTM(2, return_sequences=True), input_shape=(4, 3))
    model = keras.Sequential([wrapped, layers.GRU(3, return_sequences=True), layers.GRU(2, reset_after=False)])
    model.add(layers.Dense(2))
    model.add(layers.Dense(2, activation="softmax"))
    return model, [draws.values(2, 4, 3)], None


def hard_sigmoid():
    gates = {"recurrent_activation": "hard_sigmoid", "return_sequences": True}
    model = keras.Sequential([layers.LSTM(3, input_shape=(None, 2), **gates), layers.GRU(2, **gates)])
    model.add(layers.TimeDistributed(layers.Dense(2, activation="hard_sigmoid")))
    return model, [3 * draws.values(2, 4, 2)], None


def functional():
    ids, numbers = keras.Input((4,), name="words"), keras.Input((3,), name="numbers")
    inside = keras.Sequential([layers.Dense(3, input_shape=(3,)), layers.BatchNormalization()], name="inside")
    _, h, c = layers.LSTM(3, return_state=True)(layers.Embedding(7, 2)(ids))
    y = layers.Concatenate()([h, c, inside(numbers)])
    model = keras.Model([ids, numbers], [layers.Dense(2, name="score")(y), layers.Dense(1, name="level")(y)])
    model.compile(keras.optimizers.RMSprop(0.01), {"score": "mse", "level": "mae"})
    return model, [draws.ids(3, 4, below=7), draws.values(3, 3)], [draws.values(3, 2), draws.values(3, 1)]


def stateful():
    model = keras.Sequential([layers.SimpleRNN(3, stateful=True, batch_input_shape=(2, 3, 2))])
    return model, [draws.values(2, 3, 2)], None


def record(file, note, model, inputs, **more):
    model.reset_states()
    outputs = tf.nest.flatten(model(inputs if len(inputs) > 1 else inputs[0], training=False))
    names = {"inputNames": model.input_names, "outputNames": model.output_names}
    arrays = {"inputs": [array(x) for x in inputs], "outputs": [array(y.numpy()) for y in outputs]}
    return {"file": f"{folder_name}/{file}", "note": f"TF-Keras {version}: {note}", **names, **arrays, **more}


def split_names(path):
    """Splits the lists of names as Keras does when they pass 64 kB, and writes them as fixed-length bytes as h5py 2 did."""
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        for owner, key in [(group, "layer_names"), *((g, "weight_names") for g in group.values())]:
            values = [v.encode() if isinstance(v, str) else v for v in owner.attrs[key]]
            if len(values) > 1:
                del owner.attrs[key]
                for number, part in enumerate(np.array_split(np.array(values), 2)):
                    owner.attrs[f"{key}{number}"] = part
        for key in ("model_config", "keras_version", "backend"):
            file.attrs[key] = np.bytes_(file.attrs[key])


def write(folder):
    records = []
    (folder / folder_name).mkdir(exist_ok=True)

    def save(build, note, *formats, split=False, optimizer=True):
        keras.backend.clear_session()
        keras.utils.set_random_seed(5)
        model, inputs, targets = build()
        fill(model)
        if targets is not None:
            model.train_on_batch(inputs if len(inputs) > 1 else inputs[0], targets)
        name = build.__name__.replace("_", "-")
        for ending, save_format in formats if version == "2.12" else [inner] if inner in formats else []:
            path = folder / folder_name / f"{name}{ending}"
            if ending == "-weights.h5":
                model.save_weights(path)
                records.append(record(path.name, note, model, inputs, architecture=records[-1]["file"]))
                continue
            named = {"include_optimizer": optimizer} if ending == ".h5" else {}
            model.save(str(path), save_format=save_format, **named)
            if ending == ".keras":
                settle(path)
            if split:
                split_names(path)
            records.append(record(path.name, note, model, inputs))
            fill(model)

    whole, weights = (".h5", "h5"), ("-weights.h5", None)
    inner = (".keras", "keras_v3" if version == "2.12" else "keras")
    save(reviews, "Embedding with mask, LSTM, Dense; compiled", whole, inner, weights)
    save(bidirectional, "bidirectional LSTM, GRU with reset_after both ways", whole, inner)
    save(hard_sigmoid, "hard_sigmoid of slope 0.2; names in two attributes, as bytes", whole, split=True)
    save(functional, "two inputs, two outputs, nested Sequential; compiled", inner, whole, optimizer=False)
    save(stateful, "stateful SimpleRNN with batch_input_shape", inner)
    return records


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    merge_lines(folder / "models.jsonl", write(folder), folder_name)
