/** What `cutover doctor` asks Slack: is the app what its manifest says, and can the people that targets.yaml names do their part? */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AuthTestResponse, WebClient } from '@slack/web-api';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { channelTrouble } from '../core/channel.ts';
import type { Inventory, Target } from '../core/inventory.ts';
import type { Clock, Log } from '../ports/ports.ts';
import { clientOptions, SILENT, type SlackFailure, slackFailure } from '../ports/slack-client.ts';
import { createDirectory, type SlackDirectory } from '../ports/slack-directory.ts';
import { checkPeople } from './doctor-people.ts';
import { because, type Finding, failed, ok, warning } from './doctor-report.ts';
import { sampleMessages } from './doctor-samples.ts';

/** Slack refuses to be believed, and we it, when a signature is older than five minutes; well before that something is wrong. */
const SKEW_WARNING_S = 30;
const SKEW_FAILED_S = 240;

const Manifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
});

/** `src/cli` in a checkout, `dist/src/cli` when compiled: the manifest stays at the root of the project. */
function manifestScopes(): readonly string[] {
  const file = ['../../manifest.yml', '../../../manifest.yml']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error('looking for manifest.yml: it is not installed with the program');
  return Manifest.parse(parse(readFileSync(file, 'utf8'))).oauth_config.scopes.bot;
}

interface Seen {
  /** Slack's clock minus ours when it answered, seconds. */
  skewS: number | null;
}

/** The SDK does not hand on the header that tells Slack's time. */
function clientFor({ apiUrl }: Config['slack'], token: string, seen: Seen): WebClient {
  return new WebClient(token, {
    ...clientOptions(apiUrl, SILENT, 1),
    async fetch(url, init) {
      const response = await fetch(url, init);
      const date = Date.parse(response.headers.get('date') ?? '');
      if (Number.isFinite(date)) seen.skewS = (date - Date.now()) / 1000;
      return response;
    },
  });
}

async function tried<T>(
  call: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: SlackFailure }> {
  try {
    return { value: await call() };
  } catch (error) {
    return { failure: slackFailure(error) };
  }
}

const REINSTALL = 'add it under “OAuth & Permissions” (or paste manifest.yml again) and install the app anew';

function checkScopes(given: readonly string[] | undefined): readonly Finding[] {
  if (given === undefined)
    return [warning('Slack did not say which scopes the token has', 'compare them with manifest.yml')];
  const missing = manifestScopes().filter((scope) => !given.includes(scope));
  return missing.length === 0
    ? [ok(`Slack: the token has every scope of the manifest (${given.length})`)]
    : missing.map((scope) => failed(`Slack: the token lacks the scope ${scope}`, REINSTALL));
}

function checkClock({ skewS }: Seen): Finding {
  if (skewS === null)
    return warning('Slack did not say what time it is', 'see that the clock is kept by NTP');
  const s = Math.round(Math.abs(skewS));
  const say = `clock: ${s} s ${skewS > 0 ? 'behind' : 'ahead of'} Slack’s`;
  const mend =
    'set the clock and keep it by NTP: windows open by it, and signatures are refused when it is off';
  if (s >= SKEW_FAILED_S) return failed(say, mend);
  return s >= SKEW_WARNING_S ? warning(say, mend) : ok('clock: the same as Slack’s');
}

function checkToken(me: AuthTestResponse, seen: Seen, inventory: Inventory | null): readonly Finding[] {
  const { team, team_id = '', user, response_metadata } = me;
  const scopes = (response_metadata as { readonly scopes?: readonly string[] } | undefined)?.scopes;
  const listed = inventory === null || inventory.teams.includes(team_id);
  return [
    ok(`Slack: the bot token is of @${user} in ${team} (${team_id})`),
    ...(listed
      ? []
      : [
          failed(
            `Slack: ${team_id} is not among the teams of targets.yaml`,
            `write teams: [${team_id}]; nobody could act otherwise`,
          ),
        ]),
    ...checkScopes(scopes),
    checkClock(seen),
  ];
}

async function checkSocket({ apiUrl, transport }: Config['slack']): Promise<Finding> {
  if (transport.mode === 'http') return ok('Slack: HTTP mode; that its requests arrive only Slack can try');
  const client = new WebClient(transport.appToken, clientOptions(apiUrl, SILENT, 1));
  const answer = await tried(() => client.apps.connections.open({}));
  return 'failure' in answer
    ? failed(
        `Slack: Socket Mode can’t be opened with SLACK_APP_TOKEN: ${answer.failure.why}`,
        'make an app-level token with connections:write, and turn Socket Mode on',
      )
    : ok('Slack: Socket Mode can be opened');
}

async function checkChannels(
  directory: SlackDirectory,
  targets: readonly Target[],
): Promise<readonly Finding[]> {
  const ids = [...new Set(targets.map(({ channel }) => channel))];
  return Promise.all(
    ids.map(async (id) => {
      const of = targets.filter(({ channel }) => channel === id).map(({ name }) => name);
      const state = await directory.channel(id);
      const trouble = channelTrouble(state);
      return trouble === null
        ? ok(`channel ${id} (${of.join(', ')}): the bot is in it`)
        : failed(`channel ${id}: ${trouble.say}`, trouble.mend);
    }),
  );
}

async function checkLayouts(client: WebClient, card: 'classic' | 'plan'): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, style, blocks } of sampleMessages()) {
    const answer = await tried(() => client.apiCall('blocks.validate', { blocks }));
    if ('value' in answer) findings.push(ok(`layout: Slack takes ${name}`));
    else if (answer.failure.kind === 'refused' && answer.failure.error === 'unknown_method')
      return [ok('layout: this Slack can’t try layouts')];
    else if (style === 'plan' && card !== 'plan') continue;
    else
      findings.push(
        warning(
          `layout: Slack does not take ${name}: ${answer.failure.why}`,
          style === 'plan' ? 'set CUTOVER_CARD=classic' : 'its text is sent without blocks; report it',
        ),
      );
  }
  return findings;
}

/** A look that Slack does not answer is a finding of its own; the others go on. */
async function sure(what: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [warning(`${what}: ${because(error)}`, 'try again in a minute')];
  }
}

function tokenRefused(failure: SlackFailure, apiUrl: string): Finding {
  return failure.kind === 'refused'
    ? failed(
        `Slack: it does not take SLACK_BOT_TOKEN: ${failure.why}`,
        'copy the “Bot User OAuth Token” again; is the app still installed?',
      )
    : failed(
        `Slack: it can’t be reached at ${apiUrl}: ${failure.why}`,
        'check the network, the proxy and SLACK_API_URL',
      );
}

/** @param inventory null when targets.yaml can't be read: then only the app itself is looked at */
export async function checkSlack(
  slack: Config['slack'],
  inventory: Inventory | null,
  tools: { readonly clock: Clock; readonly log: Log },
  add: (...findings: readonly Finding[]) => void,
): Promise<void> {
  const seen: Seen = { skewS: null };
  const client = clientFor(slack, slack.botToken, seen);
  const answer = await tried(() => client.auth.test());
  if ('failure' in answer) return add(tokenRefused(answer.failure, slack.apiUrl));
  add(...checkToken(answer.value, seen, inventory), await checkSocket(slack));
  const team = answer.value.team_id ?? '';
  const directory = createDirectory({ client, teams: () => [team], ...tools });
  const targets = Object.values(inventory?.targets ?? {});
  add(...(await sure('channels', () => checkChannels(directory, targets))));
  for (const target of targets)
    add(...(await sure(`target ${target.name}`, () => checkPeople(directory, team, target))));
  add(...(await sure('layouts', () => checkLayouts(client, slack.card))));
}
