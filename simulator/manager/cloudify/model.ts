/**
 * What a simulated Cloudify world is made of. Everything here is data; changes are plain functions that take a world
 * and answer a new one. Times are virtual epoch milliseconds. Source of the behaviour: cloudify 4.0–4.6, version by version.
 */
export type Edition = 'premium' | 'community';

export interface World {
  readonly machines: { readonly [hostName: string]: Machine };
  /** The processes on customers' hosts; they outlive any Manager. */
  readonly agents: readonly Agent[];
  readonly switches: Switches;
}

/** Faults that a test has asked for and that have not happened yet. */
export interface Switches {
  /** Hosts whose next create_snapshot fails. */
  readonly failNextSnapshot: readonly string[];
  /** Hosts whose next restore breaks after the database was loaded: a dirty Manager. */
  readonly failNextRestore: readonly string[];
  /** Hosts on which no execution ends. */
  readonly held: readonly string[];
  /** Deployments whose next install_new_agents fails. */
  readonly failNextAgents: readonly string[];
  /** Hosts whose next `cfy_manager install` dies half-way, with the sanity blueprint left behind. */
  readonly failNextInstall: readonly string[];
  /** Names of files of which the next download brings other bytes than were published. */
  readonly tamperNextDownload: readonly string[];
}

export interface Machine {
  readonly name: string;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly packages: readonly Package[];
  readonly manager: Manager | null;
  /** Units of a cluster that outlive its Manager until somebody clears them: `cloudify-consul` and its like. */
  readonly clusterLeftovers: readonly string[];
  /** Nothing of the host answers before this time. */
  readonly upFrom: number;
}

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly release: string;
}

export interface Manager {
  /** Three parts: `4.3.0`. */
  readonly version: string;
  readonly edition: Edition;
  /** Marker that patch-1 or update-3 leaves in the system workflows: `4.1.0-p3`. */
  readonly patch: string | null;
  readonly publicIp: string;
  readonly privateIp: string;
  readonly hashSalt: string;
  readonly broker: BrokerAccount;
  /** By name in /etc/cloudify/ssl, as loaded when the services started. */
  readonly certificates: CertificateFiles;
  readonly networks: { readonly [name: string]: string };
  readonly licence: Licence | null;
  /** What `cfy teardown` needs; only a bootstrapped Manager (before 4.3) has it. */
  readonly bootstrapDump: boolean;
  readonly data: Data;
  readonly executions: readonly Execution[];
  readonly snapshots: readonly Snapshot[];
  readonly maintenance: Maintenance;
  /** null: not part of a cluster. The same on every member; each finds itself by its address. */
  readonly cluster: readonly ClusterNode[] | null;
  /** It was a replica and is none any more: nobody can use it, and what the cluster set up is still there. */
  readonly removedFromCluster: boolean;
  readonly stopped: readonly string[];
  readonly outages: readonly Outage[];
  readonly pending: readonly Pending[];
  /** REST calls in the first 15 s of a restore: on a real Manager each may dead-lock the schema migration (CY-1455). */
  readonly deadlockRisks: readonly { readonly at: number; readonly path: string }[];
}

/** What travels in a snapshot's database dump. */
export interface Data {
  readonly tenants: readonly Tenant[];
  readonly groups: readonly Group[];
  readonly users: readonly User[];
  readonly blueprints: readonly Resource[];
  readonly deployments: readonly Deployment[];
  readonly nodeInstances: readonly NodeInstance[];
  readonly plugins: readonly Resource[];
  readonly secrets: readonly Resource[];
}

export interface Tenant {
  readonly name: string;
}

export interface Group {
  readonly name: string;
  readonly role: string;
  /** Tenant name to role; before 4.2 there is no role and the value is ''. */
  readonly tenants: { readonly [tenant: string]: string };
}

export interface User {
  /** 0 is the bootstrap admin. */
  readonly id: number;
  readonly name: string;
  /** `admin` or `user` before 4.2; `sys_admin` or `default` from then on. */
  readonly role: string;
  readonly groups: readonly string[];
  readonly tenants: { readonly [tenant: string]: string };
  readonly password: string;
  /** Salt with which the password was hashed; it is usable only where the Manager has the same. */
  readonly salt: string;
  readonly active: boolean;
  readonly lastLoginAt: number | null;
}

export interface Resource {
  readonly id: string;
  readonly tenant: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Plugins only. */
  readonly packageVersion?: string;
}

export interface Deployment extends Resource {
  readonly blueprint: string;
  readonly autoHeal: boolean;
}

export interface NodeInstance {
  readonly id: string;
  readonly node: string;
  readonly deployment: string;
  readonly tenant: string;
  readonly host: string;
  readonly state: string;
  readonly createdBy: string;
  readonly agent: AgentRecord | null;
}

/** `runtime_properties.cloudify_agent`: where the Manager believes that the agent listens. */
export interface AgentRecord {
  readonly name: string;
  readonly ip: string;
  readonly network: string;
  readonly version: string;
  readonly connection: Connection;
}

export interface BrokerAccount {
  readonly user: string;
  readonly password: string;
}

/** How an agent reaches its broker. */
export interface Connection extends BrokerAccount {
  readonly ip: string;
  /** Id of the certificate authority that it trusts. */
  readonly trusts: string;
}

/** One agent host. Older installations stay and go on listening. */
export interface Agent {
  readonly name: string;
  readonly tenant: string;
  readonly deployment: string;
  /** Newest last. */
  readonly installations: readonly (Connection & { readonly version: string; readonly at: number })[];
}

export type CertificateFiles = { readonly [fileName: string]: string };

interface Licence {
  readonly customer: string;
  readonly expiresAt: number;
}

export type ExecutionStatus =
  | 'pending'
  | 'started'
  | 'queued'
  | 'cancelling'
  | 'terminated'
  | 'failed'
  | 'cancelled';

export interface Execution {
  readonly id: string;
  readonly workflow: string;
  readonly status: ExecutionStatus;
  readonly deployment: string | null;
  readonly tenant: string;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endsAt: number;
  readonly endedAt: number | null;
  readonly error: string;
  readonly parameters: { readonly [name: string]: string | boolean | null };
  readonly events: readonly ExecutionEvent[];
}

export interface ExecutionEvent {
  readonly at: number;
  readonly kind: 'CFY' | 'LOG';
  readonly text: string;
}

type SnapshotStatus = 'creating' | 'created' | 'failed' | 'uploaded';

export interface Snapshot {
  readonly id: string;
  readonly status: SnapshotStatus;
  readonly error: string;
  readonly tenant: string;
  readonly createdAt: number;
  readonly createdBy: string;
  /** The zip, when there is one. */
  readonly archive: Uint8Array | null;
}

type Maintenance =
  | { readonly status: 'deactivated' }
  | { readonly status: 'activating'; readonly requestedBy: string; readonly requestedAt: number }
  | {
      readonly status: 'activated';
      readonly requestedBy: string;
      readonly requestedAt: number;
      readonly activatedAt: number;
    };

export interface ClusterNode {
  readonly name: string;
  readonly ip: string;
  readonly state: 'leader' | 'replica' | 'offline';
  /** Until then it is being set up: it counts as offline, and says that it is not initialized. */
  readonly readyFrom: number;
}

/** `rest`: nginx answers 502. `all`: nothing listens. */
interface Outage {
  readonly what: 'rest' | 'all';
  readonly from: number;
  readonly until: number;
}

/** What the restore has left to be done a little later. */
export type Pending =
  | { readonly at: number; readonly do: 'validate-restore' | 'load-snapshot'; readonly execution: string }
  /** The old Manager's salt and admin come together, because one is worthless without the other. */
  | {
      readonly at: number;
      readonly do: 'restart-rest';
      readonly hashSalt: string;
      readonly admin: User | null;
    }
  | { readonly at: number; readonly do: 'swap-certificates'; readonly certificates: CertificateFiles }
  | { readonly at: number; readonly do: 'reboot' };

/** What a change of the world asks of the hosts themselves. */
export type Effect =
  | {
      readonly kind: 'write';
      readonly host: string;
      readonly files: { readonly [path: string]: WrittenFile };
    }
  | { readonly kind: 'remove'; readonly host: string; readonly paths: readonly string[] }
  /** Services read their files again: only the REST service its salt, or all of them the certificates too. */
  | { readonly kind: 'reload'; readonly host: string; readonly what: 'rest' | 'all' }
  | { readonly kind: 'reboot'; readonly host: string };

interface WrittenFile {
  readonly content: string | Uint8Array;
  readonly mode: number;
  readonly owner: string;
}

export interface Changed<T> {
  readonly world: World;
  readonly effects: readonly Effect[];
  readonly answer: T;
}

/** Randomness comes in from outside, so that a scenario can be repeated. */
export interface Dice {
  uuid(): string;
  /** Letters and digits, `length` of them, out of `alphabet`. */
  word(length: number, alphabet?: string): string;
}
