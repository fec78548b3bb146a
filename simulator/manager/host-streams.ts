/**
 * Lets the output of a text grow command by command. The interpreter hands output on only when the whole text has ended
 * and drops it when that is aborted, so each command whose stdout is the text's own gets a redirection in front of
 * its others; what the text says itself comes later and wins. A redirection by `exec` would break pipes and `$(…)`.
 */
import type { parse, TransformPlugin } from 'just-bash';

type Script = ReturnType<typeof parse>;
type Statement = Script['statements'][number];
type Pipeline = Statement['pipelines'][number];
type Command = Pipeline['commands'][number];
type Simple = Extract<Command, { type: 'SimpleCommand' }>;
type Redirection = Command['redirections'][number];

/** Reaches one command through its environment and nobody else: its prints may be shown at once. */
export const DIRECT = 'CUTOVER_SIMULATED_DIRECT';

/** They steer the text itself; a redirection around them only stands in the way. */
const STEERING = new Set(['exit', 'return', 'break', 'continue', 'exec']);

export interface Streams {
  readonly out: string;
  readonly err: string;
  /** Commands that can print before they end. */
  readonly printers: ReadonlySet<string>;
}

const literal = (value: string) => ({ type: 'Word' as const, parts: [{ type: 'Literal' as const, value }] });

function into(fd: 1 | 2, path: string): Redirection {
  return { type: 'Redirection', fd, operator: '>>', target: literal(path) };
}

function nameOf({ name }: Simple): string | undefined {
  const [part] = name?.parts ?? [];
  return name?.parts.length === 1 && part?.type === 'Literal' ? part.value : undefined;
}

function bodies(command: Command): readonly (readonly Statement[])[] | undefined {
  switch (command.type) {
    case 'If':
      return [...command.clauses.flatMap(({ condition, body }) => [condition, body]), command.elseBody ?? []];
    case 'While':
    case 'Until':
      return [command.condition, command.body];
    case 'For':
    case 'CStyleFor':
    case 'Subshell':
    case 'Group':
      return [command.body];
    case 'Case':
      return command.items.map(({ body }) => body);
    default:
      return undefined;
  }
}

function readsOnly(command: Command): boolean {
  return command.redirections.every(({ operator }) => operator.startsWith('<') && operator !== '<>');
}

/** `isLast`: its stdout is the text's own and not a pipe. */
function open(command: Command, isLast: boolean, alone: boolean, streams: Streams): void {
  // What a function says comes with the command that calls it.
  if (command.type === 'FunctionDef') return;
  const inner = bodies(command);
  if (inner !== undefined && isLast && readsOnly(command)) {
    for (const body of inner) openAll(body, streams);
    return;
  }
  if (command.type === 'SimpleCommand') {
    const name = nameOf(command);
    // Only assignments, or steering: nothing of their own is said.
    if (command.name === null || (name !== undefined && STEERING.has(name))) return;
    if (alone && readsOnly(command) && name !== undefined && streams.printers.has(name))
      command.assignments.push({
        ...{ type: 'Assignment', name: DIRECT, value: literal('1'), append: false, array: null },
      });
  }
  command.redirections.unshift(...(isLast ? [into(1, streams.out)] : []), into(2, streams.err));
}

function openAll(statements: readonly Statement[], streams: Streams): void {
  for (const { pipelines, background } of statements)
    for (const { commands, pipeStderr } of pipelines)
      commands.forEach((command, at) => {
        // `|&` sends stderr down the pipe.
        if (pipeStderr?.[at] === true) return;
        open(command, at === commands.length - 1, commands.length === 1 && !background, streams);
      });
}

function movesItsOwn(statements: readonly Statement[]): boolean {
  return statements.some(({ pipelines }) =>
    pipelines.some(({ commands }) =>
      commands.some(
        (command) =>
          command.type === 'SimpleCommand' && nameOf(command) === 'exec' && command.redirections.length > 0,
      ),
    ),
  );
}

/** For the first text that a shell is given; what its commands run in turn has their streams. */
export function growingStreams(streams: Streams): TransformPlugin {
  let isFirst = true;
  return {
    name: 'growing-streams',
    transform({ ast }) {
      if (isFirst && !movesItsOwn(ast.statements)) openAll(ast.statements, streams);
      isFirst = false;
      return { ast };
    },
  };
}
