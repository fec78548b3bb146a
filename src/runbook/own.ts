/** A member that the map itself has: `constructor` is in every object, and in no runbook. */
export function own<T>(map: { readonly [key: string]: T }, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}
