"""
Records vectors.json: chains of several kinds, and what ArviZ 0.23.4 says of them.

    pip install arviz==0.23.4 && python make.py > vectors.json
"""
import json, sys, warnings

warnings.simplefilter("ignore")
import arviz, numpy as np

rng = np.random.default_rng(20210629)


def autoregressive(shape, rho):
    noise = rng.normal(size=shape)
    x = np.empty(shape)
    x[:, 0] = noise[:, 0]
    for t in range(1, shape[1]):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * noise[:, t]
    return x


kinds = {
    "independent": rng.normal(size=(4, 100)),
    "slow": autoregressive((4, 120), 0.9),
    "antithetic": autoregressive((3, 101), -0.6),
    "one chain": autoregressive((1, 80), 0.5),
    "apart": rng.normal(size=(4, 60)) + np.array([[0], [0], [0], [1.5]]),
    "wider": rng.normal(size=(4, 60)) * np.array([[1], [1], [1], [4]]),
    "drifting": rng.normal(size=(2, 90)) + np.linspace(0, 2, 90),
    "heavy tails": rng.standard_cauchy(size=(4, 75)),
    "ties": rng.poisson(2, size=(4, 50)).astype(float),
    "few": rng.normal(size=(2, 8)),
}

cases = []
for name, x in kinds.items():
    x = np.round(x, 5)
    number = lambda f: None if np.isnan(f) else float(f)
    cases.append(
        {
            "name": name,
            "draws": x.tolist(),
            "rhat": number(arviz.rhat(x)) if len(x) > 1 else None,
            "ess": {
                "bulk": number(arviz.ess(x)),
                "tail": number(arviz.ess(x, method="tail")),
                "mean": number(arviz.ess(x, method="mean")),
                "sd": number(arviz.ess(x, method="sd")),
                "0.25": number(arviz.ess(x, method="quantile", prob=0.25)),
            },
            "mcse": {"mean": number(arviz.mcse(x)), "sd": number(arviz.mcse(x, method="sd"))},
            "bfmi": [float(b) for b in arviz.bfmi(x)],
        }
    )
json.dump(cases, sys.stdout)
print()
