/** What a line of SSH does on a simulated host: the launcher's own lines are acted on, all others go to the shell. */
import { createHash } from 'node:crypto';
import { hostFiles } from './host-files.ts';
import { runText, type ShellWorld } from './host-shell.ts';
import { type Io, runVerb, type VerbWorld } from './host-verbs.ts';
import { parseCall, parseUnplaced } from './host-words.ts';

/** The call line's own exit code for "no launcher, or another text, is placed here". */
const NOT_PLACED = 213;

let people = 0;

async function runPerson(world: ShellWorld, line: string, io: Io): Promise<number> {
  const files = hostFiles(world.disk, { user: 'root', root: true });
  people += 1;
  const place = `/run/look/person-${people}`;
  await files.makeDirectory(place, { mode: 0o777 });
  const ends = new AbortController();
  const process = world.processes.start(`sh -c ${line}`, () => ends.abort(137));
  try {
    const code = await runText(world, {
      ...{ text: line, strict: false, env: {}, root: false, by: 'person' as const, attempt: null },
      ...{ stdin: await io.stdin(), out: `${place}/out`, err: `${place}/err`, pid: process.pid },
      ...{ signal: ends.signal, traps: new Map() },
    });
    await io.out(await files.read(`${place}/out`));
    await io.err(await files.read(`${place}/err`));
    return code;
  } finally {
    world.processes.ended(process);
    await files.remove(place);
  }
}

/** The launcher's own lines are acted on; what stands in its place on the disk must be the text that is called. */
export async function runLine(verbs: VerbWorld, line: string, io: Io): Promise<number> {
  const { world } = verbs;
  const unplaced = parseUnplaced(line);
  if (unplaced !== undefined) {
    await io.stdin();
    return runVerb(verbs, unplaced, false, io);
  }
  const call = parseCall(line);
  if (call === undefined) return runPerson(world, line, io);
  const files = hostFiles(world.disk, { user: world.user, root: world.user === 'root' });
  const text = await files.read(call.path).catch(() => undefined);
  if (text === undefined || createHash('sha256').update(text).digest('hex') !== call.sha256)
    return NOT_PLACED;
  if (call.sudo && !world.sudo) {
    await io.err('sudo: a password is required\n');
    return 1;
  }
  return runVerb(verbs, call.words, call.sudo, io);
}
