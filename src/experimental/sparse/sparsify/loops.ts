/**
 * @file Loops and branches of sparse programs: the same loops and branches, of which carry, operands and results are the parts
 * of sparse arrays. What is carried must be as sparse after a step as before.
 */
import type { NDArray } from "../../../core/array.ts";
import { evalJaxpr } from "../../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../../core/jaxpr/ir.ts";
import { switch_ } from "../../../control-flow/branches/api.ts";
import type { CondParams } from "../../../control-flow/branches/cond.ts";
import { scan, whileLoop } from "../../../control-flow/loops/api.ts";
import {
  type ScanParams,
  type WhileParams,
  scanGroups,
  whileGroups,
} from "../../../control-flow/loops/params.ts";
import { ArgumentError } from "../../../base/errors.ts";
import { arraysEqual, invariant, range } from "../../../base/util.ts";
import * as lax from "../../../lax/plain.ts";
import { type SparseInfo, unsupported } from "../parts/parts.ts";
import type { Rule, RuleContext } from "./context.ts";
import { type Operand, type SparseValue, fresh, isSparse } from "./values.ts";

/** What a list of arrays stands for: a dense array, or the parts of a sparse one. */
type Form = { readonly kind: "dense" } | ({ readonly kind: SparseValue["kind"] } & SparseInfo);

function formOf(x: Operand): Form {
  if (!isSparse(x)) return { kind: "dense" };
  const { shape, indicesSorted, uniqueIndices } = x.parts;
  return { kind: x.kind, shape, indicesSorted, uniqueIndices };
}

/** The form of what may be either: promised is what both promise. */
const either = (a: Form, b: Form): Form =>
  a.kind === "dense" || b.kind === "dense"
    ? a
    : {
        ...a,
        indicesSorted: a.indicesSorted && b.indicesSorted,
        uniqueIndices: a.uniqueIndices && b.uniqueIndices,
      };

const eitherOf = (a: readonly Form[], b: readonly Form[]): Form[] => a.map((form, i) => either(form, b[i]));

const promise = (a: readonly Form[]): string =>
  a.map((f) => (f.kind === "dense" ? "" : `${f.indicesSorted}${f.uniqueIndices}`)).join();

/**
 * Runs a loop whose carried values keep their promises: those that a step does not keep are given up, and the loop is traced again.
 */
function keepingPromises<R>(
  forms: readonly Form[],
  loop: (forms: readonly Form[], tell: (next: readonly Operand[]) => void) => R,
): R {
  for (let now = forms; ;) {
    let kept = now;
    const out = loop(now, (next) => (kept = eitherOf(kept, next.map(formOf))));
    if (promise(kept) === promise(now)) return out;
    now = kept;
  }
}

const arraysOf = (x: Operand): NDArray[] => {
  if (!isSparse(x)) return [x];
  return x.kind === "rows"
    ? [x.parts.data, x.parts.indices, x.parts.indptr]
    : [x.parts.data, x.parts.indices];
};

function valueOf(form: Form, arrays: readonly NDArray[]): Operand {
  if (form.kind === "dense") return arrays[0];
  const [data, indices, indptr] = arrays;
  const { shape, indicesSorted, uniqueIndices } = form;
  const known = { data, indices, shape, indicesSorted, uniqueIndices };
  return fresh(form.kind === "rows" ? { ...known, indptr } : known);
}

const valuesOf = (forms: readonly Form[], lists: readonly (readonly NDArray[])[]): Operand[] =>
  forms.map((form, i) => valueOf(form, lists[i]));

const describe = (form: Form): string =>
  form.kind === "dense" ? "dense" : `sparse (${form.kind}) of shape [${form.shape.join(",")}]`;

const sameForm = (a: Form, b: Form): boolean =>
  a.kind === b.kind && (a.kind === "dense" || b.kind === "dense" || arraysEqual(a.shape, b.shape));

/** @throws ArgumentError unless results have the forms, and parts of the shapes, that are expected */
function checkForms(
  what: string,
  where: string,
  forms: readonly Form[],
  before: readonly (readonly NDArray[])[],
  outs: readonly Operand[],
): void {
  outs.forEach((x, i) => {
    const got = formOf(x);
    if (!sameForm(forms[i], got))
      throw new ArgumentError(`${what}: ${where} ${i} is ${describe(forms[i])}, then ${describe(got)}.`);
    const shapes = (list: readonly NDArray[]): string => list.map((a) => String(a.aval)).join(", ");
    if (got.kind !== "dense" && !arraysOf(x).every((a, k) => arraysEqual(a.shape, before[i][k].shape)))
      throw new ArgumentError(
        `${what}: the parts of ${where} ${i} are ${shapes(before[i])}, then ${shapes(arraysOf(x))}; a sparse array must keep its ` +
          `number of entries. Bring it back with sumDuplicates({ nse }).`,
      );
  });
}

const runBody = (context: RuleContext, body: ClosedJaxpr, operands: readonly Operand[]): Operand[] =>
  context.run(operands, (args) => evalJaxpr(body.jaxpr, body.consts, args));

/** An operand that is a number. */
function dense(what: string, x: Operand): NDArray {
  if (isSparse(x)) throw unsupported(what, "a condition must be dense.");
  return x;
}

type Lists = readonly (readonly NDArray[])[];

export const whileRule: Rule = (operands, params, context) => {
  const p = params as unknown as WhileParams;
  const { condConsts, bodyConsts, carry } = whileGroups(p).split(operands);
  const lists: Lists = carry.map(arraysOf);
  return keepingPromises(carry.map(formOf), (forms, tell) => {
    const outs = whileLoop(
      (c: Lists) => dense(context.what, runBody(context, p.cond, [...condConsts, ...valuesOf(forms, c)])[0]),
      (c: Lists): NDArray[][] => {
        const next = runBody(context, p.body, [...bodyConsts, ...valuesOf(forms, c)]);
        checkForms(context.what, "the carried value", forms, lists, next);
        tell(next);
        return next.map(arraysOf);
      },
      lists,
      { checkpoint: p.slots },
    );
    return valuesOf(forms, outs);
  });
};

/** The parts of what a loop takes a step along, with that axis whole; and the form of one step. */
function stepped(what: string, x: Operand): [NDArray[], Form] {
  if (!isSparse(x)) return [[x], { kind: "dense" }];
  const { shape } = x.parts;
  const nBatch = x.parts.indices.ndim - (x.kind === "rows" ? 1 : 2);
  if (nBatch === 0)
    throw unsupported(
      what,
      "a loop over the first axis of a sparse array needs it to be a batch axis: updateLayout({ nBatch: 1 }).",
    );
  const whole = (a: NDArray): NDArray =>
    lax.broadcastInDim(a, [shape[0], ...a.shape.slice(1)], range(a.ndim));
  return [arraysOf(x).map(whole), { ...formOf(x), kind: x.kind, shape: shape.slice(1) } as Form];
}

export const scanRule: Rule = (operands, params, context) => {
  const p = params as unknown as ScanParams;
  const { consts, carry, xs } = scanGroups(p).split(operands);
  const lists: Lists = carry.map(arraysOf);
  const along = xs.map((x) => stepped(context.what, x));
  const stepForms = along.map(([, form]) => form);
  return keepingPromises(carry.map(formOf), (forms, tell) => {
    let outForms: readonly Form[] = [];
    const [ends, ys] = scan(
      (c: Lists, x: Lists): [NDArray[][], NDArray[][]] => {
        const values = [...consts, ...valuesOf(forms, c), ...valuesOf(stepForms, x)];
        const all = runBody(context, p.jaxpr, values);
        const next = all.slice(0, carry.length);
        checkForms(context.what, "the carried value", forms, lists, next);
        tell(next);
        const results = all.slice(carry.length);
        outForms = results.map(formOf);
        return [next.map(arraysOf), results.map(arraysOf)];
      },
      lists,
      along.map(([arrays]) => arrays) as Lists,
      { length: p.length, reverse: p.reverse, checkpoint: p.slots },
    );
    const stacked = outForms.map((form): Form =>
      form.kind === "dense" ? form : { ...form, shape: [p.length, ...form.shape] },
    );
    return [...valuesOf(forms, ends), ...valuesOf(stacked, ys)];
  });
};

/** What branches give: the forms, and the parts of the first of them. */
interface Taken {
  readonly forms: readonly Form[];
  readonly lists: Lists;
}

export const condRule: Rule = (operands, params, context) => {
  const { branches } = params as unknown as CondParams;
  const [index, ...others] = operands;
  const forms = others.map(formOf);
  let taken: Taken | null = null;
  const take = (results: readonly Operand[], before: Taken | null): Taken => {
    if (before === null) return { forms: results.map(formOf), lists: results.map(arraysOf) };
    checkForms(context.what, "result", before.forms, before.lists, results);
    return { ...before, forms: eitherOf(before.forms, results.map(formOf)) };
  };
  const outs = switch_(
    dense(context.what, index),
    branches.map((body) => (...lists: Lists): NDArray[][] => {
      const results = runBody(context, body, valuesOf(forms, lists));
      taken = take(results, taken);
      return results.map(arraysOf);
    }),
    ...others.map(arraysOf),
  );
  const found = taken as Taken | null;
  invariant(found !== null, "a branch of a sparse program did not run");
  return valuesOf(found.forms, outs);
};
