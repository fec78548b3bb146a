/** `cutover doctor`: tries whatever can be tried before going live, and says what to mend. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Config, readConfig, readPaths, secretsEnvironment } from '../config.ts';
import { createClock } from '../ports/clock.ts';
import type { Log } from '../ports/ports.ts';
import { createHosts } from '../ports/ssh.ts';
import { parseTargets, type TargetsRead } from '../ports/targets-file.ts';
import { readArguments } from './arguments.ts';
import { checkHost, hostsOf } from './doctor-hosts.ts';
import {
  checkDatabase,
  checkDirectory,
  checkKeys,
  checkNativeModule,
  checkNode,
  checkRunbooks,
  checkSecrets,
  type Settings,
} from './doctor-local.ts';
import { because, createReport, failed, ok, type Report } from './doctor-report.ts';
import { checkSlack } from './doctor-slack.ts';
import { EXIT, type ExitCode, type Io, UsageError } from './io.ts';

export const DOCTOR_USAGE = `Usage:
  cutover doctor [--offline]   try the settings, files, hosts and Slack before going live

It reads the same environment as the bot (see .env.example): node --env-file=.env, or set -a; . ./.env
It changes nothing, but that it makes the state directory on each host. --offline leaves out hosts and Slack.

Example:
  npm run -s cutover -- doctor

Exit codes: 0 nothing failed, 1 something failed, 2 called wrongly.
`;

type Env = { readonly [name: string]: string | undefined };

/** The doctor itself says what it finds. */
const SILENT_LOG: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function checkSettings(env: Env, report: Report): Config | null {
  try {
    const config = readConfig(env);
    report.add(ok(`settings: read, Slack over ${config.slack.transport.mode}`));
    return config;
  } catch (error) {
    report.add(failed(because(error), 'set them in .env; .env.example says what each is for'));
    return null;
  }
}

function checkTargets(file: string, report: Report): TargetsRead | null {
  try {
    const read = parseTargets(readFileSync(file, 'utf8'), file);
    const names = Object.keys(read.inventory.targets);
    report.add(ok(`targets: ${file} names ${names.join(', ') || 'no targets'}`));
    return read;
  } catch (error) {
    report.add(failed(`targets:\n${because(error)}`, `mend ${file}; targets.example.yaml shows every key`));
    return null;
  }
}

async function checkFiles(
  paths: Settings,
  read: TargetsRead | null,
  env: Env,
  report: Report,
): Promise<void> {
  report.add(...(await checkDatabase(paths.database)));
  report.add(...checkDirectory(paths.vault, 'vault', 'CUTOVER_VAULT'));
  if (read === null) return;
  const targets = Object.values(read.inventory.targets);
  report.add(...(await checkRunbooks(targets, paths.runbooks)));
  report.add(...checkSecrets(targets, env), ...checkKeys(read.keys));
}

async function checkHosts({ inventory, keys }: TargetsRead, report: Report): Promise<void> {
  const hosts = createHosts({
    keyFor: (name) => readFile(keys.get(name) ?? '', 'utf8'),
    log: SILENT_LOG,
  });
  try {
    for (const findings of await Promise.all(hostsOf(inventory).map((host) => checkHost(hosts, host))))
      report.add(...findings);
  } finally {
    await hosts.close();
  }
}

/** @returns nothing failed */
async function examine(env: Env, offline: boolean, report: Report): Promise<boolean> {
  report.section('This computer');
  report.add(checkNode(process.versions.node), checkNativeModule());
  const config = checkSettings(env, report);
  const paths = readPaths(env);
  const read = checkTargets(paths.targets, report);
  await checkFiles(paths, read, env, report);
  if (offline) return report.end();
  if (read !== null) {
    report.section('Hosts');
    await checkHosts(read, report);
  }
  if (config !== null) {
    report.section('Slack');
    const tools = { clock: createClock(config.clock), log: SILENT_LOG };
    await checkSlack(config.slack, read?.inventory ?? null, tools, (...findings) => report.add(...findings));
  }
  return report.end();
}

export async function runDoctor(
  argv: readonly string[],
  io: Io,
  env: Env = secretsEnvironment(),
): Promise<ExitCode> {
  const args = readArguments(argv, { offline: { type: 'boolean' } });
  if (args.flag('help')) {
    io.out(DOCTOR_USAGE);
    return EXIT.ok;
  }
  if (args.words.length > 0) throw new UsageError(`${args.words.join(' ')} is too much.\n\n${DOCTOR_USAGE}`);
  return (await examine(env, args.flag('offline'), createReport(io))) ? EXIT.ok : EXIT.failed;
}
