/**
 * @file Layers that can be undone: their gradients compute inputs from outputs instead of storing them.
 *
 * The backward pass of one layer needs its output alone. A chain has one rule for the whole: it goes back from the last output,
 * undoing a layer, differentiating it, undoing the next; so its memory does not grow with the number of layers.
 */
import { checkFunction, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { customVjp } from "../api/custom.ts";
import { type AnyFunction, callWith } from "../api/flatten.ts";
import { vjp } from "../api/grad.ts";
import { scan } from "../control-flow/loops/api.ts";
import type { NDArray } from "../core/array.ts";
import type { ArrayTree, LikeArgs, LikeTree, Returned } from "../core/tree-types.ts";

/** A function that can be undone, with parameters behind what it changes. */
export interface ReversibleFunction<X, P extends unknown[]> {
  (x: LikeTree<X>, ...params: LikeArgs<P>): ArrayTree<X>;
  /** What it was called with, from what it returned and the same parameters: reversible as well. */
  readonly inverse: ReversibleFunction<X, P>;
}

/** A reversible function, of whatever it changes. */
interface AnyReversible {
  (x: never, ...params: never[]): unknown;
  readonly inverse: unknown;
}

/** The parameters of each of several functions, a list of lists. */
type ParamsOfEach<L extends readonly AnyReversible[]> = {
  -readonly [K in keyof L]: L[K] extends (x: never, ...params: infer P) => unknown ? P : never;
};

/** One direction of a layer, without its rule. */
type Direction = (x: unknown, params: readonly unknown[]) => unknown;

/** What the backward pass of a layer, or of a chain of them, does: from its output and the cotangent of that. */
type Backward = (
  y: unknown,
  params: readonly unknown[],
  cotangent: unknown,
) => readonly [x: unknown, cotangentOfX: unknown, cotangentsOfParams: readonly unknown[]];

interface Layer {
  readonly forward: Direction;
  readonly backward: Backward;
}

/** Both directions of the layers that there are: how chains look into them. */
const layers = new WeakMap<object, { readonly there: Layer; readonly back: Layer }>();

function layersOf(where: string, f: unknown): { readonly there: Layer; readonly back: Layer } {
  const found = typeof f === "function" ? layers.get(f) : undefined;
  if (found === undefined)
    throw new ArgumentError(`${where}: expected a function made by reversible; got ${show(f)}.`);
  return found;
}

/** What undoes a reversible function, without a rule: so it has forward mode too. Null for any other function. */
export const inverseOf = (f: object): Direction | null => layers.get(f)?.back.forward ?? null;

/** The function of one direction, whose derivative is the layer's backward pass. */
function withRule(name: string, { forward, backward }: Layer): AnyFunction {
  const f = customVjp((x: unknown, ...params: unknown[]) => forward(x, params));
  Object.defineProperty(f, "name", { value: name });
  f.defVjp(
    (x: unknown, ...params: unknown[]) => {
      const y = forward(x, params);
      return [y, [y, params]];
    },
    ([y, params]: readonly [unknown, readonly unknown[]], cotangent: unknown) => {
      const [, ofX, ofParams] = backward(y, params, cotangent);
      return [ofX, ...ofParams];
    },
  );
  return f;
}

/** Both functions, each the other's inverse. */
function bothWays<X, P extends unknown[]>(name: string, there: Layer, back: Layer): ReversibleFunction<X, P> {
  const f = withRule(name, there);
  const g = withRule(`${name}.inverse`, back);
  layers.set(f, { there, back });
  layers.set(g, { there: back, back: there });
  Object.assign(f, { inverse: g });
  Object.assign(g, { inverse: f });
  return f as unknown as ReversibleFunction<X, P>;
}

/** The layer of two functions that undo each other. */
function layerOf(forward: AnyFunction, inverse: AnyFunction): Layer {
  const run: Direction = (x, params) => callWith(forward, [x, ...params]);
  return {
    forward: run,
    backward: (y, params, cotangent) => {
      const x = callWith(inverse, [y, ...params]);
      const [, pull] = vjp((...args: unknown[]) => run(args[0], args.slice(1)), [x, ...params]);
      const [ofX, ...ofParams] = (pull as (ct: unknown) => readonly unknown[])(cotangent);
      return [x, ofX, ofParams];
    },
  };
}

/**
 * A function with its inverse, whose gradient stores its output only: the input is computed back from that. Both take the same
 * parameters behind what they change, with respect to which there are derivatives too; what they close over has none. The
 * result of `reversible` is called like `forward`, and its `inverse` is reversible itself.
 *
 * A single layer so saves what is inside it; of `reversibleChain` and `reversibleScan`, which are made of such layers, only the
 * last output is kept. The input is as exact as the inverse: errors of rounding grow with what the layers stretch.
 * Reverse mode, to any order, and forward mode over it; forward mode alone is an error, as for every `customVjp`.
 * @param forward `(x, ...params) => y`, a tree like `x`
 * @param inverse `(y, ...params) => x`
 * @throws ArgumentError for anything but two functions
 * @see Gomez et al., The Reversible Residual Network (2017), arXiv:1707.04585
 * @example
 * const layer = reversible(
 *   (x: Array, w: Array) => x.mul(np.exp(w)),
 *   (y: Array, w: Array) => y.mul(np.exp(w.neg())),
 * );
 * grad(layer)(2, 0).item(); // 1
 * layer.inverse(layer(2, 0.5), 0.5).item(); // 2
 */
export function reversible<X, P extends unknown[]>(
  forward: (x: X, ...params: P) => Returned<X>,
  inverse: (y: X, ...params: P) => Returned<X>,
  ...more: []
): ReversibleFunction<X, P> {
  refuseMore("reversible", 2, more);
  checkFunction("reversible", "the first argument, the function,", forward);
  checkFunction("reversible", "the second argument, its inverse,", inverse);
  const [f, g] = [forward, inverse] as AnyFunction[];
  return bothWays(f.name === "" ? "reversible" : f.name, layerOf(f, g), layerOf(g, f));
}

/** Layers one after another, each with its own entry of the parameters. */
function chained(list: readonly Layer[]): Layer {
  return {
    forward: (x, [params]) =>
      list.reduce((y, layer, i) => layer.forward(y, (params as readonly (readonly unknown[])[])[i]), x),
    backward: (y, [params], cotangent) => {
      let [x, ct] = [y, cotangent];
      const ofParams: (readonly unknown[])[] = [];
      for (let i = list.length - 1; i >= 0; i--) {
        let of: readonly unknown[];
        [x, ct, of] = list[i].backward(x, (params as readonly (readonly unknown[])[])[i], ct);
        ofParams.unshift(of);
      }
      return [x, ct, [ofParams]];
    },
  };
}

/**
 * Reversible functions one after another, as one: its gradient keeps the last output, whatever the number of layers is. It takes
 * the parameters of all as one list, with a list for each layer.
 * @throws ArgumentError for anything that is not a reversible function, and where there is not one list for each layer
 * @example
 * const double = reversible((x: Array) => x.mul(2), (y: Array) => y.div(2));
 * const shift = reversible((x: Array, by: Array) => x.add(by), (y: Array, by: Array) => y.sub(by));
 * const both = reversibleChain(double, shift);
 * both(3, [[], [1]]).item(); // 7
 * both.inverse(7, [[], [1]]).item(); // 3
 */
export function reversibleChain<const L extends readonly [AnyReversible, ...AnyReversible[]]>(
  ...functions: L
): ReversibleFunction<ReturnType<L[0]>, [params: ParamsOfEach<L>]> {
  const found = functions.map((f, i) => layersOf(`reversibleChain: argument ${i}`, f));
  const checked = ({ forward, backward }: Layer): Layer => ({
    forward: (x, params) => forward(x, checkLists(params)),
    backward: (y, params, ct) => backward(y, checkLists(params), ct),
  });
  const checkLists = (params: readonly unknown[]): readonly unknown[] => {
    const [lists] = params;
    if (Array.isArray(lists) && lists.length === found.length && lists.every((l) => Array.isArray(l)))
      return params;
    throw new ArgumentError(
      `reversibleChain: expected a list with the list of parameters of each of the ${found.length} layers; got ${show(lists)}.`,
    );
  };
  const there = chained(found.map((f) => f.there));
  const back = chained(found.map((f) => f.back).reverse());
  const turned = (params: readonly unknown[]): readonly unknown[] => [
    [...(checkLists(params)[0] as readonly unknown[])].reverse(),
  ];
  return bothWays("reversibleChain", checked(there), {
    forward: (y, params) => back.forward(y, turned(params)),
    backward: (x, params, ct) => {
      const [y, ofY, ofParams] = back.backward(x, turned(params), ct);
      return [y, ofY, [[...(ofParams[0] as readonly unknown[])].reverse()]];
    },
  });
}

/** One layer again and again, over the leading axis of its parameters. */
function scanned({ forward, backward }: Layer, reverse: boolean): Layer {
  return {
    forward: (x, params) =>
      (scan as AnyScan)((c, p) => [forward(c, p as readonly unknown[]), null], x, params, { reverse })[0],
    backward: (y, params, cotangent) => {
      const [[x, ct], ofParams] = (scan as AnyScan)(
        (carry, p) => {
          const [at, of] = carry as readonly [unknown, unknown];
          const [before, ofX, ofP] = backward(at, p as readonly unknown[], of);
          return [[before, ofX], ofP];
        },
        [y, cotangent],
        params,
        { reverse: !reverse },
      ) as readonly [readonly [unknown, unknown], readonly unknown[]];
      return [x, ct, ofParams];
    },
  };
}

type AnyScan = (
  step: (carry: unknown, x: unknown) => readonly [unknown, unknown],
  init: unknown,
  xs: unknown,
  options: { readonly reverse: boolean },
) => readonly [unknown, unknown];

/**
 * One reversible function again and again, as one loop: with each entry along the first axis of its parameters, as `lax.scan`
 * over them. Its gradient keeps the last output, whatever the number of steps is.
 * @throws ArgumentError for anything that is not a reversible function
 * @throws ShapeError where parameters differ in the sizes of their first axes, or there are none
 * @example
 * const shift = reversible((x: Array, by: Array) => x.add(by), (y: Array, by: Array) => y.sub(by));
 * reversibleScan(shift)(1, np.array([1, 2, 3])).item(); // 7
 */
export function reversibleScan<X, P extends NDArray[]>(
  f: ReversibleFunction<X, P>,
  ...more: []
): ReversibleFunction<X, P> {
  refuseMore("reversibleScan", 1, more);
  const { there, back } = layersOf("reversibleScan", f);
  return bothWays("reversibleScan", scanned(there, false), scanned(back, true));
}
