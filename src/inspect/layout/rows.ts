/**
 * @file In which row each item of a group stands.
 *
 * On the left the longest way to an item counts its rows; items across both sides have a row of their own each, in the order of
 * evaluation. An item of the right stands in the row of what it faces, or higher, so that its operands lie below it; items
 * that would share a row with their operands are in rows between.
 */
import type { Box } from "./types.ts";

/** What an item needs and what needs it, of one side. */
export interface Needs {
  readonly before: ReadonlyMap<string, ReadonlySet<string>>;
  readonly after: ReadonlyMap<string, ReadonlySet<string>>;
}

const none: ReadonlySet<string> = new Set();
/** Between the rows of the left there is room for so many of the right. */
const step = 1 / 65536;

/** Items of one side, each behind those that it needs; ties as they stand. */
function inOrder(items: readonly Box[], { before }: Needs): Box[] {
  const byId = new Map(items.map((b) => [b.id, b] as const));
  const out: Box[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (b: Box): void => {
    if (state.has(b.id)) return;
    state.set(b.id, "open");
    for (const id of before.get(b.id) ?? none) {
      const need = byId.get(id);
      if (need !== undefined) visit(need);
    }
    state.set(b.id, "done");
    out.push(b);
  };
  items.forEach(visit);
  return out;
}

/** The levels of the left side: whole numbers. */
function leftLevels(items: readonly Box[], needs: Needs): Map<string, number> {
  const out = new Map<string, number>();
  const across = new Set<number>();
  let most = -1;
  const order = inOrder(items, needs);
  for (const b of order) {
    let level = 0;
    for (const id of needs.before.get(b.id) ?? none) level = Math.max(level, (out.get(id) ?? -1) + 1);
    if (b.side === "both") across.add((level = Math.max(level, most + 1)));
    else while (across.has(level)) level++;
    most = Math.max(most, level);
    out.set(b.id, level);
  }
  // What needs nothing stands next to its first reader.
  for (const b of [...order].reverse()) {
    if (b.side === "both" || (needs.before.get(b.id)?.size ?? 0) > 0) continue;
    const readers = [...(needs.after.get(b.id) ?? none)].map((id) => out.get(id) ?? Infinity);
    if (readers.length === 0) continue;
    let level = Math.min(...readers) - 1;
    while (across.has(level)) level--;
    if (Number.isFinite(level)) out.set(b.id, level);
  }
  return out;
}

/**
 * The level of each item: equal levels are one row, smaller ones are higher.
 * @param facing the item that one of the right faces, if it stands in the same group.
 */
export function levelsOf(
  items: readonly Box[],
  left: Needs,
  right: Needs,
  facing: (item: Box) => string | null,
): ReadonlyMap<string, number> {
  const out = leftLevels(
    items.filter((b) => b.side !== "adjoint"),
    left,
  );
  const across = new Set(items.filter((b) => b.side === "both").map((b) => out.get(b.id)!));
  const order = inOrder(
    items.filter((b) => b.side !== "forward"),
    right,
  );
  const byId = new Map(items.map((b) => [b.id, b] as const));
  // The lowest level that an item may have above which all stands that needs it.
  const lowest = new Map<string, number>();
  for (const b of [...order].reverse()) {
    let bound = -Infinity;
    for (const id of right.after.get(b.id) ?? none) {
      bound = Math.max(
        bound,
        (byId.get(id)!.side === "both" ? out.get(id)! : (lowest.get(id) ?? -Infinity)) + step,
      );
    }
    lowest.set(b.id, bound);
  }
  const bottom = Math.max(0, ...out.values());
  const faced = (b: Box): number | undefined => {
    const face = b.side === "both" ? b.id : facing(b);
    return face === null ? undefined : out.get(face);
  };
  /** What faces nothing and needs nothing stands below the lowest of its readers. */
  const below = (b: Box): number => {
    const readers = [...(right.after.get(b.id) ?? none)].flatMap((id) => faced(byId.get(id)!) ?? []);
    return readers.length === 0 ? bottom + 1 : Math.max(...readers) + step;
  };
  for (const b of order) {
    if (b.side === "both") continue;
    let bound = Infinity;
    for (const id of right.before.get(b.id) ?? none)
      bound = Math.min(bound, (out.get(id) ?? Infinity) - step);
    let level = faced(b) ?? (Number.isFinite(bound) ? bound : below(b));
    level = Math.min(Math.max(level, lowest.get(b.id)!), bound);
    if (across.has(level)) level -= step;
    out.set(b.id, level);
  }
  return out;
}
