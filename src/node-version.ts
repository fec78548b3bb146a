/** Does Cutover run on this Node? Needs nothing that an old one lacks. */

/** Erased types, `toSorted` and a stable `fetch`; package.json says the same. */
const LEAST: readonly [major: number, minor: number] = [20, 19];
/** From here on better-sqlite3 12 may abort the process when a statement is collected. */
const DOUBTFUL: readonly [major: number, minor: number] = [24, 19];

function reaches(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, minors = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && minors >= minor);
}

/** @returns what is wrong and the mend, or null */
export function nodeProblem(version: string): string | null {
  if (reaches(version, LEAST)) return null;
  return `starting on Node ${version}: at least ${LEAST.join('.')} is needed. Install a current LTS and run npm ci again`;
}

/** @returns what may go wrong and the mend, or null */
export function nodeDoubt(version: string): string | null {
  if (!reaches(version, DOUBTFUL)) return null;
  return `the SQLite module aborts now and then from ${DOUBTFUL.join('.')} on. Steps go on and are found again, but use a Node from ${LEAST.join('.')} on, below ${DOUBTFUL.join('.')}`;
}
