import { WebClient } from '@slack/web-api';
import { describe, expect, test } from 'vitest';
import type { SlackOptions } from '../../simulator/slack/options.ts';
import { clientOptions, SILENT } from '../../src/ports/slack-client.ts';
import { createDirectory } from '../../src/ports/slack-directory.ts';
import {
  GINA,
  GONE,
  LOUNGE,
  MANIFEST,
  makeSlack,
  OMAR,
  OPS,
  ROSA,
  SECRET,
} from '../simulator/slack/world.ts';
import { T0 } from '../support/builders.ts';
import { manualClock } from '../support/manual-clock.ts';
import { recordedLog } from '../support/recorded-log.ts';

async function world(options: Partial<SlackOptions> = {}) {
  const slack = await makeSlack({
    users: [
      { id: ROSA, name: 'Rosa Lind', zone: 'Europe/Stockholm' },
      { id: OMAR, name: 'Omar Haddad', zone: 'Asia/Dubai' },
      { id: GINA, name: 'Gina Guest', restricted: true },
      { id: GONE, name: 'Greg Gone', deleted: true },
      { id: 'U0STRANGER', name: 'Stella Stranger', team: 'T0OTHER' },
      { id: 'U0BOT', name: 'Other bot', bot: true },
    ],
    ...options,
  });
  const clock = manualClock(T0);
  const log = recordedLog();
  const client = new WebClient(slack.botToken, clientOptions(slack.apiUrl, SILENT, 0));
  const directory = createDirectory({ client, teams: () => [slack.team.id], clock, log });
  const asked = (method: string) =>
    slack.transcript().filter((entry) => entry.kind === 'api' && entry.method === method).length;
  const who = (user: string, team = slack.team.id) => directory.profile({ team, user });
  return { slack, clock, log, directory, asked, who };
}

describe('a person', () => {
  test('is who Slack says, in their own zone', async () => {
    const { who, slack } = await world();
    expect(await who(ROSA)).toEqual({
      team: slack.team.id,
      user: ROSA,
      name: 'Rosa Lind',
      zone: 'Europe/Stockholm',
      refusedAs: null,
    });
  });

  test.each([
    [GINA, 'guest'],
    [GONE, 'deactivated'],
    ['U0BOT', 'bot'],
    ['U0STRANGER', 'external'],
    ['U0NOBODY', 'unknown'],
    [ROSA, null],
  ])('%s is refused as %s', async (user, refusedAs) => {
    expect((await (await world()).who(user)).refusedAs).toBe(refusedAs);
  });

  test('of a workspace that is not listed is external, and Slack is not asked', async () => {
    const { who, asked } = await world();
    expect((await who(ROSA, 'T0OTHER')).refusedAs).toBe('external');
    expect(asked('users.info')).toBe(0);
  });

  test('who was deactivated a moment ago is refused at the next click', async () => {
    const { who, slack, clock } = await world();
    expect((await who(OMAR)).refusedAs).toBeNull();
    slack.faults.deactivate(OMAR);
    await clock.advance(3001);
    expect((await who(OMAR)).refusedAs).toBe('deactivated');
  });

  test('a Slack that can’t be asked decides nothing', async () => {
    const { who, slack } = await world();
    slack.faults.failNext({ method: 'users.info' });
    await expect(who(ROSA)).rejects.toThrow(
      /asking Slack who U0ROSA is: HTTP 503. Nothing was decided; try again/,
    );
    slack.faults.rateLimitNext({ method: 'users.info', retryAfterS: 30 });
    await expect(who(ROSA)).rejects.toThrow(/rate limited for 30 s/);
    // The failure is not kept as an answer.
    expect((await who(ROSA)).name).toBe('Rosa Lind');
  });

  test('without the scope the error names it', async () => {
    const { who } = await world({
      manifest: { ...MANIFEST, oauth_config: { scopes: { bot: ['chat:write'] } } },
    });
    await expect(who(ROSA)).rejects.toThrow(/missing_scope; add the scope users:read/);
  });
});

describe('members', () => {
  test('are the people that are listed and those in the groups, each once', async () => {
    const { directory } = await world({ groups: [{ id: 'S0LEADS', handle: 'leads', users: [OMAR, ROSA] }] });
    expect([...(await directory.members([ROSA, 'S0LEADS', 'W0ORG']))].sort()).toEqual(
      [OMAR, ROSA, 'W0ORG'].sort(),
    );
    expect(await directory.members([])).toEqual([]);
  });

  test('of a group are looked up at the click: one question for one click, a new one for the next', async () => {
    const { directory, asked, slack, clock } = await world();
    const answers = await Promise.all([
      directory.members(['S0LEADS']),
      directory.members(['S0LEADS', ROSA]),
      directory.members(['S0LEADS']),
    ]);
    expect(answers).toEqual([[OMAR], [OMAR, ROSA], [OMAR]]);
    expect(asked('usergroups.users.list')).toBe(1);
    await clock.advance(3000);
    await directory.members(['S0LEADS']);
    expect(asked('usergroups.users.list')).toBe(1);
    slack.faults.setGroup('S0LEADS', [ROSA]);
    await clock.advance(1);
    expect(await directory.members(['S0LEADS'])).toEqual([ROSA]);
    expect(asked('usergroups.users.list')).toBe(2);
  });

  test('of a group in a free workspace are nobody, and it is said once with the mend', async () => {
    const { directory, log, clock } = await world({ paid: false });
    expect(await directory.members(['S0LEADS', ROSA])).toEqual([ROSA]);
    await clock.advance(5000);
    expect(await directory.members(['S0LEADS'])).toEqual([]);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        message: 'a user group counts as having no members',
        data: { group: 'S0LEADS', why: expect.stringMatching(/no user groups; list people by their ids/) },
      },
    ]);
    expect(directory.groupTrouble('S0LEADS')).toMatch(/no user groups/);
    expect(directory.groupTrouble('S0OTHER')).toBeNull();
  });

  test('of a group that does not exist are nobody', async () => {
    const { directory } = await world();
    expect(await directory.members(['S0NOWHERE'])).toEqual([]);
    expect(directory.groupTrouble('S0NOWHERE')).toMatch(/no such user group/);
  });

  test('of a group that can’t be asked for are an error, not nobody', async () => {
    const { directory, slack } = await world();
    slack.faults.resetNext({ method: 'usergroups.users.list' });
    await expect(directory.members(['S0LEADS'])).rejects.toThrow(
      /asking Slack who is in the user group S0LEADS/,
    );
    expect(await directory.members(['S0LEADS'])).toEqual([OMAR]);
  });
});

describe('a channel', () => {
  test.each([
    [OPS, 'member'],
    [LOUNGE, 'not-member'],
    [SECRET, 'unknown'],
    ['C0NOWHERE', 'unknown'],
  ])('%s: the bot is %s', async (id, expected) => {
    expect(await (await world()).directory.channel(id)).toBe(expected);
  });

  test('that was archived says so', async () => {
    const { directory, slack } = await world();
    slack.faults.archive(OPS);
    expect(await directory.channel(OPS)).toBe('archived');
  });

  test('without the scope the error names both', async () => {
    const scopes = ['chat:write', 'users:read'];
    const { directory } = await world({
      manifest: { ...MANIFEST, oauth_config: { scopes: { bot: scopes } } },
    });
    await expect(directory.channel(OPS)).rejects.toThrow(/channels:read and groups:read/);
  });
});
