/**
 * A plan is data: body (what will be done, to which hosts, by which text) and evidence (what was seen). The digest covers
 * the body only; evidence is hashed into each decision. It contains no secrets and leaves no choices to the executor.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * A CEL expression whose value is known only during the run. `with` holds the values of every plan-time name that it
 * uses (dotted path → value), so the plan is complete by itself and its digest covers them.
 */
export interface LateExpr {
  readonly cel: string;
  readonly with: { readonly [path: string]: Json };
  /** How people see it before the value is known: `‹execution of create_snapshot›`. */
  readonly shown: string;
}

/** Literal pieces and late values in order. In a shell command each late value is shell-quoted when it is filled in. */
export type LateText = readonly (string | LateExpr)[];

/** A host as the plan froze it. `name` is unique in the inventory; `address` is what the product itself uses. */
export interface PlanHost {
  readonly name: string;
  readonly address: string;
  readonly private_ip: string;
  /** Where SSH connects; differs from `address` behind NAT or in a simulation. */
  readonly ssh: { readonly host: string; readonly port: number; readonly user: string };
  /** Pinned host keys, OpenSSH form without comment: `ssh-ed25519 AAAA…`. */
  readonly host_keys: readonly string[];
  /** Exported before every command on this host: PATH, CFY_WORKDIR. No secrets. */
  readonly env: { readonly [name: string]: string };
  /** Absolute; launcher, run directories and `upgrade.dir` live below it, mode 0700. */
  readonly state_dir: string;
}

/** Text that runs on one host. */
export interface PlannedCommand {
  readonly host: string;
  readonly run: LateText;
  readonly sudo: boolean;
  /** Names of secrets that reach its environment. */
  readonly secrets: readonly string[];
}

export interface PlannedVerify {
  readonly command: PlannedCommand | null;
  readonly expect: LateExpr;
  readonly fail: LateExpr | null;
  /** What people read when `fail` holds. */
  readonly failSay?: string;
  /** In place only after this many looks in a row that say so, ≥ 1. */
  readonly stable: number;
  readonly afterS: number;
  readonly everyS: number;
  readonly withinS: number;
  /** Host whose boot id must differ from the one noted before apply; `command` is null when only that is asked. */
  readonly rebooted: string | null;
}

export interface PlannedCapture {
  readonly name: string;
  readonly from: LateExpr | { readonly match: string };
}

export interface SecretRef {
  readonly secret: string;
  /** Written as a JSON string, which YAML reads as itself whatever is in it; without it, as it is. */
  readonly as?: 'json';
}

export interface CopySide {
  /** Host name, or `vault`. */
  readonly at: string;
  readonly path: LateText;
}

export type Action =
  | {
      readonly kind: 'run';
      readonly command: PlannedCommand;
      readonly okWhen: LateExpr;
      readonly capture: readonly PlannedCapture[];
      /** Why a secret stands in arguments, shown to the approver; null = it does not. */
      readonly secretInArguments: string | null;
      /** Hosts that reboot by themselves after it. */
      readonly reboots: readonly string[];
    }
  | {
      readonly kind: 'copy';
      readonly from: CopySide;
      readonly to: CopySide;
      readonly sudo: boolean;
      readonly mode: string;
      readonly owner: string | null;
    }
  | {
      readonly kind: 'write';
      readonly to: CopySide;
      /** Finished text with late values and secrets filled in during the run. */
      readonly content: readonly (string | LateExpr | SecretRef)[];
      readonly sudo: boolean;
      readonly mode: string;
      readonly owner: string | null;
    }
  | { readonly kind: 'reboot'; readonly host: string }
  | {
      readonly kind: 'gate';
      readonly say: LateText;
      readonly evidence: readonly LateText[];
      /** Place whose people may answer (null = any place of the policy) and how many of them must say go. */
      readonly need: { readonly from: string | null; readonly count: number };
    }
  | { readonly kind: 'manual'; readonly say: LateText };

export interface PlannedUndo {
  readonly id: string;
  readonly title: string;
  readonly command: PlannedCommand;
  readonly verify: readonly PlannedVerify[];
  readonly expectedS: number;
  readonly timeoutS: number;
}

export type Reversal =
  | { readonly kind: 'undo'; readonly undo: PlannedUndo }
  | { readonly kind: 'no_undo_needed'; readonly reason: string }
  | { readonly kind: 'no_return' }
  /** Reads or downloads only (`changes: false`), gates and manual steps. */
  | { readonly kind: 'unchanging' };

export interface PlannedStep {
  /** Unique in the plan: `block_id.step_id` inside a block, `step_id[2]` or `step_id[default_tenant]` for a `for_each`. */
  readonly id: string;
  readonly refs: readonly string[];
  readonly title: string;
  readonly action: Action;
  readonly verify: readonly PlannedVerify[];
  readonly reversal: Reversal;
  readonly retry: 'never' | 'as_is' | 'undo_first';
  readonly critical: boolean;
  readonly expectedS: number;
  readonly timeoutS: number;
  readonly silenceS: number | null;
  readonly hints: readonly { readonly contains: string; readonly say: string }[];
}

export interface Acknowledgement {
  readonly id: string;
  readonly say: string;
  readonly refs: readonly string[];
}

export interface PlanBody {
  readonly language: 1;
  readonly runbook: { readonly id: string; readonly title: string; readonly digest: string };
  readonly flow: { readonly id: string; readonly title: string };
  readonly target: { readonly name: string; readonly rehearsal: boolean };
  readonly inputs: { readonly [name: string]: Json };
  readonly hosts: { readonly [name: string]: PlanHost };
  /** Role → host names, after `same_as`. */
  readonly roles: { readonly [role: string]: readonly string[] };
  readonly acknowledgements: readonly Acknowledgement[];
  readonly steps: readonly PlannedStep[];
  /** Id of the first `no_return` step, or null. */
  readonly pointOfNoReturn: string | null;
  /** Sum of declared durations, gates and manual steps included. */
  readonly expectedS: number;
  /** Time to undo everything before the point of no return: kept free at the end of a window. */
  readonly rollbackReserveS: number;
  /** A hold longer than this makes facts old: the hosts are looked at again before anything is retried. */
  readonly freshnessS: number;
}

/** What a probe told us. `seenAt` epoch ms, null for a fact that came from a file or a dry value. */
export interface Fact {
  readonly id: string;
  readonly title: string;
  readonly value: Json;
  readonly shown: string;
  readonly host: string | null;
  readonly seenAt: number | null;
}

export interface Finding {
  readonly id: string;
  readonly severity: 'blocker' | 'warning';
  readonly say: string;
  readonly do: string;
  readonly refs: readonly string[];
}

export interface CheckResult {
  readonly id: string;
  readonly ok: boolean;
  readonly refs: readonly string[];
}

export interface Evidence {
  readonly facts: readonly Fact[];
  readonly checks: readonly CheckResult[];
  readonly findings: readonly Finding[];
}

export interface Plan {
  /** SHA-256, hex, of the RFC 8785 JSON of `body`. */
  readonly digest: string;
  readonly body: PlanBody;
  readonly evidence: Evidence;
}

/** First twelve hex digits: what people compare by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

export function isBlocked(evidence: Evidence): boolean {
  return evidence.findings.some((finding) => finding.severity === 'blocker');
}

/** A late text as people see it before the run. */
export function shownText(text: readonly (string | LateExpr | SecretRef)[]): string {
  return text
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      return 'secret' in piece ? `‹secret ${piece.secret}›` : piece.shown;
    })
    .join('');
}
