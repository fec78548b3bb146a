import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/core/command.ts';

const TARGETS = ['cloudify-production', 'cloudify-staging'];
const parse = (text: string) => parseCommand(text, TARGETS);

function said(text: string): string {
  const command = parse(text);
  return command.kind === 'mistake' ? command.say : `(${command.kind})`;
}

describe('parseCommand', () => {
  it('takes nothing, blanks and help as help', () => {
    for (const text of ['', '   ', 'help', 'HELP', 'help me']) expect(parse(text)).toEqual({ kind: 'help' });
  });

  it('reads target, flow and inputs in any order of the inputs', () => {
    expect(parse('start cloudify-staging in-place to=4.3.1')).toEqual({
      kind: 'start',
      target: 'cloudify-staging',
      flow: 'in_place',
      inputs: { to: '4.3.1' },
    });
    expect(parse('start to=4.3.1 cloudify-staging rpm-url=https://mirror/x.rpm?a=b')).toEqual({
      kind: 'start',
      target: 'cloudify-staging',
      flow: null,
      inputs: { to: '4.3.1', rpm_url: 'https://mirror/x.rpm?a=b' },
    });
  });

  it('opens the form without a target, prefilled with what was given', () => {
    expect(parse('start')).toEqual({ kind: 'start', target: null, flow: null, inputs: {} });
    expect(parse('start to=4.3')).toEqual({ kind: 'start', target: null, flow: null, inputs: { to: '4.3' } });
  });

  it('needs a target for a plan unless there is only one', () => {
    expect(said('plan')).toBe(
      'Which target? Type /upgrade plan <target> to=4.3.1; /upgrade targets lists them.',
    );
    expect(parseCommand('plan to=4.3', ['only'])).toEqual({
      kind: 'plan',
      target: 'only',
      flow: null,
      inputs: { to: '4.3' },
    });
  });

  it('keeps blanks inside straight, single and typographic quotation marks', () => {
    for (const text of ['note="two words"', "note='two words'", 'note=“two words”', '"note=two words"'])
      expect(parse(`start cloudify-staging ${text}`)).toMatchObject({ inputs: { note: 'two words' } });
  });

  it('takes the typographic hyphens and hard blanks that phones put in', () => {
    expect(parse('start cloudify–staging\u00A0in‑place')).toMatchObject({
      target: 'cloudify-staging',
      flow: 'in_place',
    });
  });

  it('does not lose a lone quotation mark', () => {
    expect(parse("start cloudify-staging note=it's")).toMatchObject({ inputs: { note: "it's" } });
  });

  it('knows an upgrade by U-42, u-42, u42, #42 and 42', () => {
    for (const id of ['U-42', 'u-42', 'u42', '#42', '42'])
      expect(parse(`status ${id}`)).toEqual({ kind: 'status', upgrade: 'U-42' });
    expect(parse('U-42')).toEqual({ kind: 'status', upgrade: 'U-42' });
    for (const verb of ['audit', 'withdraw', 'stop', 'why'])
      expect(parse(`${verb} u-7`)).toEqual({ kind: verb, upgrade: 'U-7' });
  });

  it('asks which upgrade when it matters, and only then', () => {
    expect(parse('status')).toEqual({ kind: 'status', upgrade: null });
    expect(parse('why')).toEqual({ kind: 'why', upgrade: null });
    expect(said('withdraw')).toBe('Which upgrade? Type /upgrade withdraw U-42; /upgrade list shows them.');
    expect(said('audit U-0')).toBe(
      '“U-0” is not an upgrade id; they look like U-42. /upgrade list shows them.',
    );
    expect(said('stop U-1 now')).toBe('Only the id is needed: /upgrade stop U-1. “now” was not understood.');
  });

  it('suggests the word that was meant, and no word that is far away', () => {
    expect(said('strat cloudify-staging')).toBe('“strat” is not known. Did you mean /upgrade start?');
    expect(said('statsu')).toBe('“statsu” is not known. Did you mean /upgrade status?');
    expect(said('xyzzy')).toBe('“xyzzy” is not known. /upgrade help shows what can be typed.');
  });

  it('suggests the target that was meant, with the whole command', () => {
    expect(said('start cloudify-stagin')).toBe(
      'No target is called “cloudify-stagin”. Did you mean /upgrade start cloudify-staging?',
    );
    expect(said('plan kubernetes')).toBe('No target is called “kubernetes”. /upgrade targets lists them.');
    expect(said('cloudify-staging')).toBe(
      'What about cloudify-staging? Type /upgrade start cloudify-staging or /upgrade plan cloudify-staging.',
    );
  });

  it('says where the wish behind a foreign word is met', () => {
    expect(said('approve U-42')).toContain('Review and approve');
    expect(said('cancel U-42')).toContain('/upgrade withdraw');
    expect(said('history')).toContain('/upgrade audit');
  });

  it('refuses what it does not understand instead of dropping it', () => {
    expect(said('start cloudify-staging in_place tomorrow')).toContain('“tomorrow” was not understood');
    expect(said('list all')).toBe('/upgrade list takes nothing more. “all” was not understood.');
    expect(said('start cloudify-staging =4.3')).toContain('Inputs look like to=4.3.1');
  });

  it('never takes a word of Object for a verb, an id or a target', () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect(said(word)).toBe(`“${word}” is not known. /upgrade help shows what can be typed.`);
    expect(parse('start __proto__')).toMatchObject({ kind: 'mistake' });
    expect(Object.getPrototypeOf({})).not.toHaveProperty('polluted');
  });

  it('answers any text with a command or a sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const command = parse(text);
        if (command.kind === 'mistake') expect(command.say).toMatch(/[.?]$/);
      }),
      { numRuns: 500 },
    );
  });
});
