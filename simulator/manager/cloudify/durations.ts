/**
 * How long things take, in virtual seconds: what the documentation says where it says something (bootstrap 10–20 min,
 * REST restart about 10 s after a restore), else what operators see on a small Manager.
 */
export const SECONDS = {
  executionQueue: 2,
  createSnapshot: 118,
  /** From the start of a restore to its first verdict: unpacking and validation. */
  restoreValidation: 8,
  restoreLoad: 90,
  restore: 240,
  /** A restore that breaks behind the database load. */
  restoreBreaks: 25,
  /** After the workflow: its temporary directory vanishes, then 3 s, then the service starts (MGR@4.2 snapshot_restore). */
  restRestartAfterRestore: 7,
  restRestart: 12,
  certificatesAfterRestore: 9,
  rebootAfterRestore: 12,
  /** From power-on to SSH the host counts itself; from then on the services take this long. */
  servicesAfterBoot: 75,
  installAgent: 55,
  /** How long the workflow waits for an old agent that does not answer. */
  agentUnreachable: 300,
  validateAgent: 15,
  /** `cfy cluster start` and `join` follow the log of Consul, the database and its replication for so long. */
  clusterStart: 90,
  clusterJoin: 120,
  /** CY-1455: polls in this time after the start of a restore can dead-lock the schema migration. */
  deadlockRisk: 15,
  /** `cfy agents install` of 4.0–4.5.5 waits so long for each deployment. */
  agentsClientTimeout: 900,
} as const;

export function milliseconds(seconds: number): number {
  return seconds * 1000;
}
