/** @file What the cards of the gallery say, read when the site is built. */
import { programs } from "../make/gallery.ts";

export interface Card {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
}

declare const data: readonly Card[];
export { data };

export default {
  watch: ["../gallery/*.ts"],
  load: (): readonly Card[] => programs().map(({ name, title, summary }) => ({ name, title, summary })),
};
