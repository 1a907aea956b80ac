"""Writes golden/tfjs/: TensorFlow.js layers models (model.json and binary shards), listed in golden/models.jsonl.

The files are put together by hand as the converter and the library lay them out; Keras computes the outputs, with
hard_sigmoid as clip(0.2 x + 0.5), which is what it means in these files.
"""

import json

import common  # sets the back end

import keras
import numpy as np
from common import Draws, array, merge_lines, output_folder
from keras import layers

draws = Draws(61)


def hard_sigmoid(x):
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def part(kind, name, **config):
    return {"class_name": kind, "config": {"name": name, "trainable": True, "dtype": "float32", **config}}


def sequential(*parts):
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": list(parts)}}


def converted(model_config, version="2.12.0"):
    topology = {"keras_version": version, "backend": "tensorflow", "model_config": model_config}
    by = {"generatedBy": f"keras v{version}", "convertedBy": "TensorFlow.js Converter v4.22.0"}
    return {"format": "layers-model", **by, "modelTopology": topology}


def written(model_config):
    topology = {**model_config, "keras_version": "tfjs-layers 4.22.0", "backend": "tensor_flow.js"}
    by = {"generatedBy": "TensorFlow.js tfjs-layers v4.22.0", "convertedBy": None}
    return {"format": "layers-model", **by, "modelTopology": topology}


def as_float(name, value):
    return {"name": name, "shape": list(value.shape), "dtype": "float32"}, value.astype("<f4").tobytes(), value


def as_float16(name, value):
    half = value.astype("<f2")
    spec = {"name": name, "shape": list(value.shape), "dtype": "float32"}
    spec["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    return spec, half.tobytes(), half.astype("float32")


def quantized(bits):
    def encode(name, value):
        low, high = float(value.min()), float(value.max())
        scale = (high - low) / (2**bits - 1)
        codes = np.round((value - low) / scale).astype(f"<u{bits // 8}")
        spec = {"name": name, "shape": list(value.shape), "dtype": "float32"}
        spec["quantization"] = {"min": low, "scale": scale, "dtype": f"uint{bits}", "original_dtype": "float32"}
        return spec, codes.tobytes(), (codes * np.float64(scale) + low).astype("float32")

    return encode


def reviews():
    config = sequential(
        part("Embedding", "embedding", batch_input_shape=[None, None], input_dim=8, output_dim=3, mask_zero=True),
        part("LSTM", "lstm", units=3, activation="tanh", recurrent_activation="sigmoid", return_sequences=False),
        part("Dense", "dense", units=1, activation="sigmoid"),
    )
    model = [keras.Input((None,)), layers.Embedding(8, 3, mask_zero=True), layers.LSTM(3)]
    names = ["embedding/embeddings", "lstm/lstm_cell/kernel", "lstm/lstm_cell/recurrent_kernel", "lstm/lstm_cell/bias"]
    ids = draws.ids(3, 4, below=8)
    ids[1, 2:] = 0
    model = keras.Sequential([*model, layers.Dense(1, activation="sigmoid")])
    return converted(config), model, [*names, "dense/kernel", "dense/bias"], [ids]


def gru():
    gates = {"activation": "tanh", "recurrent_activation": "hard_sigmoid", "reset_after": False}
    config = sequential(
        part("InputLayer", "input_1", batch_input_shape=[None, 4, 2], sparse=False),
        part("GRU", "gru", units=3, return_sequences=True, go_backwards=True, **gates),
        part("TimeDistributed", "time_distributed", layer=part("Dense", "dense", units=2, activation="relu")),
    )
    layer = layers.GRU(
        3, reset_after=False, recurrent_activation=hard_sigmoid, return_sequences=True, go_backwards=True
    )
    model = keras.Sequential([keras.Input((4, 2)), layer, layers.TimeDistributed(layers.Dense(2, activation="relu"))])
    names = [f"gru/gru_cell/{w}" for w in ("kernel", "recurrent_kernel", "bias")]
    names += ["time_distributed/kernel", "time_distributed/bias"]
    return converted(config, "2.4.0"), model, names, [draws.values(2, 4, 2)]


def bidirectional():
    inner = part("LSTM", "lstm", units=2, activation="tanh", recurrent_activation="sigmoid", return_sequences=True)
    config = sequential(
        part("Bidirectional", "bidirectional", batch_input_shape=[None, 4, 3], layer=inner, merge_mode="concat"),
        part("GlobalMaxPooling1D", "global_max_pooling1d", data_format="channels_last"),
        part("Dense", "dense", units=2, activation="softmax"),
    )
    body = [layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.GlobalMaxPooling1D()]
    model = keras.Sequential([keras.Input((4, 3)), *body, layers.Dense(2, activation="softmax")])
    names = [
        f"bidirectional/{way}_lstm/lstm_cell_{number}/{weight}"
        for number, way in ((1, "forward"), (2, "backward"))
        for weight in ("kernel", "recurrent_kernel", "bias")
    ]
    return converted(config), model, [*names, "dense/kernel", "dense/bias"], [draws.values(2, 4, 3)]


def two_inputs():
    def node(*names):
        return [[[name, 0, 0, {}] for name in names]] if names else []

    def placed(described, *names):
        return {**described, "name": described["config"]["name"], "inbound_nodes": node(*names)}

    config = {
        "name": "model",
        "layers": [
            placed(part("InputLayer", "a", batch_input_shape=[None, 3], sparse=False)),
            placed(part("InputLayer", "b", batch_input_shape=[None, 4], sparse=False)),
            placed(part("Dense", "first", units=3, activation="tanh"), "a"),
            placed(part("Concatenate", "concatenate", axis=-1), "first", "b"),
            placed(part("Dense", "second", units=2, activation="linear", use_bias=False), "concatenate"),
        ],
        "input_layers": [["a", 0, 0], ["b", 0, 0]],
        "output_layers": [["second", 0, 0]],
    }
    a, b = keras.Input((3,), name="a"), keras.Input((4,), name="b")
    first = layers.Dense(3, activation="tanh")(a)
    model = keras.Model([a, b], layers.Dense(2, use_bias=False)(layers.Concatenate()([first, b])))
    names = ["first/kernel", "first/bias", "second/kernel"]
    inputs = [draws.values(2, 3), draws.values(2, 4)]
    return converted({"class_name": "Functional", "config": config}), model, names, inputs


def library_defaults():
    config = sequential(
        part("LSTM", "lstm_LSTM1", batch_input_shape=[None, None, 2], units=3, return_sequences=True),
        part("GRU", "gru_GRU1", units=2),
        part("Dense", "dense_Dense1", units=2, activation="hard_sigmoid"),
    )
    body = [
        layers.LSTM(3, recurrent_activation=hard_sigmoid, return_sequences=True),
        layers.GRU(2, recurrent_activation=hard_sigmoid, reset_after=False),
    ]
    model = keras.Sequential([keras.Input((None, 2)), *body, layers.Dense(2, activation=hard_sigmoid)])
    names = [f"{n}/{w}" for n in ("lstm_LSTM1", "gru_GRU1") for w in ("kernel", "recurrent_kernel", "bias")]
    return written(config), model, [*names, "dense_Dense1/kernel", "dense_Dense1/bias"], [2 * draws.values(2, 3, 2)]


def keras_3_export():
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}

    def modern(kind, name, **config):
        described = {"name": name, "trainable": True, "dtype": policy, **config}
        return {"module": "keras.layers", "class_name": kind, "config": described, "registered_name": None}

    first = {"batch_shape": [None, 4, 2], "dtype": "float32", "sparse": False, "name": "input_layer"}
    config = sequential(
        {"module": "keras.layers", "class_name": "InputLayer", "config": first, "registered_name": None},
        modern("SimpleRNN", "simple_rnn", units=3, activation="tanh", return_sequences=False),
        modern("Dense", "dense", units=2, activation="linear"),
    )
    model = keras.Sequential([keras.Input((4, 2)), layers.SimpleRNN(3), layers.Dense(2)])
    names = [f"sequential/simple_rnn/simple_rnn_cell/{w}" for w in ("kernel", "recurrent_kernel", "bias")]
    names += ["sequential/dense/kernel", "sequential/dense/bias"]
    return converted(config, "3.4.1"), model, names, [draws.values(2, 4, 2)]


cases = {
    "reviews": (reviews, as_float, 1, "converted from Keras 2"),
    "gru-uint8": (gru, quantized(8), 1, "weights as uint8; hard_sigmoid, go_backwards"),
    "gru-uint16": (gru, quantized(16), 1, "weights as uint16"),
    "bidirectional-float16": (bidirectional, as_float16, 1, "weights as float16"),
    "two-shards": (two_inputs, as_float, 2, "functional with two inputs; a weight lies across two files"),
    "library-defaults": (library_defaults, as_float, 1, "written by TensorFlow.js: no recurrent_activation given"),
    "keras-3-export": (keras_3_export, as_float, 1, "exported from Keras 3: batch_shape, dtype as an object"),
}


def write(folder):
    for name, (build, encode, shards, note) in cases.items():
        keras.utils.clear_session()
        description, model, weight_names, inputs = build()
        parts = [encode(n, draws.values(*w.shape)) for n, w in zip(weight_names, model.weights, strict=True)]
        model.set_weights([value for _, _, value in parts])
        own = folder / "tfjs" / name
        own.mkdir(parents=True, exist_ok=True)
        content = b"".join(data for _, data, _ in parts)
        length = -(-len(content) // shards) // 4 * 4 + 4 if shards > 1 else len(content)
        paths = [f"group1-shard{k + 1}of{shards}.bin" for k in range(shards)]
        for k, path in enumerate(paths):
            (own / path).write_bytes(content[k * length : (k + 1) * length])
        manifest = [{"paths": paths, "weights": [spec for spec, _, _ in parts]}]
        (own / "model.json").write_text(json.dumps({**description, "weightsManifest": manifest}))
        outputs = keras.tree.flatten(model(inputs if len(inputs) > 1 else inputs[0]))
        yield {
            "file": f"tfjs/{name}/model.json",
            "note": f"TensorFlow.js: {note}",
            "inputs": [array(x) for x in inputs],
            "outputs": [array(y) for y in outputs],
        }


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    merge_lines(folder / "models.jsonl", list(write(folder)), "tfjs")
