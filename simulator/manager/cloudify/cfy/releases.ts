import { atLeast } from '../version.ts';

/** A release of the `cfy` command, as far as its output and protocol differ. Options are in each command's table. */
export interface CliRelease {
  readonly version: string;
  /** It speaks only this API version; a Manager that lacks it answers 404. */
  readonly api: 'v3' | 'v3.1';
  /** Title of the visibility column. */
  readonly visibility: 'permission' | 'availability' | 'visibility';
  /** Lists end with `Showing N of M things`. */
  readonly trailer: boolean;
  readonly json: boolean;
  /** Says where and how it connects. */
  readonly saysConnection: boolean;
  /** An existing profile is used as it is; before, `profiles use` overwrote it and dropped its bootstrap directory. */
  readonly keepsProfiles: boolean;
}

/** The releases that the simulator knows. Another one is one more line. */
const CLI_VERSIONS = [
  '4.0.0',
  '4.0.1',
  '4.1.0',
  '4.1.1',
  '4.1.1.1',
  '4.2.0',
  '4.3.0',
  '4.3.1',
  '4.3.4',
  '4.4.0',
  '4.5.0',
  '4.5.5',
  '4.6.0',
] as const;

export type CliVersion = (typeof CLI_VERSIONS)[number];

export function cliRelease(version: CliVersion): CliRelease {
  const visibilityLater = atLeast(version, '4.3') ? 'visibility' : 'availability';
  return {
    version,
    api: atLeast(version, '4.1') ? 'v3.1' : 'v3',
    visibility: atLeast(version, '4.2') ? visibilityLater : 'permission',
    trailer: atLeast(version, '4.3'),
    json: atLeast(version, '4.5'),
    saysConnection: atLeast(version, '4.2'),
    keepsProfiles: atLeast(version, '4.2'),
  };
}
