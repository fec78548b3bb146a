/** Who somebody is, who is in a group, whether we may post in a channel: asked when it is needed, not kept. */
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { ChannelState } from '../core/channel.ts';
import type { Person, Profile } from '../core/model.ts';
import type { Clock, Directory, Log } from './ports.ts';
import { slackFailure } from './slack-client.ts';

/**
 * Identical questions within this time get one answer. One click asks for the same group several times (is this person a
 * member, who fills the places, how many are left), and Slack allows twenty group look-ups a minute. Three seconds is how
 * long Slack lets a click wait: everything that one click asks is one answer, and who was removed is out at the next.
 */
const SAME_QUESTION_MS = 3000;

const User = z.object({
  id: z.string(),
  team_id: z.string().optional(),
  name: z.string().optional(),
  real_name: z.string().optional(),
  tz: z.string().nullish(),
  deleted: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  is_workflow_bot: z.boolean().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_stranger: z.boolean().optional(),
  enterprise_user: z.object({ teams: z.array(z.string()).optional() }).optional(),
  profile: z.object({ display_name: z.string().optional(), real_name: z.string().optional() }).optional(),
});
type User = z.infer<typeof User>;

const Channel = z.object({
  is_archived: z.boolean().optional(),
  is_member: z.boolean().optional(),
  is_im: z.boolean().optional(),
});

export interface SlackDirectory extends Directory {
  /** Why a group counts as having no members, as last seen; null when it was read well. */
  groupTrouble(group: string): string | null;
}

function knownZone(zone: string | null | undefined): string {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone ?? 'UTC' }).resolvedOptions().timeZone;
  } catch {
    // Slack has zones that this Node does not know; times are shown with their zone, so UTC misleads nobody.
    return 'UTC';
  }
}

/** The first reason that applies; closed for whoever does not clearly belong to the workspace. */
function refusedAs(user: User, person: Person): Profile['refusedAs'] {
  if (user.deleted === true) return 'deactivated';
  // Slackbot is a person to the API.
  if (user.is_bot === true || user.is_workflow_bot === true || user.id === 'USLACKBOT') return 'bot';
  const teams = [
    ...(user.team_id === undefined ? [] : [user.team_id]),
    ...(user.enterprise_user?.teams ?? []),
  ];
  if (user.is_stranger === true || !teams.includes(person.team)) return 'external';
  return user.is_restricted === true || user.is_ultra_restricted === true ? 'guest' : null;
}

function profileOf(user: User, person: Person): Profile {
  const names = [user.profile?.display_name, user.profile?.real_name, user.real_name, user.name];
  return {
    ...person,
    name: names.find((name) => name !== undefined && name !== '') ?? person.user,
    zone: knownZone(user.tz),
    refusedAs: refusedAs(user, person),
  };
}

const UNKNOWN_USER = new Set(['user_not_found', 'users_not_found', 'user_not_visible']);

const GROUP_TROUBLE: { readonly [error: string]: string } = {
  plan_upgrade_required:
    'this workspace’s plan has no user groups; list people by their ids (U…) in targets.yaml instead',
  no_such_subteam: 'there is no such user group in this workspace; correct its id (S…) in targets.yaml',
  subteam_not_found: 'there is no such user group in this workspace; correct its id (S…) in targets.yaml',
  missing_scope: 'the app lacks the scope usergroups:read; add it and install the app again',
};

function isGroup(id: string): boolean {
  return /^S[A-Z0-9]+$/.test(id);
}

/** @throws Error that says what was asked */
async function ask(
  client: WebClient,
  method: string,
  args: { readonly [name: string]: string },
  what: string,
): Promise<{ readonly answer: Record<string, unknown> } | { readonly error: string }> {
  try {
    return { answer: (await client.apiCall(method, args)) as unknown as Record<string, unknown> };
  } catch (error) {
    const failure = slackFailure(error);
    if (failure.kind === 'refused') return { error: failure.error };
    throw new Error(`asking Slack ${what}: ${failure.why}. Nothing was decided; try again`, { cause: error });
  }
}

/** One answer for the same question, while it is under way and for a moment after it was asked. */
function together(clock: Clock) {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();
  return <T>(question: string, find: () => Promise<T>): Promise<T> => {
    const now = clock.now();
    for (const [key, { at }] of asked) if (now - at > SAME_QUESTION_MS) asked.delete(key);
    const known = asked.get(question);
    if (known !== undefined) return known.answer as Promise<T>;
    const answer = find();
    const entry = { at: now, answer };
    asked.set(question, entry);
    // A failure is nobody's answer but its own.
    answer.catch(() => {
      if (asked.get(question) === entry) asked.delete(question);
    });
    return answer;
  };
}

export function createDirectory(options: {
  readonly client: WebClient;
  /** Workspaces whose people may act; nobody of another one is looked up. */
  readonly teams: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}): SlackDirectory {
  const { client, teams, log } = options;
  const once = together(options.clock);
  const troubles = new Map<string, string>();

  async function profile(person: Person): Promise<Profile> {
    const nobody = { ...person, name: person.user, zone: 'UTC' };
    if (!teams().includes(person.team)) return { ...nobody, refusedAs: 'external' };
    const found = await ask(client, 'users.info', { user: person.user }, `who ${person.user} is`);
    if ('answer' in found) return profileOf(User.parse(found.answer.user), person);
    if (UNKNOWN_USER.has(found.error)) return { ...nobody, refusedAs: 'unknown' };
    throw new Error(
      `asking Slack who ${person.user} is: it answered ${found.error}${found.error === 'missing_scope' ? '; add the scope users:read and install the app again' : ''}`,
    );
  }

  /** A group that can't be read has no members: nobody gets in by an error. */
  function noMembers(group: string, error: string): readonly string[] {
    const why = GROUP_TROUBLE[error] ?? `Slack answered ${error}`;
    // Said when it begins, not at each click.
    if (troubles.get(group) !== why) log.error({ group, why }, 'a user group counts as having no members');
    troubles.set(group, why);
    return [];
  }

  async function groupMembers(group: string): Promise<readonly string[]> {
    const found = await ask(
      client,
      'usergroups.users.list',
      { usergroup: group },
      `who is in the user group ${group}`,
    );
    if ('error' in found) return noMembers(group, found.error);
    troubles.delete(group);
    return z.array(z.string()).parse(found.answer.users);
  }

  async function channel(id: string): Promise<ChannelState> {
    const found = await ask(client, 'conversations.info', { channel: id }, `about the channel ${id}`);
    if ('error' in found) {
      // A private channel that we are not in does not exist for us.
      if (found.error === 'channel_not_found') return 'unknown';
      throw new Error(
        `asking Slack about the channel ${id}: it answered ${found.error}${found.error === 'missing_scope' ? '; add the scopes channels:read and groups:read and install the app again' : ''}`,
      );
    }
    const { is_archived, is_member, is_im } = Channel.parse(found.answer.channel);
    if (is_archived === true) return 'archived';
    return is_member === true || is_im === true ? 'member' : 'not-member';
  }

  return {
    profile: (person) => once(`user ${person.team} ${person.user}`, () => profile(person)),
    async members(from) {
      const lists = await Promise.all(
        from.map((id) => (isGroup(id) ? once(`group ${id}`, () => groupMembers(id)) : [id])),
      );
      return [...new Set(lists.flat())];
    },
    channel: (id) => once(`channel ${id}`, () => channel(id)),
    groupTrouble: (group) => troubles.get(group) ?? null,
  };
}
