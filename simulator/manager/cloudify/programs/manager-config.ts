import { parse, stringify } from 'yaml';
import type { HostFiles } from '../../host.ts';
import {
  CA_CERTIFICATE,
  CA_KEY,
  EXTERNAL_CERTIFICATE,
  INTERNAL_CERTIFICATE,
  INTERNAL_KEY,
  SSL_DIRECTORY,
} from '../certificates.ts';

/** What `cfy_manager` reads from /etc/cloudify/config.yaml; other keys are kept as they are. */
export interface ManagerConfig {
  readonly manager?: {
    readonly private_ip?: string | null;
    readonly public_ip?: string | null;
    readonly security?: { readonly admin_password?: string | null; readonly ssl_enabled?: boolean };
  };
  readonly agent?: { readonly networks?: { readonly [name: string]: string } };
  readonly rabbitmq?: { readonly username?: string; readonly password?: string };
  readonly ssl_inputs?: { readonly [name: string]: string | null };
  readonly sanity?: { readonly skip_sanity?: boolean };
  readonly [key: string]: unknown;
}

/** The file of the RPM, shortened; `sources` is what makes an old one useless for a new installer. */
export function defaultConfig(version: string): string {
  return `manager:
  # Private IP of the Manager, used by its components and by agents
  private_ip: ''
  # Public IP, for the CLI, the REST API and the web interface
  public_ip: ''
  security:
    ssl_enabled: false
    admin_username: admin
    # A random password is generated when this is empty
    admin_password: ''
agent:
  networks: {}
rabbitmq:
  username: cloudify
  password: c10udify
ssl_inputs:
  external_cert_path: ''
  external_key_path: ''
  internal_cert_path: ''
  internal_key_path: ''
  ca_cert_path: ''
  ca_key_path: ''
  ca_key_password: ''
sanity:
  skip_sanity: false
sources:
  manager: manager-${version}.tar.gz
`;
}

/** @returns a sentence when the text is not the YAML of a mapping */
export function parseConfig(text: string): ManagerConfig | string {
  try {
    const found: unknown = parse(text);
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return 'it is not a mapping';
    return found as ManagerConfig;
  } catch (error) {
    return String(error);
  }
}

/** The defaults lie below what the file says, one level into each section. */
export function withDefaults(config: ManagerConfig, version: string): ManagerConfig {
  const defaults = parse(defaultConfig(version)) as { readonly [key: string]: object };
  const merged: { [key: string]: unknown } = { ...defaults };
  for (const [key, value] of Object.entries(config)) {
    const below = defaults[key];
    const section =
      value !== null && typeof value === 'object' && !Array.isArray(value) && below !== undefined;
    merged[key] = section ? { ...below, ...value } : value;
  }
  return merged as ManagerConfig;
}

export function dumpConfig(config: ManagerConfig): string {
  return stringify(config);
}

const INPUTS: { readonly [name: string]: string } = {
  ca_cert_path: CA_CERTIFICATE,
  ca_key_path: CA_KEY,
  internal_cert_path: INTERNAL_CERTIFICATE,
  internal_key_path: INTERNAL_KEY,
  external_cert_path: EXTERNAL_CERTIFICATE,
  external_key_path: 'cloudify_external_key.pem',
};

/**
 * Certificates that config.yaml names. The installer empties /etc/cloudify/ssl first, so a path into it is gone by then.
 * @returns by the name that they get there, or a sentence about the one that is missing
 */
export async function givenCertificates(
  config: ManagerConfig,
  files: HostFiles,
): Promise<{ readonly [name: string]: string } | string> {
  const given: { [name: string]: string } = {};
  for (const [input, name] of Object.entries(INPUTS)) {
    const path = config.ssl_inputs?.[input];
    if (path === undefined || path === null || path === '') continue;
    if (path.startsWith(`${SSL_DIRECTORY}/`) || !(await files.exists(path))) {
      return `The provided ${input} does not exist: ${path}`;
    }
    given[name] = await files.readText(path);
  }
  return given;
}
