import { atLeast } from '../version.ts';
import type { OptionSpec } from './click.ts';
import { activeProfile } from './client.ts';
import { type CfyCall, type CommandSpec, need, text } from './command.ts';
import { type Column, columns, showTable } from './listing.ts';
import { providerContext, ready, set } from './profile-set.ts';
import {
  activeProfileName,
  deleteProfile,
  type Profile,
  profileDirectory,
  profileNames,
  readProfile,
  setActiveProfile,
  writeProfile,
} from './profiles.ts';

function profileColumns(call: CfyCall): readonly Column[] {
  const { version } = call.cli;
  const key: Column = { field: 'ssh_key', title: 'ssh_key_path' };
  if (!atLeast(version, '4.2')) {
    return [
      ...columns('name', 'manager_ip', 'ssh_user'),
      key,
      ...columns(
        'ssh_port',
        'rest_port',
        'rest_protocol',
        'manager_username',
        'manager_tenant',
        'bootstrap_state',
      ),
    ];
  }
  const before = [...columns('name', 'manager_ip', 'manager_username', 'manager_tenant', 'ssh_user'), key];
  if (!atLeast(version, '4.3')) {
    return [
      ...before,
      ...columns('ssh_port', 'rest_port', 'rest_protocol', 'rest_certificate', 'bootstrap_state'),
    ];
  }
  const kerberos = atLeast(version, '4.6') ? columns('kerberos_env') : [];
  return [
    ...before,
    ...columns('ssh_port'),
    ...kerberos,
    ...columns('rest_port', 'rest_protocol', 'rest_certificate'),
  ];
}

/** What the table shows of a profile; the password is not among it. */
function shownProfile(profile: Profile, active: string | undefined): { readonly [name: string]: unknown } {
  const { provider_context: _, manager_password: __, cluster: ___, ...shown } = profile;
  return { ...shown, kerberos_env: false, name: profile.name === active ? `*${profile.name}` : profile.name };
}

async function use(call: CfyCall): Promise<void> {
  await ready(call);
  const ip = need(call, 'MANAGER_IP');
  const name = text(call.options.profile_name) ?? ip;
  if (name === 'local') {
    call.log('Using local environment...');
    await setActiveProfile(call.context, 'local');
    return;
  }
  const existing = await readProfile(call.context, name);
  if (existing !== undefined && call.cli.keepsProfiles) {
    const given = Object.entries(call.options).filter(([, value]) => value !== undefined && value !== false);
    if (given.length > 0) {
      const names = given.map(([option]) => option).join(', ');
      call.log(
        `Profile ${name} already exists. The passed in options are ignored: ${names}. To update the profile, use \`cfy profiles set\``,
      );
    }
    await setActiveProfile(call.context, name);
    call.log(`Using manager ${name}`);
    return;
  }
  await createProfile(call, name, ip);
}

async function createProfile(call: CfyCall, name: string, ip: string): Promise<void> {
  const { options } = call;
  const ssl = options.ssl === true || options.rest_certificate !== undefined;
  const port = Number(text(options.rest_port) ?? (ssl ? 443 : 80));
  const protocol = ssl ? 'https' : 'http';
  call.log(
    call.cli.saysConnection
      ? `Attempting to connect to ${ip} through port ${port}, using ${protocol} (SSL mode: ${ssl ? 'True' : 'False'})...`
      : 'Attempting to connect...',
  );
  const profile: Profile = {
    name,
    manager_ip: ip,
    manager_username: text(options.manager_username) ?? null,
    manager_password: text(options.manager_password) ?? null,
    manager_tenant: text(options.manager_tenant) ?? null,
    ssh_user: text(options.ssh_user) ?? null,
    ssh_key: text(options.ssh_key) ?? null,
    ssh_port: Number(text(options.ssh_port) ?? 22),
    rest_port: port,
    rest_protocol: protocol,
    rest_certificate: text(options.rest_certificate) ?? null,
    bootstrap_state: 'Complete',
    provider_context: {},
  };
  const context = await providerContext(call, profile);
  call.log(`Initializing profile ${name}...`);
  // Before 4.2 an existing profile was made anew, its bootstrap directory included.
  await call.context.files.remove(profileDirectory(call.context, name));
  await writeProfile(call.context, { ...profile, provider_context: context });
  await setActiveProfile(call.context, name);
  call.log('Initialization completed successfully');
  call.log(`Using manager ${ip} with port ${port}`);
}

async function list(call: CfyCall): Promise<void> {
  await ready(call);
  const names = await profileNames(call.context);
  const active = await activeProfileName(call.context);
  const profiles: Profile[] = [];
  for (const name of names) {
    const profile = await readProfile(call.context, name);
    if (profile !== undefined) profiles.push(profile);
  }
  if (profiles.length === 0) {
    call.log(
      'No profiles found. You can create a new profile by using an existing manager via the `cfy profiles use` command',
    );
    return;
  }
  call.log('Listing all profiles...');
  showTable(
    call,
    'Profiles:',
    profileColumns(call),
    profiles.map((profile) => shownProfile(profile, active)),
  );
}

async function show(call: CfyCall): Promise<void> {
  await ready(call);
  if ((await activeProfileName(call.context)) === undefined) {
    call.log("You're currently working in local mode. To use a manager run `cfy profiles use MANAGER_IP`");
    return;
  }
  showTable(call, 'Active profile:', profileColumns(call), [
    shownProfile(await activeProfile(call), undefined),
  ]);
}

async function remove(call: CfyCall): Promise<void> {
  await ready(call);
  const name = need(call, 'PROFILE_NAME');
  call.log(`Deleting profile ${name}...`);
  if ((await readProfile(call.context, name)) === undefined) {
    call.log(`Profile ${name} does not exist`);
    return;
  }
  await deleteProfile(call.context, name);
  call.log('Profile deleted');
}

const LOGIN: readonly OptionSpec[] = [
  { flags: ['-u', '--manager-username'], name: 'manager_username', takes: 'text' },
  { flags: ['-p', '--manager-password'], name: 'manager_password', takes: 'text' },
  { flags: ['-t', '--manager-tenant'], name: 'manager_tenant', takes: 'text' },
  { flags: ['--skip-credentials-validation'], name: 'skip_credentials_validation' },
];
const SSH: readonly OptionSpec[] = [
  { flags: ['-s', '--ssh-user'], name: 'ssh_user', takes: 'text' },
  { flags: ['-k', '--ssh-key'], name: 'ssh_key', takes: 'text' },
  { flags: ['--ssh-port'], name: 'ssh_port', takes: 'integer' },
];
const CERTIFICATE: OptionSpec = {
  flags: ['-c', '--rest-certificate'],
  name: 'rest_certificate',
  takes: 'text',
  from: '4.2',
};
const PROFILE_NAME: OptionSpec = { flags: ['--profile-name'], name: 'profile_name', takes: 'text' };

export const PROFILE_COMMANDS: readonly CommandSpec[] = [
  {
    group: 'profiles',
    name: 'use',
    args: [{ name: 'MANAGER_IP', required: true }],
    options: [
      PROFILE_NAME,
      ...SSH,
      ...LOGIN,
      { flags: ['--rest-port'], name: 'rest_port', takes: 'integer' },
      { flags: ['--ssl'], name: 'ssl', from: '4.2' },
      CERTIFICATE,
    ],
    run: use,
  },
  { group: 'profiles', name: 'list', run: list },
  { group: 'profiles', name: 'show-current', run: show },
  { group: 'profiles', name: 'delete', args: [{ name: 'PROFILE_NAME', required: true }], run: remove },
  {
    group: 'profiles',
    name: 'set',
    options: [
      PROFILE_NAME,
      ...LOGIN,
      ...SSH,
      { flags: ['--ssl'], name: 'ssl', takes: 'text', from: '4.2' },
      CERTIFICATE,
    ],
    run: set,
  },
];
