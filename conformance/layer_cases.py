"""The cases of layers.py: `Case(id, kind, options, inputs, …)`, options in snake_case as Keras takes them."""

from dataclasses import dataclass, field

import numpy as np

from common import Draws

draws = Draws(20)
N, T, F = 3, 4, 2

MASKS = {
    "holes": [[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]],
    "left": [[0, 1, 1, 1], [0, 0, 0, 1], [1, 1, 1, 1]],
    "right": [[1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]],
    "empty": [[1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 0, 0]],
}


@dataclass
class Case:
    id: str
    kind: str
    options: dict
    inputs: list
    masks: list = None
    state: list = None
    arguments: dict = None
    training: bool = False
    """More than one: the same layer is called with each list of inputs in turn."""
    calls: list = None
    """Structure of the initial state for cells with several states, such as [[0, 1], [2]]."""
    state_structure: list = field(default=None)


cases = []


def mask(name):
    return None if name is None else np.array(MASKS[name], dtype=bool)


def case(kind, what, options, *inputs, masks=None, **more):
    """Adds a case; shapes among the inputs are drawn, names among the masks looked up."""
    own = Draws(20, f"{kind}/{what}")
    drawn = [own.values(*x) if isinstance(x, tuple) else x for x in inputs]
    found = [mask(m) if isinstance(m, str) or m is None else m for m in masks or []] or None
    cases.append(Case(f"{kind}/{what}", kind, options, drawn, found, **more))


def state(kind, units):
    return [draws.values(N, units) for _ in range(2 if kind == "lstm" else 1)]


def recurrent():
    for kind in ("simpleRnn", "lstm", "gru"):
        gated = kind != "simpleRnn"
        base = {"units": 3}
        every = {**base, "return_sequences": True, "return_state": True}
        last = {**base, "return_state": True}
        x = (N, T, F)

        def add(what, options, mask_name=None, with_state=False):
            own = dict(options)
            if not gated:
                own.pop("recurrent_activation", None)
            given = state(kind, own["units"]) if with_state else None
            case(kind, what, own, x, masks=[mask_name] if mask_name else None, state=given)

        add("defaults", base)
        add("return-sequences", {**base, "return_sequences": True})
        add("return-state", every)
        add("initial-state", every, with_state=True)
        add("backwards", {**base, "go_backwards": True})
        add("backwards-sequences", {**every, "go_backwards": True})
        for name in MASKS:
            add(f"mask-{name}", last, name)
            add(f"mask-{name}-sequences", every, name)
        add("mask-holes-state", last, "holes", True)
        add("mask-left-backwards", {**last, "go_backwards": True}, "left")
        add("mask-holes-backwards-state", {**every, "go_backwards": True}, "holes", True)
        add("zero-output-left", {**every, "zero_output_for_mask": True}, "left")
        add("zero-output-holes-backwards", {**last, "zero_output_for_mask": True, "go_backwards": True}, "holes")
        add("no-bias-softsign", {**every, "use_bias": False, "activation": "softsign"}, None, True)
        add("silu-hard-sigmoid", {**base, "activation": "silu", "recurrent_activation": "hard_sigmoid"})
        add(
            "relu-hard-sigmoid-mask-right",
            {**every, "activation": "relu", "recurrent_activation": "hard_sigmoid"},
            "right",
        )
        add("linear-tanh", {**every, "activation": "linear", "recurrent_activation": "tanh"})
        add("dropout-at-rest", {**base, "dropout": 0.2, "recurrent_dropout": 0.3})
        case(kind, "one-step", every, (2, 1, 3))
        calls = [draws.values(2, 3, F) for _ in range(2)]
        case(kind, "stateful", {**every, "stateful": True}, calls[0], calls=[[calls[0]], [calls[1]]])
        calls = [draws.values(N, T, F) for _ in range(2)]
        case(
            kind,
            "stateful-mask-right",
            {**last, "stateful": True},
            calls[0],
            masks=["right"],
            calls=[[calls[0]], [calls[1]]],
        )
    before = {"units": 3, "reset_after": False}
    every = {**before, "return_sequences": True, "return_state": True}
    case("gru", "reset-before", before, (N, T, F))
    case("gru", "reset-before-state-mask-holes", every, (N, T, F), masks=["holes"], state=state("gru", 3))
    case("gru", "reset-before-no-bias-backwards", {**every, "use_bias": False, "go_backwards": True}, (N, T, F))
    case("gru", "reset-before-mask-left", every, (N, T, F), masks=["left"])
    case("gru", "reset-before-hard-sigmoid", {**before, "recurrent_activation": "hard_sigmoid"}, (N, T, F))
    case("gru", "reset-after-no-bias", {"units": 3, "use_bias": False}, (N, T, F))
    case("lstm", "no-unit-forget-bias", {"units": 3, "unit_forget_bias": False}, (N, T, F))


def cell(kind, units, **options):
    return {"cell": kind, "options": {"units": units, **options}}


def stacked(*cells):
    return {"cell": "stacked", "options": {"cells": list(cells)}}


def over_cells():
    x = (N, T, F)
    for kind in ("simpleRnn", "lstm", "gru"):
        case("rnn", f"{kind}-cell", {"cell": cell(kind, 3), "return_sequences": True, "return_state": True}, x)
    before = cell("gru", 3, reset_after=False, recurrent_activation="hard_sigmoid")
    case("rnn", "gru-cell-options-mask-right", {"cell": before, "return_state": True}, x, masks=["right"])
    two = stacked(cell("lstm", 3), cell("gru", 2))
    case("rnn", "stacked", {"cell": two}, x)
    case("rnn", "stacked-sequences-state", {"cell": two, "return_sequences": True, "return_state": True}, x)
    case("rnn", "stacked-backwards", {"cell": two, "go_backwards": True, "return_sequences": True}, x)
    simple = stacked(cell("simpleRnn", 2), cell("simpleRnn", 3, activation="relu"))
    case("rnn", "stacked-simple", {"cell": simple, "return_sequences": True}, x)
    lstms = stacked(cell("lstm", 3), cell("lstm", 2))
    every = {"cell": lstms, "return_sequences": True, "return_state": True}
    case("rnn", "stacked-lstm-mask-right", every, x, masks=["right"])
    given = [draws.values(N, 3), draws.values(N, 3), draws.values(N, 2), draws.values(N, 2)]
    case("rnn", "stacked-lstm-initial-state", every, x, state=given, state_structure=[[0, 1], [2, 3]])


def inner(kind, **options):
    return {"layer": kind, "options": options}


def wrappers():
    x = (N, T, F)
    for mode in ("concat", "sum", "mul", "ave", None):
        for sequences in (False, True):
            options = {"layer": inner("lstm", units=3, return_sequences=sequences), "merge_mode": mode}
            case("bidirectional", f"lstm-{mode or 'none'}{'-sequences' if sequences else ''}", options, x)
    gru = inner("gru", units=3, return_sequences=True)
    for name in MASKS:
        case("bidirectional", f"gru-mask-{name}", {"layer": gru}, x, masks=[name])
        case("bidirectional", f"lstm-last-mask-{name}", {"layer": inner("lstm", units=2)}, x, masks=[name])
    case("bidirectional", "gru-none-mask-left", {"layer": gru, "merge_mode": None}, x, masks=["left"])
    zero = inner("simpleRnn", units=3, return_sequences=True, zero_output_for_mask=True)
    case("bidirectional", "simple-zero-output-holes", {"layer": zero, "merge_mode": "sum"}, x, masks=["holes"])
    with_state = inner("lstm", units=2, return_sequences=True, return_state=True)
    case("bidirectional", "lstm-return-state", {"layer": with_state}, x)
    given = [draws.values(N, 2) for _ in range(4)]
    case("bidirectional", "lstm-initial-state", {"layer": with_state}, x, state=given)
    gru_state = inner("gru", units=3, return_state=True)
    given = [draws.values(N, 3) for _ in range(2)]
    case("bidirectional", "gru-initial-state-last", {"layer": gru_state, "merge_mode": "ave"}, x, state=given)
    other = {
        "layer": inner("lstm", units=2, return_sequences=True),
        "backward_layer": inner("gru", units=3, return_sequences=True, go_backwards=True, activation="relu"),
    }
    case("bidirectional", "other-backward-layer", other, x)
    case("bidirectional", "other-backward-layer-mask-left", other, x, masks=["left"])
    calls = [draws.values(2, 3, F) for _ in range(2)]
    stateful = {"layer": inner("gru", units=2, stateful=True, return_sequences=True)}
    case("bidirectional", "stateful", stateful, calls[0], calls=[[calls[0]], [calls[1]]])

    dense = inner("dense", units=3, activation="tanh")
    case("timeDistributed", "dense", {"layer": dense}, (2, 3, 4))
    case("timeDistributed", "dense-mask", {"layer": dense}, x, masks=["holes"])
    case("timeDistributed", "lstm", {"layer": inner("lstm", units=2)}, (2, 3, 4, 2))
    case("timeDistributed", "flatten", {"layer": inner("flatten")}, (2, 3, 2, 2))
    case("timeDistributed", "conv1d", {"layer": inner("conv1d", filters=2, kernel_size=2)}, (2, 3, 4, 2))


ACTIVATIONS = """linear tanh sigmoid relu hard_sigmoid softsign softplus elu selu exponential silu swish hard_silu gelu
gelu_tanh mish leaky_relu relu6 celu hard_tanh tanh_shrink log_sigmoid squareplus softmax log_softmax legacy_hard_sigmoid""".split()


def pointwise():
    line = np.array([[-7.5, -3.0, -1.25, -0.4, 0.0, 0.3, 1.5, 2.75, 6.5]], dtype="float32")
    for name in ACTIVATIONS:
        case("activation", name, {"activation": name}, line)
    case("activation", "softmax-rank-3-mask", {"activation": "softmax"}, (N, T, F), masks=["right"])

    ids = draws.ids(N, T, below=7)
    ids[0, 2:] = 0
    ids[2, :] = 0
    case("embedding", "ids", {"input_dim": 7, "output_dim": 3}, ids)
    case("embedding", "mask-zero", {"input_dim": 7, "output_dim": 3, "mask_zero": True}, ids)
    case("embedding", "rank-1", {"input_dim": 7, "output_dim": 2}, ids[0])

    x = draws.values(N, T, F)
    x[0, 2:] = 0
    x[1, 1] = [0, 1]
    x[2, :] = 0
    case("masking", "zero", {}, x)
    marked = draws.values(N, T, F)
    marked[1, :3] = -1
    case("masking", "minus-one", {"mask_value": -1.0}, marked)

    case("dense", "defaults", {"units": 3}, (2, 4))
    case("dense", "rank-3", {"units": 3, "activation": "relu"}, (2, 3, 4))
    case("dense", "rank-4", {"units": 2}, (2, 3, 2, 4))
    case("dense", "no-bias", {"units": 3, "use_bias": False, "activation": "tanh"}, (2, 4))
    case("dense", "softmax", {"units": 4, "activation": "softmax"}, (3, 2))
    case("dense", "mask", {"units": 3, "activation": "sigmoid"}, (N, T, F), masks=["left"])
    case("dropout", "at-rest", {"rate": 0.4}, (2, 3))
    case("dropout", "mask", {"rate": 0.4}, (N, T, F), masks=["right"])
    case("dropout", "rate-zero-training", {"rate": 0.0}, (2, 3), training=True)
    case("spatialDropout1d", "at-rest", {"rate": 0.4}, (2, 3, 2))
    case("spatialDropout1d", "mask", {"rate": 0.4}, (N, T, F), masks=["left"])
    case("unitNormalization", "defaults", {}, (2, 3, 4))
    case("unitNormalization", "axis", {"axis": 1}, (2, 3, 4))


def shapes():
    case("flatten", "rank-3", {}, (2, 3, 4))
    case("flatten", "rank-4", {}, (2, 3, 2, 2))
    case("reshape", "to-rank-3", {"target_shape": [3, 2]}, (2, 6))
    case("reshape", "unknown", {"target_shape": [-1, 2]}, (2, 4, 3))
    case("reshape", "flat", {"target_shape": [12]}, (2, 4, 3))
    case("permute", "swap", {"dims": [2, 1]}, (2, 3, 4))
    case("permute", "rank-4", {"dims": [3, 1, 2]}, (2, 3, 4, 2))
    case("repeatVector", "three", {"n": 3}, (2, 4))
    case("zeroPadding1d", "default", {}, (2, 3, 2))
    case("zeroPadding1d", "two", {"padding": 2}, (2, 3, 2))
    case("zeroPadding1d", "uneven", {"padding": [0, 3]}, (2, 3, 2))


def merging():
    x, y = (N, T, F), (N, T, 3)
    case("concatenate", "last", {}, x, y)
    case("concatenate", "time", {"axis": 1}, (2, 3, 2), (2, 4, 2))
    case("concatenate", "three", {}, (2, 2), (2, 3), (2, 1))
    case("concatenate", "masks", {}, x, y, masks=["left", "right"])
    case("concatenate", "one-mask", {}, x, y, masks=["left", None])
    case("concatenate", "time-masks", {"axis": 1}, x, x, masks=["left", "right"])
    for kind in ("add", "multiply", "average", "maximum", "minimum"):
        case(kind, "three", {}, (2, 3), (2, 3), (2, 3))
        case(kind, "broadcast", {}, (2, 3, 4), (2, 1, 4))
        case(kind, "masks", {}, x, x, masks=["left", "right"])
    case("add", "one-mask", {}, x, x, masks=["left", None])
    case("subtract", "two", {}, (2, 3), (2, 3))
    case("subtract", "masks", {}, x, x, masks=["left", "right"])
    case("dot", "vectors", {"axes": 1}, (2, 3), (2, 3))
    case("dot", "last-axes", {"axes": 2}, (2, 3, 4), (2, 2, 4))
    case("dot", "two-axes", {"axes": [1, 2]}, (2, 3, 4), (2, 2, 3))
    case("dot", "rank-3-by-2", {"axes": [2, 1]}, (2, 3, 4), (2, 4))
    case("dot", "normalize", {"axes": 1, "normalize": True}, (2, 3), (2, 3))


def windows():
    x = (N, T, F)
    case("globalAveragePooling1d", "defaults", {}, (2, 3, 4))
    case("globalAveragePooling1d", "keepdims", {"keepdims": True}, (2, 3, 4))
    for name in ("left", "right", "holes", "empty"):
        case("globalAveragePooling1d", f"mask-{name}", {}, x, masks=[name])
    case("globalMaxPooling1d", "defaults", {}, (2, 3, 4))
    case("globalMaxPooling1d", "keepdims", {"keepdims": True}, (2, 3, 4))
    case("globalMaxPooling1d", "mask-right", {}, x, masks=["right"])
    for kind in ("averagePooling1d", "maxPooling1d"):
        case(kind, "two", {"pool_size": 2}, (2, 5, 3))
        case(kind, "same", {"pool_size": 2, "padding": "same"}, (2, 5, 3))
        case(kind, "overlap", {"pool_size": 3, "strides": 1}, (2, 5, 2))
        case(kind, "overlap-same", {"pool_size": 3, "strides": 2, "padding": "same"}, (2, 6, 2))
    base = {"filters": 3, "kernel_size": 2}
    case("conv1d", "defaults", base, (2, 5, 4))
    case("conv1d", "same", {**base, "kernel_size": 3, "padding": "same"}, (2, 5, 2))
    case("conv1d", "same-even", {**base, "padding": "same", "activation": "relu"}, (2, 5, 2))
    case("conv1d", "causal", {**base, "kernel_size": 3, "padding": "causal"}, (2, 5, 2))
    case("conv1d", "strides", {**base, "strides": 2}, (2, 6, 2))
    case("conv1d", "strides-same", {**base, "kernel_size": 3, "strides": 2, "padding": "same"}, (2, 6, 2))
    case("conv1d", "dilation", {**base, "dilation_rate": 2}, (2, 6, 2))
    case("conv1d", "dilation-same", {**base, "kernel_size": 3, "dilation_rate": 2, "padding": "same"}, (2, 5, 2))
    case("conv1d", "dilation-causal", {**base, "dilation_rate": 3, "padding": "causal"}, (2, 6, 2))
    case("conv1d", "groups", {"filters": 4, "kernel_size": 2, "groups": 2}, (2, 5, 6))
    case("conv1d", "no-bias-tanh", {**base, "use_bias": False, "activation": "tanh"}, (2, 5, 2))
    case("conv1d", "mask", base, x, masks=["right"])


def normalizing():
    case("layerNormalization", "defaults", {}, (2, 3, 4))
    case("layerNormalization", "rank-2", {"epsilon": 0.1}, (3, 4))
    case("layerNormalization", "bare", {"center": False, "scale": False}, (2, 3, 4))
    case("layerNormalization", "no-center", {"center": False}, (2, 3, 4))
    case("layerNormalization", "axis", {"axis": 1}, (2, 3, 4))
    case("layerNormalization", "axes", {"axis": [1, 2]}, (2, 3, 4))
    case("layerNormalization", "mask", {}, (N, T, F), masks=["left"])
    for training in (False, True):
        when = "training" if training else "at-rest"
        case("batchNormalization", when, {}, (4, 3), training=training)
        case("batchNormalization", f"{when}-rank-3", {"momentum": 0.8, "epsilon": 0.01}, (2, 3, 4), training=training)
        case("batchNormalization", f"{when}-bare", {"center": False, "scale": False}, (4, 3), training=training)
        case("batchNormalization", f"{when}-axis", {"axis": 1}, (2, 3, 4), training=training)
        case("batchNormalization", f"{when}-mask", {}, (N, T, F), masks=["right"], training=training)


def attending():
    q, v, k = (2, 3, 4), (2, 5, 4), (2, 5, 4)
    keep = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 0, 0]], dtype=bool)
    ask = np.array([[1, 1, 0], [0, 1, 1]], dtype=bool)
    for kind in ("attention", "additiveAttention"):
        case(kind, "two", {}, q, v)
        case(kind, "three", {}, q, (2, 5, 3), k) if kind == "attention" else case(kind, "three", {}, q, (2, 5, 4), k)
        case(kind, "scale", {"use_scale": kind == "attention"}, q, v)
        case(kind, "value-mask", {}, q, v, masks=[None, keep])
        case(kind, "masks", {}, q, v, masks=[ask, keep])
        case(kind, "causal", {}, (2, 4, 3), (2, 4, 3), arguments={"use_causal_mask": True})
        case(kind, "scores", {}, q, v, masks=[None, keep], arguments={"return_attention_scores": True})
        case(kind, "dropout-at-rest", {"dropout": 0.3}, q, v)
    case("attention", "concat", {"score_mode": "concat"}, q, v)
    case("attention", "concat-scale", {"score_mode": "concat", "use_scale": True}, q, v)
    kind = "multiHeadAttention"
    base = {"num_heads": 2, "key_dim": 3}
    case(kind, "self", base, *[draws.values(2, 3, 4)] * 2)
    case(kind, "cross", base, q, (2, 5, 3))
    case(kind, "three", base, q, (2, 5, 3), (2, 5, 2))
    # Without the scores this path of Keras 3.15 fails on JAX.
    scores = {"return_attention_scores": True}
    case(kind, "value-dim-scores", {**base, "value_dim": 2}, q, (2, 5, 3), (2, 5, 2), arguments=scores)
    case(kind, "value-mask", base, q, v, masks=[None, keep])
    case(kind, "query-mask", base, q, v, masks=[ask, None])
    case(kind, "masks", base, q, v, masks=[ask, keep])
    case(kind, "causal", base, (2, 4, 3), (2, 4, 3), arguments={"use_causal_mask": True})
    case(kind, "scores", base, q, v, arguments={"return_attention_scores": True})
    case(kind, "no-bias", {**base, "use_bias": False}, q, v)
    case(kind, "output-shape", {**base, "num_heads": 3, "key_dim": 2, "output_shape": 5}, q, v)
    case(kind, "one-head-dropout-at-rest", {"num_heads": 1, "key_dim": 4, "dropout": 0.2}, q, v)


for group in (recurrent, over_cells, wrappers, pointwise, shapes, merging, windows, normalizing, attending):
    group()
