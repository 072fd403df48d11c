/** @file The sidebar of the API reference, as api.ts wrote it down. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { root } from "./library.ts";

export const sidebarFile = join(root, "site/.made/api-sidebar.json");

export function apiSidebar(): DefaultTheme.SidebarItem[] {
  if (!existsSync(sidebarFile)) return [];
  return JSON.parse(readFileSync(sidebarFile, "utf8")) as DefaultTheme.SidebarItem[];
}
