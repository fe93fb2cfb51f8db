// Curves over time: rings of numbers, and how they are thinned and drawn.

/** The last numbers of a row, oldest first. */
export class Ring {
  private readonly values: Float32Array;
  private start = 0;
  length = 0;

  constructor(readonly room: number) {
    this.values = new Float32Array(room);
  }

  push(value: number): void {
    if (this.length < this.room) this.values[this.length++] = value;
    else {
      this.values[this.start] = value;
      this.start = (this.start + 1) % this.room;
    }
  }

  at(index: number): number {
    return this.values[(this.start + index) % this.room];
  }
}

/**
 * Thin a row to so many points by means of equal stretches; NaN where there is no number.
 *
 * Rows that are shorter stay as they are.
 */
export function thin(ring: Ring, points: number): Float32Array {
  const count = Math.min(points, ring.length);
  const thinned = new Float32Array(count);
  for (let k = 0; k < count; k++) {
    const from = Math.floor((k * ring.length) / count);
    const to = Math.max(from + 1, Math.floor(((k + 1) * ring.length) / count));
    let sum = 0;
    let numbers = 0;
    for (let i = from; i < to; i++) {
      const value = ring.at(i);
      if (Number.isNaN(value)) continue;
      sum += value;
      numbers++;
    }
    thinned[k] = numbers === 0 ? Number.NaN : sum / numbers;
  }
  return thinned;
}

/** The least round number that is not below: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (step * power >= value) return step * power;
  return 10 * power;
}

export interface Curve {
  ring: Ring;
  color: string;
  faint: boolean;
}

/** Draw curves from 0 to a round number above the highest; `over` says over what. */
export function drawCurves(
  pen: CanvasRenderingContext2D,
  width: number,
  height: number,
  curves: Curve[],
  over = "",
): void {
  const rows = curves.map(({ ring }) => thin(ring, Math.max(2, Math.floor(width / 2))));
  let most = 0;
  for (const row of rows) for (const value of row) if (value > most) most = value;
  const top = roundUp(most);
  const room = height - 4;
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = "rgb(255 255 255 / 45%)";
  pen.strokeStyle = "rgb(255 255 255 / 9%)";
  pen.lineWidth = 1;
  for (const share of [0, 0.5, 1]) {
    const y = Math.round(height - 2 - share * room) + 0.5;
    pen.beginPath();
    pen.moveTo(0, y);
    pen.lineTo(width, y);
    pen.stroke();
    if (share > 0) pen.fillText(String(top * share), 2, y + 10);
  }
  pen.textAlign = "right";
  pen.fillText(over, width - 2, 10);
  pen.textAlign = "left";
  pen.lineJoin = "round";
  for (const [k, row] of rows.entries()) {
    pen.strokeStyle = curves[k].color;
    pen.globalAlpha = curves[k].faint ? 0.15 : 0.95;
    pen.lineWidth = 1.6;
    pen.beginPath();
    let drawing = false;
    for (let i = 0; i < row.length; i++) {
      if (Number.isNaN(row[i])) continue;
      const x = row.length < 2 ? 0 : (i / (row.length - 1)) * width;
      const y = height - 2 - (row[i] / top) * room;
      if (drawing) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      drawing = true;
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
}
