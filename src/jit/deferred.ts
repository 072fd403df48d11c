/**
 * @file Equations put off (core/deferral.ts), and the programs that compute several of them at once.
 *
 * An equation that is put off is a node: its operands, and arrays whose storage refers to it. Data is computed when somebody
 * reads it, or when the function returns: the nodes that are needed become one program, which is kept by its text. What is
 * read while the function runs may be needed again, so results on the way that took more than a pass over their elements are
 * kept, and any result that is needed a second time. Arrays that a function hides somewhere and that are read later are
 * computed then.
 *
 * A program costs more to compile than a few equations to run, so little work is done equation by equation until it comes
 * again.
 */
import { config } from "../base/config.ts";
import { Budget, Recent } from "../base/recent.ts";
import { type Source, sourceHere } from "../base/source.ts";
import { prod } from "../base/util.ts";
import { type ArrayData, ComplexArray, ConcreteArray, NDArray, partAval } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Deferral, leastSize } from "../core/deferral.ts";
import { evalTrace } from "../core/eval.ts";
import { type Atom, ClosedJaxpr, Literal, Var } from "../core/jaxpr/ir.ts";
import { paramsKey } from "../core/jaxpr/keys.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import type { Program } from "../loops/ir/ir.ts";
import type { Storage } from "../core/storage.ts";
import { currentTrace } from "../core/trace.ts";
import { isComplex, isInexact } from "../dtypes/dtype.ts";
import { evaluateNow } from "./eager.ts";
import { compileProgram } from "./backend.ts";
import { jaxprProgram, kernelsOf, weightOf } from "./program.ts";
import { simplify } from "./simplify.ts";
import { type WatchedProgram, watching } from "./watch.ts";

/** Nodes of one call of a function; what follows is evaluated as it comes. */
const mostNodes = 512;
/** Elements to be passed over from which on a program is compiled when it is met first. */
const leastWork = 2 ** 22;
/** Programs of one form that have their scalars compiled in; others take them as operands. */
const ownScalars = 4;
/** Bytes of programs that are kept, and of a form without any. */
const mostBytes = 64 * 2 ** 20;
const formBytes = 1024;

interface Node {
  readonly primitive: Primitive;
  readonly params: Params;
  readonly inputs: readonly ConcreteArray[];
  readonly outs: readonly ConcreteArray[];
  readonly source: Source | undefined;
  /** It was part of a program that gave something else. */
  computed: boolean;
}

/** The place of data that is yet to be computed. */
class Deferred implements Storage {
  readonly node: Node;
  readonly array: ConcreteArray;
  constructor(node: Node, array: ConcreteArray) {
    this.node = node;
    this.array = array;
  }
  view(): ArrayData {
    this.settle();
    return this.array.raw;
  }
  settle(): void {
    compute([nodeOut(this.node, this.array)]);
  }
  retain(): void {
    // Nodes are held by their arrays alone.
  }
  release(): void {
    // As above.
  }
}

/** The output of a node that a part belongs to. */
const nodeOut = (node: Node, part: ConcreteArray): ConcreteArray =>
  node.outs.find((x) => x === part || (x instanceof ComplexArray && (x.re === part || x.im === part)))!;

function nodeOf(x: ConcreteArray): Node | null {
  const { storage } = x instanceof ComplexArray ? x.re : x;
  return storage instanceof Deferred ? storage.node : null;
}

function promise(node: Node, aval: ShapedArray): ConcreteArray {
  const own = (a: ShapedArray): ConcreteArray => {
    const array = new ConcreteArray(a, null);
    array.moveTo(new Deferred(node, array));
    return array;
  };
  if (!isComplex(aval.dtype)) return own(aval);
  const part = partAval(aval);
  return new ComplexArray(aval, own(part), own(part));
}

/** Gives an array its data, unless it was disposed of meanwhile. */
function fulfil(x: ConcreteArray, data: ConcreteArray): void {
  if (x instanceof ComplexArray && data instanceof ComplexArray) {
    fulfil(x.re, data.re);
    fulfil(x.im, data.im);
  } else if (x.storage instanceof Deferred) become(x, data);
}

/** Lets an array hold what another one holds, of which nobody else knows. */
function become(x: ConcreteArray, other: ConcreteArray): void {
  const { storage } = other;
  if (storage === null) {
    const { contents } = other;
    x.dispose();
    Object.defineProperty(x, "contents", { value: contents });
  } else {
    x.moveTo(storage);
    other.dispose();
  }
}

/** True while equations may be put off. */
let open = false;
let recorded = 0;

const isLarge = (params: Params): boolean =>
  Array.isArray(params.shape) && prod(params.shape as number[]) >= leastSize;

/** Results of more elements are not put off. */
const mostElements = 2 ** 28;

function put(primitive: Primitive, args: readonly ConcreteArray[], params: Params): ConcreteArray[] | null {
  let large = false;
  let waits = false;
  for (const a of args) {
    if (a.aval.size >= leastSize) large = true;
    if (nodeOf(a) !== null) waits = true;
  }
  if (open && recorded < mostNodes && (waits || large || isLarge(params))) {
    const avals = primitive.abstractEval(
      args.map((a) => a.aval),
      params,
    );
    // What no memory holds is said at once, under the name of the operation.
    if (avals.every((aval) => aval.size < mostElements)) {
      recorded++;
      const outs: ConcreteArray[] = [];
      const source = sourceHere(config.values.sourceLines, primitive.name);
      const node = { primitive, params, inputs: args, outs, source, computed: false };
      for (const aval of avals) outs.push(promise(node, aval));
      return outs;
    }
  }
  if (waits) compute(args.filter((a) => nodeOf(a) !== null));
  return null;
}

/** The nodes that arrays need, each after those that it needs. */
function nodesFor(wanted: readonly ConcreteArray[]): Node[] {
  const done = new Set<Node>();
  const out: Node[] = [];
  const visit = (x: ConcreteArray): void => {
    const node = nodeOf(x);
    if (node === null || done.has(node)) return;
    done.add(node);
    node.inputs.forEach(visit);
    out.push(node);
  };
  wanted.forEach(visit);
  return out;
}

/** Elements that are passed over. */
const workOf = (nodes: readonly Node[]): number =>
  nodes.reduce((n, { inputs, outs }) => n + Math.max(...[...inputs, ...outs].map((x) => x.aval.size)), 0);

/** What a program computes, and of what. */
interface Task {
  readonly nodes: readonly Node[];
  /** Arrays with data, each once. */
  readonly leaves: readonly ConcreteArray[];
  readonly outs: readonly ConcreteArray[];
}

/** @param more whether what is computed on the way may be needed again */
function taskOf(wanted: readonly ConcreteArray[], more: boolean): Task {
  const nodes = nodesFor(wanted);
  const outs = new Set(wanted);
  const leaves = new Set<ConcreteArray>();
  for (const node of nodes) {
    const { kind } = node.primitive;
    const keeps = more && (node.computed || (kind !== "elementwise" && kind !== "movement"));
    node.computed = true;
    if (keeps) for (const x of node.outs) if (nodeOf(x) !== null) outs.add(x);
    for (const x of node.inputs) if (nodeOf(x) === null) leaves.add(x);
  }
  return { nodes, leaves: [...leaves], outs: [...outs] };
}

/** The text of a task: with it goes the program. */
function textOf({ nodes, leaves, outs }: Task): string {
  const places = new Map<ConcreteArray, number>();
  const at = (x: ConcreteArray): number => places.get(x)!;
  const { backend, sourceLines } = config.values;
  let text = `${backend};${String(sourceLines)};${leaves.map((x) => x.aval.id).join()};`;
  leaves.forEach((x, i) => places.set(x, i));
  for (const { primitive, params, inputs, outs } of nodes) {
    text += `${primitive.id}(${inputs.map(at).join()})${paramsKey(params)};`;
    for (const x of outs) places.set(x, places.size);
  }
  return text + outs.map(at).join();
}

/** Scalars by their values: no two different ones have one text. */
const scalarText = (x: ConcreteArray): string => {
  const { raw } = x;
  return Object.is(raw, -0) ? "-0" : String(raw);
};

/** The operand is a number of the program rather than an input of it. */
const isScalar = (x: ConcreteArray): boolean => x.ndim === 0 && !(x instanceof ComplexArray);

function jaxprOf({ nodes, leaves, outs }: Task, fixed: boolean): ClosedJaxpr {
  const env = new Map<ConcreteArray, Atom>();
  const invars: Var[] = [];
  for (const x of leaves) {
    const v = fixed && isScalar(x) ? new Literal(new ConcreteArray(x.aval, x.raw)) : new Var(x.aval);
    if (v instanceof Var) invars.push(v);
    env.set(x, v);
  }
  const eqns = nodes.map(({ primitive, params, inputs, outs, source }) => {
    const outputs = outs.map((x) => new Var(x.aval));
    const eqn = { primitive, params, inputs: inputs.map((x) => env.get(x)!), outputs, source };
    outs.forEach((x, i) => env.set(x, outputs[i]));
    return eqn;
  });
  return new ClosedJaxpr({ constvars: [], invars, eqns, outs: outs.map((x) => env.get(x)!) }, []);
}

interface Compiled extends WatchedProgram {
  /** Bytes, roughly. */
  readonly weight: number;
}

function compileJaxpr(jaxpr: ClosedJaxpr): Compiled {
  const make = (): Program => jaxprProgram(simplify(jaxpr), "composite");
  const start = performance.now();
  const program = make();
  const { inAvals, outAvals } = jaxpr;
  const runner = compileProgram(program, inAvals, outAvals, config.values.backend, make);
  const { name } = program;
  const { backend } = runner;
  const numbers = {
    name,
    backend,
    equations: jaxpr.jaxpr.eqns.length,
    kernels: kernelsOf(program),
    cached: false,
    milliseconds: performance.now() - start,
  };
  watching.value?.compiled(numbers, null);
  return { name, runner, inAvals, outAvals, again: make, weight: weightOf(jaxpr, program, backend) };
}

/** The programs of one form: by their scalars, and one for all others. */
interface Form {
  readonly fixed: Map<string, Compiled>;
  general: Compiled | null;
}

const budget = new Budget(mostBytes / 2);
const forms = new Recent<string, Form>(budget, ({ fixed, general }) =>
  [...fixed.values(), general].reduce((n, e) => n + (e?.weight ?? 0), formBytes),
);

/** The program of a task, and its operands; null if little work was not met before. */
function programFor(task: Task): readonly [Compiled, readonly ConcreteArray[]] | null {
  const text = textOf(task);
  let form = forms.get(text);
  if (form === undefined) {
    forms.set(text, (form = { fixed: new Map(), general: null }));
    if (workOf(task.nodes) < leastWork) return null;
  }
  const { fixed } = form;
  const arrays = task.leaves.filter((x) => !isScalar(x));
  const numbers = task.leaves.filter(isScalar).map(scalarText).join();
  const own = fixed.get(numbers);
  if (own !== undefined) return [own, arrays];
  const compile = (isFixed: boolean): Compiled => {
    const made = compileJaxpr(jaxprOf(task, isFixed));
    budget.add(made.weight);
    return made;
  };
  if (fixed.size >= ownScalars) return [(form.general ??= compile(false)), task.leaves];
  const made = compile(true);
  fixed.set(numbers, made);
  return [made, arrays];
}

/** A fused sum may be added up in another order than one that runs alone, so these run alone. */
const runsAlone = ({ primitive, outs }: Node): boolean =>
  (primitive.ordered === true || primitive.kind === "contraction") && isInexact(outs[0].dtype);

/** Those that run alone, of which no other is needed first. */
function aloneNext(nodes: readonly Node[]): Node[] {
  const behind = new Set<Node>();
  return nodes.filter((node) => {
    const waits = node.inputs.some((x) => {
      const from = nodeOf(x);
      return from !== null && behind.has(from);
    });
    const alone = runsAlone(node);
    if (waits || alone) behind.add(node);
    return alone && !waits;
  });
}

/** Gives arrays their data. */
function compute(wanted: readonly ConcreteArray[]): void {
  for (let next = aloneNext(nodesFor(wanted)); next.length > 0; next = aloneNext(nodesFor(wanted))) {
    const operands = next.flatMap(({ inputs }) => inputs.filter((x) => nodeOf(x) !== null));
    if (operands.length > 0) run(taskOf(operands, true));
    next.forEach(evaluateNode);
  }
  const left = wanted.filter((x) => nodeOf(x) !== null);
  if (left.length > 0) run(taskOf(left, open));
}

function evaluateNode({ primitive, params, inputs, outs }: Node): void {
  const results = evaluateNow(primitive, inputs, params);
  outs.forEach((x, i) => {
    fulfil(x, results[i]);
  });
}

/** Runs a task, as one program if that pays. */
function run(task: Task): void {
  if (task.nodes.length > 1) {
    const found = programFor(task);
    if (found !== null) {
      const [program, operands] = found;
      const results = watching.value?.program(program, operands) ?? program.runner.call(operands);
      task.outs.forEach((x, i) => {
        fulfil(x, results[i]);
      });
      return;
    }
  }
  task.nodes.forEach(evaluateNode);
}

/** How deep the result of a function is searched for arrays. */
const depth = 4;

function collect(x: unknown, found: Set<ConcreteArray>, level: number): void {
  if (x instanceof ConcreteArray) {
    if (nodeOf(x) !== null) found.add(x);
  } else if (level > 0 && typeof x === "object" && x !== null && !(x instanceof NDArray)) {
    if (ArrayBuffer.isView(x)) return;
    for (const y of Object.values(x)) collect(y, found, level - 1);
  }
}

/** What puts equations off: installed with the compiler. */
export const deferring: Deferral = {
  begin() {
    if (open || currentTrace() !== evalTrace) return false;
    const { debugNans, debugInfs, jitless, disableJit } = config.values;
    if (debugNans || debugInfs || jitless || disableJit) return false;
    recorded = 0;
    return (open = true);
  },
  end(result) {
    open = false;
    if (recorded === 0) return;
    const found = new Set<ConcreteArray>();
    collect(result, found, depth);
    if (found.size > 0) compute([...found]);
  },
  put,
};
