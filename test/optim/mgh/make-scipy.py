"""Records what SciPy's least_squares and minimize do on the problems of Moré, Garbow and Hillstrom, in scipy.json.

The functions and their derivatives are those of the tests: serve.ts computes them. Run: python make-scipy.py
"""

import json
import os
import subprocess
import warnings

import numpy as np
from scipy.optimize import least_squares, minimize

warnings.simplefilter("ignore")
here = os.path.dirname(os.path.abspath(__file__))
server = subprocess.Popen(
    ["npx", "tsx", os.path.join(here, "serve.ts")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
)
problems = json.loads(server.stdout.readline())


def ask(number, what):
    def f(x):
        server.stdin.write(json.dumps({"number": number, "what": what, "x": [str(v).replace("inf", "Infinity") for v in x]}) + "\n")
        server.stdin.flush()
        return np.array(json.loads(server.stdout.readline()), dtype=float)

    return f


def number(x):
    return float(x) if np.isfinite(x) else None


def squares(p, method):
    try:
        r = least_squares(
            ask(p["number"], "residuals"), p["start"], ask(p["number"], "jacobian"), method=method, x_scale="jac"
        )
    except Exception as e:
        return {"error": type(e).__name__}
    return {"nfev": int(r.nfev), "njev": int(r.njev), "status": int(r.status), "value": number(2 * r.cost)}


def minimum(p, method):
    n = p["number"]
    h = ask(n, "hessian")
    more = {}
    if method not in ("Nelder-Mead", "Powell"):
        more["jac"] = ask(n, "gradient")
    if method in ("Newton-CG", "dogleg", "trust-ncg", "trust-exact", "trust-krylov", "trust-constr"):
        more["hess"] = h
    value = ask(n, "value")
    try:
        r = minimize(lambda x: float(value(x)), p["start"], method=method, **more)
    except Exception as e:
        return {"error": type(e).__name__}
    return {"nfev": int(r.nfev), "nit": int(r.nit), "status": int(r.status), "value": number(r.fun)}


minimizers = [
    "Nelder-Mead",
    "Powell",
    "CG",
    "BFGS",
    "L-BFGS-B",
    "Newton-CG",
    "SLSQP",
    "trust-constr",
    "dogleg",
    "trust-ncg",
    "trust-exact",
    "trust-krylov",
]
out = {
    "leastSquares": {m: {p["number"]: squares(p, m) for p in problems} for m in ("trf", "dogbox", "lm")},
    "minimize": {m: {p["number"]: minimum(p, m) for p in problems} for m in minimizers},
}
with open(os.path.join(here, "scipy.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
server.stdin.close()
