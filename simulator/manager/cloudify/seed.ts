import type { InitialFiles } from '../host.ts';
import type { CliVersion } from './cfy/releases.ts';
import type { Agent, Dice, Manager, Package } from './model.ts';

/** A world before its first moment. */
export interface WorldSeed {
  readonly hosts: readonly HostSeed[];
  readonly agents: readonly Agent[];
  readonly facts: SeedFacts;
}

export interface HostSeed {
  readonly name: string;
  readonly publicIp: string;
  readonly privateIp: string;
  /** Who logs in over SSH. */
  readonly user: string;
  readonly manager: Manager | null;
  readonly packages: readonly Package[];
  /** CLIs beside each other, each in a directory of its own; the first one on the PATH is used. */
  readonly clis: readonly CliSeed[];
  readonly files: InitialFiles;
}

interface CliSeed {
  readonly version: CliVersion;
  /** `/opt/cfy-4.2/bin` */
  readonly bin: string;
}

export interface RoleSeed {
  readonly host: string;
  readonly env: { readonly [name: string]: string };
}

/** What whoever writes `targets.yaml` for this world has to know. */
interface SeedFacts {
  /** Role of the runbook to host, and the environment of that role there. */
  readonly roles: { readonly [role: string]: RoleSeed };
  /** Roles of several hosts. */
  readonly lists?: { readonly [role: string]: readonly RoleSeed[] };
  readonly secrets: { readonly [name: string]: string };
  /** Version to install, and the file that installs it on the new Manager's host; null where there is none. */
  readonly rpm: { readonly version: string; readonly path: string; readonly sha256: string } | null;
}

/** `now` in virtual epoch milliseconds. */
export type Preset = (dice: Dice, now: number) => WorldSeed;
