import { parse, stringify } from 'yaml';
import type { CommandContext } from '../../host.ts';

/** A profile as `cfy` keeps it in CFY_WORKDIR/.cloudify/profiles/NAME/context: YAML, the password in clear. */
export interface Profile {
  readonly name: string;
  readonly manager_ip: string;
  readonly manager_username: string | null;
  readonly manager_password: string | null;
  readonly manager_tenant: string | null;
  readonly ssh_user: string | null;
  readonly ssh_key: string | null;
  readonly ssh_port: number;
  readonly rest_port: number;
  readonly rest_protocol: 'http' | 'https';
  readonly rest_certificate: string | null;
  readonly bootstrap_state: string;
  /** Nodes of its cluster, the one that it was made for among them; asked in turn. */
  readonly cluster?: readonly { readonly manager_ip: string }[];
  readonly provider_context: { readonly [name: string]: unknown };
}

type At = Pick<CommandContext, 'env' | 'files'>;

function workDirectory({ env }: Pick<At, 'env'>): string {
  return `${env.CFY_WORKDIR ?? env.HOME ?? '/root'}/.cloudify`;
}

export function profileDirectory(at: At, name: string): string {
  return `${workDirectory(at)}/profiles/${name}`;
}

export async function isInitialised(at: At): Promise<boolean> {
  return at.files.exists(`${workDirectory(at)}/config.yaml`);
}

export async function initialise(at: At): Promise<void> {
  const directory = workDirectory(at);
  await at.files.write(
    `${directory}/config.yaml`,
    `colors: false\nauto_generate_ids: false\nlogging:\n  filename: ${directory}/logs/cli.log\n`,
  );
  await at.files.makeDirectory(`${directory}/profiles/local`);
  await at.files.write(`${directory}/active.profile`, 'local');
}

/** undefined when none was chosen, or the local one. */
export async function activeProfileName(at: At): Promise<string | undefined> {
  const file = `${workDirectory(at)}/active.profile`;
  if (!(await at.files.exists(file))) return undefined;
  const name = (await at.files.readText(file)).trim();
  return name === '' || name === 'local' ? undefined : name;
}

export async function setActiveProfile(at: At, name: string): Promise<void> {
  await at.files.write(`${workDirectory(at)}/active.profile`, name);
}

/** undefined when there is no such profile. */
export async function readProfile(at: At, name: string): Promise<Profile | undefined> {
  const file = `${profileDirectory(at, name)}/context`;
  if (!(await at.files.exists(file))) return undefined;
  const body = (await at.files.readText(file)).replace(/^!\S+\n/, '');
  return parse(body) as Profile;
}

export function profileText(profile: Profile): string {
  return `!CloudifyProfileContext\n${stringify(profile)}`;
}

export async function writeProfile(at: At, profile: Profile): Promise<void> {
  await at.files.write(`${profileDirectory(at, profile.name)}/context`, profileText(profile), {
    mode: 0o644,
  });
}

export async function deleteProfile(at: At, name: string): Promise<void> {
  await at.files.remove(profileDirectory(at, name));
  const file = `${workDirectory(at)}/active.profile`;
  if ((await at.files.exists(file)) && (await at.files.readText(file)).trim() === name)
    await at.files.remove(file);
}

export async function profileNames(at: At): Promise<readonly string[]> {
  const directory = `${workDirectory(at)}/profiles`;
  if (!(await at.files.exists(directory))) return [];
  return (await at.files.list(directory)).filter((name) => name !== 'local' && !name.startsWith('.'));
}
