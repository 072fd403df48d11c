/**
 * @file The memory plan: temporary buffers whose lives do not meet share one place.
 *
 * A buffer lives from the first to the last statement (of the program's top level) that touches it. Those of which threads
 * may have their own are placed last, when there are loops for threads: what such a place holds then never outlives a
 * statement of the top level, whatever has been merged in it, and privateTo (independence.ts) may look at each alone.
 */
import type { Buffer, Expr, Program, Stmt } from "../ir/ir.ts";
import { effectsOfExprs } from "../ir/effects.ts";
import { renameBuffers, replaceStmts, visitBuffers } from "../ir/traverse.ts";
import { newBuffer } from "../ir/ir.ts";

/** From which statement of the program's top to which a temporary is used; past the end if results read it. */
export interface Life {
  readonly buffer: Buffer;
  first: number;
  last: number;
}

/** The lives of a program's temporaries. */
export function livesOf(body: readonly Stmt[], results: readonly Expr[]): Map<Buffer, Life> {
  const lives = new Map<Buffer, Life>();
  for (const s of body)
    if (s.kind === "alloc") lives.set(s.buffer, { buffer: s.buffer, first: -1, last: -1 });
  body.forEach((s, i) => {
    if (s.kind === "alloc") return;
    visitBuffers([s], (b) => {
      const life = lives.get(b);
      if (life === undefined) return;
      if (life.first === -1) life.first = i;
      life.last = i;
    });
  });
  for (const b of effectsOfExprs(results).loads.keys()) {
    const life = lives.get(b);
    if (life !== undefined) life.last = body.length;
  }
  return lives;
}

/** A place, and the last statement of what is in it. */
interface Busy {
  readonly place: Buffer;
  until: number;
}

/** Gives each buffer a place among those whose lives are over: of one dtype, the smallest that is large enough. */
export function placesOf(lives: Iterable<Life>): Map<Buffer, Buffer> {
  const order = [...lives].sort((a, b) => a.first - b.first);
  const places = new Map<Buffer, Buffer>();
  const busy: Busy[] = [];
  for (const life of order) {
    let free: Busy | null = null;
    for (const b of busy) {
      const fits =
        b.until < life.first &&
        b.place.dtype === life.buffer.dtype &&
        b.place.perThread === life.buffer.perThread &&
        b.place.size >= life.buffer.size;
      if (fits && (free === null || b.place.size < free.place.size)) free = b;
    }
    if (free === null) {
      places.set(life.buffer, life.buffer);
      busy.push({ place: life.buffer, until: life.last });
    } else {
      places.set(life.buffer, free.place);
      free.until = life.last;
    }
  }
  return places;
}

/** Temporaries that live in several statements of the top level belong to all threads. */
function shareLong(lives: readonly Life[]): Map<Buffer, Buffer> {
  const out = new Map<Buffer, Buffer>();
  for (const { buffer, first, last } of lives) {
    if (buffer.perThread === true && first !== last)
      out.set(buffer, newBuffer(buffer.name, buffer.dtype, buffer.size));
  }
  return out;
}

/** The program with its temporaries sharing places, but for those of which threads may have their own. */
export function planMemory(program: Program): Program {
  const lives = livesOf(program.body, program.results);
  return place(
    program,
    [...lives.values()].filter((life) => life.buffer.perThread !== true),
  );
}

/** The plan of a program whose loops are complete, and so of all temporaries. */
export function planAllMemory(program: Program): Program {
  const lives = [...livesOf(program.body, program.results).values()];
  const long = shareLong(lives);
  const moved = lives.map((life) => ({ ...life, buffer: long.get(life.buffer) ?? life.buffer }));
  return place(long.size === 0 ? program : renameBuffers(program, long), moved);
}

function place(program: Program, lives: readonly Life[]): Program {
  if (lives.length < 2) return program;
  const places = placesOf(lives);
  const body = replaceStmts(program.body, (s) =>
    s.kind === "alloc" && (places.get(s.buffer) ?? s.buffer) !== s.buffer ? [] : null,
  );
  return renameBuffers({ ...program, body }, places);
}
