/** One of every kind of step, small enough to be crashed at every point. */
export const RUNBOOK = `runbook: test
title: Test product
language: 1
flows:
  in_place: { title: Replace it in place }
hosts:
  box: { title: The box }
inputs:
  to: { title: Version, type: version, required: true }
secrets: [PASSWORD]
probes:
  version:
    title: Version it reports
    on: box
    run: "cat /etc/product-version"
    as: version
    dry: "1.0"
checks:
  newer:
    expect: fact.version < input.to
    else: blocker
    say: It is \${{ fact.version }} already.
    do: Choose a newer version.
acknowledgements:
  no_users: { say: Nobody is connected. }
steps:
  - id: backup
    title: Take a backup
    on: box
    secrets: [PASSWORD]
    run: |
      backup "$PASSWORD"
    secret_in_arguments: the tool has no other way
    capture:
      number: { match: "backup number (?<value>[0-9]+)" }
    verify: { on: box, every: 10s, within: 10m, run: "backup-state", expect: 'output.contains("done")', fail: 'output.contains("broken")' }
    retry: undo_first
    undo: { run: "backup-delete", expected: 10s, verify: { run: "backup-absent" } }
    expected: 2m
    timeout: 10m
    hints: [ { contains: "no space", say: Free some space first. } ]
  - id: fetch
    title: Keep the backup
    copy: { from: "box:/var/backup", to: "vault:backup" }
    changes: false
    expected: 1m
  - id: decide
    title: Last point before the change
    gate:
      say: Really?
      evidence:
        - "Backup \${{ captured.backup.number }} has SHA-256 \${{ captured.fetch.sha256 }}."
    expected: 5m
  - id: install
    title: Install the version
    on: box
    run: |
      install-product \${{ input.to }}
    verify: { on: box, run: "product-version", expect: 'output.trim() == "2.0"' }
    no_return: true
    expected: 5m
    timeout: 10m
  - id: settings
    title: Write the settings
    write: { to: "box:/etc/product.conf", yaml: { backup: "\${{ captured.backup.number }}", password: { secret: PASSWORD } } }
    no_undo_needed: a file of the new version
    expected: 10s
  - id: restart
    title: Restart the box
    reboot: box
    verify: { on: box, run: "product-running" }
    no_undo_needed: nothing is lost by it
    expected: 2m
  - id: look
    title: Look at it
    manual: Open the page and log in.
    verify: { on: box, run: "product-running" }
    expected: 5m
`;

/** The same with a way forward once there is no way back. */
export const FORWARD = RUNBOOK.replace(
  'flows:\n  in_place: { title: Replace it in place }\n',
  'flows:\n  in_place: { title: Replace it in place }\n  rebuild_old: { title: Bring the old version back, offered: after_no_return }\n',
)
  .replace(
    '    expect: fact.version < input.to\n',
    '    when: flow == "in_place"\n    expect: fact.version < input.to\n',
  )
  .replace(
    '  version:\n    title: Version it reports\n',
    '  version:\n    title: Version it reports\n    when: flow == "in_place"\n',
  )
  .replaceAll('\n  - id: ', '\n  - when: flow == "in_place"\n    id: ')
  .concat(`  - id: reinstall
    when: flow == "rebuild_old"
    title: Put the old version back
    on: box
    run: |
      reinstall \${{ fact.version }}
    verify: { on: box, run: "product-version", expect: 'output.trim() == "1.0"' }
    no_undo_needed: it is the way back itself
    expected: 5m
`);
