/** What somebody typed after `/upgrade`. Errors are values: a sentence with what was found and what to type instead. */
import { near } from './near.ts';

export type Command =
  | { readonly kind: 'help' }
  | {
      /** `start` without a target opens the form on the first one. */
      readonly kind: 'start';
      readonly target: string | null;
      readonly flow: string | null;
      readonly inputs: Inputs;
    }
  | { readonly kind: 'plan'; readonly target: string; readonly flow: string | null; readonly inputs: Inputs }
  /** Without an id: the one that is live, or the list. */
  | { readonly kind: 'status' | 'why'; readonly upgrade: string | null }
  | { readonly kind: 'audit' | 'withdraw' | 'stop'; readonly upgrade: string }
  | { readonly kind: 'list' | 'targets' }
  | { readonly kind: 'mistake'; readonly say: string };

/** As typed: the runbook says what they mean. */
interface Inputs {
  readonly [name: string]: string;
}

export const VERBS = [
  'help',
  'plan',
  'start',
  'status',
  'why',
  'list',
  'audit',
  'withdraw',
  'stop',
  'targets',
] as const;
type Verb = (typeof VERBS)[number];

/** Words that people bring from other tools, and where their wish is met here. */
const ELSEWHERE: { readonly [word: string]: string } = {
  approve: 'Approving is a button: “Review and approve” on the card of the upgrade.',
  decline: 'Declining is a button: “Decline” on the card of the upgrade.',
  go: 'The go is a button: “Start now” on the card, once the window is open.',
  retry: 'Retry is a button in the thread, under the step that is held.',
  cancel:
    'Before the start, take it back with /upgrade withdraw U-42; a held run is ended with /upgrade stop U-42.',
  abort: 'A held run is ended with /upgrade stop U-42; before the start there is /upgrade withdraw U-42.',
  run: 'Ask for an upgrade with /upgrade start.',
  history: 'What happened is told by /upgrade audit U-42; /upgrade list shows the last upgrades.',
};

function mistake(say: string): Command {
  return { kind: 'mistake', say };
}

/** Phones turn quotation marks and hyphens into typographic ones. */
function plain(text: string): string {
  return text
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’‚]/g, "'")
    .replace(/[\u00A0\u202F]/g, ' ')
    .replace(/[‐‑‒–—]/g, (dash) => (dash === '—' ? '--' : '-'));
}

/** Words between blanks; a blank inside quotation marks belongs to the word: `reason="two words"`. */
function words(text: string): readonly string[] {
  const found = plain(text).match(/(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g) ?? [];
  return found.map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  );
}

/** `U-42`, `u42`, `#42` or `42`. */
function upgradeId(word: string): string | undefined {
  const digits = /^(?:u-?|#)?([1-9][0-9]{0,8})$/i.exec(word)?.[1];
  return digits === undefined ? undefined : `U-${digits}`;
}

function aboutUpgrade(verb: Verb, rest: readonly string[]): Command {
  const [word, ...more] = rest;
  const optional = verb === 'status' || verb === 'why';
  if (word === undefined && optional) return { kind: verb, upgrade: null };
  if (word === undefined)
    return mistake(`Which upgrade? Type /upgrade ${verb} U-42; /upgrade list shows them.`);
  const upgrade = upgradeId(word);
  if (upgrade === undefined)
    return mistake(`“${word}” is not an upgrade id; they look like U-42. /upgrade list shows them.`);
  if (more.length > 0)
    return mistake(
      `Only the id is needed: /upgrade ${verb} ${upgrade}. “${more.join(' ')}” was not understood.`,
    );
  switch (verb) {
    case 'status':
    case 'why':
    case 'audit':
    case 'withdraw':
    case 'stop':
      return { kind: verb, upgrade };
    default:
      return { kind: 'help' };
  }
}

interface Asked {
  readonly target: string | null;
  readonly flow: string | null;
  readonly inputs: Inputs;
}

function unknownTarget(verb: Verb, word: string, targets: readonly string[]): string {
  const close = near(word, targets);
  if (close !== undefined) return `No target is called “${word}”. Did you mean /upgrade ${verb} ${close}?`;
  return `No target is called “${word}”. /upgrade targets lists them.`;
}

/** `<target> [flow] [name=value …]`; the target is needed unless only the form is opened. */
function asked(verb: Verb, rest: readonly string[], targets: readonly string[]): Asked | string {
  const inputs: Record<string, string> = {};
  const names: string[] = [];
  for (const word of rest) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 0) names.push(word);
    else if (!/^[a-z][a-z0-9_-]*$/i.test(name))
      return `“${word}” was not understood. Inputs look like to=4.3.1, without blanks around “=”.`;
    else inputs[name.toLowerCase().replaceAll('-', '_')] = word.slice(at + 1);
  }
  const [first, flow, ...more] = names;
  if (more.length > 0)
    return `“${more.join(' ')}” was not understood. Type /upgrade ${verb} <target> [flow] [to=4.3.1].`;
  if (first === undefined) return { target: null, flow: null, inputs };
  const target = targets.find((name) => name === first.toLowerCase());
  if (target === undefined) return unknownTarget(verb, first, targets);
  return { target, flow: flow === undefined ? null : flow.toLowerCase().replaceAll('-', '_'), inputs };
}

function planned(rest: readonly string[], targets: readonly string[]): Command {
  const ask = asked('plan', rest, targets);
  if (typeof ask === 'string') return mistake(ask);
  const only = targets.length === 1 ? (targets[0] ?? null) : null;
  const target = ask.target ?? only;
  if (target === null)
    return mistake('Which target? Type /upgrade plan <target> to=4.3.1; /upgrade targets lists them.');
  return { kind: 'plan', ...ask, target };
}

function unknownVerb(word: string, targets: readonly string[]): Command {
  const elsewhere = Object.entries(ELSEWHERE).find(([foreign]) => foreign === word.toLowerCase());
  if (elsewhere !== undefined) return mistake(elsewhere[1]);
  const target = targets.find((name) => name === word.toLowerCase());
  if (target !== undefined)
    return mistake(`What about ${target}? Type /upgrade start ${target} or /upgrade plan ${target}.`);
  const close = near(word, VERBS);
  if (close !== undefined) return mistake(`“${word}” is not known. Did you mean /upgrade ${close}?`);
  return mistake(`“${word}” is not known. /upgrade help shows what can be typed.`);
}

/** @param targets names of all targets, for recognising them and for suggestions */
export function parseCommand(text: string, targets: readonly string[]): Command {
  const [first, ...rest] = words(text);
  if (first === undefined) return { kind: 'help' };
  const verb = VERBS.find((name) => name === first.toLowerCase());
  if (verb === undefined) {
    const upgrade = rest.length === 0 ? upgradeId(first) : undefined;
    return upgrade === undefined ? unknownVerb(first, targets) : { kind: 'status', upgrade };
  }
  switch (verb) {
    case 'help':
      return { kind: 'help' };
    case 'list':
    case 'targets':
      if (rest.length > 0)
        return mistake(`/upgrade ${verb} takes nothing more. “${rest.join(' ')}” was not understood.`);
      return { kind: verb };
    case 'start': {
      const ask = asked('start', rest, targets);
      return typeof ask === 'string' ? mistake(ask) : { kind: 'start', ...ask };
    }
    case 'plan':
      return planned(rest, targets);
    default:
      return aboutUpgrade(verb, rest);
  }
}
