"""Writes golden/datasets.jsonl: arrays as NumPy saves them, and what Keras's imdb and reuters make of small archives.

    python -m venv env && env/bin/pip install -r conformance/requirements.txt
    env/bin/python conformance/datasets.py
"""

import base64
import io
import pathlib
import pickle
import tempfile
import zipfile

from common import camel, output_folder, write_lines

import keras
import numpy as np
from keras.src.datasets import imdb, reuters

cases = []
rng = np.random.default_rng(3)


def encode(data):
    return base64.b64encode(data).decode()


def npy(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=True)
    return buffer.getvalue()


def plain(value):
    """Numbers as JSON has them, whole ones beyond 2^53 as text."""
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "values": [plain(v) for v in value.ravel().tolist()]}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    return value


# Arrays of numbers.
numbers = [
    np.arange(6, dtype=dtype).reshape(2, 3)
    for dtype in ("<i1", "<u1", "<i2", ">i2", "<u2", "<i4", ">i4", "<u4", "<i8", ">i8", "<u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8")
]
numbers += [
    np.array([True, False, True]),
    np.array([-(2**31), 2**31 - 1], dtype="i4"),
    np.array([-(2**63), 2**63 - 1, 5], dtype="i8"),
    np.array([2**64 - 1], dtype="u8"),
    np.array([1.5, -2.25, 65504, 6e-8], dtype="f2"),
    np.array(7.25),
    np.zeros((0, 3), "f4"),
    np.asfortranarray(np.arange(24, dtype="i4").reshape(2, 3, 4)),
    np.asfortranarray(rng.normal(size=(3, 2)).astype(">f8")),
]
for array in numbers:
    cases.append({"kind": "npy", "type": array.dtype.str[1:], "file": encode(npy(array)), "expected": plain(array)})
for version in ((2, 0), (3, 0)):
    cases.append({"kind": "npy", "type": "i2", "file": encode(npy(numbers[2], version)), "expected": plain(numbers[2])})


# Arrays of objects, by every protocol.
def objects(items, shape=None):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array if shape is None else array.reshape(shape)


ragged = objects([[1, 2, 300, 70000, -5, 2**31, 2**40], [], [0], list(range(255, 261))])
mixed = objects([[np.int64(3), np.int32(-4), np.float64(0.5), True, None, "wört", 2.5], np.array([1, 2], "i2")])
grid = objects([[1], [2], [3], [4], [5], [6]], (2, 3))


def object_npy(array, protocol):
    buffer = io.BytesIO()
    header = {"descr": "|O", "fortran_order": array.flags.fnc, "shape": array.shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + pickle.dumps(array, protocol=protocol)


def plain_objects(array):
    rows = [row.tolist() if isinstance(row, np.ndarray) else [x.item() if isinstance(x, np.generic) else x for x in row] for row in array.ravel()]
    return {"shape": list(array.shape), "values": rows}


for protocol in (2, 3, 4, 5):
    for array in (ragged, mixed, grid, np.asfortranarray(grid)):
        file = object_npy(array, protocol)
        cases.append({"kind": "objects", "file": encode(file), "expected": plain_objects(array)})
        # As NumPy 1 wrote it.
        if protocol == 2:
            file = file.replace(b"numpy._core.", b"numpy.core.")
            cases.append({"kind": "objects", "file": encode(file), "expected": plain_objects(array)})


# Pickles that name what no array needs.
class Harm:
    def __init__(self, function, args):
        self.made = function, args

    def __reduce__(self):
        return self.made


for function, args in [(eval, ("1",)), (print, ("x",)), (getattr, ("a", "b")), (zipfile.ZipFile, ("x",)), (bytearray, (5,))]:
    for protocol in (2, 4, 5):
        file = object_npy(objects([Harm(function, args), [1]]), protocol)
        cases.append({"kind": "refused", "file": encode(file)})


# Keras on small archives.
def reviews(count, longest):
    return objects([rng.integers(1, 40, rng.integers(1, longest)).tolist() for _ in range(count)])


def options_for(extra):
    everything = [
        {},
        {"num_words": 20},
        {"num_words": 20, "skip_top": 5},
        {"skip_top": 8},
        {"maxlen": 9},
        {"seed": 7, "num_words": 25},
        {"start_char": None},
        {"start_char": None, "index_from": 0},
        {"start_char": 5, "index_from": 10, "oov_char": 4, "num_words": 30},
        {"oov_char": None, "num_words": 15},
        {"oov_char": None, "num_words": 15, "skip_top": 6, "start_char": None, "index_from": 1, "maxlen": 12},
    ]
    return everything + extra


def lists(arrays):
    return [[[list(map(int, row)) for row in x], [int(label) for label in y]] for x, y in arrays]


folder = pathlib.Path(tempfile.mkdtemp())
imdb_arrays = {
    "x_train": reviews(12, 14),
    # Good reviews first, as in the official archive.
    "y_train": np.array([1] * 7 + [0] * 5),
    "x_test": reviews(9, 11),
    "y_test": np.array([1] * 4 + [0] * 5),
}
reuters_arrays = {"x": reviews(23, 12), "y": rng.integers(0, 46, 23)}
for name, module, arrays, extra in [
    ("imdb", imdb, imdb_arrays, []),
    ("reuters", reuters, reuters_arrays, [{"test_split": 0.5}, {"test_split": 0.05, "num_words": 9}, {"test_split": 0.0}]),
]:
    path = folder / f"{name}.npz"
    np.savez_compressed(path, **arrays)
    # ZIP entries carry the time of writing; one that is always the same keeps this file the same.
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            target.writestr(zipfile.ZipInfo(member), source.read(member), zipfile.ZIP_DEFLATED)
    module.get_file = lambda *args, **options: str(path)
    results = []
    for options in options_for(extra):
        result = lists(module.load_data(**options))
        results.append({"options": {camel(k): v for k, v in options.items()}, "expected": result})
    cases.append({"kind": name, "file": encode(packed.getvalue()), "results": results})
cases.append({"kind": "labels", "expected": list(reuters.get_label_names())})

path = output_folder(__doc__) / "datasets.jsonl"
write_lines(path, [{"keras": keras.__version__, "numpy": np.__version__}, *cases])
print(f"{path.name}: {len(cases)} cases")
