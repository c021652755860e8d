// The arithmetic of the wall: how many tiles fit how, which page shows what, where an arrow key leads.

export const gridSizes = [1, 4, 9, 16, 25] as const
export type GridSize = (typeof gridSizes)[number]

export interface Shape {
  readonly columns: number
  readonly rows: number
}

export interface Box {
  readonly width: number
  readonly height: number
}

export interface Layout extends Shape {
  /** One tile, in whole pixels. */
  readonly tile: Box
}

export function squareShape(size: GridSize): Shape {
  const side = Math.round(Math.sqrt(size))
  return { columns: side, rows: side }
}

/** The grid in a box: pictures keep the aspect; room that is left goes, up to `margin`, to the badges above and below them. */
export function layoutIn(box: Box, shape: Shape, gap: number, margin = 0, aspect = 16 / 9): Layout {
  const width = Math.max(0, box.width - gap * (shape.columns - 1)) / shape.columns
  const height = Math.max(0, box.height - gap * (shape.rows - 1)) / shape.rows
  const fitted = Math.min(width, height * aspect)
  return { ...shape, tile: { width: Math.floor(fitted), height: Math.floor(Math.min(height, fitted / aspect + margin)) } }
}

export function pageCount(items: number, size: number): number {
  return Math.max(1, Math.ceil(items / size))
}

export function pageOf(index: number, size: number): number {
  return Math.floor(Math.max(0, index) / size)
}

export function clampPage(page: number, items: number, size: number): number {
  return Math.min(Math.max(0, page), pageCount(items, size) - 1)
}

export type Arrow = 'left' | 'right' | 'up' | 'down'

/** The place an arrow leads to inside the shape; it stops at the edges, so that holding a key never jumps about. */
export function step(place: number, arrow: Arrow, shape: Shape): number {
  const row = Math.floor(place / shape.columns)
  const column = place % shape.columns
  if (arrow === 'left') return column > 0 ? place - 1 : place
  if (arrow === 'right') return column < shape.columns - 1 ? place + 1 : place
  if (arrow === 'up') return row > 0 ? place - shape.columns : place
  return row < shape.rows - 1 ? place + shape.columns : place
}

/** The full picture for few and large tiles; sixteen full pictures would be too much for a line and for a desk's computer. */
export function layerFor(tile: Box, pixelRatio: number, tiles: number): 'main' | 'sub' {
  const height = tile.height * pixelRatio
  if (tiles <= 1) return 'main'
  if (tiles <= 4) return height >= 280 ? 'main' : 'sub'
  return tiles <= 9 && height >= 540 ? 'main' : 'sub'
}
