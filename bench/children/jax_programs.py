"""What the benchmarks run on XLA by JAX's own functions, and not as this library exports it."""

import jax.numpy as np
import jax.scipy.linalg as scipy_linalg

FUNCTIONS = {
    "cholesky": np.linalg.cholesky,
    "inv": np.linalg.inv,
    "solve": lambda a: np.linalg.solve(a, a[0]),
    "qr": lambda a: np.linalg.qr(a)[0],
    "eigh": lambda a: np.linalg.eigh(a)[0],
    "svd": lambda a: np.linalg.svd(a, full_matrices=False)[1],
    "eigvals": lambda a: np.sort(np.abs(np.linalg.eigvals(a))),
    "schur": lambda a: np.sort(np.diagonal(scipy_linalg.schur(a)[0])),
    "inv_stack": np.linalg.inv,
    "solve_stack": lambda a: np.linalg.solve(a, a),
    "cholesky_stack": np.linalg.cholesky,
}
