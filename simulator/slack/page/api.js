/** The control API of the simulated Slack, see `../control.ts`. Failures of the network are answers like others. */
const UNREACHABLE = {
  ok: false,
  error: 'unreachable',
  say: 'The simulator does not answer. Is it still running?',
};

/** @returns {Promise<object | undefined>} ControlState; undefined when the simulator is away */
export async function fetchState(as) {
  try {
    const query = as === undefined ? '' : `?as=${encodeURIComponent(as)}`;
    const response = await fetch(`/control/state${query}`, { headers: { accept: 'application/json' } });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<object>} ControlResult */
export async function post(name, body) {
  try {
    const response = await fetch(`/control/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    return { ok: false, error: 'bad_request', say: `The simulator refused “${name}”: ${text}` };
  } catch {
    return UNREACHABLE;
  }
}

/** Calls `changed` for each event, and after the connection came back; `connected(false)` when it was lost. */
export function listen(changed, connected) {
  const events = new EventSource('/control/events');
  events.addEventListener('open', () => {
    connected(true);
    changed();
  });
  events.addEventListener('message', changed);
  events.addEventListener('error', () => connected(false));
}
