"""Compares golden files, number by number: compare.py EXPECTED ACTUAL [--tolerance 1e-6]. Prints one JSON object a group.

A group is a file of lines or a folder of models: {"group", "cases", "worst", "where", "problems"}. `worst` is the greatest
difference relative to the scale of its array (its greatest number, 1 at least). Files that only EXPECTED has are told as
{"group", "kept": n}: nobody made them again.
"""

import argparse
import base64
import io
import json
import pathlib
import zipfile

import numpy as np

DTYPES = {"float32": "<f4", "float64": "<f8", "int32": "<i4", "int64": "<i8"}
# Noise of the last bit grows over steps of training; other processors give other noise.
TRAINED = {"fits.jsonl": 1e-4, "training.jsonl": 1e-5}
# Names and versions that may differ between two runs of the same thing.
ALIKE = {"shared_object_id", "date_saved"}


class Group:
    def __init__(self, name, tolerance):
        self.name, self.tolerance = name, tolerance
        self.cases, self.worst, self.where, self.problems = 0, 0.0, "", []

    def problem(self, where, text):
        self.problems.append(f"{where}: {text}")

    def numbers(self, where, expected, actual):
        expected, actual = np.asarray(expected, dtype="float64"), np.asarray(actual, dtype="float64")
        if expected.shape != actual.shape:
            return self.problem(where, f"shape {expected.shape} became {actual.shape}")
        if expected.size == 0:
            return None
        with np.errstate(invalid="ignore"):
            away = np.where(same_number(expected, actual), 0.0, np.abs(expected - actual))
        finite = np.abs(expected[np.isfinite(expected)])
        error = float(np.max(away)) / max(1.0, float(finite.max(initial=0.0)))
        if not error <= self.tolerance:
            self.problem(where, f"differs by {error:.2g} of its scale")
        if not error <= self.worst:
            self.worst, self.where = error, where
        return None

    def value(self, where, expected, actual):
        """JSON values: arrays as {"shape", …: base64}, plain numbers, everything else exactly."""
        if isinstance(expected, dict) and isinstance(actual, dict):
            decoded = decode(expected), decode(actual)
            if decoded[0] is not None and decoded[1] is not None:
                return self.numbers(where, *decoded)
            if expected.keys() != actual.keys():
                return self.problem(where, f"keys {list(expected)} became {list(actual)}")
            for key in expected.keys() - ALIKE:
                self.value(f"{where}.{key}", expected[key], actual[key])
        elif isinstance(expected, list) and isinstance(actual, list):
            if len(expected) != len(actual):
                return self.problem(where, f"{len(expected)} items became {len(actual)}")
            if all(is_number(v) for v in [*expected, *actual]):
                return self.numbers(where, expected, actual)
            for index, pair in enumerate(zip(expected, actual)):
                self.value(f"{where}[{index}]", *pair)
        elif is_number(expected) and is_number(actual):
            self.numbers(where, [expected], [actual])
        elif expected != actual:
            self.problem(where, f"{str(expected)[:60]} became {str(actual)[:60]}")
        return None

    def report(self):
        problems = self.problems[:20]
        return {"group": self.name, "cases": self.cases, "worst": self.worst, "where": self.where, "problems": problems}


def same_number(a, b):
    return (a == b) | (np.isnan(a) & np.isnan(b))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def decode(record):
    """The array of {"shape", "dtype", "data"} or {"shape", "float32": base64}; None when it is something else."""
    if "shape" not in record:
        return None
    dtype = record.get("dtype", "float32")
    data = record.get("data", record.get("float32"))
    if not isinstance(data, str) or dtype not in DTYPES:
        return None
    return np.frombuffer(base64.b64decode(data), DTYPES[dtype]).reshape(record["shape"])


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def key_of(index, record):
    if isinstance(record, dict):
        for key in ("id", "file"):
            if isinstance(record.get(key), str):
                return record[key]
    return f"line {index + 1}"


def compare_lines(group, expected, actual, remade):
    old, new = ({key_of(i, r): r for i, r in enumerate(lines(path))} for path in (expected, actual))
    for key in [*old, *(k for k in new if k not in old)]:
        folder = key.split("/")[0] if "/" in key and "file" in old.get(key, new.get(key)) else None
        if key not in new and folder and folder not in remade:
            continue
        group.cases += 1
        if key in old and key in new:
            group.value(key, old[key], new[key])
        else:
            group.problem(key, "no longer made" if key in old else "is new")


def h5_content(file):
    """Everything in an HDF5 file: {path: {attributes, values}}."""
    content = {"/": {"attributes": attributes(file)}}

    def visit(name, item):
        content[name] = {"attributes": attributes(item)}
        if hasattr(item, "shape"):
            content[name]["values"] = np.asarray(item)

    file.visititems(visit)
    return content


def attributes(item):
    plain = {}
    for key, value in item.attrs.items():
        text = value.decode() if isinstance(value, bytes) else value
        if isinstance(text, str) and text.startswith("{"):
            plain[key] = json.loads(text)
        else:
            plain[key] = np.asarray(value).astype(str).tolist()
    return plain


def compare_h5(group, where, old, new):
    import h5py

    with h5py.File(old, "r") as a, h5py.File(new, "r") as b:
        expected, actual = h5_content(a), h5_content(b)
    if expected.keys() != actual.keys():
        return group.problem(where, f"content {sorted(expected.keys() ^ actual.keys())} differs")
    for name, item in expected.items():
        group.value(f"{where}:{name}", item["attributes"], actual[name]["attributes"])
        if "values" not in item:
            continue
        pair = item["values"], actual[name].get("values", np.zeros(0))
        if all(value.dtype.kind in "iufb" for value in pair):
            group.numbers(f"{where}:{name}", *pair)
        elif pair[0].tolist() != pair[1].tolist():
            group.problem(f"{where}:{name}", "values differ")
    return None


def compare_archive(group, where, old, new):
    with zipfile.ZipFile(old) as a, zipfile.ZipFile(new) as b:
        if a.namelist() != b.namelist():
            return group.problem(where, f"{a.namelist()} became {b.namelist()}")
        for name in a.namelist():
            pair = a.read(name), b.read(name)
            if name.endswith(".json"):
                group.value(f"{where}:{name}", *map(json.loads, pair))
            elif name.endswith(".h5"):
                compare_h5(group, f"{where}:{name}", *map(io.BytesIO, pair))
            elif pair[0] != pair[1]:
                group.problem(f"{where}:{name}", "bytes differ")
    return None


def compare_tensors(group, where, old, new):
    from safetensors.numpy import load_file

    a, b = load_file(old), load_file(new)
    if a.keys() != b.keys():
        return group.problem(where, f"tensors {sorted(a)} became {sorted(b)}")
    for name in a:
        group.numbers(f"{where}:{name}", a[name], b[name])
    return None


def compare_file(group, where, old, new):
    ending = old.suffix
    if ending == ".keras":
        compare_archive(group, where, old, new)
    elif ending == ".h5":
        compare_h5(group, where, old, new)
    elif ending == ".safetensors":
        compare_tensors(group, where, old, new)
    elif ending == ".json":
        group.value(where, json.loads(old.read_text()), json.loads(new.read_text()))
    elif old.read_bytes() != new.read_bytes():
        group.problem(where, "bytes differ")


def compare(expected, actual, tolerance):
    remade = {path.name for path in actual.iterdir() if path.is_dir()}
    for name in sorted({path.name for path in [*expected.iterdir(), *actual.iterdir()]}):
        old, new = expected / name, actual / name
        if not new.exists():
            yield {"group": name, "kept": len(list(old.rglob("*.*"))) if old.is_dir() else len(lines(old))}
            continue
        group = Group(name, max(tolerance, TRAINED.get(name, 0.0)))
        if not old.exists():
            group.problem(name, "is new: copy it to conformance/golden")
        elif old.is_dir():
            files = {p.relative_to(root) for root in (old, new) for p in root.rglob("*") if p.is_file()}
            for file in sorted(files):
                group.cases += 1
                if (old / file).exists() and (new / file).exists():
                    compare_file(group, str(file), old / file, new / file)
                else:
                    group.problem(file, "no longer made" if (old / file).exists() else "is new")
        else:
            compare_lines(group, old, new, remade)
        yield group.report()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("expected", type=pathlib.Path)
    parser.add_argument("actual", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-6)
    given = parser.parse_args()
    for row in compare(given.expected, given.actual, given.tolerance):
        print(json.dumps(row))
