/** A product version: numbers between dots. `4.3` equals `4.3.0`; a suffix such as `-p1` is refused, because nobody can order it. */
export class Version {
  readonly text: string;
  readonly parts: readonly bigint[];

  /** @throws Error that shows the text when it is not a version */
  constructor(text: string) {
    if (!/^[0-9]{1,9}(\.[0-9]{1,9}){0,3}$/.test(text))
      throw new Error(
        `${JSON.stringify(text)} is not a version: numbers between dots are, such as 4.3 or 4.3.1, without a suffix`,
      );
    this.text = text;
    this.parts = text.split('.').map(BigInt);
  }

  toString(): string {
    return this.text;
  }
}

/** @returns negative, 0 or positive; missing numbers count as 0 */
export function compareVersions(a: Version, b: Version): number {
  for (let index = 0; index < Math.max(a.parts.length, b.parts.length); index++) {
    const left = a.parts[index] ?? 0n;
    const right = b.parts[index] ?? 0n;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
