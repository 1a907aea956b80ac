"""Writes golden/layers.jsonl: what Keras 3 computes for recurrent layers and activations.

    python -m venv env && env/bin/pip install keras==3.15.0 jax numpy
    KERAS_BACKEND=jax env/bin/python conformance/layers.py
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import keras
import numpy as np

N, T, I, H = 3, 4, 2, 3
rng = np.random.default_rng(20)


def draw(*shape):
    return rng.uniform(-1, 1, shape).astype("float32")


def numbers(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "values": [round(float(v), 7) for v in value.ravel()]}


mask = np.array([[1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
classes = {"simpleRnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
settings = [
    ({"return_sequences": True}, False, False),
    ({}, True, True),
    ({"return_sequences": True, "go_backwards": True}, True, True),
    ({"return_sequences": True, "zero_output_for_mask": True}, False, True),
    ({"zero_output_for_mask": True, "go_backwards": True}, True, True),
    ({"return_sequences": True, "use_bias": False, "activation": "softsign"}, True, False),
    ({"recurrent_activation": "hard_sigmoid", "activation": "silu"}, False, False),
    ({"reset_after": False, "return_sequences": True}, True, True),
    ({"reset_after": False, "use_bias": False, "go_backwards": True}, True, False),
]


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


cases = []
for kind, cls in classes.items():
    for options, with_state, with_mask in settings:
        if "reset_after" in options and kind != "gru":
            continue
        own = {k: v for k, v in options.items() if not (kind == "simpleRnn" and k == "recurrent_activation")}
        # Before the first step that counts, TensorFlow, PyTorch and JAX unrolled output zeros; JAX's scan repeats the
        # initial state. Unrolled, zero_output_for_mask does nothing.
        layer = cls(H, return_state=True, unroll="zero_output_for_mask" not in own, **own)
        x = draw(N, T, I)
        layer.build(x.shape)
        weights = [draw(*w.shape) for w in layer.trainable_variables]
        state = [draw(N, H) for _ in range(2 if kind == "lstm" else 1)] if with_state else None

        def outputs(weights, x, state):
            result, _ = layer.stateless_call(
                weights,
                layer.non_trainable_variables,
                x,
                initial_state=state,
                mask=mask if with_mask else None,
            )
            return result

        result = outputs(weights, x, state)
        seeds = [draw(*r.shape) for r in result]

        def loss(weights, x, state):
            return sum(jnp.sum(s * r) for s, r in zip(seeds, outputs(weights, x, state)))

        d_weights, d_x = jax.grad(loss, argnums=(0, 1))(weights, x, state)
        d_state = jax.grad(loss, argnums=2)(weights, x, state) if state else None
        names = ["kernel", "recurrentKernel", "bias"]
        cases.append(
            {
                "kind": kind,
                "options": {camel(k): camel(v) if isinstance(v, str) else v for k, v in own.items()},
                "x": numbers(x),
                "mask": numbers(mask) if with_mask else None,
                "weights": {n: numbers(w) for n, w in zip(names, weights)},
                "state": {n: numbers(s) for n, s in zip("hc", state)} if state else None,
                "outputs": [numbers(r) for r in result],
                "seeds": [numbers(s) for s in seeds],
                "gradients": {
                    "x": numbers(d_x),
                    **{n: numbers(g) for n, g in zip(names, d_weights)},
                    **({n: numbers(g) for n, g in zip("hc", d_state)} if state else {}),
                },
            }
        )

x = np.array([-7.5, -3.0, -1.25, -0.4, 0.0, 0.3, 1.5, 2.75, 6.5], dtype="float32")
functions = """linear tanh sigmoid relu hard_sigmoid softsign softplus elu selu exponential silu hard_silu gelu mish
leaky_relu relu6 celu hard_tanh tanh_shrink log_sigmoid squareplus softmax log_softmax""".split()
activations = {camel(n): numbers(getattr(keras.activations, n)(x[None]))["values"] for n in functions}
activations["geluTanh"] = numbers(keras.activations.gelu(x[None], approximate=True))["values"]

path = pathlib.Path(__file__).parent / "golden" / "layers.jsonl"
header = {"keras": keras.__version__, "x": x.tolist(), "activations": activations}
path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in [header, *cases]))
