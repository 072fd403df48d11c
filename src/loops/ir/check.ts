/** @file The checker of loop programs: scopes, dtypes, and the ranges of indices where they are known. */
import { CheckError } from "../../base/errors.ts";
import { scalarOp } from "./scalar.ts";
import { rangeOf } from "./affine.ts";
import type { Buffer, Contract, Expr, Local, Program, Stmt } from "./ir.ts";
import { rangeOfVariable } from "./contract.ts";
import { printProgram } from "./print.ts";
import { calledFunctions, operands, stmtBodies, stmtExprs } from "./traverse.ts";

/** @throws CheckError with the text of the program. */
export function checkProgram(program: Program): void {
  const fail = (message: string): never => {
    throw new CheckError(`internal: loop program check failed: ${message}\n${printProgram(program)}`);
  };
  const outer = new Set<number>([...program.params, ...program.outs].map((p) => p.id));
  const scope = checkBlock(program.body, outer, fail);
  program.results.forEach((e) => checkExpr(e, scope, fail));
  for (const fn of calledFunctions(program)) {
    const own = checkBlock(fn.body, new Set<number>(fn.params.map((p) => p.id)), fail);
    checkExpr(fn.result, own, fail);
  }
}

type Fail = (message: string) => never;

function checkIndex(buffer: Buffer, index: Expr, fail: Fail): void {
  const [lo, hi] = rangeOf(index);
  if (index.dtype !== "int32") fail(`index of ${buffer.name} is ${index.dtype}`);
  if ((lo !== -Infinity && lo < 0) || (hi !== Infinity && hi >= buffer.size)) {
    fail(`index ${lo} … ${hi} of ${buffer.name}[${buffer.size}]`);
  }
}

function checkExpr(e: Expr, scope: ReadonlySet<number>, fail: Fail): void {
  for (const x of operands(e)) checkExpr(x, scope, fail);
  if (e.kind === "local" && !scope.has(e.id)) fail(`local ${e.name} is used outside its scope`);
  if (e.kind === "load") {
    if (!scope.has(e.buffer.id)) fail(`buffer ${e.buffer.name} is not in scope`);
    checkIndex(e.buffer, e.index, fail);
  }
  if (e.kind === "op") {
    const def = scalarOp(e.op);
    if (e.args.length !== def.arity) fail(`${e.op} of ${e.args.length} operands`);
    const values = e.op === "select" ? e.args.slice(1) : e.args;
    if (values.some((a) => a.dtype !== values[0].dtype))
      fail(`${e.op} of ${values.map((a) => a.dtype).join(" and ")}`);
    if (e.op === "select" && e.args[0].dtype !== "bool") fail("select by a value that is not bool");
    if (e.dtype !== (def.result ?? values[0].dtype)) fail(`${e.op} typed ${e.dtype}`);
  }
}

/** Checks a block and returns what is in scope at its end. */
function checkBlock(stmts: readonly Stmt[], outer: ReadonlySet<number>, fail: Fail): ReadonlySet<number> {
  const scope = new Set(outer);
  for (const s of stmts) {
    if (s.kind === "contract") checkContract(s, scope, fail);
    else for (const e of stmtExprs(s)) checkExpr(e, scope, fail);
    checkStmt(s, scope, fail);
    const inside = s.kind === "for" ? new Set([...scope, s.local.id]) : scope;
    for (const body of stmtBodies(s)) checkBlock(body, inside, fail);
  }
  return scope;
}

/** Checks the expressions of a contraction, in which its variables are known. */
function checkContract(s: Contract, scope: ReadonlySet<number>, fail: Fail): void {
  for (const v of ["row", "column", "inner"] as const)
    for (const end of rangeOfVariable(s, v)) checkExpr(end, scope, fail);
  const inside = new Set([...scope, s.batch.id, s.row.id, s.column.id]);
  checkExpr(s.index, inside, fail);
  if (s.base !== undefined) checkExpr(s.base, inside, fail);
  inside.add(s.inner.id);
  checkExpr(s.x, inside, fail);
  checkExpr(s.y, inside, fail);
  if ([s.x, s.y, s.base ?? s.x].some((e) => e.dtype !== s.sum))
    fail(`operands of a contraction summed in ${s.sum}`);
  if (s.inner.hi >= 0 && s.row.hi >= 0) checkIndex(s.buffer, s.index, fail);
}

/** Checks a statement whose expressions are right, and adds what it declares to the scope. */
function checkStmt(s: Stmt, scope: Set<number>, fail: Fail): void {
  const assign = (local: Local, value: Expr): void => {
    if (!scope.has(local.id)) fail(`assignment to ${local.name} outside its scope`);
    if (local.dtype !== value.dtype) fail(`${local.name} is ${local.dtype}, its value ${value.dtype}`);
  };
  switch (s.kind) {
    case "let":
    case "var":
      if (scope.has(s.local.id)) fail(`${s.local.name} is bound twice`);
      scope.add(s.local.id);
      assign(s.local, s.value);
      return;
    case "set":
    case "accumulate":
      assign(s.local, s.value);
      return;
    case "store":
      if (!scope.has(s.buffer.id)) fail(`buffer ${s.buffer.name} is not in scope`);
      checkIndex(s.buffer, s.index, fail);
      if (s.buffer.dtype !== s.value.dtype)
        fail(`${s.value.dtype} stored into ${s.buffer.name}:${s.buffer.dtype}`);
      return;
    case "alloc":
      scope.add(s.buffer.id);
      return;
    case "for":
      if (s.step < 1) fail("a loop's step must be positive");
      return;
    case "while":
    case "if":
      if (s.test.dtype !== "bool") fail(`a test of dtype ${s.test.dtype}`);
      return;
    case "host":
      for (const b of [...s.inputs, ...s.outputs])
        if (!scope.has(b.id)) fail(`buffer ${b.name} is not in scope`);
      return;
    case "contract":
    case "tile":
  }
}
