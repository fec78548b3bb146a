/**
 * Builds elements. Text from messages only ever becomes text nodes and attribute values, so nothing in a message can
 * turn into markup or script.
 *
 * `props`: `text`, `on` ({event: listener}), `data` ({key: value}); everything else is an attribute. `false`, null and
 * undefined leave it out, `true` sets it (to "true" for aria, which knows no empty attributes).
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') node.textContent = value;
    else if (name === 'on')
      for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === 'data') Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true && !name.startsWith('aria-') ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

let lastId = 0;

/** An id for `aria-labelledby` and the like. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

const made = new WeakMap();

/**
 * Makes `container` show `items` in order. An item whose signature was there before keeps its node, and with it focus,
 * an open list, a running animation.
 */
export function reuse(container, items, signatureOf, create) {
  const spare = new Map();
  for (const child of container.children) {
    const signature = made.get(child);
    if (signature === undefined) continue;
    spare.set(signature, [...(spare.get(signature) ?? []), child]);
  }
  const wanted = items.map((item) => {
    const signature = signatureOf(item);
    const old = spare.get(signature)?.shift();
    if (old !== undefined) return old;
    const node = create(item);
    made.set(node, signature);
    return node;
  });
  placeInOrder(container, wanted);
  return wanted;
}

/** Moves only what must move: a node that is taken out and put back loses focus and scroll position. */
export function placeInOrder(container, wanted) {
  const keep = new Set(wanted);
  for (const child of [...container.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((node, index) => {
    const there = container.children[index];
    if (there !== node) container.insertBefore(node, there ?? null);
  });
}

/** Runs `change`; if that took the focused element away, the same control in its new form gets the focus, else `fallback`. */
export function keepFocus(root, fallback, change) {
  const active = document.activeElement;
  const inside = active !== null && active !== root && root.contains(active);
  const action = inside ? active.closest('[data-action]')?.dataset.action : undefined;
  change();
  if (!inside || root.contains(document.activeElement)) return;
  const again = [...root.querySelectorAll('[data-action]')].find((node) => node.dataset.action === action);
  (again ?? fallback)?.focus({ preventScroll: true });
}
