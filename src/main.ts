#!/usr/bin/env node
/** Starts the bot, once the Node below it is known to be new enough: older ones fail in odd places instead. */
import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === null) await import('./bot.ts');
else {
  process.stderr.write(`cutover: ${problem}\n`);
  process.exitCode = 1;
}
