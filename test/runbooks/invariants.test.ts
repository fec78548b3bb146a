/**
 * What must hold for every upgrade of a Cloudify Manager, whatever the runbook looks like: plans as JSON over the whole
 * space of flows, sources, targets, users, agents and editions. Ids: S = step of the published page, G = guard, H = decision.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PlanView, StepView } from '../../src/cli/plan-view.ts';
import { type Made, nameOf, older, planOf, type Situation, space } from './planning.ts';

interface Case {
  readonly situation: Situation;
  readonly made: Made;
  readonly view: PlanView;
}

const cases: Case[] = [];

beforeAll(async () => {
  for (const situation of space()) {
    const made = await planOf(situation);
    // As a stranger would get it.
    cases.push({ situation, made, view: JSON.parse(JSON.stringify(made.view)) as PlanView });
  }
}, 180_000);

/** Names every plan that breaks the rule, and how. */
function forAll(rule: (one: Case) => string | null | undefined): void {
  const broken = cases.flatMap((one) => {
    const why = rule(one);
    return why ? [`${nameOf(one.situation)}: ${why}`] : [];
  });
  expect(broken.slice(0, 10)).toEqual([]);
  expect(cases.length).toBeGreaterThan(500);
}

const has = (step: StepView, ref: string): boolean => step.refs.includes(ref);
const first = (view: PlanView, ref: string): number => view.steps.findIndex((step) => has(step, ref));
const last = (view: PlanView, ref: string): number => view.steps.findLastIndex((step) => has(step, ref));
const present = (view: PlanView, ref: string): boolean => first(view, ref) >= 0;
const commandsOf = (step: StepView): string =>
  [step.command ?? '', ...step.verify.map(({ command }) => command ?? '')].join('\n');

const UNINSTALLS = [
  { tool: /\bcfy teardown\b/, name: 'cfy teardown' },
  { tool: /\bcfy_manager remove\b/, name: 'cfy_manager remove' },
  { tool: /\byum remove\b/, name: 'yum remove' },
  { tool: /cfy_teardown_\w+\.sh/, name: 'teardown script' },
] as const;
/** A cluster leaves parts behind that scripts take away, up to 4.3. */
function toolsOf({ version, standbys = 0 }: Situation): readonly string[] {
  const script = older(version, '4.1') || (standbys > 0 && older(version, '4.4')) ? ['teardown script'] : [];
  if (older(version, '4.1')) return script;
  return older(version, '4.3')
    ? ['cfy teardown', ...script]
    : ['cfy_manager remove', 'yum remove', ...script];
}

const DESTRUCTIVE =
  /\bcfy teardown\b|\bcfy_manager remove\b|\byum remove\b|cfy_teardown_|delete_cluster_|\brm -rf?\b.*\/(etc|opt)\//;
const destroys = (step: StepView): boolean =>
  step.kind === 'run' && !/^\w+=.*\ncurl /.test(step.command ?? '') && DESTRUCTIVE.test(step.command ?? '');
const manyUsers = ({ users = 1 }: Situation): boolean => users > 1;
const agents = ({ agents: count = 0 }: Situation): boolean => count > 0;
const old = ({ version }: Situation): boolean => older(version, '4.2');

function follows(view: PlanView, earlier: string, later: string): string | null {
  const [a, b] = [last(view, earlier), first(view, later)];
  if (a < 0 || b < 0) return `${earlier} or ${later} is absent`;
  return a < b ? null : `${later} (step ${b + 1}) does not come after ${earlier} (step ${a + 1})`;
}

/** By the first step of each: what is done on one machine comes again on the next one. */
function precedes(view: PlanView, refs: readonly string[]): string | null {
  const places = refs.map((ref) => first(view, ref));
  const wrong = places.findIndex(
    (place, index) => place < 0 || (index > 0 && place <= (places[index - 1] ?? 0)),
  );
  return wrong < 0 ? null : `${refs[wrong]} is absent or comes before ${refs[wrong - 1]}`;
}

function presentIff(view: PlanView, ref: string, wanted: boolean): string | null {
  if (present(view, ref) === wanted) return null;
  return wanted ? `${ref} is absent` : `${ref} is there`;
}

const firstOf = (reasons: readonly (string | null | false | undefined)[]): string | null =>
  reasons.find((reason): reason is string => typeof reason === 'string') ?? null;

describe('every plan of the space', () => {
  it('can be approved: nothing in it blocks, nothing could not be decided', () => {
    forAll(({ view }) => {
      const blockers = view.findings.filter(({ severity }) => severity === 'blocker');
      return view.blocked || blockers.length > 0
        ? blockers.map(({ id, say }) => `${id}: ${say}`).join('; ') || 'blocked'
        : null;
    });
  });

  it('has no hole that was not filled in', () => {
    forAll(({ view }) =>
      /\$\{\{|undefined|\[object/.test(JSON.stringify(view)) ? 'an unfilled hole' : null,
    );
  });

  it('is the same plan with the same digest when it is made again', async () => {
    for (const { situation, made } of cases)
      expect((await planOf(situation)).plan.digest, nameOf(situation)).toBe(made.plan.digest);
  }, 180_000);

  it('has steps that a person can follow: a title, an id of its own, a length', () => {
    forAll(({ situation, view }) => {
      const ids = view.steps.map(({ id }) => id);
      if (new Set(ids).size !== ids.length) return 'an id is used twice';
      const odd = view.steps.find(
        ({ title, expected_s }) => title.length > 60 || /[.!]$/.test(title) || expected_s <= 0,
      );
      if (odd !== undefined) return `odd title or length: ${odd.title}`;
      const { standbys = 0, newStandbys = 0 } = situation;
      const most = 60 + 12 * (standbys + newStandbys);
      return view.steps.length > most ? `${view.steps.length} steps` : null;
    });
  });
});

describe('the order of steps', () => {
  it('1: snapshot created, seen, downloaded; only then anything destructive, and in place only after the go', () => {
    forAll(({ situation, view }) => {
      const destructive = view.steps.findIndex(destroys);
      const made = view.steps[first(view, 'S10')];
      const gate = view.steps[first(view, 'H19')];
      return firstOf([
        made === undefined ? 'S10 is absent' : null,
        first(view, 'G11') < first(view, 'S10') ? 'G11 before S10' : null,
        !made?.verify.some(({ command }) => command?.includes('cfy snapshots list'))
          ? 'the status of the snapshot itself is not looked at'
          : null,
        follows(view, 'G11', 'S12'),
        destructive >= 0 && destructive < last(view, 'G13')
          ? 'destructive before the archive was tested'
          : null,
        situation.flow === 'in_place' && gate?.kind !== 'gate' ? 'H19 is not a gate' : null,
        situation.flow === 'in_place' && destructive < first(view, 'H19') ? 'destructive before H19' : null,
        presentIff(view, 'H19', situation.flow === 'in_place'),
      ]);
    });
  });

  it('2: rest-security.conf is saved, and users restored after the restore, exactly for several users before 4.2', () => {
    forAll(({ situation, view }) => {
      const wanted = manyUsers(situation) && old(situation);
      return firstOf([
        presentIff(view, 'S14', wanted),
        presentIff(view, 'S60', wanted),
        wanted && follows(view, 'S52', 'S60'),
        wanted && follows(view, 'S14', situation.flow === 'in_place' ? 'H19' : 'S40'),
      ]);
    });
  });

  it('3: certificates are saved and swapped exactly in place from 4.0.0, between restore and agents', () => {
    forAll(({ situation, view }) => {
      const wanted = situation.flow === 'in_place' && older(situation.version, '4.0.1');
      return firstOf([
        ...['S15', 'S70', 'S71', 'S72'].map((ref) => presentIff(view, ref, wanted)),
        wanted && follows(view, 'S15', 'H19'),
        wanted && follows(view, 'S52', 'S70'),
        wanted && follows(view, 'S70', 'S71'),
        wanted && follows(view, 'S71', 'S72'),
        wanted && agents(situation) && follows(view, 'S72', 'S74'),
        wanted && view.steps[first(view, 'S72')]?.kind !== 'reboot' ? 'S72 is no reboot' : null,
      ]);
    });
  });

  it('4: certificates are restored in place, and in a migration only to the same private address', () => {
    forAll(({ situation, view }) => {
      const wanted =
        !older(situation.version, '4.0.1') && (situation.flow === 'in_place' || situation.sameIp === true);
      const given = view.steps.some((step) => step.command?.includes('--restore-certificates') === true);
      const restore = view.steps.find((step) => has(step, wanted ? 'S51a' : 'S51b'));
      return firstOf([
        given === wanted ? null : `--restore-certificates ${given ? 'is given' : 'is missing'}`,
        restore?.command?.startsWith('cfy snapshots restore upgrade-U-7') ? null : 'no restore',
        presentIff(view, wanted ? 'S51b' : 'S51a', false),
        restore?.verify.some(({ command }) => command === null) === wanted
          ? null
          : 'a reboot is expected where none happens, or the other way round',
      ]);
    });
  });

  it('5: agents are installed exactly when there are some, after the users, before the old Manager goes', () => {
    forAll(({ situation, view }) =>
      firstOf([
        presentIff(view, 'S74', agents(situation)),
        presentIff(view, 'G75', agents(situation)),
        agents(situation) && follows(view, 'S52', 'S74'),
        agents(situation) && present(view, 'S60') && follows(view, 'S60', 'S74'),
        agents(situation) && present(view, 'S83') && follows(view, 'G75', 'S83'),
        agents(situation) && follows(view, 'S74', 'G75'),
      ]),
    );
  });

  it('6: each version is uninstalled by its own tool: in place before the installation, in a migration at the very end or never', () => {
    forAll(({ situation, view }) => {
      const { flow, uninstallOld = false } = situation;
      const wanted = flow === 'migration' && !uninstallOld ? [] : toolsOf(situation);
      const found = view.steps.flatMap((step, index) =>
        UNINSTALLS.filter(({ tool }) => destroys(step) && tool.test(step.command ?? '')).map(({ name }) => ({
          name,
          index,
        })),
      );
      const ends = found.map(({ index }) => index);
      return firstOf([
        [...new Set(found.map(({ name }) => name))].sort().join() === [...wanted].sort().join()
          ? null
          : `uninstalled by ${found.map(({ name }) => name)}`,
        flow === 'in_place' && Math.max(...ends) > first(view, 'S40') ? 'uninstalled after S40' : null,
        flow === 'migration' && wanted.length > 0 && Math.min(...ends) < first(view, 'H82')
          ? 'uninstalled before H82'
          : null,
        presentIff(view, 'S83', flow === 'migration' && uninstallOld),
      ]);
    });
  });

  it('6b: teardown runs on the old CLI with --ignore-deployments exactly when there are deployments', () => {
    forAll(({ situation, view }) => {
      const step = view.steps.find(({ command }) => command?.includes('cfy teardown'));
      if (step === undefined) return null;
      const words = `cfy teardown -f${agents(situation) ? ' --ignore-deployments' : ''}`;
      const told = view.acknowledgements.some(({ refs }) => refs.includes('A5'));
      return firstOf([
        step.command?.trim() === words ? null : `it is ${step.command}`,
        step.on === 'cli' ? null : `it runs on ${step.on}`,
        told === agents(situation) ? null : 'approvers are not told of the deployments',
      ]);
    });
  });

  it('7: a 4.0.x is uninstalled by the scripts, those of the cluster exactly for a cluster and after the other', () => {
    forAll(({ situation, view }) => {
      const { flow, version, standbys = 0, uninstallOld = false } = situation;
      const gone = older(version, '4.1') && (flow === 'in_place' || uninstallOld);
      const scripts = view.steps.filter(({ command }) => /\\.(sh|py)"?\\b/.test(command ?? ''));
      const unpinned = scripts.find(
        ({ kind, command }) => kind === 'run' && !/[0-9a-f]{64} .*\\| sha256sum -c -/.test(command ?? ''),
      );
      return firstOf([
        ...['S21', 'S22', 'S23', 'S26'].map((ref) => presentIff(view, ref, gone)),
        ...['S24', 'S25'].map((ref) => presentIff(view, ref, gone && standbys > 0)),
        gone && precedes(view, ['S21', 'S22', 'S23']),
        gone && standbys > 0 && precedes(view, ['G20', 'S22', 'S24', 'S25', 'S26']),
        unpinned === undefined ? null : `${unpinned.id} runs or downloads a script that is not pinned`,
      ]);
    });
  });

  it('8: patch or update is confirmed on the Manager before the snapshot of a 4.0.x, and shown again at the uninstall', () => {
    forAll(({ situation, view }) => {
      const wanted = older(situation.version, '4.1');
      return firstOf([
        presentIff(view, 'S03', wanted),
        wanted && follows(view, 'S03', 'S10'),
        wanted && view.steps[first(view, 'S03')]?.on !== 'manager'
          ? 'it is not looked at on the Manager'
          : null,
        wanted && !view.acknowledgements.some(({ refs }) => refs.includes('G05'))
          ? 'nobody is warned (G05)'
          : null,
      ]);
    });
  });

  it('of a cluster: standbys leave first, each is uninstalled, the new cluster comes after the agents', () => {
    forAll(({ situation, view }) => {
      const { flow, standbys = 0, newStandbys = 0, uninstallOld = false, version } = situation;
      const cluster = standbys > 0;
      const gone = cluster && (flow === 'in_place' || uninstallOld);
      const left = view.steps.filter((step) => step.command?.includes('cfy cluster nodes remove')).length;
      const leave = view.steps.findIndex(({ command }) => command?.includes('cfy cluster nodes remove'));
      // Maintenance mode would refuse it.
      const closed = view.steps
        .slice(0, Math.max(leave, 0))
        .findLast(({ command }) => /^cfy maintenance-mode/.test(command ?? ''));
      const joined = view.steps.filter(
        ({ kind, command }) => kind === 'run' && command?.includes('cfy cluster join ') === true,
      ).length;
      return firstOf([
        ...['G06', 'G80', 'G81'].map((ref) => presentIff(view, ref, cluster)),
        ...['G20', 'G32'].map((ref) => presentIff(view, ref, gone)),
        presentIff(view, 'G30', gone && !older(version, '4.1') && older(version, '4.4')),
        left === (gone ? standbys : 0) ? null : `${left} standbys leave`,
        gone && closed?.command?.includes('deactivate') !== true ? 'nodes leave a closed Manager' : null,
        joined === (flow === 'in_place' ? standbys : newStandbys) ? null : `${joined} nodes join`,
        cluster && precedes(view, ['G06', 'S10', 'S52', 'G80', 'G90']),
        cluster && agents(situation) && precedes(view, ['S74', 'G80']),
        gone && flow === 'in_place' && precedes(view, ['H19', 'G32', 'S40']),
        gone && flow === 'migration' && precedes(view, ['H82', 'G20', 'G32']),
      ]);
    });
  });

  it('9: in a migration nothing destructive runs on the old Manager before H82', () => {
    forAll(({ situation, view }) => {
      if (situation.flow !== 'migration') return presentIff(view, 'H82', false);
      const gate = first(view, 'H82');
      if (view.steps[gate]?.kind !== 'gate') return 'H82 is not a gate';
      const early = view.steps.slice(0, gate).find((step) => destroys(step) || step.no_return);
      const touched = view.steps
        .slice(0, gate)
        .find(
          (step) =>
            step.on === 'manager' && !/^(cd|tar|set|umask|for|found=|manager:)/.test(step.command ?? ''),
        );
      return firstOf([
        early === undefined ? null : `${early.id} comes before the go`,
        touched === undefined ? null : `${touched.id} touches the old Manager`,
        first(view, 'G90') < gate ? null : 'H82 before the new Manager was tried',
      ]);
    });
  });

  it('10: the roles are checked exactly for sources before 4.2', () => {
    forAll(({ situation, view }) =>
      firstOf([
        presentIff(view, 'G61', old(situation)),
        old(situation) && follows(view, 'S52', 'G61'),
        old(situation) && agents(situation) && follows(view, 'G61', 'S74'),
      ]),
    );
  });
});

function pointOf({ flow, version, standbys = 0 }: Situation): string {
  const end = flow === 'in_place' ? '' : '_old';
  if (standbys > 0) return `dissolve${end}.remove_node[node-2]`;
  const tool = older(version, '4.1') ? 'run_script' : older(version, '4.3') ? 'teardown' : 'remove';
  return `uninstall${end}.${tool}`;
}

describe('the point of no return', () => {
  it('is the uninstall, and there is none in a migration that keeps the old Manager', () => {
    forAll(({ situation, view }) => {
      const wanted =
        situation.flow === 'migration' && situation.uninstallOld !== true ? null : pointOf(situation);
      return view.point_of_no_return === wanted ? null : `it is ${view.point_of_no_return}`;
    });
  });

  it('comes after a gate, with nothing between the two that changes anything', () => {
    forAll(({ made, view }) => {
      const { steps } = made.plan.body;
      const end = steps.findIndex(({ id }) => id === view.point_of_no_return);
      if (end < 0) return null;
      const gate = steps.slice(0, end).findLastIndex(({ action }) => action.kind === 'gate');
      if (gate < 0) return 'no gate before it';
      const between = steps.slice(gate + 1, end).find(({ reversal }) => reversal.kind !== 'unchanging');
      return between === undefined ? null : `${between.id} stands between`;
    });
  });

  it('is shown with proof: digest, bytes, counts and what is erased', () => {
    forAll(({ situation, view }) => {
      if (situation.flow !== 'in_place') return null;
      const said = view.steps[first(view, 'H19')]?.command ?? '';
      const wanted = [
        /‹sha256 of keep_snapshot›/,
        /‹sha256 of download_snapshot›/,
        /‹bytes of keep_snapshot›/,
        /deployments: ‹deployments of inventory›/,
        /Erased on .*10\.0\.0\.4|Erased on manager/,
      ];
      return wanted.every((line) => line.test(said)) ? null : 'a line is missing';
    });
  });

  it('every changing step says how it is seen and how it is taken back', () => {
    forAll(({ made }) => {
      const { steps } = made.plan.body;
      const odd = steps.find(({ action, reversal, verify }) => {
        if (action.kind === 'gate' || action.kind === 'manual') return false;
        const toVault = action.kind === 'copy' && action.to.at === 'vault';
        if (reversal.kind === 'unchanging') return action.kind === 'write';
        const proven = action.kind === 'copy' || action.kind === 'write';
        return toVault || (!proven && verify.length === 0);
      });
      return odd === undefined ? null : odd.id;
    });
  });
});

describe('steps of the page and guards', () => {
  const ALWAYS = [
    'S01',
    'G08',
    'S10',
    'G11',
    'S12',
    'G13',
    'S40',
    'S41',
    'S42',
    'G43',
    'G44',
    'S50',
    'S52',
    'G53',
    'G55',
    'G90',
  ];

  it('are in every plan in the order of the catalogue', () => {
    forAll(({ view }) =>
      firstOf([
        ...ALWAYS.map((ref) => presentIff(view, ref, true)),
        follows(view, 'G08', 'S10'),
        follows(view, 'S12', 'S40'),
        precedes(view, ['S40', 'S41', 'S42', 'G44']),
        precedes(view, ['G44', 'S50']),
        first(view, 'S50') < first(view, 'S52') ? null : 'S52 before S50',
        follows(view, 'S52', 'G90'),
      ]),
    );
  });

  it('that depend on the situation are in the right plans', () => {
    forAll(({ situation, view }) => {
      const { flow, version, to, edition = 'premium', uninstallOld = false, autoHeal = false } = situation;
      const inPlace = flow === 'in_place';
      const erased = inPlace || uninstallOld;
      return firstOf([
        presentIff(view, 'G07', edition === 'premium'),
        presentIff(view, 'G16', inPlace || old(situation)),
        presentIff(view, 'G17', inPlace),
        presentIff(view, 'S27', erased && older(version, '4.3') && !older(version, '4.1')),
        presentIff(view, 'S28', erased && !older(version, '4.3')),
        presentIff(view, 'S29', erased && !older(version, '4.3')),
        presentIff(view, 'G31', erased),
        presentIff(view, 'G45', edition === 'premium' && !older(to, '4.6')),
        presentIff(view, 'G54', !older(version, '4.2')),
        presentIff(view, 'H82', !inPlace),
        presentIff(view, 'S84', !inPlace && !uninstallOld && autoHeal),
        inPlace && follows(view, 'G16', 'H19'),
        inPlace && follows(view, 'G17', 'H19'),
        inPlace && follows(view, 'G31', 'S40'),
        present(view, 'G45') && precedes(view, ['G44', 'G45']),
        present(view, 'G45') && follows(view, 'G45', 'S50'),
      ]);
    });
  });

  it('that keep what cannot be made again have it in the vault before anything is erased', () => {
    forAll(({ situation, view }) => {
      const erased = view.steps.findIndex(destroys);
      const limit = erased < 0 ? view.steps.length : erased;
      const kept = view.steps.slice(0, limit).flatMap(({ kind, command }) => {
        const to = kind === 'copy' ? /→ vault:(\S+)$/.exec(command ?? '')?.[1] : undefined;
        return to === undefined ? [] : [to];
      });
      const wanted = [
        ...(situation.edition === 'community' ? [] : ['users.txt']),
        'inventory.txt',
        'snapshot.zip',
        ...(old(situation) && manyUsers(situation) ? ['rest-security.conf'] : []),
        ...(situation.flow === 'in_place' || old(situation) ? ['manager-files.tgz'] : []),
      ];
      const missing = wanted.filter((name) => !kept.includes(name));
      return missing.length === 0 ? null : `${missing.join(', ')} is not kept`;
    });
  });

  it('that people decide are put to them', () => {
    forAll(({ situation, view }) => {
      const told = (ref: string) => view.acknowledgements.some(({ refs }) => refs.includes(ref));
      const wanted: readonly (readonly [string, boolean])[] = [
        ['H01', situation.edition !== 'community'],
        ['S01', true],
        ['H02', true],
        ['G50', situation.flow === 'migration'],
        ['S60', old(situation) && manyUsers(situation)],
        ['S83', situation.flow === 'migration' && situation.uninstallOld === true],
      ];
      return firstOf(
        wanted.map(([ref, expected]) => (told(ref) === expected ? null : `${ref} told: ${!expected}`)),
      );
    });
  });

  it('that are rules over facts are checks', () => {
    forAll(({ view }) =>
      firstOf(
        ['G01', 'G02', 'G03', 'S01', 'G06', 'G08'].map((ref) =>
          view.checks.some(({ refs, ok }) => refs.includes(ref) && (ok || ref === 'G08' || ref === 'G03'))
            ? null
            : `no check for ${ref}`,
        ),
      ),
    );
  });

  it('agents are installed tenant by tenant, with the new CLI', () => {
    forAll(({ situation, view }) => {
      if (!agents(situation)) return null;
      const tenants = situation.edition === 'community' ? ['default_tenant'] : ['default_tenant', 'prod'];
      const found = view.steps.filter((step) => has(step, 'S74'));
      if (found.some(({ on }) => on !== 'new_cli')) return 'not with the new CLI';
      const each = tenants.every((tenant) =>
        found.some(({ command }) => command?.includes(`cfy agents install -t ${tenant} `)),
      );
      return each && found.length === tenants.length ? null : 'a tenant is left out';
    });
  });

  it('old and new CLI are never mixed up', () => {
    forAll(({ view }) => {
      const uninstalled = view.steps.findIndex(({ no_return }) => no_return);
      const wrong = view.steps.find((step, index) => {
        const text = step.kind === 'manual' ? '' : commandsOf(step);
        if (!/\bcfy /.test(text)) return false;
        if (step.on !== 'cli' && step.on !== 'new_cli')
          return !step.verify.some(({ on }) => on === 'new_cli');
        const oldWork = /snapshots (create|download)|teardown|maintenance-mode|nodes remove/.test(text);
        const newWork = /snapshots (upload|restore)|agents|license|set-password|cluster (start|join)/.test(
          text,
        );
        if (oldWork && step.on !== 'cli') return true;
        if (newWork && step.on !== 'new_cli') return true;
        return (
          step.on === 'cli' &&
          uninstalled >= 0 &&
          index > uninstalled &&
          !/profiles|nodes|teardown/.test(text)
        );
      });
      return wrong === undefined ? null : wrong.id;
    });
  });

  it('no password is written anywhere, and each is named where it is used', () => {
    forAll(({ view }) => {
      const step = view.steps.find(({ command, secrets }) =>
        ['MANAGER_PASSWORD', 'NEW_ADMIN_PASSWORD'].some(
          (name) => command?.includes(`$${name}`) === true && !secrets.includes(name),
        ),
      );
      return step === undefined ? null : step.id;
    });
  });
});
