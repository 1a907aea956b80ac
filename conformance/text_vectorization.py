"""Writes golden/text-vectorization.jsonl: Keras's TextVectorization and timeseries_dataset_from_array.

Both need TensorFlow, whatever the backend; without it the script says so and leaves the file as it is.

    python -m venv env && env/bin/pip install keras==3.15.0 tensorflow-cpu numpy
    KERAS_BACKEND=tensorflow env/bin/python conformance/text_vectorization.py
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import tensorflow  # noqa: F401
except ImportError:
    print("text-vectorization.jsonl: skipped, TensorFlow is not installed")
    sys.exit(0)
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
from common import camel, output_folder, write_lines

import keras
import numpy as np

cases = []


def array(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "values": [round(float(v), 7) for v in value.ravel()]}


def camel_options(options):
    names = {"lower_and_strip_punctuation", "strip_punctuation", "multi_hot", "tf_idf"}
    return {camel(k): camel(v) if isinstance(v, str) and v in names else v for k, v in options.items()}


texts = [
    "The cat, the dog! It's the CAT.",
    "A\u00a0b É é don't \U0001d400 \uffee",
    "  x\ty\x0bz \u3000 q\n",
    "",
    "cat cat a [UNK] UNK",
    "日本語 テキスト 日本語 😀😀",
]
batches = [texts[:3], ["unseen words, the cat", ""], "the unseen cat", [["one cat"], ["the"]]]
tokens = [["a", "b", "c"], ["b", "c", "C"], ["", "[UNK]", "d"]]
token_batches = [tokens, ["a", "q"], "b"]

settings = [{}]
settings += [{"standardize": s} for s in (None, "lower", "strip_punctuation")]
settings += [{"split": "character"}, {"split": "character", "max_tokens": 6}]
settings += [{"ngrams": n} for n in (1, 2, (3, 1), (2,))]
settings += [{"max_tokens": m} for m in (3, 5, 100)]
settings += [{"output_sequence_length": n} for n in (1, 4, 12)]
for mode in ("multi_hot", "count", "tf_idf"):
    settings.append({"output_mode": mode})
    settings.append({"output_mode": mode, "max_tokens": 4})
    settings.append({"output_mode": mode, "max_tokens": 30, "pad_to_max_tokens": True})
    settings.append({"output_mode": mode, "ngrams": 2, "split": "character", "max_tokens": 8})
    settings.append({"output_mode": mode, "vocabulary": ["cat", "the", "x"]})
    settings.append({"output_mode": mode, "vocabulary": ["[UNK]", "cat", "the", "x"]})
    if mode == "tf_idf":
        settings[-2]["idf_weights"] = [0.5, 2.0, 0.25]
        settings[-1]["idf_weights"] = [9.0, 0.5, 2.0, 0.25]
settings += [{"vocabulary": ["", "[UNK]", "cat", "the"]}, {"vocabulary": ["cat", "[UNK]", "the"], "standardize": None}]
for options in settings:
    layer = keras.layers.TextVectorization(**options)
    if "vocabulary" not in options:
        layer.adapt(texts)
    cases.append(
        {
            "kind": "vectorize",
            "options": camel_options(options),
            "texts": texts,
            "vocabulary": [str(token) for token in layer.get_vocabulary()],
            "plain": [str(token) for token in layer.get_vocabulary(include_special_tokens=False)],
            "calls": [[batch, array(layer(batch))] for batch in batches],
        }
    )
for options in [{}, {"output_mode": "multi_hot"}, {"output_mode": "count"}, {"output_mode": "tf_idf"}, {"ngrams": 2}]:
    options = {"split": None, "standardize": "lower", **options}
    layer = keras.layers.TextVectorization(**options)
    layer.adapt(tokens)
    calls = [[batch, array(layer(batch))] for batch in (token_batches[:1] if "ngrams" in options else token_batches)]
    cases.append(
        {
            "kind": "vectorize",
            "options": camel_options(options),
            "texts": tokens,
            "vocabulary": [str(token) for token in layer.get_vocabulary()],
            "plain": [str(token) for token in layer.get_vocabulary(include_special_tokens=False)],
            "calls": calls,
        }
    )

series = np.arange(25, dtype="float32") * 1.5
table = np.arange(36, dtype="float32").reshape(12, 3)
for data, targets, options in [
    (series, None, {"sequence_length": 4}),
    (series[:-4], series[4:], {"sequence_length": 4, "batch_size": 5}),
    (series, series, {"sequence_length": 5, "sequence_stride": 3, "sampling_rate": 2, "batch_size": 2}),
    (series, None, {"sequence_length": 3, "sequence_stride": 3, "batch_size": None}),
    (series, series, {"sequence_length": 3, "batch_size": None, "start_index": 3, "end_index": 12}),
    (series, series[:7], {"sequence_length": 3, "batch_size": 4}),
    (table, table[:, 0], {"sequence_length": 2, "batch_size": 3, "sampling_rate": 3}),
    (table, table, {"sequence_length": 1, "batch_size": 8, "end_index": 10}),
    (table, None, {"sequence_length": 12}),
]:
    dataset = keras.utils.timeseries_dataset_from_array(data, targets, **options)
    parts = [[array(p) for p in item] if targets is not None else [array(item)] for item in dataset]
    cases.append(
        {
            "kind": "timeseries",
            "data": array(data),
            "targets": None if targets is None else array(targets),
            "options": camel_options(options),
            "batches": parts,
        }
    )

path = output_folder(__doc__) / "text-vectorization.jsonl"
write_lines(path, [{"keras": keras.__version__, "tensorflow": tensorflow.__version__}, *cases])
print(f"{path.name}: {len(cases)} cases")
