/** The runbook debian-package on a real machine: the whole bot, its own apt and dpkg, and what dpkg's database says. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ask,
  approvedByBoth,
  botIsThere,
  cardText,
  messages,
  noted,
  planned,
  playOn,
  request,
} from '../../simulator/demo/acts.ts';
import { OLU } from '../../simulator/demo/cast.ts';
import type { MessageState } from '../../simulator/slack/control.ts';
import { livePlan } from '../../src/cli/live-plan.ts';
import type { Finding, PlanBody } from '../../src/core/plan.ts';
import { type DebianMachine, MAKING_MS, startMachine } from '../support/debian-machine.ts';
import type { DebianPackage } from '../support/debian-packages.ts';
import { createMachineStage, type MachineStage } from '../support/machine-stage.ts';

const TARGET = 'machine';
/** apt and dpkg work in real time: a second of theirs is a minute and a half of the bot's. */
const K = 100;
/** Until the form is filled, sent and answered, by the bot's clock. */
const OPENS_IN_S = 180;
const LONG_MS = 150_000;

const PACKAGES: readonly DebianPackage[] = [
  // Comes with a second package of the same version, and from 2.0 on with one that was not there before.
  {
    name: 'cutover-probe',
    version: '1:1.0~rc1-1',
    depends: 'cutover-probe-data (= 1:1.0~rc1-1)',
    settings: 'level=1\n',
  },
  {
    name: 'cutover-probe',
    version: '1:1.0-1+deb12u1',
    depends: 'cutover-probe-data (= 1:1.0-1+deb12u1), cutover-probe-helper',
    settings: 'level=2\n',
  },
  { name: 'cutover-probe-data', version: '1:1.0~rc1-1' },
  { name: 'cutover-probe-data', version: '1:1.0-1+deb12u1' },
  { name: 'cutover-probe-helper', version: '3' },
  // Its new version cannot be set up.
  { name: 'cutover-frail', version: '1.0', depends: 'cutover-frail-data (= 1:1.0)' },
  {
    name: 'cutover-frail',
    version: '2.0',
    depends: 'cutover-frail-data (= 1:2.0), cutover-frail-helper',
    postinst: 'echo "cutover-frail: the data of 1.0 cannot be converted" >&2; exit 1',
  },
  { name: 'cutover-frail-data', version: '1:1.0' },
  { name: 'cutover-frail-data', version: '1:2.0' },
  { name: 'cutover-frail-helper', version: '1' },
  // Takes the place of another one.
  { name: 'cutover-rival', version: '1.0' },
  { name: 'cutover-rival', version: '2.0', conflicts: 'cutover-meek' },
  { name: 'cutover-meek', version: '1.0' },
  { name: 'cutover-stuck', version: '1.0' },
  { name: 'cutover-stuck', version: '2.0', depends: 'cutover-nowhere' },
  // Sets itself up until somebody lets it.
  {
    name: 'cutover-slow',
    version: '1.0',
    postinst: 'for _ in $(seq 300); do [ ! -e /tmp/let-go ] || exit 0; sleep 0.1; done',
  },
  { name: 'cutover-single', version: '1.0' },
  { name: 'cutover-ahead', version: '2.0~rc1' },
  { name: 'cutover-ahead', version: '2.0' },
  { name: 'cutover-ahead', version: '3.0' },
  { name: 'cutover-pair', version: '1.0', depends: 'cutover-pair-data (= 1.0)' },
  { name: 'cutover-pair', version: '2.0', depends: 'cutover-pair-data (= 2.0)' },
  { name: 'cutover-pair-data', version: '1.0' },
  { name: 'cutover-pair-data', version: '2.0' },
  // Their first versions leave the repository: one for ever, one into the cache of apt.
  { name: 'cutover-orphan', version: '1.0' },
  { name: 'cutover-orphan', version: '2.0' },
  { name: 'cutover-lone', version: '1.0' },
  { name: 'cutover-lone', version: '2.0' },
  { name: 'cutover-cached', version: '1:1.0' },
  { name: 'cutover-cached', version: '1:2.0' },
];

/** Shell text: the repository loses the first versions of these packages. */
function forget(...packages: readonly string[]): string {
  return packages
    .map(
      (name) => `rm -f /srv/packages/${name}_1*1.0_all.deb /srv/packages/${name}_1.0_all.deb
awk -v RS= -v ORS='\\n\\n' '!/(^|\\n)Package: ${name}\\n/ || !/\\nVersion: (1:)?1\\.0\\n/' /srv/packages/Packages >/tmp/Packages
mv /tmp/Packages /srv/packages/Packages`,
    )
    .concat('apt-get -q update')
    .join('\n');
}

let machine: DebianMachine;
let stage: MachineStage;

beforeAll(async () => {
  machine = await startMachine({
    packages: PACKAGES,
    setUp: `apt-get -q -y install cutover-probe=1:1.0~rc1-1 cutover-probe-data=1:1.0~rc1-1 \
cutover-frail=1.0 cutover-frail-data=1:1.0 cutover-rival=1.0 cutover-meek cutover-stuck=1.0 cutover-single \
cutover-ahead=2.0 cutover-pair=1.0 cutover-pair-data=1.0 cutover-orphan=1.0 cutover-lone=1.0 cutover-cached=1:1.0
apt-mark hold cutover-probe cutover-frail cutover-pair-data
echo 'level=9' >/etc/cutover-probe.conf
mv /srv/packages/cutover-cached_1%3a1.0_all.deb /srv/packages/cutover-frail-data_1%3a1.0_all.deb /var/cache/apt/archives
${forget('cutover-orphan', 'cutover-lone', 'cutover-cached', 'cutover-frail-data')}`,
  });
  stage = await createMachineStage({
    machine,
    target: TARGET,
    runbook: 'debian-package',
    role: 'machine',
    k: K,
  });
  // The command line reads it; this file's own process only.
  process.env.CUTOVER_TARGETS = stage.targetsFile;
  await botIsThere(stage);
}, MAKING_MS + 60_000);

afterAll(async () => {
  await stage?.close();
  await machine?.close();
});

/** What dpkg's own database says: name → state and version. */
async function installed(prefix: string): Promise<{ readonly [name: string]: string }> {
  const text = await machine.run(
    `dpkg-query -W -f '\${Package} \${db:Status-Status} \${Version}\\n' '${prefix}*'\n`,
  );
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  return Object.fromEntries(
    rows
      .filter(([, state]) => state !== 'not-installed')
      .map(([name, state, version]) => [name, `${state} ${version}`]),
  );
}

const held = async (): Promise<readonly string[]> =>
  (await machine.run('apt-mark showhold\n')).split('\n').filter((line) => line !== '');

const said = (card: string): string =>
  messages(stage, card)
    .map(({ text }) => text)
    .join('\n');

async function approved(package_: string, to: string, more: Ask['inputs'] = {}): Promise<string> {
  const card = await request(stage, {
    ...{ target: TARGET, flow: 'upgrade', to },
    inputs: { Package: package_, 'Window opens': stage.nowS() + OPENS_IN_S, ...more },
  });
  await planned(stage, card);
  expect(cardText(stage, card)).toMatch(/Waiting for approval/);
  await approvedByBoth(stage, card);
  return card;
}

describe('debian-package on a machine', () => {
  it(
    'a held package is upgraded with what belongs to it, kept in the vault, and held again',
    async () => {
      const card = await approved('cutover-probe', '1:1.0-1+deb12u1');
      const end = await playOn(stage, card);

      expect(end).toMatch(/Succeeded/);
      expect(await installed('cutover-probe')).toEqual({
        'cutover-probe': 'installed 1:1.0-1+deb12u1',
        'cutover-probe-data': 'installed 1:1.0-1+deb12u1',
        'cutover-probe-helper': 'installed 3',
      });
      expect(said(card)).toMatch(/apt, just now: .*cutover-probe \[1:1\.0~rc1-1\] \(1:1\.0-1\+deb12u1 /);
      expect(await held()).toContain('cutover-probe');
      expect(await machine.run('dpkg --audit\n')).toBe('');
      // Changed on the machine, so it stays.
      expect(await machine.run('cat /etc/cutover-probe.conf\n')).toBe('level=9\n');
      const [upgrade = ''] = /U-\d+/.exec(end) ?? [];
      expect(readdirSync(join(stage.vault, upgrade), { recursive: true }).join('\n')).toMatch(/old-packages/);
    },
    LONG_MS,
  );

  it(
    'one that cannot be set up holds the run and is rolled back, though repository and cache have forgotten the old one',
    async () => {
      const before = await installed('cutover-frail');
      const card = await approved('cutover-frail', '2.0');
      const holds: string[] = [];
      const end = await playOn(stage, card, {
        held: async (message: MessageState) => {
          holds.push(message.text);
          expect(await installed('cutover-frail')).toEqual({
            'cutover-frail': 'half-configured 2.0',
            'cutover-frail-data': 'installed 1:2.0',
            'cutover-frail-helper': 'installed 1',
          });
          // One half of it came from there, the other from the cache; neither has it now.
          await machine.run(`${forget('cutover-frail')}\nrm /var/cache/apt/archives/cutover-frail*\n`);
          await stage.slack.as(OLU).click(message, 'roll_back');
          await noted(stage, OLU, 'The data cannot be converted; back to 1.0.');
        },
      });

      expect(end).toMatch(/Rolled back/);
      expect(holds).toHaveLength(1);
      expect(holds[0]).toMatch(/Install cutover-frail 2\.0[\s\S]*exit code 100/);
      expect(said(card)).toMatch(/cannot be converted/);
      expect(await installed('cutover-frail')).toEqual(before);
      expect(before).toEqual({ 'cutover-frail': 'installed 1.0', 'cutover-frail-data': 'installed 1:1.0' });
      expect(await held()).toContain('cutover-frail');
      expect(await machine.run('dpkg --audit\n')).toBe('');
    },
    LONG_MS,
  );

  it(
    'without a way back the point of no return is passed with open eyes, and no hold is set where none is wanted',
    async () => {
      const card = await approved('cutover-orphan', '2.0', { 'Hold the package at the new version': [] });
      expect(said(card)).toMatch(/point of no return/i);
      const end = await playOn(stage, card);

      expect(end).toMatch(/Succeeded/);
      expect(await installed('cutover-orphan')).toEqual({ 'cutover-orphan': 'installed 2.0' });
      expect(await held()).not.toContain('cutover-orphan');
    },
    LONG_MS,
  );
});

/** What the people who approve would see, from live probes of the machine as it is now. */
async function live(inputs: { readonly [name: string]: string }): Promise<Seen> {
  const answer = await livePlan({ target: TARGET, flow: 'upgrade', inputs });
  if (!('planned' in answer)) throw new Error(`the runbook does not pass: ${JSON.stringify(answer)}`);
  const { planned: made } = answer;
  if (made.kind === 'refused')
    return { refused: made.errors.map(({ say }) => say).join(' '), blockers: {}, warnings: {} };
  const { body, evidence } = made.plan;
  const found = (severity: Finding['severity']) =>
    Object.fromEntries(
      evidence.findings
        .filter((finding) => finding.severity === severity)
        .map(({ id, say, do: todo }) => [id, `${say} ${todo}`]),
    );
  return { body, blockers: found('blocker'), warnings: found('warning') };
}

interface Seen {
  readonly refused?: string;
  readonly body?: PlanBody;
  readonly blockers: { readonly [id: string]: string };
  readonly warnings: { readonly [id: string]: string };
}

const ids = (said: { readonly [id: string]: string }): readonly string[] => Object.keys(said);

describe('what a look at the machine finds, before anybody is asked', () => {
  const REFUSED: readonly (readonly [string, { readonly [name: string]: string }, string, RegExp])[] = [
    [
      'is not installed',
      { package: 'cutover-slow', to: '1.0' },
      'installed',
      /not-installed[\s\S]*by hand first/,
    ],
    ['does not exist', { package: 'cutover-nobody', to: '1.0' }, 'installed', /not-installed/],
    [
      'is not offered in that version',
      { package: 'cutover-single', to: '9' },
      'offered',
      /no version 9[\s\S]*It knows 1\.0\.[\s\S]*apt-get update/,
    ],
    ['has that version', { package: 'cutover-single', to: '1.0' }, 'another', /installed already/],
    [
      'has a newer version',
      { package: 'cutover-ahead', to: '2.0~rc1' },
      'upward',
      /older than the installed 2\.0/,
    ],
    [
      'cannot be installed',
      { package: 'cutover-stuck', to: '2.0' },
      'possible',
      /cutover-stuck : Depends: cutover-nowhere[\s\S]*apt-get -s install cutover-stuck=2\.0/,
    ],
    [
      'would push another one out',
      { package: 'cutover-rival', to: '2.0' },
      'removes_nothing',
      /remove cutover-meek/,
    ],
    [
      'needs another one that somebody holds',
      { package: 'cutover-pair', to: '2.0' },
      'possible',
      /cutover-pair : Depends: cutover-pair-data \(= 2\.0\) but 1\.0[\s\S]*showhold/,
    ],
    [
      'has a service that does not run',
      { package: 'cutover-ahead', to: '3.0', service: 'cutover-ahead.service' },
      'service_runs',
      /before the upgrade/,
    ],
  ];
  it.each(REFUSED)(
    'a package that %s is refused, with the reason and what to do',
    async (_, inputs, id, words) => {
      const { blockers } = await live(inputs);

      expect(ids(blockers).filter((one) => one !== id)).toEqual(
        // Of what is not installed, the unknown version is told too.
        inputs.package === 'cutover-nobody' ? ['offered'] : [],
      );
      expect(blockers[id]).toMatch(words);
    },
  );

  it.each([
    ['package', 'nginx; reboot'],
    ['package', '-y'],
    ['package', 'nginx=1.0'],
    ['to', '1.0 -y'],
    ['to', '1.0+'],
    ['to', '$(reboot)'],
    ['to', '*'],
    ['service', '--root=/'],
  ])('the form refuses the %s “%s”', async (field, value) => {
    const { refused } = await live({ package: 'cutover-single', to: '1.0', [field]: value });

    expect(refused).toContain('does not match');
  });

  it('an older version is planned when the requester allows it', async () => {
    const { blockers, body } = await live({ package: 'cutover-ahead', to: '2.0~rc1', downgrade: 'true' });

    expect(blockers).toEqual({});
    expect(body?.pointOfNoReturn).toBeNull();
  });

  it('while somebody installs, nothing is begun', async () => {
    const slow = machine.run('apt-get -q -y install cutover-slow\n');
    try {
      await machine.run('until pgrep -f cutover-slow.postinst >/dev/null; do sleep 0.1; done\n');
      const { blockers } = await live({ package: 'cutover-ahead', to: '3.0' });

      expect(blockers.unlocked).toMatch(/apt-get \d+ \/var\/lib\/dpkg\/lock-frontend/);
    } finally {
      await machine.run('touch /tmp/let-go\n');
      await slow;
    }
    expect((await live({ package: 'cutover-ahead', to: '3.0' })).blockers).toEqual({});
  });

  it('what dpkg has left half done is mended first', async () => {
    await machine.run(
      'apt-get -q -y purge cutover-slow; dpkg --unpack /srv/packages/cutover-slow_1.0_all.deb\n',
    );
    const { blockers } = await live({ package: 'cutover-ahead', to: '3.0' });
    await machine.run('dpkg --purge cutover-slow\n');

    expect(ids(blockers)).toEqual(['dpkg_in_order']);
    expect(blockers.dpkg_in_order).toMatch(/cutover-slow[\s\S]*dpkg --configure -a/);
  });

  it('an installed version that nobody has any more makes a point of no return, and is warned of', async () => {
    const { blockers, warnings, body } = await live({ package: 'cutover-lone', to: '2.0' });

    expect([blockers, ids(warnings)]).toEqual([{}, ['way_back']]);
    expect(body?.pointOfNoReturn).toBe('install_for_good');
    const { warnings: kept } = await live({ package: 'cutover-cached', to: '1:2.0' });
    // It lies in the cache of apt.
    expect(kept).toEqual({});
  });
});
