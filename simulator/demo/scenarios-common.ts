/** The upgrade that goes well, the one that may not begin, and the trouble that any upgrade may meet. */
import { blocked34, inPlace42, migration41 } from '../manager/cloudify/presets/presets.ts';
import { botIsThere, cardText, decline, planned, playOn, request, until } from './acts.ts';
import { AMIR } from './cast.ts';
import { retry } from './holds.ts';
import { ran, userProblems } from './judge.ts';
import { watchOldManager } from './old-manager.ts';
import {
  always,
  attempts,
  blocked,
  done,
  ended,
  IN_PLACE,
  IN_PLACE_GOAL,
  type Scenario,
  untilApproved,
} from './scenario.ts';

const inPlace: Scenario = {
  name: 'in-place-4.2',
  title: 'a 4.2 with agents becomes 4.3.1 on its own host; certificates are restored, the host reboots',
  preset: inPlace42,
  async play(stage) {
    const { card, before } = await untilApproved(stage, IN_PLACE);
    await playOn(stage, card);
    return { card, problems: await done(stage, card, before, IN_PLACE_GOAL) };
  },
};

const ERASE_OLD = { 'Migration - uninstall the old Manager at the end': ['true'] };

const migration: Scenario = {
  name: 'migration-4.1',
  title:
    'a 4.1.1 with several users moves to another host: they can log in there; the old Manager is kept until the agents moved',
  preset: migration41,
  async play(stage) {
    const { card, before } = await untilApproved(stage, {
      ...{ flow: 'migration', to: '4.3.1' },
      inputs: ERASE_OLD,
    });
    const left = watchOldManager(stage);
    await playOn(stage, card);
    const certificates = ran(stage, 'cli', /^cfy snapshots restore .*--restore-certificates/);
    return {
      card,
      problems: [
        ...(await left()),
        ...(await userProblems(stage, 'new')),
        ...(certificates > 0 ? ['certificates of another address were restored'] : []),
        ...(await done(stage, card, before, { host: 'new', version: '4.3.1' })),
      ],
    };
  },
};

const blocked34Scenario: Scenario = {
  name: 'blocked-3.4',
  title: 'a 3.4.2 cannot be upgraded: the plan is blocked, with the reason and what to do',
  preset: blocked34,
  play: (stage) => blocked(stage, IN_PLACE, /4\.0\.0|Support/),
};

const declined: Scenario = {
  name: 'declined',
  title: 'an approver says no, with a reason; nothing is changed',
  preset: inPlace42,
  async play(stage) {
    stage.bot.start();
    await botIsThere(stage);
    const card = await request(stage, IN_PLACE);
    await planned(stage, card);
    await decline(stage, card, AMIR, 'Not in the week of the network move.');
    await until(stage, 'the decline', () => /Declined/.test(cardText(stage, card)));
    return {
      card,
      problems: [
        ...ended(stage, card, /Declined[\s\S]*network move/),
        ...(attempts(stage) === 0 ? [] : ['something was started on a host']),
        ...(await always(stage)),
      ],
    };
  },
};

const snapshotFails: Scenario = {
  name: 'snapshot-fails',
  title: 'the execution ends well and the snapshot is `failed`: held, retried, succeeds',
  preset: inPlace42,
  async play(stage) {
    await stage.world.faults.failNextSnapshot('manager');
    const { card, before } = await untilApproved(stage, IN_PLACE);
    const holds: string[] = [];
    await playOn(stage, card, {
      held: async (message) => {
        holds.push(message.text);
        await retry(stage, message);
      },
    });
    return {
      card,
      problems: [
        ...(holds.length === 1 ? [] : [`held ${holds.length} times, not once`]),
        ...(/failed/.test(holds[0] ?? '') ? [] : [`the hold does not say that it failed: ${holds[0]}`]),
        ...(await done(stage, card, before, {
          ...IN_PLACE_GOAL,
          repeated: [{ words: /^cfy snapshots create/, times: 2 }],
        })),
      ],
    };
  },
};

export const COMMON_SCENARIOS: readonly Scenario[] = [
  inPlace,
  migration,
  blocked34Scenario,
  declined,
  snapshotFails,
];
