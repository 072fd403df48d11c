/** @file What a layout is given and gives: boxes in boxes with nets between them, in rows from top to bottom. */

/** Where a box stands: left of the gutter, right of it, or (if it is a group) across. Nets of the left run down, those of the right up. */
export type Side = "forward" | "adjoint" | "both";

/** A box with a size of its own, or with others in it. */
export type Box = LeafBox | GroupBox;

export interface LeafBox {
  readonly kind: "leaf";
  readonly id: string;
  readonly side: "forward" | "adjoint";
  readonly width: number;
  readonly height: number;
  /** For a box of the right side: one of the left that it should face. */
  readonly partner: string | null;
}

export interface GroupBox {
  readonly kind: "group";
  readonly id: string;
  readonly side: Side;
  readonly items: readonly Box[];
  /** The space for its title, above what is in it; and around. */
  readonly header: number;
  readonly padding: number;
  readonly minWidth: number;
}

/** A value on its way from one leaf to others. */
export interface Net {
  readonly key: string;
  readonly kind: "forward" | "adjoint" | "residual";
  readonly from: string;
  readonly to: readonly string[];
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** A part of a net's way: a curve that begins and ends upright, or straight parts with rounded corners. */
export interface Piece {
  readonly net: string;
  readonly kind: "curve" | "corners";
  readonly points: readonly Point[];
  /** Whether the value arrives here at a leaf: at the last point, which lies at that leaf. */
  readonly into: string | null;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Rect>;
  readonly pieces: readonly Piece[];
}
