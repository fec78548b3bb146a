import { atLeast } from '../version.ts';
import { connect, type Item, itemsOf } from './client.ts';
import { type CfyCall, CfyError, type CommandSpec, need, text } from './command.ts';
import {
  type Column,
  columns,
  GET_DATA,
  listQuery,
  PAGING,
  SEARCH,
  SORTING,
  showCount,
  showTable,
} from './listing.ts';
import { readInput } from './snapshot-commands.ts';

function userColumns(call: CfyCall): readonly Column[] {
  const { version } = call.cli;
  if (!atLeast(version, '4.2'))
    return columns('username', 'groups', 'role', 'tenants', 'active', 'last_login_at');
  if (!atLeast(version, '4.3')) {
    return [
      ...columns('username', 'groups'),
      { field: 'role', title: 'system_wide_role' },
      ...columns('tenants', 'active', 'last_login_at'),
    ];
  }
  const tenants =
    call.options.get_data === true ? columns('user_tenants', 'group_tenants') : columns('tenants');
  return [
    ...columns('username', 'groups'),
    { field: 'role', title: 'system wide role' },
    { field: 'group_system_roles', title: 'system wide roles via groups' },
    ...columns('active', 'last_login_at'),
    ...(atLeast(version, '4.4') ? columns('is_locked') : []),
    ...tenants,
  ];
}

async function listUsers(call: CfyCall): Promise<void> {
  call.log('Listing all users...');
  const client = await connect(call);
  const found = await client.get('users', listQuery(call, 'username'));
  showTable(call, 'Users:', userColumns(call), itemsOf(found));
  showCount(call, found, 'users');
}

async function setPassword(call: CfyCall): Promise<void> {
  const name = need(call, 'USERNAME');
  call.log(`Setting new password for user ${name}...`);
  const client = await connect(call);
  const password = text(call.options.password) ?? '';
  await client.send('POST', `users/${encodeURIComponent(name)}`, { json: { password } });
  call.log('New password set');
}

async function setRole(call: CfyCall): Promise<void> {
  const name = need(call, 'USERNAME');
  call.log(`Setting new role for user ${name}...`);
  const client = await connect(call);
  await client.send('POST', `users/${encodeURIComponent(name)}`, {
    json: { role: text(call.options.role) },
  });
  call.log(`New role \`${text(call.options.role)}\` set`);
}

async function listTenants(call: CfyCall): Promise<void> {
  call.log('Listing all tenants...');
  const client = await connect(call);
  const found = await client.get('tenants', listQuery(call, 'name'));
  showTable(call, 'Tenants:', columns('name', 'groups', 'users'), itemsOf(found));
  showCount(call, found, 'tenants');
}

async function listGroups(call: CfyCall): Promise<void> {
  call.log('Listing all user groups...');
  const client = await connect(call);
  const found = await client.get('user-groups', listQuery(call, 'name'));
  const role: Column = { field: 'role', title: 'system wide role' };
  const shown = atLeast(call.cli.version, '4.2')
    ? [...columns('name', 'ldap_dn'), role, ...columns('tenants', 'users')]
    : columns('name', 'ldap_dn', 'tenants', 'users');
  showTable(call, 'User groups:', shown, itemsOf(found));
  showCount(call, found, 'user groups');
}

async function listLicence(call: CfyCall): Promise<void> {
  call.log('Retrieving Cloudify License');
  const client = await connect(call);
  const found = await client.get('license');
  const shown = columns(
    'customer_id',
    'expiration_date',
    'license_edition',
    'trial',
    'cloudify_version',
    'capabilities',
    'expired',
  );
  const items: readonly Item[] = itemsOf(found).map((item) => ({ cloudify_version: null, ...item }));
  showTable(call, 'Cloudify License', shown, items);
}

async function uploadLicence(call: CfyCall): Promise<void> {
  const path = need(call, 'LICENSE_PATH');
  call.log(`Uploading Cloudify license \`${path}\` to the Manager...`);
  const bytes = await readInput(call, path);
  if (bytes.length === 0) throw new CfyError(`The license file ${path} is empty`);
  const client = await connect(call);
  await client.send('PUT', 'license', { bytes });
  call.log('Cloudify license successfully uploaded.');
}

const USERNAME = { name: 'USERNAME', required: true } as const;

export const PEOPLE_COMMANDS: readonly CommandSpec[] = [
  { group: 'users', name: 'list', options: [...SORTING, GET_DATA, SEARCH, ...PAGING], run: listUsers },
  {
    group: 'users',
    name: 'set-password',
    args: [USERNAME],
    options: [{ flags: ['-p', '--password'], name: 'password', takes: 'text', required: true }],
    run: setPassword,
  },
  {
    group: 'users',
    name: 'set-role',
    args: [USERNAME],
    options: [{ flags: ['-r', '--security-role'], name: 'role', takes: 'text', required: true }],
    run: setRole,
  },
  { group: 'tenants', name: 'list', options: [...SORTING, GET_DATA, SEARCH, ...PAGING], run: listTenants },
  { group: 'user-groups', name: 'list', options: [...SORTING, GET_DATA, SEARCH, ...PAGING], run: listGroups },
  { group: 'license', name: 'list', from: '4.6', run: listLicence },
  {
    group: 'license',
    name: 'upload',
    args: [{ name: 'LICENSE_PATH', required: true }],
    from: '4.6',
    run: uploadLicence,
  },
];
