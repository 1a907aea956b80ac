"""Keras layers from the {"layer": kind, "options": {...}} form of the golden files, options in snake_case."""

import keras

kinds = {
    "embedding": keras.layers.Embedding,
    "simpleRnn": keras.layers.SimpleRNN,
    "lstm": keras.layers.LSTM,
    "gru": keras.layers.GRU,
    "rnn": keras.layers.RNN,
    "bidirectional": keras.layers.Bidirectional,
    "timeDistributed": keras.layers.TimeDistributed,
    "masking": keras.layers.Masking,
    "dense": keras.layers.Dense,
    "dropout": keras.layers.Dropout,
    "spatialDropout1d": keras.layers.SpatialDropout1D,
    "activation": keras.layers.Activation,
    "flatten": keras.layers.Flatten,
    "reshape": keras.layers.Reshape,
    "permute": keras.layers.Permute,
    "repeatVector": keras.layers.RepeatVector,
    "concatenate": keras.layers.Concatenate,
    "add": keras.layers.Add,
    "multiply": keras.layers.Multiply,
    "average": keras.layers.Average,
    "maximum": keras.layers.Maximum,
    "minimum": keras.layers.Minimum,
    "subtract": keras.layers.Subtract,
    "dot": keras.layers.Dot,
    "globalAveragePooling1d": keras.layers.GlobalAveragePooling1D,
    "globalMaxPooling1d": keras.layers.GlobalMaxPooling1D,
    "averagePooling1d": keras.layers.AveragePooling1D,
    "maxPooling1d": keras.layers.MaxPooling1D,
    "conv1d": keras.layers.Conv1D,
    "layerNormalization": keras.layers.LayerNormalization,
    "batchNormalization": keras.layers.BatchNormalization,
    "attention": keras.layers.Attention,
    "additiveAttention": keras.layers.AdditiveAttention,
    "multiHeadAttention": keras.layers.MultiHeadAttention,
    "unitNormalization": keras.layers.UnitNormalization,
    "zeroPadding1d": keras.layers.ZeroPadding1D,
}
cells = {
    "simpleRnn": keras.layers.SimpleRNNCell,
    "lstm": keras.layers.LSTMCell,
    "gru": keras.layers.GRUCell,
    "stacked": keras.layers.StackedRNNCells,
}
# Activations that Keras 3 has no name for; the second is the hard_sigmoid of Keras 2 and TensorFlow.js.
unnamed = {
    "gelu_tanh": lambda x: keras.activations.gelu(x, approximate=True),
    "legacy_hard_sigmoid": lambda x: keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0),
}
unrollable = ("simpleRnn", "lstm", "gru", "rnn")


def make(kind, options, unroll=False):
    """A layer, not yet built. `unroll` goes to every recurrent layer in it."""
    own = {key: make_value(value, unroll) for key, value in options.items()}
    if unroll and kind in unrollable:
        own["unroll"] = True
    if kind == "activation":
        own["activation"] = unnamed.get(own["activation"], own["activation"])
    return kinds[kind](**own)


def make_value(value, unroll):
    if isinstance(value, list):
        return [make_value(item, unroll) for item in value]
    if isinstance(value, dict) and "layer" in value:
        return make(value["layer"], value["options"], unroll)
    if isinstance(value, dict) and "cell" in value:
        return cells[value["cell"]](**{k: make_value(v, unroll) for k, v in value["options"].items()})
    return value


def has_any(value, key):
    """Whether an option is set to something true anywhere in nested options."""
    if isinstance(value, dict):
        return bool(value.get(key)) or any(has_any(item, key) for item in value.values())
    return isinstance(value, list) and any(has_any(item, key) for item in value)
