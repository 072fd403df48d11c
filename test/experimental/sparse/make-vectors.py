"""Writes vectors.json: what the functions of jax.experimental.sparse give. Run with JAX 0.10.2:

    python test/experimental/sparse/make-vectors.py

A case is a call: `fn` with `args` and `kwargs`, and its result `out`, or `raises`, the name of the error. Arrays are
{shape, dtype, data}; sparse arrays are {kind, parts, shape} and the flags of their class; other values are plain.
"""

import json
import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import warnings

# Small programs that run once: compiling is what takes time.
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import sparse

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)
cases = []


def encode(x):
    if isinstance(x, sparse.BCOO):
        return {"kind": "BCOO", "parts": [encode(x.data), encode(x.indices)], "shape": list(x.shape),
                "indicesSorted": bool(x.indices_sorted), "uniqueIndices": bool(x.unique_indices)}
    if isinstance(x, sparse.BCSR):
        return {"kind": "BCSR", "parts": [encode(x.data), encode(x.indices), encode(x.indptr)], "shape": list(x.shape)}
    if isinstance(x, sparse.COO):
        return {"kind": "COO", "parts": [encode(x.data), encode(x.row), encode(x.col)], "shape": list(x.shape)}
    if isinstance(x, (sparse.CSR, sparse.CSC)):
        return {"kind": type(x).__name__, "parts": [encode(x.data), encode(x.indices), encode(x.indptr)],
                "shape": list(x.shape)}
    if isinstance(x, (jax.Array, np.ndarray)):
        a = np.asarray(x)
        dtype = {"int64": "int32"}.get(str(a.dtype), str(a.dtype))
        if np.iscomplexobj(a):
            flat = [v for c in a.ravel().tolist() for v in (c.real, c.imag)]
        else:
            flat = a.ravel().tolist()
        return {"shape": list(a.shape), "dtype": dtype, "data": flat}
    if isinstance(x, (list, tuple)):
        return [encode(y) for y in x]
    if isinstance(x, dict):
        return {k: encode(v) for k, v in x.items()}
    if isinstance(x, np.generic):
        return x.item()
    return x


def write():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.json")
    with open(path, "w") as file:
        json.dump({"source": f"jax {jax.__version__}", "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


def case(fn, f, *args, **kwargs):
    entry = {"id": f"{fn}/{sum(c['fn'] == fn for c in cases)}", "fn": fn, "args": encode(args), "kwargs": encode(kwargs)}
    try:
        entry["out"] = encode(f(*args, **kwargs))
    except Exception as e:  # what JAX refuses
        entry["raises"] = type(e).__name__
    cases.append(entry)
    if len(cases) % 50 == 0:
        print(len(cases), flush=True)
        write()


def dense(shape, density=0.4, dtype=np.float64):
    x = np.round(rng.uniform(-4, 4, shape), 3) * (rng.uniform(size=shape) < density)
    if np.issubdtype(dtype, np.complexfloating):
        x = x * (1 + 0.5j)
    return jnp.asarray(x.astype(dtype))


def bcoo(shape, density=0.4, dtype=np.float64, **layout):
    return sparse.BCOO.fromdense(dense(shape, density, dtype), **layout)


def messy(shape, nse, n_batch=0, n_dense=0):
    """Positions in no order, twice, and outside."""
    sizes = shape[n_batch:len(shape) - n_dense]
    indices = np.stack([rng.integers(0, n + 1, (*shape[:n_batch], nse)) for n in sizes], -1).astype(np.int32)
    outside = (indices >= np.array(sizes)).any(-1)
    indices[outside] = sizes
    data = np.round(rng.uniform(-4, 4, (*shape[:n_batch], nse, *shape[len(shape) - n_dense:])), 3)
    data[outside] = 0
    return sparse.BCOO((jnp.asarray(data), jnp.asarray(indices)), shape=shape)


def shared(shape, nse, data_lanes, index_lanes):
    """Parts of size 1 along batch axes."""
    n = len(data_lanes)
    sizes = shape[n:]
    indices = np.stack([rng.integers(0, m, (*index_lanes, nse)) for m in sizes], -1).astype(np.int32)
    data = np.round(rng.uniform(-4, 4, (*data_lanes, nse)), 3)
    return sparse.BCOO((jnp.asarray(data), jnp.asarray(indices)), shape=shape)


case("bcoo_todense", sparse.bcoo_todense, shared((3, 4, 5), 4, (1,), (3,)))
case("bcoo_todense", sparse.bcoo_todense, shared((3, 4, 5), 4, (3,), (1,)))
case("bcoo_todense", sparse.bcoo_todense, shared((3, 4, 5), 4, (1,), (1,)))
for lanes in (((1,), (3,)), ((3,), (1,)), ((1,), (1,))):
    m = shared((3, 4, 5), 4, *lanes)
    case("bcoo_reduce_sum", sparse.bcoo_reduce_sum, m, axes=[0])
    case("bcoo_reduce_sum", sparse.bcoo_reduce_sum, m, axes=[1])
    case("bcoo_update_layout", sparse.bcoo_update_layout, m, n_batch=0)
    case("bcoo_sum_duplicates", sparse.bcoo_sum_duplicates, m, nse=4)
    case("bcoo_slice", sparse.bcoo_slice, m, start_indices=[1, 0, 0], limit_indices=[3, 4, 3])
    case("bcoo_dot_general", sparse.bcoo_dot_general, m, dense((3, 5, 2), 1), dimension_numbers=(((2,), (1,)), ((0,), (0,))))

case("bcoo_transpose", sparse.bcoo_transpose, bcoo((4, 5)), permutation=(1, 0))
case("bcoo_transpose", sparse.bcoo_transpose, bcoo((2, 3, 4, 5), n_batch=2), permutation=(1, 0, 3, 2))
case("bcoo_transpose", sparse.bcoo_transpose, bcoo((4, 5, 2, 3), n_dense=2), permutation=(1, 0, 3, 2))
case("bcoo_transpose", sparse.bcoo_transpose, bcoo((2, 3, 4), n_batch=1), permutation=(1, 0, 2))
case("bcoo_transpose", sparse.bcoo_transpose, bcoo((4, 5)), permutation=(0, 0))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((4, 6)), new_sizes=(24,))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((4, 6)), new_sizes=(2, 3, 4), dimensions=(1, 0))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((2, 4, 6), n_batch=1), new_sizes=(2, 3, 8))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((2, 4, 6), n_batch=1), new_sizes=(8, 6))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((4, 6, 4), n_dense=1), new_sizes=(6, 4, 2, 2))
case("bcoo_reshape", sparse.bcoo_reshape, bcoo((4, 6)), new_sizes=(1, 24))
case("bcoo_reshape", sparse.bcoo_reshape, messy((4, 6), 8), new_sizes=(3, 8))
case("bcoo_broadcast_in_dim", sparse.bcoo_broadcast_in_dim, bcoo((4, 5)), shape=(3, 4, 5), broadcast_dimensions=(1, 2))
case("bcoo_broadcast_in_dim", sparse.bcoo_broadcast_in_dim, bcoo((4, 5)), shape=(4, 1, 5), broadcast_dimensions=(0, 2))
case("bcoo_broadcast_in_dim", sparse.bcoo_broadcast_in_dim, bcoo((1, 4, 5), n_batch=1), shape=(3, 4, 5), broadcast_dimensions=(0, 1, 2))
case("bcoo_broadcast_in_dim", sparse.bcoo_broadcast_in_dim, bcoo((4, 5, 1), n_dense=1), shape=(4, 5, 3), broadcast_dimensions=(0, 1, 2))
case("bcoo_broadcast_in_dim", sparse.bcoo_broadcast_in_dim, bcoo((4, 1)), shape=(4, 5), broadcast_dimensions=(0, 1))
case("bcoo_squeeze", sparse.bcoo_squeeze, bcoo((1, 5)), dimensions=(0,))
case("bcoo_squeeze", sparse.bcoo_squeeze, bcoo((1, 4, 1, 1), n_batch=1, n_dense=1), dimensions=(0, 2, 3))
case("bcoo_squeeze", sparse.bcoo_squeeze, bcoo((1, 5)), dimensions=(1,))
concat = lambda a, b, dimension: sparse.bcoo_concatenate([a, b], dimension=dimension)
case("bcoo_concatenate", concat, bcoo((4, 5)), bcoo((4, 3)), dimension=1)
case("bcoo_concatenate", concat, bcoo((2, 4, 5), n_batch=1), bcoo((2, 4, 5), n_batch=1), dimension=1)
case("bcoo_concatenate", concat, bcoo((1, 4, 5), n_batch=1), bcoo((1, 4, 5)), dimension=0)
case("bcoo_concatenate", concat, bcoo((4, 5)), bcoo((4, 5), n_dense=1), dimension=0)
case("bcoo_concatenate", concat, bcoo((4, 5)), bcoo((3, 4)), dimension=0)
case("bcoo_concatenate", concat, bcoo((4, 5, 2), n_dense=1), bcoo((4, 5, 2), n_dense=1), dimension=2)

mat, vec = bcoo((4, 5)), dense((5,), 1)
dot = sparse.bcoo_dot_general
case("bcoo_dot_general", dot, mat, vec, dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, mat, dense((5, 3), 1), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, mat, dense((3, 4), 1), dimension_numbers=(((0,), (1,)), ((), ())))
case("bcoo_dot_general", dot, mat, dense((4, 5), 1), dimension_numbers=(((0, 1), (0, 1)), ((), ())))
case("bcoo_dot_general", dot, mat, dense((3,), 1), dimension_numbers=(((), ()), ((), ())))
case("bcoo_dot_general", dot, dense((3, 4), 1), mat, dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), dense((3, 5, 2), 1), dimension_numbers=(((2,), (1,)), ((0,), (0,))))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), dense((5, 2), 1), dimension_numbers=(((2,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), dense((3, 5), 1), dimension_numbers=(((0, 2), (0, 1)), ((), ())))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), dense((3, 2), 1), dimension_numbers=(((0,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((4, 5, 2), n_dense=1), dense((5, 3), 1), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((4, 5, 2), n_dense=1), dense((2, 3), 1), dimension_numbers=(((2,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((4, 5)), dense((4, 5, 3), 1), dimension_numbers=(((1,), (1,)), ((0,), (0,))))
case("bcoo_dot_general", dot, mat, dense((4,), 1), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, messy((4, 5), 9), vec, dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, mat, bcoo((5, 3)), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, mat, bcoo((4, 5)), dimension_numbers=(((0, 1), (0, 1)), ((), ())))
case("bcoo_dot_general", dot, messy((4, 5), 6), messy((5, 3), 5), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), bcoo((3, 5, 2), n_batch=1), dimension_numbers=(((2,), (1,)), ((0,), (0,))))
case("bcoo_dot_general", dot, bcoo((3, 4, 5), n_batch=1), bcoo((5, 2)), dimension_numbers=(((2,), (0,)), ((), ())))
case("bcoo_dot_general", dot, bcoo((4, 5)), bcoo((3, 5, 2), n_batch=1), dimension_numbers=(((1,), (1,)), ((), ())))
at = jnp.asarray(np.stack([rng.integers(0, 4, 6), rng.integers(0, 3, 6)], -1), jnp.int32)
case("bcoo_dot_general_sampled", sparse.bcoo_dot_general_sampled, dense((4, 5), 1), dense((5, 3), 1), at, dimension_numbers=(((1,), (0,)), ((), ())))
case("bcoo_dot_general_sampled", sparse.bcoo_dot_general_sampled, dense((4,), 1), dense((3,), 1), at, dimension_numbers=(((), ()), ((), ())))
case("bcoo_dot_general_sampled", sparse.bcoo_dot_general_sampled, dense((2, 4, 5), 1), dense((2, 5, 3), 1),
     jnp.stack([at, at]), dimension_numbers=(((2,), (1,)), ((0,), (0,))))
case("bcoo_multiply_sparse", sparse.bcoo_multiply_sparse, bcoo((4, 5)), bcoo((1, 5)))
case("bcoo_multiply_sparse", sparse.bcoo_multiply_sparse, bcoo((3, 4, 5), n_batch=1), bcoo((3, 4, 5)))
case("bcoo_multiply_sparse", sparse.bcoo_multiply_sparse, bcoo((4, 5)), bcoo((5,)))
case("bcoo_multiply_dense", sparse.bcoo_multiply_dense, bcoo((4, 5)), dense((4, 1), 1))
case("bcoo_multiply_dense", sparse.bcoo_multiply_dense, bcoo((1, 5)), dense((4, 5), 1))
case("bcoo_multiply_dense", sparse.bcoo_multiply_dense, bcoo((4, 5)), jnp.float64(3))
numbers = lax.GatherDimensionNumbers(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,))
rows = jnp.asarray([[2], [0], [2]], jnp.int32)
case("bcoo_gather", sparse.bcoo_gather, bcoo((4, 5)), rows, dimension_numbers=numbers, slice_sizes=(1, 5))
case("bcoo_gather", sparse.bcoo_gather, bcoo((4, 5), n_batch=1), rows, dimension_numbers=numbers, slice_sizes=(1, 5))
case("bcoo_gather", sparse.bcoo_gather, bcoo((4, 5)), jnp.asarray([[[0, 1], [3, 2]]], jnp.int32),
     dimension_numbers=lax.GatherDimensionNumbers((2, 3), (), (0, 1)), slice_sizes=(1, 2))
conv = sparse.bcoo_conv_general_dilated
case("bcoo_conv_general_dilated", conv, bcoo((1, 1, 9)), dense((1, 1, 3), 1), window_strides=(1,), padding="VALID")
case("bcoo_conv_general_dilated", conv, bcoo((1, 1, 9)), bcoo((1, 1, 4)), window_strides=(1,), padding="SAME")
case("bcoo_conv_general_dilated", conv, bcoo((1, 1, 9)), bcoo((1, 1, 4)), window_strides=(2,), padding="SAME")

for shape, nb, nd in [((4, 5), 0, 0), ((3, 4, 5), 1, 0), ((4, 5, 2), 0, 1)]:
    x = dense(shape)
    case("bcsr_fromdense", sparse.bcsr_fromdense, x, n_batch=nb, n_dense=nd)
    case("bcsr_fromdense", sparse.bcsr_fromdense, x, n_batch=nb, n_dense=nd, nse=9 if nb == 0 else 12)
    m = sparse.BCSR.fromdense(x, n_batch=nb, n_dense=nd)
    case("bcsr_todense", sparse.bcsr_todense, m)
    case("bcsr_extract", sparse.bcsr_extract, m.indices, m.indptr, dense(shape, 1))
    case("bcsr_sum_duplicates", sparse.bcsr_sum_duplicates, m)
    case("BCSR.to_bcoo", lambda a: a.to_bcoo(), m)
    case("bcsr_concatenate", lambda a, b, dimension: sparse.bcsr_concatenate([a, b], dimension=dimension), m,
         sparse.BCSR.fromdense(dense(shape), n_batch=nb, n_dense=nd), dimension=0)
case("bcsr_fromdense", sparse.bcsr_fromdense, dense((6,)))
case("bcsr_broadcast_in_dim", sparse.bcsr_broadcast_in_dim, sparse.BCSR.fromdense(dense((4, 5))), shape=(2, 4, 5), broadcast_dimensions=(1, 2))
case("bcsr_dot_general", sparse.bcsr_dot_general, sparse.BCSR.fromdense(dense((4, 5))), vec, dimension_numbers=(((1,), (0,)), ((), ())))
case("bcsr_dot_general", sparse.bcsr_dot_general, sparse.BCSR.fromdense(dense((4, 5)), nse=12), dense((5, 3), 1), dimension_numbers=(((1,), (0,)), ((), ())))
case("bcsr_dot_general", sparse.bcsr_dot_general, sparse.BCSR.fromdense(dense((3, 4, 5)), n_batch=1), dense((3, 5), 1), dimension_numbers=(((2,), (1,)), ((0,), (0,))))

x = dense((4, 5))
for name, cls in (("COO", sparse.COO), ("CSR", sparse.CSR), ("CSC", sparse.CSC)):
    case(f"{name}.fromdense", cls.fromdense, x)
    case(f"{name}.todense", lambda a: a.todense(), cls.fromdense(x))
    case(f"{name}.matmul", lambda a, b: a @ b, cls.fromdense(x), vec)
    case(f"{name}.matmul", lambda a, b: a @ b, cls.fromdense(x), dense((5, 3), 1))
    case(f"{name}.transpose", lambda a: a.T, cls.fromdense(x))
case("coo_fromdense", sparse.coo_fromdense, x, nse=12)
case("csr_fromdense", sparse.csr_fromdense, x, nse=12)
case("coo_todense", sparse.coo_todense, sparse.COO.fromdense(x))
case("csr_todense", sparse.csr_todense, sparse.CSR.fromdense(x))
for transpose in (False, True):
    n = 4 if transpose else 5
    case("coo_matvec", sparse.coo_matvec, sparse.COO.fromdense(x), dense((n,), 1), transpose=transpose)
    case("coo_matmat", sparse.coo_matmat, sparse.COO.fromdense(x), dense((n, 2), 1), transpose=transpose)
    case("csr_matvec", sparse.csr_matvec, sparse.CSR.fromdense(x), dense((n,), 1), transpose=transpose)
    case("csr_matmat", sparse.csr_matmat, sparse.CSR.fromdense(x), dense((n, 2), 1), transpose=transpose)

for fmt in ("bcoo", "bcsr", "coo", "csr", "csc"):
    case("empty", sparse.empty, (3, 4), sparse_format=fmt)
    if fmt != "bcsr":  # JAX's eye does not know that format
        for k in (-1, 0, 2, 9):
            case("eye", sparse.eye, 3, M=4, k=k, sparse_format=fmt)
case("empty", sparse.empty, (2, 3, 4), n_batch=1, nse=2)
case("empty", sparse.empty, (3, 4), sparse_format="lil")
case("eye", sparse.eye, 3, n_batch=1)
case("eye", sparse.eye, 3, n_dense=1)
case("eye", sparse.eye, 3, n_batch=1, k=-1)
case("todense", sparse.todense, bcoo((4, 5)))
case("todense", sparse.todense, dense((2,), 1))
for seed, kw in ((0, {}), (1, {"nse": 6}), (2, {"nse": 3, "n_batch": 1}), (3, {"nse": 2, "n_dense": 1}),
                 (4, {"nse": 0.3, "sorted_indices": True}), (5, {"nse": 9, "unique_indices": False})):
    case("random_bcoo", lambda seed, shape, **k: sparse.random_bcoo(jax.random.key(seed), tuple(shape), dtype=jnp.float32, indices_dtype=jnp.int32, **k),
         seed, [3, 4, 5], **kw)

# sparsify and methods: the functions have names that the test knows.
programs = {
    "sin": lambda m: jnp.sin(m),
    "cos": lambda m: jnp.cos(m),
    "chain": lambda m: (2 * jnp.tanh(m) - m).T,
    "sum": lambda m: m.sum(),
    "sum0": lambda m: m.sum(0),
    "sumKeep": lambda m: m.sum(1, keepdims=True),
    "mean": lambda m: m.mean(),
    "scale": lambda m: m * jnp.arange(1.0, m.shape[-1] + 1),
    "quotient": lambda m: m / jnp.arange(1.0, m.shape[-1] + 1),
    "square": lambda m: m ** 2,
    "astype": lambda m: m.astype("float32"),
    "reshape": lambda m: m.reshape(-1),
    "rev": lambda m: m[::-1],
    "row": lambda m: m[1],
    "part": lambda m: m[1:3, ::2],
    "stack": lambda m: jnp.stack([m, m]),
    "concatenate": lambda m: jnp.concatenate([m, m], 1),
    "expand": lambda m: m[None],
    "loop": lambda m: lax.fori_loop(0, 3, lambda i, c: c * 2.0, m),
    "cond": lambda m: lax.cond(m.sum() > 0, lambda c: c * 2.0, lambda c: c, m),
    "jitted": lambda m: jax.jit(lambda c: jnp.sinh(c) @ jnp.ones(c.shape[-1]))(m),
    "toDense": lambda m: jnp.exp(sparse.todense(m)),
    "addDense": lambda m: m + jnp.ones(m.shape),
    "addOne": lambda m: m + 1,
}
for name, f in programs.items():
    for m in (bcoo((4, 5)), messy((4, 5), 7), bcoo((4, 5), dtype=np.complex128)):
        if name in ("cond", "mean", "astype") and m.dtype == jnp.complex128:
            continue
        case(f"sparsify:{name}", sparse.sparsify(f), m)
two = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "matmulT": lambda a, b: a @ b.T,
    "ratio": lambda a, b: a / b,
    "both": lambda a, b: (a * a) + (a - b) * 2.0,
}
for name, f in two.items():
    case(f"sparsify:{name}", sparse.sparsify(f), bcoo((4, 5)), bcoo((4, 5)))
    case(f"sparsify:{name}", sparse.sparsify(f), messy((4, 5), 6), messy((4, 5), 7))

# Derivatives.
def loss(m, v):
    return (jnp.sin(sparse.sparsify(jnp.matmul)(m, v)) ** 2).sum()


def outputs(m, v):
    return sparse.sparsify(jnp.matmul)(m, v) ** 2


for m in (bcoo((4, 5)), messy((4, 5), 9)):
    case("grad", sparse.grad(loss), m, vec)
    case("grad:1", sparse.grad(loss, argnums=1), m, vec)
    case("grad:01", sparse.grad(loss, argnums=(0, 1)), m, vec)
    case("value_and_grad", sparse.value_and_grad(loss), m, vec)
    case("jacfwd", sparse.jacfwd(outputs), m, vec)
    case("jacrev", sparse.jacrev(outputs), m, vec)

# Linear systems: a dominant diagonal, and a matrix that needs pivots.
from jax.experimental.sparse.linalg import spsolve
for n, shift in ((6, 8.0), (9, 0.0)):
    a = np.array(dense((n, n), 0.4)) + shift * np.eye(n) + np.diag(np.full(n - 1, 1.5), 1) + np.diag([2.5], n - 1) + np.diag(np.full(n - 1, 0.7), -1)
    m = sparse.BCSR.fromdense(jnp.asarray(a))
    b = dense((n,), 1)
    case("spsolve", spsolve, m.data, m.indices, m.indptr, b)
    case("spsolve:jvp", lambda d, i, p, b: jax.jvp(lambda d, b: spsolve(d, i, p, b), (d, b), (jnp.cos(d), jnp.sin(b)))[1], m.data, m.indices, m.indptr, b)
    case("spsolve:vjpOfB", lambda d, i, p, b: jax.vjp(lambda b: spsolve(d, i, p, b), b)[1](jnp.cos(b))[0], m.data, m.indices, m.indptr, b)

layouts = [((4, 5), 0, 0), ((3, 4, 5), 1, 0), ((4, 5, 2), 0, 1), ((2, 3, 4, 2), 1, 1), ((6,), 0, 0), ((3, 2), 1, 1)]

for shape, nb, nd in layouts:
    x = dense(shape)
    case("bcoo_fromdense", sparse.bcoo_fromdense, x, n_batch=nb, n_dense=nd)
    case("bcoo_fromdense", sparse.bcoo_fromdense, x, n_batch=nb, n_dense=nd, nse=7, index_dtype="int32")
    m = sparse.BCOO.fromdense(x, n_batch=nb, n_dense=nd)
    case("bcoo_todense", sparse.bcoo_todense, m)
    case("bcoo_extract", sparse.bcoo_extract, m, dense(shape, 1))
    case("bcoo_sort_indices", sparse.bcoo_sort_indices, m)
    case("bcoo_reduce_sum", sparse.bcoo_reduce_sum, m, axes=[0])
    case("bcoo_reduce_sum", sparse.bcoo_reduce_sum, m, axes=list(range(len(shape))))
    case("bcoo_rev", sparse.bcoo_rev, m, dimensions=(0,))
    case("bcoo_rev", sparse.bcoo_rev, m, dimensions=tuple(range(len(shape))))
    case("bcoo_slice", sparse.bcoo_slice, m, start_indices=[1] + [0] * (len(shape) - 1), limit_indices=list(shape))
    case("bcoo_slice", sparse.bcoo_slice, m, start_indices=[0] * len(shape), limit_indices=list(shape), strides=[2] * len(shape))
    case("bcoo_dynamic_slice", sparse.bcoo_dynamic_slice, m, [jnp.int32(1)] * len(shape), [min(2, n) for n in shape])
    case("bcoo_dynamic_slice", sparse.bcoo_dynamic_slice, m, [jnp.int32(-1)] * len(shape), [1] * len(shape))
    case("bcoo_multiply_dense", sparse.bcoo_multiply_dense, m, dense(shape, 1))
    case("bcoo_multiply_dense", sparse.bcoo_multiply_dense, m, dense(shape[-1:], 1))
    case("bcoo_multiply_sparse", sparse.bcoo_multiply_sparse, m, bcoo(shape, n_batch=nb, n_dense=nd))
    case("bcoo_concatenate", lambda a, b, dimension: sparse.bcoo_concatenate([a, b], dimension=dimension), m,
         bcoo(shape, n_batch=nb, n_dense=nd), dimension=0)
    case("bcoo_update_layout", sparse.bcoo_update_layout, m, n_batch=0, n_dense=0)
    case("bcoo_update_layout", sparse.bcoo_update_layout, m, n_batch=1, n_dense=0)
    case("bcoo_update_layout", sparse.bcoo_update_layout, m, n_batch=min(1, len(shape)), n_dense=0, on_inefficient=None)
    case("bcoo_update_layout", sparse.bcoo_update_layout, m, n_batch=0, n_dense=1, on_inefficient=None)
    if nb + nd == len(shape):
        continue
    for n in (None, 3, 12):
        case("bcoo_sum_duplicates", sparse.bcoo_sum_duplicates, messy(shape, 8, nb, nd), nse=n)
    case("bcoo_extract", sparse.bcoo_extract, messy(shape, 8, nb, nd), dense(shape, 1), assume_unique=False)
    case("bcoo_todense", sparse.bcoo_todense, messy(shape, 8, nb, nd))
    case("bcoo_sort_indices", sparse.bcoo_sort_indices, messy(shape, 8, nb, nd))
    case("BCOO.sum_duplicates", lambda a: a.sum_duplicates(), messy(shape, 8, nb, nd))

write()
print(len(cases), "cases,", sum("raises" in c for c in cases), "of them errors")
for c in cases:
    if "raises" in c:
        print("  ", c["id"], c["raises"])
