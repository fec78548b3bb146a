/** A runbook that passed its check. */
import type { InputField } from '../core/inventory.ts';
import type { RunbookSource } from './schema.ts';

export interface Flow {
  readonly id: string;
  readonly title: string;
  /** `after_no_return`: a way forward after a failure; not offered in the start form. */
  readonly offered: 'after_no_return' | null;
  /** Block whose steps are those of this flow; null: the runbook's own steps. */
  readonly steps: string | null;
}

export interface Role {
  readonly id: string;
  readonly title: string;
  readonly many: boolean;
  readonly sameAs: { readonly role: string; readonly when: string } | null;
}

export interface Runbook {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  /** SHA-256, hex, of the text. */
  readonly digest: string;
  readonly source: string | null;
  readonly freshnessS: number;
  readonly flows: readonly Flow[];
  readonly roles: readonly Role[];
  readonly inputs: readonly InputField[];
  readonly secrets: readonly string[];
  readonly probes: RunbookSource['probes'];
  readonly checks: RunbookSource['checks'];
  readonly acknowledgements: RunbookSource['acknowledgements'];
  readonly blocks: RunbookSource['blocks'];
  readonly steps: RunbookSource['steps'];
}

/** A night's work: what was seen before it is old the next morning. */
const FRESHNESS_S = 4 * 3600;

/** An id as people read it, where the runbook gives no title. */
export function titleOf(id: string): string {
  const words = id.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function runbookOf(source: RunbookSource, file: string, digest: string): Runbook {
  const {
    runbook: id,
    title,
    flows,
    hosts,
    inputs,
    secrets,
    probes,
    checks,
    acknowledgements,
    blocks,
    steps,
  } = source;
  return {
    id,
    title,
    file,
    digest,
    source: source.source ?? null,
    freshnessS: source.freshness ?? FRESHNESS_S,
    flows: Object.entries(flows).map(([flow, { title: shown, offered, steps: block }]) => ({
      id: flow,
      title: shown,
      offered: offered ?? null,
      steps: block ?? null,
    })),
    roles: Object.entries(hosts).map(([role, { title: shown, many, same_as }]) => ({
      id: role,
      title: shown ?? titleOf(role),
      many,
      sameAs: same_as === undefined ? null : { role: same_as.role, when: same_as.when ?? 'true' },
    })),
    inputs: Object.entries(inputs).map(([input, field]) => ({
      id: input,
      title: field.title ?? titleOf(input),
      type: field.type,
      required: field.required,
      hint: field.hint,
      pattern: field.pattern ?? null,
      options: field.options,
      default: field.default ?? null,
    })),
    secrets,
    probes,
    checks,
    acknowledgements,
    blocks,
    steps,
  };
}
