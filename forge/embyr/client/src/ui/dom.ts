// Small helpers for the page's elements.

type Child = Node | string;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void)>;

/** Make an element; functions are listeners, true and false set or leave out an attribute. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** Line drawings on a field of 24 × 24. */
const ICONS = {
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  back: "M18 5v14L8 12zM6 5v14",
  forth: "M6 5v14l10-7zM18 5v14",
  now: "M4 5v14l8-7zM12 5v14l8-7z",
  skull: "M12 3a8 8 0 0 0-5 14v3h10v-3a8 8 0 0 0-5-14zM9 11h.01M15 11h.01M10.5 20v-2M13.5 20v-2",
  sword: "M19 4l-9.5 9.5M19 4l-4 .6-7.5 7.5M6 12l6 6M8.5 15.5L4 20",
  birth: "M12 3v5M12 16v5M3 12h5M16 12h5M6 6l3 3M15 15l3 3M18 6l-3 3M9 15l-3 3",
  camera: "M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10a3.2 3.2 0 1 0 .01 0",
  home: "M3 12l9-8 9 8M6 10v9h12v-9",
  help: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 17.5h.01",
  layers: "M12 4l9 5-9 5-9-5zM3 14l9 5 9-5",
  eye: "M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zM12 9.5a2.5 2.5 0 1 0 .01 0",
  target: "M12 4v3M12 17v3M4 12h3M17 12h3M12 8a4 4 0 1 0 .01 0",
  pin: "M9 3h6l-1 7 3 3H7l3-3zM12 13v8",
  close: "M6 6l12 12M18 6L6 18",
  people:
    "M9 11a3 3 0 1 0-.01 0M3.5 19c0-3 2.5-5 5.5-5s5.5 2 5.5 5M16 11.5a2.5 2.5 0 1 0 0-5M17 14c2.2.4 3.5 2 3.5 4.5",
  list: "M8 7h12M8 12h12M8 17h12M4 7h.01M4 12h.01M4 17h.01",
  map: "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14",
  trophy: "M8 4h8v5a4 4 0 0 1-8 0zM8 5H4c0 3 1.5 5 4 5M16 5h4c0 3-1.5 5-4 5M12 13v4M8 20h8",
  sack: "M9 4h6l-1.5 4c4 2 5.5 5 5.5 8 0 3-2 4-7 4s-7-1-7-4c0-3 1.5-6 5.5-8z",
  swap: "M4 8h13l-3-3M20 16H7l3 3",
  rise: "M6 13l6-6 6 6M6 19l6-6 6 6",
  pick: "M4 10c4-6 12-6 16 0M12 6v15",
  rows: "M4 6h7M14 6h6M4 12h3M10 12h10M4 18h10M17 18h3",
  refresh: "M19 8a8 8 0 1 0 1 5M20 4v5h-5",
  leaf: "M5 19C4 10 10 4 20 4c0 10-6 16-15 15zM5 19l8-8",
  drop: "M12 3c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z",
  burst: "M12 2.5l2 6 5.5-3-3 5.5 6 2-6 2 3 5.5-5.5-3-2 6-2-6-5.5 3 3-5.5-6-2 6-2-3-5.5 5.5 3z",
  arrow: "M4 20L19 5M13 4h7v7",
  flag: "M6 21V4M6 4.5c4-2 8 2 12 0v8c-4 2-8-2-12 0",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2.2 2.2L15.5 10",
  unshield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12h6",
  cup: "M5 8h11v6a5 5 0 0 1-11 0zM16 9h2a2.5 2.5 0 0 1 0 5h-2M9 5V3M12 5V3",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M11 11v5M13 11v5",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01",
  gift: "M4 11h16v9H4zM3 7.5h18V11H3zM12 7.5V20M12 7.5C9 7.5 7 6.5 7.5 4.5S11.500 4 12 7.500c.5-3.500 4-5 4.500-3s-1.500 3-4.500 3z",
  coin: "M12 4a8 8 0 1 0 .01 0M12 8v8M14.500 9.500c-1-1-5-1-5 .8s5 1.600 5 3.400-4 1.800-5 .6",
  sliders: "M4 7h9M17 7h3M13 5v4M4 17h3M11 17h9M7 15v4",
} as const;

export type Icon = keyof typeof ICONS;

export function icon(name: Icon): SVGElement {
  return lines(ICONS[name]);
}

/** Make a line drawing on a field of 24 × 24. */
export function lines(drawing: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", drawing);
  svg.append(path);
  return svg;
}

/** A button with a drawing; `label` is what is read aloud and shown as a hint. */
export function iconButton(
  name: Icon,
  label: string,
  press: (event: Event) => void,
): HTMLButtonElement {
  return h(
    "button",
    { type: "button", class: "round", "aria-label": label, title: label, click: press },
    icon(name),
  );
}

export function swapIcon(button: HTMLElement, name: Icon, label: string): void {
  if (button.getAttribute("aria-label") === label) return;
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", label);
  button.title = label;
}

/** Set text only where it differs, which spares the browser work. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A line over the world, until somebody closes it. */
export function note(text: string): HTMLElement {
  const close = iconButton("close", "Close this note", () => line.remove());
  const line = h("p", { class: "panel aside", role: "status" }, text, close);
  return line;
}

/** A panel with a heading. */
export function panel(name: string, title: string, ...children: Child[]): HTMLElement {
  const id = `panel-${name}`;
  return h(
    "section",
    { class: `panel ${name}`, id, "aria-label": title },
    h("h2", {}, title),
    ...children,
  );
}

/** Fit a canvas to its box at the screen's sharpness; gives its pen, scaled to CSS pixels. */
export function penOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const scale = window.devicePixelRatio;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (width === 0 || height === 0) return null;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  // Small pictures that change often are cheapest where the page itself is drawn.
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen?.setTransform(scale, 0, 0, scale, 0, 0);
  pen?.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return pen;
}
