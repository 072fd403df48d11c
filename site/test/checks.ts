/** @file What is counted: checks by name, and those that failed. */
export interface Checks {
  readonly check: (name: string, f: () => Promise<void> | void) => Promise<void>;
  /** Prints the total; returns the number of failures. */
  close(): number;
}

export function makeChecks(): Checks {
  let passed = 0;
  const failed: string[] = [];
  return {
    async check(name, f) {
      try {
        await f();
        passed++;
      } catch (error) {
        failed.push(name);
        console.error(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    close() {
      console.log(`${passed} passed, ${failed.length} failed`);
      return failed.length;
    },
  };
}

export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
