/** @file Functions of the library compiled by XLA: trees of arguments in, trees of handles out. */
import { checkFunction } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { checkTree, describeCall, flagArguments, numberList } from "../api/flatten.ts";
import { ShapeDtypeStruct, traceAbstract } from "../api/staging.ts";
import { leafPaths } from "../control-flow/common.ts";
import { treeFlatten, treeMap, treeUnflatten } from "../core/tree.ts";
import { programText } from "../stablehlo/export/program.ts";
import type { ShardingOptions } from "../stablehlo/export/sharding.ts";
import { type DeviceArgs, type DeviceTree, XlaArray } from "./arrays.ts";
import { Program } from "./programs.ts";
import type { Session } from "./session.ts";
import type { Xla, XlaFunction } from "./xla.ts";

/** Options of `compile`. */
export interface XlaCompileOptions extends ShardingOptions {
  /** Arguments whose memory results may take: their arrays cannot be used after a call. */
  readonly donateArgnums?: number | readonly number[] | undefined;
}

/** The example as a shape, if it lies on devices. */
const abstract = (leaf: unknown): unknown =>
  leaf instanceof XlaArray ? new ShapeDtypeStruct(leaf.shape, leaf.dtype) : leaf;

/** What `Xla.compile` does. */
export async function compileFunction<A extends unknown[], R>(
  xla: Xla,
  session: Session,
  f: (...args: A) => R,
  args: readonly unknown[],
  options: XlaCompileOptions,
): Promise<XlaFunction<A, R>> {
  checkFunction("xla.compile", "the first argument", f);
  const what = describeCall("xla.compile", f);
  checkOptions("xla.compile", options, ["mesh", "inShardings", "outShardings", "donateArgnums"]);
  if (!Array.isArray(args)) throw new ArgumentError(`${what}: the arguments must be a list.`);
  const shapes = args.map((arg) => treeMap(abstract, arg, []));
  const { jaxpr, fun, defs } = traceAbstract("xla.compile", f, shapes);
  const name = f.name === "" ? "f" : f.name;
  const exported = programText(jaxpr, name, defs, fun.outDef, options, what);
  const paths = defs.flatMap((def, k) => leafPaths(def).map((path) => `argument ${k}${path}`));
  const mesh = xla.checkMesh(exported.mesh ?? xla.defaultMesh, what);
  const isDonated = flagArguments(numberList(options.donateArgnums), args.length, "donateArgnums", what);
  const donated = defs
    .flatMap(({ numLeaves }, k) => new Array<boolean>(numLeaves).fill(isDonated?.[k] === true))
    .flatMap((d, i) => (d ? [i] : []));
  const { text, ins, outs } = exported;
  const program = await Program.compile(session, { what, text, mesh, ins, outs, donated });
  const outDef = fun.outDef;
  return async (...given: DeviceArgs<A>): Promise<DeviceTree<R>> => {
    const list: readonly unknown[] = given;
    if (list.length !== defs.length)
      throw new ArgumentError(`${what}: compiled for ${defs.length} arguments; got ${list.length}.`);
    const leaves = list.flatMap((arg, k) => {
      const [found, def] = treeFlatten(arg);
      checkTree(defs[k], def, `${what}: argument ${k}`);
      return found;
    });
    const results = await program.call(leaves, (i) => `${what}: ${paths[i]}`);
    return treeUnflatten(outDef, results) as DeviceTree<R>;
  };
}
