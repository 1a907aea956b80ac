"""Keras as a peer of `bench/tasks.mjs`: a plain classifier of texts. THREADS; the backend is that of KERAS_BACKEND."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
threads = int(sys.argv[1])
backend = os.environ.setdefault("KERAS_BACKEND", "tensorflow")
if backend == "tensorflow":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
if backend == "torch":
    import torch

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)

import keras
import numpy as np
from keras import layers
from line_protocol import serve


def network(sizes):
    tokens = keras.Input((sizes["time"],), dtype="int32")
    states = layers.Embedding(sizes["vocabulary"], sizes["embedding"])(tokens)
    states = layers.Bidirectional(layers.LSTM(sizes["units"], return_sequences=True))(states)
    pooled = [layers.GlobalMaxPooling1D()(states), layers.GlobalAveragePooling1D()(states)]
    answer = layers.Dense(1, activation="sigmoid")(layers.Concatenate()(pooled))
    model = keras.Model(tokens, answer)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    return model


def make(request):
    sizes = request["sizes"]
    ids = np.fromfile(request["ids"], dtype=np.int32).reshape(-1, sizes["time"])
    labels = np.fromfile(request["labels"], dtype=np.int32).reshape(-1, 1).astype("float32")
    model = network(sizes)

    def train():
        model.fit(ids, labels, batch_size=sizes["batch"], epochs=1, verbose=0)
        return ids.size

    def predict():
        model.predict(ids, batch_size=sizes["batch"], verbose=0)
        return ids.size

    return {"train": train, "predict": predict}[request["what"]]


versions = {"tensorflow": "tensorflow", "torch": "torch", "jax": "jax"}
module = __import__(versions[backend])
serve(f"{keras.__version__} on {backend} {module.__version__}", make)
