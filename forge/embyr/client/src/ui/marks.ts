// Marks on flat maps: dark with a light rim, so that no population has their colours; their outlines
// tell kinds of NPCs apart. forge/embyr/picture.py draws the same.

const HIDE = "#1e1b22";
const RIM = "#f6eed8";
/** A diamond, a square and a triangle, as corners around the middle. */
const OUTLINES = [
  [
    [0, -1.2],
    [1.2, 0],
    [0, 1.2],
    [-1.2, 0],
  ],
  [
    [-0.87, -0.87],
    [0.87, -0.87],
    [0.87, 0.87],
    [-0.87, 0.87],
  ],
  [
    [0, -1.25],
    [1.15, 0.75],
    [-1.15, 0.75],
  ],
] as const;

/** Draw the mark of a kind of NPC, which begins with 1; its radius is about `size`. */
export function drawNpc(
  pen: CanvasRenderingContext2D,
  kind: number,
  x: number,
  y: number,
  size: number,
): void {
  const outline = OUTLINES[Math.min(Math.max(kind, 1), OUTLINES.length) - 1];
  pen.beginPath();
  for (const [right, down] of outline) pen.lineTo(x + right * size, y + down * size);
  pen.closePath();
  pen.fillStyle = HIDE;
  pen.strokeStyle = RIM;
  pen.lineWidth = size * 0.38;
  pen.lineJoin = "miter";
  pen.stroke();
  pen.fill();
}

/** The same mark among words, as a drawing on a field of 24 × 24. */
export function npcMark(kind: number): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "mark");
  svg.setAttribute("aria-hidden", "true");
  const outline = OUTLINES[Math.min(Math.max(kind, 1), OUTLINES.length) - 1];
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  const corners = outline.map(([right, down]) => `${12 + right * 7.5},${12 + down * 7.5}`);
  shape.setAttribute("points", corners.join(" "));
  shape.setAttribute("fill", HIDE);
  shape.setAttribute("stroke", RIM);
  shape.setAttribute("stroke-width", "2.4");
  svg.append(shape);
  return svg;
}
