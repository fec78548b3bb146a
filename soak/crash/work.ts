/**
 * The work of one run: some thirty steps on two hosts, made from the seed. Each `run` step keeps a ledger on its host that
 * no part of Cutover writes, and prints bytes that are known beforehand.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createRandom, type Random } from './random.ts';

export const HOSTS = ['alpha', 'beta'] as const;
export type HostName = (typeof HOSTS)[number];
export type Bases = { readonly [host in HostName]: string };

export interface RunStep {
  readonly id: string;
  readonly host: HostName;
  /** Printed before and after the pause. */
  readonly out: readonly [Buffer, Buffer];
  readonly err: Buffer;
  readonly pauseS: number;
  /** Captured from the output by the runbook; null = nothing is captured. */
  readonly value: string | null;
  /** Step whose captured value comes as an argument; a wrong one ends the step with an error. */
  readonly takes: { readonly step: string; readonly value: string } | null;
  readonly retry: 'never' | 'as_is';
}

interface FileCheck {
  readonly path: string;
  readonly content: Buffer;
  /** The step after which it must be there. */
  readonly step: string;
}

export interface Work {
  readonly runSteps: readonly RunStep[];
  readonly rebootStep: string;
  readonly files: readonly FileCheck[];
  readonly runbook: string;
}

/** Programs of the hosts. `sync` so that what is in the ledger was done, whatever happens next. */
const WORK = `#!/bin/sh
# work STEP PAUSE [GIVEN EXPECTED]
set -eu
here=\${0%/*}
printf 'start %s %s\\n' "$1" "$CUTOVER_ATTEMPT" >>"$here/ledger"
sync "$here/ledger"
if [ "\${3-}" != "\${4-}" ]; then echo "given $3, expected $4" >&2; exit 3; fi
cat "$here/data/$1.1"
cat "$here/data/$1.err" >&2
sleep "$2"
cat "$here/data/$1.2"
printf 'end %s %s\\n' "$1" "$CUTOVER_ATTEMPT" >>"$here/ledger"
sync "$here/ledger"
`;
const ENDED = `#!/bin/sh
grep -q "^end $1 " "\${0%/*}/ledger"
`;

/** Places of the steps that are no commands; all others are. */
const SPECIAL = {
  copy: 5,
  manual: 8,
  directory: 11,
  intoVault: 13,
  outOfVault: 15,
  gate: 18,
  write: 20,
  reboot: 24,
  ownDirectory: 28,
} as const;
const STEPS = 34;
/** Three steps that nobody may simply start again. */
const NEVER = new Set([7, 17, 30]);
/** One step that prints more than a line's worth of everything. */
const LOUD = 22;
const LOUD_BYTES = 1_500_000;

const idOf = (n: number) => `s${String(n).padStart(2, '0')}`;

function printed(random: Random, n: number): readonly [Buffer, Buffer] {
  const length = () => (n === LOUD ? LOUD_BYTES / 2 : random.int(0, 30_000));
  // Half of them as lines, half as anything that bytes can be.
  const part = () => {
    const bytes = random.bytes(length());
    return n % 2 === 0 ? bytes : Buffer.from(`${bytes.toString('base64').replace(/.{100}/g, '$&\n')}\n`);
  };
  return [part(), part()];
}

function runStep(random: Random, n: number, before: readonly RunStep[]): RunStep {
  const captures = random.int(1, 3) === 1;
  const value = captures ? String(random.int(100_000, 999_999)) : null;
  const [first, second] = printed(random, n);
  const source = before.findLast((step) => step.value !== null);
  const takes =
    source?.value !== null && source !== undefined && random.int(1, 2) === 1
      ? { step: source.id, value: source.value }
      : null;
  return {
    id: idOf(n),
    host: HOSTS[n % 2] ?? 'alpha',
    out: [first, value === null ? second : Buffer.concat([second, Buffer.from(`\nvalue=${value}\n`)])],
    err: random.bytes(random.int(0, 3000)),
    // One in five takes some seconds; time on the host is real.
    pauseS: random.int(1, 5) === 1 ? random.real(1.5, 3) : random.real(0.1, 0.8),
    value,
    takes,
    retry: NEVER.has(n) ? 'never' : 'as_is',
  };
}

const SAFE = { no_undo_needed: 'It only writes down that it ran.', expected: '10s', timeout: '2m' };
/** Patient beyond every trouble of the soak: a hold is to come from what happened to the step, not from a slow look. */
const LOOK = { every: '2s', within: '20m' };

function runSource(step: RunStep, bases: Bases) {
  const base = bases[step.host];
  const given = step.takes === null ? '' : ` \${{ captured.${step.takes.step}.value }} ${step.takes.value}`;
  return {
    id: step.id,
    on: step.host,
    run: `${base}/work ${step.id} ${step.pauseS.toFixed(2)}${given}\n`,
    ...(step.value !== null && { capture: { value: { match: 'value=(?<value>[0-9]{6})' } } }),
    verify: { run: `${base}/ended ${step.id}`, ...LOOK },
    retry: step.retry,
    ...SAFE,
  };
}

function copySource(n: number, from: string, to: string, look: string) {
  return {
    id: idOf(n),
    copy: { from, to },
    verify: { run: look, ...LOOK },
    retry: 'as_is',
    ...SAFE,
  };
}

function specialSource(n: number, { alpha, beta }: Bases, captured: RunStep | undefined): object {
  switch (n) {
    case SPECIAL.copy:
      return copySource(n, `alpha:${alpha}/data/one`, `beta:${beta}/one`, `test -s ${beta}/one`);
    case SPECIAL.directory:
      return copySource(
        n,
        `beta:${beta}/data`,
        `alpha:${alpha}/data-of-beta`,
        `test -d ${alpha}/data-of-beta`,
      );
    case SPECIAL.intoVault:
      return {
        ...copySource(n, `alpha:${alpha}/data/two`, 'vault:two', `test -s ${alpha}/data/two`),
        no_undo_needed: undefined,
      };
    case SPECIAL.outOfVault:
      return copySource(n, 'vault:two', `beta:${beta}/two`, `test -s ${beta}/two`);
    case SPECIAL.ownDirectory:
      return copySource(
        n,
        `alpha:${alpha}/data/one`,
        'beta:${{ upgrade.dir + "/one" }}',
        `cmp -s ${beta}/one \${{ upgrade.dir + "/one" }}`,
      );
    case SPECIAL.write: {
      const value = captured === undefined ? 'none' : `\${{ captured.${captured.id}.value }}`;
      return {
        id: idOf(n),
        write: { to: `beta:${beta}/settings`, text: `value=${value}\n` },
        verify: { run: `grep -q value= ${beta}/settings`, ...LOOK },
        retry: 'as_is',
        ...SAFE,
      };
    }
    case SPECIAL.reboot:
      return {
        id: idOf(n),
        reboot: 'beta',
        verify: { run: `test -x ${beta}/work`, ...LOOK },
        retry: 'as_is',
        ...SAFE,
      };
    case SPECIAL.manual:
      return { id: idOf(n), manual: 'Look at both hosts.', on: 'alpha' };
    default:
      return { id: idOf(n), gate: 'Go on with the second half?' };
  }
}

export function makeWork(seed: string, bases: Bases): Work {
  const random = createRandom(`${seed}/work`);
  const special = new Set<number>(Object.values(SPECIAL));
  const runSteps: RunStep[] = [];
  const sources: object[] = [];
  let written = 'none';
  for (let n = 1; n <= STEPS; n++) {
    if (special.has(n)) {
      const captured = runSteps.findLast((step) => step.value !== null);
      if (n === SPECIAL.write) written = captured?.value ?? 'none';
      sources.push(specialSource(n, bases, captured));
      continue;
    }
    const step = runStep(random, n, runSteps);
    runSteps.push(step);
    sources.push(runSource(step, bases));
  }
  const [one, two] = [random.bytes(200_000), random.bytes(70_000)];
  furnish(bases, runSteps, { one, two });
  const runbook = {
    runbook: 'soak',
    title: 'Soak',
    language: 1,
    flows: { all: { title: 'All steps' } },
    hosts: { alpha: { title: 'First host' }, beta: { title: 'Second host' } },
    steps: sources,
  };
  return {
    runSteps,
    rebootStep: idOf(SPECIAL.reboot),
    files: [
      { path: join(bases.beta, 'one'), content: one, step: idOf(SPECIAL.copy) },
      { path: join(bases.beta, 'two'), content: two, step: idOf(SPECIAL.outOfVault) },
      { path: join(bases.alpha, 'data-of-beta/one'), content: one, step: idOf(SPECIAL.directory) },
      { path: join(bases.beta, 'state/U-1/one'), content: one, step: idOf(SPECIAL.ownDirectory) },
      {
        path: join(bases.beta, 'settings'),
        content: Buffer.from(`value=${written}\n`),
        step: idOf(SPECIAL.write),
      },
    ],
    runbook: stringify(runbook, { lineWidth: 0 }),
  };
}

function furnish(bases: Bases, steps: readonly RunStep[], files: { readonly [name: string]: Buffer }): void {
  for (const host of HOSTS) {
    const base = bases[host];
    mkdirSync(join(base, 'data'));
    writeFileSync(join(base, 'ledger'), '');
    for (const [name, text] of [
      ['work', WORK],
      ['ended', ENDED],
    ] as const) {
      writeFileSync(join(base, name), text);
      chmodSync(join(base, name), 0o755);
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(base, 'data', name), content);
    for (const step of steps.filter((one) => one.host === host)) {
      writeFileSync(join(base, 'data', `${step.id}.1`), step.out[0]);
      writeFileSync(join(base, 'data', `${step.id}.2`), step.out[1]);
      writeFileSync(join(base, 'data', `${step.id}.err`), step.err);
    }
  }
}
