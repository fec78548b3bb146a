/** Verbs that behave: one upgrade with real phases, people and plan, decided by the real pure rules, without a store. */
import { type Answer, decide, mayApprove, mayDecline, type Question } from '../../src/core/approval.ts';
import type { AuditEvent } from '../../src/core/audit.ts';
import {
  granted,
  type Hold,
  isLive,
  type Person,
  type Phase,
  type Profile,
  refused,
  samePerson,
  type Upgrade,
  UpgradeId,
  type Verdict,
} from '../../src/core/model.ts';
import type { UpgradeView } from '../../src/core/view.ts';
import type { FieldErrors, StartInput, Upgrades } from '../../src/engine/upgrades.ts';
import { AlreadyDeliveredError, StaleWriteError } from '../../src/ports/ports.ts';
import { formOf, planOf, type Size, SMALL, targetOf, viewOf } from '../messages/samples.ts';
import { T0 } from '../support/builders.ts';

const MEMBERS: { readonly [place: string]: readonly string[] } = {
  place_0: ['U0AMIR', 'U0CORA'],
  place_1: ['U0BEA'],
};

export interface Fake extends Upgrades {
  /** Verbs that changed something, with what they were given. */
  readonly done: (readonly [verb: string, by: string, what: unknown])[];
  now: Upgrade;
  /** How many more times a verb meets somebody else's write. */
  races: number;
  /** Thrown by the next verb. */
  breaks: Error | undefined;
  /** Real ms that a request takes. */
  slowMs: number;
  errors: FieldErrors;
}

export function fakeUpgrades(phase: Phase, size: Size = SMALL): Fake {
  const delivered = new Set<string>();
  const decisions = () => (fake.now.phase.kind === 'awaiting-approval' ? fake.now.phase.decisions : []);

  function viewNow(): UpgradeView {
    const view = viewOf(size, fake.now.phase, { upgrade: fake.now });
    return {
      ...view,
      places: view.places.map(({ place }) => ({
        place,
        filledBy: decisions()
          .filter((one) => one.place === place.id)
          .map(({ by }) => by),
      })),
    };
  }

  function known(id: string): Verdict<UpgradeView> {
    return id === fake.now.id
      ? granted(viewNow())
      : refused('unknown-upgrade', `There is no upgrade ${id}. /upgrade list shows them.`);
  }

  function question(): Question {
    const { upgrade, plan, places } = viewNow();
    return {
      phase: upgrade.phase,
      requester: upgrade.requester,
      planDigest: plan?.digest ?? '',
      evidenceDigest: 'e',
      window: upgrade.window,
      acknowledgements: plan?.body.acknowledgements.map(({ id }) => id) ?? [],
      places: places.map(({ place }) => ({ place, members: MEMBERS[place.id] ?? [] })),
    };
  }

  const profile = (by: Person): Profile => ({
    ...by,
    name: by.user,
    zone: 'Europe/Berlin',
    refusedAs: by.team === 'T0CUTOVER' ? null : 'external',
  });

  /** What every verb that changes something goes through. */
  function change(
    verb: string,
    by: Person,
    delivery: string,
    what: unknown,
    phase: Phase,
  ): Verdict<UpgradeView> {
    if (fake.races > 0) {
      fake.races -= 1;
      throw new StaleWriteError('somebody else was faster');
    }
    if (delivered.has(delivery)) throw new AlreadyDeliveredError(delivery);
    delivered.add(delivery);
    fake.done.push([verb, by.user, what]);
    fake.now = { ...fake.now, version: fake.now.version + 1, phase };
    return granted(viewNow());
  }

  function broken(): void {
    const error = fake.breaks;
    fake.breaks = undefined;
    if (error !== undefined) throw error;
  }

  async function decided(
    by: Person,
    id: string,
    answer: Answer,
    delivery: string,
  ): Promise<Verdict<UpgradeView>> {
    broken();
    if (delivered.has(delivery)) throw new AlreadyDeliveredError(delivery);
    const found = known(id);
    if (!found.ok) return found;
    const verdict = decide(question(), profile(by), answer, T0);
    if (!verdict.ok) return verdict;
    const { decision, standing } = verdict.value;
    const next: Phase =
      standing === 'declined'
        ? { kind: 'declined', by, reason: decision.reason ?? '', at: T0 }
        : standing === 'complete'
          ? {
              kind: 'scheduled',
              startBy: T0 + 1,
              decisions: [...decisions(), decision],
              go: null,
              opened: false,
            }
          : { kind: 'awaiting-approval', approveBy: T0 + 1, decisions: [...decisions(), decision] };
    return change(answer.kind, by, delivery, answer, next);
  }

  function waiting(kind: 'gate' | 'manual', step: string): Verdict<Phase> {
    const { phase } = fake.now;
    const waits = phase.kind === 'running' ? phase.waitingFor : null;
    return waits?.kind === kind && waits.step === step
      ? granted({ kind: 'running', since: T0, waitingFor: null })
      : refused('answered', 'That question has been answered already; the thread says how.');
  }

  function held(number: number | null): Verdict<Hold> {
    const { phase } = fake.now;
    if (phase.kind === 'awaiting-approval')
      return refused(
        'not-held',
        `${fake.now.id} has not started; take it back with /upgrade withdraw ${fake.now.id}.`,
      );
    if (phase.kind !== 'held') return refused('not-held', `${fake.now.id} is not held any more.`);
    if (number !== null && number !== phase.hold.number)
      return refused('old-hold', 'That button belongs to an earlier hold.');
    return granted(phase.hold);
  }

  const fake: Fake = {
    done: [],
    now: { ...viewOf(size, phase).upgrade, id: UpgradeId.parse('U-42') },
    races: 0,
    breaks: undefined,
    slowMs: 0,
    errors: {},
    targets: () => [targetOf(size), { ...targetOf(size), name: 'production', title: 'Production' }],
    async form(actor, name) {
      broken();
      if (actor.user === 'U0GUEST') return refused('guest', 'Guests can look, and cannot act.');
      if (name === 'production')
        return refused('not-a-requester', 'You may not ask for upgrades of Production. See <#C0UPGRADES>.');
      return granted(formOf(size));
    },
    async request(actor: Person, input: StartInput, delivery) {
      await new Promise((resolve) => setTimeout(resolve, fake.slowMs));
      broken();
      if (Object.keys(fake.errors).length > 0) return { ok: false, errors: fake.errors };
      change('request', actor, delivery, input, { kind: 'preparing', since: T0 });
      return { ok: true, value: fake.now };
    },
    async preview(_actor, { target, inputs }, looking) {
      broken();
      if (inputs.to === 'x') return refused('inputs', 'Version (to=…): "x" is not a version.');
      await looking();
      fake.done.push(['preview', target, inputs]);
      return granted(planOf(size));
    },
    async review(actor, id, { digest, to }) {
      broken();
      const found = known(id);
      if (!found.ok) return found;
      const may =
        to === 'approve'
          ? mayApprove(question(), profile(actor), digest, T0)
          : mayDecline(question(), profile(actor), digest);
      return may.ok ? found : may;
    },
    approve: (actor, id, answer, delivery) => decided(actor, id, { kind: 'approve', ...answer }, delivery),
    decline: (actor, id, answer, delivery) => decided(actor, id, { kind: 'decline', ...answer }, delivery),
    async withdraw(actor, id, delivery) {
      broken();
      const found = known(id);
      if (!found.ok) return found;
      if (!samePerson(actor, fake.now.requester))
        return refused('not-the-requester', `Only <@${fake.now.requester.user}> can withdraw ${id}.`);
      if (!isLive(fake.now)) return refused('over', `There is nothing to withdraw: ${id} is over.`);
      return change('withdraw', actor, delivery, null, { kind: 'withdrawn', by: actor, at: T0 });
    },
    async go(actor, id, delivery) {
      broken();
      const found = known(id);
      if (!found.ok) return found;
      const { phase } = fake.now;
      if (phase.kind !== 'scheduled')
        return refused('not-scheduled', `${id} can't be started: it is ${phase.kind}.`);
      return change('go', actor, delivery, null, { ...phase, go: actor });
    },
    async mayAnswer(_actor, id, { kind, step }) {
      broken();
      const open = waiting(kind, step);
      return open.ok ? known(id) : open;
    },
    async answerGate(actor, _id, answer, delivery) {
      broken();
      const open = waiting('gate', answer.step);
      return open.ok ? change('gate', actor, delivery, answer, open.value) : open;
    },
    async answerManual(actor, _id, answer, delivery) {
      broken();
      const open = waiting('manual', answer.step);
      return open.ok ? change('manual', actor, delivery, answer, open.value) : open;
    },
    async mayChoose(_actor, id, { hold: number }) {
      broken();
      const hold = held(number);
      return hold.ok ? known(id) : hold;
    },
    async retry(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('retry', actor, delivery, answer, { kind: 'running', since: T0, waitingFor: null });
    },
    async doneByHand(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('doneByHand', actor, delivery, answer, { kind: 'running', since: T0, waitingFor: null });
    },
    async skip(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('skip', actor, delivery, answer, { kind: 'running', since: T0, waitingFor: null });
    },
    async rollBack(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('rollBack', actor, delivery, answer, { kind: 'rolling-back', since: T0 });
    },
    async goForward(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('goForward', actor, delivery, answer, { kind: 'preparing', since: T0 });
    },
    async cancelStep(actor, _id, answer, delivery) {
      broken();
      if (fake.now.phase.kind !== 'running')
        return refused('not-running', 'That step is not running any more.');
      return change('cancelStep', actor, delivery, answer, fake.now.phase);
    },
    async stop(actor, _id, answer, delivery) {
      broken();
      const hold = held(answer.hold);
      if (!hold.ok) return hold;
      return change('stop', actor, delivery, answer, {
        kind: 'finished',
        outcome: 'stopped',
        at: T0,
        by: actor,
      });
    },
    async view(id) {
      broken();
      return known(id);
    },
    list: async () => [fake.now],
    async trail(id): Promise<Verdict<readonly AuditEvent[]>> {
      const found = known(id);
      if (!found.ok) return found;
      const event: AuditEvent = {
        seq: 7,
        at: T0,
        upgrade: fake.now.id,
        actor: 'T0CUTOVER/U0ROSA',
        kind: 'withdrawn',
        data: {},
        prev: '0'.repeat(64),
        hash: 'ab12'.repeat(16),
      };
      return granted([event]);
    },
  };
  return fake;
}
