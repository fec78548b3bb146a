import type { Edition } from './model.ts';
import { atLeast, reportedVersion, versionParts } from './version.ts';

/** What differs from one Manager release to the next, and matters to an upgrade. Add a release by adding a bound here. */
export interface Release {
  readonly version: string;
  /** What `/api/version` says. */
  readonly reported: string;
  /** REST API versions that it serves, oldest first. */
  readonly apis: readonly string[];
  readonly installedBy: 'bootstrap' | 'rpm';
  /** How a resource's visibility is called in answers. */
  readonly visibilityField: 'permission' | 'resource_availability' | 'visibility';
  /** From 4.4 the table shows `completed` where the database says `terminated`. */
  readonly statusDisplay: boolean;
  readonly rolesPerTenant: boolean;
  /** Activated maintenance mode lets snapshots through from 4.5 (CY-583). */
  readonly snapshotsInMaintenance: boolean;
  readonly queue: boolean;
  readonly cleanSnapshotId: boolean;
  readonly needsLicence: boolean;
  readonly snapshot: {
    readonly certificates: boolean;
    readonly revisions: boolean;
    /** Agents of every tenant, or only of the one the snapshot was made in. */
    readonly allTenants: boolean;
    readonly security: 'none' | 'hash-salt' | 'security-file';
    readonly networks: boolean;
    readonly stage: boolean;
    readonly composer: boolean;
  };
  readonly restore: {
    readonly clusterCheck: boolean;
    readonly certificatesFlag: boolean;
    /** 4.1.0 compares the certificates' metadata first; CFY-7090 removed that. */
    readonly certificates: 'never' | 'when-same-metadata' | 'whole-directory' | 'internal-files';
    readonly adoptsHashSalt: boolean;
    readonly restInTheMiddle: boolean;
    /** Delayed commands are run even when the workflow failed, from 4.5.5. */
    readonly delayedAnyway: boolean;
    readonly networksCheck: boolean;
  };
}

/** The date version that the community edition reports in place of 4.x, by the documentation of each release. */
const COMMUNITY: { readonly [minor: string]: string } = {
  '4.3': '18.2.28',
  '4.4': '18.7.26',
  '4.5': '18.10.4',
  '4.6': '19.01.24',
};

function apisOf(version: string): readonly string[] {
  if (!atLeast(version, '4.0')) return ['v1', 'v2', 'v2.1'];
  return atLeast(version, '4.1') ? ['v1', 'v2', 'v2.1', 'v3', 'v3.1'] : ['v1', 'v2', 'v2.1', 'v3'];
}

function reported(version: string, edition: Edition): string {
  if (edition === 'premium' || !atLeast(version, '4.3')) return reportedVersion(version);
  return COMMUNITY[versionParts(version).slice(0, 2).join('.')] ?? reportedVersion(version);
}

function securityInSnapshot(version: string): Release['snapshot']['security'] {
  if (atLeast(version, '4.4')) return 'security-file';
  return atLeast(version, '4.2') ? 'hash-salt' : 'none';
}

function certificateRestore(version: string): Release['restore']['certificates'] {
  if (!atLeast(version, '4.1')) return 'never';
  if (!atLeast(version, '4.1.1')) return 'when-same-metadata';
  return atLeast(version, '4.2') ? 'internal-files' : 'whole-directory';
}

function visibility(version: string): Release['visibilityField'] {
  if (!atLeast(version, '4.2')) return 'permission';
  return atLeast(version, '4.3') ? 'visibility' : 'resource_availability';
}

export function releaseOf(version: string, edition: Edition, patch: string | null = null): Release {
  return {
    version,
    reported: reported(version, edition),
    apis: apisOf(version),
    installedBy: atLeast(version, '4.3') ? 'rpm' : 'bootstrap',
    visibilityField: visibility(version),
    statusDisplay: atLeast(version, '4.4'),
    rolesPerTenant: atLeast(version, '4.2'),
    snapshotsInMaintenance: atLeast(version, '4.5'),
    queue: atLeast(version, '4.5'),
    cleanSnapshotId: atLeast(version, '4.4'),
    needsLicence: edition === 'premium' && atLeast(version, '4.6'),
    snapshot: {
      certificates: atLeast(version, '4.0.1'),
      revisions: atLeast(version, '4.0.1'),
      allTenants: atLeast(version, '4.1') || patch !== null,
      security: securityInSnapshot(version),
      networks: atLeast(version, '4.2'),
      stage: atLeast(version, '4.0.1'),
      composer: atLeast(version, '4.1'),
    },
    restore: {
      clusterCheck: atLeast(version, '4.1'),
      certificatesFlag: atLeast(version, '4.1'),
      certificates: certificateRestore(version),
      adoptsHashSalt: atLeast(version, '4.2'),
      restInTheMiddle: atLeast(version, '4.5.5'),
      delayedAnyway: atLeast(version, '4.5.5'),
      networksCheck: atLeast(version, '4.2'),
    },
  };
}
