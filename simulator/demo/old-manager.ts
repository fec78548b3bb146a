/** A migration that erases its old Manager at the end: when it did. */
import type { Stage } from './stage.ts';

/** Looks whenever a step begins. @returns at the end: what was wrong with the order */
export function watchOldManager(stage: Stage): () => Promise<readonly string[]> {
  const problems = new Set<string>();
  let keptBeside = false;
  const looks: Promise<void>[] = [];
  async function look(attempt: string): Promise<void> {
    const [old, agents] = await Promise.all([stage.world.manager('manager'), stage.world.agents()]);
    const behind = agents.filter(({ obeys }) => obeys !== 'new').map(({ agent }) => agent.name);
    if (old === null && behind.length > 0)
      problems.add(
        `before ${attempt} the old Manager was gone, and these agents had not moved: ${behind.join(', ')}`,
      );
    if (old !== null && behind.length === 0) keptBeside = true;
  }
  for (const host of stage.hosts.values())
    host.onEvent((event) => {
      if (event.kind === 'attempt-started') looks.push(look(event.attempt));
    });
  return async () => {
    await Promise.all(looks);
    const old = await stage.world.manager('manager');
    return [
      ...problems,
      ...(keptBeside ? [] : ['no step saw all agents on the new Manager while the old one was there']),
      ...(old === null ? [] : ['the old Manager was not erased at the end']),
    ];
  };
}
