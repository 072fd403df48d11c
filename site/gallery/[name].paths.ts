/** @file The pages of the gallery: one for each module of this folder, with its source. */
import { programs } from "../make/gallery.ts";

export const pages = {
  watch: ["./*.ts"],
  paths: () =>
    programs().map(({ name, title, summary, source }) => ({
      params: { name, title, summary },
      content: `\`\`\`typescript\n${source.trim()}\n\`\`\``,
    })),
};

export default pages;
