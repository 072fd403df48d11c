"""Records what SciPy's least_squares does on NIST's StRD problems: evaluations, status, cost and digits, in scipy.json.

Jacobians are JAX's, in float64. Run: python make-scipy.py
"""

import json
import os

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import least_squares

jax.config.update("jax_enable_x64", True)
here = os.path.dirname(__file__)
datasets = json.load(open(os.path.join(here, "strd.json")))


def poly(x, *c):
    return sum(a * x**i for i, a in enumerate(c))


def bell(x, h, c, w):
    return h * jnp.exp(-(((x - c) / w) ** 2))


def wave(x, period, c, s):
    angle = 2 * jnp.pi * x / period
    return c * jnp.cos(angle) + s * jnp.sin(angle)


def decays(b, x, _):
    return b[0] * jnp.exp(-b[1] * x) + b[2] * jnp.exp(-b[3] * x) + b[4] * jnp.exp(-b[5] * x)


def gauss(b, x, _):
    return b[0] * jnp.exp(-b[1] * x) + bell(x, *b[2:5]) + bell(x, *b[5:8])


def saturation(b, x, _):
    return b[0] * (1 - jnp.exp(-b[1] * x))


def chwirut(b, x, _):
    return jnp.exp(-b[0] * x) / poly(x, b[1], b[2])


def cubics(b, x, _):
    return poly(x, *b[:4]) / poly(x, 1, *b[4:])


models = {
    "Bennett5": lambda b, x, _: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": saturation,
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": lambda b, x, _: b[0] * x ** b[1],
    "ENSO": lambda b, x, _: b[0] + wave(x, 12, b[1], b[2]) + wave(x, b[3], b[4], b[5]) + wave(x, b[6], b[7], b[8]),
    "Eckerle4": lambda b, x, _: b[0] / b[1] * jnp.exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": cubics,
    "Kirby2": lambda b, x, _: poly(x, *b[:3]) / poly(x, 1, *b[3:]),
    "Lanczos1": decays,
    "Lanczos2": decays,
    "Lanczos3": decays,
    "MGH09": lambda b, x, _: b[0] * (x**2 + x * b[1]) / poly(x, b[3], b[2], 1),
    "MGH10": lambda b, x, _: b[0] * jnp.exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x, _: b[0] + b[1] * jnp.exp(-x * b[3]) + b[2] * jnp.exp(-x * b[4]),
    "Misra1a": saturation,
    "Misra1b": lambda b, x, _: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x, _: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x, _: b[0] * b[1] * x / (1 + b[1] * x),
    "Nelson": lambda b, x, z: b[0] - b[1] * x * jnp.exp(-b[2] * z),
    "Rat42": lambda b, x, _: b[0] / (1 + jnp.exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x, _: b[0] / (1 + jnp.exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x, _: b[0] - b[1] * x - jnp.arctan(b[2] / (x - b[3])) / jnp.pi,
    "Thurber": cubics,
}


def run(name, start, method):
    d = datasets[name]
    data = {k: jnp.array(v) for k, v in d["data"].items()}
    x = data.get("x1", data.get("x"))
    z = data.get("x2", x)
    y = jnp.log(data["y"]) if name == "Nelson" else data["y"]
    fun = jax.jit(lambda b: models[name](b, x, z) - y)
    jac = jax.jit(jax.jacfwd(fun))
    options = dict(method=method, x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=5000)
    try:
        r = least_squares(lambda b: np.asarray(fun(b)), start, lambda b: np.asarray(jac(b)), **options)
    except Exception as e:
        return {"error": type(e).__name__}
    certified = np.array(d["certified"])
    with np.errstate(divide="ignore"):
        digits = min(11, *(-np.log10(np.abs(r.x - certified) / np.abs(certified))))
    return {
        "nfev": int(r.nfev),
        "njev": int(r.njev),
        "status": int(r.status),
        "cost": float(r.cost),
        "digits": round(float(digits), 2),
    }


if __name__ == "__main__":
    out = {
        method: {name: [run(name, s, method) for s in d["starts"]] for name, d in datasets.items()}
        for method in ("trf", "dogbox", "lm")
    }
    with open(os.path.join(here, "scipy.json"), "w") as f:
        json.dump(out, f, indent=1)
        f.write("\n")
