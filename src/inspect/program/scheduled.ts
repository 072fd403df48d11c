/**
 * @file Programs scheduled as they are when they are compiled, by primitives that note in which buffer each operand lies (or that it
 * is computed where it is read): so buffers can be told by the equations that fill them.
 */
import { type ClosedJaxpr, ClosedJaxpr as Closed, type Eqn, Var } from "../../core/jaxpr/ir.ts";
import { installCompiler } from "../../jit/compiler.ts";
import { Constants, schedule } from "../../jit/schedule.ts";
import { invariant } from "../../base/util.ts";
import { Block } from "../../loops/ir/build.ts";
import { type Buffer, type Program, newBuffer, newLocal } from "../../loops/ir/ir.ts";
import { passes } from "../../loops/passes/pipeline.ts";
import { bufferPull, copyInto, scalarPull } from "../../loops/pull.ts";

/** A program before its passes, and the buffers of values that have one. */
export interface Scheduled {
  readonly program: Program;
  readonly buffers: ReadonlyMap<Var, Buffer>;
}

/** The program after the passes before the one of this name. */
export function passesUntil(program: Program, name: string): Program {
  installCompiler();
  const end = passes.findIndex((p) => p.name === name);
  invariant(end !== -1, `a pass ${name}`);
  return passes.slice(0, end).reduce((p, pass) => pass.run(p), program);
}

/** Schedules a simplified program without constants. */
export function scheduled(closed: ClosedJaxpr): Scheduled {
  const { jaxpr } = closed;
  const buffers = new Map<Var, Buffer>();
  const noting = (eqn: Eqn): Eqn => ({
    ...eqn,
    primitive: {
      ...eqn.primitive,
      lower: (context, args, params) => {
        eqn.inputs.forEach((a, i) => {
          const { buffer } = args[i];
          if (a instanceof Var && buffer !== undefined) buffers.set(a, buffer);
        });
        return eqn.primitive.lower(context, args, params);
      },
    },
  });
  const params = jaxpr.invars.map(({ aval }, i) =>
    aval.ndim === 0 ? newLocal(`x${i}`, aval.dtype) : newBuffer(`a${i}`, aval.dtype, aval.size),
  );
  const args = params.map((p, i) => {
    const { aval } = jaxpr.invars[i];
    return p.kind === "local" ? scalarPull(aval, p) : bufferPull(aval, p);
  });
  const outs = jaxpr.outs.map(({ aval }, i) =>
    aval.ndim === 0 ? null : newBuffer(`out${i}`, aval.dtype, aval.size),
  );
  const block = new Block();
  const constants = new Constants(false);
  const noted = new Closed({ ...jaxpr, eqns: jaxpr.eqns.map(noting) }, closed.consts);
  const results = schedule(block, noted, args, outs, constants).flatMap((pull, i) => {
    const [atom, buffer] = [jaxpr.outs[i], outs[i]];
    if (buffer === null) return [pull.at([])];
    if (pull.buffer !== buffer) copyInto(block, pull, buffer);
    if (atom instanceof Var && !buffers.has(atom)) buffers.set(atom, pull.buffer ?? buffer);
    return [];
  });
  const program = constants.addTo({
    name: "graph",
    params,
    outs: outs.filter((o) => o !== null),
    body: block.stmts,
    results,
  });
  return { program, buffers };
}
