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
import { type OpenPlace, shortages, without } from './seating.ts';
import type { PlaceState } from './view.ts';

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

/** Is it an answer to the plan as it is now, by somebody who has a place? */
function eligible(question: Question, by: Profile, digest: string): Verdict<readonly OpenPlace[]> {
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
  const mine = question.places.filter(({ members }) => members.includes(by.user));
  if (mine.length === 0) {
    const titles = question.places.map(({ place }) => place.title).join(', ');
    return refused('not-an-approver', `Approvers of this target are: ${titles}. You are in none of them.`);
  }
  return granted(mine);
}

/** May this person say yes? The same rules open the approval modal and take its answer. */
export function mayApprove(
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
  const mine = eligible(question, by, digest);
  if (mine.ok && phase.decisions.some((d) => d.kind === 'approve' && samePerson(d.by, by)))
    return refused(
      'already-approved',
      'You have approved this plan already; one person fills one place. Until the start you can still decline it.',
    );
  return mine;
}

/** May this person say no? Until the start, also after a yes of their own and when every place is filled. */
export function mayDecline(question: Question, by: Profile, digest: string): Verdict<readonly OpenPlace[]> {
  const { kind } = question.phase;
  if (kind !== 'awaiting-approval' && kind !== 'scheduled')
    return refused(
      'approval-closed',
      kind === 'running' || kind === 'held' || kind === 'rolling-back'
        ? 'It has started, so it can’t be declined. A no-go at a gate holds it; when it is held, Stop ends it as it is.'
        : `Nothing to decline: this upgrade is ${phaseWords(question.phase)}.`,
    );
  return eligible(question, by, digest);
}

/** Of the open ones the scarcest, and none that would leave the others without people who can fill them. */
function seat(
  mine: readonly OpenPlace[],
  { places, requester }: Question,
  decisions: readonly Decision[],
  by: Person,
): OpenPlace | undefined {
  const gone = [by.user, requester.user, ...decisions.map((d) => d.by.user)];
  const left = without(places, gone).map(({ place, members }) => {
    const taken = decisions.filter((d) => d.place === place.id).length;
    return { place: { ...place, need: Math.max(0, place.need - taken) }, members };
  });
  const lacking = (id: string) =>
    shortages(
      left.map((one) =>
        one.place.id === id ? { ...one, place: { ...one.place, need: one.place.need - 1 } } : one,
      ),
    ).reduce((sum, { needed, people }) => sum + needed - people, 0);
  const spare = (id: string) => left.find(({ place }) => place.id === id);
  return mine
    .filter(({ place }) => (spare(place.id)?.place.need ?? 0) > 0)
    .map((open) => {
      const one = spare(open.place.id);
      return {
        open,
        lacking: lacking(open.place.id),
        spare: (one?.members.length ?? 0) - (one?.place.need ?? 0),
      };
    })
    .sort((a, b) => a.lacking - b.lacking || a.spare - b.spare)[0]?.open;
}

function saidBy(question: Question, by: Profile, now: number) {
  return {
    by: { team: by.team, user: by.user },
    planDigest: question.planDigest,
    evidenceDigest: question.evidenceDigest,
    window: question.window,
    at: now,
  };
}

/** One no ends it. */
function decideNo(
  question: Question,
  by: Profile,
  answer: Extract<Answer, { kind: 'decline' }>,
  now: number,
): Verdict<Decided> {
  const may = mayDecline(question, by, answer.digest);
  if (!may.ok) return may;
  const reason = answer.reason.trim();
  if (reason === '') return refused('reason-needed', 'Say why, so that the requester knows what to change.');
  const base = saidBy(question, by, now);
  return granted({
    decision: { ...base, kind: 'decline', place: null, acknowledged: [], reason },
    standing: 'declined',
  });
}

export function decide(question: Question, by: Profile, answer: Answer, now: number): Verdict<Decided> {
  if (answer.kind === 'decline') return decideNo(question, by, answer, now);
  const may = mayApprove(question, by, answer.digest, now);
  if (!may.ok) return may;
  if (question.phase.kind !== 'awaiting-approval')
    return refused('approval-closed', 'Nothing to approve any more.');
  const { decisions } = question.phase;
  const base = saidBy(question, by, now);
  const unticked = question.acknowledgements.filter((id) => !answer.acknowledged.includes(id));
  if (unticked.length > 0)
    return refused(
      'acknowledgements-missing',
      `Tick every statement first; ${unticked.length} of ${question.acknowledgements.length} are still open.`,
    );
  const open = seat(may.value, question, decisions, by);
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
  return shortages(without(places, [requester.user])).map(({ places: short, needed, people }) => {
    const titles = short.map(({ title }) => title).join(' and ');
    return short.length === 1
      ? `${titles} needs ${needed}, and ${people} can answer now`
      : `${titles} need ${needed} different people together, and ${people} can answer now`;
  });
}
