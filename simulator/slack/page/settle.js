/**
 * Says once what somebody chose. A mouse chooses with one `change`; with arrow keys every option on the way is a
 * `change`, and a date typed digit by digit is several dates. Keyboard choices therefore count on Enter, on leaving
 * the control, or after a rest.
 */
const REST_MS = 1000;

export function onSettled(control, run) {
  let timer;
  let byKey = false;
  let changed = false;
  const settle = () => {
    clearTimeout(timer);
    if (!changed) return;
    changed = false;
    run();
  };
  control.addEventListener('pointerdown', () => {
    byKey = false;
  });
  control.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      // A browser would open the list now, over a choice that was just made.
      if (changed && control.tagName === 'SELECT') event.preventDefault();
      settle();
    } else if (event.key !== 'Tab') byKey = true;
  });
  control.addEventListener('change', () => {
    changed = true;
    clearTimeout(timer);
    if (byKey) timer = setTimeout(settle, REST_MS);
    else settle();
  });
  control.addEventListener('blur', settle);
}
