/**
 * The runbook debian-package without a machine: whole plans as text, what it makes of real answers of apt and dpkg, and what
 * must hold for all its plans. `UPDATE_GOLDEN=1 npx vitest run test/runbooks/debian-package.test.ts` writes the plans anew.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { dryFacts, dryHosts, type FactsFile } from '../../src/cli/facts-file.ts';
import { planText } from '../../src/cli/plan-text.ts';
import { type PlanView, planView } from '../../src/cli/plan-view.ts';
import { problemsText, readRunbook, sha256 } from '../../src/cli/runbook-file.ts';
import type { Json, Plan } from '../../src/core/plan.ts';
import { evaluateBool, evaluateCapture } from '../../src/runbook/evaluate.ts';
import { planUpgrade } from '../../src/runbook/plan.ts';
import { readFact } from '../../src/runbook/probe.ts';
import type { Runbook } from '../../src/runbook/runbook.ts';

let runbook: Runbook;

beforeAll(async () => {
  const { loaded } = await readRunbook('debian-package');
  if (!loaded.ok) throw new Error(problemsText(loaded.problems));
  runbook = loaded.runbook;
});

interface Situation {
  readonly input: FactsFile['input'];
  readonly fact?: FactsFile['fact'];
}

/** What a machine in order answers. */
const CLEAN: FactsFile['fact'] = {
  root: 0,
  state: 'installed',
  version: '1.22.1-9',
  direction: 'newer',
  dpkg_problems: '',
  held: [],
  offered: ['1.22.1-9+deb12u3', '1.22.1-9'],
  refusal: '',
  removed: [],
  others: [],
  lost: [],
  lock_holders: [],
  needed_mb: 3,
  var_free_mb: 8000,
  usr_free_mb: 12_000,
};

interface Made {
  readonly plan: Plan;
  readonly view: PlanView;
  readonly text: string;
}

/** Every fact is given: what the runbook needs beyond them would block the plan. */
function planOf({ input, fact }: Situation): Made {
  const file: FactsFile = {
    fact: { ...CLEAN, ...fact },
    host: { machine: { name: 'web-1', address: '10.0.0.7' } },
    input,
    target: {},
  };
  const planned = planUpgrade({
    upgradeId: 'U-7',
    flow: 'upgrade',
    inputs: Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)])),
    target: { name: 'web', rehearsal: false, facts: {} },
    hosts: dryHosts(runbook, file),
    runbook,
    facts: dryFacts(runbook, file),
    probeFindings: [],
    dry: false,
    sha256,
  });
  if (planned.kind === 'refused') throw new Error(planned.errors.map(({ say }) => say).join('\n'));
  const view = planView(planned.plan, runbook);
  return { plan: planned.plan, view, text: planText(view, planned.plan) };
}

const NGINX = { package: 'nginx', to: '1.22.1-9+deb12u3' } as const;
const LIBRARY = [
  { name: 'nginx-common', old: '1.22.1-9', new: '1.22.1-9+deb12u3' },
  { name: 'libnginx-mod-stream', old: '', new: '1.22.1-9+deb12u3' },
];

const GOLDEN: { readonly [name: string]: Situation } = {
  alone: { input: NGINX },
  'held-with-others-and-a-service': {
    input: { ...NGINX, service: 'nginx.service' },
    fact: { held: ['nginx', 'linux-image-amd64'], others: LIBRARY, service_state: 'active' },
  },
  'no-way-back': { input: { ...NGINX, hold: 'no' }, fact: { lost: ['nginx'] } },
  'older-version-wanted': {
    input: { ...NGINX, to: '1.18.0-6', downgrade: 'yes' },
    fact: { direction: 'older', offered: ['1.22.1-9', '1.18.0-6'] },
  },
  'blocked-not-installed': {
    input: NGINX,
    fact: { state: 'not-installed', version: '', direction: 'unknown', offered: [], lost: ['nginx'] },
  },
};

describe('golden plans', () => {
  for (const [name, situation] of Object.entries(GOLDEN))
    it(`${name} is as it was reviewed`, async () => {
      // A comment in the runbook changes its digest and no step.
      const text = planOf(situation).text.replace(
        /^Plan [0-9a-f]{12} for web, runbook debian-package [0-9a-f]{12},/m,
        'Plan ‹digest› for web, runbook debian-package ‹digest›,',
      );
      const file = new URL(`golden/debian-package-${name}.txt`, import.meta.url);
      if (process.env.UPDATE_GOLDEN === '1') await writeFile(file, text);
      expect(text).toBe(await readFile(file, 'utf8'));
    });

  it('no golden plan is left over', async () => {
    const files = (await readdir(new URL('golden/', import.meta.url)))
      .filter((file) => file.startsWith('debian-package-'))
      .map((file) => file.slice('debian-package-'.length, -'.txt'.length));
    expect(files.sort()).toEqual(Object.keys(GOLDEN).sort());
  });
});

describe('all plans', () => {
  const all = [false, true].flatMap((held) =>
    [[], LIBRARY].flatMap((others) =>
      [null, 'nginx.service'].flatMap((service) =>
        [[], ['nginx']].flatMap((lost) =>
          ['yes', 'no'].flatMap((downgrade) =>
            ['yes', 'no'].map((hold) => ({
              input: { ...NGINX, downgrade, hold, ...(service === null ? {} : { service }) },
              fact: {
                ...{ others, lost, held: held ? ['nginx'] : [] },
                ...(service === null ? {} : { service_state: 'active' }),
              },
            })),
          ),
        ),
      ),
    ),
  );

  it('can be carried out, ask people before the package is changed, and keep the way back in two places', () => {
    expect(all).toHaveLength(64);
    for (const situation of all) {
      const { view } = planOf(situation);
      const ids = view.steps.map(({ id }) => id);
      const install = ids.findIndex((id) => id === 'install' || id === 'install_for_good');
      expect(view.blocked).toBe(false);
      expect(ids[install - 1]).toBe('approve_install');
      expect(ids[install - 2]).toBe('simulate');
      const reversible = situation.fact.lost.length === 0;
      expect(ids.includes('keep_old') && ids.includes('keep_in_vault')).toBe(reversible);
      expect(view.point_of_no_return).toBe(reversible ? null : 'install_for_good');
      expect(view.steps.every(({ kind, sudo }) => kind === 'gate' || sudo)).toBe(true);
    }
  });

  it('leave the package on hold or not as the requester said, and a rollback as it was', () => {
    for (const situation of all) {
      const { view } = planOf(situation);
      const ids = view.steps.map(({ id }) => id);
      expect(ids.includes('hold')).toBe(situation.input.hold === 'yes');
      expect(ids.includes('release_hold')).toBe(situation.fact.held.length > 0);
      if (situation.fact.lost.length > 0) continue;
      expect(view.rollback.map(({ id }) => id)).toEqual(
        ids.filter((id) => ['hold', 'install', 'release_hold'].includes(id)).toReversed(),
      );
    }
  });

  it('only go down in version when the requester allowed it; the way back always may', () => {
    for (const situation of all) {
      const { view } = planOf(situation);
      const wanted = situation.input.downgrade === 'yes';
      for (const { id, command, undo } of view.steps) {
        if (id !== 'install' && id !== 'install_for_good') continue;
        expect(command?.includes('--allow-downgrades')).toBe(wanted);
        if (id === 'install') expect(undo?.command).toContain('--allow-downgrades');
        expect(command).not.toMatch(/--allow-(change-held|remove-essential|unauthenticated)|--force-yes/);
      }
    }
  });
});

describe('refusals', () => {
  it.each([
    ['root', { root: 1000 }, /user id on web-1 is 1000/, /sudo without a password/],
    ['installed', { state: 'config-files', version: '' }, /config-files/, /by hand first/],
    ['installed', { state: 'installed for several architectures' }, /several architectures/, /keep one/],
    ['offered', { offered: ['1.22.1-9'] }, /It knows 1\.22\.1-9\./, /apt-get update/],
    ['another', { direction: 'same' }, /installed already/, /another version/],
    ['upward', { direction: 'older' }, /older than the installed 1\.22\.1-9/, /tick/],
    ['dpkg_in_order', { dpkg_problems: 'foo is half configured' }, /foo is half/, /--configure -a/],
    ['possible', { refusal: 'E: Broken packages' }, /E: Broken packages/, /apt-get -s install nginx=/],
    ['removes_nothing', { removed: ['apache2', 'php'] }, /remove apache2, php/, /by hand/],
    [
      'own_architecture',
      { others: [{ name: 'libc6:i386', old: '1', new: '2' }] },
      /libc6:i386/,
      /other architecture/,
    ],
    ['unlocked', { lock_holders: ['apt-get 812 /var/lib/dpkg/lock'] }, /apt-get 812/, /unattended-upgrades/],
    ['room', { needed_mb: 5000 }, /8000 MB free[\s\S]*10000 MB/, /apt-get clean/],
    ['room', { usr_free_mb: 5 }, /\/usr 5 MB/, /Free space/],
  ] as const)('%s: %j', (id, fact, say, todo) => {
    const { view } = planOf({ input: NGINX, fact: fact as FactsFile['fact'] });
    const blockers = view.findings.filter(({ severity }) => severity === 'blocker');

    expect(blockers.map((one) => one.id)).toEqual([id]);
    expect(blockers[0]?.say).toMatch(say);
    expect(blockers[0]?.do).toMatch(todo);
  });

  it('a service that does not run before the upgrade', () => {
    const { view } = planOf({
      input: { ...NGINX, service: 'nginx.service' },
      fact: { service_state: 'failed' },
    });

    expect(view.findings.map(({ id, say }) => [id, say])).toEqual([
      ['service_runs', expect.stringMatching(/nginx\.service is failed before the upgrade/)],
    ]);
  });
});

/** The fact, or the sentence that refuses it. */
function read(probe: string, stdout: string, exitCode = 0): Json {
  const answer = readFact(runbook, probe, { stdout, exitCode }, 'web-1', 0);
  return answer.ok ? answer.fact.value : answer.finding.say;
}

const SIMULATED = `Reading package lists...
Building dependency tree...
Reading state information...
The following additional packages will be installed:
  nginx-common libnginx-mod-stream
2 upgraded, 1 newly installed, 0 to remove and 2 not upgraded.
Inst nginx [1.22.1-9] (1.22.1-9+deb12u3 Debian:12.11/stable [amd64]) []
Inst nginx-common [1.22.1-9] (1.22.1-9+deb12u3 Debian:12.11/stable, Debian-Security:12/stable-security [all]) []
Inst libnginx-mod-stream (1.22.1-9+deb12u3 Debian:12.11/stable [amd64])
Conf nginx-common (1.22.1-9+deb12u3 Debian:12.11/stable, Debian-Security:12/stable-security [all])
`;

const REFUSED = `Reading package lists...
The following packages have unmet dependencies:
 nginx : Depends: nginx-common (= 1.22.1-9+deb12u3) but 1.22.1-9 is to be installed
E: Unable to correct problems, you have held broken packages.
`;

describe('what is read', () => {
  it('state and version of one package, of none, of half a one, of two', () => {
    expect([read('state', 'installed\n'), read('version', 'installed 1:2.0~rc1-1\n')]).toEqual([
      'installed',
      '1:2.0~rc1-1',
    ]);
    expect([read('state', '', 1), read('version', '', 1)]).toEqual(['not-installed', '']);
    expect([read('state', 'half-configured\n'), read('version', 'half-configured 2.0\n')]).toEqual([
      'half-configured',
      '',
    ]);
    expect(read('state', 'installed\ninstalled\n')).toBe('installed for several architectures');
    expect(read('version', 'installed 1\ninstalled 1\n')).toBe('');
    expect(read('version', '', 2)).toMatch(/exit code 2/);
  });

  it('versions that apt knows, without those of source packages', () => {
    const madison = ` nginx | 1.22.1-9+deb12u3 | http://deb.example bookworm/main amd64 Packages
     nginx |   1.22.1-9 | http://deb.example bookworm/main amd64 Packages
     nginx |   1.18.0-6 | http://deb.example bullseye/main Sources
`;
    expect(read('offered', madison)).toEqual(['1.22.1-9+deb12u3', '1.22.1-9']);
    expect(read('offered', '')).toEqual([]);
  });

  it('a simulation: what changes along, what goes, why not', () => {
    expect(read('others', `nginx\n${SIMULATED}`)).toEqual(LIBRARY);
    expect(read('removed', SIMULATED)).toEqual([]);
    expect(
      read('removed', `Remv apache2 [2.4.62-1]\nRemv libapache2-mod-php [8.2] []\n${SIMULATED}`),
    ).toEqual(['apache2', 'libapache2-mod-php']);
    expect(read('refusal', SIMULATED)).toBe('');
    expect(read('refusal', REFUSED, 100)).toBe(
      'nginx : Depends: nginx-common (= 1.22.1-9+deb12u3) but 1.22.1-9 is to be installed; E: Unable to correct problems, you have held broken packages.',
    );
    expect(read('others', 'sh: apt-get: not found\n', 127)).toMatch(/exit code 127/);
  });

  it('locks of apt and dpkg among all locks', () => {
    const locks = `cron 413 /run/crond.pid
unattended-upgr 812 /var/lib/dpkg/lock-frontend
apt-get 990 /var/lib/apt/lists/lock
vim 77 /home/ann/var/lib/dpkg/lock.txt
`;
    expect(read('lock_holders', locks)).toEqual([
      'unattended-upgr 812 /var/lib/dpkg/lock-frontend',
      'apt-get 990 /var/lib/apt/lists/lock',
    ]);
  });

  it('the second simulation counts only when it is the one that was approved', () => {
    const { plan } = planOf({ input: NGINX, fact: { others: LIBRARY } });
    const step = plan.body.steps.find(({ id }) => id === 'simulate');
    if (step?.action.kind !== 'run') throw new Error('there is no such step');
    const { okWhen, capture } = step.action;
    const judge = (output: string, exitCode = 0) => evaluateBool(okWhen, { captured: {}, output, exitCode });

    expect(judge(SIMULATED)).toEqual({ ok: true, value: true });
    for (const other of [
      `${SIMULATED}Remv apache2 [2.4.62-1]\n`,
      `${SIMULATED}Inst zlib1g [1] (2 Debian:12.11/stable [amd64])\n`,
      SIMULATED.replace('(1.22.1-9+deb12u3 Debian:12.11/stable [amd64]) []', '(1.24 Debian:13 [amd64])'),
      SIMULATED.replace('Inst libnginx-mod-stream (', 'Inst libnginx-mod-stream [1.0] ('),
      SIMULATED.replace(/Inst nginx-common .*\n/, ''),
    ])
      expect(judge(other)).toEqual({ ok: true, value: false });
    expect(judge(SIMULATED, 100)).toEqual({ ok: true, value: false });
    const [summary] = capture;
    if (summary === undefined) throw new Error('it captures nothing');
    expect(evaluateCapture(summary, { captured: {}, output: SIMULATED, exitCode: 0 })).toEqual({
      ok: true,
      value: '2 upgraded, 1 newly installed, 0 to remove and 2 not upgraded',
    });
  });

  it('installed is what dpkg has set up, in the right version, with all that belongs to it', () => {
    const { plan } = planOf({ input: NGINX, fact: { others: LIBRARY } });
    const step = plan.body.steps.find(({ id }) => id === 'install');
    const [verify] = step?.verify ?? [];
    const undo = step?.reversal.kind === 'undo' ? step.reversal.undo.verify[0] : undefined;
    if (verify === undefined || undo === undefined) throw new Error('there is no verify');
    const judge = (output: string) =>
      [verify, undo].map(({ expect: expected }) => {
        const seen = evaluateBool(expected, { captured: {}, output, exitCode: 0 });
        return seen.ok ? seen.value : seen.why;
      });
    const rows = (nginx: string, common: string, stream: string) =>
      `libnginx-mod-stream ${stream}\nnginx ${nginx}\nnginx-common ${common}\n`;
    const to = 'installed 1.22.1-9+deb12u3';
    const was = 'installed 1.22.1-9';

    expect(judge(rows(to, to, to))).toEqual([true, false]);
    expect(judge(rows('half-configured 1.22.1-9+deb12u3', to, to))).toEqual([false, false]);
    expect(judge(rows(was, to, to))).toEqual([false, false]);
    expect(judge(rows(was, was, to))).toEqual([false, false]);
    expect(judge(rows(was, was, 'config-files 1.22.1-9+deb12u3'))).toEqual([false, true]);
    expect(judge(`nginx ${was}\nnginx-common ${was}\n`)).toEqual([false, true]);
  });
});
