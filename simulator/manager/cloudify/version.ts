/** Versions of Managers and CLIs: `4.3`, `4.1.1.1`, `4.1.0-p3-4.0.1`. Only the numbers before the first `-` count. */
export function versionParts(version: string): readonly number[] {
  return (version.split('-')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
}

/** @returns less than 0 when a is older than b; missing parts are 0 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionParts(a), versionParts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function atLeast(version: string, bound: string): boolean {
  return compareVersions(version, bound) >= 0;
}

/** A range of versions: from (inclusive) to before (exclusive); absent = no bound. */
export interface VersionRange {
  readonly from?: string;
  readonly before?: string;
}

export function inRange(version: string, range: VersionRange): boolean {
  if (range.from !== undefined && !atLeast(version, range.from)) return false;
  return range.before === undefined || !atLeast(version, range.before);
}

/** What a Manager says of itself: three parts before 4.3, afterwards the package's version, two parts for x.y.0. */
export function reportedVersion(version: string): string {
  if (!atLeast(version, '4.3')) return version;
  return versionParts(version)[2] === 0 ? versionParts(version).slice(0, 2).join('.') : version;
}
