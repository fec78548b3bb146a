import { inRange, type VersionRange } from '../version.ts';

/** Commands of the real CLI that an upgrade does not use. They are known, because a prefix must be unique among all. */
const OTHER_COMMANDS: readonly (VersionRange & { readonly name: string })[] = [
  ...[
    'dev',
    'groups',
    'init',
    'install',
    'ldap',
    'logs',
    'nodes',
    'ssh',
    'ssl',
    'uninstall',
    'workflows',
  ].map((name) => ({ name })),
  { name: 'bootstrap', before: '4.3' },
  { name: 'rollback', before: '4.3' },
  { name: 'config', from: '4.4' },
  { name: 'tokens', from: '4.4' },
];

/** Sub-commands that are known but not simulated, by group. */
const OTHER_SUBCOMMANDS: { readonly [group: string]: readonly string[] } = {
  agents: [],
  blueprints: [
    'create-requirements',
    'download',
    'get',
    'inputs',
    'install-plugins',
    'package',
    'upload',
    'validate',
  ],
  cluster: [],
  'cluster.nodes': ['get', 'set-certificate', 'update'],
  deployments: ['create', 'delete', 'inputs', 'outputs', 'update'],
  events: ['delete'],
  executions: ['start'],
  license: ['remove'],
  'maintenance-mode': [],
  'node-instances': ['get'],
  plugins: ['delete', 'download', 'get', 'upload', 'validate'],
  profiles: ['export', 'import', 'set-cluster', 'unset'],
  secrets: ['create', 'delete', 'get', 'update'],
  snapshots: [],
  tenants: ['add-user', 'add-user-group', 'create', 'delete', 'get', 'remove-user', 'remove-user-group'],
  'user-groups': ['add-user', 'create', 'delete', 'get', 'remove-user'],
  users: ['activate', 'create', 'deactivate', 'delete', 'get'],
};

export function otherNames(version: string): readonly string[] {
  return OTHER_COMMANDS.filter((command) => inRange(version, command)).map((command) => command.name);
}

export function otherSubcommands(group: string): readonly string[] {
  return OTHER_SUBCOMMANDS[group] ?? [];
}
