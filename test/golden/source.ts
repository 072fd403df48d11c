/** @file The mode that writes a function as a module and runs that: what it computes, and its derivatives, are those recorded. */
import { toSource } from "../../src/source/index.ts";
import { defaultOf } from "../source/module.ts";
import type { Wrap } from "./derivatives.ts";

type OfAny = (...xs: readonly unknown[]) => unknown;

export const asModule: Wrap =
  (f) =>
  (...xs) => {
    const text = (toSource as OfAny)(f, ...xs) as string;
    try {
      return (defaultOf(text) as OfAny)(...xs);
    } catch (error) {
      if (error instanceof Error) error.message += `\n${text}`;
      throw error;
    }
  };
