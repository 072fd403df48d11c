/**
 * @file Residuals of branches: what the linear part of the branch taken needs of its values, in one list for all branches.
 *
 * Branches share the places of that list, dtype and shape by dtype and shape: there are as many of each as the branch that
 * needs most of them has, not as all have together. And small residuals of one kind are stacked, several to one: a branch
 * that is a `cond` again hands on what its own branches keep, and of n nested ones each would hand on up to n, n²/2 in all.
 */
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { type ClosedJaxpr, Var } from "../../core/jaxpr/ir.ts";
import { Zero } from "../../core/zero.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { stack, unstack } from "../../lax/shapes/joining.ts";
import { type LinearBody, traceFlat, withPorts } from "../bodies.ts";

/** How many of one kind are stacked to one, and how many elements each of these has at most. */
const GROUP = 8;
const SMALL = 512;

/** Indices by the kind of aval, in the order of first appearance. */
function kindsOf(avals: readonly ShapedArray[]): Map<string, number[]> {
  const kinds = new Map<string, number[]>();
  avals.forEach((a, i) => {
    const key = a.strong.short();
    kinds.set(key, [...(kinds.get(key) ?? []), i]);
  });
  return kinds;
}

/** The residuals to stack, `GROUP` of one kind each; and the others. */
function groupsOf(avals: readonly ShapedArray[]): { groups: number[][]; rest: number[] } {
  const groups: number[][] = [];
  const rest: number[] = [];
  for (const members of kindsOf(avals).values()) {
    const isSmall = avals[members[0]].size <= SMALL;
    const stacked = isSmall ? members.length - (members.length % GROUP) : 0;
    for (let i = 0; i < stacked; i += GROUP) groups.push(members.slice(i, i + GROUP));
    rest.push(...members.slice(stacked));
  }
  return { groups, rest };
}

/** The branch with residuals of one kind stacked, until there are no `GROUP` of any. */
function stacked(branch: LinearBody): LinearBody {
  const { primal, tangent, numResiduals } = branch;
  const numOuts = primal.outAvals.length - numResiduals;
  const { groups, rest } = groupsOf(primal.outAvals.slice(numOuts));
  if (groups.length === 0) return branch;
  const count = groups.length + rest.length;
  const pack = (xs: readonly NDArray[]): NDArray[] => [
    ...groups.map((g) => stack(g.map((i) => xs[i]))),
    ...rest.map((i) => xs[i]),
  ];
  const unpack = (xs: readonly NDArray[]): NDArray[] => {
    const out = new Array<NDArray>(numResiduals);
    groups.forEach((g, k) => unstack(xs[k]).forEach((x, i) => (out[g[i]] = x)));
    rest.forEach((i, k) => (out[i] = xs[groups.length + k]));
    return out;
  };
  const values = traceFlat(
    (xs) => {
      const outs = jaxprAsFun(primal)(xs);
      return [...outs.slice(0, numOuts), ...pack(outs.slice(numOuts))];
    },
    primal.inAvals,
    "cond",
  );
  const linear = traceFlat(
    (xs) => jaxprAsFun(tangent)([...unpack(xs), ...xs.slice(count)]),
    [...values.outAvals.slice(numOuts), ...tangent.inAvals.slice(numResiduals)],
    "cond",
  );
  return stacked({ primal: values, tangent: linear, numResiduals: count });
}

/** Where the residuals of each branch stand in the list of all. */
function placesOf(branches: readonly (readonly ShapedArray[])[]): {
  avals: ShapedArray[];
  places: number[][];
} {
  const avals: ShapedArray[] = [];
  const slots = new Map<string, number[]>();
  const places = branches.map((own) => {
    const at = new Array<number>(own.length);
    for (const [key, members] of kindsOf(own)) {
      const known = slots.get(key) ?? [];
      slots.set(key, known);
      members.forEach((r, i) => {
        if (i === known.length) known.push(avals.push(shaped(own[r].shape, own[r].dtype)) - 1);
        at[r] = known[i];
      });
    }
    return at;
  });
  return { avals, places };
}

export interface LinearBranches {
  /** Inputs → outputs, residuals. */
  readonly primal: readonly ClosedJaxpr[];
  /** Residuals, nonzero tangents of the inputs → tangents of the outputs flagged. */
  readonly tangent: readonly ClosedJaxpr[];
}

/** The branches with residuals in one list; zeros where another branch than those that need them was taken. */
export function joinResiduals(branches: readonly LinearBody[]): LinearBranches {
  const linear = branches.map(stacked);
  const numOuts = linear[0].primal.outAvals.length - linear[0].numResiduals;
  const { avals, places } = placesOf(linear.map(({ primal }) => primal.outAvals.slice(numOuts)));
  return {
    primal: linear.map(({ primal }, k) =>
      traceFlat(
        (xs) => {
          const outs = jaxprAsFun(primal)(xs);
          const slots = avals.map((a, slot): NDArray => {
            const r = places[k].indexOf(slot);
            return r < 0 ? instantiate(new Zero(a)) : outs[numOuts + r];
          });
          return [...outs.slice(0, numOuts), ...slots];
        },
        primal.inAvals,
        "cond",
      ),
    ),
    tangent: linear.map(({ tangent, numResiduals }, k) => {
      const { invars, outs } = tangent.jaxpr;
      const slots = avals.map((a, slot) => {
        const r = places[k].indexOf(slot);
        return r < 0 ? new Var(a) : invars[r];
      });
      return withPorts(tangent, [...slots, ...invars.slice(numResiduals)], outs);
    }),
  };
}
