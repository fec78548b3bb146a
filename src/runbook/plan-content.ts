/** What a `write` step writes: text as it is, or YAML rendered so that every value keeps its type. */
import { stringify } from 'yaml';
import type { LateExpr, SecretRef } from '../core/plan.ts';
import { plainJson } from './cel-values.ts';
import { NEVER_KNOWN } from './plan-verify.ts';
import type { StepSource } from './schema.ts';
import { asText, decide, isLate, lateExpr, lateText, type Scope } from './scope.ts';
import type { Taking } from './taking.ts';
import { parseTemplate } from './template.ts';

type Piece = string | LateExpr | SecretRef;
type WriteSource = NonNullable<StepSource['write']>;

/** `{ secret: NAME }` and nothing else. */
export function secretName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'secret') return undefined;
  const name: unknown = Reflect.get(value, 'secret');
  return typeof name === 'string' ? name : undefined;
}

/** Text and late values as one expression: `"http://" + string(captured.find.address)`. */
function joinedCel(text: string): string {
  return parseTemplate(text)
    .pieces.map((piece) => (typeof piece === 'string' ? JSON.stringify(piece) : `string(${piece.cel})`))
    .join(' + ');
}

/** Stands in the rendered text where a piece comes later. The mark must not be part of any other value. */
function freshMark(source: string): string {
  let mark = 'LATER';
  while (source.includes(mark)) mark += 'R';
  return mark;
}

function rendering(taking: Taking, scope: Scope, mark: string) {
  const later: Piece[] = [];
  const put = (piece: Piece): string => {
    later.push(piece);
    return `${mark}${later.length - 1}X`;
  };
  const text = (value: string): unknown => {
    const { pieces } = parseTemplate(value);
    const holes = pieces.filter((piece) => typeof piece !== 'string');
    if (holes.length === 0) return value;
    const [only] = pieces;
    if (holes.some(({ cel }) => isLate(cel))) {
      const cel = pieces.length === 1 && holes[0] !== undefined ? holes[0].cel : joinedCel(value);
      return put(taking.take(lateExpr(`to_json(${cel})`, scope, `‹${cel}›`), NEVER_KNOWN));
    }
    if (pieces.length === 1 && only !== undefined && typeof only !== 'string')
      return plainJson(taking.take(decide(only.cel, scope), null));
    return taking.take(lateText(value, scope, asText), []).join('');
  };
  const render = (value: unknown): unknown => {
    const secret = secretName(value);
    if (secret !== undefined) return put({ secret, as: 'json' });
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(render);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(item)]));
  };
  return { render, later };
}

/** Strings stand in double quotes: YAML 1.1 readers would take a bare `yes` or `1:30` for something else. */
function yamlPieces(taking: Taking, yaml: unknown, scope: Scope): readonly Piece[] {
  const mark = freshMark(
    JSON.stringify([yaml, scope.values], (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  );
  const { render, later } = rendering(taking, scope, mark);
  const text = stringify(render(yaml), {
    lineWidth: 0,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
  const parts = text.split(new RegExp(`"${mark}([0-9]+)X"`));
  return parts.flatMap((part, index): Piece[] => {
    const piece = index % 2 === 0 ? part : later[Number(part)];
    return piece === undefined || piece === '' ? [] : [piece];
  });
}

export function planContent(taking: Taking, write: WriteSource, scope: Scope): readonly Piece[] {
  if (write.yaml !== undefined) return yamlPieces(taking, write.yaml, scope);
  const parts = typeof write.text === 'string' ? [write.text] : (write.text ?? []);
  return parts.flatMap((part): readonly Piece[] =>
    typeof part === 'string' ? taking.take(lateText(part, scope, asText), []) : [{ secret: part.secret }],
  );
}
