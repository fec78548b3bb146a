import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMask } from '../../src/core/mask.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function masked(secrets: readonly string[], chunks: readonly Uint8Array[]): string {
  const mask = createMask(secrets, encode);
  const parts = [...chunks.map((chunk) => decode(mask.push(chunk))), decode(mask.end())];
  return parts.join('');
}

test('a secret is masked with as many stars as it has bytes', () => {
  expect(masked(['hunter22'], [encode('password hunter22 set')])).toBe('password ******** set');
});

test('a secret split at any place over two chunks is masked', () => {
  const text = encode('before hunter22 after');

  for (let cut = 0; cut <= text.length; cut++)
    expect(masked(['hunter22'], [text.slice(0, cut), text.slice(cut)]), `cut at ${cut}`).toBe(
      'before ******** after',
    );
});

test('the longer of two secrets with the same beginning is masked whole', () => {
  expect(masked(['abcd', 'abcdefgh'], [encode('abc'), encode('defgh')])).toBe('********');
});

test('the shorter of two is masked when the stream ends inside the longer', () => {
  expect(masked(['abcd', 'abcdefgh'], [encode('abcde')])).toBe('****e');
});

test('the length never changes and no secret is left, whatever the chunks', () => {
  const secrets = ['swordfish', 'fishbone', 'dfis'];
  const piece = fc.constantFrom('swordfish', 'fish', 'sword', 'bone', 'd', 'x\n', 'fishbone', 'é');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(8), { maxLength: 20 }),
      (pieces, cuts) => {
        const bytes = encode(pieces.join(''));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.slice(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.slice(at));
        const mask = createMask(secrets, encode);
        const out = [...chunks.map((chunk) => mask.push(chunk)), mask.end()];
        expect(out.reduce((sum, part) => sum + part.length, 0)).toBe(bytes.length);
        const text = out.map((part) => [...part].map((byte) => String.fromCharCode(byte)).join('')).join('');
        expect(text.includes('swordfish') || text.includes('fishbone')).toBe(false);
      },
    ),
  );
});

test('values too short to mean anything are left alone', () => {
  expect(masked(['abc'], [encode('abcabc')])).toBe('abcabc');
});
