/** @file The worker of Node. In a browser it is the same with `self` for `parentPort`. */
import { parentPort } from "node:worker_threads";
import { serve } from "./pool.ts";
import { tasks } from "./tasks.ts";

serve(parentPort!, tasks);
