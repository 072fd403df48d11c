/**
 * @file The programs that every host runs, given the library however the host came by it: each asserts facts that do not
 * depend on the library, and returns its results, which are to be those of the first host.
 *
 * It uses nothing of a host but `performance` and `structuredClone`, so that it runs in all of them.
 */
import type * as Adjoint from "../../src/index.ts";
import { type Plain, differences, plain } from "./plain.ts";

export type Library = typeof Adjoint;

export interface SuiteOptions {
  /** Threads to ask for, and whether they must come, or be refused by a typed error. */
  readonly threads?: "two" | "refused";
  /** What must run the programs of large arrays, if it is known. */
  readonly backend?: "wasm" | "js" | "interpreter";
  /** The README's blocks; see tour.ts. */
  readonly tour?: (
    modules: object,
    record: (x: unknown) => void,
    fails: (f: () => void) => void,
  ) => Promise<void>;
  /** Results of the first host. */
  readonly expected?: Readonly<Record<string, Plain>>;
}

export interface Report {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly backend: string;
  readonly threads: string;
  readonly milliseconds: number;
  readonly results: Readonly<Record<string, Plain>>;
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`expected ${what}`);
}

const near = (x: number, y: number, what: string): void =>
  check(Math.abs(x - y) <= 1e-6 * Math.max(1, Math.abs(y)), `${what} near ${y}, got ${x}`);

type Case = (a: Library, options: SuiteOptions) => unknown;

const cases: Readonly<Record<string, Case>> = {
  grad({ grad, hessian, numpy: np }) {
    near(grad((x) => np.sin(x).mul(x))(2).item(), Math.sin(2) + 2 * Math.cos(2), "the slope");
    check(grad((x) => x.mul(x))(0.1).item() === 0.2, "exactly 0.2");
    const h = hessian((v: Adjoint.Array) => np.sum(np.exp(v)))(np.array([0, 1]));
    near(np.sum(h).item(), 1 + Math.E, "the sum of the Hessian");
    return h;
  },
  jit({ grad, jit, numpy: np }) {
    const f = jit(grad((x: Adjoint.Array) => np.sum(np.tanh(x).mul(x))));
    const x = np.linspace(-3, 3, 5000);
    const [at, slope] = [x.dataSync()[1234], f(x).dataSync()[1234]];
    near(slope, Math.tanh(at) + at * (1 - Math.tanh(at) ** 2), "the slope");
    return [np.sum(f(x)), f(np.array([0.5, 1], "float32"))];
  },
  vmap({ grad, numpy: np, vmap }) {
    const slopes = vmap(grad((x) => np.sin(x)))(np.linspace(0, 4, 5));
    slopes.dataSync().forEach((s, i) => near(s, Math.cos(i), "cos"));
    return vmap((a: Adjoint.Array, b: Adjoint.Array) => np.dot(a, b), [0, 1])(np.eye(3), np.ones([3, 3]));
  },
  loops({ grad, jit, lax, numpy: np }) {
    const f = (x: Adjoint.Array): Adjoint.Array => {
      const [carry] = lax.scan(
        (c: Adjoint.Array, s: Adjoint.Array) => [np.sin(c).add(s), c],
        x,
        np.arange(10).mul(0.1),
      );
      return lax.cond(
        np.greater(carry, 0),
        (y: Adjoint.Array) => y.mul(2),
        (y: Adjoint.Array) => y.neg(),
        carry,
      );
    };
    let c = 0.5;
    for (let i = 0; i < 10; i++) c = Math.sin(c) + 0.1 * i;
    near(f(np.array(0.5)).item(), 2 * c, "the value");
    const halved = lax.whileLoop(
      (x) => np.greater(x, 1),
      (x) => x.mul(0.5),
      np.array(100),
    );
    return [jit(grad(f))(0.5), halved];
  },
  linalg({ grad, numpy: np }) {
    const a = np.array([
      [4, 1, 0.5],
      [1, 3, 0.25],
      [0.5, 0.25, 2],
    ]);
    const x = np.linalg.solve(a, np.array([1, 2, 3]));
    np.dot(a, x)
      .dataSync()
      .forEach((b, i) => near(b, i + 1, "A x"));
    const gradient = grad((m: Adjoint.Array) => np.log(np.linalg.det(m)))(a);
    near(np.max(np.abs(gradient.sub(np.linalg.inv(a).T))).item(), 0, "∇ log det − A⁻ᵀ");
    return [x, np.linalg.cholesky(a), np.linalg.eigh(a)[0], np.linalg.svd(a)[1], np.abs(np.linalg.qr(a)[1])];
  },
  fft({ numpy: np }) {
    const x = np.sin(np.arange(24));
    const back = np.real(np.fft.ifft(np.fft.fft(x)));
    near(np.max(np.abs(back.sub(x))).item(), 0, "the way there and back");
    return np.abs(np.fft.rfft(x));
  },
  complex({ grad, numpy: np }) {
    const z = np
      .array([1, 2])
      .add(np.multiply(np.array([3, -1]), np.sqrt(np.array(-1).astype("complex128"))));
    near(np.sum(np.abs(z)).item(), Math.sqrt(10) + Math.sqrt(5), "the moduli");
    return [np.real(np.exp(z)), np.imag(z.mul(z)), grad((x) => np.abs(np.exp(x.astype("complex128"))))(0.5)];
  },
  random({ random, numpy: np }) {
    const key = random.key(0);
    check(random.bits(key, [1]).item() === 4_070_199_207, "JAX's bits");
    const [a, b] = random.split(key);
    return [
      random.bits(key, [4]),
      random.uniform(a, [3]),
      random.normal(b, [3]),
      np.mean(random.normal(b, [2000])),
    ];
  },
  optim({ grad, jit, numpy: np, optim }) {
    const adam = optim.adam(0.1);
    const loss = (v: Adjoint.Array): Adjoint.Array => np.sum(np.square(v.sub(np.array([1, -2]))));
    let v: Adjoint.Array = np.zeros([2]);
    let state = adam.init(v);
    const slope = jit(grad(loss));
    for (let i = 0; i < 200; i++) {
      const [change, next] = adam.update(slope(v), state, v);
      state = next;
      v = optim.applyUpdates(v, change);
    }
    check(loss(v).item() < 1e-3, "a small loss");
    return v;
  },
  dtypes({ numpy: np }) {
    const i = np.array([7, -7, 2 ** 31 - 1], "int32");
    check(i.add(1).js().toString() === "8,-6,-2147483648", "integers that wrap");
    return [
      np.floorDivide(i, 2),
      np.array([1 / 3], "float16"),
      np.sum(np.array([0.1, 0.2], "float32")),
      i.greater(0),
    ];
  },
  products({ numpy: np, nn }) {
    const x = np.sin(np.arange(60 * 40)).reshape([60, 40]);
    const p = np.matmul(x, x.T);
    let first = 0;
    for (let k = 0; k < 40; k++) first += Math.sin(k) * Math.sin(40 * 7 + k);
    near(np.sum(p.slice(0, 7)).item(), first, "an element of the product");
    return [np.sum(p), np.max(nn.softmax(x.astype("float32"))), np.sort(x.slice(0)).slice([0, 5])];
  },
  clones({ numpy: np, tree }) {
    const made = tree.fromClone(structuredClone({ w: np.array([1, 2], "float32"), n: 3 }));
    check(made.w.dtype === "float32" && made.w.add(1).js().toString() === "2,3", "the arrays again");
    return made.w;
  },
  errors({ errors, numpy: np }) {
    let thrown: unknown;
    let here = new Error();
    // One expression: on one line, however the text is printed.
    try {
      void ((here = new Error()), np.add(np.ones([2]), np.ones([3])));
    } catch (e) {
      thrown = e;
    }
    check(
      thrown instanceof errors.ShapeError && thrown.name === "ShapeError",
      `a ShapeError, got ${String(thrown)}`,
    );
    const where = (thrown as Adjoint.errors.AdjointError).where ?? "null";
    const own = here.stack?.split("\n").find((l) => /:\d+:\d+/.test(l)) ?? "";
    // A host that tells no places tells none of the user's.
    const place = /:(\d+):(\d+)\)?$/.exec(own);
    if (place === null) return null;
    const told = /:(\d+):(\d+)$/.exec(where);
    const near = told !== null && told[1] === place[1] && Math.abs(Number(told[2]) - Number(place[2])) < 200;
    check(near, `the user's line, ${own.trim()}; got ${where}`);
    return null;
  },
};

async function runTour({ tour }: SuiteOptions, library: Library): Promise<Plain> {
  const results: Plain[] = [];
  const { log } = console;
  console.log = (...args: unknown[]) => void results.push(...args.map(plain));
  try {
    await tour?.(
      { adjoint: library },
      (x) => void results.push(plain(x)),
      (f) => {
        try {
          f();
          results.push("nothing thrown");
        } catch (e) {
          results.push(e instanceof library.errors.AdjointError ? `${e.name}: ${e.detail}` : String(e));
        }
      },
    );
  } finally {
    console.log = log;
  }
  return results;
}

/** Asks for threads, and says what came of it. */
async function startThreads(
  { errors, init, jit, numpy: np }: Library,
  { threads }: SuiteOptions,
): Promise<string> {
  if (threads === undefined) {
    await init();
    return "";
  }
  try {
    const ready = await init({ threads: 2 });
    check(threads === "two" || !ready, "threads to be refused");
  } catch (e) {
    if (threads === "two" || !(e instanceof errors.ThreadsError)) throw e;
    return `refused: ${e.detail}`;
  }
  if (threads === "refused") return "no WebAssembly";
  const x = np.sin(np.arange(512 * 512)).reshape([512, 512]);
  const f = jit((y: Adjoint.Array) => np.tanh(np.matmul(y, y)).sum(), { backend: "wasm" });
  const [first, ...more] = Array.from({ length: 20 }, () => f(x).item());
  check(
    more.every((y) => y === first),
    "the same bits each time",
  );
  return "two";
}

/** Runs everything; throws nothing. */
export async function suite(library: Library, options: SuiteOptions = {}): Promise<Report> {
  const failed: string[] = [];
  const results: Record<string, Plain> = {};
  const start = performance.now();
  let passed = 0;
  let backend = "?";
  let threads = "";
  const attempt = async (name: string, f: () => unknown): Promise<void> => {
    try {
      const result = plain(await f());
      results[name] = result;
      const expected = options.expected?.[name];
      const differs = expected === undefined ? [] : differences(result, expected);
      if (differs.length > 0) throw new Error(`other results than the first host's: ${differs.join("; ")}`);
      passed++;
    } catch (e) {
      failed.push(`${name}: ${e instanceof Error ? (e.stack ?? e.message).slice(0, 600) : String(e)}`);
    }
  };
  await attempt("threads", async () => {
    threads = await startThreads(library, options);
  });
  for (const [name, f] of Object.entries(cases)) await attempt(name, () => f(library, options));
  if (options.tour !== undefined) await attempt("tour", () => runTour(options, library));
  await attempt("backend", () => {
    const chain = library.jit((x: Adjoint.Array) => library.numpy.tanh(x).mul(x).sum());
    backend = chain.lower(library.numpy.zeros([100_000])).compile().stats.backend;
    check(options.backend === undefined || options.backend === backend, `${options.backend}, got ${backend}`);
    return null;
  });
  return { passed, failed, backend, threads, milliseconds: Math.round(performance.now() - start), results };
}
