/** The test's sshd as each contender wants to hear of it. */
import { join } from 'node:path';
import type { PlanHost } from '../src/core/plan.ts';
import type { TestSshd } from '../test/support/sshd.ts';

/** @param name its state directory is its own; a key line with another name is another connection */
export function planHost(sshd: TestSshd, name: string): PlanHost {
  return {
    name,
    address: '127.0.0.1',
    private_ip: '127.0.0.1',
    ssh: { host: '127.0.0.1', port: sshd.port, user: sshd.user },
    host_keys: [`${sshd.hostKey} ${name}`],
    env: {},
    state_dir: join(sshd.directory, 'state', name),
  };
}

export function sshOptions(sshd: TestSshd, key: string): readonly string[] {
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];
  return ['-i', key, '-p', String(sshd.port), ...options.flatMap((option) => ['-o', option])];
}
