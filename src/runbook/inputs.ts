/** Inputs as typed → values by their declared type. */
import { closest } from 'fastest-levenshtein';
import type { InputField } from '../core/inventory.ts';
import type { Tried } from './cel.ts';
import { Version } from './version.ts';

export interface FieldError {
  readonly field: string;
  readonly say: string;
}

const YES = new Set(['true', 'yes', 'on']);
const NO = new Set(['false', 'no', 'off', '']);

function refuse(say: string): Tried<never> {
  return { ok: false, why: say };
}

function parseField(field: InputField, text: string): Tried<unknown> {
  const shown = JSON.stringify(text);
  switch (field.type) {
    case 'version':
      try {
        return { ok: true, value: new Version(text) };
      } catch {
        return refuse(`${shown} is not a version. Type numbers between dots, such as 4.3.1.`);
      }
    case 'boolean':
      if (YES.has(text.toLowerCase())) return { ok: true, value: true };
      if (NO.has(text.toLowerCase())) return { ok: true, value: false };
      return refuse(`${shown} is neither true nor false.`);
    case 'choice':
      if (field.options.some(({ value }) => value === text)) return { ok: true, value: text };
      return refuse(`${shown} is not one of ${field.options.map(({ value }) => value).join(', ')}.`);
    case 'path':
      if (/^\/[^\n\0]*$/.test(text)) return { ok: true, value: text };
      return refuse(`${shown} is not an absolute path. Begin with /.`);
    case 'url':
      if (/^https?:\/\/[^\s\0]+$/.test(text)) return { ok: true, value: text };
      return refuse(`${shown} is not an http or https URL.`);
    case 'sha256':
      if (/^[0-9a-fA-F]{64}$/.test(text)) return { ok: true, value: text.toLowerCase() };
      return refuse(`${shown} is not a SHA-256: 64 hexadecimal digits.`);
    default:
      if (text.includes('\n') || text.includes('\0')) return refuse('Type one line.');
      if (field.pattern !== null && !new RegExp(`^(?:${field.pattern})$`, 'u').test(text))
        return refuse(
          `${shown} does not match ${field.pattern}.${field.hint === '' ? '' : ` ${field.hint}`}`,
        );
      return { ok: true, value: text };
  }
}

export interface ParsedInputs {
  readonly values: { readonly [name: string]: unknown };
  readonly errors: readonly FieldError[];
}

export function parseInputs(
  fields: readonly InputField[],
  typed: { readonly [name: string]: string },
): ParsedInputs {
  const errors: FieldError[] = [];
  const values: { [name: string]: unknown } = {};
  for (const field of fields) {
    const text = typed[field.id]?.trim() || field.default;
    if (text === null || text === undefined) {
      // A box that was not ticked is a no; anything else that was left out is null.
      values[field.id] = field.type === 'boolean' ? false : null;
      if (field.required && field.type !== 'boolean')
        errors.push({ field: `input.${field.id}`, say: `${field.title} is needed.` });
      continue;
    }
    const parsed = parseField(field, text);
    if (parsed.ok) values[field.id] = parsed.value;
    else errors.push({ field: `input.${field.id}`, say: parsed.why });
  }
  const known = fields.map(({ id }) => id);
  for (const name of Object.keys(typed)) {
    if (known.includes(name)) continue;
    const near = known.length === 0 ? '' : ` Did you mean ${closest(name, known)}?`;
    errors.push({ field: `input.${name}`, say: `The runbook has no input called ${name}.${near}` });
  }
  return { values, errors };
}
