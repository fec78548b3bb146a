/** What `cutover doctor` can try on this computer alone. */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config.ts';
import type { Target } from '../core/inventory.ts';
import { SHORTEST_SECRET } from '../core/mask.ts';
import { nodeProblem } from '../node-version.ts';
import { verifyAudit } from '../ports/audit-verify.ts';
import { checkLevel, migrationLevel, migrationsDirectory, readMigrations } from '../ports/migrate.ts';
import { readSecret } from '../ports/secrets.ts';
import { auditTable } from '../ports/sqlite-audit.ts';
import type { Database } from '../ports/sqlite-database.ts';
import { IN_MEMORY, nativeModuleMend, openDatabase, openReadOnly } from '../ports/sqlite-open.ts';
import type { TargetsRead } from '../ports/targets-file.ts';
import type { Runbook } from '../runbook/load.ts';
import { because, type Finding, failed, ok, warning } from './doctor-report.ts';
import { problemText, readRunbook } from './runbook-file.ts';

/** Output of steps is kept up to 64 MiB for each stream of an attempt, and snapshots go to the vault. */
const LEAST_FREE_BYTES = 2 * 1024 ** 3;
const GIB = 1024 ** 3;
const OTHERS = 0o077;
/** statfs types of NFS, SMB and FUSE: SQLite's locks and shared memory do not work over a network. */
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546,
]);

export function checkNode(version: string): Finding {
  const problem = nodeProblem(version);
  if (problem !== null) return failed(`Node ${version}`, problem);
  return ok(`Node ${version}`);
}

export function checkNativeModule(): Finding {
  try {
    openDatabase(IN_MEMORY, () => undefined).close();
    return ok('better-sqlite3 opens a database');
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error;
    return failed('better-sqlite3 can’t open a database', nativeModuleMend(cause) ?? because(error));
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** The nearest directory that is there: the others will be made. */
function standing(directory: string): string {
  let at = resolve(directory);
  while (!existsSync(at)) at = dirname(at);
  return at;
}

/** May files be made there, on a disk that is fit for it? */
export function checkDirectory(directory: string, what: string, setting: string): readonly Finding[] {
  const at = standing(directory);
  if (!mayWrite(at))
    return [
      failed(
        `${what}: this user may not write ${at}`,
        `give it the directory (chown), or set ${setting} to another place`,
      ),
    ];
  const { bavail, bsize, type } = statfsSync(at);
  const free = bavail * bsize;
  return [
    ok(`${what}: ${directory} can be written, ${(free / GIB).toFixed(1)} GiB free`),
    ...(free < LEAST_FREE_BYTES
      ? [
          warning(
            `${what}: less than ${LEAST_FREE_BYTES / GIB} GiB are free`,
            'make room: logs and snapshots are kept there',
          ),
        ]
      : []),
    ...(setting === 'CUTOVER_DATABASE' && NETWORK_FILE_SYSTEMS.has(type)
      ? [failed(`${what}: ${at} is on a network file system`, `put it on a local disk (${setting})`)]
      : []),
  ];
}

async function lookInside(db: Database): Promise<readonly Finding[]> {
  const wrong = db.read('quick_check(1)');
  if (wrong !== 'ok')
    return [
      failed(
        `database: it is damaged: ${String(wrong)}`,
        'restore a backup; keep this file for the evidence',
      ),
    ];
  const level = migrationLevel(db);
  if (level === 0) return [ok('database: new and empty')];
  const table = auditTable(db);
  const verdict = await verifyAudit(async (after, limit) => table.after(after, limit));
  return [
    ok(`database: level ${level} of ${readMigrations(migrationsDirectory()).length}`),
    verdict.ok
      ? ok(`audit trail: whole, ${verdict.head.seq} events`)
      : failed(
          `audit trail: wrong at event ${verdict.seq}: ${verdict.wrong}`,
          'somebody changed it past the bot; keep the file and compare it with a backup',
        ),
  ];
}

export async function checkDatabase(path: string): Promise<readonly Finding[]> {
  const place = checkDirectory(dirname(path), 'database', 'CUTOVER_DATABASE');
  if (!existsSync(path))
    return [...place, ok(`database: ${path} is not there yet; the first start makes it`)];
  if (!mayWrite(path))
    return [failed(`database: this user may not write ${path}`, `chown or chmod u+rw ${path}`)];
  const mode = statSync(path).mode & 0o777;
  const open =
    (mode & OTHERS) === 0
      ? []
      : [warning(`database: ${path} can be read by others (mode ${mode.toString(8)})`, `chmod 600 ${path}`)];
  let db: Database | undefined;
  try {
    db = openReadOnly(path, (opened) => checkLevel(opened, readMigrations(migrationsDirectory())));
    return [...place, ...open, ...(await lookInside(db))];
  } catch (error) {
    return [...place, ...open, failed(because(error), 'see above: nothing was changed')];
  } finally {
    db?.close();
  }
}

function fitsRunbook(target: Target, runbook: Runbook): readonly Finding[] {
  const roles = runbook.roles.map(({ id }) => id);
  const needed = runbook.roles.filter(({ sameAs, many }) => sameAs === null && !many).map(({ id }) => id);
  const missing = needed.filter((role) => target.hosts[role] === undefined);
  const strange = Object.keys(target.hosts).filter((role) => !roles.includes(role));
  const secrets = runbook.secrets.filter((name) => target.secrets[name] === undefined);
  return [
    ...(missing.length === 0
      ? []
      : [
          failed(
            `target ${target.name}: no host for ${missing.join(', ')}`,
            `add hosts.${missing[0]} to it in targets.yaml; ${runbook.id} needs ${needed.join(', ')}`,
          ),
        ]),
    ...strange.map((role) =>
      warning(
        `target ${target.name}: ${runbook.id} has no role ${role}`,
        `its roles are ${roles.join(', ')}`,
      ),
    ),
    ...secrets.map((name) =>
      warning(
        `target ${target.name}: no secret ${name}`,
        `add secrets.${name} to it, or what needs it will fail; some flows do not need every secret`,
      ),
    ),
  ];
}

export async function checkRunbooks(
  targets: readonly Target[],
  directory: string,
): Promise<readonly Finding[]> {
  const ids = [...new Set(targets.map(({ runbook }) => runbook))];
  const findings: Finding[] = [];
  for (const id of ids) {
    try {
      const { file, loaded } = await readRunbook(`${directory}/${id}.yaml`);
      if (!loaded.ok) {
        const [first] = loaded.problems;
        findings.push(
          failed(
            `runbook ${id}: ${loaded.problems.length} to mend${first === undefined ? '' : `, first ${problemText(first)}`}`,
            `cutover runbook check ${file}`,
          ),
        );
        continue;
      }
      const { runbook } = loaded;
      findings.push(ok(`runbook ${id}: in order`));
      for (const target of targets.filter((one) => one.runbook === id))
        findings.push(...fitsRunbook(target, runbook));
    } catch (error) {
      findings.push(
        failed(`runbook ${id}: ${because(error)}`, `put ${id}.yaml into ${directory}, or correct the target`),
      );
    }
  }
  return findings;
}

export function checkSecrets(
  targets: readonly Target[],
  env: { readonly [name: string]: string | undefined },
): readonly Finding[] {
  return targets.flatMap((target) =>
    Object.entries(target.secrets).map(([name, source]) => {
      const what = `secret ${name} of ${target.name}`;
      try {
        const { length } = readSecret(source, env);
        return length < SHORTEST_SECRET
          ? warning(
              `${what}: shorter than ${SHORTEST_SECRET} characters`,
              'choose a longer one: this one is not masked in output, it occurs everywhere by chance',
            )
          : ok(`${what}: can be read`);
      } catch (error) {
        return failed(
          `${what}: ${because(error)}`,
          'mend the file or the environment, or the reference in targets.yaml',
        );
      }
    }),
  );
}

/** What kind of private key a text is, or why it can't be used. */
function keyProblem(text: string): { readonly say: string; readonly mend: string } | null {
  if (text.startsWith('PuTTY-User-Key-File'))
    return { say: 'it is in PuTTY’s format', mend: 'convert it: puttygen KEY.ppk -O private-openssh -o KEY' };
  if (/^(ssh-|ecdsa-)/.test(text))
    return { say: 'it is the public half', mend: 'name the file without .pub' };
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return { say: 'it is no private key', mend: 'name a private key in OpenSSH or PEM format' };
  const locked = {
    say: 'it is locked with a passphrase',
    mend: 'the bot can’t type one: ssh-keygen -p -N "" -f KEY',
  };
  if (/ENCRYPTED/.test(text)) return locked;
  if (!text.includes('BEGIN OPENSSH')) return null;
  // openssh-key-v1, NUL, then the length and the name of the cipher.
  const body = Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const cipher = body.subarray(19, 19 + (body.length < 19 ? 0 : body.readUInt32BE(15))).toString();
  return cipher === 'none' ? null : locked;
}

export function checkKeys(keys: TargetsRead['keys']): readonly Finding[] {
  return [...new Set(keys.values())].map((file) => {
    const hosts = [...keys].filter(([, of]) => of === file).map(([host]) => host);
    const what = `private key ${file} (${hosts.join(', ')})`;
    try {
      const mode = statSync(file).mode & 0o777;
      if ((mode & OTHERS) !== 0)
        return failed(`${what}: others may read it (mode ${mode.toString(8)})`, `chmod 600 ${file}`);
      const problem = keyProblem(readFileSync(file, 'utf8'));
      return problem === null ? ok(`${what}: can be read`) : failed(`${what}: ${problem.say}`, problem.mend);
    } catch (error) {
      return failed(`${what}: ${because(error)}`, 'put the key there, or correct key.file in targets.yaml');
    }
  });
}

export type Settings = Pick<Config, 'database' | 'targets' | 'runbooks' | 'vault'>;
