/** The secrets that one command is given, and those that must not be seen in what hosts print. */
import { createMask } from '../core/mask.ts';
import type { Deps } from './context.ts';

export type SecretsOf =
  | { readonly ok: true; readonly value: { readonly [name: string]: string } }
  | { readonly ok: false; readonly why: string };

/** A missing one is a value: people are told which, and where it was looked for. */
export function secretsOf(deps: Pick<Deps, 'secrets'>, target: string, names: readonly string[]): SecretsOf {
  const value: Record<string, string> = {};
  try {
    for (const name of names) value[name] = deps.secrets.value(target, name);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Every secret of the target that can be read now, whichever command it was given to: a tool prints what an earlier step
 * wrote into a file.
 */
export function hiddenValues(deps: Pick<Deps, 'secrets' | 'policies'>, target: string): readonly string[] {
  const names = Object.keys(deps.policies.inventory().targets[target]?.secrets ?? {});
  const readable = names.flatMap((name) => {
    const one = secretsOf(deps, target, [name]);
    return one.ok ? Object.values(one.value) : [];
  });
  return [...new Set([...readable, ...deps.secrets.all()])];
}

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** For text that is at hand as a whole; streams are masked piece by piece (driving.ts). */
export function hide(secrets: readonly string[], text: string): string {
  const mask = createMask(secrets, encodeText);
  const decode = new TextDecoder();
  return decode.decode(mask.push(encodeText(text)), { stream: true }) + decode.decode(mask.end());
}
