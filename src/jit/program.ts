/**
 * @file Loop programs: those of whole jaxprs, and those of single equations, which eager evaluation runs.
 *
 * Arrays are given and returned in buffers, 0-d values as numbers.
 */
import { config } from "../base/config.ts";
import { invariant } from "../base/util.ts";
import { dtypeInfo } from "../dtypes/dtype.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { Block } from "../loops/ir/build.ts";
import { collapseLoops } from "../loops/passes/collapse.ts";
import { type Buffer, type Expr, type Local, type Program, newBuffer, newLocal } from "../loops/ir/ir.ts";
import { type Destination, writeLowered } from "../loops/nests.ts";
import { type Pull, bufferPull, copyInto, scalarPull } from "../loops/pull.ts";
import { Constants, schedule } from "./schedule.ts";
import type { BackendUsed } from "./runner.ts";
import { wholePrograms } from "./whole-programs.ts";

/** Writes the statements of a program, and returns the values of its 0-d outputs, null for the others. */
type Write = (
  b: Block,
  args: readonly Pull[],
  outs: readonly Destination[],
  constants: Constants,
) => readonly (Expr | null | undefined)[];

function programOf(
  name: string,
  inAvals: readonly ShapedArray[],
  outAvals: readonly ShapedArray[],
  write: Write,
  lines = false,
): Program {
  const params = inAvals.map((aval, i): Buffer | Local =>
    aval.ndim === 0 ? newLocal(`x${i}`, aval.dtype) : newBuffer(`a${i}`, aval.dtype, aval.size),
  );
  const outs = outAvals.map((aval, i): Destination =>
    aval.ndim === 0 ? null : newBuffer(`out${i}`, aval.dtype, aval.size),
  );
  const args = params.map((p, i) =>
    p.kind === "local" ? scalarPull(inAvals[i], p) : bufferPull(inAvals[i], p),
  );
  const b = new Block();
  const constants = new Constants(lines);
  const results = write(b, args, outs, constants);
  return constants.addTo({
    name,
    params,
    outs: outs.filter((o) => o !== null),
    body: b.stmts,
    results: results.filter((r) => r !== null && r !== undefined),
  });
}

function checked(program: Program): Program {
  if (config.values.enableChecks) wholePrograms.value?.check(program);
  return program;
}

/** All that single operations need of the passes. */
const collapsed = (program: Program): Program => ({ ...program, body: collapseLoops(program.body) });

/** Whether a program is compiled so that a debugger can step through it by the user's lines. */
export const knowsLines = ({ jaxpr }: ClosedJaxpr): boolean =>
  jaxpr.eqns.some((e) => e.source?.steps === true);

/** The program of a simplified jaxpr without constants. */
export function jaxprProgram(closed: ClosedJaxpr, name: string): Program {
  invariant(closed.consts.length === 0, "constants are made inputs before compilation");
  const write: Write = (b, args, outs, constants) =>
    schedule(b, closed, args, outs, constants).map((pull, i) => {
      const buffer = outs[i];
      if (buffer === null) return pull.at([]);
      if (pull.buffer !== buffer) copyInto(b, pull, buffer);
      return null;
    });
  const program = programOf(name, closed.inAvals, closed.outAvals, write, knowsLines(closed));
  checked(program);
  return checked(wholePrograms.value?.optimize(program) ?? collapsed(program));
}

/** Loop nests at the top of a program. */
export const kernelsOf = ({ body }: Program): number => body.filter((s) => s.kind === "for").length;

/** Bytes of temporary buffers. */
export const temporaryBytes = ({ body }: Program): number =>
  body.reduce((n, s) => (s.kind === "alloc" ? n + s.buffer.size * dtypeInfo(s.buffer.dtype).bytes : n), 0);

/** Bytes that a compiled program holds, roughly: its equations, its code, and the buffers that generated JavaScript owns. */
export const weightOf = ({ jaxpr }: ClosedJaxpr, program: Program, backend: BackendUsed): number =>
  16_384 +
  4096 * (jaxpr.eqns.length + program.body.length) +
  (backend === "js" ? temporaryBytes(program) : 0);

/** The program of one equation without complex operands and results. */
export function equationProgram(
  primitive: Primitive,
  inAvals: readonly ShapedArray[],
  params: Params,
  outAvals: readonly ShapedArray[],
): Program {
  const program = programOf(primitive.name, inAvals, outAvals, (b, args, outs, constants) => {
    const results: Expr[] = [];
    writeLowered(
      b,
      primitive.lower(constants.context(outAvals), args, params),
      args,
      outAvals,
      outs,
      results,
    );
    return results;
  });
  return checked(collapsed(program));
}
