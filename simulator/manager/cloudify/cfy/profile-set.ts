import { activeProfile, ClientError, type Credentials, request } from './client.ts';
import { type CfyCall, CfyError, text } from './command.ts';
import {
  initialise,
  isInitialised,
  type Profile,
  profileDirectory,
  setActiveProfile,
  writeProfile,
} from './profiles.ts';

export async function ready(call: CfyCall): Promise<void> {
  if (await isInitialised(call.context)) return;
  call.log('Initializing local profile ...');
  await initialise(call.context);
  call.log('Initialization completed successfully');
}

function loginOf(call: CfyCall, profile: Profile): Credentials {
  const { env } = call.context;
  return {
    ip: profile.manager_ip,
    port: profile.rest_port,
    user: profile.manager_username ?? env.CLOUDIFY_USERNAME ?? null,
    password: profile.manager_password ?? env.CLOUDIFY_PASSWORD ?? null,
    tenant: profile.manager_tenant ?? env.CLOUDIFY_TENANT ?? 'default_tenant',
  };
}

/** Tries the login, unless told not to. @returns what the Manager says of itself */
export async function providerContext(call: CfyCall, profile: Profile): Promise<Profile['provider_context']> {
  if (call.options.skip_credentials_validation === true) return {};
  const login = loginOf(call, profile);
  const ask = async (resource: string) =>
    request(call, login, { method: 'GET', resource, query: new URLSearchParams() });
  try {
    await ask('status');
    const answer = await ask('provider/context');
    return answer.kind === 'json'
      ? ((answer.json as { context?: Profile['provider_context'] }).context ?? {})
      : {};
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (error.status === 401) throw new CfyError(`Can't use manager ${profile.name}\n401: ${error.message}`);
    throw new CfyError(
      `Can't use manager ${profile.name}. ${error.status === -1 ? '' : `${error.status}: `}${error.message}`,
    );
  }
}

/** What `profiles set` can change: the option, the field, the word in its message. */
const SETTINGS = [
  ['manager_username', 'username'],
  ['manager_password', 'password'],
  ['manager_tenant', 'tenant'],
  ['rest_certificate', 'rest certificate'],
  ['ssh_user', 'ssh user'],
  ['ssh_key', 'ssh key'],
  ['ssh_port', 'ssh port'],
] as const;

export async function set(call: CfyCall): Promise<void> {
  await ready(call);
  const { options } = call;
  const profile = await activeProfile(call);
  const given = SETTINGS.flatMap(([field, word]) => {
    const value = text(options[field]);
    return value === undefined ? [] : [{ field, word, value }];
  });
  if (given.length === 0 && options.ssl === undefined && options.profile_name === undefined) {
    throw new CfyError(
      'You must supply at least one of the following:  profile name, username, password, tenant, ssl, rest certificate, ssh user, ssh key, ssh port',
    );
  }
  let changed: Profile = profile;
  for (const { field, value } of given)
    changed = { ...changed, [field]: field === 'ssh_port' ? Number(value) : value };
  if (options.skip_credentials_validation !== true) {
    call.log('Validating credentials...');
    await providerContext(call, changed);
    call.log('Credentials validated');
  }
  for (const { word, value } of given) call.log(`Setting ${word} to \`${value}\``);
  const ssl = text(options.ssl)?.toLowerCase();
  if (ssl !== undefined) {
    if (ssl !== 'on' && ssl !== 'off') throw new CfyError('SSL must be either `on` or `off`');
    call.log(`${ssl === 'on' ? 'Enabling' : 'Disabling'} SSL in the local profile`);
    changed = {
      ...changed,
      rest_protocol: ssl === 'on' ? 'https' : 'http',
      rest_port: ssl === 'on' ? 443 : 80,
    };
  }
  const name = text(options.profile_name);
  if (name !== undefined) {
    await call.context.files.rename(
      profileDirectory(call.context, profile.name),
      profileDirectory(call.context, name),
    );
    await setActiveProfile(call.context, name);
  }
  await writeProfile(call.context, name === undefined ? changed : { ...changed, name });
  call.log('Settings saved successfully');
}
