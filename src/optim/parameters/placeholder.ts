/** @file Stands for a tree of parameters, so that a state shows where it holds such trees. */
import { type PytreeNode, asNode } from "../../core/tree.ts";

/** A tree without leaves. */
export class ParamsPlaceholder {
  /** What it stands for, in messages. */
  readonly role = "parameters";

  get [asNode](): PytreeNode<ParamsPlaceholder> {
    return paramsPlaceholderNode;
  }
}

const paramsPlaceholderNode: PytreeNode<ParamsPlaceholder> = {
  flatten: () => ({ children: [], aux: null }),
  unflatten: () => new ParamsPlaceholder(),
};
