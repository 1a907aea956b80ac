"""Writes golden/models/: small models saved by Keras 3, and golden/models.jsonl: what each computes.

A line: {"file", "note", "inputs", "outputs", "inputNames", "outputNames"} with files relative to golden/. Optional keys: "then":
[{"inputs", "outputs"}] are later calls of a stateful model; "architecture": the model file that a file of weights alone
belongs to; "unsupported": classes a reader is expected to name and refuse.
"""

import common  # sets the back end

import keras
import numpy as np
from common import Draws, array, merge_lines, output_folder, settle
from model_cases import model_cases

def fill(model, draws):
    """New weights, all distinct; states, counters and random states stay."""
    for weight in model.weights:
        if "seed_generator" not in weight.path:
            weight.assign(draws.weight(weight))


def outputs_of(model, inputs):
    return [np.asarray(y) for y in keras.tree.flatten(model(arranged(model, inputs), training=False))]


def arranged(model, inputs):
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, dict):
        return dict(zip(sorted(structure), inputs))
    return inputs if len(inputs) > 1 else inputs[0]


def described(file, model, inputs, note, then=None):
    if any(layer.__dict__.get("stateful") for layer in model.layers):
        for layer in model.layers:
            if hasattr(layer, "reset_state"):
                layer.reset_state()
    record = {"file": file, "note": note}
    functional = getattr(model, "_functional", model)
    record |= {"inputNames": [x.name for x in model.inputs], "outputNames": functional.output_names}
    record |= {"inputs": [array(x) for x in inputs], "outputs": [array(y) for y in outputs_of(model, inputs)]}
    if then:
        record["then"] = [
            {"inputs": [array(x) for x in more], "outputs": [array(y) for y in outputs_of(model, more)]} for more in then
        ]
    return record


def same(path, record):
    """Real Keras loads what it wrote and computes the same."""
    if record.get("unsupported"):
        return
    loaded = keras.saving.load_model(path, compile=False)
    for actual, expected in zip(outputs_of(loaded, [common.from_array(x) for x in record["inputs"]]), record["outputs"]):
        np.testing.assert_allclose(actual, common.from_array(expected), atol=1e-6, err_msg=path.name)


def write(folder):
    records = []
    (folder / "models").mkdir(exist_ok=True)
    for name, build in model_cases.items():
        keras.utils.clear_session()
        keras.utils.set_random_seed(7)
        draws = Draws(31, name)
        case = build(draws)
        model, inputs = case["model"], case["inputs"]
        fill(model, draws)
        if "train" in case:
            for _ in range(2):
                model.train_on_batch(arranged(model, inputs), case["train"])
        record = described(f"models/{name}.keras", model, inputs, case["note"], case.get("then"))
        if "unsupported" in case:
            record["unsupported"] = case["unsupported"]
        path = folder / record["file"]
        model.save(path)
        settle(path, case.get("stored", False))
        same(path, record)
        records.append(record)
        for ending in case.get("also", []):
            records.append(other_format(folder, name, ending, case, record, draws))
    return records


def other_format(folder, name, ending, case, record, draws):
    """The same architecture with other weights, as legacy .h5 or as weights alone."""
    model, inputs = case["model"], case["inputs"]
    fill(model, draws)
    file = f"models/{name}{ending}"
    path = folder / file
    if ending == ".h5":
        model.save(path)
        other = described(file, model, inputs, f"{case['note']}; whole model in legacy HDF5 as Keras 3 writes it")
        same(path, other)
        return other
    model.save_weights(path)
    other = described(file, model, inputs, f"{case['note']}; weights alone", case.get("then"))
    return {**other, "architecture": record["file"]}


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    merge_lines(folder / "models.jsonl", write(folder), "models")
