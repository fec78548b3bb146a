/** What `npm run demo` is called with. Whatever is not understood is an error that names the option and what is allowed. */
import { parseArgs } from 'node:util';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

/** An upgrade of an hour is watched in two minutes. */
export const DEMO_K = 30;
/** Nobody watches: as fast as a quiet machine carries it. */
export const AUTO_K = 300;

export const USAGE = `npm run demo [-- OPTIONS]

  (no option)        starts everything and prints the address of a page; Ctrl-C ends it
  --port N           port of the page, 1 to 65535 (any free one)
  --auto             plays the upgrade without a browser, prints the thread, checks the result
  --scenario NAME    plays another one, as --auto does
  --list             names the scenarios
  --speed K          virtual seconds per second (${DEMO_K}; with --auto up to ${AUTO_K}, less on a busy machine)
  --card STYLE       classic, or plan: the card with Slack's own task list
`;

const CARDS = ['classic', 'plan'] as const;
type Card = (typeof CARDS)[number];

export type Options =
  | { readonly kind: 'help' | 'list' }
  /** `speed` null = what suits the way it is shown. */
  | { readonly kind: 'play'; readonly scenario: Scenario; readonly speed: number | null }
  | { readonly kind: 'page'; readonly port: number; readonly card: Card; readonly speed: number | null };

const FIRST = 'in-place-4.2';

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined)
    throw new Error(`--scenario is one of ${SCENARIOS.map((one) => one.name).join(', ')}; not ${name}.`);
  return scenario;
}

function speedOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const k = Number(text);
  if (!(k >= 1 && Number.isFinite(k))) throw new Error(`--speed is a number from 1 on, not ${text}.`);
  return k;
}

function cardOf(text: string): Card {
  const card = CARDS.find((one) => one === text);
  if (card === undefined) throw new Error(`--card is ${CARDS.join(' or ')}, not ${text}.`);
  return card;
}

/** 0 = any free one. */
function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new Error(`--port is a whole number from 1 to 65535, not ${text}.`);
  return port;
}

function parsed(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      auto: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      port: { type: 'string' },
      speed: { type: 'string' },
      card: { type: 'string' },
    },
  }).values;
}

/** @throws Error with a sentence for whoever typed it */
export function readOptions(argv: readonly string[]): Options {
  const values = parsed(argv);
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const speed = speedOf(values.speed);
  const port = portOf(values.port ?? '0');
  const card = cardOf(values.card ?? 'classic');
  if (!values.auto && values.scenario === undefined) return { kind: 'page', port, card, speed };
  for (const option of ['port', 'card'] as const)
    if (values[option] !== undefined)
      throw new Error(`--${option} is for the page, and nothing shows one with --auto or --scenario.`);
  return { kind: 'play', scenario: scenarioOf(values.scenario ?? FIRST), speed };
}
