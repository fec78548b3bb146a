/** Does Cutover run on this Node? Needs nothing that an old one lacks. */

/** Erased types, `toSorted` and a stable `fetch`; package.json says the same. */
const [LEAST_MAJOR, LEAST_MINOR] = [20, 19];

/** @returns what is wrong and the mend, or null */
export function nodeProblem(version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST_MAJOR || (major === LEAST_MAJOR && minor >= LEAST_MINOR)) return null;
  return `starting on Node ${version}: at least ${LEAST_MAJOR}.${LEAST_MINOR} is needed. Install a current LTS and run npm ci again`;
}
