/** What `cutover doctor` says of the people that targets.yaml names: who may act, and can all places be filled at once? */
import type { Target } from '../core/inventory.ts';
import type { Place } from '../core/model.ts';
import { type OpenPlace, shortages, without } from '../core/seating.ts';
import type { SlackDirectory } from '../ports/slack-directory.ts';
import { type Finding, failed, ok, warning } from './doctor-report.ts';

interface Eligible {
  readonly can: readonly string[];
  readonly cannot: readonly Finding[];
}

/** Those of a list who may act, and why each of the others may not. */
async function eligible(
  directory: SlackDirectory,
  team: string,
  from: readonly string[],
  where: string,
): Promise<Eligible> {
  const members = await directory.members(from);
  const profiles = [];
  // One after the other: a large group at once would run into Slack's limits.
  for (const user of members) profiles.push(await directory.profile({ team, user }));
  const groups = from.flatMap((id) => directory.groupTrouble(id) ?? []);
  return {
    can: profiles.filter(({ refusedAs }) => refusedAs === null).map(({ user }) => user),
    cannot: [
      ...groups.map((why) => warning(`${where}: a user group has no members: ${why}`, 'see there')),
      ...profiles
        .filter(({ refusedAs }) => refusedAs !== null)
        .map(({ user, name, refusedAs }) =>
          warning(`${where}: ${name} (${user}) can’t act: ${refusedAs}`, 'name somebody else'),
        ),
    ],
  };
}

/** One place by itself: with nobody to spare, nobody may be away. */
function checkPlace(where: string, place: Place, can: readonly string[]): Finding {
  const say = `${where}: ${can.length} can fill it, ${place.need} needed`;
  if (can.length < place.need) return failed(say, 'it could never be filled: name more people');
  return can.length === place.need
    ? warning(say, 'nobody may be away, and none of them can ask for an upgrade: name one more')
    : ok(say);
}

/** Places that look well one by one may need the same few people. */
function checkTogether(where: string, places: readonly OpenPlace[]): readonly Finding[] {
  return shortages(places)
    .filter((short) => short.places.length > 1)
    .map(({ places: short, needed, people }) =>
      failed(
        `${where}, places ${short.map(({ title }) => `“${title}”`).join(' and ')}: ${people} can fill them, ${needed} different people needed`,
        'one person fills one place, so they could never all be filled: name more people',
      ),
    );
}

/** Somebody who asks can't approve: where the places need every approver, those of them who ask are stuck. */
function checkAsking(
  where: string,
  places: readonly OpenPlace[],
  requesters: readonly string[],
): readonly Finding[] {
  if (shortages(places).length > 0) return [];
  const stuck = requesters.filter((user) => shortages(without(places, [user])).length > 0);
  const mend = 'who asks does not approve: name more approvers, or other requesters';
  if (stuck.length > 0 && stuck.length === requesters.length)
    return [
      failed(
        `${where}: whoever asks (${stuck.join(', ')}) is needed as an approver, so nothing could be approved`,
        mend,
      ),
    ];
  // A place with nobody to spare has been told by itself.
  const tight = places.filter(({ place, members }) => members.length <= place.need);
  const untold = stuck.filter((user) => !tight.some(({ members }) => members.includes(user)));
  if (untold.length === 0) return [];
  return [warning(`${where}: an upgrade that ${untold.join(', ')} asks for could not be approved`, mend)];
}

export async function checkPeople(
  directory: SlackDirectory,
  team: string,
  target: Target,
): Promise<readonly Finding[]> {
  const where = `target ${target.name}`;
  const requesters = await eligible(directory, team, target.requesters, `${where}, requesters`);
  const findings: Finding[] = [
    ...requesters.cannot,
    requesters.can.length === 0
      ? failed(`${where}: nobody can ask for an upgrade`, 'name people in requesters')
      : ok(`${where}: ${requesters.can.length} can ask for an upgrade`),
  ];
  const places: OpenPlace[] = [];
  for (const place of target.approvers) {
    const at = `${where}, place “${place.title}”`;
    const { can, cannot } = await eligible(directory, team, place.from, at);
    places.push({ place, members: can });
    findings.push(...cannot, checkPlace(at, place, can));
  }
  findings.push(...checkTogether(where, places), ...checkAsking(where, places, requesters.can));
  if (target.onCall.length > 0)
    findings.push(...(await eligible(directory, team, target.onCall, `${where}, on-call`)).cannot);
  return findings;
}
