/** A small runbook that passes its check, for tests that change one thing in it. */
import { createHash } from 'node:crypto';
import { shellSyntax } from '../../src/cli/shell-syntax.ts';
import type { PlanHost } from '../../src/core/plan.ts';
import { type Loaded, loadRunbook, type Problem, type Runbook } from '../../src/runbook/load.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const SAMPLE = `runbook: sample
title: Sample Manager
language: 1
source: The manual

flows:
  in_place: { title: On the same host }
  migration: { title: On another host }
  rebuild: { title: Bring the old one back, offered: after_no_return }

hosts:
  cli: { title: Host with the CLI }
  manager: { title: The Manager }
  new: { title: The new Manager, same_as: { role: manager, when: 'flow != "migration"' } }
  standby: { title: Other nodes, many: true }

inputs:
  to: { title: Version to install, type: version, required: true }
  mode: { title: Mode, type: choice, options: [fast, careful], default: careful }
  ticket: { title: Ticket, type: text, pattern: 'CHG[0-9]+' }

secrets: [ADMIN_PASSWORD]

probes:
  version:
    title: Version the Manager reports
    on: cli
    secrets: [ADMIN_PASSWORD]
    run: |
      printf 'user = "admin:%s"\\n' "$ADMIN_PASSWORD" | curl -fsS -K - \${{ "http://" + host.manager.address + "/version" }}
    read: parse_json(output).version
    as: version
    dry: "4.2.0"
  tenants:
    title: Tenants
    on: cli
    run: tool tenants list
    read: table(output).map(r, r.name)
    as: list of text
    dry: [one, two words]

checks:
  supported_path:
    expect: fact.version >= version("4.0.0") && input.to > fact.version
    else: blocker
    say: Upgrades are supported from 4.0.0; this Manager reports \${{ fact.version }}.
    do: Ask support.
    ref: G01
  ticket:
    expect: input.ticket != null
    else: warning
    say: There is no ticket.

acknowledgements:
  no_users: { say: "Nobody works on \${{ host.manager.name }} now.", ref: S01 }
  dns: { when: 'flow == "migration"', say: The name moves to the new host., ref: S02 }

blocks:
  remove:
    with: [machine]
    steps:
      - id: erase
        ref: S30
        title: Erase the Manager on \${{ machine.name }}
        on: machine
        sudo: true
        run: |
          manager_setup teardown -f
        verify:
          run: test -e /opt/manager
          expect: exit_code != 0
        no_return: true
        critical: true

steps:
  - id: create_snapshot
    ref: [S10, G11]
    title: Create a snapshot
    on: cli
    run: |
      tool snapshots create \${{ "upgrade-" + upgrade.id }}
    capture:
      execution: { match: "id is (?<value>[0-9a-f-]+)" }
    verify:
      - run: tool snapshots list
        expect: 'table(output).exists(r, r.id == "upgrade-" + upgrade.id && r.status == "created")'
        fail: 'table(output).exists(r, r.id == "upgrade-" + upgrade.id && r.status == "failed")'
        every: 5s
        within: 30m
      - run: tool executions get \${{ captured.create_snapshot.execution }}
    retry: undo_first
    undo:
      run: tool snapshots delete \${{ "upgrade-" + upgrade.id }}
      expected: 10s
    expected: 5m
    timeout: 30m
    silence: 10m
    hints:
      - { contains: busy, say: "Wait for \${{ host.manager.name }}." }
  - id: download
    title: Fetch the snapshot
    copy:
      from: cli:\${{ upgrade.dir }}/snapshot.zip
      to: vault:snapshot.zip
    expected: string(1 + size(fact.tenants)) + "m"
  - id: settings
    title: Write the settings
    when: flow == "migration"
    write:
      to: new:/etc/manager/config.yaml
      sudo: true
      yaml:
        manager:
          address: \${{ host.new.private_ip }}
          password: { secret: ADMIN_PASSWORD }
          version: \${{ input.to }}
          tenants: \${{ fact.tenants }}
          snapshot: \${{ captured.create_snapshot.execution }}
          yes: "yes"
    no_undo_needed: The host is new.
  - id: restart_node
    title: Restart \${{ node.name }}
    for_each: host.standby
    as: node
    on: node
    run: service manager restart
    verify: { run: service manager status }
    no_undo_needed: A restart leaves nothing behind.
  - id: go
    title: Erase the old Manager?
    when: flow == "in_place"
    gate: Everything is saved. Go on?
    evidence: "The snapshot is \${{ captured.create_snapshot.execution }}"
    need: { count: 2 }
  - id: look_again
    title: List the packages
    when: flow == "in_place"
    on: manager
    changes: false
    run: rpm -qa
  - use: remove
    id: erase_old
    ref: S29
    when: flow == "in_place"
    with: { machine: manager }
  - id: point_dns
    title: Move the name
    when: flow == "migration"
    manual: Point the name at \${{ host.new.address }}, mode \${{ input.mode }}.
    verify: { on: cli, run: 'getent hosts \${{ host.new.address }}' }
`;

/** Most texts are the same in every test; a shell is asked once for each. */
const asked = new Map<string, string | null>();
function syntaxOnce(text: string): string | null {
  const known = asked.get(text);
  if (known !== undefined) return known;
  const said = shellSyntax(text);
  asked.set(text, said);
  return said;
}

export function load(text: string, file = 'runbooks/sample.yaml'): Loaded {
  return loadRunbook(text, file, sha256, syntaxOnce);
}

export function problemsIn(text: string, file?: string): readonly Problem[] {
  const loaded = load(text, file);
  return loaded.ok ? [] : loaded.problems;
}

export function runbookFrom(text: string): Runbook {
  const loaded = load(text);
  if (!loaded.ok) throw new Error(`the sample does not pass: ${JSON.stringify(loaded.problems, null, 1)}`);
  return loaded.runbook;
}

/** The sample with one place changed. @throws Error when the place is not there exactly once */
export function changed(find: string, put: string, text = SAMPLE): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(`${JSON.stringify(find)} stands ${parts.length - 1} times in the sample`);
  return parts.join(put);
}

export function host(name: string, more: Partial<PlanHost> = {}): PlanHost {
  return {
    name,
    address: `${name}.example`,
    private_ip: '192.0.2.7',
    ssh: { host: `${name}.example`, port: 22, user: 'cutover' },
    host_keys: ['ssh-ed25519 AAAA'],
    env: {},
    state_dir: '/var/lib/cutover',
    ...more,
  };
}
