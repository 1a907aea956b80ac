"""Writes golden/tensor-layers.jsonl: layers that do not walk over time, with more options than layers.py gives them.

The lines are those of layers.jsonl. Here are the corners: ties, masks that leave nothing, ranks, axes and formats.
"""

import common  # sets the back end

import keras
import keras_layers
import layer_cases
import layers
import numpy as np
from common import output_folder, write_lines
from layer_cases import Draws, F, N, T, case

keras_layers.kinds |= {
    "reLu": keras.layers.ReLU,
    "leakyReLu": keras.layers.LeakyReLU,
    "softmax": keras.layers.Softmax,
    "identity": keras.layers.Identity,
    "rescaling": keras.layers.Rescaling,
    "upSampling1d": keras.layers.UpSampling1D,
}
draws = Draws(23)
first = {"data_format": "channels_first"}
steps = (N, T, F)
ELEMENT_WISE = ("add", "multiply", "average", "maximum", "minimum")


def truth(*rows):
    return np.array(rows, dtype=bool)


def with_ties(*shape):
    """Zeros where a rectifier would leave them, and two equal steps."""
    x = np.maximum(draws.values(*shape), 0)
    if len(shape) == 3:
        x[:, 2:4] = 0.5
    return x


def pointwise():
    rectified = {
        "defaults": {},
        "bounded": {"max_value": 0.5},
        "sloped": {"negative_slope": 0.2},
        "threshold": {"threshold": 0.3},
        "everything": {"max_value": 0.6, "negative_slope": 0.2, "threshold": 0.3},
    }
    for what, options in rectified.items():
        case("reLu", what, options, steps, masks=["left"])
    case("leakyReLu", "defaults", {}, steps, masks=["left"])
    case("leakyReLu", "steep", {"negative_slope": 1.5}, steps)
    for what, axis in (("last", -1), ("middle", 1), ("two", [1, 2]), ("apart", [0, 2])):
        case("softmax", what, {"axis": axis}, (2, 3, 4))
    case("softmax", "mask-holes", {}, (N, T), masks=["holes"])
    case("softmax", "mask-first-axis", {"axis": 0}, (N, T), masks=["holes"])
    case("rescaling", "scale", {"scale": 0.5}, steps, masks=["left"])
    case("rescaling", "offset", {"scale": 0.5, "offset": -2.0}, steps)
    case("identity", "mask", {}, steps, masks=["left"])


def shapes():
    case("flatten", "channels-first", first, (2, 3, 4, 2))
    case("flatten", "rank-1", {}, (3,))
    for kind, options in (("flatten", {}), ("reshape", {"target_shape": [8]}), ("permute", {"dims": [2, 1]})):
        case(kind, "mask", options, steps, masks=["left"])
    case("zeroPadding1d", "channels-first", {"padding": [1, 2], **first}, (2, 3, 4))
    case("upSampling1d", "defaults", {}, (2, 3, 2))
    case("upSampling1d", "three-mask", {"size": 3}, steps, masks=["left"])


def merging():
    row = (N, F)
    for kind in ELEMENT_WISE:
        case(kind, "ranks", {}, steps, row)
        case(kind, "ranks-mask", {}, steps, row, masks=["left", None])
        case(kind, "three-masks", {}, steps, steps, steps, masks=["left", "holes", "empty"])
        case(kind, "two-of-three-masks", {}, steps, steps, steps, masks=["left", None, "empty"])
        case(kind, "broadcast-masks", {}, steps, (N, 1, F), masks=["left", truth([1], [0], [0])])
        case(kind, "broadcast-features-masks", {}, steps, (N, T, 1), masks=["left", "holes"])
        tied = with_ties(2, 3)
        case(kind, "ties", {}, tied, with_ties(2, 3), tied.copy())
    case("concatenate", "time-two-of-three-masks", {"axis": -2}, steps, steps, steps, masks=["left", None, "holes"])
    case("concatenate", "three-masks", {}, steps, (N, T, 1), (N, T, 2), masks=["left", "holes", "empty"])
    case("dot", "rank-4-by-3", {"axes": [2, 1]}, (2, 3, 4, 5), (2, 4, 3))
    case("dot", "rank-4-by-4", {"axes": [3, 2]}, (2, 3, 4, 5), (2, 4, 5, 3))
    case("dot", "rank-4-by-2", {"axes": 1}, (2, 3, 4, 5), (2, 3))
    case("dot", "rank-2-by-3", {"axes": 1}, (2, 3), (2, 3, 5))
    case("dot", "negative-axes", {"axes": [-1, -2]}, (2, 3, 4), (2, 4, 5))
    case("dot", "normalize-rank-3", {"axes": 2, "normalize": True}, (2, 3, 4), (2, 5, 4))
    case("dot", "masks", {"axes": 2}, steps, steps, masks=["left", "left"])


def windows():
    for kind in ("globalAveragePooling1d", "globalMaxPooling1d"):
        case(kind, "channels-first", first, (2, 3, 4))
        case(kind, "channels-first-keepdims", {**first, "keepdims": True}, (2, 3, 4))
    case("globalMaxPooling1d", "ties", {}, with_ties(2, 7, 3))
    case("globalAveragePooling1d", "channels-first-mask", first, (N, F, T), masks=["left"])
    case("globalAveragePooling1d", "keepdims-mask", {"keepdims": True}, steps, masks=["right"])
    for kind in ("averagePooling1d", "maxPooling1d"):
        case(kind, "channels-first", {**first, "pool_size": 3, "padding": "same"}, (2, 3, 5))
        case(kind, "gaps", {"pool_size": 2, "strides": 3}, (2, 9, 2))
        case(kind, "gaps-same", {"pool_size": 2, "strides": 3, "padding": "same"}, (2, 8, 2))
        case(kind, "larger-than-input", {"pool_size": 4, "padding": "same"}, (2, 3, 2))
        case(kind, "mask", {"pool_size": 2}, steps, masks=["left"])
        case(kind, "ties", {"pool_size": 3, "strides": 2}, with_ties(2, 7, 3))
        case(kind, "ties-same", {"pool_size": 3, "strides": 1, "padding": "same"}, with_ties(2, 7, 3))
    base = {"filters": 3, "kernel_size": 2}
    case("conv1d", "channels-first", {**base, **first}, (2, 4, 5))
    every = {"kernel_size": 3, "groups": 2, "strides": 2, "padding": "same", "activation": "gelu"}
    case("conv1d", "channels-first-everything", {"filters": 4, **every, **first}, (2, 4, 7))
    case("conv1d", "softmax-groups", {"filters": 4, "kernel_size": 2, "groups": 2, "activation": "softmax"}, (2, 5, 4))
    case("conv1d", "one-filter-a-feature", {"filters": 4, "kernel_size": 2, "groups": 4}, (2, 5, 4))
    case("conv1d", "causal-strides", {**base, "kernel_size": 3, "strides": 2, "padding": "causal"}, (2, 6, 2))
    case("conv1d", "gaps-same", {**base, "kernel_size": 1, "strides": 3, "padding": "same"}, (2, 8, 2))
    case("conv1d", "larger-than-input", {**base, "kernel_size": 5, "padding": "same"}, (2, 3, 2))


def normalizing():
    case("layerNormalization", "rms", {"rms_scaling": True}, (2, 3, 4))
    case("layerNormalization", "rms-axis", {"rms_scaling": True, "scale": False, "axis": 1}, (2, 3, 4))
    case("layerNormalization", "axes-mixed-signs", {"axis": [1, -1]}, (2, 3, 4))
    case("layerNormalization", "axes-unsorted", {"axis": [2, 1]}, (2, 3, 4))
    case("unitNormalization", "axes", {"axis": [1, 2]}, (2, 3, 4))
    case("unitNormalization", "mask", {"axis": [-1]}, steps, masks=["left"])
    for training in (False, True):
        when = "training" if training else "at-rest"
        case("batchNormalization", f"{when}-axis-mask", {"axis": 1}, steps, masks=["holes"], training=training)
        nothing = [np.zeros((N, T), dtype=bool)]
        case("batchNormalization", f"{when}-mask-nothing", {}, steps, masks=nothing, training=training)
        case("batchNormalization", f"{when}-rank-4", {"axis": 2}, (2, 3, 4, 2), training=training)
        case("batchNormalization", f"{when}-frozen", {"trainable": False}, steps, training=training)


def attending():
    query, value = (2, 3, 4), (2, 5, 4)
    asks, keeps = truth([1, 1, 0], [0, 1, 1]), truth([1, 1, 0, 1, 1], [1, 1, 1, 0, 0])
    none = truth([0, 0, 0, 0, 0], [1, 1, 1, 0, 0])
    causal, scores = {"use_causal_mask": True}, {"return_attention_scores": True}
    for kind in ("attention", "additiveAttention"):
        case(kind, "mask-nothing", {}, query, value, masks=[None, none])
        case(kind, "query-mask", {}, query, value, masks=[asks, None])
        case(kind, "three-masks", {}, query, value, value, masks=[asks, keeps, keeps])
        case(kind, "causal-masks", {}, query, value, masks=[asks, keeps], arguments=causal)
        case(kind, "causal-mask-nothing-scores", {}, query, value, masks=[asks, none], arguments={**causal, **scores})
        case(kind, "causal-more-queries", {}, (2, 6, 4), (2, 3, 4), arguments=causal)
    case("additiveAttention", "no-scale", {"use_scale": False}, query, value)
    kind, base = "multiHeadAttention", {"num_heads": 2, "key_dim": 3}
    case(kind, "mask-nothing", base, query, value, masks=[None, none])
    case(kind, "mask-nothing-dropout-at-rest", {**base, "dropout": 0.4}, query, value, masks=[asks, none])
    case(kind, "three-masks", base, query, (2, 5, 3), (2, 5, 2), masks=[asks, keeps, none])
    case(kind, "key-mask", base, query, (2, 5, 3), (2, 5, 2), masks=[None, None, keeps])
    case(kind, "causal-masks", base, query, value, masks=[asks, keeps], arguments=causal)
    case(kind, "causal-dropout-at-rest", {**base, "dropout": 0.2}, (2, 4, 3), (2, 4, 3), arguments=causal)
    case(kind, "gate", {**base, "use_gate": True, "use_bias": False}, query, value)
    case(kind, "window", {**base, "sliding_window": 2}, (2, 5, 4), (2, 5, 4))
    case(kind, "window-causal", {**base, "sliding_window": 2}, (2, 5, 4), (2, 5, 4), arguments=causal)
    case(kind, "output-shape-two", {**base, "output_shape": [2, 3]}, query, value)
    case(kind, "rank-4", base, (2, 3, 2, 4), (2, 2, 4, 4))
    case(kind, "rank-4-scores", base, (2, 3, 2, 4), (2, 2, 4, 4), arguments=scores)
    case(kind, "rank-4-first-axis", {**base, "attention_axes": 1}, (2, 3, 2, 4), (2, 5, 2, 4))
    case(kind, "rank-4-second-axis", {**base, "attention_axes": [-2]}, (2, 3, 2, 4), (2, 3, 5, 4))


if __name__ == "__main__":
    folder = output_folder(__doc__.splitlines()[0])
    layer_cases.cases.clear()
    for group in (pointwise, shapes, merging, windows, normalizing, attending):
        group()
    write_lines(folder / "tensor-layers.jsonl", [layers.run(case) for case in layer_cases.cases])
