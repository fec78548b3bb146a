/**
 * Every upgrade that the Cloudify runbook promises, played to its end on simulated hosts over real SSH.
 *
 *   npm run -s soak:cloudify -- [--short] [--only WORDS] [--lanes 2] [--k 300] [--minutes 90]
 *
 * Progress on stderr; the last line on stdout is one JSON object. Exit code 0 only when all were played and all are right.
 */
import { parseArgs } from 'node:util';
import { type Outcome, play } from './play.ts';
import { allCombinations, type Combination, shortCombinations } from './space.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    /** Words that the name must hold, all of them. */
    only: { type: 'string', default: '' },
    lanes: { type: 'string', default: '2' },
    k: { type: 'string', default: '300' },
    minutes: { type: 'string', default: '90' },
  },
});

function positive(name: 'lanes' | 'k' | 'minutes'): number {
  const number = Number(values[name]);
  if (!(number > 0)) throw new Error(`reading --${name}: ${values[name]} is not a number above 0`);
  return number;
}

const k = positive('k');
const lanes = Math.ceil(positive('lanes'));
const began = Date.now();
const deadline = began + positive('minutes') * 60_000;
const words = values.only.split(' ').filter((word) => word !== '');
const wanted = (values.short ? shortCombinations() : allCombinations()).filter(({ name }) =>
  words.every((word) => name.split(' ').includes(word)),
);
const waiting: Combination[] = [...wanted];
const outcomes: Outcome[] = [];

function report({ name, steps, minutes, problems }: Outcome): void {
  const verdict = problems.length === 0 ? 'right' : 'WRONG';
  process.stderr.write(
    `${outcomes.length} of ${wanted.length} ${verdict}: ${name}: ${steps} steps in ${minutes} virtual minutes\n`,
  );
  for (const problem of problems) process.stderr.write(`    ${problem.replaceAll('\n', '\n    ')}\n`);
}

async function lane(): Promise<void> {
  for (let one = waiting.shift(); one !== undefined && Date.now() < deadline; one = waiting.shift()) {
    const outcome = await play(one, k);
    outcomes.push(outcome);
    report(outcome);
  }
}

await Promise.all(Array.from({ length: lanes }, lane));

const wrong = outcomes.filter(({ problems }) => problems.length > 0).map(({ name }) => name);
const right = outcomes.length > 0 && wrong.length === 0 && outcomes.length === wanted.length;
process.stdout.write(
  `${JSON.stringify({
    ...{ combinations: wanted.length, played: outcomes.length, right: outcomes.length - wrong.length, wrong },
    ...{ steps: outcomes.reduce((sum, { steps }) => sum + steps, 0), k },
    seconds: Math.round((Date.now() - began) / 1000),
  })}\n`,
);
process.exit(right ? 0 : 1);
