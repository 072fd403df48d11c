/**
 * @file Mistakes that are found only when a program is compiled or runs (a derivative that does not exist, an array that no
 * memory holds, a callback that throws) tell of the user's line, where lines are recorded: the call of the compiled function,
 * from which they are thrown, may be far from it.
 */
import type { Origin } from "../loops/ir/ir.ts";

const told = new WeakSet<Error>();

/** Adds to the message of an error the operation in which it arose: the innermost, which is told first. */
export function tell(e: unknown, { operation, source }: Origin): void {
  if (!(e instanceof Error) || told.has(e)) return;
  told.add(e);
  const where = `\n  in the ${source.backward ? "derivative of the " : ""}operation ${operation} at ${String(source.site)}`;
  e.message += where;
  if (e.stack !== undefined) e.stack = e.stack.replace(/(?=\n\s+at )|$/, () => where);
}

/** Runs what writes an equation's statements. */
export function tellingOf<R>(origin: Origin, f: () => R): R {
  try {
    return f();
  } catch (e) {
    tell(e, origin);
    throw e;
  }
}
