/** @file All programs: by the name of the function, and by the expression in a vector's `doc`. */
import type { Programs } from "./common.ts";
import { controlFlowPrograms } from "./control-flow.ts";
import { customPrograms } from "./custom.ts";
import { derivativePrograms } from "./derivatives.ts";
import { derivedPrograms } from "./derived.ts";
import { errorPrograms } from "./errors.ts";
import { libraryExpressions } from "./expressions.ts";
import type { Expression } from "./expressions.ts";
import { jetPrograms } from "./jet.ts";
import { learningPrograms } from "./learning.ts";
import { optimizerExpressions } from "./optimizers.ts";
import { sciencePrograms } from "./science.ts";
import { surveyPrograms } from "./survey.ts";
import { treePrograms } from "./trees.ts";
import { vmapPrograms } from "./vmap.ts";

type Fn = (...args: unknown[]) => unknown;

const all: Programs = {
  ...controlFlowPrograms,
  ...customPrograms,
  ...derivativePrograms,
  ...derivedPrograms,
  ...errorPrograms,
  ...jetPrograms,
  ...learningPrograms,
  ...sciencePrograms,
  ...surveyPrograms,
  ...treePrograms,
  ...vmapPrograms,
};

/** Expressions of library functions that a vector defines in its `doc`. */
const expressions: readonly Expression[] = [...libraryExpressions, ...optimizerExpressions];

/** The program of a vector, by its name or else by the text of its definition. */
export function programOf(fn: string, doc: string | undefined): Fn | undefined {
  const program = all[fn] ?? expressions.find((e) => e.fn === fn && e.doc === doc)?.program;
  return program as Fn | undefined;
}
