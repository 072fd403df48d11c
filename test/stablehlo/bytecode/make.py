"""Programs of JAX as bytes. Needs jax 0.10.2 and flatbuffers.

make.py fixtures       writes fixtures.json: programs of ../public, one that has each operation, in both forms of bytecode; small
                       programs in all versions of them; functions as jax.export serialises them, with inputs and results
make.py convert FILE   prints {id: [bytecode, portable artifact]} of a file like those of ../public
make.py exported       prints the functions of jax.export alone

Bytes are in base64; arrays are as those of ../public, which its README explains.
"""

import base64
import contextlib
import glob
import io
import json
import os
import re
import sys

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
import jax
import jax.numpy as jnp
import numpy as np
from jax import export, lax
from jax._src.interpreters import mlir
from jax._src.lib import _jax
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo as hlo

jax.config.update("jax_platforms", "cpu")
here = os.path.dirname(os.path.abspath(__file__))
public = os.path.join(here, "..", "public")
# What jax.export asks for: what readers of four weeks ago know.
artifact_version = hlo.get_version_from_compatibility_requirement(
    hlo.StablehloCompatibilityRequirement.WEEK_4
)


def text64(data):
    return base64.b64encode(data).decode()


def module_of(text):
    with mlir.make_ir_context():
        return ir.Module.parse(text)


def plain(text, version=None):
    out = io.BytesIO()
    module_of(text).operation.write_bytecode(out, **({} if version is None else {"desired_version": version}))
    return out.getvalue()


def artifact(text, version=artifact_version):
    # What cannot be said in VHLO is tried first, and complained of on standard error.
    with contextlib.redirect_stderr(io.StringIO()):
        return _jax.mlir.serialize_portable_artifact(module_of(text), version, True)


def cases(file):
    return json.load(open(file))["cases"]


def convert(file):
    return {c["id"]: [text64(plain(c["mlir"])), text64(artifact(c["mlir"]))] for c in cases(file)}


def chosen():
    """Small programs, until each operation is in one of them."""
    seen, out = set(), {}
    rows = []
    for file in sorted(glob.glob(os.path.join(public, "*.json"))):
        group = os.path.basename(file)[:-5]
        if group != "manifest":
            rows += [(len(c["mlir"]), group, c) for c in cases(file)]
    for size, group, c in sorted(rows, key=lambda row: (row[0], row[2]["id"])):
        found = set(re.findall(r"\b(?:stablehlo|chlo)\.[\w-]+|@lapack_\w+", c["mlir"]))
        if size < 4000 and not found <= seen:
            seen |= found
            forms = [text64(plain(c["mlir"])), text64(artifact(c["mlir"]))]
            out[f"{group}:{c['id']}"] = forms
    return out


small = """
module @jit_f {
  func.func public @main(%x: tensor<2xf32>, %y: tensor<2xf32>) -> (tensor<2xf32>, tensor<i32>) {
    %c = stablehlo.constant dense<[1.5, -2.0]> : tensor<2xf32>
    %b = stablehlo.constant dense<[true, false]> : tensor<2xi1>
    %0 = stablehlo.cosine %x : tensor<2xf32>
    %1 = stablehlo.select %b, %0, %c : tensor<2xi1>, tensor<2xf32>
    %2 = stablehlo.dot_general %y, %1, contracting_dims = [0] x [0] : (tensor<2xf32>, tensor<2xf32>) -> tensor<f32>
    %3 = stablehlo.broadcast_in_dim %2, dims = [] : (tensor<f32>) -> tensor<2xf32>
    %i = stablehlo.constant dense<0> : tensor<i32>
    %4 = stablehlo.while(%k = %i) : tensor<i32>
    cond {
      %n = stablehlo.constant dense<3> : tensor<i32>
      %5 = stablehlo.compare LT, %k, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %5 : tensor<i1>
    } do {
      %6 = func.call @next(%k) : (tensor<i32>) -> tensor<i32>
      stablehlo.return %6 : tensor<i32>
    }
    return %3, %4 : tensor<2xf32>, tensor<i32>
  }
  func.func private @next(%k: tensor<i32>) -> tensor<i32> {
    %one = stablehlo.constant dense<1> : tensor<i32>
    %0 = stablehlo.add %k, %one : tensor<i32>
    return %0 : tensor<i32>
  }
}
"""
resource = """
module {
  func.func public @main() -> tensor<3xf32> {
    %0 = stablehlo.constant dense_resource<w> : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
}
{-#
  dialect_resources: {
    builtin: {
      w: "0x040000000000803F0000004000004040"
    }
  }
#-}
"""


def shared():
    """Lists and tuples in which each is twice in the next: small in bytes, without end when they are written out."""
    out = []
    for make in [lambda x: ir.ArrayAttr.get([x, x]), lambda x: ir.TypeAttr.get(ir.TupleType.get_tuple([x.value] * 2))]:
        with mlir.make_ir_context(), ir.Location.unknown():
            module = ir.Module.parse("module { func.func @main() { return } }")
            x = ir.TypeAttr.get(ir.F32Type.get())
            for _ in range(60):
                x = make(x)
            module.operation.attributes["x"] = x
            data = io.BytesIO()
            module.operation.write_bytecode(data)
        out.append(text64(data.getvalue()))
    return out


def versions():
    out = {f"format {v}": text64(plain(small, v)) for v in range(0, 7)}
    for v in ["0.9.0", "0.14.0", "0.19.0", "1.0.0", "1.5.0", "1.8.0", "1.10.0", "1.14.0", hlo.get_current_version()]:
        out[f"StableHLO {v}"] = text64(artifact(small, v))
    return out


def recorded(x):
    x = np.asarray(x)
    name = x.dtype.name

    def one(v):
        if name == "bool" or np.issubdtype(x.dtype, np.integer):
            return str(int(v)) if abs(int(v)) > 2**53 else int(v)
        v = float(v)
        return v if np.isfinite(v) else "NaN" if np.isnan(v) else "Infinity" if v > 0 else "-Infinity"

    flat = [p for v in x.ravel() for p in (v.real, v.imag)] if np.iscomplexobj(x) else x.ravel()
    return {"shape": list(x.shape), "dtype": name, "data": [one(v) for v in flat]}


def mlp(params, x):
    h = jax.nn.relu(x @ params["w1"] + params["b1"])
    return jax.nn.log_softmax(h @ params["w2"])


@jax.custom_vjp
def tripled(x):
    return jnp.sin(x)


tripled.defvjp(lambda x: (jnp.sin(x), x), lambda x, g: (3 * g * jnp.cos(x),))


def everything(x, k):
    total = lax.fori_loop(0, k, lambda i, a: a + i, 0)
    s, ys = lax.scan(lambda c, y: (c + y, c * y), jnp.float32(0), x)
    z = lax.cond(total > 3, lambda v: v * 2, lambda v: v - 1, ys)
    u = jnp.sort(z)[::-1].at[jnp.array([0, 2])].add(1.0)
    v = jnp.take(u, jnp.array([1, 3, 0]))
    return {"total": total, "s": s, "z": z, "u": u, "v": v, "fft": jnp.fft.fft(x), "erf": lax.erf(x)}


def dtypes(a, b, c, d, e):
    return a.astype(jnp.float32), b + 1, c ^ 3, ~d, jnp.conj(e) * 2


def factors(a):
    return jnp.linalg.cholesky(a), *jnp.linalg.qr(a), jnp.linalg.eigvalsh(a)


def ramp(*shape):
    return jnp.linspace(-1, 1, int(np.prod(shape)), dtype="float32").reshape(shape)


def sharded():
    mesh = jax.make_mesh((1,), ("x",), devices=jax.devices()[:1], axis_types=(jax.sharding.AxisType.Auto,))
    spec = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("x"))

    def f(x):
        return lax.with_sharding_constraint(jnp.sin(x) * 2, spec)

    return jax.jit(f, in_shardings=spec)


def functions():
    """Name, function, arguments, options of jax.export."""
    params = {"w1": ramp(3, 4), "b1": ramp(4), "w2": ramp(4, 2)}
    spd = jnp.array([[4, 1, 0], [1, 3, 1], [0, 1, 2]], "float32")
    yield "mlp", mlp, (params, ramp(5, 3)), {"vjp": 1}
    yield "own derivative", tripled, (ramp(3),), {"vjp": 2}
    yield "arguments that are not used", lambda x, unused, y: x * y + 1, (ramp(2), ramp(7), ramp(2)), {"vjp": 1}
    yield "control flow", everything, (ramp(4), jnp.int32(4)), {}
    yield "dtypes", dtypes, (
        jnp.array([1.5, -2], "bfloat16"),
        jnp.array([7], "int8"),
        jnp.array([9], "uint16"),
        jnp.array([True, False]),
        jnp.array([1 + 2j], "complex64"),
    ), {}
    yield "factors", factors, (spd,), {}
    yield "random numbers", lambda x: x + jax.random.normal(jax.random.key(3), (4,)), (ramp(4),), {}
    yield "shardings", sharded(), (ramp(4),), {}
    yield "two platforms", lambda x: lax.platform_dependent(x, cpu=jnp.sin, tpu=jnp.cos), (ramp(3),), {
        "platforms": ["tpu", "cpu"]
    }
    yield "large constant", lambda x: x + jnp.asarray(np.arange(600, dtype="float32")), (ramp(600),), {}


def one_exported(f, args, platforms=None, vjp=0):
    jitted = f if hasattr(f, "lower") else jax.jit(f)
    with contextlib.redirect_stderr(io.StringIO()):
        data = export.export(jitted, platforms=platforms)(*args).serialize(vjp_order=vjp)
    leaves = jax.tree.leaves(args)
    outs = jax.tree.leaves(jitted(*args))
    case = {"bytes": text64(data), "inputs": [recorded(x) for x in leaves], "outputs": [recorded(x) for x in outs]}
    if vjp > 0:
        cotangents = jax.tree.map(lambda y: jnp.cos(ramp(*y.shape)).astype(y.dtype), jitted(*args))
        grads = jax.tree.leaves(jax.vjp(jitted, *args)[1](cotangents))
        case["cotangents"] = [recorded(x) for x in jax.tree.leaves(cotangents)]
        case["grads"] = [recorded(x) for x in grads]
    return case


def exported():
    out = {name: one_exported(f, args, **options) for name, f, args, options in functions()}
    n = export.symbolic_shape("n")[0]
    data = export.export(jax.jit(jnp.sin))(jax.ShapeDtypeStruct((n,), jnp.float32)).serialize()
    return {"functions": out, "symbolic": text64(data)}


if __name__ == "__main__":
    if sys.argv[1] == "convert":
        print(json.dumps(convert(sys.argv[2])))
    elif sys.argv[1] == "exported":
        print(json.dumps(exported()))
    else:
        fixtures = {"public": chosen(), "versions": versions(), "resource": text64(plain(resource)), "shared": shared(), **exported()}
        json.dump(fixtures, open(os.path.join(here, "fixtures.json"), "w"), indent=0)
