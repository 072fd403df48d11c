"""Writes table.json: what JAX gives for the calls of calls.json, for test/numpy/jax/table.test.ts.

Run with JAX 0.10.2: python test/numpy/jax/make-table.py

Of every call: `shapes`, its values for operands of few elements, with no axis, axis 0 and axis -1 (where JAX takes an
axis); `dtypes`, dtype and weak type of its results for each kind of operands. Python's and JAX's default integer is
int64, which stands for the library's int32, in operands too. "!" is an error.
"""
import inspect
import json
import os
import re
import warnings

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")
import jax.numpy as jnp
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
calls = json.load(open(os.path.join(here, "calls.json")))["calls"]
api = json.load(open(os.path.join(here, "../../golden/api.json")))["modules"]
spelling = {
    prefix + entry["camel"]: prefix + entry["name"]
    for prefix, module in (("", "jax.numpy"), ("fft.", "jax.numpy.fft"), ("linalg.", "jax.numpy.linalg"))
    for entry in api[module]
}


def snake(name):
    return re.sub("([A-Z])", lambda m: "_" + m[1].lower(), name)


def function(call):
    name = call.split("#")[0]
    if name in spelling:
        path = spelling[name].split(".")
    else:
        head, _, method = name.rpartition(".")
        path = [spelling.get(head, snake(head)), method] if head else [snake(name)]
    f = jnp
    try:
        for part in path:
            f = getattr(f, part)
    except AttributeError:
        return None  # deprecated
    return f


def takes_axis(f):
    try:
        return "axis" in inspect.signature(f).parameters
    except (TypeError, ValueError):
        return True


def fill(template, operands):
    if isinstance(template, str):
        return {"inf": np.inf}.get(template, operands.get(template, template))
    if isinstance(template, list):
        return [fill(t, operands) for t in template]
    if isinstance(template, dict):
        return {snake(k): fill(v, operands) for k, v in template.items()}
    return template


def static(x):
    return tuple(x) if isinstance(x, list) and all(isinstance(v, int) for v in x) and x else x


def run(call, operands, abstract=False, **more):
    """The result of a call (or its type), or None if JAX refuses it."""
    args = [fill(a, operands) for a in calls[call]]
    kwargs = dict(more)
    if args and isinstance(args[-1], dict):
        kwargs.update(args.pop())
    args = [a if not isinstance(a, list) else jnp.asarray(a) if call.split("#")[0] in ("take", "compress", "quantile", "delete") and a != [] else np.array([], int) if a == [] else static(a) for a in args]
    f = function(call)
    if abstract:
        try:
            return jax.eval_shape(lambda: f(*args, **kwargs))
        except Exception:
            pass  # where the types depend on values
    try:
        return f(*args, **kwargs)
    except Exception:
        return None


def number(v):
    v = v.item()
    if isinstance(v, complex):
        return [number(np.float64(v.real)), number(np.float64(v.imag))]
    if isinstance(v, bool) or np.isfinite(v):
        return v
    return "NaN" if np.isnan(v) else "Infinity" if v > 0 else "-Infinity"


def values(x):
    if isinstance(x, (list, tuple)):
        return {"list": [values(v) for v in x]}
    if isinstance(x, (jax.Array, np.ndarray, np.generic)):
        a = np.asarray(x)
        return {"shape": list(a.shape), "data": [number(v) for v in a.ravel()]}
    return {"plain": x} if isinstance(x, (bool, int, float)) else {"plain": str(x)}


def types(x):
    if isinstance(x, (list, tuple)):
        return "[" + " ".join(types(v) for v in x) + "]"
    if isinstance(x, (jax.Array, jax.ShapeDtypeStruct, np.ndarray, np.generic)):
        weak = getattr(x, "weak_type", False)
        return ("~" if weak else "") + str(x.dtype).replace("int64", "int32")
    return type(x).__name__


SHAPES = [(), (0,), (1,), (0, 2), (2, 0), (1, 1)]
KINDS = ["bool", "int8", "uint8", "int32", "float16", "bfloat16", "float32", "float64", "complex64", "~bool", "~int", "~float"]
dtype_of = {"int32": "int64"}


def few(shape):
    ones = jnp.ones(shape)
    return {
        "x": ones * 2.5, "y": ones * 1.5, "z": ones * 3.5, "c": ones > 0, "i": jnp.zeros(shape, "int64"),
        "m": ones * 2.5, "n": ones * 1.5,
    }


def operand(kind, shape):
    if kind == "~bool":
        return True
    if kind == "~int":
        return 1
    if kind == "~float":
        return 1.0
    a = jnp.ones(shape, dtype_of.get(kind, kind))
    return a * jnp.eye(shape[0], dtype=a.dtype) if len(shape) == 2 and shape[0] == shape[1] else a


def uses(template, letter):
    if isinstance(template, (list, dict)):
        return any(uses(t, letter) for t in (template if isinstance(template, list) else template.values()))
    return template == letter


def typed(first, second):
    return {
        "x": operand(first, (2,)), "y": operand(second, (2,)), "z": operand(second, (2,)),
        "m": operand(first, (2, 2)), "n": operand(second, (2, 2)), "c": jnp.ones(2, bool), "i": jnp.zeros(2, "int64"),
    }


def result(value, encode):
    return "!" if value is None else encode(value)


def shapes_of(call):
    axes = [None]
    if takes_axis(function(call)):
        axes += [0, -1]
    return [
        [result(run(call, few(s), **({} if a is None else {"axis": a})), values) for a in axes] for s in SHAPES
    ]


def dtypes_of(call):
    template = calls[call]
    second = any(uses(template, l) for l in "ynz") or (uses(template, "m") and uses(template, "x"))
    first = any(uses(template, l) for l in "xm")
    if not first and not second:
        return [result(run(call, typed("float64", "float64"), True), types)]
    if not second:
        return [result(run(call, typed(k, k), True), types) for k in KINDS]
    return [[result(run(call, typed(k, l), True), types) for l in KINDS] for k in KINDS]


table = {"shapes": SHAPES, "kinds": KINDS, "calls": {c: {"shapes": shapes_of(c), "dtypes": dtypes_of(c)} for c in calls if function(c) is not None}}
# Of a call that mixes a vector and a matrix both have one kind.
text = json.dumps({**table, "calls": "CALLS"}, allow_nan=False)
rows = ",\n".join(json.dumps(c) + ":" + json.dumps(r, separators=(",", ":"), allow_nan=False) for c, r in table["calls"].items())
open(os.path.join(here, "table.json"), "w").write(text.replace('"CALLS"', "{\n" + rows + "\n}") + "\n")
