import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanOutput, neverPings, showHidden } from '../../src/messages/clean.ts';

const ESC = '\u001B';

describe('cleanOutput', () => {
  it('takes colours, cursor moves and titles away and leaves the words', () => {
    expect(cleanOutput(`${ESC}[1;31mfailed${ESC}[0m: ${ESC}[Kno space`)).toBe('failed: no space');
    expect(cleanOutput(`${ESC}]0;window title\u0007ready`)).toBe('ready');
    expect(cleanOutput(`${ESC}]8;;https://evil.example${ESC}\\link${ESC}]8;;${ESC}\\ text`)).toBe(
      'link text',
    );
    expect(cleanOutput(`\u009B31mred\u009B0m`)).toBe('red');
    expect(cleanOutput(`${ESC}(B${ESC}=a${ESC}>b${ESC}7c${ESC}8`)).toBe('abc');
    expect(cleanOutput(`${ESC}P1$r0m${ESC}\\after`)).toBe('after');
  });

  it('loses the line of a string that is never ended, and no line after it', () => {
    expect(cleanOutput(`before\n${ESC}]0;never ended\nERROR: disk full\n`)).toBe(
      'before\n\nERROR: disk full\n',
    );
    expect(cleanOutput(`${ESC}P\nnext`)).toBe('\nnext');
    expect(cleanOutput(`done${ESC}(B${ESC}[m`)).toBe('done');
  });

  it('keeps of a progress bar what it showed last', () => {
    expect(cleanOutput(' 10%\r 50%\r100% done\nnext')).toBe('100% done\nnext');
    expect(cleanOutput('dos line\r\nnext\r\n')).toBe('dos line\nnext\n');
    expect(cleanOutput('never ended\r')).toBe('never ended');
  });

  it('takes bells, backspaces and other control bytes away, and keeps tabs and line ends', () => {
    expect(cleanOutput('a\u0000b\u0007c\u0008d\u007Fe\u0085f\tg\n')).toBe('abcdef\tg\n');
  });

  it('takes marks away that turn or hide what is read', () => {
    expect(cleanOutput('rm \u202E/ fr-\u202C \u200Bsafe\u2066x\u2069\uFEFF')).toBe('rm / fr- safex');
  });

  it('leaves words of any script, accents and emoji as they are', () => {
    for (const text of ['Größe 3 GB ✓', '日本語 🚀', 'a b']) expect(cleanOutput(text)).toBe(text);
  });

  it('leaves no escape character, whatever comes and wherever it was cut', () => {
    const pieces = fc.constantFrom(
      ESC,
      '[',
      ']',
      '31m',
      '0;t',
      '\u0007',
      '\\',
      'P',
      '\r',
      '\n',
      'word',
      '\u009B',
      '\u202E',
      ';',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), fc.nat(), (list, at) => {
        const text = list.join('');
        const cut = at % (text.length + 1);
        for (const part of [text, text.slice(0, cut), text.slice(cut)]) {
          const clean = cleanOutput(part);
          expect(clean).not.toMatch(/(?![\t\n])\p{Cc}/u);
          expect(clean).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does the same when it is done twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(cleanOutput(cleanOutput(text))).toBe(cleanOutput(text));
      }),
    );
  });

  it('takes a megabyte of escapes without standing still', () => {
    const before = performance.now();
    cleanOutput(`${ESC}]`.repeat(500_000));
    cleanOutput(`${ESC}[`.repeat(500_000));
    cleanOutput(`${ESC}P${'x'.repeat(1_000_000)}`);
    // A quadratic pattern takes minutes here; two seconds are a slow machine.
    expect(performance.now() - before).toBeLessThan(2000);
  });
});

describe('neverPings', () => {
  it('disarms every call of a whole channel and leaves people, groups and times alone', () => {
    expect(neverPings('<!channel> <!here|now> <!EVERYONE> <!group>')).toBe(
      '&lt;!channel&gt; &lt;!here|now&gt; &lt;!EVERYONE&gt; &lt;!group&gt;',
    );
    const fine = '<@U0ROSA> <!subteam^S0OPS> <!date^1^{time}|x> <#C0A>';
    expect(neverPings(fine)).toBe(fine);
  });
});

describe('showHidden', () => {
  it('shows what is there and cannot be seen', () => {
    expect(showHidden('rm\u202E -rf\u200B /\u0007\tx\n')).toBe('rm\\u{202E} -rf\\u{200B} /\\u{7}\tx\n');
  });
});
