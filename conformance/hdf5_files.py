"""HDF5 files as h5py writes them, in every form that is read: golden/hdf5/*.h5 and what is in them, hdf5.jsonl."""

import h5py
import ml_dtypes
import numpy as np

from common import array, output_folder, write_lines

out = output_folder(__doc__)
folder = out / "hdf5"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(7)
records = []


def values(*shape, dtype="float32"):
    return np.asarray(random.normal(size=shape) * 3).astype(dtype)


def file(name, fill, **options):
    path = folder / f"{name}.h5"
    with h5py.File(path, "w", **options) as handle:
        fill(handle)
    with h5py.File(path, "r") as handle:
        datasets, attributes = {}, {}

        def visit(place, item):
            if isinstance(item, h5py.Dataset):
                data = np.asarray(item)
                if item.attrs.get("dtype") == "bfloat16":
                    data = data.view(ml_dtypes.bfloat16)
                datasets[place] = array(data.astype("float32"))
            attributes[place] = {key: plain(value) for key, value in item.attrs.items() if key != "long"}

        visit("", handle)
        handle.visititems(visit)
    records.append({"file": f"hdf5/{name}.h5", "datasets": datasets, "attributes": attributes})


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value


def types(handle):
    for dtype in ["<f4", ">f4", "<f8", ">f8", "<f2", ">f2", "<i1", "<u1", "<i2", ">i4", "<u4", "<i8", ">u8", "?"]:
        data = np.abs(values(2, 3)) if "u" in dtype else values(2, 3)
        handle.create_dataset("type " + dtype.strip("<>?") + (" big" if ">" in dtype else ""), data=data.astype(dtype))
    bfloat16 = handle.create_dataset("bfloat16", data=values(3, 2).astype(ml_dtypes.bfloat16))
    bfloat16.attrs["dtype"] = "bfloat16"
    handle["special"] = np.array([np.inf, -np.inf, 6e-8, -0.0, 65504], "float16")


def shapes(handle):
    handle["scalar"] = np.float32(2.5)
    handle["empty"] = np.zeros((3, 0), "float32")
    handle["deep/er/and/deeper"] = values(1, 2, 1, 3)
    handle.create_group("no members")


def attributes(handle):
    handle.attrs["text"] = "grüße, 世界"
    handle.attrs["bytes"] = np.bytes_("plain")
    handle.attrs["long"] = "x" * 70_000
    handle.attrs["texts"] = ["one", "zwei", "三"]
    handle.attrs["names"] = [b"a", b"longer"]
    handle.attrs["number"] = 3
    handle.attrs["numbers"] = [0.5, 1.5]
    handle.attrs["nothing"] = ""
    for part in range(3):
        handle.attrs[f"split{part}"] = [f"{part}.{item}".encode() for item in range(4)]


def many(handle):
    # More names than one node of the tree holds, for one data set: that is small.
    handle["first"] = np.float32(1)
    for index in range(300):
        handle[f"member {index}"] = handle["first"]


def chunks(handle):
    handle.create_dataset("gzip", data=values(7, 5, 3), chunks=(3, 2, 3), compression="gzip")
    handle.create_dataset("shuffled", data=values(50, 4), compression="gzip", shuffle=True, fletcher32=True)
    handle.create_dataset("plain", data=values(9), chunks=(4,), maxshape=(None,))
    handle.create_dataset("many", data=values(200, 2), chunks=(1, 2))


file("types", types)
file("shapes", shapes)
file("attributes", attributes)
file("many", many)
file("chunks", chunks)
file("latest", lambda handle: shapes(handle), libver="latest")
write_lines(out / "hdf5.jsonl", records)
