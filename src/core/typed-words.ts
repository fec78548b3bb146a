/** Words after `/upgrade start <target>` that the runbook of the target does not know: said, never silently dropped. */
import { near } from './near.ts';
import type { StartForm } from './view.ts';

interface Typed {
  readonly flow: string | null;
  readonly inputs: { readonly [name: string]: string };
}

function instead(word: string, known: readonly string[], show: (id: string) => string): string {
  const close = near(word, known);
  if (close !== undefined) return `Did you mean ${show(close)}?`;
  return known.length === 0 ? 'There is none.' : `There is ${known.map(show).join(', ')}.`;
}

/** As flows are typed: with hyphens. */
const typedFlow = (id: string) => id.replaceAll('_', '-');

export function unknownWords({ flow, inputs }: Typed, { flows, fields }: StartForm): readonly string[] {
  const flowIds = flows.map(({ id }) => id);
  const fieldIds = fields.map(({ id }) => id);
  const noFlow =
    flow === null || flowIds.includes(flow)
      ? []
      : [`There is no flow “${typedFlow(flow)}” here. ${instead(flow, flowIds, typedFlow)} Choose below.`];
  const noFields = Object.entries(inputs)
    .filter(([name]) => !fieldIds.includes(name))
    .map(([name, value]) => {
      const meant = instead(name, fieldIds, (id) => `${id}=`);
      return `There is no input “${name}” here, so “${name}=${value}” was left out. ${meant}`;
    });
  return [...noFlow, ...noFields];
}
