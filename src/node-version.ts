/** Is this Node new enough? Needs nothing that an old one lacks. */

/** Erased types, `toSorted` and a stable `fetch`; package.json says the same. */
const LEAST: readonly [major: number, minor: number] = [20, 19];

/** @returns what is wrong and the mend, or null */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return null;
  return `starting on Node ${version}: at least ${LEAST.join('.')} is needed. Install a current LTS and run npm ci again`;
}
