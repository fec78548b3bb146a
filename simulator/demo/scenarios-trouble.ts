/** Trouble of a Cloudify upgrade, and what people do about it in the thread. */
import { worldFor } from '../manager/cloudify/presets/world-plan.ts';
import { cardText, playOn } from './acts.ts';
import { chooseWithNote, goForward, retry, retryFrom } from './holds.ts';
import { type Before, managerProblems, ran } from './judge.ts';
import { always, done, ended, type Scenario, untilApproved } from './scenario.ts';
import type { Stage } from './stage.ts';

const SCRIPT = 'cfy_teardown_4_0_0.sh';

const wrongDigest: Scenario = {
  name: 'wrong-script-digest',
  title: 'a script that was changed on its way is not run: held, downloaded again, and the right one runs',
  preset: worldFor({ version: '4.0.1', to: '4.4.0', patch: '4.1.0-p3' }),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.4' });
    const holds: string[] = [];
    const ranBefore: number[] = [];
    await stage.world.faults.tamperNextDownload(SCRIPT);
    await playOn(stage, card, {
      held: async (message) => {
        holds.push(message.text);
        ranBefore.push(ran(stage, 'manager', /^simulated_cfy_teardown/));
        await retry(stage, message);
      },
    });
    return {
      card,
      problems: [
        ...(holds.length === 1 ? [] : [`held ${holds.length} times, not once`]),
        ...(ranBefore.every((times) => times === 0) ? [] : ['the changed script was run']),
        ...(await done(stage, card, before, { host: 'manager', version: '4.4.0' })),
      ],
    };
  },
};

/** Each lapse is two hours of virtual time. */
const MOST_LAPSES = 3;

/** The way back takes the new Manager away and installs the old one, as the way forward did it the other way round. */
const REBUILT = [
  // With the old password: the old CLI logs in before the upgrade, and again on the way back.
  /^cfy profiles use 10\.20\.0\.10 -u admin -p Tulip-under-glass-42 /,
  /^cfy_manager remove -f$/,
  /^yum remove -y cloudify-manager-install$/,
  /^cfy_manager install$/,
].map((words) => ({ words, times: 2 }));

const restoreFails: Scenario = {
  name: 'restore-fails-rollback',
  title:
    'the restore breaks behind the point of no return: the old version is brought back, with approvals of its own',
  preset: worldFor({ version: '4.3.1', to: '4.4.0' }),
  async play(stage) {
    await stage.world.faults.failNextRestore('manager');
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.4' });
    const holds: string[] = [];
    let lapses = 0;
    await playOn(stage, card, {
      held: async (message) => {
        // On a machine that is busy the way forward may lapse before everybody has clicked: it is asked for again.
        if (!/was not (started|approved) in time/.test(message.text)) holds.push(message.text);
        else lapses += 1;
        if (lapses > MOST_LAPSES) throw new Error(`the way forward lapsed ${lapses} times:\n${message.text}`);
        if (holds.length > 1) throw new Error(`the way forward is held:\n${message.text}`);
        await goForward(stage, card, message, {
          flow: 'rebuild_old',
          note: 'The window ends at six; we go back and look for the reason tomorrow.',
        });
      },
    });
    return {
      card,
      problems: [
        ...(holds.length === 1 ? [] : [`held ${holds.length} times, not once`]),
        ...ended(stage, card, /Succeeded/),
        ...(await managerProblems(stage, 'manager', '4.3.1', before, 'agents as they were')),
        ...(await always(stage, REBUILT)),
      ],
    };
  },
};

/** As if nobody had ever asked: open, without a snapshot, obeyed by its agents. */
async function untouchedProblems(stage: Stage, before: Before): Promise<readonly string[]> {
  const manager = await stage.world.manager('manager');
  return [
    ...(await managerProblems(stage, 'manager', '4.3.1', before, 'agents as they were')),
    ...(manager?.snapshots.length === 0 ? [] : ['a snapshot was left on the Manager']),
    ...(manager?.maintenance.status === 'deactivated' ? [] : ['the Manager was not opened again']),
  ];
}

const rolledBack: Scenario = {
  name: 'rolled-back',
  title:
    'the snapshot fails and Olu chooses to go back: all that was changed is undone, the old Manager serves',
  preset: worldFor({ version: '4.3.1', to: '4.4.0' }),
  async play(stage) {
    await stage.world.faults.failNextSnapshot('manager');
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.4' });
    await playOn(stage, card, {
      held: (message) => chooseWithNote(stage, message, 'roll_back', 'The disk is full; not tonight.'),
    });
    return {
      card,
      problems: [
        ...ended(stage, card, /Rolled back/),
        ...(await untouchedProblems(stage, before)),
        ...(await always(stage)),
      ],
    };
  },
};

/** Long enough that it is in the way of the snapshot, short enough to wait for. */
const WORKFLOW_S = 400;

const othersRunning: Scenario = {
  name: 'other-executions-running',
  title:
    'somebody starts a workflow just before the snapshot: held with the reason, and tried again from the drain on',
  preset: worldFor({ version: '4.3.1', to: '4.4.0' }),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'in-place', to: '4.4' });
    let started = false;
    stage.hosts.get('cli')?.onEvent((event) => {
      if (started || event.kind !== 'attempt-started' || !/create_snapshot/.test(event.attempt)) return;
      started = true;
      void stage.world.faults.startExecution('manager', {
        ...{ workflow: 'execute_operation', deployment: 'billing', tenant: 'default_tenant' },
        seconds: WORKFLOW_S,
      });
    });
    const holds: string[] = [];
    await playOn(stage, card, {
      held: async (message) => {
        holds.push(message.text);
        // From where the Manager is closed: that waits for what runs.
        await retryFrom(stage, message, 'drain');
      },
    });
    return {
      card,
      problems: [
        ...(holds.length === 1 ? [] : [`held ${holds.length} times, not once: ${cardText(stage, card)}`]),
        ...(/[Ss]omething began|running/.test(holds[0] ?? '')
          ? []
          : [`the hold does not say what runs: ${holds[0]}`]),
        ...(await done(stage, card, before, {
          ...{ host: 'manager', version: '4.4.0' },
          repeated: [{ words: /^cfy snapshots create/, times: 2 }],
        })),
      ],
    };
  },
};

const keptAutoHeal: Scenario = {
  name: 'old-manager-kept-auto-heal',
  title: 'the old Manager is kept and would heal the same machines: somebody must cut it off before the end',
  preset: worldFor({ version: '4.2.0', to: '4.4.0', newIp: '10.20.0.12', autoHeal: true }),
  async play(stage) {
    const { card, before } = await untilApproved(stage, { flow: 'migration', to: '4.4' });
    const both: string[] = [];
    let cut = 0;
    await playOn(stage, card, {
      byHand: async (message) => {
        if (!/[Dd]isconnect/.test(message.text)) return;
        cut += 1;
        both.push(...(await stage.world.healers('telecom', 'dns-edge')));
        // Powered off: neither SSH nor any service answers again.
        await stage.world.faults.outage('manager', Number.POSITIVE_INFINITY);
        stage.hosts.get('manager')?.unreachable(true);
      },
    });
    const healers = await stage.world.healers('telecom', 'dns-edge');
    return {
      card,
      problems: [
        ...(cut === 1 ? [] : [`asked ${cut} times to cut the old Manager off, not once`]),
        ...(both.join() === 'manager,new' ? [] : [`healers before that: ${both.join(', ')}`]),
        ...(healers.join() === 'new' ? [] : [`healers at the end: ${healers.join(', ')}`]),
        ...(await done(stage, card, before, { host: 'new', version: '4.4.0' })),
      ],
    };
  },
};

export const TROUBLE_SCENARIOS: readonly Scenario[] = [
  wrongDigest,
  restoreFails,
  rolledBack,
  othersRunning,
  keptAutoHeal,
];
