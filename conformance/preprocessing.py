"""Writes golden/preprocessing.jsonl: what Keras 3 and NumPy compute for texts, sequences, windows and shuffles.

    python -m venv env && env/bin/pip install -r conformance/requirements.txt
    env/bin/python conformance/preprocessing.py
"""

import random

from common import camel, output_folder, write_lines

import keras
import numpy as np
from keras.src.legacy.preprocessing import sequence as legacy_sequence
from keras.src.legacy.preprocessing import text as legacy_text

cases = []


def record(kind, given, expected):
    cases.append({"kind": kind, "given": given, "expected": expected})


def array(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "values": [round(v, 9) for v in value.ravel().tolist()]}


def camel_keys(options):
    return {camel(key): value for key, value in options.items()}


# Words.
texts = [
    "The quick brown fox, the lazy dog; THE END.",
    "Don't stop -- it's e-mail (or a_b)!\tTabs\nand lines",
    "ÄRGER Straße İstanbul ΣΟΦΟΣ naïve café",
    "日本語 の テキスト, 日本語!",
    "emoji 😀😀 😀 \U0001d400 ]^[ \\ / 'quoted'",
    "   many    spaces\u00a0and\u2003wide ones   ",
    "",
    "7 3 7 10 7 3",
    "a b a b c the dog",
]
word_options = [
    {},
    {"lower": False},
    {"filters": ""},
    {"filters": "aeiou-]^\\", "lower": False},
    {"split": ","},
    {"split": "th", "filters": " "},
    {"split": " the ", "filters": "!"},
]
for options in word_options:
    record("words", [texts, camel_keys(options)], [legacy_text.text_to_word_sequence(t, **options) for t in texts])
for options in word_options[:4]:
    given = [texts, 1000, {**camel_keys(options), "hashFunction": "md5"}]
    record("hashing", given, [legacy_text.hashing_trick(t, 1000, hash_function="md5", **options) for t in texts])
big = {"hashFunction": "md5"}
record("hashing", [texts, 2**31, big], [legacy_text.hashing_trick(t, 2**31, hash_function="md5") for t in texts])
long = ["x" * n for n in (0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 200)]
record("hashing", [long, 99991, big], [legacy_text.hashing_trick(t, 99991, hash_function="md5") for t in long])

# Tokenizer.
tokens = [["The", "Cat", "the"], ["a b", "", "7"], []]
tokenizer_options = [
    ({}, texts),
    ({"num_words": 5}, texts),
    ({"oov_token": "<unk>"}, texts),
    ({"oov_token": "<unk>", "num_words": 4}, texts),
    ({"oov_token": "the"}, texts),
    ({"char_level": True}, texts),
    ({"char_level": True, "oov_token": "?", "num_words": 8, "lower": False}, texts),
    ({"lower": False, "filters": ",;."}, texts),
    ({"split": ",", "filters": "!"}, texts),
    ({"num_words": 0}, texts[:3]),
    ({}, tokens),
    ({"lower": False, "oov_token": "x"}, tokens),
    ({"num_words": 1, "oov_token": "x"}, tokens),
]
unseen = ["the unseen fox", "", "7 3 dog zebra", "日本語 😀"]
for options, fitted in tokenizer_options:
    tokenizer = legacy_text.Tokenizer(**options)
    tokenizer.fit_on_texts(fitted[: len(fitted) // 2])
    tokenizer.fit_on_texts(fitted[len(fitted) // 2 :])
    sequences = tokenizer.texts_to_sequences(unseen + fitted)
    # Python keeps these two in the order of a set, another in each run.
    tokenizer.word_docs = {word: tokenizer.word_docs[word] for word in tokenizer.word_counts}
    tokenizer.index_docs = dict(sorted(tokenizer.index_docs.items()))
    expected = {
        "sequences": sequences,
        "texts": tokenizer.sequences_to_texts(sequences + [[0, 1, 2, 1000, 3]]),
        "json": tokenizer.to_json(),
        "matrices": {},
    }
    short = [[1, 2, 1, 3], [], [2, 2, 2, 900]]
    for mode in ("binary", "count", "freq", "tfidf"):
        matrix = tokenizer.sequences_to_matrix(short, mode=mode)
        nonzero = [[int(r), int(c), round(float(matrix[r, c]), 9)] for r, c in zip(*np.nonzero(matrix))]
        expected["matrices"][mode] = {"shape": list(matrix.shape), "nonzero": nonzero}
    record("tokenizer", [camel_keys(options), fitted, unseen, short], expected)

tokenizer = legacy_text.Tokenizer(num_words=6)
tokenizer.fit_on_sequences([[1, 2, 2, 5], [2, 3], [], [5]])
matrix = tokenizer.sequences_to_matrix([[2, 2, 5], [1, 4]], mode="tfidf")
record("fitOnSequences", [{"numWords": 6}, [[1, 2, 2, 5], [2, 3], [], [5]], [[2, 2, 5], [1, 4]]], array(matrix))

# Padding.
ragged = [[1], [2, 3], [], [4, 5, 6, 7]]
vectors = [[[1, 2], [3, 4]], [], [[5, 6], [7, 8], [9, 10]]]
for padding in ("pre", "post"):
    for truncating in ("pre", "post"):
        for sequences in (ragged, vectors):
            for extra in ({}, {"maxlen": 2}, {"maxlen": 6, "value": -1}, {"maxlen": 3, "dtype": "float32", "value": 0.5}):
                options = {"padding": padding, "truncating": truncating, **extra}
                given = [sequences, options]
                record("pad", given, array(keras.utils.pad_sequences(sequences, **options)))
fractions = [[1.9, -1.9], [2.5]]
for dtype in ("int32", "float32", "float64", "int8"):
    record("pad", [fractions, {"dtype": dtype, "value": 3.7}], array(keras.utils.pad_sequences(fractions, dtype=dtype, value=3.7)))
record("pad", [[], {"maxlen": 3}], array(keras.utils.pad_sequences([], maxlen=3)))
record("pad", [[[], []], {}], array(keras.utils.pad_sequences([[], []])))

# Classes.
for classes, count in [
    ([0, 2, 1], None),
    ([[0], [3], [1]], None),
    ([[0, 1], [2, 0]], 4),
    ([1.9, 0.2], None),
    ([0, 0], 0),
    ([[[1], [0]]], 3),
]:
    record("categorical", [classes, count], array(keras.utils.to_categorical(classes, count)))
for values, axis, order in [
    ([[3, 4], [0, 0]], -1, 2),
    ([[3, -4], [1, 2]], -1, 1),
    ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], 1, 2),
    ([3, 4, 12], -1, 2),
    ([[1, -7], [2, 3]], -1, float("inf")),
    ([[1, -7], [2, 3]], -1, 3),
]:
    given = [values, axis, "Infinity" if order == float("inf") else order]
    record("normalize", given, array(keras.utils.normalize(np.array(values, dtype="float64"), axis=axis, order=order)))

# Skip-grams.
words = [1, 2, 0, 3, 4, 5, 3, 1, 2, 6]
for options in [
    {"negative_samples": 0, "shuffle": False},
    {"negative_samples": 0, "window_size": 1, "seed": 5},
    {"negative_samples": 1.0, "window_size": 2, "seed": 7},
    {"negative_samples": 0.5, "window_size": 2, "seed": 123456789},
    {"negative_samples": 2, "window_size": 1, "shuffle": False, "seed": 0},
    {"categorical": True, "window_size": 1, "seed": 4},
    {"window_size": 2, "seed": 11, "sampling_table": [0.1 * i for i in range(12)]},
]:
    random.seed(options.get("seed", 0))
    couples, labels = legacy_sequence.skipgrams(words, 12, **options)
    record("skipgrams", [words, 12, camel_keys(options)], {"couples": couples, "labels": labels})
for size, factor in [(1, 1e-5), (12, 1e-5), (30, 1e-2)]:
    record("samplingTable", [size, factor], array(legacy_sequence.make_sampling_table(size, factor)))

# Shuffles.
for seed in (0, 1, 113, 2**32 - 1):
    for count in (1, 2, 3, 17, 100):
        order = np.arange(count)
        generator = np.random.RandomState(seed)
        generator.shuffle(order)
        again = list(range(count))
        generator.shuffle(again)
        record("shuffle", [seed, count], [order.tolist(), again])
order = np.arange(25000)
np.random.RandomState(113).shuffle(order)
record("longShuffle", [113, 25000], [order[:20].tolist(), order[-20:].tolist()])

path = output_folder(__doc__) / "preprocessing.jsonl"
write_lines(path, [{"keras": keras.__version__, "numpy": np.__version__}, *cases])
print(f"{path.name}: {len(cases)} cases")
