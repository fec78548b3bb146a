/** Sending one payload with everything that a test wanted to go wrong with it, and writing down what came of it. */
import type { Workspace } from '../workspace.ts';
import type { Answer, Parcel } from './courier.ts';

/** A held payload goes out after the next one, or after this long in real time when there is none. */
const HOLD_MS = 2000;

const held = new WeakMap<Workspace, (() => void)[]>();

function overtaken(workspace: Workspace): Promise<void> {
  return new Promise((resolve) => {
    held.set(workspace, [...(held.get(workspace) ?? []), resolve]);
    workspace.later(HOLD_MS, resolve);
  });
}

function releaseHeld(workspace: Workspace): void {
  const waiting = held.get(workspace) ?? [];
  held.delete(workspace);
  // After what overtakes it is on its way.
  for (const go of waiting) workspace.later(20, go);
}

function noted(workspace: Workspace, parcel: Parcel, answer: Answer): Answer {
  workspace.transcript.add({
    kind: 'ack',
    id: parcel.id,
    outcome: answer.outcome,
    ms: answer.ms,
    ...(answer.outcome === 'acked' && answer.body !== '' && { body: answer.body }),
    ...(answer.outcome === 'failed' && { why: answer.why }),
  });
  return answer;
}

function send(workspace: Workspace, parcel: Parcel): Promise<Answer> {
  const { payload, type } = parcel;
  workspace.transcript.add({
    kind: 'delivery',
    id: parcel.id,
    via: workspace.mode,
    type: type === 'interactive' ? String(payload.type) : type,
    attempt: parcel.attempt,
    payload,
  });
  return workspace.courier.send(parcel);
}

export interface Shipment {
  readonly type: Parcel['type'];
  readonly payload: Parcel['payload'];
  readonly attempt?: number;
  readonly retryReason?: string;
}

export async function deliver(workspace: Workspace, shipment: Shipment): Promise<Answer> {
  const { deliveryFaults: faults } = workspace;
  const parcel: Parcel = { attempt: 0, ...shipment, id: workspace.ids.secret(32) };
  if (faults.hold > 0) {
    faults.hold -= 1;
    await overtaken(workspace);
  } else {
    releaseHeld(workspace);
  }
  const twice = faults.duplicate > 0;
  if (twice) faults.duplicate -= 1;
  const answer = send(workspace, parcel);
  if (twice) void send(workspace, parcel).then((second) => noted(workspace, parcel, second));
  return noted(workspace, parcel, await answer);
}
