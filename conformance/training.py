"""Writes golden/training.jsonl: what Keras 3 computes for losses, metrics, learning-rate schedules and optimizers.

    python -m venv env && env/bin/pip install keras==3.15.0 jax numpy
    KERAS_BACKEND=jax env/bin/python conformance/training.py

Arrays of float32 are base64 of their little-endian bytes. Lines: the header, then one per case.
"""

import base64
import json
import pathlib

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src import backend

rng = np.random.default_rng(7)


def f32(*shape, low=-2.0, high=2.0):
    return rng.uniform(low, high, shape).astype("float32")


def packed(value):
    value = np.asarray(value)
    if value.dtype.kind in "iub":
        return {"shape": list(value.shape), "integers": value.ravel().astype(int).tolist()}
    bytes_ = np.ascontiguousarray(value, dtype="<f4").tobytes()
    return {"shape": list(value.shape), "float32": base64.b64encode(bytes_).decode()}


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def camel_options(options):
    return {camel(k): camel(v) if isinstance(v, str) and "_" in v else v for k, v in options.items()}


def one_hot(ids, classes):
    return np.eye(classes, dtype="float32")[ids]


# ---- losses ----------------------------------------------------------------------------------------------------------
N, T, F = 3, 4, 5
logits = f32(N, T, F, low=-4, high=4)
probabilities = rng.uniform(0.02, 0.98, (N, T, F)).astype("float32")  # rows that do not sum to one
probabilities[0, 1, 2] = 0.0
probabilities[1, 2, 3] = 1.0
ids = rng.integers(0, F, (N, T)).astype("int32")
ids[0, 1] = 2  # the probability of this target is 0
ignored = np.where(np.arange(N * T).reshape(N, T) % 3 == 0, 255, ids).astype("int32")
bits = rng.integers(0, 2, (N, T, F)).astype("float32")
bits[1, 2, 3] = 0.0
mixture = rng.dirichlet(np.ones(F), (N, T)).astype("float32")
values, wanted = f32(N, T, F), f32(N, T, F)
wanted[0, 0, 0] = 0.0
positive, counts = f32(N, T, F, low=0.05, high=4), f32(N, T, F, low=0, high=4)
single, single_bits = f32(7, 1, low=0.01, high=0.99), rng.integers(0, 2, (7, 1)).astype("float32")
zero_row = values.copy()
zero_row[1, 1] = 0.0

loss_data = {
    "logits, one-hot": (logits, one_hot(ids, F)),
    "logits, mixture": (logits, mixture),
    "logits, ids": (logits, ids),
    "logits, ids to ignore": (logits, ignored),
    "logits, bits": (logits, bits),
    "probabilities, one-hot": (probabilities, one_hot(ids, F)),
    "probabilities, mixture": (probabilities, mixture),
    "probabilities, ids": (probabilities, ids),
    "probabilities, ids to ignore": (probabilities, ignored),
    "probabilities, bits": (probabilities, bits),
    "single probabilities": (single, single_bits),
    "values": (values, wanted),
    "values, signs": (values, 2 * bits - 1),
    "values, bits": (values, bits),
    "values, one-hot": (values, one_hot(ids, F)),
    "values, target with a zero row": (wanted, zero_row),
    "positive values": (positive, counts),
}

K = keras.losses
loss_cases = [
    (K.CategoricalCrossentropy, {"from_logits": True}, ["logits, one-hot", "logits, mixture"]),
    (K.CategoricalCrossentropy, {"from_logits": True, "label_smoothing": 0.2}, ["logits, one-hot"]),
    (K.CategoricalCrossentropy, {}, ["probabilities, one-hot", "probabilities, mixture"]),
    (K.CategoricalCrossentropy, {"label_smoothing": 0.1}, ["probabilities, one-hot"]),
    (K.CategoricalFocalCrossentropy, {}, ["probabilities, one-hot"]),
    (K.CategoricalFocalCrossentropy, {"from_logits": True, "alpha": 0.4, "gamma": 1.5}, ["logits, one-hot"]),
    (K.SparseCategoricalCrossentropy, {"from_logits": True}, ["logits, ids"]),
    (K.SparseCategoricalCrossentropy, {}, ["probabilities, ids"]),
    (K.SparseCategoricalCrossentropy, {"ignore_class": 2}, ["probabilities, ids"]),
    (K.SparseCategoricalCrossentropy, {"ignore_class": 255}, ["probabilities, ids to ignore"]),
    (K.SparseCategoricalCrossentropy, {"ignore_class": 255, "from_logits": True}, ["logits, ids to ignore"]),
    (K.SparseCategoricalCrossentropy, {"ignore_class": 0, "from_logits": True}, ["logits, ids"]),
    (K.BinaryCrossentropy, {}, ["probabilities, bits", "probabilities, mixture", "single probabilities"]),
    (K.BinaryCrossentropy, {"from_logits": True}, ["logits, bits", "logits, mixture"]),
    (K.BinaryCrossentropy, {"label_smoothing": 0.2}, ["probabilities, bits"]),
    (K.BinaryCrossentropy, {"label_smoothing": 0.2, "from_logits": True}, ["logits, bits"]),
    (K.BinaryFocalCrossentropy, {}, ["probabilities, bits"]),
    (
        K.BinaryFocalCrossentropy,
        {"apply_class_balancing": True, "alpha": 0.3, "gamma": 1.5, "from_logits": True, "label_smoothing": 0.1},
        ["logits, bits"],
    ),
    (K.MeanSquaredError, {}, ["values"]),
    (K.MeanAbsoluteError, {}, ["values"]),
    (K.MeanAbsolutePercentageError, {}, ["values"]),
    (K.MeanSquaredLogarithmicError, {}, ["positive values", "values"]),
    (K.Huber, {}, ["values"]),
    (K.Huber, {"delta": 0.4}, ["values"]),
    (K.LogCosh, {}, ["values"]),
    (K.KLDivergence, {}, ["probabilities, mixture", "probabilities, one-hot"]),
    (K.Poisson, {}, ["positive values"]),
    (K.CosineSimilarity, {}, ["values", "values, target with a zero row"]),
    (K.Hinge, {}, ["values, signs", "values, bits", "values"]),
    (K.SquaredHinge, {}, ["values, signs", "values, bits", "values"]),
    (K.CategoricalHinge, {}, ["values, one-hot"]),
]

loss_names = {"KLDivergence": "klDivergence"}
row_weights = {
    "sampleWeights": rng.uniform(0.2, 2, (N, T)).astype("float32"),
    "mask": np.array([[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]], dtype="float32"),
    "empty": np.zeros((N, T), dtype="float32"),
}
row_weights_single = {
    "sampleWeights": rng.uniform(0.2, 2, 7).astype("float32"),
    "mask": np.array([1, 0, 1, 1, 0, 1, 1], dtype="float32"),
    "empty": np.zeros(7, dtype="float32"),
}


def loss_lines():
    for cls, options, names in loss_cases:
        for name in names:
            predictions, targets = loss_data[name]
            each = cls(**options, reduction=None)(jnp.asarray(targets), jnp.asarray(predictions))
            rows = row_weights if predictions.ndim == 3 else row_weights_single
            variants = {}
            for variant, weights, mask in [
                ("plain", None, None),
                ("sampleWeights", rows["sampleWeights"], None),
                ("mask", None, rows["mask"]),
                ("both", rows["sampleWeights"], rows["mask"]),
                ("nothing", None, rows["empty"]),
            ]:

                def value(p):
                    if mask is not None:
                        backend.set_keras_mask(p, jnp.asarray(mask) != 0)
                    return cls(**options)(jnp.asarray(targets), p, sample_weight=weights)

                mean, gradient = jax.value_and_grad(value)(jnp.asarray(predictions))
                variants[variant] = {"mean": float(mean)}
                if variant in ("plain", "both"):
                    variants[variant]["gradient"] = packed(gradient)
            yield {
                "case": "loss",
                "name": loss_names.get(cls.__name__, cls.__name__[0].lower() + cls.__name__[1:]),
                "options": camel_options(options),
                "data": name,
                "rows": packed(each),
                "variants": variants,
            }


# ---- metrics ---------------------------------------------------------------------------------------------------------
sizes = [6, 6, 4]
M = keras.metrics


def batches(make):
    return [make(n) for n in sizes]


def tied(n, classes):
    """Scores with a few exact ties, also on thresholds."""
    return (rng.integers(0, 21, (n, classes)) / 20).astype("float32")


metric_data = {
    "single": batches(lambda n: (f32(n, 1, low=0, high=1), rng.integers(0, 2, (n, 1)).astype("float32"))),
    "single, ties": batches(lambda n: (tied(n, 1), rng.integers(0, 2, (n, 1)).astype("float32"))),
    "single logits": batches(lambda n: (f32(n, 1), rng.integers(0, 2, (n, 1)).astype("float32"))),
    "labels": batches(lambda n: (tied(n, 4), rng.integers(0, 2, (n, 4)).astype("float32"))),
    "one-hot": batches(
        lambda n: (rng.dirichlet(np.ones(5), n).astype("float32"), one_hot(rng.integers(0, 5, n), 5))
    ),
    "one-hot, ties": batches(lambda n: (tied(n, 5), one_hot(rng.integers(0, 5, n), 5))),
    "ids": batches(
        lambda n: (rng.dirichlet(np.ones(5), n).astype("float32"), rng.integers(0, 5, n).astype("int32"))
    ),
    "ids, ties": batches(lambda n: (tied(n, 5), rng.integers(0, 5, n).astype("int32"))),
    "id sequences": batches(
        lambda n: (
            rng.dirichlet(np.ones(5), (n, 3)).astype("float32"),
            rng.integers(0, 5, (n, 3)).astype("int32"),
        )
    ),
    "bit sequences": batches(
        lambda n: (f32(n, 3, 2, low=0, high=1), rng.integers(0, 2, (n, 3, 2)).astype("float32"))
    ),
    "values": batches(lambda n: (f32(n, 3), f32(n, 3))),
    "value sequences": batches(lambda n: (f32(n, 3, 2), f32(n, 3, 2))),
    "positive values": batches(lambda n: (f32(n, 3, low=0.1, high=3), f32(n, 3, low=0, high=3))),
}


def metric_rows(data):
    """A sample weight and a mask for each row of each batch."""
    result = []
    for predictions, _ in data:
        shape = predictions.shape[:-1]
        mask = (rng.uniform(size=shape) < 0.7).astype("float32")
        mask.flat[0] = 1
        result.append((rng.uniform(0.2, 2, shape).astype("float32"), mask))
    return result


rows_of = {name: metric_rows(data) for name, data in metric_data.items()}
custom_thresholds = [0.1, 0.35, 0.5, 0.8]
metric_cases = [
    (M.BinaryAccuracy, {}, ["single", "single, ties", "labels", "bit sequences"]),
    (M.BinaryAccuracy, {"threshold": 0.3}, ["labels"]),
    (M.CategoricalAccuracy, {}, ["one-hot", "one-hot, ties"]),
    (M.SparseCategoricalAccuracy, {}, ["ids", "ids, ties", "id sequences"]),
    (M.Accuracy, {}, ["labels"]),
    (M.TopKCategoricalAccuracy, {"k": 2}, ["one-hot", "one-hot, ties"]),
    (M.SparseTopKCategoricalAccuracy, {"k": 2}, ["ids", "ids, ties", "id sequences"]),
    (M.SparseTopKCategoricalAccuracy, {}, ["ids"]),
    (M.Precision, {}, ["single", "single, ties", "labels", "bit sequences"]),
    (M.Precision, {"thresholds": custom_thresholds}, ["labels"]),
    (M.Precision, {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}, ["labels"]),
    (M.Precision, {"top_k": 2}, ["one-hot", "one-hot, ties"]),
    (M.Precision, {"top_k": 2, "class_id": 1}, ["one-hot, ties"]),
    (M.Precision, {"class_id": 2, "thresholds": 0.4}, ["labels"]),
    (M.Recall, {}, ["single", "labels"]),
    (M.Recall, {"thresholds": custom_thresholds}, ["labels"]),
    (M.Recall, {"top_k": 3}, ["one-hot, ties"]),
    (M.Recall, {"class_id": 0}, ["one-hot"]),
    (M.TruePositives, {}, ["labels"]),
    (M.FalsePositives, {"thresholds": custom_thresholds}, ["labels"]),
    (M.TrueNegatives, {}, ["labels"]),
    (M.FalseNegatives, {"thresholds": 0.3}, ["labels"]),
    (M.AUC, {}, ["single", "single, ties", "labels"]),
    (M.AUC, {"curve": "PR"}, ["single", "labels"]),
    (M.AUC, {"curve": "PRGAIN"}, ["single, ties"]),
    (M.AUC, {"num_thresholds": 11}, ["single, ties"]),
    (M.AUC, {"curve": "PR", "num_thresholds": 21, "summation_method": "majoring"}, ["single, ties"]),
    (M.AUC, {"summation_method": "minoring"}, ["single"]),
    (M.AUC, {"thresholds": custom_thresholds}, ["single, ties"]),
    (M.AUC, {"thresholds": custom_thresholds, "curve": "PR"}, ["single"]),
    (M.AUC, {"multi_label": True}, ["labels"]),
    (M.AUC, {"multi_label": True, "curve": "PR", "label_weights": [1.0, 2.0, 0.5, 3.0]}, ["labels"]),
    (M.AUC, {"label_weights": [1.0, 2.0, 0.5, 3.0]}, ["labels"]),
    (M.AUC, {"from_logits": True}, ["single logits"]),
    (M.SensitivityAtSpecificity, {"specificity": 0.5}, ["single", "labels"]),
    (M.SpecificityAtSensitivity, {"sensitivity": 0.6, "num_thresholds": 21}, ["single, ties"]),
    (M.PrecisionAtRecall, {"recall": 0.6}, ["labels"]),
    (M.RecallAtPrecision, {"precision": 0.5, "class_id": 1}, ["labels"]),
    (M.F1Score, {}, ["one-hot", "labels"]),
    (M.F1Score, {"threshold": 0.5}, ["labels"]),
    (M.F1Score, {"average": "macro", "threshold": 0.4}, ["labels"]),
    (M.F1Score, {"average": "micro"}, ["one-hot"]),
    (M.F1Score, {"average": "weighted"}, ["one-hot, ties"]),
    (M.FBetaScore, {"average": "macro", "beta": 2.0, "threshold": 0.3}, ["labels"]),
    (M.BinaryCrossentropy, {}, ["single", "labels", "bit sequences"]),
    (M.BinaryCrossentropy, {"from_logits": True, "label_smoothing": 0.1}, ["single logits"]),
    (M.CategoricalCrossentropy, {"label_smoothing": 0.1}, ["one-hot"]),
    (M.SparseCategoricalCrossentropy, {}, ["ids", "id sequences"]),
    (M.SparseCategoricalCrossentropy, {"ignore_class": 1}, ["ids", "id sequences"]),
    (M.KLDivergence, {}, ["one-hot"]),
    (M.Poisson, {}, ["positive values"]),
    (M.MeanSquaredError, {}, ["values", "value sequences"]),
    (M.RootMeanSquaredError, {}, ["values", "value sequences"]),
    (M.MeanAbsoluteError, {}, ["values"]),
    (M.MeanAbsolutePercentageError, {}, ["values"]),
    (M.MeanSquaredLogarithmicError, {}, ["positive values"]),
    (M.LogCoshError, {}, ["values"]),
    (M.CosineSimilarity, {}, ["values", "value sequences"]),
    (M.Hinge, {}, ["single logits"]),
    (M.SquaredHinge, {}, ["single logits"]),
    (M.CategoricalHinge, {}, ["one-hot"]),
    (M.R2Score, {}, ["values"]),
    (M.R2Score, {"class_aggregation": "variance_weighted_average"}, ["values"]),
    (M.R2Score, {"num_regressors": 2}, ["values"]),
]
metric_names = {
    "AUC": "auc",
    "KLDivergence": "klDivergence",
    "F1Score": "f1Score",
    "FBetaScore": "fBetaScore",
    "R2Score": "r2Score",
}


def metric_lines():
    for cls, options, names in metric_cases:
        for name in names:
            variants = {}
            for variant in ["plain", "sampleWeights", "mask", "both"]:
                metric = cls(**options)
                results = []
                for (predictions, targets), (weights, mask) in zip(metric_data[name], rows_of[name]):
                    p = jnp.asarray(predictions)
                    if variant in ("mask", "both"):
                        backend.set_keras_mask(p, jnp.asarray(mask) != 0)
                    use = weights if variant in ("sampleWeights", "both") else None
                    if use is not None and cls in (M.F1Score, M.FBetaScore):
                        metric.update_state(jnp.asarray(targets), p, jnp.asarray(use))
                    else:
                        metric.update_state(jnp.asarray(targets), p, use)
                    results.append(np.asarray(metric.result()).astype(float).ravel().tolist())
                variants[variant] = results
            yield {
                "case": "metric",
                "name": metric_names.get(cls.__name__, cls.__name__[0].lower() + cls.__name__[1:]),
                "options": camel_options(options),
                "data": name,
                "variants": variants,
            }


# ---- learning rates --------------------------------------------------------------------------------------------------
S = keras.optimizers.schedules
schedules = [
    (S.ExponentialDecay, {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8}),
    (S.ExponentialDecay, {"initial_learning_rate": 0.1, "decay_steps": 7, "decay_rate": 0.8, "staircase": True}),
    (S.InverseTimeDecay, {"initial_learning_rate": 0.2, "decay_steps": 5, "decay_rate": 0.5}),
    (S.InverseTimeDecay, {"initial_learning_rate": 0.2, "decay_steps": 5, "decay_rate": 0.5, "staircase": True}),
    (S.PiecewiseConstantDecay, {"boundaries": [10, 30], "values": [0.1, 0.05, 0.01]}),
    (S.PolynomialDecay, {"initial_learning_rate": 0.1, "decay_steps": 30}),
    (
        S.PolynomialDecay,
        {"initial_learning_rate": 0.1, "decay_steps": 12, "end_learning_rate": 0.01, "power": 2.0, "cycle": True},
    ),
    (S.CosineDecay, {"initial_learning_rate": 0.1, "decay_steps": 40}),
    (
        S.CosineDecay,
        {
            "initial_learning_rate": 0.01,
            "decay_steps": 30,
            "alpha": 0.1,
            "warmup_target": 0.1,
            "warmup_steps": 8,
        },
    ),
    (S.CosineDecayRestarts, {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
    (
        S.CosineDecayRestarts,
        {"initial_learning_rate": 0.1, "first_decay_steps": 4, "t_mul": 1.5, "m_mul": 0.8, "alpha": 0.05},
    ),
    (S.CosineDecayRestarts, {"initial_learning_rate": 0.1, "first_decay_steps": 9, "t_mul": 1.0, "m_mul": 0.5}),
    (S.CosineDecayRestarts, {"initial_learning_rate": 0.1, "first_decay_steps": 1, "t_mul": 3.0}),
]


def schedule_name(cls):
    return cls.__name__[0].lower() + cls.__name__[1:]


def schedule_lines():
    for cls, options in schedules:
        rates = [float(cls(**options)(step)) for step in range(130)]
        yield {
            "case": "schedule",
            "name": schedule_name(cls),
            "options": camel_options(options),
            "rates": packed(np.array(rates, "float32")),
        }


# ---- optimizers: fifty steps of an embedding, an LSTM and a dense layer -----------------------------------------------
V, E, H, C, B, L = 9, 4, 5, 3, 6, 4
model = keras.Sequential([keras.layers.Embedding(V, E), keras.layers.LSTM(H), keras.layers.Dense(C)])
model.build((B, L))
variables = model.trainable_variables
start = [f32(*v.shape, low=-0.6, high=0.6) for v in variables]
inputs = rng.integers(0, V, (50, B, L)).astype("int32")
labels = (inputs.sum(-1) % C).astype("int32")
crossentropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@jax.jit
def step(weights, x, y):
    def loss(weights):
        result, _ = model.stateless_call(weights, model.non_trainable_variables, x)
        return crossentropy(y, result)

    return jax.value_and_grad(loss)(weights)


O = keras.optimizers
runs = [
    (O.SGD, {}),
    (O.SGD, {"learning_rate": 0.3}),
    (O.SGD, {"learning_rate": 0.1, "momentum": 0.9}),
    (O.SGD, {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    (O.SGD, {"learning_rate": 0.3, "clipnorm": 0.05}),
    (O.SGD, {"learning_rate": 0.3, "clipvalue": 0.01}),
    (O.SGD, {"learning_rate": 0.3, "global_clipnorm": 0.2}),
    (O.SGD, {"learning_rate": 0.1, "weight_decay": 0.1, "momentum": 0.5}),
    (O.RMSprop, {}),
    (O.RMSprop, {"learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-4}),
    (O.RMSprop, {"learning_rate": 0.005, "momentum": 0.8}),
    (O.RMSprop, {"learning_rate": 0.005, "centered": True, "epsilon": 1e-3}),
    (O.RMSprop, {"learning_rate": 0.005, "centered": True, "momentum": 0.5, "epsilon": 1e-3, "clipnorm": 0.1}),
    (O.Adam, {}),
    (O.Adam, {"learning_rate": 0.02}),
    (O.Adam, {"learning_rate": 0.02, "amsgrad": True, "beta_2": 0.9}),
    (O.Adam, {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.95, "epsilon": 1e-3}),
    (O.Adam, {"learning_rate": 0.02, "clipnorm": 0.03}),
    (O.Adam, {"learning_rate": 0.02, "global_clipnorm": 0.1}),
    (O.Adam, {"learning_rate": 0.02, "clipvalue": 0.01}),
    (O.Adam, {"learning_rate": 0.02, "weight_decay": 0.05}),
    (O.AdamW, {"learning_rate": 0.02}),
    (O.AdamW, {"learning_rate": 0.01, "weight_decay": 0.2, "amsgrad": True}),
    (O.Adagrad, {}),
    (O.Adagrad, {"learning_rate": 0.1}),
    (O.Adagrad, {"learning_rate": 0.1, "initial_accumulator_value": 0.01, "epsilon": 1e-2, "weight_decay": 0.01}),
    (O.Adadelta, {}),
    (O.Adadelta, {"learning_rate": 1.0, "rho": 0.9, "epsilon": 1e-5}),
    (O.Adamax, {}),
    (O.Adamax, {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "global_clipnorm": 0.5}),
    (O.Nadam, {}),
    (O.Nadam, {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-4}),
    (O.Lion, {}),
    (O.Lion, {"learning_rate": 0.003, "beta_1": 0.8, "weight_decay": 0.1}),
    *[(O.SGD, {"learning_rate": schedule, "momentum": 0.5}) for schedule in schedules[:1] + schedules[4:9:2]],
    (O.Adam, {"learning_rate": schedules[8], "weight_decay": 0.1}),
    (O.RMSprop, {"learning_rate": schedules[10]}),
]


def plain(options):
    """Options as JSON: a schedule is its name and its options."""
    result = camel_options(options)
    if isinstance(result.get("learningRate"), tuple):
        cls, own = result["learningRate"]
        result["learningRate"] = {"name": schedule_name(cls), **camel_options(own)}
    return result


def optimizer_lines():
    for cls, options in runs:
        built = dict(options)
        if isinstance(built.get("learning_rate"), tuple):
            schedule, own = built["learning_rate"]
            built["learning_rate"] = schedule(**own)
        for variable, value in zip(variables, start):
            variable.assign(value)
        optimizer = cls(**built)
        curve = []
        for x, y in zip(inputs, labels):
            loss, gradients = step([v.value for v in variables], x, y)
            curve.append(float(loss))
            optimizer.apply(gradients, variables)
        yield {
            "case": "optimizer",
            "name": cls.__name__,
            "options": plain(options),
            "losses": packed(np.array(curve, "float32")),
            "after": [packed(v.value) for v in variables],
        }


def default_options(cls):
    """Keras's defaults of what this library knows, as an optimizer saves them."""
    left_out = "name use_ema ema_momentum ema_overwrite_frequency loss_scale_factor gradient_accumulation_steps"
    config = cls().get_config()
    return {camel(k): round(v, 8) if isinstance(v, float) else v for k, v in config.items() if k not in left_out.split()}


header = {
    "keras": keras.__version__,
    "losses": {
        name: {"predictions": packed(p), "targets": packed(t)} for name, (p, t) in loss_data.items()
    },
    "rows": {name: packed(v) for name, v in row_weights.items()},
    "singleRows": {name: packed(v) for name, v in row_weights_single.items()},
    "metrics": {
        name: [
            {"predictions": packed(p), "targets": packed(t), "sampleWeights": packed(w), "mask": packed(m)}
            for (p, t), (w, m) in zip(data, rows_of[name])
        ]
        for name, data in metric_data.items()
    },
    "training": {
        "inputs": packed(inputs),
        "labels": packed(labels),
        "start": [packed(v) for v in start],
    },
    "defaults": {
        cls.__name__: default_options(cls)
        for cls in [O.SGD, O.RMSprop, O.Adam, O.AdamW, O.Adagrad, O.Adadelta, O.Adamax, O.Nadam, O.Lion]
    },
}

lines = [header, *loss_lines(), *metric_lines(), *schedule_lines(), *optimizer_lines()]
path = pathlib.Path(__file__).parent / "golden" / "training.jsonl"
path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
print(f"{len(lines) - 1} cases, {path.stat().st_size} bytes")
