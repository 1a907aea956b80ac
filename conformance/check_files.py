"""Loads models that Reprise wrote in real Keras and ONNX Runtime: check_files.py --dir FOLDER. Prints one JSON object a kind.

FOLDER/index.jsonl has a line for each file: {"file", "inputs", "outputs", "architecture"? (the model file that weights
belong to), "onnxInputs"? or
"inputNames"? (names, in the order of inputs)}. A compiled model must load with its optimizer too.
"""

import argparse
import json
import logging
import pathlib
import re
import warnings
import zipfile

import common  # sets the back end

import keras
import numpy as np
from common import from_array

TOLERANCE = 1e-5
# What Keras says of its own models that were compiled and never trained, too.
untrained = re.compile("Skipping variable loading for optimizer .* saved optimizer has [0-2] variables")


class Said(logging.Handler):
    """What Keras warns of while it loads: a variable that does not fit is only a warning there."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.texts = []

    def emit(self, record):
        self.texts.append(record.getMessage())


def load(path, compile=False):
    said = Said()
    logging.getLogger("absl").addHandler(said)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = keras.saving.load_model(path, compile=compile)
        finally:
            logging.getLogger("absl").removeHandler(said)
    texts = [*said.texts, *(str(w.message) for w in caught if w.category is UserWarning)]
    serious = [t for t in texts if re.search("variable|weight|mismatch|build", t) and not untrained.search(t)]
    if serious:
        raise ValueError(f"Keras warns: {serious[0]}")
    return model


def is_compiled(path):
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            return bool(json.loads(archive.read("config.json")).get("compile_config"))
    import h5py

    with h5py.File(path) as file:
        return "training_config" in file.attrs


def run_keras(folder, record):
    path = folder / record["file"]
    if record.get("architecture"):
        model = load(folder / record["architecture"])
        for weight in model.weights:
            weight.assign(np.zeros(weight.shape))
        model.load_weights(path)
    else:
        if is_compiled(path) and load(path, compile=True).optimizer is None:
            raise ValueError("loaded without its optimizer")
        model = load(path)
    inputs = [from_array(x) for x in record["inputs"]]
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        inputs = [dict(zip(sorted(structure), inputs))]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(y) for y in keras.tree.flatten(outputs)]


def run_onnx(folder, record):
    import onnx
    import onnxruntime

    path = folder / record["file"]
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    own = {x.name: x for x in session.get_inputs()}
    names = record.get("onnxInputs") or record.get("inputNames") or list(own)
    names = names if set(names) <= own.keys() else list(own)
    feed = dict(zip(names, map(from_array, record["inputs"])))
    for name in own.keys() - feed.keys():  # carried states start at zero
        feed[name] = np.zeros(own[name].shape, dtype="float32")
    return session.run(None, feed)[: len(record["outputs"])]


def kind_of(file):
    if file.endswith(".weights.h5"):
        return "our .weights.h5 in Keras"
    ending = pathlib.Path(file).suffix
    return f"our {ending} in {'ONNX Runtime' if ending == '.onnx' else 'Keras'}"


def check(folder):
    groups = {}
    for line in (folder / "index.jsonl").read_text().splitlines():
        record = json.loads(line)
        file = record["file"]
        blank = {"group": kind_of(file), "cases": 0, "worst": 0.0, "where": "", "problems": []}
        group = groups.setdefault(kind_of(file), blank)
        group["cases"] += 1
        try:
            keras.utils.clear_session()
            outputs = (run_onnx if file.endswith(".onnx") else run_keras)(folder, record)
            expected = [from_array(y) for y in record["outputs"]]
            if [y.shape for y in outputs] != [y.shape for y in expected]:
                raise ValueError(f"outputs {[y.shape for y in outputs]}, not {[y.shape for y in expected]}")
        except Exception as error:
            group["problems"].append(f"{file}: {type(error).__name__}: {str(error)[:300]}")
            continue
        for actual, wanted in zip(outputs, expected):
            scale = max(1.0, float(np.abs(wanted).max(initial=0)))
            error = float(np.abs(actual - wanted).max(initial=0)) / scale
            if not error <= TOLERANCE:
                group["problems"].append(f"{file}: differs by {error:.2g}")
            if error > group["worst"]:
                group["worst"], group["where"] = error, file
    return groups.values()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, required=True)
    for row in check(parser.parse_args().dir):
        print(json.dumps(row))
