/** @file VitePress's theme with the fonts of the reader's system, and the components of the site's pages. */
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { defineAsyncComponent } from "vue";
import { installRunBlocks } from "../../components/runBlocks.ts";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app, router }) {
    if (!import.meta.env.SSR) installRunBlocks(router);
    app.component(
      "GalleryCards",
      defineAsyncComponent(() => import("../../components/GalleryCards.vue")),
    );
    app.component(
      "GalleryDemo",
      defineAsyncComponent(() => import("../../components/GalleryDemo.vue")),
    );
    app.component(
      "MeasurePage",
      defineAsyncComponent(() => import("../../components/MeasurePage.vue")),
    );
    app.component(
      "PlaygroundPage",
      defineAsyncComponent(() => import("../../components/PlaygroundPage.vue")),
    );
  },
} satisfies Theme;
