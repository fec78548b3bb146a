/** Was it right? Counted from the ledgers that the steps wrote, the files on the hosts, the store and the thread. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHANNEL, OLU } from '../../simulator/demo/cast.ts';
import type { RunEvent } from '../../src/core/run.ts';
import { ledgerOf } from './people.ts';
import type { Stage } from './stage.ts';
import type { StoreView } from './store-view.ts';
import { HOSTS, type RunStep } from './work.ts';

export interface Verdict {
  /** One sentence for each wrong thing. */
  readonly startedTwice: readonly string[];
  readonly lost: readonly string[];
  readonly bytesWrong: readonly string[];
  readonly statesWrong: readonly string[];
}

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>;

function ofKind<K extends RunEvent['kind']>(events: readonly RunEvent[], kind: K): readonly Of<K>[] {
  return events.filter((event): event is Of<K> => event.kind === kind);
}

interface Line {
  readonly what: string;
  readonly step: string;
  readonly attempt: string;
}

function linesOf(stage: Stage): readonly Line[] {
  return HOSTS.flatMap((host) =>
    ledgerOf(stage, host).map(([what = '', step = '', attempt = '']) => ({ what, step, attempt })),
  );
}

/** Attempts of a step that ran at the same time, or again after an end without anybody asking. */
function startedTwice(lines: readonly Line[], events: readonly RunEvent[], step: RunStep): readonly string[] {
  const wrong: string[] = [];
  const own = lines.filter((line) => line.step === step.id);
  const starts = own.filter(({ what }) => what === 'start').map(({ attempt }) => attempt);
  for (const attempt of new Set(starts)) {
    const times = starts.filter((one) => one === attempt).length;
    if (times > 1) wrong.push(`${attempt} was started ${times} times`);
  }
  const asked = ofKind(events, 'retried').filter(
    (event) => event.step === step.id && event.how !== 'look_again',
  );
  const attempts = new Set(starts).size;
  if (attempts > asked.length + 1)
    wrong.push(`${step.id} ran in ${attempts} attempts, and people asked for ${asked.length} retries`);
  let alive: string | null = null;
  for (const { what, attempt } of own) {
    // A start behind a start is one whose attempt was killed, unless the earlier one still writes its end.
    if (what === 'end' && alive !== attempt)
      wrong.push(`${attempt} ended while ${alive ?? 'no attempt'} was the one under way`);
    alive = what === 'start' ? attempt : null;
  }
  return wrong;
}

function lost(lines: readonly Line[], events: readonly RunEvent[], step: RunStep): readonly string[] {
  const wrote = (what: string, attempt: string) =>
    lines.some((line) => line.what === what && line.attempt === attempt);
  const wrong: string[] = [];
  for (const { attempt, outcome, step: id } of ofKind(events, 'apply-ended')) {
    if (id !== step.id || outcome.kind !== 'exited' || outcome.code !== 0) continue;
    if (!wrote('start', attempt) || !wrote('end', attempt))
      wrong.push(`${attempt} is said to have ended well, and the ledger does not have it`);
  }
  const over = ofKind(events, 'finished').at(-1);
  if (over?.outcome === 'succeeded' && !lines.some(({ what, step: id }) => what === 'end' && id === step.id))
    wrong.push(`${step.id} never ended, and the run succeeded`);
  return wrong;
}

function actedWithoutIntent(lines: readonly Line[], events: readonly RunEvent[]): readonly string[] {
  const intended = ofKind(events, 'apply-started').map(({ attempt }) => attempt);
  const refused = ofKind(events, 'apply-ended').flatMap(({ attempt, outcome }) =>
    outcome.kind === 'refused' ? [attempt] : [],
  );
  const wrong: string[] = [];
  for (const { what, attempt } of lines) {
    if (!intended.includes(attempt)) wrong.push(`${attempt} wrote ${what} without an intent in the journal`);
    if (refused.includes(attempt)) wrong.push(`${attempt} wrote ${what} and is said not to have started`);
  }
  for (const attempt of new Set(intended))
    if (intended.filter((one) => one === attempt).length > 1)
      wrong.push(`the intent of ${attempt} is in the journal twice`);
  return wrong;
}

function onHost(stage: Stage, step: RunStep, attempt: string, stream: 'out' | 'err'): Buffer {
  const path = join(stage.hosts[step.host].stateDir, 'runs', attempt.split('.')[0] ?? '', attempt, stream);
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}

/** Stored = what the host has = what the step was to print, or its beginning when the step was cut short. */
function bytesWrong(
  stage: Stage,
  view: StoreView,
  events: readonly RunEvent[],
  step: RunStep,
): readonly string[] {
  const wrong: string[] = [];
  const expected = { out: Buffer.concat(step.out), err: step.err };
  for (const { attempt, outcome, step: id } of ofKind(events, 'apply-ended')) {
    if (id !== step.id) continue;
    for (const stream of ['out', 'err'] as const) {
      const stored = view.output(attempt, stream);
      const there = onHost(stage, step, attempt, stream);
      const whole = outcome.kind === 'exited' && outcome.code === 0;
      // A full disk may let the shell add its complaint to stderr.
      const theirs =
        whole || stream === 'out' ? expected[stream].subarray(0, whole ? undefined : there.length) : there;
      if (!stored.equals(there))
        wrong.push(`${attempt} ${stream}: ${stored.length} bytes stored, ${there.length} on the host`);
      else if (!stored.equals(theirs))
        wrong.push(
          `${attempt} ${stream}: ${stored.length} bytes, and they are not what the step was to print`,
        );
    }
  }
  return wrong;
}

function filesWrong(stage: Stage, events: readonly RunEvent[]): readonly string[] {
  const done = new Set(
    ofKind(events, 'apply-ended')
      .filter(({ ok }) => ok)
      .map(({ step }) => step),
  );
  return stage.work.files
    .filter(({ step }) => done.has(step))
    .filter(({ path, content }) => !existsSync(path) || !readFileSync(path).equals(content))
    .map(({ path, step }) => `${step} succeeded, and ${path} is not what was copied or written`);
}

function journalWrong(stage: Stage, view: StoreView, events: readonly RunEvent[]): readonly string[] {
  const wrong: string[] = [];
  const audit = view.audit();
  for (const kind of [
    'apply-started',
    'apply-ended',
    'verified',
    'held',
    'gate-answered',
    'retried',
  ] as const) {
    const [told, done] = [audit.filter((row) => row.kind === kind).length, ofKind(events, kind).length];
    if (told !== done) wrong.push(`${kind}: ${done} times in the journal, ${told} times in the audit trail`);
  }
  for (const { step, captured, ok, attempt } of ofKind(events, 'apply-ended')) {
    const { value = null } = stage.work.runSteps.find(({ id }) => id === step) ?? {};
    if (ok && value !== null && captured.value !== value)
      wrong.push(`${attempt} captured ${JSON.stringify(captured.value)}, not ${value}`);
  }
  const finished = ofKind(events, 'finished').length;
  if (finished > 1) wrong.push(`the journal says ${finished} times that it is finished`);
  return wrong;
}

interface Payload {
  readonly event_payload?: { readonly slot?: string };
}

/** Each step that succeeded has one reply in the thread, and no message was posted twice or dropped. */
function threadWrong(stage: Stage, view: StoreView): readonly string[] {
  const wrong = view.dropped().map((what) => `a message was dropped: ${what}`);
  const posts = new Map<string, number>();
  for (const entry of stage.slack.transcript()) {
    if (entry.kind === 'ack' && entry.outcome === 'bad_ack')
      wrong.push(`a bad answer to Slack: ${entry.why}`);
    if (entry.kind !== 'api' || !entry.ok || entry.method !== 'chat.postMessage') continue;
    const slot = (entry.args.metadata as Payload | undefined)?.event_payload?.slot;
    if (slot !== undefined) posts.set(slot, (posts.get(slot) ?? 0) + 1);
  }
  for (const [slot, times] of posts) if (times > 1) wrong.push(`posted ${times} times: ${slot}`);
  const slots = view.slots();
  const olu = stage.slack.as(OLU);
  const card = olu.sees(CHANNEL).find(({ ts }) => ts === slots.get('card'));
  const thread = card === undefined ? [] : olu.thread(card.ts);
  for (const { data, kind } of view.audit()) {
    if (kind !== 'step-succeeded') continue;
    const ts = slots.get(`step:${data.attempt}`);
    const shown = thread.filter((message) => message.ts === ts).length;
    if (shown !== 1) wrong.push(`the reply of ${data.attempt} stands ${shown} times in the thread`);
  }
  return wrong;
}

/** The command that README shows to an auditor. */
function auditWrong(stage: Stage): Promise<readonly string[]> {
  const args = [stage.app.cli, 'audit', 'verify', '--database', stage.database];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve(error === null ? [] : [`cutover audit verify: ${stdout}${stderr}`.trim()]),
    );
  });
}

export async function judge(stage: Stage, view: StoreView): Promise<Verdict> {
  const events = view.events();
  const lines = linesOf(stage);
  const each = (look: (step: RunStep) => readonly string[]) => stage.work.runSteps.flatMap(look);
  const reboots = stage.hosts.beta.askedReboots();
  const asked = ofKind(events, 'apply-started').filter(({ step }) => step === stage.work.rebootStep).length;
  return {
    startedTwice: [
      ...each((step) => startedTwice(lines, events, step)),
      ...(reboots > asked ? [`beta was rebooted ${reboots} times in ${asked} attempts`] : []),
    ],
    lost: each((step) => lost(lines, events, step)),
    bytesWrong: [...each((step) => bytesWrong(stage, view, events, step)), ...filesWrong(stage, events)],
    statesWrong: [
      ...actedWithoutIntent(lines, events),
      ...journalWrong(stage, view, events),
      ...threadWrong(stage, view),
      ...(await auditWrong(stage)),
    ],
  };
}
