/** What a step is, by the one key that says so. */
import type { StepSource } from './schema.ts';

export const STEP_KINDS = ['run', 'copy', 'write', 'reboot', 'gate', 'manual', 'use'] as const;
export type StepKind = (typeof STEP_KINDS)[number];

export function kindsOf(step: StepSource): readonly StepKind[] {
  return STEP_KINDS.filter((kind) => step[kind] !== undefined);
}

/** The check makes sure that there is exactly one. */
export function kindOf(step: StepSource): StepKind {
  return kindsOf(step)[0] ?? 'manual';
}

export interface HostPath {
  /** Role, loop variable or `vault`. */
  readonly at: string;
  readonly path: string;
}

/** `role:path` or `vault:name`. */
export function sideOf(text: string): HostPath | undefined {
  const match = /^([a-z][a-z0-9_]*):([\s\S]+)$/.exec(text);
  return match === null ? undefined : { at: match[1] ?? '', path: match[2] ?? '' };
}

/** Does it change anything that an undo would have to take back? Reads, downloads, gates and manual steps do not. */
export function isChanging(step: StepSource): boolean {
  const kind = kindOf(step);
  if (kind === 'gate' || kind === 'manual' || kind === 'use') return false;
  if (step.changes === false) return false;
  return !(step.copy !== undefined && sideOf(step.copy.to)?.at === 'vault' && step.no_return !== true);
}

/** Local name of a step in expressions: `captured.<id>`. */
export function localId(step: StepSource): string {
  return step.id ?? step.use ?? '';
}
