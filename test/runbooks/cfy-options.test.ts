/** Each `cfy` command of every plan is accepted by the CLI that stands on its host. */
import { describe, expect, it } from 'vitest';
import type { StepView } from '../../src/cli/plan-view.ts';
import { cfyCommands, refusedBy } from './cfy-options.ts';
import { nameOf, planOf, type Situation, SOURCES, space } from './planning.ts';

const words = (text: string): readonly string[] => cfyCommands(text)[0] ?? [];

function commandsOf(step: StepView): readonly (readonly [string | null, string | null])[] {
  const own: readonly [string | null, string | null] = [step.on, step.kind === 'run' ? step.command : null];
  const undo = step.undo === null ? [] : commandsOf(step.undo);
  return [own, ...step.verify.map(({ on, command }) => [on, command] as const), ...undo];
}

describe('the table', () => {
  it.each([
    ['4.3', 'cfy teardown -f --ignore-deployments'],
    ['4.1.1', 'cfy agents install --all-tenants'],
    ['4.0.1', 'cfy agents install --all-tenants'],
    ['4.0.0', 'cfy snapshots restore s1 --restore-certificates'],
    ['4.0.1', 'cfy users list --get-data'],
    ['4.0.0', 'cfy executions list --all-tenants'],
    ['4.0.0', 'cfy cluster nodes remove'],
    ['4.3', 'cfy cluster join'],
    ['4.3', 'cfy cluster nodes'],
    ['4.2.0', 'cfy snapshots create s1 -t default_tenant'],
    ['4.2.0', 'cfy snapshots create s1 --exclude-logs'],
    ['4.3.4', 'cfy agents validate --all-tenants'],
    ['4.5.5', 'cfy license upload /opt/licence'],
    ['4.6', 'cfy snapshots restore'],
    ['4.6', 'cfy snapshots status'],
    ['4.6', 'cfy snapshot list'],
    ['4.1.0', 'cfy executions list --all-tenants'],
    ['4.1.0', 'cfy users list --get-data'],
    ['4.6', 'cfy bootstrap blueprint.yaml'],
    ['4.6', 'cfy version'],
  ])('%s refuses %s', (version, text) => {
    expect(refusedBy(version, words(text))).not.toBeNull();
  });

  it.each([
    ['4.2.0', 'cfy teardown -f --ignore-deployments'],
    ['4.0.0', 'cfy snapshots create s1 -t default_tenant'],
    ['4.0.1', 'cfy cluster nodes remove node-2'],
    ['4.3', 'cfy cluster start --cluster-host-ip 10.0.0.1 --cluster-node-name one'],
    ['4.2.0', 'cfy agents install --all-tenants'],
    ['4.1.1', 'cfy snapshots restore s1 --restore-certificates --no-reboot'],
    ['4.6', 'cfy snapshots upload /a/b.zip --snapshot-id s1'],
    ['4.6', 'cfy executions list -t prod --descending'],
    ['4.6', 'cfy --version'],
  ])('%s accepts %s', (version, text) => {
    expect(refusedBy(version, words(text))).toBeNull();
  });

  it('finds commands wherever they stand in a line', () => {
    const text = `if test -d "$d"; then cfy profiles delete "$m"; fi
for t in a b; do
  cfy agents install -t "$t" || ended=$?
done
cfy snapshots list > "$list"
# cfy is not a command here: mycfy status`;
    expect(cfyCommands(text)).toEqual([
      ['profiles', 'delete', '$m'],
      ['agents', 'install', '-t', '$t'],
      ['snapshots', 'list'],
    ]);
  });
});

/** The way back, from each source. */
const REBUILDS = SOURCES.map(
  (version): Situation => ({ flow: 'rebuild_old', version, to: '4.6', users: 4, agents: 12 }),
);

describe('every plan of the space', () => {
  it('says only what the CLI on the host understands', async () => {
    const wrong = new Set<string>();
    let seen = 0;
    const ways = [...space(), ...REBUILDS];
    for (const situation of ways) {
      const { view } = await planOf(situation);
      for (const step of view.steps)
        for (const [on, command] of commandsOf(step))
          for (const one of cfyCommands(command ?? '')) {
            seen += 1;
            const version = on === 'cli' ? situation.version : situation.to;
            const why =
              on === 'cli' || on === 'new_cli'
                ? refusedBy(version, one)
                : `cfy on ${on}, where no profile is`;
            if (why !== null) wrong.add(`${nameOf(situation)}: ${step.id}: cfy ${one.join(' ')}: ${why}`);
          }
    }
    expect([...wrong].slice(0, 10)).toEqual([]);
    expect(seen).toBeGreaterThan(10_000);
  }, 120_000);
});
