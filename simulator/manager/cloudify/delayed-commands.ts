import { SSL_DIRECTORY } from './certificates.ts';
import { milliseconds, SECONDS } from './durations.ts';
import type { Changed, Pending, World } from './model.ts';
import { securityFile } from './security-file.ts';
import { managerOf, withManager } from './world-parts.ts';

/** What a restore has put off until its workflow is over. */
export function delayedCommand(
  world: World,
  host: string,
  what: Extract<Pending, { readonly do: 'restart-rest' | 'swap-certificates' | 'reboot' }>,
  at: number,
): Changed<null> {
  const manager = managerOf(world, host);
  switch (what.do) {
    case 'restart-rest': {
      const users = manager.data.users.map((user) =>
        user.id === 0 && what.admin !== null
          ? { ...user, name: what.admin.name, password: what.admin.password, salt: what.admin.salt }
          : user,
      );
      const outage = { what: 'rest', from: at, until: at + milliseconds(SECONDS.restRestart) } as const;
      const next = withManager(world, host, {
        hashSalt: what.hashSalt,
        data: { ...manager.data, users },
        outages: [...manager.outages, outage],
      });
      return { world: next, effects: [securityFile(host, what.hashSalt)], answer: null };
    }
    case 'swap-certificates': {
      const files = Object.fromEntries(
        Object.entries(what.certificates).map(([name, content]) => [
          `${SSL_DIRECTORY}/${name}`,
          { content, mode: name.endsWith('key.pem') ? 0o440 : 0o444, owner: 'root' },
        ]),
      );
      // Only on disk: services go on with what they have loaded, until they start anew.
      return { world, effects: [{ kind: 'write', host, files }], answer: null };
    }
    case 'reboot': {
      const outage = { what: 'all', from: at, until: Number.POSITIVE_INFINITY } as const;
      const next = withManager(world, host, { outages: [...manager.outages, outage] });
      return { world: next, effects: [{ kind: 'reboot', host }], answer: null };
    }
  }
}
