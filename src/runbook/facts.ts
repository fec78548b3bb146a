/** Values of probes by their declared type. */
import type { Fact, Finding, Json } from '../core/plan.ts';
import type { Tried } from './cel.ts';
import { plainJson, readable, textOf, toCel } from './cel-values.ts';
import type { ProbeSource } from './schema.ts';
import { Version } from './version.ts';

function asOne(value: unknown, as: string): unknown {
  switch (as) {
    case 'version':
      if (value instanceof Version) return value;
      if (typeof value === 'string') return new Version(value.trim());
      break;
    case 'text':
      if (typeof value === 'string') return value;
      break;
    case 'int':
      if (typeof value === 'bigint') return value;
      if (typeof value === 'string' && /^-?[0-9]{1,15}$/.test(value.trim())) return BigInt(value.trim());
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      break;
    case 'map':
      if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Version))
        return value;
      break;
    default:
      return value;
  }
  throw new Error(`${shownValue(value)} is not ${as}`);
}

const SHOWN_CHARS = 120;

function shownValue(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : textOf(value);
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text;
}

const LIST = 'list of ';

/** CEL or plain JSON → the value that expressions see as `fact.<id>`. */
export function factValue(value: unknown, as: string): Tried<unknown> {
  try {
    const cel = toCel(value);
    if (!as.startsWith(LIST)) return { ok: true, value: asOne(cel, as) };
    if (!Array.isArray(cel)) return { ok: false, why: `${shownValue(cel)} is not a list` };
    return { ok: true, value: cel.map((item: unknown) => asOne(item, as.slice(LIST.length))) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

export function factOf(
  id: string,
  title: string,
  value: unknown,
  host: string | null,
  seenAt: number | null,
): Fact {
  const plain: Json = plainJson(value);
  return {
    id,
    title,
    value: plain,
    shown: readable(plain),
    host,
    seenAt,
  };
}

export function blocker(id: string, say: string, todo: string, refs: readonly string[] = []): Finding {
  return { id, severity: 'blocker', say, do: todo, refs };
}

/** Facts and, for a dry plan, the dry values of probes that have none. */
export function valuesOfFacts(
  probes: { readonly [id: string]: ProbeSource },
  facts: readonly Fact[],
): { readonly values: { readonly [id: string]: unknown }; readonly wrong: readonly Finding[] } {
  const values: { [id: string]: unknown } = {};
  const wrong: Finding[] = [];
  for (const fact of facts) {
    const probe = probes[fact.id];
    if (probe === undefined) continue;
    const typed = factValue(fact.value, probe.as);
    if (typed.ok) values[fact.id] = typed.value;
    else
      wrong.push(
        blocker(
          fact.id,
          `${fact.title}: ${typed.why}.`,
          'Give a value of the declared type, or mend the probe.',
        ),
      );
  }
  return { values, wrong };
}
