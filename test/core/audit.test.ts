import { describe, expect, it } from 'vitest';
import { type AuditKind, auditSentence, type NewAuditEvent } from '../../src/core/audit.ts';
import { UpgradeId } from '../../src/core/model.ts';
import { T0, window } from '../support/builders.ts';

const digest = 'abcdef0123456789'.repeat(4);

function event(kind: AuditKind, data: NewAuditEvent['data'], actor = 'cutover'): NewAuditEvent {
  return { at: T0, upgrade: UpgradeId.parse('U-1'), actor, kind, data };
}

describe('auditSentence', () => {
  it('says who asked for what, when and why', () => {
    const data = {
      target: 'cloudify-staging',
      runbook: 'cloudify-manager',
      flow: 'in_place',
      inputs: { to: '4.3.1', keep: true },
      reason: 'end of support',
      window: { ...window },
    };
    expect(auditSentence(event('requested', data, 'T0CUTOVER/U0ROSA'))).toBe(
      'T0CUTOVER/U0ROSA asked for an upgrade of cloudify-staging by cloudify-manager (in_place), to=4.3.1, keep=true, window Fri, 27 Nov 2026, 22:00 Europe/Berlin for 4 h: end of support.',
    );
  });

  it('shows an actor as the reader wants to see him', () => {
    const name = (actor: string) => `<@${actor.split('/')[1]}>`;
    const data = { place: 'ops', digest, window: { ...window }, acknowledged: ['no_users'] };
    expect(auditSentence(event('approved', data, 'T0CUTOVER/U0AMIR'), name)).toBe(
      '<@U0AMIR> approved plan abcdef012345 for place ops, window Fri, 27 Nov 2026, 22:00 Europe/Berlin for 4 h, confirmed no_users.',
    );
  });

  it('tells an apply that failed from one that ended well, and an undo from both', () => {
    const data = { step: 'create_snapshot', attempt: 'U-1.create_snapshot.1' };
    expect(
      auditSentence(event('apply-ended', { ...data, ok: true, outcome: { kind: 'exited', code: 0 } })),
    ).toBe(
      'cutover saw that create_snapshot exited with code 0, as it should (attempt U-1.create_snapshot.1).',
    );
    expect(
      auditSentence(
        event('apply-ended', {
          ...data,
          undo: true,
          ok: false,
          outcome: { kind: 'vanished' },
          why: 'no exit code',
        }),
      ),
    ).toBe(
      'cutover saw that undo of create_snapshot vanished: no exit code (attempt U-1.create_snapshot.1).',
    );
  });

  it('tells a no-go and a "cannot do" from their opposites, also when the field is missing', () => {
    const data = { step: 'agree', note: 'not now' };
    expect(auditSentence(event('gate-answered', { ...data, go: true }))).toContain('said go at agree');
    expect(auditSentence(event('gate-answered', data))).toContain('said no-go at agree: not now');
    expect(auditSentence(event('manual-answered', { ...data, done: true }))).toContain('reported done agree');
    expect(auditSentence(event('manual-answered', data))).toContain('cannot do agree: not now');
  });

  const KINDS: { readonly [kind in AuditKind]: true } = {
    requested: true,
    planned: true,
    blocked: true,
    approved: true,
    declined: true,
    scheduled: true,
    expired: true,
    withdrawn: true,
    replanned: true,
    'start-given': true,
    'run-started': true,
    'apply-started': true,
    'apply-ended': true,
    verified: true,
    'verify-failed': true,
    'gate-opened': true,
    'gate-answered': true,
    'manual-asked': true,
    'manual-answered': true,
    held: true,
    retried: true,
    'step-succeeded': true,
    'done-by-hand': true,
    skipped: true,
    proposed: true,
    'cancel-asked': true,
    'rollback-started': true,
    'step-undone': true,
    'forward-asked': true,
    silent: true,
    swept: true,
    stopped: true,
    finished: true,
    refused: true,
    'host-unreachable': true,
    'inventory-loaded': true,
    'bot-started': true,
    'bot-stopped': true,
  };

  it('makes one sentence of every kind even when all its data is missing or of the wrong type', () => {
    const names = ['step', 'window', 'findings', 'outcome', 'digest', 'inputs', 'targets', 'reason'];
    for (const kind of Object.keys(KINDS) as AuditKind[])
      for (const value of [undefined, null, 7, true, 'x', [], [null], {}])
        expect(
          auditSentence(
            event(kind, value === undefined ? {} : Object.fromEntries(names.map((n) => [n, value]))),
          ),
        ).toMatch(/^cutover \S.*[.!?]$/);
  });

  it('names a kind that this program does not know', () => {
    expect(auditSentence(event('extended' as AuditKind, { by: 5 }))).toBe('cutover extended {"by":5}.');
  });

  it('reads an event with a time zone that is unknown here in UTC', () => {
    expect(auditSentence(event('scheduled', { window: { ...window, zone: 'Mars/Base' } }))).toContain('UTC');
  });
});
