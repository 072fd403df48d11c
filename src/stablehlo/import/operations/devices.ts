/**
 * @file What programs for several devices say: annotations, which mean nothing on one, and collectives, which on one device
 * have nobody to talk to. Programs for more are refused.
 */
import * as lax from "../../../control-flow/lax.ts";
import type { NDArray } from "../../../core/array.ts";
import { type Call, type Handler, type Handlers, integersOf } from "./call.ts";

const same: Handler = (c) => [...c.data];

/** Refuses groups of several devices. */
function requireAlone(c: Call, name: string): void {
  const groups = c.attribute(name);
  if (groups === undefined) return;
  const members = integersOf(groups);
  if (members === null || members.some((m) => m > 0))
    throw c.error(
      "the program is for several devices; one can be imported that is for one. Export it without shard_map.",
    );
}

const alone =
  (f: (c: Call) => NDArray | readonly NDArray[]): Handler =>
  (c) => {
    requireAlone(c, "replica_groups");
    return f(c);
  };

/** The one device sends to itself, or nobody does. */
const permute: Handler = (c) => {
  requireAlone(c, "source_target_pairs");
  const pairs = integersOf(c.attribute("source_target_pairs") ?? []) ?? [];
  return pairs.length > 0 ? c.x : lax.fullLike(c.x, 0);
};

/** A region on the parts of arrays that one device holds: all of them, where it is the only one. */
const manual: Handler = (c) => {
  const block = c.block(0, c.data.length);
  c.op.operands.forEach(({ type }, i) => {
    if (type.text !== block.args[i].type.text)
      throw c.error("the program is for several devices; one can be imported that is for one.");
  });
  return c.run(block, c.arrays());
};

const first: Handler = (c) => lax.full([], 0, c.dtype);

/** Operations that are known and refused. */
const refused =
  (why: string): Handler =>
  (c) => {
    throw c.error(why);
  };
const quantised = "quantised types have no counterpart. Export the program in floats.";
const hostData = "the program talks to its host while it runs, which is not here.";

export const devices: Handlers = {
  "stablehlo.infeed": refused(hostData),
  "stablehlo.outfeed": refused(hostData),
  "stablehlo.recv": refused(hostData),
  "stablehlo.send": refused(hostData),
  "stablehlo.uniform_dequantize": refused(quantised),
  "stablehlo.uniform_quantize": refused(quantised),
  "sdy.manual_computation": manual,
  "sdy.propagation_barrier": same,
  "sdy.reshard": same,
  "sdy.sharding_constraint": same,
  "sdy.sharding_group": () => [],
  "stablehlo.all_gather": alone((c) => c.arrays()),
  "stablehlo.all_reduce": alone((c) => c.arrays()),
  "stablehlo.all_to_all": alone((c) => c.arrays()),
  "stablehlo.collective_broadcast": alone((c) => c.arrays()),
  "stablehlo.collective_permute": permute,
  "stablehlo.cross-replica-sum": alone((c) => c.arrays()),
  "stablehlo.partition_id": first,
  "stablehlo.reduce_scatter": alone((c) => c.arrays()),
  "stablehlo.replica_id": first,
};
