/** auth.test, users.info, usergroups.*. Source: their method pages. */
import { userToWire } from '../wire.ts';
import type { Workspace } from '../workspace.ts';
import { type Answer, type Call, type Method, Refusal } from './call.ts';

function authTest({ workspace }: Call): Answer {
  const { app, team } = workspace;
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: workspace.users.get(app.botUser)?.name ?? app.name,
    team_id: team.id,
    user_id: app.botUser,
    bot_id: app.botId,
    is_enterprise_install: false,
  };
}

function userInfo({ workspace, args }: Call): Answer {
  const user = workspace.users.get(args.string('user') ?? '');
  if (user === undefined) throw new Refusal('user_not_found');
  return { user: userToWire(workspace, user) };
}

function mustBePaid({ settings }: Workspace): void {
  if (!settings.paid) throw new Refusal('plan_upgrade_required');
}

function groupList({ workspace, args }: Call): Answer {
  mustBePaid(workspace);
  return {
    usergroups: [...workspace.groups.values()].map((group) => ({
      id: group.id,
      team_id: workspace.team.id,
      is_usergroup: true,
      is_external: false,
      name: group.handle,
      handle: group.handle,
      description: '',
      date_delete: 0,
      user_count: group.users.length,
      ...(args.flag('include_users') && { users: group.users }),
    })),
  };
}

function groupUsers({ workspace, args }: Call): Answer {
  mustBePaid(workspace);
  const group = workspace.groups.get(args.required('usergroup'));
  if (group === undefined) throw new Refusal('no_such_subteam');
  return { users: group.users };
}

export const PEOPLE: { readonly [method: string]: Method } = {
  'auth.test': { tier: 'none', token: 'any', scopes: [], run: authTest },
  'users.info': { tier: 4, token: 'bot', scopes: ['users:read'], run: userInfo },
  'usergroups.list': { tier: 2, token: 'bot', scopes: ['usergroups:read'], run: groupList },
  'usergroups.users.list': { tier: 2, token: 'bot', scopes: ['usergroups:read'], run: groupUsers },
};
