/** @file Loop programs as text, in the notation of ir.ts. */
import { shortName } from "../../dtypes/dtype.ts";
import { type ContractVariable, rangeOfVariable } from "./contract.ts";
import type { Buffer, Expr, Local, Program, Stmt } from "./ir.ts";
import { calledFunctions } from "./traverse.ts";

/** Unique, readable names: a local's own name, numbered from its second bearer on. */
class Names {
  readonly #names = new Map<number, string>();
  readonly #count = new Map<string, number>();
  of(x: Buffer | Local): string {
    let name = this.#names.get(x.id);
    if (name === undefined) {
      const n = this.#count.get(x.name) ?? 0;
      this.#count.set(x.name, n + 1);
      name = n === 0 ? x.name : `${x.name}_${n}`;
      this.#names.set(x.id, name);
    }
    return name;
  }
}

function exprText(e: Expr, names: Names): string {
  const go = (x: Expr): string => exprText(x, names);
  switch (e.kind) {
    case "const":
      return e.dtype === "int32"
        ? String(e.value)
        : `${Object.is(e.value, -0) ? "-0" : e.value}:${shortName(e.dtype)}`;
    case "local":
      return names.of(e);
    case "affine": {
      const terms = e.terms.map((t) => (t.factor === 1 ? go(t.atom) : `${t.factor}·${go(t.atom)}`));
      return `(${[...terms, ...(e.offset === 0 ? [] : [String(e.offset)])].join(" + ")})`;
    }
    case "load":
      return `${names.of(e.buffer)}[${go(e.index)}]`;
    case "op":
      return `${e.op}(${e.args.map(go).join(", ")})`;
    case "call":
      return `${e.fn.name}(${e.args.map(go).join(", ")})`;
    case "cast":
    case "bits":
      return `${e.kind}<${shortName(e.dtype)}>(${go(e.arg)})`;
  }
}

function stmtLines(stmts: readonly Stmt[], names: Names, indent: string): string[] {
  const go = (body: readonly Stmt[]): string[] => stmtLines(body, names, `${indent}  `);
  const text = (e: Expr): string => exprText(e, names);
  return stmts.flatMap((s): string[] => {
    switch (s.kind) {
      case "let":
      case "var":
        return [`${indent}${s.kind} ${names.of(s.local)}:${shortName(s.local.dtype)} = ${text(s.value)}`];
      case "set":
        return [`${indent}${names.of(s.local)} := ${text(s.value)}`];
      case "accumulate":
        return [`${indent}${names.of(s.local)} ${s.op}= ${text(s.value)}`];
      case "store":
        return [`${indent}${names.of(s.buffer)}[${text(s.index)}] := ${text(s.value)}`];
      case "alloc":
        return [`${indent}alloc ${names.of(s.buffer)}:${shortName(s.buffer.dtype)}[${s.buffer.size}]`];
      case "for": {
        const by = s.step === 1 ? "" : ` by ${s.step}`;
        return [
          `${indent}for ${names.of(s.local)} in ${text(s.lo)} … ${text(s.hi)}${by} {`,
          ...go(s.body),
          `${indent}}`,
        ];
      }
      case "contract": {
        const span = (v: ContractVariable): string =>
          `${names.of(s[v])} in ${rangeOfVariable(s, v).map(text).join(" … ")}`;
        const domain = (["batch", "row", "column"] as const).filter((v) => s[v].hi > 0).map(span);
        const over = domain.length === 0 ? "" : ` for ${domain.join(", ")}`;
        const base = s.base === undefined ? "" : `${text(s.base)} + `;
        const sum = `${base}Σ ${span("inner")}: ${text(s.x)} · ${text(s.y)}`;
        const line = `${indent}${names.of(s.buffer)}[${text(s.index)}] := ${sum}${over}`;
        if (s.epilogue === undefined) return [line];
        const [row] = s.epilogue;
        const [column] = row.body;
        const head = `${line} then for ${names.of(row.local)}, ${names.of(column.local)} {`;
        return [head, ...go(column.body), `${indent}}`];
      }
      case "tile":
        return [
          `${indent}tile ${names.of(s.buffer)}[${text(s.index)}] ${s.rows}×${s.columns} of ${names.of(s.a)}[${text(s.aIndex)}]` +
            `${s.aRow ? ` by ${text(s.aRow)}` : ""} and ${names.of(s.b)}[${text(s.bIndex)}], ${text(s.length)} steps`,
        ];
      case "host": {
        const list = (buffers: readonly Buffer[]): string => buffers.map((b) => names.of(b)).join(", ");
        const outputs = s.outputs.length === 0 ? "" : `${list(s.outputs)} := `;
        return [`${indent}${outputs}host ${s.call.name}(${list(s.inputs)})`];
      }
      case "while":
        return [`${indent}while ${text(s.test)} {`, ...go(s.body), `${indent}}`];
      case "if": {
        const otherwise = s.else.length === 0 ? [] : [`${indent}} else {`, ...go(s.else)];
        return [`${indent}if ${text(s.test)} {`, ...go(s.then), ...otherwise, `${indent}}`];
      }
    }
  });
}

export function printProgram(program: Program): string {
  const names = new Names();
  const declare = (x: Buffer | Local): string =>
    `${names.of(x)}:${shortName(x.dtype)}${x.kind === "buffer" ? `[${x.size}]` : ""}`;
  const functions = calledFunctions(program).flatMap((f) => {
    const own = new Names();
    const params = f.params.map((p) => `${own.of(p)}:${shortName(p.dtype)}`).join(", ");
    return [
      `fn ${f.name}(${params}) {`,
      ...stmtLines(f.body, own, "  "),
      `  → ${exprText(f.result, own)}`,
      "}",
    ];
  });
  const head = `${program.name}(${program.params.map(declare).join(", ")})`;
  const outs = [...program.outs.map(declare), ...program.results.map((r) => exprText(r, names))];
  return [
    ...functions,
    `${head} {`,
    ...stmtLines(program.body, names, "  "),
    `} → (${outs.join(", ")})`,
  ].join("\n");
}
