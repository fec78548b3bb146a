/** Plays a plan of the real runbook on simulated hosts, step by step, without a bot: what is looked at, run and seen. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { parse, stringify } from 'yaml';
import { TARGET, writeSettings } from '../../simulator/demo/settings.ts';
import type { Preset } from '../../simulator/manager/cloudify/seed.ts';
import { type CloudifyWorld, createWorld } from '../../simulator/manager/cloudify/world.ts';
import { createHost, type SimulatedHost } from '../../simulator/manager/host.ts';
import { newKey } from '../../simulator/manager/host-key.ts';
import { type ClockScale, realDuration } from '../../src/core/clock.ts';
import type {
  CopySide,
  Json,
  Plan,
  PlannedCommand,
  PlannedStep,
  PlannedVerify,
} from '../../src/core/plan.ts';
import { preflight } from '../../src/engine/preflight.ts';
import { createClock } from '../../src/ports/clock.ts';
import { openPolicies } from '../../src/ports/inventory.ts';
import { createSecrets } from '../../src/ports/secrets.ts';
import { createHosts } from '../../src/ports/ssh.ts';
import { createVault } from '../../src/ports/vault.ts';
import { evaluateBool, evaluateCapture, fillPlain, fillShell } from '../../src/runbook/evaluate.ts';

/** An hour of upgrade in some seconds; what the machine itself needs counts k times in virtual time. */
const K = 200;
const UPGRADE = 'U-7';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

type Seen = 'in place' | 'failed' | 'not yet';

export interface Played {
  readonly step: PlannedStep;
  /** Whether it was in place just before it was applied: by its verifies, or by the digest of the file. */
  readonly before: boolean;
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
  /** null: it went well. */
  readonly why: string | null;
}

export interface Theatre {
  readonly world: CloudifyWorld;
  readonly hosts: ReadonlyMap<string, SimulatedHost>;
  /** `left`: the plan that a way forward leaves. */
  plan(flow: string, inputs: { readonly [name: string]: string }, left?: Plan): Promise<Plan>;
  /** Stops at the first step that does not go well. `pause` comes before each step, `byHand` is what a person does at a manual one. */
  play(
    plan: Plan,
    pause?: (step: PlannedStep) => Promise<void>,
    byHand?: (step: PlannedStep) => Promise<void>,
  ): Promise<readonly Played[]>;
  /** Takes back what can be taken back of these steps, the last one first. @returns what did not go well */
  undo(played: readonly Played[]): Promise<readonly string[]>;
  vaultHas(name: string): Promise<boolean>;
  close(): Promise<void>;
}

async function startHosts(world: CloudifyWorld, clock: ClockScale, authorizedKey: string) {
  const hosts = new Map<string, SimulatedHost>();
  for (const { name } of world.seed.hosts) {
    const host = await createHost({ ...world.hostOptions(name), authorizedKey, clock });
    world.connect(host);
    hosts.set(name, host);
  }
  return hosts;
}

/** Two roles on one machine keep their files apart, as the walk-through tells operators. */
function apart(targetsFile: string): void {
  const targets = parse(readFileSync(targetsFile, 'utf8'));
  type Kept = { state_dir?: string };
  for (const [role, hosts] of Object.entries<Kept | Kept[]>(targets.targets[TARGET].hosts))
    for (const host of [hosts].flat()) host.state_dir = `/home/centos/cutover-${role}`;
  writeFileSync(targetsFile, stringify(targets));
}

/** `k`: virtual milliseconds per real one. */
export async function openTheatre(preset: Preset, k = K): Promise<Theatre> {
  const now = Date.now();
  const scale: ClockScale = { t0: now, r0: now, k };
  const directory = mkdtempSync(join(tmpdir(), 'cutover-play-'));
  const key = newKey();
  const world = createWorld({ clock: scale, preset });
  const hosts = await startHosts(world, scale, key.pinned);
  const settings = writeSettings(directory, world.seed, hosts, key.secret);
  apart(settings.targetsFile);
  const log = pino({ level: 'silent' });
  const policies = openPolicies({ targetsFile: settings.targetsFile, runbooksDir: 'runbooks', log });
  const ports = createHosts({
    keyFor: (host) => readFileSync(policies.sshKeyFile(host), 'utf8'),
    log,
    scale,
  });
  const vault = createVault(settings.vault);
  const secrets = createSecrets({ inventory: () => policies.inventory(), env: {} });
  const clock = createClock(scale);
  const captured: { [step: string]: { readonly [name: string]: Json } } = {};
  let attempts = 0;

  const target = () => {
    const found = policies.inventory().targets[TARGET];
    if (found === undefined) throw new Error(`targets.yaml has no ${TARGET}`);
    return found;
  };
  const sleep = (seconds: number) =>
    new Promise<void>((resolve) => void setTimeout(resolve, realDuration(scale, seconds * 1000)));

  function ready(plan: Plan, { host, run, sudo, secrets: names }: PlannedCommand) {
    const planHost = plan.body.hosts[host];
    const text = fillShell(run, captured);
    if (planHost === undefined) throw new Error(`no host ${host}`);
    if (!text.ok) throw new Error(text.why);
    const values = Object.fromEntries(names.map((name) => [name, secrets.value(TARGET, name)]));
    return { host: planHost, text: text.value, sudo, secrets: values };
  }

  async function run(plan: Plan, command: PlannedCommand, timeoutS: number) {
    attempts += 1;
    const full = ready(plan, command);
    const ref = { host: full.host, sudo: full.sudo, upgrade: UPGRADE, attempt: `${UPGRADE}.${attempts}` };
    const answer = await ports.start(ref, full, { epoch: 1, timeoutS, graceS: 10 });
    if (answer.kind !== 'started') throw new Error(`starting: ${JSON.stringify(answer)}`);
    const bytes = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
    const at = { out: 0, err: 0 };
    for (;;) {
      const report = await ports.follow(ref, at, 30, (stream, piece) => {
        bytes[stream].push(piece);
        at[stream] += piece.length;
      });
      const ended = !['absent', 'ready', 'claimed', 'running'].includes(report.state.kind);
      if (ended && at.out >= report.outBytes && at.err >= report.errBytes)
        return {
          exitCode: report.state.kind === 'exited' ? report.state.code : null,
          output: Buffer.concat(bytes.out).toString(),
          errors: Buffer.concat(bytes.err).toString(),
        };
    }
  }

  async function look(
    plan: Plan,
    verify: PlannedVerify,
    boots: { readonly [host: string]: string },
  ): Promise<Seen> {
    if (verify.rebooted !== null) {
      const host = plan.body.hosts[verify.rebooted];
      if (host === undefined) throw new Error(`no host ${verify.rebooted}`);
      const hello = await ports.hello(host, false).catch(() => null);
      if (hello === null || hello.bootId === boots[verify.rebooted]) return 'not yet';
    }
    if (verify.command === null) return 'in place';
    const text = fillShell(verify.command.run, captured);
    if (!text.ok) return 'not yet';
    const seen = await ports.look(ready(plan, verify.command), 90_000);
    if (seen.kind !== 'exited') return 'not yet';
    const scope = { captured, output: seen.stdout, exitCode: seen.code };
    const fail = verify.fail === null ? null : evaluateBool(verify.fail, scope);
    if (fail?.ok === true && fail.value) return 'failed';
    const expect = evaluateBool(verify.expect, scope);
    return expect.ok && expect.value ? 'in place' : 'not yet';
  }

  async function bootsOf(plan: Plan, step: PlannedStep) {
    const boots: { [host: string]: string } = {};
    for (const { rebooted } of step.verify) {
      const host = rebooted === null ? undefined : plan.body.hosts[rebooted];
      if (host !== undefined) boots[host.name] = (await ports.hello(host, false)).bootId;
    }
    return boots;
  }

  async function allInPlace(
    plan: Plan,
    verifies: readonly PlannedVerify[],
    boots: { readonly [host: string]: string },
  ): Promise<boolean> {
    for (const verify of verifies) if ((await look(plan, verify, boots)) !== 'in place') return false;
    return verifies.length > 0;
  }

  async function becomes(plan: Plan, verify: PlannedVerify, boots: { readonly [host: string]: string }) {
    await sleep(verify.afterS);
    const since = clock.now();
    for (let streak = 0; ; ) {
      const seen = await look(plan, verify, boots);
      streak = seen === 'in place' ? streak + 1 : 0;
      if (streak >= verify.stable) return null;
      if (seen === 'failed') return `it failed: ${verify.fail?.shown}`;
      if (clock.now() > since + verify.withinS * 1000) return `not in place: ${verify.expect.shown}`;
      await sleep(verify.everyS);
    }
  }

  function sideOf(plan: Plan, { at, path }: CopySide, sudo: boolean) {
    const filled = fillPlain(path, captured);
    if (!filled.ok) throw new Error(filled.why);
    const name = filled.value;
    const host = plan.body.hosts[at];
    if (at === 'vault')
      return {
        stat: () => vault.stat(UPGRADE, name),
        read: () => vault.read(UPGRADE, name),
        write: async (source: AsyncIterable<Uint8Array>) =>
          void (await vault.write(UPGRADE, name, source, 'file')),
      };
    if (host === undefined) throw new Error(`no host ${at}`);
    return {
      stat: () => ports.stat(host, sudo, name),
      read: () => ports.read(host, sudo, name),
      write: (
        source: AsyncIterable<Uint8Array>,
        bytes: number,
        digest: string,
        mode: string,
        owner: string | null,
      ) =>
        ports.write(host, sudo, name, source, {
          kind: 'file',
          replace: true,
          mode,
          owner,
          sha256: digest,
          bytes,
        }),
    };
  }

  async function copy(plan: Plan, step: PlannedStep): Promise<string | null> {
    const { action } = step;
    if (action.kind !== 'copy') throw new Error(step.id);
    const from = sideOf(plan, action.from, action.sudo);
    const to = sideOf(plan, action.to, action.sudo);
    const source = await from.stat();
    if (source.kind !== 'file') return `the source is ${source.kind}`;
    await to.write(from.read(), source.bytes, source.sha256, action.mode, action.owner);
    captured[step.id] = { sha256: source.sha256, bytes: source.bytes };
    return (await to.stat()).sha256 === source.sha256 ? null : 'the digests differ';
  }

  function contentOf({ action, id }: PlannedStep): string {
    if (action.kind !== 'write') throw new Error(id);
    return action.content
      .map((piece) => {
        if (typeof piece !== 'string' && 'secret' in piece)
          return JSON.stringify(secrets.value(TARGET, piece.secret));
        const filled = fillPlain([piece], captured);
        if (!filled.ok) throw new Error(filled.why);
        return filled.value;
      })
      .join('');
  }

  async function write(plan: Plan, step: PlannedStep): Promise<string | null> {
    const { action } = step;
    if (action.kind !== 'write') throw new Error(step.id);
    const text = contentOf(step);
    const bytes = Buffer.from(text);
    const once = (async function* () {
      yield new Uint8Array(bytes);
    })();
    await sideOf(plan, action.to, action.sudo).write(
      once,
      bytes.length,
      sha256(text),
      action.mode,
      action.owner,
    );
    return null;
  }

  /** A file is in place when its digest is; whatever else changes something is looked at by its verifies. */
  async function inPlace(plan: Plan, step: PlannedStep, boots: { readonly [host: string]: string }) {
    const { action } = step;
    // A reboot is proven by its boot id; what is looked at afterwards holds before it too.
    if (action.kind === 'reboot') return false;
    if (action.kind !== 'copy' && action.kind !== 'write') return allInPlace(plan, step.verify, boots);
    const there = await sideOf(plan, action.to, action.sudo).stat();
    const wanted =
      action.kind === 'write'
        ? sha256(contentOf(step))
        : (await sideOf(plan, action.from, action.sudo).stat()).sha256;
    return there.kind === 'file' && there.sha256 === wanted;
  }

  async function reboot(plan: Plan, name: string): Promise<string | null> {
    const host = plan.body.hosts[name];
    if (host === undefined) throw new Error(`no host ${name}`);
    attempts += 1;
    const { bootId } = await ports.hello(host, false);
    const ref = { host, sudo: true, upgrade: UPGRADE, attempt: `${UPGRADE}.${attempts}` };
    const answer = await ports.reboot(ref, 1);
    if (typeof answer !== 'string') return answer.refused;
    for (const until = clock.now() + 20 * 60_000; clock.now() < until; await sleep(10)) {
      const now = await ports.hello(host, false).catch(() => null);
      if (now !== null && now.bootId !== bootId) return null;
    }
    return `${name} did not come back`;
  }

  async function apply(plan: Plan, step: PlannedStep): Promise<Omit<Played, 'step' | 'before'>> {
    const silent = { exitCode: null, output: '', errors: '' };
    if (step.action.kind === 'copy') return { ...silent, why: await copy(plan, step) };
    if (step.action.kind === 'write') return { ...silent, why: await write(plan, step) };
    if (step.action.kind === 'reboot') return { ...silent, why: await reboot(plan, step.action.host) };
    if (step.action.kind !== 'run') return { ...silent, why: null };
    const ran = await run(plan, step.action.command, step.timeoutS);
    const scope = {
      captured,
      output: ran.output,
      ...(ran.exitCode === null ? {} : { exitCode: ran.exitCode }),
    };
    const ok = evaluateBool(step.action.okWhen, scope);
    if (!ok.ok || !ok.value)
      return { ...ran, why: `it did not end well: ${ok.ok ? step.action.okWhen.shown : ok.why}` };
    const own: { [name: string]: Json } = {};
    for (const one of step.action.capture) {
      const got = evaluateCapture(one, scope);
      if (!got.ok) return { ...ran, why: got.why };
      own[one.name] = got.value;
    }
    captured[step.id] = own;
    return { ...ran, why: null };
  }

  async function playStep(
    plan: Plan,
    step: PlannedStep,
    byHand: ((step: PlannedStep) => Promise<void>) | undefined,
  ): Promise<Played> {
    const boots = await bootsOf(plan, step);
    const before = await inPlace(plan, step, boots);
    const ran = await apply(plan, step);
    if (step.action.kind === 'manual') await byHand?.(step);
    let why = ran.why;
    for (const verify of step.verify) why ??= await becomes(plan, verify, boots);
    return { step, before, ...ran, why };
  }

  let current: Plan | undefined;
  return {
    world,
    hosts,
    async plan(flow, inputs, left) {
      const deps = { hosts: ports, policies, secrets, clock, sha256, log } as unknown as Parameters<
        typeof preflight
      >[0];
      const before = left === undefined ? {} : { before: left.evidence.facts };
      const made = await preflight(deps, { upgrade: UPGRADE, target: target(), flow, inputs, ...before });
      if (made.kind === 'refused') throw new Error(JSON.stringify(made.errors));
      return made.plan;
    },
    async play(plan, pause, byHand) {
      current = plan;
      const played: Played[] = [];
      for (const step of plan.body.steps) {
        await pause?.(step);
        const one = await playStep(plan, step, byHand);
        played.push(one);
        if (one.why !== null) break;
      }
      return played;
    },
    async undo(played) {
      const problems: string[] = [];
      for (const { step } of played.toReversed()) {
        if (step.reversal.kind !== 'undo' || current === undefined) continue;
        const { undo } = step.reversal;
        // Already gone is done, as the executor has it.
        if (await allInPlace(current, undo.verify, {})) continue;
        const ran = await run(current, undo.command, undo.timeoutS);
        if (ran.exitCode !== 0)
          problems.push(`${undo.title}: exit code ${ran.exitCode}: ${ran.output}${ran.errors}`);
        for (const verify of undo.verify) {
          const why = await becomes(current, verify, {});
          if (why !== null) problems.push(`${undo.title}: ${why}`);
        }
      }
      return problems;
    },
    vaultHas: async (name) => (await vault.stat(UPGRADE, name)).kind !== 'absent',
    async close() {
      await ports.close();
      for (const host of hosts.values()) await host.close();
      await world.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
