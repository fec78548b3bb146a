/** Output of hosts, made fit for people: no control sequences, no progress bars, no hidden characters. */
const ESC = '\u001B';
/**
 * ECMA-48, in order: strings (OSC, DCS, SOS, PM, APC) up to BEL or ST; CSI up to its final byte; escapes with intermediate
 * bytes, such as the `ESC ( B` of `tput sgr0`; two-byte escapes. A string that is never ended hides its own line at most.
 */
const SEQUENCES = new RegExp(
  [
    `(?:${ESC}[\\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u009C\\n${ESC}]*(?:\u0007|\u009C|${ESC}\\\\)?`,
    `(?:${ESC}\\[|\u009B)[0-?]*[ -/]*[@-~]`,
    `${ESC}[ -/]+[0-~]`,
    `${ESC}[0-~]`,
  ].join('|'),
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
