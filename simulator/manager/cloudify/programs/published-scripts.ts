import { createHash } from 'node:crypto';

/**
 * Scripts of cloudify-dev that an uninstall downloads and runs as root. Their bytes are not the simulator's to carry, so
 * each has a stand-in here that does on a simulated host what the real one does. A simulated `sha256sum` answers for a
 * stand-in what the real file's digest is: whoever pins that digest finds it here, and finds another one at `master`,
 * which has lost the removal of Consul since (August 2019).
 */
export interface PublishedScript {
  readonly name: string;
  readonly ref: string;
  /** SHA-256 of the real file at `ref`. */
  readonly sha256: string;
  readonly content: string;
}

/** The last commit that removes Consul (November 2017). */
const PINNED = 'd0ebbdc938cdbb2d713ff9ce8378e452f836b30c';
const MASTER = 'master';

/** What the stand-ins of the shell scripts call; the registered command does the work. */
export const TEARDOWN_PROGRAM = 'simulated_cfy_teardown';

const CLUSTER_SCRIPT = 'delete_cluster_4_0_1.py';

/** Whether this ref still knows of Consul. */
export type Consul = 'consul' | 'no-consul';

function shell(name: string, ref: string, consul: Consul): string {
  return `#!/bin/bash\n# Stand-in of a simulated host for cloudify-dev/scripts/${name} at ${ref}.\n${TEARDOWN_PROGRAM} ${name} ${consul} "$@"\n`;
}

function python(ref: string, consul: Consul): string {
  return `#!/usr/bin/env python\n# Stand-in of a simulated host for cloudify-dev/scripts/${CLUSTER_SCRIPT} at ${ref}.\nREMOVES = '${consul}'\n`;
}

const TEARDOWN_4_0 = 'cfy_teardown_4_0_0.sh';
const TEARDOWN_4_1 = 'cfy_teardown_4_1_0_and_higher.sh';

export const PUBLISHED_SCRIPTS: readonly PublishedScript[] = [
  {
    ...{ name: TEARDOWN_4_0, ref: PINNED, content: shell(TEARDOWN_4_0, PINNED, 'consul') },
    sha256: '650bab6de4c3f6dd48c10aaf37876c2fddcbf7ed670800d4443ad4e001f58d27',
  },
  {
    ...{ name: TEARDOWN_4_0, ref: MASTER, content: shell(TEARDOWN_4_0, MASTER, 'no-consul') },
    sha256: '889a92941ea703d0890fda2586615c2a533455314a456315fdfe90767a6c079e',
  },
  {
    ...{ name: CLUSTER_SCRIPT, ref: PINNED, content: python(PINNED, 'consul') },
    sha256: '9b9746e3d1be856e49e6b6e9943d2a438b6bbdc30229d8805523a3a50c24f34f',
  },
  {
    ...{ name: CLUSTER_SCRIPT, ref: MASTER, content: python(MASTER, 'no-consul') },
    sha256: '957175d950cb4757dbabde4b39a0d908a8b0dac02d9255854c1df3a84d16ddc3',
  },
  {
    ...{ name: TEARDOWN_4_1, ref: MASTER, content: shell(TEARDOWN_4_1, MASTER, 'no-consul') },
    sha256: 'd10c715fb4e18734543a6a77576f2f6bd81b4597437d1e151bb7c2d8bae8ccf3',
  },
];

const BY_DIGEST = new Map(
  PUBLISHED_SCRIPTS.map((script) => [
    createHash('sha256').update(script.content).digest('hex'),
    script.sha256,
  ]),
);

/** Digest of bytes as a simulated host tells it: of a stand-in, the real file's. */
export function shownDigest(bytes: Uint8Array): string {
  const own = createHash('sha256').update(bytes).digest('hex');
  return BY_DIGEST.get(own) ?? own;
}

/** undefined: not one of them, or not as it was published. */
export function clusterScriptKnows(content: string): Consul | undefined {
  const script = PUBLISHED_SCRIPTS.find((each) => each.name === CLUSTER_SCRIPT && each.content === content);
  if (script === undefined) return undefined;
  return script.ref === PINNED ? 'consul' : 'no-consul';
}
