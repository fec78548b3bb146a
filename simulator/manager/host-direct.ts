/**
 * Finds the commands of a text whose stdout is the text's own, so that what they print can be shown at once: the
 * interpreter hands output on only when a command has ended.
 */
import type { parse, TransformPlugin } from 'just-bash';

type Script = ReturnType<typeof parse>;
type Statement = Script['statements'][number];
type Command = Statement['pipelines'][number]['commands'][number];
type Simple = Extract<Command, { type: 'SimpleCommand' }>;

/** Reaches one command through its environment and nobody else. */
export const DIRECT = 'CUTOVER_SIMULATED_DIRECT';

function nameOf({ name }: Simple): string | undefined {
  const [part] = name?.parts ?? [];
  return name?.parts.length === 1 && part?.type === 'Literal' ? part.value : undefined;
}

function bodies(command: Command): readonly (readonly Statement[])[] {
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
    // Functions may be called anywhere, and what `eval` runs is not known: their output comes when they end.
    default:
      return [];
  }
}

function markCommand(command: Command, names: ReadonlySet<string>): void {
  if (command.redirections.length > 0) return;
  if (command.type !== 'SimpleCommand') {
    for (const body of bodies(command)) markAll(body, names);
    return;
  }
  const name = nameOf(command);
  if (name === undefined || !names.has(name)) return;
  const value = { type: 'Word' as const, parts: [{ type: 'Literal' as const, value: '1' }] };
  command.assignments.push({ type: 'Assignment', name: DIRECT, value, append: false, array: null });
}

function markAll(statements: readonly Statement[], names: ReadonlySet<string>): void {
  for (const { pipelines, background } of statements) {
    if (background) continue;
    for (const { commands } of pipelines) {
      const [only] = commands;
      if (commands.length === 1 && only !== undefined) markCommand(only, names);
    }
  }
}

function redirectsItself({ statements }: Script, skip: number): boolean {
  return statements
    .slice(skip)
    .some(({ pipelines }) =>
      pipelines.some(({ commands }) =>
        commands.some((command) => command.type === 'SimpleCommand' && nameOf(command) === 'exec'),
      ),
    );
}

/** `skip` statements at the front are ours. Texts that move their own stdout are left alone. */
export function directPlugin(names: ReadonlySet<string>, skip: number): TransformPlugin {
  return {
    name: 'direct',
    transform({ ast }) {
      if (!redirectsItself(ast, skip)) markAll(ast.statements, names);
      return { ast };
    },
  };
}
