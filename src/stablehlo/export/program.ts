/** @file The module of a program whose arguments and result are trees, with how their leaves lie on the devices of a mesh. */
import { show } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { leafPaths } from "../../control-flow/common.ts";
import type { ShapedArray } from "../../core/aval.ts";
import type { HloValue } from "../../core/hlo.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { type Cuts, Mesh, type Sharding } from "../../core/sharding/mesh.ts";
import { type TreeDef, treeUnflatten } from "../../core/tree.ts";
import { Body, Module, returned } from "./module.ts";
import { type ShardingOptions, leafAttribute, leafCuts, leafShardings, meshOf } from "./sharding.ts";
import { translation, writeJaxpr } from "./translate.ts";
import { tensorType } from "./types.ts";

/** Names of SSA values after the paths of leaves, each once. */
function ssaNames(defs: readonly TreeDef[]): string[] {
  const taken = new Set<string>();
  return defs.flatMap((def, k) =>
    leafPaths(def).map((path) => {
      const words = path.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
      const base = `%arg${k}${words === "" ? "" : `_${words}`}`;
      let name = base;
      for (let n = 1; taken.has(name); n++) name = `${base}_${n}`;
      taken.add(name);
      return name;
    }),
  );
}

/** How a program lies on devices, leaf by leaf. */
interface Layout {
  readonly mesh: Mesh | null;
  readonly ins: readonly (Sharding | null)[];
  readonly outs: readonly (Sharding | null)[];
}

/** A program as text. */
export interface ProgramText {
  readonly text: string;
  /** The devices; null if it names none. */
  readonly mesh: Mesh | null;
  /** How the leaves of arguments and result lie on them; null where nobody says. */
  readonly ins: readonly (Cuts | null)[];
  readonly outs: readonly (Cuts | null)[];
}

/** A tree of marks, one for each leaf. */
const marked = (def: TreeDef): unknown => treeUnflatten(def, range(def.numLeaves));

function layoutOf(
  { mesh, inShardings, outShardings }: ShardingOptions,
  defs: readonly TreeDef[],
  outDef: TreeDef,
  what: string,
): Layout {
  if (mesh !== undefined && !(mesh instanceof Mesh))
    throw new ArgumentError(`${what}: mesh must be a Mesh, makeMesh([4], ["data"]); got ${show(mesh)}.`);
  const ins = leafShardings(inShardings, defs.map(marked), `${what}: inShardings`);
  const outs = leafShardings(outShardings, marked(outDef), `${what}: outShardings`);
  return { mesh: meshOf(mesh, [...ins, ...outs]), ins, outs };
}

/** The module of a program, whose arguments and result are trees of these structures. `what` begins messages. */
export function programText(
  closed: ClosedJaxpr,
  name: string,
  defs: readonly TreeDef[],
  outDef: TreeDef,
  options: ShardingOptions = {},
  what = "toStablehlo",
): ProgramText {
  const { mesh, ins, outs } = layoutOf(options, defs, outDef, what);
  const module = new Module(translation, mesh);
  const lies = (sharding: Sharding | null, type: ShapedArray, place: string): string[] => {
    const text = leafAttribute(module.meshes, sharding, type, `${what}: ${place}`);
    return text === null ? [] : [`sdy.sharding = ${text}`];
  };
  const names = ssaNames(defs);
  const params = closed.inAvals.map((type, i): HloValue => ({ name: names[i], type }));
  const paths = defs.flatMap((def, k) => leafPaths(def).map((path) => `[${k}]${path}`));
  const signature = closed.inAvals.map((type, i) => {
    const attributes = lies(ins[i], type, `inShardings${paths[i]}`);
    const more = attributes.length === 0 ? "" : ` {${attributes.join(", ")}}`;
    return `${names[i]}: ${tensorType(type)}${more}`;
  });
  const outPaths = leafPaths(outDef);
  const types = closed.outAvals.map((type, i) => {
    const info = `jax.result_info = ${JSON.stringify(`result${outPaths[i]}`)}`;
    const attributes = [info, ...lies(outs[i], type, `outShardings${outPaths[i]}`)];
    return `${tensorType(type)} {${attributes.join(", ")}}`;
  });
  const b = new Body(module, "    ");
  const results = writeJaxpr(b, closed, params);
  const text = module.text(name, [
    `  func.func public @main(${signature.join(", ")}) -> (${types.join(", ")}) {`,
    ...b.lines,
    `    ${returned("return", results)}`,
    "  }",
  ]);
  const cuts = (list: readonly (Sharding | null)[]): (Cuts | null)[] => list.map((s) => leafCuts(s, what));
  return { text, mesh: module.meshes.first, ins: cuts(ins), outs: cuts(outs) };
}
