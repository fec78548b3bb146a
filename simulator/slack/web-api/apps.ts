/** apps.connections.open and blocks.validate. Source: their method pages. */
import { checkBlocks, checkView } from '../block-kit/check.ts';
import { isObject, type Problem } from '../block-kit/shape.ts';
import type { SocketCourier } from '../delivery/socket.ts';
import { type Answer, badArguments, type Call, type Method, Refusal } from './call.ts';
import { filesOf } from './content.ts';

/** @param sockets undefined when the app is not in Socket Mode */
export function connectionsMethod(sockets: SocketCourier | undefined): Method {
  return {
    tier: 3,
    token: 'app',
    scopes: [],
    run: () => {
      if (sockets === undefined || sockets.disabled) throw new Refusal('forbidden_team');
      return { url: sockets.open() };
    },
  };
}

function problemsIn(call: Call): readonly Problem[] {
  const { workspace, args } = call;
  const given = ['blocks', 'message', 'view'].filter((name) => args.has(name));
  if (given.length !== 1)
    throw new Refusal('invalid_arguments', {
      response_metadata: { messages: ['must provide exactly one of `blocks`, `view`, or `message`'] },
    });
  const files = filesOf(workspace);
  const value = args.json(given[0] ?? '', 'invalid_arguments');
  if (given[0] === 'blocks') return checkBlocks(value, 'message', files, '');
  if (!isObject(value)) throw badArguments(`must provide an object [json-pointer:/${given[0]}]`);
  if (given[0] === 'message') return checkBlocks(value.blocks ?? [], 'message', files, '/blocks');
  const kind = value.type === 'home' ? 'home' : 'modal';
  return checkView(value, kind, { ...files, appName: workspace.app.name }, '');
}

function validate(call: Call): Answer {
  const problems = problemsIn(call);
  if (problems.length > 0)
    throw new Refusal('invalid_blocks', {
      errors: problems.map((entry) => ({ code: 'failed_constraint', ...entry })),
    });
  return {};
}

export const BLOCKS_VALIDATE: Method = { tier: 3, token: 'any', scopes: [], run: validate };
