import assert from "node:assert/strict";
import { test } from "node:test";
import { takesKey } from "../../src/scene/controls";

class Element {
  tagName = "DIV";
  isContentEditable = false;
  tabIndex = -1;
  scrollHeight = 100;
  clientHeight = 100;
  overflowY = "visible";
}
class Input extends Element {
  override tagName = "INPUT";
  type = "text";
}
Object.assign(globalThis, {
  HTMLElement: Element,
  HTMLInputElement: Input,
  getComputedStyle: ({ overflowY }: Element) => ({ overflowY }),
});

const takes = (element: Element, key: string) => takesKey(element as unknown as EventTarget, key);

test("fields take all keys, whatever is typed", () => {
  for (const type of ["text", "number"]) {
    const field = Object.assign(new Input(), { type });
    assert.ok(takes(field, "j") && takes(field, " ") && takes(field, "ArrowUp"));
  }
});

test("sliders and choices take the keys that move them, and no others", () => {
  const slider = Object.assign(new Input(), { type: "range" });
  const choice = Object.assign(new Element(), { tagName: "SELECT" });
  for (const control of [slider, choice]) {
    for (const key of ["ArrowLeft", "ArrowUp", "Home", "End", "PageDown"]) {
      assert.ok(takes(control, key), key);
    }
    for (const key of ["j", "n", "0", "t", " ", "a"]) assert.ok(!takes(control, key), key);
  }
});

test("a list that scrolls takes arrows; one that is seen whole, and a button, do not", () => {
  const list = Object.assign(new Element(), { tabIndex: 0, overflowY: "auto" });
  assert.ok(!takes(list, "ArrowDown"));
  list.scrollHeight = 300;
  assert.ok(takes(list, "ArrowDown") && !takes(list, "s"));
  assert.ok(!takes(Object.assign(list, { overflowY: "visible" }), "ArrowDown"));
});
