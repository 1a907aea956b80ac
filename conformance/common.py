"""What the generators of golden files share: arrays as base64, Keras layers from {"layer", "options"}, names in camelCase."""

import argparse
import base64
import json
import os
import pathlib
import zipfile
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy as np


def output_folder(description):
    """The folder given as --out; the committed golden files by default."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "golden")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def array(value):
    """{"shape", "dtype", "data"}: float32 or int32, little-endian, base64. Booleans become float32."""
    if value is None:
        return None
    value = np.asarray(value)
    dtype = "int32" if value.dtype.kind in "iu" else "float32"
    data = base64.b64encode(value.astype("<i4" if dtype == "int32" else "<f4").tobytes())
    return {"shape": list(value.shape), "dtype": dtype, "data": data.decode()}


def from_array(record):
    """The NumPy array of a record that `array` made."""
    dtype = {"float32": "<f4", "int32": "<i4"}[record["dtype"]]
    return np.frombuffer(base64.b64decode(record["data"]), dtype).reshape(record["shape"])


def write_lines(path, records):
    path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))


def merge_lines(path, records, folder):
    """Writes the records into a file that others share: theirs stay, those about files in `folder` are replaced."""
    old = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    kept = [record for record in old if not record["file"].startswith(folder + "/")]
    write_lines(path, sorted([*kept, *records], key=lambda record: record["file"]))


def settle(path, stored=False):
    """Takes the time of day out of a .keras file, and compresses it: Keras itself only stores, and reads both."""
    with zipfile.ZipFile(path) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts:
            if name == "metadata.json":
                content = json.dumps({**json.loads(content), "date_saved": "2025-01-01@00:00:00"}).encode()
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), content, method)


class Draws:
    """Values from one seeded generator, uniform in (-1, 1) and so all distinct. With a name of its own a case keeps its values
    when others are added."""

    def __init__(self, seed, name=""):
        self.generator = np.random.default_rng([seed, zlib.crc32(name.encode())])

    def values(self, *shape, low=-1.0, high=1.0):
        return self.generator.uniform(low, high, shape).astype("float32")

    def ids(self, *shape, below):
        return self.generator.integers(1, below, shape).astype("int32")

    def weight(self, variable):
        """New values of a variable; variances stay positive, whole numbers stay as they are."""
        if "int" in str(variable.dtype):
            return np.asarray(variable)
        if "variance" in variable.path:
            return self.values(*variable.shape, low=0.4, high=1.6)
        return self.values(*variable.shape)


def camel(name):
    """snake_case → camelCase; names in camelCase stay."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def camel_options(options):
    """Options as Reprise writes them: keys, and strings such as "hard_sigmoid", in camelCase, nested layers too."""
    if isinstance(options, dict):
        return {camel(key): camel_options(value) for key, value in options.items()}
    if isinstance(options, (list, tuple)):
        return [camel_options(value) for value in options]
    return camel(options) if isinstance(options, str) else options
