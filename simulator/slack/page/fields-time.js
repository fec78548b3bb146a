/** Dates and times. A datetimepicker speaks the zone of the person who fills it in, as Slack's does. */
import { el, freshId } from './dom.js';
import { onSettled } from './settle.js';
import { instantOf, wallTime, zoneName } from './times.js';

function field(input, node, read) {
  return { node, control: input, grouped: false, read, onChange: (run) => onSettled(input, run) };
}

function simple(element, type, start) {
  const input = el('input', { type, class: 'time-input', 'data-action': element.action_id });
  input.value = start ?? '';
  return field(input, input, () => (input.value === '' ? null : input.value));
}

export function dateField(element, value) {
  return simple(element, 'date', value === undefined ? element.initial_date : value);
}

export function timeField(element, value) {
  return simple(element, 'time', value === undefined ? element.initial_time : value);
}

export function dateTimeField(element, value, zone) {
  const start = value === undefined ? element.initial_date_time : value;
  const note = freshId('zone');
  const input = el('input', {
    type: 'datetime-local',
    class: 'time-input',
    'data-action': element.action_id,
    'aria-describedby': note,
  });
  if (typeof start === 'number') input.value = wallTime(start * 1000, zone);
  const at = typeof start === 'number' ? start * 1000 : Date.now();
  const node = el(
    'span',
    { class: 'with-note' },
    input,
    el('span', { class: 'note', id: note, text: `${zone.replaceAll('_', ' ')} (${zoneName(at, zone)})` }),
  );
  return field(input, node, () => {
    const instant = input.value === '' ? undefined : instantOf(input.value.slice(0, 16), zone);
    return instant === undefined ? null : Math.floor(instant / 1000);
  });
}
