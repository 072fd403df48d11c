"""Writes fixtures.json: files of arrays as NumPy and safetensors write them, and what they hold.

    pip install numpy ml_dtypes safetensors
    python3 test/io/data/make.py

Each case is { name, format, file } (base64) with `arrays`, each { dtype, shape, data }: its elements in C order, little-endian,
as base64; or with `error`, the class of the error that loading it throws.
"""

import base64
import io
import json
import pathlib
import zipfile

import ml_dtypes
import numpy as np
import safetensors.numpy

cases = []
text = lambda b: base64.b64encode(b).decode()


def array(x):
    # The dtype's own name, in C order, little-endian.
    kind = x.dtype.newbyteorder("<")
    return {
        "dtype": x.dtype.name,
        "shape": list(x.shape),
        "data": text(np.ascontiguousarray(x).astype(kind).tobytes()),
    }


def case(name, format, file, arrays=None, error=None, **more):
    what = {"error": error} if error else {"arrays": {k: array(v) for k, v in arrays.items()}}
    cases.append({"name": name, "format": format, "file": text(file), **what, **more})


def npy(x, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, x, **options)
    return out.getvalue()


rng = np.random.default_rng(0)
numeric = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64"]


def values(dtype, shape):
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype == "bfloat16":
        return (rng.normal(size=shape) * 100).astype(ml_dtypes.bfloat16)
    t = np.dtype(dtype)
    if t.kind in "iu":
        info = np.iinfo(t)
        return rng.integers(info.min, info.max, shape, dtype=t, endpoint=True)
    if t.kind == "c":
        return (rng.normal(size=shape) + 1j * rng.normal(size=shape)).astype(t)
    return (rng.normal(size=shape) * 100).astype(t)


everything = ["bool", *numeric, "bfloat16", "complex64", "complex128"]
for d in everything:
    x = values(d, (2, 3))
    case(f"{d}", "npy", npy(x), {"": x})
    case(f"{d}, a number", "npy", npy(x[1, 2].reshape(())), {"": x[1, 2].reshape(())})
    case(f"{d}, Fortran order", "npy", npy(np.asfortranarray(x)), {"": x})
    if d not in ("bool", "int8", "uint8", "bfloat16"):
        big = x.astype(x.dtype.newbyteorder(">"))
        case(f"{d}, big-endian", "npy", npy(big), {"": x})
        case(f"{d}, big-endian, Fortran order", "npy", npy(np.asfortranarray(big)), {"": x})

for shape in [(0,), (0, 3), (3, 0), (1,), (1, 1, 1), (2, 0, 3), (2, 3, 4), (4, 1, 3, 2), (1, 5), (5, 1)]:
    x = values("float32", shape)
    case(f"shape {shape}", "npy", npy(x), {"": x})
    case(f"shape {shape}, Fortran order", "npy", npy(np.asfortranarray(x)), {"": x})
for version in [(1, 0), (2, 0), (3, 0)]:
    x = values("float64", (3, 4))
    case(f"version {version}", "npy", npy(x, version=version), {"": x})
special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1.7976931348623157e308])
case("special float64", "npy", npy(special), {"": special})
with np.errstate(over="ignore"):
    case("special float16", "npy", npy(special.astype("f2")), {"": special.astype("f2")})
    case("special float32", "npy", npy(special.astype(">f4")), {"": special.astype("f4")})

structured = np.zeros(3, dtype=[("a", "f4"), ("b", "i4")])
case("structured", "npy", npy(structured), error="DTypeError")
case("objects", "npy", npy(np.array([{}, None], dtype=object), allow_pickle=True), error="DTypeError")
for name, x in {
    "texts": np.array(["a", "bcd"]),
    "bytes": np.array([b"a", b"bcd"]),
    "times": np.array(["2020-01-01"], dtype="M8[D]"),
    "durations": np.array([1], dtype="m8[s]"),
    "raw bytes": np.zeros(2, dtype="V5"),
    "long double": np.zeros(2, dtype="g"),
}.items():
    case(name, "npy", npy(x), error="DTypeError")

named = {d: values(d, (2, 2)) for d in everything if "64" not in d or d in ("float64", "complex64")}
named["scalar"] = np.asarray(values("float32", ()))
named["empty"] = values("float32", (0, 2))
named["layers.0.w"] = values("float32", (40, 40))
named["größe"] = values("int32", (3,))
for f in [np.savez, np.savez_compressed]:
    out = io.BytesIO()
    f(out, **named)
    case(f.__name__, "npz", out.getvalue(), named)
    out = io.BytesIO()
    f(out, named["float32"], named["bool"])
    case(f"{f.__name__} without names", "npz", out.getvalue(), {"arr_0": named["float32"], "arr_1": named["bool"]})
    out = io.BytesIO()
    f(out, x=np.array([None], dtype=object))
    case(f"{f.__name__} of objects", "npz", out.getvalue(), error="DTypeError")


class Stream(io.RawIOBase):
    """Cannot seek, so that sizes stand behind the data."""

    def __init__(self):
        self.all = bytearray()

    def writable(self):
        return True

    def write(self, b):
        self.all += bytes(b)
        return len(b)


for method in [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]:
    stream = Stream()
    with zipfile.ZipFile(stream, "w", method) as z:
        z.comment = b"a comment"
        with z.open("x.npy", "w", force_zip64=True) as f:
            f.write(npy(named["layers.0.w"]))
    case(f"streamed, method {method}", "npz", bytes(stream.all), {"x": named["layers.0.w"]})
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as z:
    z.writestr("x.npy", npy(named["float32"]))
case("bzip2", "npz", out.getvalue(), error="FileError")
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as z:
    z.writestr("x.txt", b"a text")
case("a text", "npz", out.getvalue(), error="FileError")
out = io.BytesIO()
np.savez(out)
case("empty", "npz", out.getvalue(), {})

tensors = {d: values(d, (2, 3)) for d in everything if d not in ("complex128", "int64", "uint64")}
tensors["scalar"] = np.asarray(values("float32", ()))
tensors["empty"] = values("float16", (0, 2))
tensors['a "name"\n'] = values("int8", (5,))
meta = {"format": "np", "größe": "1"}
case("safetensors", "safetensors", safetensors.numpy.save(tensors, meta), tensors, metadata=meta)
case("empty safetensors", "safetensors", safetensors.numpy.save({}), {}, metadata={})
for d in ["int64", "uint64"]:
    x = {"x": values(d, (2, 2))}
    case(f"{d} safetensors", "safetensors", safetensors.numpy.save(x), x, metadata={})
float8 = safetensors.numpy.save({"x": np.zeros(2, ml_dtypes.float8_e4m3fn)})
case("float8", "safetensors", float8, error="DTypeError")

folder = pathlib.Path(__file__).parent
(folder / "fixtures.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")
