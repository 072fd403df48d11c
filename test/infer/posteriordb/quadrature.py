"""
Prints the moments of the posterior gp_regr by quadrature: a grid of 70³ points of the logarithms of its three parameters.

    python quadrature.py posteriors.json
"""
import json, sys

import numpy as np

data = json.load(open(sys.argv[1]))["gaussianProcess"]["data"]
x, y = np.array(data["x"]), np.array(data["y"])
n, points = len(x), 70
apart = (x[:, None] - x[None]) ** 2
rhos, alphas, sigmas = (np.exp(np.linspace(np.log(a), np.log(b), points)) for a, b in [(2.5, 16), (0.15, 9), (0.25, 6)])
alpha, sigma = np.meshgrid(alphas, sigmas, indexing="ij")
sums = {name: np.zeros(3) for name in ("rho", "alpha", "sigma")}
for rho in rhos:
    covariance = alpha[..., None, None] ** 2 * np.exp(-apart / (2 * rho * rho)) + sigma[..., None, None] * np.eye(n)
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, np.broadcast_to(y, (points, points, n))[..., None])[..., 0]
    log = -0.5 * (z**2).sum(-1) - np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(-1)
    log += 24 * np.log(rho) - 4 * rho - alpha**2 / 8 - sigma**2 / 2 + np.log(rho * alpha * sigma)
    weight = np.exp(log)
    for name, value in (("rho", rho + 0 * alpha), ("alpha", alpha), ("sigma", sigma)):
        sums[name] += [weight.sum(), (weight * value).sum(), (weight * value**2).sum()]
for name, (total, first, second) in sums.items():
    mean = first / total
    print(name, mean, np.sqrt(second / total - mean**2))
