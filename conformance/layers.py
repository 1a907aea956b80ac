"""Writes golden/layers.jsonl: what Keras 3 computes for every layer with many options; golden/regularizers.jsonl.

One line a case: {"id", "layer", "options", "inputs", "masks", "initialState"?, "arguments"?, "training", "weights" with
Keras's paths in the order of `layer.weights` without random states, "outputs", "outputMasks", "seeds", "gradients":
{"inputs", "weights", "initialState"?} of sum(output · seed), "weightsAfter"? where the call updates statistics}. A stateful
layer has "calls": [{"inputs", "masks", "outputs", "outputMasks"}, …] in place of inputs, outputs and gradients.
"""

import common  # sets the back end

import jax
import keras
import numpy as np
from common import Draws, array, camel_options, output_folder, write_lines
from keras_layers import has_any, make
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask
from layer_cases import cases

jax.config.update("jax_disable_most_optimizations", True)  # compiling is what takes the time
separate_arguments = {"multiHeadAttention"}


def call(layer, case, inputs, state, masked=True):
    """The layer called as a model would call it: masks ride on the tensors. Gives outputs and their masks."""
    tensors = [x if isinstance(x, keras.KerasTensor) else keras.ops.convert_to_tensor(x) for x in inputs]
    for tensor, mask in zip(tensors, case.masks or [] if masked else []):
        if mask is not None:
            set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    named = dict(case.arguments or {})
    if layer._call_has_training_arg:
        named["training"] = case.training
    if state is not None:
        named["initial_state"] = arranged(case.state_structure, state)
    if case.kind in separate_arguments:
        query, value, *key = tensors
        outputs = layer(query, value, *key, **named)
    else:
        outputs = layer(tensors if len(tensors) > 1 else tensors[0], **named)
    outputs = keras.tree.flatten(outputs)
    return outputs, [get_keras_mask(y) for y in outputs]


def arranged(structure, state):
    return state if structure is None else [[state[index] for index in part] for part in structure]


def is_random(variable):
    return "seed_generator" in variable.path


def described(weights, values):
    return [{"name": w.path, **array(v)} for w, v in zip(weights, values)]


def run(case):
    keras.utils.clear_session()
    draws = Draws(21, case.id)
    # Before the first step that counts, TensorFlow, PyTorch and JAX unrolled output zeros; JAX's scan repeats the initial
    # state. Unrolled, zero_output_for_mask does nothing, which Bidirectional sets when it returns sequences.
    zero_output = has_any(case.options, "zero_output_for_mask")
    zero_output |= case.kind == "bidirectional" and has_any(case.options, "return_sequences")
    unroll = not zero_output
    layer = make(case.kind, case.options, unroll)
    symbolic = [keras.KerasTensor(x.shape, dtype=str(x.dtype)) for x in case.inputs]
    call(layer, case, symbolic, case.state, masked=False)
    weights = [w for w in layer.weights if not is_random(w)]
    for weight in weights:
        weight.assign(draws.weight(weight))
    values = [np.asarray(w) for w in weights]
    record = {"id": case.id, "layer": case.kind, "options": camel_options(case.options)}
    if case.calls:
        return {**record, "training": False, "weights": described(weights, values), "calls": several(layer, case)}

    inputs, masks = case.inputs, case.masks or [None] * len(case.inputs)
    smooth = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    trained = [i for i, w in enumerate(weights) if w.trainable]

    def outputs(some_inputs, some_weights, state):
        all_inputs = list(inputs)
        for i, x in zip(smooth, some_inputs):
            all_inputs[i] = x
        mapping = [(weights[i], w) for i, w in zip(trained, some_weights)]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            result, result_masks = call(layer, case, all_inputs, state)
            new = [scope.get_current_value(w) for w in weights]
        return result, (result_masks, new)

    arguments = ([inputs[i] for i in smooth], [values[i] for i in trained], case.state)
    seeds = [draws.values(*y.shape) for y in jax.eval_shape(lambda a: outputs(*a)[0], arguments)]

    @jax.jit
    def everything(arguments, seeds):
        result, back, others = jax.vjp(outputs, *arguments, has_aux=True)
        return result, others, back(seeds)

    result, (result_masks, new), (d_inputs, d_weights, d_state) = everything(arguments, seeds)
    record |= {"inputs": [array(x) for x in inputs], "masks": [array(m) for m in masks]}
    if case.state:
        record["initialState"] = [array(s) for s in case.state]
    if case.arguments:
        record["arguments"] = camel_options(case.arguments)
    record |= {
        "training": case.training,
        "weights": described(weights, values),
        "outputs": [array(y) for y in result],
        "outputMasks": [array(m) for m in result_masks],
        "seeds": [array(s) for s in seeds],
        "gradients": {
            "inputs": placed(len(inputs), smooth, d_inputs),
            "weights": placed(len(weights), trained, d_weights),
            **({"initialState": [array(g) for g in d_state]} if case.state else {}),
        },
    }
    changed = [v is not None and not np.array_equal(np.asarray(v), old) for v, old in zip(new, values)]
    if any(changed):
        record["weightsAfter"] = described(weights, [old if v is None else v for v, old in zip(new, values)])
    return record


def placed(length, indices, gradients):
    result = [None] * length
    for index, gradient in zip(indices, gradients):
        result[index] = array(gradient)
    return result


def several(layer, case):
    """A stateful layer called in turn, from zero states."""
    layer.reset_state()
    calls = []
    for inputs in case.calls:
        outputs, masks = call(layer, case, inputs, None)
        calls.append(
            {
                "inputs": [array(x) for x in inputs],
                "masks": [array(m) for m in case.masks or [None] * len(inputs)],
                "outputs": [array(y) for y in outputs],
                "outputMasks": [array(m) for m in masks],
            }
        )
    return calls


def regularizers():
    """{"id", "regularizer", "options", "input", "output": the penalty} and {"id", "constraint", …, "output": the matrix}."""
    penalties = [
        ("l1", keras.regularizers.L1, {"l1": 0.02}),
        ("l2", keras.regularizers.L2, {"l2": 0.03}),
        ("l1l2", keras.regularizers.L1L2, {"l1": 0.01, "l2": 0.04}),
        ("orthogonalRegularizer", keras.regularizers.OrthogonalRegularizer, {"factor": 0.05}),
        ("orthogonalRegularizer", keras.regularizers.OrthogonalRegularizer, {"factor": 0.05, "mode": "columns"}),
    ]
    rules = [
        ("maxNorm", keras.constraints.MaxNorm, {"max_value": 0.8}),
        ("maxNorm", keras.constraints.MaxNorm, {"max_value": 0.8, "axis": 1}),
        ("nonNeg", keras.constraints.NonNeg, {}),
        ("unitNorm", keras.constraints.UnitNorm, {}),
        ("unitNorm", keras.constraints.UnitNorm, {"axis": [0, 1]}),
        ("minMaxNorm", keras.constraints.MinMaxNorm, {"min_value": 0.9, "max_value": 1.1, "rate": 0.7}),
        ("minMaxNorm", keras.constraints.MinMaxNorm, {"min_value": 0.2, "max_value": 0.6, "axis": 1}),
    ]
    for role, rows in (("regularizer", penalties), ("constraint", rules)):
        for name, kind, options in rows:
            what = "-".join([name, *map(camel_text, options.values())])
            x = Draws(22, what).values(3, 4)
            result = kind(**options)(keras.ops.convert_to_tensor(x))
            yield {
                "id": f"{role}/{what}",
                role: name,
                "options": camel_options(options),
                "input": array(x),
                "output": array(result),
            }


def camel_text(value):
    return str(value).replace(" ", "").strip("[]").replace(",", "-")


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    write_lines(folder / "layers.jsonl", [run(case) for case in cases])
    write_lines(folder / "regularizers.jsonl", regularizers())
