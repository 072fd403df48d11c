// What programs of the playground have besides the library: seen by their editor, and by the checks of this repository.

/** Numbers along one axis; for `y` also two: a line for each row. */
type Plottable = { js(): unknown } | ArrayLike<number> | readonly Plottable[];

/** Draws lines, or points. */
declare function plot(y: Plottable, options?: PlotOptions): void;
declare function plot(x: Plottable, y: Plottable, options?: PlotOptions): void;
interface PlotOptions {
  title?: string;
  labels?: readonly string[];
  points?: boolean;
}

/** Prints values. */
declare function print(...values: unknown[]): void;

/** Shows the jaxpr of a function for arguments like these, its loops, and the code made of them. */
declare function inspect(f: (...args: never[]) => unknown, ...args: unknown[]): void;
