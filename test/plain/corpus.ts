/**
 * @file Packages from npm that nobody here wrote, all under the MIT licence, none changed by a letter: what each is asked for, as
 * a function of a list of numbers, and where.
 */

/** One use of a package. */
export interface Use {
  readonly package: string;
  readonly what: string;
  /** A function of the package that gives a function of a list of numbers. */
  readonly code: string;
  readonly at: readonly number[];
  /** Relative tolerance of derivatives, beside finite differences; 1e-6 by default. */
  readonly tolerance?: number;
  /** The error, with its line, where the condition is traced; differentiated where values are known all the same. */
  readonly refused?: RegExp;
}

export const uses: readonly Use[] = [
  {
    package: "newton-raphson-method",
    what: "a root, by derivatives that it takes itself",
    code: `(newton) => ([a, b]) => newton((x) => x * x * x - a * x - b, 2)`,
    at: [1.5, 2],
    tolerance: 1e-5,
  },
  {
    package: "modified-newton-raphson",
    what: "a root",
    code: `(newton) => ([a, b]) => newton((x) => x * x - a * b, (x) => 2 * x, () => 2, 1.9, { tolerance: 1e-12 })`,
    at: [1.5, 2],
    tolerance: 1e-5,
  },
  {
    package: "integrate-simpson",
    what: "an integral by its bounds and a parameter",
    code: `(integrate) => ([a, b, k]) => integrate((x) => Math.exp(-k * x * x), a, b, 12)`,
    at: [0.1, 1.2, 0.7],
  },
  {
    package: "minimize-golden-section-1d",
    what: "the least value",
    code: `(minimize) => ([a, b]) => {
      const status = {};
      minimize((x) => (x - a) * (x - a) + b * x, { lowerBound: -2, upperBound: 3 }, status);
      return status.minimum;
    }`,
    at: [0.7, 0.3],
    tolerance: 1e-5,
  },
  {
    package: "ode-euler",
    what: "a pendulum",
    code: `(make) => ([x, v, k]) => {
      const s = make([x, v], (d, y) => { d[0] = y[1]; d[1] = -k * Math.sin(y[0]); }, 0, 0.05);
      s.steps(20);
      return s.y[0];
    }`,
    at: [0.5, 0.1, 2],
  },
  {
    package: "ode-midpoint",
    what: "a pendulum in typed arrays",
    code: `(make) => ([x, v, k]) => {
      const s = make(Float64Array.from([x, v]), (d, y) => { d[0] = y[1]; d[1] = -k * Math.sin(y[0]); }, 0, 0.05);
      s.steps(20);
      return s.y[0] + s.y[1];
    }`,
    at: [0.5, 0.1, 2],
  },
  {
    package: "ode-rk4",
    what: "a predator and its prey",
    code: `(make) => ([x, v, k]) => {
      const s = make([x, v], (d, [a, b]) => { d[0] = a - k * a * b; d[1] = k * a * b - b; }, 0, 0.1);
      s.steps(15);
      return s.y[0] * s.y[1];
    }`,
    at: [1.2, 0.8, 0.9],
  },
  {
    package: "ode45-cash-karp",
    what: "steps whose width follows the error",
    code: `(make) => ([x, v, k]) => {
      const s = make([x, v], (d, y) => { d[0] = y[1]; d[1] = -k * y[0]; }, 0, 0.01, { verbose: false });
      s.steps(6, 0.4);
      return s.y[0];
    }`,
    at: [0.5, 0.1, 2],
    tolerance: 1e-4,
  },
  {
    package: "cubic-spline",
    what: "a spline by its values and its place",
    code: `(Spline) => ([x, a, b, c]) => new Spline([0, 1, 2.5, 3], [a, b, c, 1]).at(x)`,
    at: [1.7, 0.4, 2, 0.8],
  },
  {
    package: "natural-spline-interpolator",
    what: "a spline by its values and its place",
    code: `(spline) => ([x, a, b, c]) => spline([[0, a], [1, b], [2.5, c], [3, 1]])(x)`,
    at: [1.7, 0.4, 2, 0.8],
    refused:
      /^tridiagonal-solve\/node_main\.js:45:9: the condition is traced, so the list must have one form/,
  },
  {
    package: "commons-math-interpolation",
    what: "Akima's interpolation",
    code: `(m) => ([x, a, b, c]) => m.createAkimaSplineInterpolator([0, 1, 2, 3, 4], [a, b, c, 1, 0.5])(x)`,
    at: [1.7, 0.4, 2, 0.8],
    refused: /^commons-math-interpolation\/Utils\.js:25:34: subarray: a bound is traced/,
  },
  {
    package: "everpolate",
    what: "a polynomial through points",
    code: `(m) => ([x, a, b, c]) => m.polynomial(x, [0, 1, 2], [a, b, c])[0]`,
    at: [1.7, 0.4, 2, 0.8],
  },
  {
    package: "bezier-easing",
    what: "a curve of animations",
    code: `(m) => { const ease = (m.default ?? m)(0.25, 0.1, 0.4, 0.9); return ([x]) => ease(x); }`,
    at: [0.3],
  },
  {
    package: "bezier-easing",
    what: "the curve by its own points, which decide what kind of function it is",
    code: `(m) => ([x, p, q]) => (m.default ?? m)(p, 0.1, 0.4, q)(x)`,
    at: [0.3, 0.25, 0.9],
    refused: /outlived the branch at bezier-easing\/\S+/,
  },
  {
    package: "eases",
    what: "easing functions, one of them in pieces",
    code: `(m) => ([x]) => m.bounceOut(x) + m.elasticIn(x) + m.quadInOut(x)`,
    at: [0.62],
  },
  {
    package: "bezier-js",
    what: "a point, a slope and the length of a curve",
    code: `({ Bezier }) => ([x, y]) => {
      const c = new Bezier(0, 0, x, y, 3, 4, 5, 1);
      return c.get(0.3).x + c.derivative(0.6).y + c.length();
    }`,
    at: [1, 2],
  },
  {
    package: "color-convert",
    what: "colours of spaces that are curved",
    code: `(m) => ([r, g, b]) => {
      const [l, a, c] = m.rgb.lab.raw([r, g, b]);
      const [h, s, v] = m.rgb.hsv.raw([r, g, b]);
      return l + 0.1 * a + 0.2 * c + h + s * v;
    }`,
    at: [120, 60, 30],
  },
  {
    package: "culori",
    what: "the difference of two colours",
    code: `(m) => ([r, g, b]) => {
      const difference = m.differenceCiede2000();
      return difference({ mode: "rgb", r, g, b }, { mode: "rgb", r: 0.2, g: 0.5, b: 0.7 }) + m.oklch({ mode: "rgb", r, g, b }).c;
    }`,
    at: [0.3, 0.4, 0.6],
  },
  {
    package: "gl-matrix",
    what: "a rotation applied to a point",
    code: `({ mat4, vec3, glMatrix }) => ([t, x, y]) => {
      glMatrix.setMatrixArrayType(Array);
      const m = mat4.create();
      mat4.rotateZ(m, m, t);
      mat4.translate(m, m, [x, y, 1]);
      const out = vec3.transformMat4(vec3.create(), [1, 2, 3], m);
      return vec3.length(out) + out[0];
    }`,
    at: [0.4, 0.3, -0.2],
  },
  {
    package: "quaternion",
    what: "products, powers, a rotated vector",
    code: `(m) => ([t, x, y]) => {
      const Quaternion = m.default ?? m;
      const q = Quaternion.fromAxisAngle([1, x, y], t).mul(new Quaternion(1, 0, x, 0)).normalize();
      const [a, b, c] = q.rotateVector([1, 2, 3]);
      return a + b * c + q.exp().w;
    }`,
    at: [0.4, 0.3, -0.2],
  },
  {
    package: "complex.js",
    what: "functions of a complex number",
    code: `(m) => ([a, b]) => {
      const Complex = m.default ?? m;
      const z = new Complex(a, b);
      return z.sin().mul(z.log()).add(z.pow(2.5)).re + z.sqrt().abs();
    }`,
    at: [0.7, 0.4],
  },
  {
    package: "durand-kerner",
    what: "the roots of a polynomial, through arrays that outlive the call",
    code: `(roots) => ([a, b]) => {
      const [re] = roots([a, b, 1]);
      return Math.max(...re);
    }`,
    at: [2, -3],
    tolerance: 1e-5,
  },
  {
    package: "simplex-noise",
    what: "noise by its place",
    code: `({ createNoise2D }) => { let s = 1; const noise = createNoise2D(() => (s = (s * 16807) % 2147483647) / 2147483647); return ([x, y]) => noise(x, y); }`,
    at: [0.3, 1.7],
  },
  {
    package: "ml-matrix",
    what: "a determinant, an inverse and a solution",
    code: `({ Matrix, determinant, solve, inverse }) => ([a, b, c]) => {
      const m = new Matrix([[a, b, 0.1], [b, c, 0.2], [0.3, 0.1, 2]]);
      const x = solve(m, Matrix.columnVector([1, 2, a]));
      return determinant(m) + x.get(0, 0) + inverse(m).get(1, 2);
    }`,
    at: [2, 0.5, 3],
  },
  {
    package: "jstat",
    what: "densities and distributions",
    code: `(m) => { const { jStat } = m; return ([x, a, b]) => jStat.normal.pdf(x, a, b) + jStat.gamma.cdf(x, a, b) + jStat.beta.pdf(0.3, a, b) + jStat.variance([x, a, b]); }`,
    at: [1.2, 2, 1.5],
  },
  {
    package: "gamma",
    what: "the gamma function and its logarithm",
    code: `(gamma) => ([x]) => gamma(x) + gamma.log(x + 1)`,
    at: [2.3],
    refused: /^gamma\/index\.js:\d+:\d+: a function calls itself under a traced condition/,
  },
  {
    package: "ml-savitzky-golay",
    what: "a smooth derivative of data",
    code: `(m) => { const f = m.default ?? m; return (x) => f([...x, 1, 3, 2, 5, 4, 2], 0.5, { derivative: 1, pad: "none", windowSize: 5, polynomial: 2 }).reduce((p, c, i) => p + c * c * (i + 1), 0); }`,
    at: [1, 2, 4, 3, 2],
  },
  {
    package: "ml-levenberg-marquardt",
    what: "a fit by its data",
    code: `({ levenbergMarquardt }) => (y) => {
      const { parameterValues: [a, b] } = levenbergMarquardt({ x: [0, 1, 2, 3], y }, ([a, b]) => (t) => a + b * t, { initialValues: [0.5, 0.5], maxIterations: 20, gradientDifference: 1e-4, damping: 1e-6 });
      return a + 2 * b;
    }`,
    at: [1, 2.1, 2.9, 4.2],
    tolerance: 1e-4,
  },
  {
    package: "geodesy/latlon-ellipsoidal-vincenty.js",
    what: "the length of a geodesic, by iteration",
    code: `(m) => ([a, b, c, d]) => { const LatLon = m.default ?? m; return new LatLon(a, b).inverse(new LatLon(c, d)).distance / 1000; }`,
    at: [50.06, -5.71, 58.64, -3.07],
  },
  {
    package: "haversine-distance",
    what: "a distance on the globe",
    code: `(distance) => ([a, b, c, d]) => distance({ lat: a, lng: b }, [d, c]) / 1000`,
    at: [50.06, -5.71, 58.64, -3.07],
  },
  {
    package: "ml-distance",
    what: "distances of lists",
    code: `({ distance, similarity }) => ([a, b, c]) => distance.euclidean([a, b, c], [1, 2, 3]) + distance.canberra([a, b, c], [1, 2, 3]) + similarity.cosine([a, b, c], [3, 2, 1])`,
    at: [0.5, 1.5, 2.5],
  },
  {
    package: "ml-array-standard-deviation",
    what: "a standard deviation",
    code: `(m) => (x) => (m.default ?? m)(x)`,
    at: [1, 4, 2, 8],
  },
  {
    package: "ml-regression-polynomial",
    what: "a prediction by the data",
    code: `({ PolynomialRegression }) => (y) => new PolynomialRegression([0, 1, 2, 3, 4], y, 2).predict(2.5)`,
    at: [1, 2, 5, 11, 16],
  },
  {
    package: "ml-peak-shape-generator",
    what: "the shapes of peaks",
    code: `({ Gaussian, Lorentzian, PseudoVoigt }) => ([x, w, mu]) =>
      new Gaussian({ fwhm: w }).fct(x) + new Lorentzian({ fwhm: w }).getArea(mu) + new PseudoVoigt({ fwhm: w, mu }).fct(x)`,
    at: [0.4, 1.5, 0.3],
  },
  {
    package: "lerp",
    what: "a point between",
    code: `(lerp) => ([a, b, t]) => lerp(a, b, t * t)`,
    at: [1, 3, 0.4],
  },
  {
    package: "clamp",
    what: "a value within bounds",
    code: `(clamp) => ([x, a, b]) => clamp(x, a, b) * x`,
    at: [2, 0, 1],
  },
];
