import { expect, test } from 'vitest';
import { greet, rootFindings } from '../../src/engine/greeting.ts';
import { UnreachableError } from '../../src/ports/ports.ts';
import { planBody, step } from '../support/builders.ts';
import { planHost } from '../support/engine.ts';
import { createFakeHosts, type FakeHosts } from '../support/fake-hosts.ts';

const box = planHost('box');

function hosts(more: Partial<FakeHosts> = {}, look: (text: string) => string = () => '') {
  const fake = createFakeHosts({
    now: () => 0,
    pass: () => {},
    start: () => ({}),
    look: (text) => ({ out: look(text) }),
  });
  return { hosts: { ...fake, ...more } };
}

const facts = { user: 'cutover', bootId: 'b', setsid: true, writable: true, freeMb: 9000 };

test('a host that can carry steps has no finding', async () => {
  expect(await greet(hosts(), box)).toBeNull();
});

test.each([
  ['no setsid', { ...facts, setsid: false }, 'no_setsid'],
  ['a state directory that cannot be written', { ...facts, writable: false }, 'state_dir'],
  ['a full disk', { ...facts, freeMb: 12 }, 'disk_full'],
])('%s is a blocker before anything runs', async (_what, seen, id) => {
  expect(await greet(hosts({ hello: async () => seen }), box)).toMatchObject({ id, severity: 'blocker' });
});

test('a logind that ends the processes of a user at logout is a blocker with the mend', async () => {
  const seen = await greet(
    hosts({}, (text) => (text.includes('KillUserProcesses') ? '/etc/systemd/logind.conf\n' : '')),
    box,
  );

  expect(seen).toMatchObject({ id: 'kill_user_processes', severity: 'blocker' });
  expect(seen?.do).toContain('loginctl enable-linger cutover');
});

test('a changed host key and a host that is away are different findings', async () => {
  const failing = (changedKey: boolean) =>
    hosts({ hello: () => Promise.reject(new UnreachableError('box', 'because', changedKey)) });

  expect(await greet(failing(true), box)).toMatchObject({ id: 'host_key' });
  // Why the key is refused is said by who refused it, and with it that the reason comes first.
  expect(await greet(failing(true), box)).toMatchObject({ do: 'Then pin the right key in targets.yaml.' });
  expect(await greet(failing(false), box)).toMatchObject({ id: 'host_unreachable' });
});

test('root is tried on each host on which the plan needs it, and on no other', async () => {
  const asked: string[] = [];
  const deps = hosts({
    hello: async (host, sudo) => {
      asked.push(`${host.name} ${sudo}`);
      if (host.name === 'b') throw new UnreachableError('b', 'becoming root: sudo: a password is required');
      return facts;
    },
  });
  const on = (host: string, sudo: boolean) => ({
    action: {
      kind: 'run' as const,
      command: { host, run: ['x'], sudo, secrets: [] },
      okWhen: { cel: 'true', with: {}, shown: 'true' },
      capture: [],
      secretInArguments: null,
      reboots: [],
    },
    verify: [],
  });
  const body = {
    ...planBody([step('one', on('a', true)), step('two', on('b', true)), step('three', on('c', false))]),
    hosts: { a: planHost('a'), b: planHost('b'), c: planHost('c') },
  };

  const found = await rootFindings(deps, body);

  expect(asked.toSorted()).toEqual(['a true', 'b true']);
  expect(found).toMatchObject([{ id: 'sudo', severity: 'blocker' }]);
  expect(found[0]?.do).toContain('requiretty');
});
