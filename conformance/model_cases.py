"""The models of saved_models.py: name → function of the draws that gives {"model", "inputs", "note", …}."""

import keras
import numpy as np
from keras import layers

model_cases = {}


def saved(function):
    model_cases[function.__name__.replace("_", "-")] = function
    return function


def sequential(shape, *parts, dtype=None, **more):
    return keras.Sequential([keras.Input(shape, dtype=dtype, **more), *parts])


def padded(draws, N, T, below, left=False):
    """Ids with zeros on one side, each row of another length."""
    ids = draws.ids(N, T, below=below)
    for n in range(N):
        if left:
            ids[n, : n % T] = 0
        else:
            ids[n, T - n % T :] = 0
    return ids


def steps(draws, N=3, T=4, F=2):
    """A sequence whose last steps are zeros in some rows."""
    x = draws.values(N, T, F)
    x[1, 3:] = 0
    x[2, 1:] = 0
    return x


@saved
def gru_reset_after(draws):
    model = sequential((5, 2), layers.GRU(3), layers.Dense(2))
    note = "GRU, reset_after as by default"
    return {"model": model, "inputs": [draws.values(3, 5, 2)], "note": note, "stored": True, "also": [".h5"]}


@saved
def gru_reset_before(draws):
    gru = layers.GRU(3, reset_after=False, recurrent_activation="hard_sigmoid", return_sequences=True)
    model = sequential((None, 2), gru, layers.Dense(2, activation="softmax"))
    return {"model": model, "inputs": [draws.values(2, 4, 2)], "note": "GRU with reset_after=False, hard_sigmoid"}


@saved
def bidirectional_concat(draws):
    first = layers.Bidirectional(layers.LSTM(3, return_sequences=True))
    model = sequential((None,), layers.Embedding(9, 4, mask_zero=True), first, layers.Bidirectional(layers.LSTM(2)))
    model.add(layers.Dense(1, activation="sigmoid"))
    note = "two bidirectional LSTM over padded ids"
    return {"model": model, "inputs": [padded(draws, 3, 5, 9)], "note": note, "also": [".h5"]}


@saved
def bidirectional_sum(draws):
    model = sequential((4, 3), layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode="sum"))
    model.add(layers.Bidirectional(layers.SimpleRNN(3), merge_mode="ave"))
    return {"model": model, "inputs": [draws.values(2, 4, 3)], "note": "bidirectional, sum and ave"}


@saved
def bidirectional_backward_layer(draws):
    backward = layers.LSTM(3, activation="relu", go_backwards=True, return_sequences=True, name="other")
    wrapped = layers.Bidirectional(layers.LSTM(3, return_sequences=True), backward_layer=backward, merge_mode="mul")
    model = sequential((4, 2), wrapped, layers.GlobalMaxPooling1D())
    return {"model": model, "inputs": [draws.values(3, 4, 2)], "note": "bidirectional with a backward layer of its own"}


@saved
def stateful(draws):
    model = sequential(None, layers.LSTM(3, stateful=True, return_sequences=True), batch_shape=(2, 3, 2))
    model.add(layers.GRU(2, stateful=True))
    x = [draws.values(2, 3, 2) for _ in range(3)]
    note = "stateful LSTM and GRU, fixed batch"
    return {"model": model, "inputs": [x[0]], "then": [[x[1]], [x[2]]], "note": note}


@saved
def embedding_mask_left(draws):
    parts = layers.Embedding(8, 3, mask_zero=True), layers.LSTM(4, return_sequences=True), layers.GRU(3)
    model = sequential((5,), *parts, layers.Dense(8, activation="softmax"))
    ids = padded(draws, 4, 5, 8, left=True)
    ids[3, :] = 0
    return {"model": model, "inputs": [ids], "note": "mask from ids padded on the left, one row of padding alone"}


@saved
def masking(draws):
    model = sequential((4, 2), layers.Masking(mask_value=0.0), layers.GRU(3, return_sequences=True))
    model.add(layers.SimpleRNN(2, zero_output_for_mask=True, return_sequences=True))
    return {"model": model, "inputs": [steps(draws)], "note": "Masking before GRU and SimpleRNN"}


@saved
def two_inputs(draws):
    ids = keras.Input((4,), name="words", dtype="int32")
    numbers = keras.Input((3,), name="numbers")
    x = layers.LSTM(3)(layers.Embedding(7, 2)(ids))
    y = layers.Dense(2, activation="tanh")(layers.Concatenate()([x, layers.Dense(2)(numbers)]))
    model = keras.Model([ids, numbers], y, name="with_two_inputs")
    inputs = [draws.ids(3, 4, below=7), draws.values(3, 3)]
    return {"model": model, "inputs": inputs, "note": "functional, two inputs of different types", "also": [".h5"]}


@saved
def named_inputs(draws):
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    model = keras.Model({"a": a, "b": b}, layers.Dense(2)(layers.Subtract()([a, b])))
    inputs = [draws.values(2, 3), draws.values(2, 3)]
    return {"model": model, "inputs": inputs, "note": "functional, inputs given as a dictionary"}


@saved
def two_outputs(draws):
    x = keras.Input((4, 2), name="series")
    h = layers.GRU(3, return_sequences=True, name="body")(x)
    trend = layers.Dense(1, name="trend")(h)
    kind = layers.Dense(3, activation="softmax", name="kind")(layers.GlobalAveragePooling1D()(h))
    model = keras.Model(x, [trend, kind])
    losses = {"trend": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile("rmsprop", losses, loss_weights={"trend": 0.5, "kind": 1.0}, metrics={"kind": ["accuracy"]})
    targets = [draws.values(3, 4, 1), np.array([0, 2, 1])]
    note = "functional, two outputs, compiled with RMSprop, losses by name and weights"
    return {"model": model, "inputs": [draws.values(3, 4, 2)], "train": targets, "note": note}


@saved
def shared_layer(draws):
    a, b = keras.Input((3, 2)), keras.Input((4, 2))
    shared = layers.LSTM(3, name="shared")
    y = layers.Dot(axes=1, normalize=True)([shared(a), shared(b)])
    inputs = [draws.values(2, 3, 2), draws.values(2, 4, 2)]
    return {"model": keras.Model([a, b], y), "inputs": inputs, "note": "one LSTM used on two inputs"}


@saved
def nested(draws):
    inside = keras.Sequential([keras.Input((4, 2)), layers.SimpleRNN(3), layers.Dense(2)], name="inside")
    x = keras.Input((4, 2))
    model = keras.Model(x, layers.Dense(1)(inside(x)))
    note = "Sequential inside a functional model"
    return {"model": model, "inputs": [draws.values(3, 4, 2)], "note": note, "also": [".weights.h5"]}


@saved
def nested_twice(draws):
    e = keras.Input((4, 2))
    branch = keras.Model(e, layers.GlobalMaxPooling1D()(layers.GRU(3, return_sequences=True)(e)), name="branch")
    a, b = keras.Input((4, 2), name="a"), keras.Input((4, 2), name="b")
    model = keras.Model([a, b], layers.Dense(2)(layers.Multiply()([branch(a), branch(b)])))
    inputs = [draws.values(2, 4, 2), draws.values(2, 4, 2)]
    return {"model": model, "inputs": inputs, "note": "the same functional model called twice", "also": [".h5"]}


@saved
def encoder_decoder(draws):
    source, target = keras.Input((None,), name="source"), keras.Input((None,), name="target")
    _, *state = layers.LSTM(4, return_state=True)(layers.Embedding(7, 3, mask_zero=True)(source))
    y, _, _ = layers.LSTM(4, return_sequences=True, return_state=True)(
        layers.Embedding(6, 3)(target), initial_state=state
    )
    model = keras.Model([source, target], layers.Dense(6, activation="softmax")(y))
    inputs = [padded(draws, 3, 4, 7), draws.ids(3, 3, below=6)]
    return {"model": model, "inputs": inputs, "note": "return_state encoder, decoder with initial_state"}


@saved
def encoder_decoder_gru(draws):
    source, target = keras.Input((4, 2)), keras.Input((3, 2))
    _, forward, backward = layers.Bidirectional(layers.GRU(2, return_state=True))(source)
    state = layers.Concatenate()([forward, backward])
    y = layers.GRU(4, return_sequences=True)(target, initial_state=state)
    model = keras.Model([source, target], layers.TimeDistributed(layers.Dense(2))(y))
    inputs = [draws.values(2, 4, 2), draws.values(2, 3, 2)]
    return {"model": model, "inputs": inputs, "note": "bidirectional encoder with states, GRU decoder"}


@saved
def time_distributed(draws):
    inside = layers.TimeDistributed(layers.Dense(3, activation="relu"))
    model = sequential((4, 2), inside, layers.LSTM(2, return_sequences=True), layers.TimeDistributed(layers.Dense(1)))
    return {"model": model, "inputs": [draws.values(2, 4, 2)], "note": "TimeDistributed(Dense) twice"}


@saved
def stacked_cells(draws):
    cells = layers.StackedRNNCells([layers.LSTMCell(3), layers.GRUCell(2, reset_after=False)])
    model = sequential((4, 2), layers.RNN(cells, return_sequences=True), layers.RNN(layers.SimpleRNNCell(3)))
    return {"model": model, "inputs": [draws.values(3, 4, 2)], "note": "RNN over stacked cells and over one cell"}


@saved
def convolution(draws):
    parts = [
        layers.ZeroPadding1D(1),
        layers.Conv1D(3, 2, activation="relu"),
        layers.MaxPooling1D(2),
        layers.Conv1D(4, 3, padding="causal", dilation_rate=2, use_bias=False),
        layers.AveragePooling1D(2, strides=1, padding="same"),
        layers.Flatten(),
        layers.Dense(2),
    ]
    return {"model": sequential((8, 2), *parts), "inputs": [draws.values(2, 8, 2)], "note": "Conv1D and pooling"}


@saved
def layer_normalization(draws):
    model = sequential((4, 3), layers.LayerNormalization(epsilon=1e-5), layers.GRU(2, return_sequences=True))
    model.add(layers.LayerNormalization(center=False))
    model.add(layers.UnitNormalization())
    return {"model": model, "inputs": [draws.values(2, 4, 3)], "note": "LayerNormalization, UnitNormalization"}


@saved
def batch_normalization(draws):
    model = sequential((3,), layers.Dense(4), layers.BatchNormalization(momentum=0.7), layers.Activation("swish"))
    model.add(layers.Dense(2))
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), "huber")
    note = "BatchNormalization with statistics from training; SGD with momentum"
    target = draws.values(4, 2)
    return {"model": model, "inputs": [draws.values(4, 3)], "train": target, "note": note}


@saved
def attention(draws):
    q, v = keras.Input((3, 4)), keras.Input((5, 4))
    a = layers.Attention(use_scale=True)([q, v])
    b, scores = layers.AdditiveAttention()([q, v], return_attention_scores=True)
    c = layers.Attention(score_mode="concat")([q, q], use_causal_mask=True)
    model = keras.Model([q, v], [layers.Add()([a, b, c]), scores])
    inputs = [draws.values(2, 3, 4), draws.values(2, 5, 4)]
    return {"model": model, "inputs": inputs, "note": "Attention, AdditiveAttention with scores, causal"}


@saved
def attention_over_lstm(draws):
    ids = keras.Input((4,))
    h = layers.LSTM(3, return_sequences=True)(layers.Embedding(6, 3, mask_zero=True)(ids))
    y = layers.GlobalAveragePooling1D()(layers.Attention()([h, h]))
    model = keras.Model(ids, layers.Dense(2)(y))
    return {"model": model, "inputs": [padded(draws, 3, 4, 6)], "note": "masks through LSTM, Attention and pooling"}


@saved
def multi_head_attention(draws):
    x = keras.Input((4, 6))
    y = layers.MultiHeadAttention(2, 3, dropout=0.1)(x, x, use_causal_mask=True)
    y = layers.LayerNormalization()(layers.Add()([x, y]))
    y = layers.MultiHeadAttention(3, 2, use_bias=False, output_shape=4)(y, x)
    return {"model": keras.Model(x, y), "inputs": [draws.values(2, 4, 6)], "note": "MultiHeadAttention, causal and cross"}


@saved
def dropout(draws):
    model = sequential((4,), layers.Embedding(6, 3), layers.SpatialDropout1D(0.3))
    model.add(layers.LSTM(3, dropout=0.2, recurrent_dropout=0.25))
    model.add(layers.Dropout(0.5, seed=3))
    model.add(layers.Dense(2))
    return {"model": model, "inputs": [draws.ids(3, 4, below=6)], "note": "dropout of all kinds: random states in the file"}


@saved
def character_windows(draws):
    model = sequential((6, 5), layers.LSTM(8), layers.Dense(5, activation="softmax"))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    windows = np.eye(5, dtype="float32")[draws.ids(3, 6, below=5)]
    note = "characters one-hot into LSTM, compiled with Adam, optimizer variables in the file"
    return {"model": model, "inputs": [windows], "train": np.eye(5)[[0, 2, 4]], "note": note}


@saved
def next_word(draws):
    model = keras.Sequential([layers.Embedding(9, 4), layers.LSTM(5), layers.Dense(9, activation="softmax")])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.build((None, 3))
    ids = padded(draws, 3, 3, 9, left=True)
    return {"model": model, "inputs": [ids], "train": np.eye(9)[[1, 4, 8]], "note": "next word; no Input layer"}


@saved
def dense_hundred(draws):
    model = keras.Sequential([layers.Dense(4, activation="relu", input_dim=10), layers.Dense(1, activation="sigmoid")])
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0), "binary_crossentropy")
    note = "two Dense with input_dim; AdamW with a schedule and clipnorm"
    return {"model": model, "inputs": [draws.values(3, 10)], "train": np.array([[0], [1], [1]]), "note": note}


@saved
def simple_rnn_reviews(draws):
    model = keras.Sequential([layers.Embedding(12, 3), layers.SimpleRNN(4), layers.Dense(1, activation="sigmoid")])
    loss = keras.losses.BinaryCrossentropy(label_smoothing=0.1)
    metrics = ["acc", keras.metrics.AUC(num_thresholds=20)]
    model.compile(optimizer=keras.optimizers.RMSprop(0.002), loss=loss, metrics=metrics)
    model.build((None, 6))
    note = "SimpleRNN reviews; RMSprop, loss and metric objects"
    return {"model": model, "inputs": [draws.ids(3, 6, below=12)], "train": np.array([[0.0], [1], [1]]), "note": note}


@saved
def options(draws):
    lstm = layers.LSTM(
        3,
        activation="softsign",
        recurrent_activation="hard_sigmoid",
        kernel_initializer=keras.initializers.HeNormal(seed=3),
        recurrent_initializer=keras.initializers.Orthogonal(gain=0.8),
        bias_initializer=keras.initializers.Constant(0.1),
        unit_forget_bias=False,
        kernel_regularizer=keras.regularizers.L1L2(0.001, 0.002),
        recurrent_regularizer="l2",
        bias_constraint=keras.constraints.NonNeg(),
        kernel_constraint=keras.constraints.MaxNorm(2, axis=1),
        go_backwards=True,
        return_sequences=True,
        name="walker",
    )
    dense = layers.Dense(
        2,
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform"),
        bias_initializer=keras.initializers.RandomUniform(-0.1, 0.1),
        kernel_regularizer=keras.regularizers.OrthogonalRegularizer(0.02, "columns"),
        kernel_constraint=keras.constraints.MinMaxNorm(0.1, 1.5, 0.9),
        activity_regularizer=keras.regularizers.L2(0.001),
        bias_constraint=keras.constraints.UnitNorm(),
    )
    frozen = layers.Dense(3, activation="elu", trainable=False, kernel_initializer=keras.initializers.Identity())
    parts = frozen, lstm, layers.Permute((2, 1)), layers.Reshape((-1, 6)), dense, layers.Activation("log_softmax")
    note = "regularizers, constraints, initializers, a frozen layer, reshaping"
    return {"model": sequential((4, 3), *parts), "inputs": [draws.values(2, 4, 3)], "note": note}


@saved
def merging(draws):
    a, b = keras.Input((3, 4)), keras.Input((3, 4))
    parts = layers.Add()([a, b]), layers.Multiply()([a, b]), layers.Average()([a, b]), layers.Maximum()([a, b])
    joined = layers.Concatenate(axis=1)([*parts, layers.Minimum()([a, b]), layers.Subtract()([a, b])])
    y = layers.Dot(axes=(2, 2))([joined, layers.RepeatVector(2)(layers.GlobalMaxPooling1D()(a))])
    inputs = [draws.values(2, 3, 4), draws.values(2, 3, 4)]
    return {"model": keras.Model([a, b], layers.Dense(2)(y)), "inputs": inputs, "note": "every merging layer"}


@saved
def unsupported(draws):
    parts = layers.Conv1D(4, 2), layers.GroupNormalization(2), layers.EinsumDense("abc,cd->abd", (3, 2))
    note = "a reader without these two layers names them and imports nothing"
    kinds = ["GroupNormalization", "EinsumDense"]
    model = sequential((4, 3), *parts)
    return {"model": model, "inputs": [draws.values(2, 4, 3)], "note": note, "unsupported": kinds}
