/** Bytes that the client reads at a time. */
const CHUNK = 8192;
/** Bar and name share this width. */
const WIDTH = 68;
/** A real terminal sees one update for each chunk; of a big file we write only some. */
const MOST_UPDATES = 12;

/** The line that grows: every update begins with a carriage return, the last one ends the line. */
export function progressBar(name: string, total: number): string {
  const chunks = Math.max(1, Math.ceil(total / CHUNK));
  const stride = Math.max(1, Math.ceil(chunks / MOST_UPDATES));
  let line = '';
  for (let chunk = stride; chunk < chunks; chunk += stride) line += update(name, (chunk * CHUNK) / total);
  return `${line}${update(name, 1)}\n`;
}

function update(name: string, part: number): string {
  const width = Math.max(1, WIDTH - name.length);
  const filled = Math.round(width * part);
  const rounded = Math.round(part * 10_000) / 100;
  const percent = Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
  return `\r ${name} |${'#'.repeat(filled)}${'-'.repeat(width - filled)}| ${percent}%`;
}
