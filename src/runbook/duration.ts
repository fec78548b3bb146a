/** Durations as a runbook writes them: `10s`, `5m`, `1h30m`, `2d`. */
const UNIT_S: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 };

/** @returns seconds, or undefined when the text is not a duration */
export function parseDuration(text: string): number | undefined {
  if (!/^([0-9]+(\.[0-9]+)?[smhd])+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/([0-9]+(\.[0-9]+)?)([smhd])/g))
    total += Number(amount) * (UNIT_S[unit ?? ''] ?? 0);
  return Math.round(total);
}

/** `90` → `1 min 30 s`: for people. */
export function sayDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const parts = [
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(rest > 0 || seconds === 0 ? [`${rest} s`] : []),
  ];
  return parts.join(' ');
}
