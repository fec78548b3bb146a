/**
 * Approval: places filled by different people, never the requester, bound to one plan digest and one window.
 * Who belongs to a place is looked up by the caller at click time and handed in: a list from yesterday is not an approver.
 */
import {
  type ChangeWindow,
  type Decision,
  granted,
  type Person,
  type Phase,
  type Place,
  type Profile,
  refused,
  samePerson,
  type Verdict,
} from './model.ts';
import { phaseWords } from './phase-words.ts';
import { shortDigest } from './plan.ts';
import type { PlaceState } from './view.ts';

/** A place with the user ids that may fill it at this moment. */
export interface OpenPlace {
  readonly place: Place;
  readonly members: readonly string[];
}

export interface Question {
  readonly phase: Phase;
  readonly requester: Person;
  readonly planDigest: string;
  readonly evidenceDigest: string;
  readonly window: ChangeWindow;
  /** Ids of all acknowledgements of the plan: an approval ticks every one. */
  readonly acknowledgements: readonly string[];
  readonly places: readonly OpenPlace[];
}

export type Answer =
  | { readonly kind: 'approve'; readonly digest: string; readonly acknowledged: readonly string[] }
  | { readonly kind: 'decline'; readonly digest: string; readonly reason: string };

export interface Decided {
  readonly decision: Decision;
  readonly standing: 'open' | 'complete' | 'declined';
}

export function placeStates(places: readonly Place[], decisions: readonly Decision[]): readonly PlaceState[] {
  return places.map((place) => ({
    place,
    filledBy: decisions.filter((d) => d.kind === 'approve' && d.place === place.id).map((d) => d.by),
  }));
}

function missing(states: readonly PlaceState[]): number {
  return states.reduce((sum, { place, filledBy }) => sum + Math.max(0, place.need - filledBy.length), 0);
}

/** May this person answer at all? The same rules open the approval modal and take its answer. */
export function mayDecide(
  question: Question,
  by: Profile,
  digest: string,
  now: number,
): Verdict<readonly OpenPlace[]> {
  const { phase } = question;
  if (phase.kind !== 'awaiting-approval')
    return refused('approval-closed', `Nothing to approve: this upgrade is ${phaseWords(phase)}.`);
  if (now >= phase.approveBy)
    return refused('approve-by-passed', 'The time to approve has passed. Ask for a new upgrade.');
  if (digest !== question.planDigest)
    return refused(
      'old-plan',
      `That button belongs to an earlier plan. The current plan is ${shortDigest(question.planDigest)}: use the buttons on the newest card.`,
    );
  if (by.refusedAs !== null)
    return refused(
      by.refusedAs,
      `Only full members of this workspace decide; Slack lists you as ${by.refusedAs}.`,
    );
  if (samePerson(by, question.requester))
    return refused(
      'requester-excluded',
      'You asked for this upgrade, so somebody else decides. You can withdraw it.',
    );
  if (phase.decisions.some((d) => d.kind === 'approve' && samePerson(d.by, by)))
    return refused('already-approved', 'You have approved this plan already. One person fills one place.');
  const mine = question.places.filter(({ members }) => members.includes(by.user));
  if (mine.length === 0) {
    const titles = question.places.map(({ place }) => place.title).join(', ');
    return refused('not-an-approver', `Approvers of this target are: ${titles}. You are in none of them.`);
  }
  return granted(mine);
}

/** Place for this person: of the open ones the scarcest, so that nobody blocks a seat that only they can fill. */
function seat(mine: readonly OpenPlace[], decisions: readonly Decision[]): OpenPlace | undefined {
  const taken = new Set(decisions.map((d) => d.by.user));
  return mine
    .filter(({ place }) => decisions.filter((d) => d.place === place.id).length < place.need)
    .map((open) => ({ open, left: open.members.filter((user) => !taken.has(user)).length - open.place.need }))
    .sort((a, b) => a.left - b.left)[0]?.open;
}

export function decide(question: Question, by: Profile, answer: Answer, now: number): Verdict<Decided> {
  const may = mayDecide(question, by, answer.digest, now);
  if (!may.ok) return may;
  if (question.phase.kind !== 'awaiting-approval')
    return refused('approval-closed', 'Nothing to approve any more.');
  const { decisions } = question.phase;
  const base = {
    by: { team: by.team, user: by.user },
    planDigest: question.planDigest,
    evidenceDigest: question.evidenceDigest,
    window: question.window,
    at: now,
  };
  if (answer.kind === 'decline') {
    if (answer.reason.trim() === '')
      return refused('reason-needed', 'Say why, so that the requester knows what to change.');
    return granted({
      decision: { ...base, kind: 'decline', place: null, acknowledged: [], reason: answer.reason.trim() },
      standing: 'declined',
    });
  }
  const unticked = question.acknowledgements.filter((id) => !answer.acknowledged.includes(id));
  if (unticked.length > 0)
    return refused(
      'acknowledgements-missing',
      `Tick every statement first; ${unticked.length} of ${question.acknowledgements.length} are still open.`,
    );
  const open = seat(may.value, decisions);
  if (open === undefined)
    return refused('place-filled', 'Your place is filled already; somebody for another place is needed.');
  const decision: Decision = {
    ...base,
    kind: 'approve',
    place: open.place.id,
    acknowledged: answer.acknowledged,
    reason: null,
  };
  const states = placeStates(
    question.places.map(({ place }) => place),
    [...decisions, decision],
  );
  return granted({ decision, standing: missing(states) === 0 ? 'complete' : 'open' });
}

/** Places that can never be filled by who is eligible now, said before anybody waits for it. */
export function unfillable(places: readonly OpenPlace[], requester: Person): readonly string[] {
  return places
    .filter(({ place, members }) => members.filter((user) => user !== requester.user).length < place.need)
    .map(({ place, members }) => {
      const others = members.filter((user) => user !== requester.user).length;
      return `${place.title} needs ${place.need}, and ${others} can answer now`;
    });
}
