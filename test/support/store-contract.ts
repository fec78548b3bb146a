/**
 * What every store must keep, whatever it is made of. A new implementation runs this suite; its own tests are only about
 * what the `Store` type cannot show.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FIRST_PREV, type NewAuditEvent } from '../../src/core/audit.ts';
import { type Decision, type Phase, type Upgrade, UpgradeId } from '../../src/core/model.ts';
import type { Plan } from '../../src/core/plan.ts';
import { verifyAudit } from '../../src/ports/audit-verify.ts';
import {
  AlreadyDeliveredError,
  BusyError,
  type Change,
  type NewMessage,
  type OutboxRow,
  type OutputChunk,
  StaleWriteError,
  type Store,
} from '../../src/ports/ports.ts';
import { auditHash } from '../../src/ports/sqlite-audit.ts';
import { amir, planBody, rosa, step, T0, upgrade, window } from './builders.ts';

export interface OpenedStore {
  readonly store: Store;
  /** The same data in a new process, after the old one died; undefined when the data dies with the process. */
  readonly reopen?: () => Promise<Store>;
}

export const U1 = UpgradeId.parse('U-1');
export const U2 = UpgradeId.parse('U-2');

const DONE: Phase = { kind: 'finished', outcome: 'succeeded', at: T0 + 1, by: null };

export function event(more: Partial<NewAuditEvent> = {}): NewAuditEvent {
  return { at: T0, upgrade: U1, actor: 'cutover', kind: 'requested', data: { target: 'staging' }, ...more };
}

export function message(slot: string, more: Partial<NewMessage> = {}): NewMessage {
  return { slot, channel: 'C0UPGRADES', text: slot, blocks: [], ...more };
}

export function change(based: Upgrade, more: Partial<Change> = {}): Change {
  return { upgrade: based, events: [], messages: [], ...more };
}

export const somePlan: Plan = {
  digest: 'd'.repeat(64),
  body: planBody([step('one')]),
  evidence: { facts: [], checks: [], findings: [] },
};

const decision: Decision = {
  by: amir,
  kind: 'approve',
  place: 'ops',
  planDigest: somePlan.digest,
  evidenceDigest: 'e'.repeat(64),
  window,
  acknowledged: ['no_users'],
  reason: null,
  at: T0,
};

function chunk(text: string, offset: number, more: Partial<OutputChunk> = {}): OutputChunk {
  return { attempt: 'U-1.one.1', stream: 'out', offset, bytes: Buffer.from(text), ...more };
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Everything that the store says, to see that a refused commit left nothing behind. */
async function everything(store: Store): Promise<unknown> {
  return {
    live: await store.liveUpgrades(),
    recent: await store.recentUpgrades(100),
    plan: await store.plan(U1, 1),
    run: await store.runEvents(U1),
    decisions: await store.decisions(U1),
    output: await store.outputSize('U-1.one.1'),
    head: await store.auditHead(),
    depth: await store.outboxDepth(),
    due: await store.outboxDue(T0 * 2),
  };
}

const only = (rows: readonly OutboxRow[]): OutboxRow => {
  expect(rows).toHaveLength(1);
  return rows[0] as OutboxRow;
};

export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the store's contract`, () => {
    let store: Store;
    let reopen: OpenedStore['reopen'];
    const opened: Store[] = [];

    beforeEach(async () => {
      const first = await open();
      store = first.store;
      opened.push(store);
      reopen = first.reopen;
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    const reopened = async () => {
      if (reopen === undefined) return undefined;
      const next = await reopen();
      opened.push(next);
      return next;
    };
    const put = (based: Upgrade, ...messages: readonly NewMessage[]) =>
      store.commit(change(based, { messages }));
    const due = async (now = T0) => only(await store.outboxDue(now));
    const sent = async (ts: string | null, now = T0) => {
      const row = await due(now);
      await store.outboxSending(row.id, now);
      await store.outboxSent(row.id, ts);
      return row;
    };

    describe('a commit', () => {
      test('saves state, plan, decision, journal, output, audit and messages together', async () => {
        const saved = await store.commit(
          change(upgrade({ planRevision: 1 }), {
            plan: somePlan,
            decision,
            run: [{ kind: 'run-started', at: T0, by: rosa }],
            output: [chunk('hello', 0)],
            events: [event(), event({ kind: 'planned', data: { revision: 1 } })],
            messages: [message('card')],
          }),
        );
        expect(saved).toEqual(upgrade({ planRevision: 1, version: 1 }));
        expect(await store.upgrade(U1)).toEqual(saved);
        expect(await store.plan(U1, 1)).toEqual(somePlan);
        expect(await store.decisions(U1)).toEqual([decision]);
        expect(await store.runEvents(U1)).toEqual([{ kind: 'run-started', at: T0, by: rosa }]);
        expect(await store.outputSize('U-1.one.1')).toEqual({ out: 5, err: 0 });
        expect((await store.auditTrail(U1)).map(({ seq, kind }) => [seq, kind])).toEqual([
          [1, 'requested'],
          [2, 'planned'],
        ]);
        expect((await due()).message).toEqual(message('card'));
      });

      // Whatever part of a commit is refused, nothing of the others stays.
      const whole: Partial<Change> = {
        plan: somePlan,
        decision,
        run: [{ kind: 'run-started', at: T0, by: rosa }],
        output: [chunk('more', 0)],
        events: [event()],
        messages: [message('card')],
        delivery: 'new',
      };
      const refusals: readonly (readonly [string, Partial<Change>])[] = [
        ['a stale version', { upgrade: upgrade({ version: 7 }) }],
        ['a stale epoch', { epoch: 9 }],
        ['a gap in the output', { output: [chunk('x', 0), chunk('y', 99)] }],
        ['a second plan of the same revision', { upgrade: upgrade({ version: 1, planRevision: 1 }) }],
        ['an audit event that is no JSON', { events: [event(), event({ data: { n: Number.NaN } })] }],
        ['a delivery that came before', { delivery: 'old' }],
      ];
      test.each(refusals)('that is refused for %s leaves nothing behind', async (_why, part) => {
        await store.commit(
          change(upgrade({ planRevision: 1 }), { plan: somePlan, events: [event()], delivery: 'old' }),
        );
        const before = await everything(store);
        const base = upgrade({ version: 1, planRevision: 2 });
        await expect(store.commit(change(base, { ...whole, ...part }))).rejects.toThrow();
        expect(await everything(store)).toEqual(before);
        // And the delivery that failed with it may still have its effect.
        await store.commit(change(base, { ...whole, delivery: 'new' }));
      });

      test('based on an older version is refused, and names both versions', async () => {
        const first = await store.commit(change(upgrade()));
        await store.commit(change(first));
        await expect(store.commit(change(first))).rejects.toThrow(StaleWriteError);
        await expect(store.commit(change(first))).rejects.toThrow(/version 1\b.*version 2\b/);
      });

      test('of a new upgrade under an id that is taken is refused', async () => {
        await store.commit(change(upgrade()));
        await expect(store.commit(change(upgrade({ target: 'other', hostKeys: [] })))).rejects.toThrow(
          StaleWriteError,
        );
      });

      test('racing with another one of the same version: exactly one is saved', async () => {
        const first = await store.commit(change(upgrade()));
        const results = await Promise.allSettled([
          store.commit(change(first, { events: [event({ data: { by: 'a' } })] })),
          store.commit(change(first, { events: [event({ data: { by: 'b' } })] })),
        ]);
        expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        expect(await store.auditTrail(U1)).toHaveLength(1);
      });
    });

    describe('locks', () => {
      test('a target has at most one live upgrade, and the refusal names who holds it', async () => {
        await store.commit(change(upgrade()));
        const second = change(upgrade({ id: U2, hostKeys: ['ssh-ed25519 AAAA2'] }));
        await expect(store.commit(second)).rejects.toMatchObject({
          constructor: BusyError,
          what: 'target',
          key: 'staging',
          holder: 'U-1',
        });
      });

      test('a host has at most one live upgrade, also under another target', async () => {
        await store.commit(change(upgrade({ hostKeys: ['k1', 'k2'] })));
        const second = change(upgrade({ id: U2, target: 'other', hostKeys: ['k3', 'k2'] }));
        await expect(store.commit(second)).rejects.toMatchObject({
          constructor: BusyError,
          what: 'host',
          key: 'k2',
          holder: 'U-1',
        });
        // Nothing of the refused one holds k3.
        await store.commit(change(upgrade({ id: U2, target: 'other', hostKeys: ['k3'] })));
      });

      test('the keys of one machine in another order are the same machine', async () => {
        await store.commit(change(upgrade({ hostKeys: ['k1', 'k2'] })));
        const second = change(upgrade({ id: U2, target: 'other', hostKeys: ['k2', 'k1'] }));
        await expect(store.commit(second)).rejects.toMatchObject({ what: 'host', holder: 'U-1' });
      });

      test('a live upgrade that asks for a host of another one is refused, and keeps what it had', async () => {
        await store.commit(change(upgrade({ hostKeys: ['k1'] })));
        const second = await store.commit(change(upgrade({ id: U2, target: 'other', hostKeys: ['k2'] })));
        const moved = change({ ...second, hostKeys: ['k3', 'k1'] }, { plan: somePlan, events: [event()] });
        await expect(store.commit(moved)).rejects.toMatchObject({ what: 'host', key: 'k1', holder: 'U-1' });
        expect(await store.upgrade(U2)).toEqual(second);
        const third = UpgradeId.parse('U-3');
        const busy = change(upgrade({ id: third, target: 'third', hostKeys: ['k2'] }));
        await expect(store.commit(busy)).rejects.toMatchObject({ key: 'k2', holder: 'U-2' });
        await store.commit(change(upgrade({ id: third, target: 'third', hostKeys: ['k3'] })));
      });

      test('a finished upgrade holds nothing any more', async () => {
        const first = await store.commit(change(upgrade()));
        await store.commit(change({ ...first, phase: DONE }));
        await store.commit(change(upgrade({ id: U2 })));
        expect((await store.liveUpgrades()).map(({ id }) => id)).toEqual(['U-2']);
      });

      test('the same key twice in one upgrade is one lock, and a key that it gives up is free', async () => {
        const first = await store.commit(change(upgrade({ hostKeys: ['k1', 'k1'] })));
        await store.commit(change({ ...first, hostKeys: ['k9'] }));
        await store.commit(change(upgrade({ id: U2, target: 'other', hostKeys: ['k1'] })));
      });
    });

    describe('ids and lists', () => {
      test('ids count up and are not given twice', async () => {
        expect(await Promise.all([1, 2, 3].map(() => store.nextUpgradeId()))).toEqual(['U-1', 'U-2', 'U-3']);
        const next = await reopened();
        if (next !== undefined) expect(await next.nextUpgradeId()).toBe('U-4');
      });

      test('recent upgrades are the newest first, live ones in order', async () => {
        for (const n of [1, 2, 3])
          await store.commit(
            change(upgrade({ id: UpgradeId.parse(`U-${n}`), target: `t${n}`, hostKeys: [] })),
          );
        expect((await store.recentUpgrades(2)).map(({ id }) => id)).toEqual(['U-3', 'U-2']);
        expect((await store.liveUpgrades()).map(({ id }) => id)).toEqual(['U-1', 'U-2', 'U-3']);
      });

      test('what is not there is undefined or empty', async () => {
        expect(await store.upgrade(U1)).toBeUndefined();
        expect(await store.plan(U1, 1)).toBeUndefined();
        expect(await store.runEvents(U1)).toEqual([]);
        expect(await store.decisions(U1)).toEqual([]);
        expect(await store.auditTrail(U1)).toEqual([]);
        expect(await store.auditHead()).toEqual({ seq: 0, hash: FIRST_PREV });
        expect(await store.outputSize('U-1.one.1')).toEqual({ out: 0, err: 0 });
        expect(text(await store.outputTail('U-1.one.1', 'out', 100))).toBe('');
        expect(await store.outboxDue(T0)).toEqual([]);
        expect(await store.outboxDepth()).toBe(0);
      });

      test('each revision keeps its plan', async () => {
        const first = await store.commit(change(upgrade({ planRevision: 1 }), { plan: somePlan }));
        const second: Plan = { ...somePlan, digest: 'f'.repeat(64) };
        await store.commit(change({ ...first, planRevision: 2 }, { plan: second }));
        expect((await store.plan(U1, 1))?.digest).toBe(somePlan.digest);
        expect((await store.plan(U1, 2))?.digest).toBe(second.digest);
      });

      test('the journal keeps its order over many commits', async () => {
        let current = upgrade();
        for (let n = 0; n < 12; n++)
          current = await store.commit(
            change(current, {
              run: [
                { kind: 'finished', at: n * 2, outcome: 'succeeded' },
                { kind: 'finished', at: n * 2 + 1, outcome: 'succeeded' },
              ],
            }),
          );
        expect((await store.runEvents(U1)).map(({ at }) => at)).toEqual([...Array(24).keys()]);
      });
    });

    describe('the lease', () => {
      beforeEach(async () => {
        await store.commit(change(upgrade()));
      });

      test('has one owner until it runs out; then the next one gets a higher epoch', async () => {
        expect(await store.lease(U1, 'a', T0, 1000)).toBe(1);
        expect(await store.lease(U1, 'b', T0 + 999, 1000)).toBeUndefined();
        expect(await store.lease(U1, 'b', T0 + 1000, 1000)).toBe(2);
        expect(await store.lease(U1, 'a', T0 + 1500, 1000)).toBeUndefined();
      });

      test('is renewed by its owner under the same epoch', async () => {
        expect(await store.lease(U1, 'a', T0, 1000)).toBe(1);
        expect(await store.lease(U1, 'a', T0 + 900, 1000)).toBe(1);
        expect(await store.lease(U1, 'b', T0 + 1500, 1000)).toBeUndefined();
      });

      test('fences: a write of an older epoch is refused and names both', async () => {
        await store.lease(U1, 'a', T0, 1000);
        await store.lease(U1, 'b', T0 + 2000, 1000);
        const stale = change(upgrade({ version: 1 }), { epoch: 1, events: [event()] });
        await expect(store.commit(stale)).rejects.toThrow(StaleWriteError);
        await expect(store.commit(stale)).rejects.toThrow(/epoch 1\b.*epoch 2\b/);
        expect(await store.auditTrail(U1)).toEqual([]);
        await store.commit({ ...stale, epoch: 2 });
      });

      test('racing for it: one gets it', async () => {
        const got = await Promise.all(['a', 'b', 'c'].map((owner) => store.lease(U1, owner, T0, 1000)));
        expect(got.filter((epoch) => epoch !== undefined)).toEqual([1]);
      });
    });

    describe('deliveries', () => {
      test('the same delivery twice changes nothing twice, and says so before it could look stale', async () => {
        const first = await store.commit(change(upgrade(), { delivery: 'd1', events: [event()] }));
        await expect(store.commit(change(upgrade(), { delivery: 'd1', events: [event()] }))).rejects.toThrow(
          AlreadyDeliveredError,
        );
        await expect(store.commit(change(first, { delivery: 'd1' }))).rejects.toThrow(/U-1/);
        expect(await store.auditTrail(U1)).toHaveLength(1);
        await store.commit(change(first, { delivery: 'd2' }));
      });

      test('is remembered by the next process', async () => {
        await store.commit(change(upgrade(), { delivery: 'd1' }));
        const next = await reopened();
        if (next === undefined) return;
        await expect(next.commit(change(upgrade({ version: 1 }), { delivery: 'd1' }))).rejects.toThrow(
          AlreadyDeliveredError,
        );
      });
    });

    describe('output', () => {
      const append = async (...chunks: readonly OutputChunk[]) => {
        const now = (await store.upgrade(U1)) ?? upgrade();
        return store.commit(change(now, { output: chunks }));
      };

      test('comes back as it came, each stream for itself', async () => {
        await append(chunk('out1', 0), chunk('err1', 0, { stream: 'err' }), chunk('out2', 4));
        await append(chunk('other', 0, { attempt: 'U-1.one.2' }));
        expect(await store.outputSize('U-1.one.1')).toEqual({ out: 8, err: 4 });
        expect(text(await store.outputTail('U-1.one.1', 'out', 100))).toBe('out1out2');
        expect(text(await store.outputTail('U-1.one.1', 'err', 100))).toBe('err1');
        expect(text(await store.outputTail('U-1.one.2', 'out', 100))).toBe('other');
      });

      test('a gap is refused and says from where to follow; what is there already is ignored', async () => {
        await append(chunk('0123', 0));
        await expect(append(chunk('56', 5))).rejects.toThrow(/Follow it from 4/);
        await append(chunk('0123', 0));
        await append(chunk('2345', 2));
        expect(text(await store.outputTail('U-1.one.1', 'out', 100))).toBe('012345');
        expect(await store.outputSize('U-1.one.1')).toEqual({ out: 6, err: 0 });
      });

      test('the tail is the last bytes, also across pieces and of bytes that are no text', async () => {
        const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => n % 251));
        await append({ ...chunk('', 0), bytes });
        expect(Buffer.from(await store.outputTail('U-1.one.1', 'out', 70_000))).toEqual(
          bytes.subarray(-70_000),
        );
        expect(Buffer.from(await store.outputTail('U-1.one.1', 'out', 1))).toEqual(bytes.subarray(-1));
        expect(Buffer.from(await store.outputTail('U-1.one.1', 'out', 10 ** 9))).toEqual(bytes);
      });
    });

    describe('the audit trail', () => {
      test('is one chain over all upgrades and the bot itself', async () => {
        await store.record(event({ upgrade: null, kind: 'bot-started', data: { version: '1' } }));
        await store.commit(change(upgrade(), { events: [event()] }));
        await store.record(event({ kind: 'refused', data: { verb: 'approve', rule: 'requester' } }));
        const all = await store.auditAfter(0, 100);
        expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3]);
        expect(all[0]?.prev).toBe(FIRST_PREV);
        for (const [n, one] of all.entries()) {
          expect(one.hash).toBe(auditHash(one));
          if (n > 0) expect(one.prev).toBe(all[n - 1]?.hash);
        }
        expect(await store.auditHead()).toEqual({ seq: 3, hash: all[2]?.hash });
        expect((await store.auditAfter(1, 1)).map(({ seq }) => seq)).toEqual([2]);
        expect((await store.auditTrail(U1)).map(({ seq }) => seq)).toEqual([2, 3]);
        expect(await verifyAudit((after, limit) => store.auditAfter(after, limit))).toEqual({
          ok: true,
          head: await store.auditHead(),
        });
      });

      test('verifies whatever was written: half a surrogate pair, keys in any order, nested and absent values', async () => {
        const odd = {
          z: 1,
          a: '\uD83D cut',
          '\uDE00': ['\uDE00', null, { y: 2, x: [] }],
          gone: undefined as unknown as string,
          nul: '\u0000',
          big: 2 ** 53,
          small: 1e-7,
        };
        await store.record(event({ data: odd, actor: 'T1/Ü€😀' }));
        const verdict = await verifyAudit((after, limit) => store.auditAfter(after, limit));
        expect(verdict).toMatchObject({ ok: true });
        expect((await store.auditAfter(0, 1))[0]?.actor).toBe('T1/Ü€😀');
      });
    });

    describe('the outbox', () => {
      test('gives one row of each thread, the card first, whatever was put first', async () => {
        await put(upgrade(), message('requested'), message('card'), message('plan:1'));
        await put(upgrade({ id: U2, target: 'other', hostKeys: [] }), message('card'));
        const rows = await store.outboxDue(T0);
        expect(rows.map((row) => [row.upgrade, row.message.slot, row.threadTs, row.ts])).toEqual([
          ['U-1', 'card', null, null],
          ['U-2', 'card', null, null],
        ]);
        expect(await store.outboxDepth()).toBe(4);
      });

      test('gives the rows of a thread in order, under the card', async () => {
        await put(upgrade(), message('card'), message('a'), message('b'));
        expect((await sent('1.0')).message.slot).toBe('card');
        expect(await sent('2.0')).toMatchObject({
          message: { slot: 'a' },
          threadTs: '1.0',
          ts: null,
          tries: 0,
        });
        expect((await sent('3.0')).message.slot).toBe('b');
        expect(await store.outboxDue(T0)).toEqual([]);
        expect(await store.outboxDepth()).toBe(0);
      });

      test('gives nothing of a thread while one of its rows is being sent', async () => {
        await put(upgrade(), message('card'), message('a'));
        const row = await due();
        await store.outboxSending(row.id, T0);
        expect(await store.outboxDue(T0)).toEqual([]);
      });

      test('a slot that was sent is edited in place; the newest of what waits replaces the others', async () => {
        let current = await put(upgrade(), message('card', { text: '1' }));
        await sent('1.0');
        for (const t of ['2', '3', '4']) current = await put(current, message('card', { text: t }));
        expect(await store.outboxDepth()).toBe(1);
        const row = await sent('1.0');
        expect(row).toMatchObject({ ts: '1.0', message: { text: '4' } });
        expect(await store.outboxDue(T0)).toEqual([]);
      });

      test('a card that waits is replaced where it stands; a reply tells its news at the end', async () => {
        const first = await put(upgrade(), message('card'));
        await sent('1.0');
        const second = await put(
          first,
          message('card', { text: 'old' }),
          message('a', { text: 'old' }),
          message('b'),
        );
        await put(second, message('card', { text: 'new' }), message('a', { text: 'new' }));
        const order: string[] = [];
        for (let n = 0; n < 3; n++) {
          const { message: one } = await sent(`${n + 2}.0`);
          order.push(`${one.slot} ${one.text}`);
        }
        expect(order).toEqual(['card new', 'b b', 'a new']);
      });

      test('a row that was replaced can’t be sent any more', async () => {
        const first = await put(upgrade(), message('card', { text: 'old' }));
        const row = await due();
        await put(first, message('card', { text: 'new' }));
        await expect(store.outboxSending(row.id, T0)).rejects.toThrow(StaleWriteError);
        expect((await due()).message.text).toBe('new');
      });

      test('a row that is being sent is not replaced: what is newer goes after it, as an edit', async () => {
        const first = await put(upgrade(), message('card', { text: 'old' }));
        const row = await due();
        await store.outboxSending(row.id, T0);
        await put(first, message('card', { text: 'new' }));
        expect(await store.outboxDue(T0)).toEqual([]);
        await store.outboxSent(row.id, '1.0');
        expect(await due()).toMatchObject({ ts: '1.0', message: { text: 'new' } });
      });

      test('when a row did not reach Slack and a newer one waits, only the newer one goes', async () => {
        const first = await put(upgrade(), message('card'), message('a', { text: 'old' }));
        await sent('1.0');
        const row = await due();
        await store.outboxSending(row.id, T0);
        await put(first, message('a', { text: 'new' }));
        await store.outboxAgain(row.id, 'waiting', T0 + 500, 'refused');
        expect(await store.outboxDue(T0)).toEqual([]);
        expect(await due(T0 + 500)).toMatchObject({ state: 'waiting', message: { text: 'new' } });
        expect(await store.outboxDepth()).toBe(1);
      });

      test('a row that may have reached Slack stays before what is newer', async () => {
        const first = await put(upgrade(), message('card'), message('a', { text: 'old' }));
        await sent('1.0');
        const row = await due();
        await store.outboxSending(row.id, T0);
        await put(first, message('a', { text: 'new' }));
        await store.outboxAgain(row.id, 'unknown', T0, 'timed out');
        expect(await due()).toMatchObject({
          id: row.id,
          state: 'unknown',
          message: { text: 'old' },
          tries: 1,
        });
        await store.outboxSent(row.id, '2.0');
        expect(await due()).toMatchObject({ ts: '2.0', message: { text: 'new' } });
      });

      test('waits until the time that was named, and the thread waits with it', async () => {
        await put(upgrade(), message('card'), message('a'));
        const row = await due();
        await store.outboxSending(row.id, T0);
        await store.outboxAgain(row.id, 'waiting', T0 + 1000, '429');
        expect(await store.outboxDue(T0 + 999)).toEqual([]);
        expect(await due(T0 + 1000)).toMatchObject({ id: row.id, tries: 1, putAt: row.putAt });
      });

      test('a newer card does not make Slack’s patience begin anew', async () => {
        const first = await put(upgrade(), message('card', { text: 'old' }));
        const row = await due();
        await store.outboxSending(row.id, T0);
        await store.outboxAgain(row.id, 'waiting', T0 + 1000, '429');
        await put(first, message('card', { text: 'new' }));
        expect(await store.outboxDue(T0 + 999)).toEqual([]);
        expect(await due(T0 + 1000)).toMatchObject({ tries: 1, message: { text: 'new' } });
      });

      test('a dropped row lets the next one go; a dropped card takes with it what can’t stand alone', async () => {
        const first = await put(upgrade(), message('card'), message('a'), message('b'));
        await sent('1.0');
        await store.outboxDropped((await due()).id, 'no');
        expect((await sent('2.0')).message.slot).toBe('b');
        const other = await put(
          upgrade({ id: U2, target: 'other', hostKeys: [] }),
          message('card'),
          message('a'),
        );
        await store.outboxDropped((await due()).id, 'no');
        expect(await store.outboxDepth()).toBe(0);
        await put(other, message('card'), message('c'));
        expect((await sent('3.0')).message.slot).toBe('card');
        expect((await sent('4.0')).message.slot).toBe('c');
        // The first thread still has its card.
        await put(first, message('d'));
        expect(await due()).toMatchObject({ threadTs: '1.0', message: { slot: 'd' } });
      });

      test('notes for one person and files are posted each time, never edited', async () => {
        const note = message('note', { onlyFor: 'U0ROSA' });
        const file = message('log', { file: { name: 'a.log', content: 'x' } });
        const first = await put(upgrade(), message('card'), note, file);
        await sent('1.0');
        expect(await sent('2.0')).toMatchObject({ message: note, ts: null });
        await sent(null);
        await put(first, note, note, file);
        for (const expected of [note, note, file])
          expect(await sent(null)).toMatchObject({ message: expected, ts: null });
      });

      test('a forgotten slot is posted anew', async () => {
        const first = await put(upgrade(), message('card'), message('a'));
        await sent('1.0');
        await sent('2.0');
        await store.outboxForget(U1, 'a');
        await put(first, message('a', { text: 'again' }));
        expect(await due()).toMatchObject({ ts: null, threadTs: '1.0' });
      });

      test('a forgotten card is posted anew before anything else, and what waits goes under the new one', async () => {
        await put(upgrade(), message('card', { text: 'the card' }), message('a'), message('b'));
        await sent('1.0');
        await sent('2.0');
        await store.outboxForget(U1, 'card');
        expect(await sent('9.0')).toMatchObject({ message: { slot: 'card', text: 'the card' }, ts: null });
        expect(await sent('10.0')).toMatchObject({ message: { slot: 'b' }, threadTs: '9.0' });
      });

      test('what is finished can’t be finished again', async () => {
        await put(upgrade(), message('card'));
        const row = await sent('1.0');
        for (const act of [
          () => store.outboxSending(row.id, T0),
          () => store.outboxSent(row.id, '2.0'),
          () => store.outboxAgain(row.id, 'waiting', T0, 'x'),
          () => store.outboxDropped(row.id, 'x'),
        ])
          await expect(act()).rejects.toThrow(StaleWriteError);
      });

      test('a row that was being sent when the process died is unknown to the next one', async () => {
        await put(upgrade(), message('card'), message('a'));
        await sent('1.0');
        const row = await due();
        await store.outboxSending(row.id, T0);
        const next = await reopened();
        if (next === undefined) return;
        const found = only(await next.outboxDue(T0));
        expect(found).toMatchObject({
          id: row.id,
          state: 'unknown',
          threadTs: '1.0',
          tries: 1,
          putAt: row.putAt,
        });
        // A newer one does not take the place of what Slack may have.
        const current = (await next.upgrade(U1)) as Upgrade;
        await next.commit(change(current, { messages: [message('a', { text: 'newer' })] }));
        expect(only(await next.outboxDue(T0)).id).toBe(row.id);
        await next.outboxSending(found.id, T0);
        await next.outboxSent(found.id, '2.0');
        expect(only(await next.outboxDue(T0))).toMatchObject({ ts: '2.0', message: { text: 'newer' } });
      });
    });
  });
}
