import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/runbook/cel.ts';
import { namesIn } from '../../src/runbook/cel-names.ts';
import { plainJson, taggedJson, toCel, untag } from '../../src/runbook/cel-values.ts';
import { evaluateBool, evaluateCapture, fillPlain } from '../../src/runbook/evaluate.ts';
import { compareVersions, Version } from '../../src/runbook/version.ts';

function value(cel: string, values: { readonly [name: string]: unknown } = {}): unknown {
  const tried = evaluate(cel, toCel(values) as { readonly [name: string]: unknown });
  if (!tried.ok) throw new Error(tried.why);
  return plainJson(tried.value);
}

const TABLE = '+----+---------+\n| id | status  |\n+----+---------+\n| a  | created |\n+----+---------+\n';

describe('expressions', () => {
  it.each([
    ['version("4.3") == version("4.3.0")', true],
    ['version("4.10") > version("4.9.9")', true],
    ['version("4.3") != version("4.4")', true],
    ['string(version("4.3"))', '4.3'],
    ['lines("a\\nb\\n")', ['a', 'b']],
    ['lines("a\\r\\n\\r\\nb")', ['a', '', 'b']],
    ['lines("")', []],
    ['parse_json("{\\"a\\": [1, 2.5, null, true]}").a', [1, 2.5, null, true]],
    ['parse_json("[5]")[0] + 1', 6],
    ['parse_json("{\\"n\\": 3}").n >= 3', true],
    ['to_json({"a": [1, "x"]})', '{"a":[1,"x"]}'],
    ['to_json("a\\"b")', '"a\\"b"'],
    ['"abc".matches("^a.c$")', true],
    [`table(output).exists(r, r.id == "a" && r.status == "created")`, true],
    ['size(table(output))', 1],
    ['"  x ".trim()', 'x'],
    ['n + 1 == 3', true],
    ['items.map(x, x + 1)', [2, 3]],
  ])('%s', (cel, expected) => {
    expect(value(cel, { output: TABLE, n: 2, items: [1, 2] })).toEqual(expected);
  });

  it.each([
    ['version("4.3-p1")', /without a suffix/],
    ['version("")', /not a version/],
    ['parse_json("nope")', /not JSON.*nope/],
    ['one_word(["a"])', /list cannot/],
    ['missing', /missing/i],
    ['9007199254740993', /too large/],
  ])('%s says what is wrong', (cel, why) => {
    expect(() => value(cel)).toThrow(why);
  });

  it('never takes a name of the prototype for data', () => {
    expect(() => value('parse_json("{}").constructor')).toThrow(/constructor/);
    expect(value('parse_json("{\\"__proto__\\": 1}").__proto__')).toBe(1);
  });

  it('lists the names that an expression uses, without those that it binds', () => {
    const paths = (cel: string) => namesIn(cel).map(({ path, offset }) => [path.join('.'), offset]);
    expect(paths('fact.list.exists(r, r.id == host.cli.name && fact["x"] > 1)')).toEqual([
      ['fact.list', 0],
      ['host.cli.name', 28],
      ['fact.x', 45],
    ]);
    expect(paths('cel.bind(x, fact.a, x + fact.b)')).toEqual([
      ['fact.a', 12],
      ['fact.b', 24],
    ]);
    expect(namesIn('has(fact.a)')[0]?.optional).toBe(true);
    expect(paths('not CEL (')).toEqual([]);
  });
});

describe('versions', () => {
  const version = fc.array(fc.nat(99), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
  it('are ordered: one of less, equal, more, and the other way round', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const order = compareVersions(new Version(a), new Version(b));
        expect(Math.sign(compareVersions(new Version(b), new Version(a)))).toBe(-Math.sign(order) || 0);
        expect(compareVersions(new Version(`${a}`), new Version(a))).toBe(0);
      }),
    );
  });
});

describe('values', () => {
  it('come back from JSON as they went in, versions and odd maps included', () => {
    const leaf = fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
    const tree = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', '$version', '$map', '__proto__', 'x y'), tie('value'), {
          maxKeys: 3,
        }),
      ),
    })).value; // prettier-ignore
    fc.assert(
      fc.property(tree, (plain) => {
        const cel = toCel(plain);
        const back = untag(JSON.parse(JSON.stringify(taggedJson(cel))));
        expect(plainJson(back)).toEqual(plainJson(cel));
      }),
    );
    expect(untag(taggedJson(new Version('4.3')))).toEqual(new Version('4.3'));
  });
});

describe('late values', () => {
  const late = (cel: string, more = {}) => ({ cel, with: more, shown: `‹${cel}›` });

  it('see the values of the plan beside them, and inside a block the step that is meant', () => {
    const expr = late('captured.make.id == "x" && fact.v > version("4") && size(item.list) == 2', {
      'captured.make': 'use.make',
      'fact.v': { $version: '4.2' },
      item: { list: [1, 2] },
    });
    expect(evaluateBool(expr, { captured: { 'use.make': { id: 'x' } } })).toEqual({ ok: true, value: true });
    expect(evaluateBool(expr, { captured: { make: { id: 'x' } } })).toMatchObject({ ok: false });
  });

  it('judge output and exit code', () => {
    expect(
      evaluateBool(late('exit_code == 0 && output.contains("ok")'), {
        captured: {},
        output: 'ok',
        exitCode: 0,
      }),
    ).toEqual({ ok: true, value: true });
    expect(evaluateBool(late('output'), { captured: {}, output: 'ok', exitCode: 0 })).toMatchObject({
      ok: false,
      why: expect.stringContaining('neither true nor false'),
    });
  });

  it('say which capture is missing', () => {
    expect(fillPlain(['id ', late('captured.a.b')], {})).toEqual({
      ok: false,
      why: '‹captured.a.b›: captured.a.b was not captured',
    });
  });

  const match = { name: 'execution', from: { match: "execution's id is (?<value>[0-9a-f-]{36})" } };
  it('are captured by the named part of a match', () => {
    const output =
      "Restoring snapshot my_snapshot...\nStarted workflow execution. The execution's id is c6b49594-6ebf-424d-8a85-51bb332a8cce\n";
    expect(evaluateCapture(match, { captured: {}, output })).toEqual({
      ok: true,
      value: 'c6b49594-6ebf-424d-8a85-51bb332a8cce',
    });
  });

  it('are not captured from something else, and the reason shows what was there', () => {
    expect(evaluateCapture(match, { captured: {}, output: '404: not found' })).toMatchObject({
      ok: false,
      why: expect.stringContaining('404: not found'),
    });
    expect(evaluateCapture(match, { captured: {}, output: '' })).toMatchObject({
      ok: false,
      why: expect.stringContaining('no output'),
    });
  });
});
