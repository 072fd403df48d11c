"""
Records posteriors.json: data and moments of reference draws of posteriordb, a database of posteriors with draws that were
checked (https://github.com/stan-dev/posteriordb, BSD-3-Clause, Copyright (c) 2011-2024 Stan Developers and their Assignees).

    python make.py PATH_OF_A_CLONE > posteriors.json

Of the draws, moments alone are kept: for each parameter the mean, the standard deviation, and the number of draws, which are
thinned until they are as good as independent. Of regressions, the sums that the likelihood depends on stand for the data.
"""
import io, json, math, subprocess, sys, zipfile

clone = sys.argv[1]


def show(path):
    return subprocess.run(["git", "-C", clone, "show", f"HEAD:posterior_database/{path}"], capture_output=True, check=True).stdout


def zipped(path):
    with zipfile.ZipFile(io.BytesIO(show(path))) as z:
        return json.loads(z.read(z.namelist()[0]))


def moments(name):
    chains = zipped(f"reference_posteriors/draws/draws/{name}.json.zip")
    out = {}
    for parameter in chains[0]:
        xs = [x for c in chains for x in c[parameter]]
        n = len(xs)
        mean = math.fsum(xs) / n
        variance = math.fsum((x - mean) ** 2 for x in xs) / (n - 1)
        out[parameter] = {"mean": mean, "sd": math.sqrt(variance), "draws": n}
    return out


def data(name):
    return zipped(f"data/data/{name}.json.zip")


def sums(rows, y):
    """XᵀX, Xᵀy and yᵀy of a regression."""
    k = len(rows[0])
    dot = lambda a, b: math.fsum(p * q for p, q in zip(a, b))
    columns = [[r[j] for r in rows] for j in range(k)]
    return {
        "n": len(y),
        "xx": [[dot(a, b) for b in columns] for a in columns],
        "xy": [dot(a, y) for a in columns],
        "yy": dot(y, y),
    }


def kidiq():
    d = data("kidiq")
    return sums([[1, x] for x in d["mom_iq"]], d["kid_score"])


def autoregression():
    d = data("arK")
    y, k = d["y"], d["K"]
    return sums([[1] + [y[t - j] for j in range(1, k + 1)] for t in range(k, len(y))], y[k:])


def entry(name, values):
    return {"data": values, "moments": moments(name)}


schools = data("eight_schools")
garch = data("garch")
gp = data("gp_pois_regr")
mixture = data("low_dim_gauss_mix")
json.dump(
    {
        "source": "https://github.com/stan-dev/posteriordb",
        "licence": "BSD-3-Clause, Copyright (c) 2011-2024, Stan Developers and their Assignees",
        "eightSchools": entry("eight_schools-eight_schools_noncentered", {"y": schools["y"], "sigma": schools["sigma"]}),
        "kidiq": entry("kidiq-kidscore_momiq", kidiq()),
        "garch": entry("garch-garch11", {"y": garch["y"], "sigma1": garch["sigma1"]}),
        "autoregression": entry("arK-arK", autoregression()),
        "gaussianProcess": entry("gp_pois_regr-gp_regr", {"x": gp["x"], "y": gp["y"]}),
        "mixture": entry("low_dim_gauss_mix-low_dim_gauss_mix", {"y": mixture["y"]}),
    },
    sys.stdout,
    indent=1,
)
print()
