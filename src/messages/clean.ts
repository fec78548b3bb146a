/** Output of hosts, made fit for people: no control sequences, no progress bars, no secrets. */
const ESC = '\u001B';
/** OSC … BEL or ST; CSI … final byte; other two-byte escapes. */
const SEQUENCES = new RegExp(
  `${ESC}\\][^\\u0007${ESC}]*(?:\\u0007|${ESC}\\\\)?|${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[@-Z\\\\-_]|\\u009B[0-?]*[ -/]*[@-~]`,
  'g',
);
/** C0 but tab and newline, DEL, C1. */
const CONTROL = /(?![\t\n])\p{Cc}/gu;
/** Turn the reading direction or hide: a line could read other than it is. */
const BIDI = /[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/g;

function lastDrawing(line: string): string {
  const drawn = line.replace(/\r+$/, '');
  return drawn.slice(drawn.lastIndexOf('\r') + 1);
}

/** Escape sequences, control bytes and direction marks go; of a line that was drawn over and over its last form stays. */
export function cleanOutput(text: string): string {
  return text
    .replace(SEQUENCES, '')
    .split('\n')
    .map(lastDrawing)
    .join('\n')
    .replace(CONTROL, '')
    .replace(BIDI, '');
}

/**
 * Nobody may call a whole channel through the bot, whoever wrote the text. Callers escape what people and hosts wrote;
 * this is the second lock.
 */
export function neverPings(markdown: string): string {
  return markdown.replace(/<!(channel|here|everyone|group)\b([^>]*)>/gi, '&lt;!$1$2&gt;');
}

/** Characters that are there and cannot be seen, as `\u{202E}`: in a plan nothing may read other than it is. */
export function showHidden(text: string): string {
  return text.replace(
    /(?![\t\n])\p{Cc}|[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  );
}
