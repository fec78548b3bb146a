import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Manifest, SlackOptions } from '../../simulator/slack/options.ts';
import type { Slack } from '../../simulator/slack/slack.ts';
import { DOCTOR_USAGE, runDoctor } from '../../src/cli/doctor.ts';
import { checkNode } from '../../src/cli/doctor-local.ts';
import { sampleMessages } from '../../src/cli/doctor-samples.ts';
import { UsageError } from '../../src/cli/io.ts';
import { Database } from '../../src/ports/sqlite-database.ts';
import { openStore } from '../../src/ports/sqlite-store.ts';
import { call, GINA, makeSlack, OMAR, OPS, ROSA } from '../simulator/slack/world.ts';
import { T0 } from '../support/builders.ts';
import { program } from '../support/programs.ts';
import { newKey, startSshd, type TestSshd } from '../support/sshd.ts';
import { event } from '../support/store-contract.ts';
import { tempDirectory } from '../support/temp.ts';

const ROOT = join(import.meta.dirname, '../..');
const MANIFEST = parse(readFileSync(join(ROOT, 'manifest.yml'), 'utf8')) as Manifest;

let sshd: TestSshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.close());

interface World {
  readonly slack: Slack;
  readonly root: string;
  readonly env: { [name: string]: string };
  readonly targetsFile: string;
  /** Changes the text of targets.yaml. */
  readonly edit: (from: string | RegExp, to: string) => void;
  /** Findings of this level, each with its mend. */
  readonly examine: (...argv: readonly string[]) => Promise<{
    readonly code: number;
    readonly out: string;
    readonly ok: readonly string[];
    readonly warning: readonly string[];
    readonly failed: readonly string[];
  }>;
}

/** Everything in order: a workspace with our manifest, a host, files. */
async function world(options: Partial<SlackOptions> = {}): Promise<World> {
  const root = tempDirectory();
  const slack = await makeSlack({
    manifest: MANIFEST,
    mode: 'socket',
    groups: [{ id: 'S0LEADS', handle: 'leads', users: [OMAR, ROSA] }],
    ...options,
  });
  const at = (name: string) => join(root, name);
  const env = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    CUTOVER_DATABASE: at('var/cutover.db'),
    CUTOVER_VAULT: at('var/vault'),
    CUTOVER_TARGETS: at('targets.yaml'),
    CUTOVER_RUNBOOKS: join(ROOT, 'runbooks'),
    RABBIT: 'a-rabbit',
  };
  writeFileSync(at('key'), sshd.clientKey, { mode: 0o600 });
  writeFileSync(at('secret'), 'hunter2-secret\n', { mode: 0o600 });
  writeFileSync(
    at('targets.yaml'),
    `teams: [${slack.team.id}]
targets:
  lab:
    title: Lab
    runbook: cloudify-manager
    channel: ${OPS}
    requesters: [${ROSA}, ${OMAR}]
    approvers:
      - { id: ops, title: Ops, need: 1, from: [S0LEADS] }
    hosts:
      manager: &lab
        name: lab-1
        address: 127.0.0.1
        ssh: { user: ${sshd.user}, port: ${sshd.port} }
        key: { file: ${at('key')} }
        host_keys: ['${sshd.hostKey}']
        state_dir: ${join(sshd.directory, 'state')}
      cli: *lab
      new_cli: *lab
    secrets:
      MANAGER_PASSWORD: { file: ${at('secret')} }
      NEW_ADMIN_PASSWORD: { file: ${at('secret')} }
      RABBITMQ_USERNAME: { env: RABBIT }
      RABBITMQ_PASSWORD: { env: RABBIT }
`,
  );
  return {
    slack,
    root,
    env,
    targetsFile: at('targets.yaml'),
    edit(from, to) {
      const before = readFileSync(at('targets.yaml'), 'utf8');
      const after = before.replace(from, to);
      expect(after).not.toBe(before);
      writeFileSync(at('targets.yaml'), after);
    },
    async examine(...argv) {
      let out = '';
      const code = await runDoctor(
        argv,
        {
          out: (text) => {
            out += text;
          },
          err: () => undefined,
        },
        env,
      );
      const found = out.split(/\n(?= {2}(?:ok|warning|failed) |\n)/);
      const level = (wanted: string) =>
        found
          .filter((line) => line.startsWith(`  ${wanted}`))
          .map((line) => line.slice(11).replaceAll(/\n\s*/g, ' '));
      return { code, out, ok: level('ok'), warning: level('warning'), failed: level('failed') };
    },
  };
}

const matching = (pattern: RegExp) => expect.arrayContaining([expect.stringMatching(pattern)]);

describe('everything in order', () => {
  test('is said line by line, with exit code 0, and nothing of it is changed', async () => {
    const { examine, env } = await world();
    const { code, out, ok, warning, failed } = await examine();
    expect(failed).toEqual([]);
    expect(warning).toEqual([]);
    expect(code).toBe(0);
    for (const said of [
      /^Node 2\d/,
      /^better-sqlite3 opens/,
      /^settings: read, Slack over socket/,
      /^targets: .*names lab/,
      /^database: .*can be written/,
      /^database: .*is not there yet/,
      /^vault: .*can be written/,
      /^runbook cloudify-manager: in order/,
      /^secret MANAGER_PASSWORD of lab: can be read/,
      /^private key .*\(lab-1\): can be read/,
      /^host lab-1: reached as/,
      /^Slack: the bot token is of @/,
      /^Slack: the token has every scope of the manifest/,
      /^clock: the same as Slack/,
      /^Slack: Socket Mode can be opened/,
      /^channel C0OPS \(lab\): the bot is in it/,
      /^target lab: 2 can ask/,
      /^target lab, place “Ops”: 2 can fill it, 1 needed/,
      /^layout: Slack takes the card of a run with live task states/,
    ])
      expect(ok).toEqual(matching(said));
    expect(out).toMatch(/\d+ ok, 0 warnings, 0 failed\. Ready to start\.\n$/);
    expect(existsSync(env.CUTOVER_DATABASE as string)).toBe(false);
    expect(out).not.toContain('hunter2-secret');
    expect(out).not.toContain(env.SLACK_BOT_TOKEN as string);
  });

  test('a database that is in use is looked into, not touched', async () => {
    const { examine, env } = await world();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const store = await openStore({ path: env.CUTOVER_DATABASE as string, now: () => T0, log });
    await store.record(event({ upgrade: null }));
    const { ok, failed } = await examine('--offline');
    expect(failed).toEqual([]);
    expect(ok).toEqual(matching(/^database: level (\d+) of \1/));
    expect(ok).toEqual(matching(/^audit trail: whole, 1 events/));
    await store.close();
  });

  test('--offline asks neither hosts nor Slack', async () => {
    const { examine, slack } = await world();
    const { code, out } = await examine('--offline');
    expect(code).toBe(0);
    expect(out).not.toMatch(/Hosts|layout/);
    expect(slack.transcript().filter(({ kind }) => kind === 'api')).toEqual([]);
  });
});

describe('on this computer', () => {
  test('settings that are wrong are told, and the rest is looked at all the same', async () => {
    const { examine, env } = await world();
    delete env.SLACK_BOT_TOKEN;
    env.LOG_LEVEL = 'loud';
    const { code, failed, ok } = await examine('--offline');
    expect(code).toBe(1);
    expect(failed).toEqual([
      expect.stringMatching(/SLACK_BOT_TOKEN: missing.*LOG_LEVEL: must be.*→ set them in \.env/),
    ]);
    expect(ok).toEqual(matching(/^runbook cloudify-manager/));
  });

  test('a Node that is too old fails', () => {
    expect(checkNode('18.20.4')).toMatchObject({
      level: 'failed',
      mend: expect.stringMatching(/at least 20\.19 is needed/),
    });
    expect(checkNode('20.18.1').level).toBe('failed');
    expect(checkNode('20.19.0').level).toBe('ok');
    expect(checkNode('26.10.0').level).toBe('ok');
  });

  test('targets.yaml with mistakes is told with lines, and then hosts and people are left out', async () => {
    const { examine, edit } = await world();
    edit('channel:', 'chanel:');
    const { failed, out } = await examine();
    expect(failed).toEqual([
      expect.stringMatching(/targets: .*targets\.yaml:6: targets\.lab\.chanel: .*“channel”/),
    ]);
    expect(out).not.toContain('Hosts');
    expect(out).not.toMatch(/teams of targets/);
  });

  test.each<[string, (w: World) => void, RegExp]>([
    [
      'a runbook that is not there',
      ({ edit }) => edit('runbook: cloudify-manager', 'runbook: clodify-manager'),
      /runbook clodify-manager: Reading runbook/,
    ],
    [
      'a role without a host',
      ({ edit }) => edit('      cli: *lab\n', ''),
      /target lab: no host for cli → add hosts\.cli/,
    ],
    [
      'a secret in a file that others may read',
      ({ root }) => chmodSync(join(root, 'secret'), 0o644),
      /secret MANAGER_PASSWORD of lab: .*can be read by others \(mode 644\)/,
    ],
    [
      'a secret that is not set',
      ({ env }) => void delete env.RABBIT,
      /secret RABBITMQ_PASSWORD of lab: environment variable RABBIT is not set/,
    ],
    [
      'a key that others may read',
      ({ root }) => chmodSync(join(root, 'key'), 0o640),
      /private key .*others may read it \(mode 640\) → chmod 600/,
    ],
    [
      'a key that is not there',
      ({ edit, root }) => edit(join(root, 'key'), join(root, 'nokey')),
      /private key .*nokey .*ENOENT/,
    ],
    [
      'the public half of a key',
      ({ root }) => writeFileSync(join(root, 'key'), newKey().line),
      /it is the public half → name the file without \.pub/,
    ],
    [
      'a key in PuTTY’s format',
      ({ root }) => writeFileSync(join(root, 'key'), 'PuTTY-User-Key-File-3: ssh-ed25519\n'),
      /PuTTY.*puttygen/,
    ],
    [
      'a key with a passphrase',
      ({ root }) =>
        void execFileSync(program('ssh-keygen', 'openssh-client'), [
          '-q',
          '-p',
          '-N',
          'pass word',
          '-P',
          '',
          '-f',
          join(root, 'key'),
        ]),
      /locked with a passphrase → .*ssh-keygen -p/,
    ],
    ['no key at all', ({ root }) => writeFileSync(join(root, 'key'), 'hello'), /it is no private key/],
    [
      'a database of another program',
      ({ root, env }) => {
        mkdirSync(join(root, 'var'));
        new Database(env.CUTOVER_DATABASE as string).exec('CREATE TABLE t (x INTEGER) STRICT').close();
        chmodSync(env.CUTOVER_DATABASE as string, 0o600);
      },
      /belongs to another program/,
    ],
  ])('%s is told with the mend', async (_what, spoil, told) => {
    const one = await world();
    spoil(one);
    const { code, failed } = await one.examine('--offline');
    expect(code).toBe(1);
    expect(failed).toEqual(matching(told));
  });

  test.each<[string, (w: World) => void, RegExp]>([
    [
      'a secret that the runbook names and the target does not',
      ({ edit }) => edit(/ {6}RABBITMQ_USERNAME.*\n/, ''),
      /target lab: no secret RABBITMQ_USERNAME/,
    ],
    [
      'a role that the runbook does not have',
      ({ edit }) => edit('      cli: *lab\n', '      cli: *lab\n      clli: *lab\n'),
      /cloudify-manager has no role clli → its roles are cli,/,
    ],
    [
      'a secret that is too short to be masked',
      ({ env }) => {
        env.RABBIT = 'abc';
      },
      /secret RABBITMQ_PASSWORD of lab: shorter than 4 characters/,
    ],
  ])('%s is a warning', async (_what, spoil, told) => {
    const one = await world();
    spoil(one);
    const { code, warning } = await one.examine('--offline');
    expect(code).toBe(0);
    expect(warning).toEqual(matching(told));
  });

  test('an audit trail that was changed is found', async () => {
    const { examine, env } = await world();
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const store = await openStore({ path: env.CUTOVER_DATABASE as string, now: () => T0, log });
    await store.record(event({ upgrade: null }));
    await store.close();
    const db = new Database(env.CUTOVER_DATABASE as string);
    db.exec("DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'x'");
    db.close();
    expect((await examine('--offline')).failed).toEqual(matching(/audit trail: wrong at event 1/));
  });
});

describe('hosts', () => {
  test('one that shows another key is never spoken to', async () => {
    const { examine, edit } = await world();
    edit(sshd.hostKey, newKey().line);
    const { failed } = await examine();
    expect(failed).toEqual([
      expect.stringMatching(/host lab-1 .*another key than the pinned one → .*ssh-keyscan/),
    ]);
  });

  test('one that does not answer is told with what to try', async () => {
    const { examine, edit } = await world();
    edit(`port: ${sshd.port}`, 'port: 9');
    expect((await examine()).failed).toEqual([
      expect.stringMatching(/host lab-1 .*:9\).*ECONNREFUSED.* → .*ssh -i KEY -p 9/),
    ]);
  });

  test('one that does not take the key is told', async () => {
    const { examine, root } = await world();
    writeFileSync(join(root, 'key'), newKey().secret);
    expect((await examine()).failed).toEqual([
      expect.stringMatching(/host lab-1 .*did not accept our key.*→ check address, network and key/),
    ]);
  });

  test('one whose state directory can’t be made is told', async () => {
    const { examine, edit } = await world();
    edit(/state_dir: .*/, 'state_dir: /proc/cutover');
    expect((await examine()).failed).toEqual(matching(/host lab-1: \/proc\/cutover can’t be written/));
  });
});

describe('Slack', () => {
  test.each<[string, (w: World) => void | Promise<void>, RegExp]>([
    [
      'a token that it does not take',
      ({ slack }) => slack.faults.revokeToken(),
      /does not take SLACK_BOT_TOKEN: account_inactive/,
    ],
    [
      'an app token that it does not take',
      ({ env }) => {
        env.SLACK_APP_TOKEN = 'xapp-wrong';
      },
      /Socket Mode can’t be opened with SLACK_APP_TOKEN: invalid_auth/,
    ],
    [
      'a workspace that is not listed',
      ({ edit, slack }) => edit(`teams: [${slack.team.id}]`, 'teams: [T0OTHER]'),
      /is not among the teams of targets\.yaml → write teams: \[/,
    ],
    [
      'a channel without the bot',
      ({ slack }) => slack.faults.leave(OPS, slack.app.botUser),
      /channel C0OPS: the bot is not in it → type there: \/invite/,
    ],
    ['an archived channel', ({ slack }) => slack.faults.archive(OPS), /channel C0OPS: it is archived/],
    [
      'a channel that does not exist',
      ({ edit }) => edit(`channel: ${OPS}`, 'channel: C0NOWHERE'),
      /channel C0NOWHERE: there is no such channel/,
    ],
    [
      'a place that nobody can fill',
      ({ slack }) => slack.faults.setGroup('S0LEADS', [GINA]),
      /place “Ops”: 0 can fill it, 1 needed → it could never be filled/,
    ],
    [
      'two places that only one person could fill',
      ({ edit, slack }) => {
        slack.faults.setGroup('S0LEADS', [OMAR]);
        edit(
          'from: [S0LEADS] }\n',
          `from: [S0LEADS] }\n      - { id: data, title: Data, need: 1, from: [${OMAR}] }\n`,
        );
      },
      /places “Ops” and “Data”: 1 can fill them, 2 different people needed → one person fills one place/,
    ],
    [
      'approvers who are all needed and are the only ones who can ask',
      ({ edit }) => edit('need: 1', 'need: 2'),
      /whoever asks \(U0ROSA, U0OMAR\) is needed as an approver, so nothing could be approved/,
    ],
    [
      'requesters who can’t act',
      ({ edit }) => edit(/requesters: .*/, `requesters: [${GINA}]`),
      /target lab: nobody can ask for an upgrade/,
    ],
    [
      'a Slack that can’t be reached',
      ({ env }) => {
        env.SLACK_API_URL = 'http://127.0.0.1:9/api/';
      },
      /it can’t be reached at http:\/\/127\.0\.0\.1:9/,
    ],
  ])('%s is told with the mend', async (_what, spoil, told) => {
    const one = await world();
    await spoil(one);
    const { code, failed } = await one.examine();
    expect(code).toBe(1);
    expect(failed).toEqual(matching(told));
  });

  test('a scope that is missing is told by name', async () => {
    const scopes = (MANIFEST.oauth_config?.scopes?.bot ?? []).filter((scope) => scope !== 'files:write');
    const { examine } = await world({ manifest: { ...MANIFEST, oauth_config: { scopes: { bot: scopes } } } });
    expect((await examine()).failed).toEqual([expect.stringMatching(/lacks the scope files:write → add it/)]);
  });

  test('a guest in a group, and a place with nobody to spare, are warnings', async () => {
    const { examine, slack } = await world();
    slack.faults.setGroup('S0LEADS', [GINA, OMAR]);
    const { code, warning } = await examine();
    expect(code).toBe(0);
    expect(warning).toEqual([
      expect.stringMatching(/place “Ops”: Gina Guest \(U0GUEST\) can’t act: guest/),
      expect.stringMatching(/place “Ops”: 1 can fill it, 1 needed → nobody may be away/),
    ]);
  });

  test('a free workspace has no groups, and it says so', async () => {
    const { examine } = await world({ paid: false });
    const { failed, warning } = await examine();
    expect(warning).toEqual(
      matching(/a user group has no members: this workspace’s plan has no user groups/),
    );
    expect(failed).toEqual(matching(/0 can fill it/));
  });

  test('HTTP mode opens no socket', async () => {
    const { examine, env } = await world({ mode: 'http' });
    env.SLACK_MODE = 'http';
    env.SLACK_SIGNING_SECRET = '0123456789abcdef';
    const { code, ok } = await examine();
    expect(code).toBe(0);
    expect(ok).toEqual(matching(/^Slack: HTTP mode/));
  });

  test('one look that gets no answer does not keep the others from being made', async () => {
    const { examine, slack } = await world();
    slack.faults.failNext({ method: 'conversations.info', times: 2 });
    const { code, warning, ok } = await examine();
    expect(code).toBe(0);
    expect(warning).toEqual([
      expect.stringMatching(/^channels: asking Slack about the channel C0OPS: HTTP 503/),
    ]);
    expect(ok).toEqual(matching(/place “Ops”/));
  });
});

test('the sample messages are ones that Slack takes, so a refusal is about the workspace', async () => {
  const slack = await makeSlack();
  const samples = sampleMessages();
  expect(samples.map(({ style }) => style)).toEqual(['classic', 'classic', 'classic', 'plan']);
  for (const { blocks } of samples)
    expect((await call(slack, 'blocks.validate', { blocks })).body).toEqual({ ok: true });
});

describe('called wrongly', () => {
  test('says what would have been right', async () => {
    const { examine } = await world();
    await expect(examine('now')).rejects.toThrow(UsageError);
    await expect(examine('--ofline')).rejects.toThrow(/--offline/);
  });

  test('--help shows how', async () => {
    const { examine } = await world();
    expect((await examine('--help')).out).toBe(DOCTOR_USAGE);
  });
});
